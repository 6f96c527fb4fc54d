"""What a file of a kind says, value by value; what is wrong is noted with its line, not raised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from livereview.errors import UsageError
from livereview.schema import ColumnSpec, TableSpec


@dataclass(slots=True, kw_only=True)
class Written:
    """A file being read: what it says, the lines of its keys, what is wrong so far."""

    written: Mapping[str, Any]
    file: str
    lines: Mapping[tuple[str | int, ...], int]
    problems: list[UsageError]

    def wrong(self, key: tuple[str, ...], fact: str, hint: str) -> None:
        """Note what is wrong with the value of a key."""
        line = next((n for i in range(len(key), 0, -1) if (n := self.lines.get(key[:i]))), 0)
        place = f"{self.file}:{line}" if line else self.file
        self.problems.append(UsageError(f"{place}: {'.'.join(key)} {fact}", hint))

    def words(self, key: str) -> str:
        """Return a text, '' where there is none."""
        value = self.written.get(key, "")
        if isinstance(value, str):
            return value
        self.wrong((key,), "must be text", 'put it in quotes: "..."')
        return ""

    def count(self, key: str, most: int) -> int:
        """Return a whole number from 0 on."""
        value = self.written.get(key, 0)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
            return value
        self.wrong((key,), f"must be a whole number from 0 to {most}", "leave it out for 0")
        return 0

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> Any:
        """Return one of several words."""
        value = self.written.get(key, default)
        if value in choices:
            return value
        self.wrong((key,), f"must be one of {', '.join(filter(None, choices))}", "correct it")
        return default

    def listed(self, key: tuple[str, ...], value: object = None) -> tuple[str, ...]:
        """Return a list of texts; one text is a list of itself."""
        value = self.written.get(key[0], []) if value is None else value
        value = [value] if isinstance(value, str) else value
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        self.wrong(key, "must be a text or a list of texts", 'write ["a", "b"]')
        return ()

    def table(self, key: str) -> Mapping[str, Any]:
        """Return a table of keys and values."""
        value = self.written.get(key, {})
        if isinstance(value, Mapping):
            return value
        self.wrong((key,), "must be a table", f"write it as key = value lines under [{key}]")
        return {}


def bounds(table: TableSpec, name: str) -> tuple[str, str]:
    """Return the columns that hold the bounds of a range."""
    return ("low", "high") if table.name == "competitors" else (f"{name}_low", f"{name}_high")


def is_of(column: ColumnSpec, value: object) -> bool:
    """Say whether a value of TOML is one that a column can hold."""
    if column.kind in ("id", "text"):
        return isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    if column.kind == "choice":
        return value in column.choices
    if column.kind == "bool":
        return isinstance(value, bool) or value in ("true", "false")
    if column.kind in ("time", "date"):
        return isinstance(value, date) or (isinstance(value, str) and _is_moment(value))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and (value >= 0 or column.kind in ("money", "number"))  # type: ignore[operator]


def example(column: ColumnSpec) -> str:
    """Return a value that a column can hold, as TOML."""
    if column.kind == "choice":
        return f'"{column.choices[0]}"'
    examples = {"bool": "true", "time": "2026-11-11T20:00:00", "date": "2026-11-11"}
    return examples.get(column.kind, '"..."' if column.kind in ("id", "text") else "1")


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
