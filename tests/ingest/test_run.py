"""A run is all or nothing, and running it again changes nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livereview.errors import Problems
from livereview.ingest import Settings, ingest
from livereview.model import Source
from livereview.store import Store
from tests.stores import created

Take = Callable[..., list[Source]]

KILLED = """
import os, signal, sys
from pathlib import Path
from livereview.ingest import Settings, ingest
from livereview.store import Store

def step(shown, number, total):
    if number == total:
        os.kill(os.getpid(), signal.SIGKILL)

with Store.create(Path(sys.argv[1])) as store:
    ingest(store, [Path(sys.argv[2])], settings=Settings(), progress=step)
"""


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    names = store.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in ('raw', 'merged') order by all"
    )
    return {
        f"{schema}.{table}": store.execute(f"from {schema}.{table} order by all")
        for schema, table in names
    }


def fill(exports: Path, day: int) -> None:
    (exports / f"orders_2026-11-{day}.csv").write_text(
        "order_id,status,quantity\n"
        + "".join(f"{i},{'paid' if i % 3 else 'refunded'},{day}\n" for i in range(day, day + 20))
        + "x,?,\n"
    )
    (exports / "users.csv").write_text(f"user_key\nu{day}\n")


def test_twice_is_once(store: Store, exports: Path, take: Take) -> None:
    fill(exports, 12)
    fill(exports, 20)
    (exports / "other.csv").write_text("a\n")
    first, kept = take(), everything(store)
    assert take() == first
    assert everything(store) == kept


def test_the_order_of_runs_does_not_matter(tmp_path: Path, exports: Path) -> None:
    fill(exports, 12)
    fill(exports, 20)
    files = sorted(exports.iterdir())
    kept = []
    for order in (files, files[::-1]):
        with created(tmp_path / f"{order[0].stem}.duckdb") as store:
            for file in order:
                ingest(store, [file], settings=Settings(base=exports))
            kept.append(everything(store))
    assert kept[0] == kept[1]


def test_an_error_leaves_the_store_as_it_was(store: Store, exports: Path, take: Take) -> None:
    fill(exports, 12)
    take()
    kept = everything(store)
    fill(exports, 20)
    (exports / "zz").mkdir()
    (exports / "zz" / "sessions.csv").write_text("nothing\n1\n")
    with pytest.raises(Problems):
        take()
    assert everything(store) == kept


def test_a_killed_run_leaves_the_store_as_it_was(tmp_path: Path, exports: Path) -> None:
    fill(exports, 12)
    path = tmp_path / "store.duckdb"
    with created(path) as store:
        ingest(store, [exports], settings=Settings())
        kept = everything(store)
    fill(exports, 20)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(exports)], capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    with created(path) as store:
        assert everything(store) == kept
        ingest(store, [exports], settings=Settings())
        assert store.execute("select count(*) from clean.orders") == [(28,)]
