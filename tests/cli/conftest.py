"""The command line in-process, in an empty folder, with a tiny campaign to review."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from livereview.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SESSIONS = 20


@dataclass(frozen=True, kw_only=True)
class Done:
    """A finished run: exit code and what went to each stream."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, in English, without colour from the outside."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "CI", "LC_ALL", "LC_MESSAGES", "COLUMNS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    return tmp_path


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run the command line with arguments."""

    def runner(*arguments: str | Path) -> Done:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Done(code=code, out=out, err=err)

    return runner


def session_rows(*, orders: int = 40, title: str = "Evening") -> list[dict[str, object]]:
    """Twenty sessions of four anchors over ten days; every figure follows from the index."""
    rows: list[dict[str, object]] = []
    for index in range(SESSIONS):
        start = dt.datetime.fromisoformat("2026-11-01T20:00:00") + dt.timedelta(
            days=index // 2, hours=-8 * (index % 2)
        )
        rows.append(
            {
                "platform": "douyin",
                "session_id": f"s{index:02}",
                "anchor_id": f"a{index % 4}",
                "anchor_name": f"Anchor {index % 4}",
                "title": title,
                "start_at": start.isoformat(sep=" "),
                "end_at": (start + dt.timedelta(hours=2)).isoformat(sep=" "),
                "duration_s": 7200,
                "room_impressions_uv": 20_000,
                "viewers_uv": 4_000,
                "product_impressions_uv": 3_000,
                "product_clicks_uv": 900,
                "buyers": orders,
                "orders": orders,
                "units": orders,
                "gmv_gross": orders * 100 + index,
                "refund_amount": orders * 10,
            }
        )
    return rows


def write_sessions(path: Path, rows: list[dict[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def exports(folder: Path) -> Path:
    """A folder with one sessions.csv."""
    return write_sessions(folder / "exports" / "sessions.csv", session_rows()).parent
