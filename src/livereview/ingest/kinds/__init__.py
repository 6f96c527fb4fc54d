"""The kinds of exports that are known: those that come with livereview and those of a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from livereview.errors import UsageError, UsageProblems
from livereview.ingest.kinds.file import packaged, parse
from livereview.ingest.kinds.kind import Kind, Source

__all__ = ["Kind", "Source", "built_in", "known", "parse"]


@cache
def built_in() -> Mapping[str, Kind]:
    """Return the kinds that come with livereview, by name."""
    texts = packaged()
    return {name: parse(texts[name], name, f"{name}.toml") for name in sorted(texts)}


def known(mappings: Sequence[Path]) -> Mapping[str, Kind]:
    """Return the built-in kinds and those of a user's files, which win over one of their name.

    Raises:
        UsageProblems: everything that is wrong with the files, with its line and remedy.
    """
    found = dict(built_in())
    problems: list[UsageError] = []
    for path in mappings:
        try:
            kind = parse(path.read_text("utf-8-sig"), path.stem, str(path))
        except UsageProblems as several:
            problems.extend(several.problems)
        except (OSError, UnicodeDecodeError) as error:
            problems.append(UsageError(f"{path}: it cannot be read: {error}", "save it as UTF-8"))
        else:
            found[kind.name] = kind
    if problems:
        raise UsageProblems(problems)
    return found
