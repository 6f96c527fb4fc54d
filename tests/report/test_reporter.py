from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from livereview.errors import RenderError, UsageError
from livereview.report import reporter
from livereview.report.reporter import FORMATS, publish, write

if TYPE_CHECKING:
    from livereview.model import Review
    from livereview.report.words import Words


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_files_and_their_folders_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "review"
    files = {"review.md": b"page", "charts/a.svg": b"<svg/>"}
    assert write(files, folder) == [folder / "review.md", folder / "charts" / "a.svg"]
    assert everything(folder) == files


def test_what_is_there_is_replaced_whole(tmp_path: Path) -> None:
    (tmp_path / "review.md").write_bytes(b"a much longer page of an earlier run")
    write({"review.md": b"page"}, tmp_path)
    assert everything(tmp_path) == {"review.md": b"page"}


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX notion")
def test_a_written_file_has_the_usual_mode(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write({"review.md": b"page"}, tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "review.md").stat().st_mode) == 0o644


def test_a_full_disk_leaves_the_earlier_run_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = {"review.md": b"earlier page", "charts/a.svg": b"earlier chart"}
    write(earlier, tmp_path)
    synced = []

    def full(handle: int) -> None:
        synced.append(handle)
        if len(synced) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RenderError) as caught:
        write({"review.md": b"page", "charts/a.svg": b"chart"}, tmp_path)
    assert "full" in caught.value.message
    assert str(tmp_path / "charts" / "a.svg") in caught.value.message
    assert "--out" in caught.value.hint
    assert everything(tmp_path) == earlier


def test_an_interrupt_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write({"review.md": b"page"}, tmp_path)
    assert everything(tmp_path) == {}


def test_a_folder_that_may_not_be_written_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(self: Path, *args: Any, **options: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(UsageError) as caught:
        write({"review.md": b"page"}, tmp_path)
    assert str(tmp_path / "review.md") in caught.value.message
    assert "--out" in caught.value.hint


def test_a_file_where_the_folder_should_be_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "review").write_bytes(b"mine")
    with pytest.raises(UsageError):
        write({"review.md": b"page"}, tmp_path / "review")
    assert (tmp_path / "review").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "C:\\x", ""])
def test_a_name_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "review"
    with pytest.raises(RenderError):
        write({name: b"x"}, folder)
    assert everything(tmp_path) == {}


def test_an_unknown_format_names_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        reporter.reporter("pdf")
    assert all(name in caught.value.hint for name in FORMATS)


@pytest.mark.parametrize("format", FORMATS)
def test_a_reporter_knows_its_name(format: str) -> None:  # noqa: A002
    assert reporter.reporter(format).name == format


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_review_gives_the_same_bytes(
    format: str,  # noqa: A002
    review: Review,
    words: Words,
) -> None:
    first = reporter.reporter(format).render(review, words)
    assert dict(reporter.reporter(format).render(review, words)) == dict(first)
    assert next(iter(first)) == f"review.{format}"


def test_charts_of_an_earlier_run_go_away(tmp_path: Path, review: Review, words: Words) -> None:
    charts = tmp_path / "charts"
    charts.mkdir()
    (charts / "gone-chart.svg").write_bytes(b"<svg/>")
    (charts / "mine.txt").write_bytes(b"mine")
    publish(["md"], review, words, tmp_path)
    left = {path.name for path in charts.iterdir()}
    assert "gone-chart.svg" not in left
    assert "mine.txt" in left
    assert any(name.endswith(".svg") for name in left)


def test_all_formats_appear_or_none(
    tmp_path: Path, review: Review, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []

    def full(handle: int) -> None:
        synced.append(handle)
        if len(synced) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RenderError) as caught:
        publish(["html", "json"], review, words, tmp_path)
    assert everything(tmp_path) == {}
    assert "unchanged" not in caught.value.hint


def test_each_format_names_its_main_file_first(
    tmp_path: Path, review: Review, words: Words
) -> None:
    paths = publish(["html", "md"], review, words, tmp_path)
    assert {form: own[0] for form, own in paths.items()} == {
        "html": tmp_path / "review.html",
        "md": tmp_path / "review.md",
    }
    written = {path.relative_to(tmp_path).as_posix() for own in paths.values() for path in own}
    assert written == set(everything(tmp_path))
