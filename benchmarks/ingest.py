"""Ingest of a file of orders against DuckDB's own `read_csv` into a table.

livereview checks and converts every cell, finds duplicates and writes the receipt; `read_csv`
does none of that, so the ratio is the price of it. By hand, GB18030 is transcoded first.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.process import ROOT, Result, step

ROWS = 2_000_000


def results(folder: Path) -> list[Result]:
    """Measure both encodings."""
    step("ingest", "generate", folder)
    found = []
    for encoding in ("utf-8", "gb18030"):
        path = folder / encoding / "orders.csv"
        ours = step("ingest", "livereview", path)
        by_hand = step("ingest", "by_hand", path, encoding)
        found.append(
            Result(
                name=f"ingest {ROWS:,} orders, {encoding}",
                ours_s=ours.told["seconds"],
                beside_s=by_hand.told["seconds"],
                against="read_csv" if encoding == "utf-8" else "transcode, read_csv",
                figures={
                    "rows_per_s": ROWS / ours.told["seconds"],
                    "by_hand_rows_per_s": ROWS / by_hand.told["seconds"],
                    "peak_mb": ours.peak_mb,
                    "by_hand_peak_mb": by_hand.peak_mb,
                    "file_mb": path.stat().st_size / 1e6,
                },
            )
        )
    return found


def generate(folder: Path) -> None:
    """Write the example's orders many times over, with keys and amounts of their own."""
    import numpy as np
    import polars as pl

    orders = pl.read_parquet(ROOT / "examples" / "campaign" / "exports" / "orders.parquet")
    copies = -(-ROWS // orders.height)
    rows = pl.concat([orders] * copies).head(ROWS)
    cents = np.random.default_rng(1).integers(100, 100_000, ROWS)
    rows = rows.with_columns(
        order_id=pl.Series([str(7_000_000_000_000_000_000 + i) for i in range(ROWS)]),
        line_id=pl.lit(1),
        paid_amount=pl.when(pl.col("paid_amount").is_not_null())
        .then(pl.Series(cents, dtype=pl.Int64).cast(pl.Decimal(18, 2)) / 100)
        .cast(pl.Decimal(18, 2)),
    )
    for encoding in ("utf-8", "gb18030"):
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

    started = time.perf_counter()
    (source,) = ingest_sources(
        [path], config=assume("bench", path.parent), store=path.with_name("ours.duckdb")
    )
    seconds = time.perf_counter() - started
    assert source.rows == ROWS, source
    print(json.dumps({"seconds": seconds}))


def by_hand(path: Path, encoding: str) -> None:
    """Read the file with DuckDB alone."""
    import duckdb

    started = time.perf_counter()
    if encoding != "utf-8":
        readable = path.with_name("readable.csv")
        transcode(path, encoding, readable, "utf-8")
        path = readable
    with duckdb.connect(str(path.with_name("by_hand.duckdb"))) as connection:
        connection.execute(f"create table orders as from read_csv('{path}')")
        (count,) = connection.execute("select count(*) from orders").fetchall()[0]
    seconds = time.perf_counter() - started
    assert count == ROWS, count
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["generate", folder]:
            generate(Path(folder))
        case ["livereview", path]:
            livereview(Path(path))
        case ["by_hand", path, encoding]:
            by_hand(Path(path), encoding)
