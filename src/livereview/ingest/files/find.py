"""Which files are meant: sources are files, folders (read in depth) or globs.

What a folder holds beside exports is passed over in silence; what is named must be readable.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from livereview.errors import ExportError, LiveReviewError, Problems
from livereview.ingest.files.names import spoken
from livereview.ingest.settings import Settings, matches

TABULAR = frozenset({".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".parquet", ".pq", ".gz"})
"""Suffixes of files that may be exports."""

# Named in the receipt as not read: they look like exports that were saved the wrong way.
_PACKED = frozenset({".zip", ".rar", ".7z", ".xlsb", ".ods", ".et", ".numbers"})
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file to read and the path it is shown under."""

    path: Path
    shown: str


def find(sources: Sequence[Path | str], *, settings: Settings | None = None) -> list[Path]:
    """Return the files of some sources: each once, those of a folder sorted by path.

    Raises:
        Problems: a source does not exist, cannot be an export, or holds none; all such sources.
    """
    return [found.path for found in locate(sources, settings or Settings())]


def locate(sources: Sequence[Path | str], settings: Settings) -> list[Found]:
    """Return what `find` returns, each file with the path it is shown under."""
    problems: list[LiveReviewError] = []
    found: dict[Path, tuple[Path, Path]] = {}
    for source in sources:
        try:
            for root, path in _expand(Path(source), settings):
                found.setdefault(Path(os.path.realpath(path)), (root, path))
        except Problems as several:
            problems.extend(several.problems)
        except ExportError as problem:
            problems.append(problem)
        except (OSError, ValueError) as error:  # too long a name, a NUL in it, no permission
            fact = error.strerror if isinstance(error, OSError) else str(error)
            problems.append(
                ExportError(f"{spoken(source)}: it cannot be looked up: {fact}", "check the path")
            )
    if problems:
        raise Problems(problems)
    return _shown([(root, path) for root, path in found.values()], settings.base)


def _shown(pairs: list[tuple[Path, Path]], base: Path | None) -> list[Found]:
    """Give every file a short path of its own."""
    names = [spoken(_relative(path, root, base)) for root, path in pairs]
    alike = [
        _absolute(path)
        for name, (_, path) in zip(names, pairs, strict=True)
        if names.count(name) > 1
    ]
    shared = Path(os.path.commonpath([path.parent for path in alike])) if alike else Path()
    return [
        Found(
            path=path,
            shown=name
            if names.count(name) == 1
            else spoken(_absolute(path).relative_to(shared).as_posix()),
        )
        for name, (_, path) in zip(names, pairs, strict=True)
    ]


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links


def _relative(path: Path, root: Path, base: Path | None) -> str:
    absolute = _absolute(path)
    for parent in (base, _absolute(root).parent):
        if parent is not None and absolute.is_relative_to(_absolute(parent)):
            return absolute.relative_to(_absolute(parent)).as_posix()
    return absolute.as_posix()


def _expand(source: Path, settings: Settings) -> Iterator[tuple[Path, Path]]:
    if source.is_dir():
        yield from ((source, path) for path in _folder(source, settings))
    elif source.exists():
        yield source, _named(source)
    elif _GLOB.search(str(source)):
        hits = sorted(glob.glob(str(source), recursive=True))  # noqa: PTH207 - takes any pattern
        if not hits:
            raise ExportError(f"{spoken(source)}: nothing matches", "check the pattern")
        fixed = Path(*takewhile(lambda part: not _GLOB.search(part), source.parts))
        for hit in hits:
            path = Path(hit)
            if path.is_dir():
                yield from ((path, inside) for inside in _walk(path, path, settings, set()))
            elif _is_candidate(path) and not _is_left_out(path, fixed, settings):
                yield path, path
    else:
        raise ExportError(f"{spoken(source)}: there is no such file or folder", "check the path")


def _named(path: Path) -> Path:
    suffix = path.suffix.lower()
    if not path.is_file():
        raise ExportError(f"{spoken(path)}: it is not a regular file", "name a file or a folder")
    if suffix not in TABULAR and suffix not in _PACKED:
        raise ExportError(
            f"{spoken(path)}: a {suffix or 'file without a suffix'} is not an export",
            "name a CSV, XLSX or Parquet file, or the folder it lies in",
        )
    return path


def _folder(folder: Path, settings: Settings) -> list[Path]:
    if _is_review(folder):
        raise ExportError(
            f"{spoken(folder)}: the folder holds a review, not exports",
            "name the folder of the exports",
        )
    paths = list(_walk(folder, folder, settings, set()))
    if not paths and any(_walk(folder, folder, Settings(), set())):
        raise ExportError(
            f"{spoken(folder)}: every export in the folder is left out",
            "change `[sources] include` or `exclude`",
        )
    if not paths:
        raise ExportError(
            f"{spoken(folder)}: the folder holds no export",
            "put CSV, XLSX or Parquet files named by their table into it, such as sessions.csv",
        )
    return paths


def _walk(folder: Path, root: Path, settings: Settings, seen: set[str]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in seen or _is_review(folder):
        return
    seen.add(real)
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise ExportError(
            f"{spoken(folder)}: the folder cannot be read: {error.strerror}",
            "check its permissions",
        ) from error
    for entry in entries:
        if entry.name.startswith((".", "~$")):
            continue
        if entry.is_dir():
            yield from _walk(entry, root, settings, seen)
        elif _is_candidate(entry) and not _is_left_out(entry, root, settings):
            yield entry


def _is_candidate(path: Path) -> bool:
    suffix = path.suffix.lower()
    if path.name.startswith((".", "~$")):
        return False
    return suffix in TABULAR or suffix in _PACKED


def _is_left_out(path: Path, root: Path, settings: Settings) -> bool:
    """Say whether a file found is not wanted.

    A glob is of its path as written, as shown, relative to the base, or below the folder read.
    """
    absolute = _absolute(path)
    folders = (_absolute(root), _absolute(root).parent, settings.base and _absolute(settings.base))
    names = {spoken(path.as_posix())} | {
        spoken(absolute.relative_to(folder).as_posix())
        for folder in folders
        if folder is not None and absolute.is_relative_to(folder)
    }

    def is_one_of(globs: Sequence[str]) -> bool:
        return any(matches(name, glob) for name in names for glob in globs)

    return bool(settings.include and not is_one_of(settings.include)) or is_one_of(settings.exclude)


def _is_review(folder: Path) -> bool:
    """Say whether a folder is the output of a review."""
    try:
        with (folder / "review.json").open("rb") as file:
            return b'"schema_version"' in file.read(4096)
    except OSError:
        return False
