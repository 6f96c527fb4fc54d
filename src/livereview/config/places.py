"""Where a key was written: the line of the file, or the flag of the command line.

TOML readers keep no positions, so the text is cut into statements, the shortest runs of lines
that parse by themselves, and each statement's keys are noted under the table it stands in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Key: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The file, the line of each of its keys, and the flags that override keys."""

    file: str = ""
    lines: Mapping[Key, int] = field(default_factory=dict)
    flags: Mapping[Key, str] = field(default_factory=dict)

    @property
    def written(self) -> frozenset[Key]:
        """Return every key that was written, in the file or by a flag."""
        return frozenset(self.lines) | frozenset(self.flags)

    def of(self, key: Key) -> str:
        """Say where a key was written, else what was written in it, else the table around it."""
        parts = tuple(part for name in key for part in str(name).split("."))
        if key not in self.written and parts in self.written:
            key = parts
        if key not in self.written:
            inside = (flag for path, flag in self.flags.items() if path[: len(key)] == key)
            if flag := next(inside, None):
                return flag
        for size in range(len(key), 0, -1):
            part = key[:size]
            if part in self.flags:
                return self.flags[part]
            if part in self.lines:
                return f"{self.file}:{self.lines[part]}"
        return self.file or "the configuration"

    def line(self, key: Key) -> int:
        """Return the line of a key or of the table around it, 0 when it is in no file."""
        parts = (key[:size] for size in range(len(key), 0, -1))
        return next((self.lines[part] for part in parts if part in self.lines), 0)


def lines_of(text: str) -> dict[Key, int]:
    """Map every key of a valid TOML text to its line, counted from 1.

    Tables and elements of arrays of tables are keys too; elements carry their index.
    """
    lines: dict[Key, int] = {}
    table: Key = ()
    counts: dict[Key, int] = {}
    for number, statement in _statements(text):
        parsed = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _open_table(parsed, statement.lstrip().startswith("[["), counts)
            lines.setdefault(table, number)
        else:
            for key in _keys(parsed):
                lines.setdefault(table + key, number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the first line's number and the text of every header and every key = value."""
    pending: list[str] = []
    start = 1
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not pending and not line.partition("#")[0].strip():
            continue
        if not pending:
            start = number
        pending.append(line)
        statement = "\n".join(pending)
        try:
            tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        yield start, statement
        pending.clear()


def _open_table(parsed: Mapping[str, object], element: bool, counts: dict[Key, int]) -> Key:
    """Return the full key of a header: elements of arrays by index, the last one if implied."""
    names: list[str] = []
    inner: object = parsed
    while isinstance(inner, Mapping) and inner:
        name, inner = next(iter(inner.items()))
        names.append(name)
    key: Key = ()
    for position, name in enumerate(names, 1):
        key = (*key, name)
        if element and position == len(names):
            counts[key] = counts.get(key, 0) + 1
        if key in counts:
            key = (*key, counts[key] - 1)
    return key


def _keys(value: object) -> Iterator[Key]:
    """Yield every key inside a value, outer ones first."""
    if isinstance(value, Mapping):
        pairs: Iterator[tuple[str | int, object]] = iter(value.items())
    elif isinstance(value, list):
        pairs = iter(enumerate(value))
    else:
        return
    for name, inner in pairs:
        yield (name,)
        for key in _keys(inner):
            yield (name, *key)
