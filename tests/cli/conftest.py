"""The command line in-process, in an empty folder, with a tiny campaign to review."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from livereview import battery
from livereview.cli import main
from livereview.config import Config
from livereview.review import STORE_NAME, Inquiry, review_campaign

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from livereview.model import Review

SESSIONS = 20
GMV = sum(4000 + index for index in range(SESSIONS))
SEAL = ".livereview.seal"
JSON = ("-f", "json")
QUICK = (*JSON, "--select", "goals")
CONFIG = """\
[campaign]
name = "Tiny"
start = 2026-11-01
end = 2026-11-11
currency = "CNY"
[targets]
gmv = 1_000_000
"""


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
    for name in (
        *("NO_COLOR", "CI", "LC_ALL", "LC_MESSAGES", "COLUMNS"),
        *("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"),
    ):
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


def fill(home: Path, rows: list[dict[str, object]]) -> Path:
    """Put sessions into exports and into a store beside them, with a target of a million."""
    write_sessions(home / "exports" / "sessions.csv", rows)
    config = Config.assumed(name="Tiny", base=home / "exports")
    config = config.model_copy(update={"targets": {"gmv": 1e6}})
    review_campaign([home / "exports"], config=config, select=["goals"], store=home / STORE_NAME)
    return home


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exports of the tiny campaign and its store, made once."""
    return fill(tmp_path_factory.mktemp("made"), session_rows())


@pytest.fixture(scope="module")
def tiny(made: Path) -> Review:
    """The review of the tiny campaign, made once."""
    return review_campaign(
        config=Config.assumed(name="Tiny"), store=made / STORE_NAME, select=["goals"]
    )


@pytest.fixture
def instant(tiny: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the review that is made already, where a test is about what is around it."""
    monkeypatch.setattr(Inquiry, "answer", lambda *_, **__: tiny)


def fail(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the work end with an error as soon as it begins."""

    def stand_in(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Inquiry, "answer", stand_in)


def break_analysis(monkeypatch: pytest.MonkeyPatch, slug: str) -> None:
    """Let one analysis fail."""

    def find(*_: object) -> NoReturn:
        raise ZeroDivisionError("a planted fault")

    rooms = tuple(
        replace(room, analysis=replace(room.analysis, find=find)) if room.slug == slug else room
        for room in battery.discover()
    )
    monkeypatch.setattr(battery, "discover", lambda: rooms)


def reviewed(folder: Path) -> dict[str, Any]:
    """Return the review.json of a folder."""
    document: dict[str, Any] = json.loads((folder / "review.json").read_text("utf-8"))
    return document


def files(folder: Path) -> set[str]:
    """Return the names of all that lies in a folder."""
    return {path.name for path in folder.iterdir()}
