"""The seal of a finished run: what it was made from and what it made.

By it the next run can tell that nothing has changed. A seal that does not fit, for whatever
reason, only costs a review.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from livereview.errors import ExitCode, LiveReviewError
from livereview.narrator import Saying

FILE = ".livereview.seal"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A run as it ended.

    Attributes:
        key: digest of everything that it was asked for and read.
        code: its exit code.
        files: SHA-256 of what it wrote, by path.
        main: the files that a user opens, in order.
        summary: the result as it was told; said: what was told beside it.
        headline: its figures, see `headline`.
    """

    key: str
    code: int
    files: dict[str, str]
    main: tuple[str, ...]
    summary: str
    said: tuple[Saying, ...]
    headline: dict[str, Any]


def digest(*said: object) -> str:
    """Return the SHA-256 of values by what they print as."""
    return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of files by path, '' where there is none."""
    found = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                found[str(path)] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            found[str(path)] = ""
    return found


def put(folder: Path, seal: Seal) -> None:
    """Write a seal with its own digest; without one the next run does its work again."""
    from livereview.report.reporter import write

    held = json.loads(json.dumps({"version": _VERSION, **asdict(seal)}))
    content = json.dumps({**held, "digest": digest(held)}, ensure_ascii=False, indent=1)
    with suppress(LiveReviewError):
        write({FILE: (content + "\n").encode("utf-8", errors="replace")}, folder)


def unbroken(folder: Path, key: str) -> Seal | None:
    """Return the folder's seal if it is of this key and every file is as it was left."""
    try:
        held = json.loads((folder / FILE).read_text("utf-8"))
        if held.pop("digest") != digest(held):
            return None
        if held.pop("version") != _VERSION or held["key"] != key:
            return None
        seal = Seal(
            **{
                **held,
                "code": ExitCode(held["code"]),
                "main": tuple(map(str, held["main"])),
                "said": tuple(map(tuple, held["said"])),
                "headline": dict(held["headline"]),
            }
        )
        return seal if digests(map(Path, seal.files)) == seal.files else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def lift(folder: Path) -> None:
    """Remove a folder's seal: what is there is no longer what it says."""
    with suppress(OSError):
        (folder / FILE).unlink(missing_ok=True)
