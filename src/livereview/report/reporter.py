"""What a reporter is, and the only code that opens an output file.

A file appears whole or not at all: it is written under a temporary name in the same folder,
synced to disk and renamed.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from livereview.errors import LiveReviewError, RenderError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.model import Review
    from livereview.report.words import Words

FORMATS = ("html", "md", "json", "xlsx")
ALWAYS = ("junit", "summary")
"""What every run writes beside the formats that were asked for."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
DENIED = {errno.EROFS, errno.EACCES, errno.EPERM}


class Reporter(Protocol):
    """Turns a review into files.

    `folders` are the sub-folders that hold nothing but this reporter's files.
    """

    name: str
    folders: tuple[str, ...]

    def render(self, review: Review, words: Words) -> Mapping[str, bytes]:
        """Return the content of each file by its relative name."""
        ...


def reporter(format: str) -> Reporter:  # noqa: A002
    """Return the reporter of one of `FORMATS` or `ALWAYS`; raises UsageError for others."""
    match format:
        case "html":
            from livereview.report.html import HtmlReporter

            return HtmlReporter()
        case "md":
            from livereview.report.markdown import MarkdownReporter

            return MarkdownReporter()
        case "json":
            from livereview.report.json_v1 import JsonReporter

            return JsonReporter()
        case "xlsx":
            from livereview.report.xlsx import XlsxReporter

            return XlsxReporter()
        case "junit":
            from livereview.report.junit import JunitReporter

            return JunitReporter()
        case "summary":
            from livereview.report.summary import SummaryReporter

            return SummaryReporter()
    raise UsageError(
        f"There is no output format {format!r}.", f"Choose among {', '.join(FORMATS)}."
    )


def publish(
    formats: Sequence[str], review: Review, words: Words, folder: Path
) -> Mapping[str, list[Path]]:
    """Write a review into `folder` in all formats or none; return each one's paths, main first.

    Files of an earlier run in the reporters' own sub-folders go away. Raises UsageError when the
    folder cannot be written to, RenderError when the disk is full or a file cannot be written.
    """
    chosen = [reporter(name) for name in formats]
    files = {one.name: one.render(review, words) for one in chosen}
    together = {name: content for own in files.values() for name, content in own.items()}
    paths = write(together, folder)
    for one in chosen:
        for name in one.folders:
            _clear(folder / name, keep=set(paths))
    return {form: [folder.joinpath(*_parts(name)) for name in own] for form, own in files.items()}


def write(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write each file into `folder` whole, replacing what is there, and return the paths.

    All files are on disk under temporary names before the first is renamed; on failure the
    temporary files are removed. Raises UsageError or RenderError.
    """
    waiting: list[tuple[Path, Path]] = []
    target = folder
    try:
        for name, content in files.items():
            target = folder.joinpath(*_parts(name))
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = target.with_name(f".{target.name}.{os.getpid()}.part")
            waiting.append((draft, target))
            _store(draft, content)
        for draft, target in waiting:
            draft.replace(target)
        for parent in dict.fromkeys(target.parent for _, target in waiting):
            _sync_folder(parent)
    except OSError as error:
        raise explained(error, target) from error
    finally:
        for draft, _ in waiting:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
    return [target for _, target in waiting]


def _parts(name: str) -> tuple[str, ...]:
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or name.startswith("/") or "\\" in name or ":" in name:
        raise RenderError(f"A reporter named a file outside its folder: {name!r}.")
    return parts


def _store(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with path.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the renames last through a crash, where the system can sync a folder."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _clear(folder: Path, keep: set[Path]) -> None:
    if not folder.is_dir():
        return
    try:
        for path in folder.glob("*.svg"):
            if path not in keep:
                path.unlink()
        with suppress(OSError):
            folder.rmdir()  # goes only when empty
    except OSError as error:
        raise explained(error, folder) from error


def explained(error: OSError, path: Path) -> LiveReviewError:
    """Return what the system's refusal to write `path` means for the user."""
    why = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in FULL:
        return RenderError(
            f"{path} cannot be written: the disk is full ({why}).",
            "Free some space or choose another folder with --out.",
        )
    if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
        return UsageError(
            f"{path} cannot be written: a file stands where a folder is needed, or the reverse.",
            "Choose another folder with --out.",
        )
    if error.errno in DENIED or isinstance(error, PermissionError):
        return UsageError(
            f"{path} cannot be written: {why}.",
            "Close the file if a program has it open, or choose another folder with --out."
            if os.path.isfile(path)  # noqa: PTH113 - may be out of reach
            else "Make it writable, or choose another folder with --out.",
        )
    return RenderError(f"{path} cannot be written: {why}.", "Choose another folder with --out.")
