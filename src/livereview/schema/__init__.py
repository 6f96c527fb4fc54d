"""The data dictionary: the canonical tables, their columns, kinds and keys, read from one file."""

from __future__ import annotations

import tomllib
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

SQL_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "id": "varchar",
        "text": "varchar",
        "choice": "varchar",
        "money": "decimal(18,2)",
        "count": "bigint",
        "share": "double",
        "seconds": "double",
        "number": "double",
        "time": "timestamp",
        "date": "date",
        "bool": "boolean",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """One column: its kind decides storage type and validation."""

    name: str
    kind: str
    choices: tuple[str, ...]
    about: str

    @property
    def sql_type(self) -> str:
        """The DuckDB type the column is stored in."""
        return SQL_TYPES[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """One canonical table.

    Attributes:
        key: columns that identify a row.
        required: columns a file must have; a tuple inside means one of these.
        day: how a row finds its campaign window: words out of `session` (follows the session of
            its session_id) and a time or date column, tried in this order; None: always in.
    """

    name: str
    about: str
    key: tuple[str, ...]
    required: tuple[str | tuple[str, ...], ...]
    day: tuple[str, ...]
    columns: Mapping[str, ColumnSpec]

    def lacking(self, given: Container[str]) -> list[tuple[str, ...]]:
        """Return what the table requires and is not given: of each the columns that would do."""
        needs = ((item,) if isinstance(item, str) else item for item in self.required)
        return [names for names in needs if not any(name in given for name in names)]


def _column(name: str, declared: str) -> ColumnSpec:
    kind, _, about = declared.partition(" | ")
    kind, _, choices = kind.partition("(")
    return ColumnSpec(name=name, kind=kind, choices=tuple(choices.rstrip(")").split()), about=about)


@cache
def tables() -> Mapping[str, TableSpec]:
    """Return the canonical tables by name, in the order of the dictionary."""
    declared = tomllib.loads(files(__name__).joinpath("tables.toml").read_text("utf-8"))
    return MappingProxyType(
        {
            name: TableSpec(
                name=name,
                about=entry["about"],
                key=tuple(entry["key"]),
                required=tuple(
                    tuple(item) if isinstance(item, list) else item
                    for item in entry.get("required", entry["key"])
                ),
                day=tuple(entry.get("day", "").split()),
                columns=MappingProxyType(
                    {key: _column(key, value) for key, value in entry["columns"].items()}
                ),
            )
            for name, entry in declared.items()
        }
    )
