"""Rows written as a file, and a store that several tests read."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import xlsxwriter

from livereview.ingest import Settings, ingest
from livereview.ingest.kinds import Kind, parse
from livereview.model import Source
from livereview.store import Store

Rows: TypeAlias = Sequence[Sequence[Any]]

SHOP = """
table = "sessions"
requires = ["Shop", "Began", "Room"]
[presets]
platform = "myshop"
[columns]
account_id = "Shop"
start_at = "Began"
session_id = "Room"
"""
"""A small kind of export; columns can be added at its end."""


def shop(more: str = "", *, name: str = "myshop.session_list") -> Kind:
    """Return the small kind with more lines at its end."""
    return parse(SHOP + more, name, f"{name}.toml")


def text(rows: Rows) -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def book(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """Write a workbook; an empty text is an empty cell."""
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if cell != "":
                        sheet.write(i, j, cell)
    return path


def kinds(folder: Path, **texts: str) -> tuple[Path, ...]:
    """Write files of kinds, `a__b` as `a.b.toml`."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, content in texts.items():
        path = folder / f"{name.replace('__', '.')}.toml"
        path.write_text(content, encoding="utf-8")
        found.append(path)
    return tuple(found)


class Taken:
    """A folder that was read into a store as a whole: receipts and rows of each of its files."""

    def __init__(self, store: Store, folder: Path, **settings: Any) -> None:
        self.store = store
        sources = ingest(store, [folder], settings=Settings(base=folder, **settings))
        self.sources = {source.path: source for source in sources}

    def __getitem__(self, path: str) -> Source:
        return self.sources[path]

    def rows(self, path: str, columns: str) -> list[Any]:
        """Return columns of the rows kept of a file, bare where it is one column."""
        found = self.store.execute(
            f"select {columns} from raw.{self[path].table} "
            "where source_file = $path order by source_row",
            {"path": path},
        )
        return [row[0] if len(row) == 1 else row for row in found]
