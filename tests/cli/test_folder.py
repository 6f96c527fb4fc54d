"""Where outputs may go: never among the exports, never half, and what is there is respected."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from livereview.errors import StoreError
from tests.cli.conftest import QUICK, Done, fail, reviewed

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., Done]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("inside", "arguments"),
    [
        (True, ["-o", "."]),
        (True, [".", "-o", "."]),
        (False, ["exports", "-o", "exports"]),
        (False, ["exports/sessions.csv", "-o", "exports"]),
        (False, ["exports/*.csv", "-o", "exports/../exports"]),
        (False, ["missing", "--previous", "exports", "-o", "exports"]),
    ],
)
def test_outputs_do_not_go_among_the_exports(
    run: Run, exports: Path, monkeypatch: pytest.MonkeyPatch, inside: bool, arguments: list[str]
) -> None:
    # what looks like an earlier run's stays too
    (exports / "review.json").write_text('{"generator": {"name": "livereview"}}', "utf-8")
    (exports / "review.html").write_text("mine", "utf-8")
    before = contents(exports)
    if inside:
        monkeypatch.chdir(exports)
    done = run("analyze", *arguments)
    assert done.code == 2
    error, hint = done.err.splitlines()
    assert error.endswith(": the output folder is the folder the exports are in")
    assert hint == "hint: choose another with --out"
    assert contents(exports) == before


def test_a_folder_inside_the_exports_is_fine(
    run: Run, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(exports)
    for _ in range(2):
        assert run("analyze", ".", "-o", "review", "--force", *QUICK).code == 0
    assert [source["path"] for source in reviewed(exports / "review")["sources"]] == [
        "sessions.csv"
    ]


def test_a_wrong_setting_leaves_no_earlier_review_looking_current(run: Run, exports: Path) -> None:
    assert run("analyze", "exports", "-f", "html,json", "--select", "goals").code == 0
    folder = exports.parent / "review"
    done = run("analyze", "exports", "--set", "campaign.nmae=x")
    assert done.code == 2
    assert not (folder / "review.html").exists()
    assert '"error"' in (folder / "review.json").read_text("utf-8")


@pytest.mark.parametrize("refusal", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_folder_that_takes_no_file_is_refused_before_the_work(
    run: Run, exports: Path, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise OSError(refusal, os.strerror(refusal))

    monkeypatch.setattr(tempfile, "TemporaryFile", denied)
    fail(monkeypatch, AssertionError("the work began"))
    done = run("analyze", "exports", "-o", "out")
    assert done.code == 2
    assert "out cannot be written" in done.err
    assert "choose another folder" in done.err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "out/x"), 2, "choose another folder"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out/x"), 5, "the disk is full"),
        (StoreError("out/x: Cannot open file: Read-only file system"), 2, "choose another folder"),
        (StoreError("out/x: No space left on device"), 5, "choose another folder"),
        (StoreError("out/x: not a store"), 3, "not a store"),
    ],
    ids=str,
)
def test_the_systems_refusals_are_told_in_our_terms(
    run: Run,
    exports: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: int,
    said: str,
) -> None:
    fail(monkeypatch, error)
    done = run("analyze", "exports", "-o", "out")
    assert done.code == code
    assert said in done.err
    assert "internal error" not in done.err
