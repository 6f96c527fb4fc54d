"""A store and a folder of exports, and a short way from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from livereview.ingest import Settings, ingest
from livereview.model import Source
from livereview.store import Store
from tests.stores import created


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with created(tmp_path / "store.duckdb") as opened:
        opened.execute("pragma disable_checkpoint_on_shutdown")  # nobody opens it again
        yield opened


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


@pytest.fixture
def take(store: Store, exports: Path) -> Callable[..., list[Source]]:
    """Ingest the folder of exports (or given sources) with the given settings."""

    def run(*sources: Path, campaign: str = "current", **settings: Any) -> list[Source]:
        return ingest(
            store, sources or (exports,), settings=Settings(**settings), campaign=campaign
        )

    return run


@pytest.fixture
def read(store: Store, exports: Path) -> Callable[..., Any]:
    """Write and ingest one CSV; return its receipt and the raw values of some columns."""

    def run(
        name: str, text: str | bytes, columns: str, **settings: Any
    ) -> tuple[Source, list[Any]]:
        content = text.encode() if isinstance(text, str) else text
        (exports / name).write_bytes(content)
        (source,) = ingest(store, [exports / name], settings=Settings(**settings))
        rows = store.execute(f"select {columns} from raw.{source.table} order by source_row")
        return source, [row[0] if len(row) == 1 else row for row in rows]

    return run
