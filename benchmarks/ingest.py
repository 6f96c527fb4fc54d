"""Ingest of a file of orders against DuckDB's own `read_csv` of the same rows in clean UTF-8.

livereview finds out how the file is written, checks and converts every cell, finds duplicates and
writes the receipt; `read_csv` does none of that, and is spared the encoding. So the ratio is the
price of an export as it comes. Twice the rows must not take twice the memory.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.process import ROOT, Result, Run, step

ROWS = 2_000_000
ENCODINGS = ("utf-8", "gb18030")


def results(folder: Path) -> list[Result]:
    """Measure both encodings, and the memory for half of the rows."""
    step("ingest", "generate", folder / "half", ROWS // 2)
    step("ingest", "generate", folder / "whole", ROWS)
    found = []
    for encoding in ENCODINGS:
        path = folder / "whole" / encoding / "orders.csv"
        half = step("ingest", "livereview", folder / "half" / encoding / "orders.csv")
        ours = _quickest("livereview", path)
        by_hand = _quickest("by_hand", folder / "whole" / "utf-8" / "orders.csv")
        found.append(
            Result(
                name=f"ingest {ROWS:,} orders, {encoding}",
                ours_s=ours.told["seconds"],
                beside_s=by_hand.told["seconds"],
                against="read_csv of it in UTF-8",
                figures={
                    "rows_per_s": ROWS / ours.told["seconds"],
                    "by_hand_rows_per_s": ROWS / by_hand.told["seconds"],
                    "peak_mb": ours.peak_mb,
                    "half_peak_mb": half.peak_mb,
                    "by_hand_peak_mb": by_hand.peak_mb,
                    "file_mb": path.stat().st_size / 1e6,
                },
            )
        )
    return found


def _quickest(name: str, path: Path) -> Run:
    """Run a step twice: the first may have to fetch the file from the disk."""
    return min((step("ingest", name, path) for _ in range(2)), key=lambda run: run.told["seconds"])


def generate(folder: Path, count: int) -> None:
    """Write the example's orders many times over, with keys and amounts of their own."""
    import numpy as np
    import polars as pl

    orders = pl.read_parquet(ROOT / "examples" / "campaign" / "exports" / "orders.parquet")
    copies = -(-count // orders.height)
    rows = pl.concat([orders] * copies).head(count)
    cents = np.random.default_rng(1).integers(100, 100_000, count)
    rows = rows.with_columns(
        order_id=pl.Series([str(7_000_000_000_000_000_000 + i) for i in range(count)]),
        line_id=pl.lit(1),
        paid_amount=pl.when(pl.col("paid_amount").is_not_null())
        .then(pl.Series(cents, dtype=pl.Int64).cast(pl.Decimal(18, 2)) / 100)
        .cast(pl.Decimal(18, 2)),
    )
    for encoding in ENCODINGS:
        (folder / encoding).mkdir(parents=True)
    plain = folder / "utf-8" / "orders.csv"
    rows.write_csv(plain, datetime_format="%Y-%m-%d %H:%M:%S")
    transcode(plain, "utf-8", folder / "gb18030" / "orders.csv", "gb18030")


def transcode(source: Path, encoding: str, target: Path, wanted: str) -> None:
    """Write a text file in another encoding, a piece at a time."""
    with (
        source.open(encoding=encoding, newline="") as reader,
        target.open("w", encoding=wanted, newline="") as writer,
    ):
        while piece := reader.read(1 << 22):
            writer.write(piece)


def livereview(path: Path) -> None:
    """Ingest the file into a store."""
    from livereview.config import assume
    from livereview.review import ingest_sources

    store = path.with_name("ours.duckdb")
    store.unlink(missing_ok=True)
    started = time.perf_counter()
    (source,) = ingest_sources([path], config=assume("bench", path.parent), store=store)
    seconds = time.perf_counter() - started
    with path.open("rb") as file:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    assert source.rows == lines - 1, source
    print(json.dumps({"seconds": seconds}))


def by_hand(path: Path) -> None:
    """Read the file with DuckDB alone."""
    import duckdb

    store = path.with_name("by_hand.duckdb")
    store.unlink(missing_ok=True)
    started = time.perf_counter()
    with duckdb.connect(str(store)) as connection:
        connection.execute(f"create table orders as from read_csv('{path}')")
        (count,) = connection.execute("select count(*) from orders").fetchall()[0]
    seconds = time.perf_counter() - started
    assert count == ROWS, count
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["generate", folder, count]:
            generate(Path(folder), int(count))
        case ["livereview", path]:
            livereview(Path(path))
        case ["by_hand", path]:
            by_hand(Path(path))
