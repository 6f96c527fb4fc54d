"""Runs the SQL of the analyses on other threads, in their order, ahead of who needs the rows.

Small queries spend most of their time in planning, which one query does on one core.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import polars as pl

    from livereview.store import Store

    Rows = dict[str, pl.DataFrame]

_MOST_THREADS = 4
_PATIENCE_S = 0.02


@dataclass(slots=True)
class Queries:
    """Named groups of queries that run within this context; leaving it stops what still runs."""

    store: Store
    groups: Mapping[str, Mapping[str, str]]
    _local: threading.local = field(default_factory=threading.local)
    _readers: list[Store] = field(default_factory=list)
    _pool: ThreadPoolExecutor = field(init=False)
    _rows: dict[str, Future[Rows]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        threads = min(_MOST_THREADS, self.store.threads())
        self._pool = ThreadPoolExecutor(threads, initializer=self._begin)
        for name, queries in self.groups.items():
            self._rows[name] = self._pool.submit(self._run, queries)
        return self

    def __exit__(self, *_: object) -> None:
        for future in self._rows.values():
            future.cancel()
        # A query that only begins after an interrupt takes no note of it.
        while wait(self._rows.values(), timeout=_PATIENCE_S).not_done:
            for reader in self._readers:
                reader.interrupt()
        self._pool.shutdown()
        for reader in self._readers:
            reader.close()

    def rows(self, name: str) -> Rows:
        """Return the rows of a group's queries, as soon as they are there.

        Raises:
            StoreError: a query failed.
        """
        return self._rows[name].result()

    def _begin(self) -> None:
        self._local.reader = self.store.reader()
        self._readers.append(self._local.reader)

    def _run(self, queries: Mapping[str, str]) -> Rows:
        reader: Store = self._local.reader
        return {name: reader.frame(sql) for name, sql in queries.items()}
