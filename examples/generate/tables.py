"""Frames become files: the same frame always gives the same bytes.

CSV is UTF-8 with LF, money has two decimals; Parquet is zstd without a timestamp.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

MOMENT = "%Y-%m-%d %H:%M:%S"


def money(name: str, cents: np.ndarray, known: np.ndarray | None = None) -> pl.Series:
    """Return a DECIMAL(18,2) column from whole cents; not known is NULL."""
    whole = pl.Series(name, cents, dtype=pl.Int64)
    if known is not None:
        whole = pl.select(pl.when(pl.Series(known)).then(whole)).to_series().alias(name)
    return (whole.cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2))


def moment(name: str, seconds: np.ndarray) -> pl.Series:
    """Return epoch seconds as naive moments; negative is NULL."""
    raw = pl.Series(name, seconds, dtype=pl.Int64)
    kept = pl.select(pl.when(raw >= 0).then(raw)).to_series()
    return pl.from_epoch(kept, time_unit="s").cast(pl.Datetime("us")).alias(name)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_csv(path, datetime_format=MOMENT, line_terminator="\n")


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path, compression="zstd", compression_level=22, statistics=True)


def write_log(frame: pl.DataFrame, path: Path) -> None:
    """Write an event log as Parquet with its rising moments stored as differences."""
    path.parent.mkdir(parents=True, exist_ok=True)
    moments = [name for name, kind in frame.schema.items() if kind.is_temporal()]
    pq.write_table(
        frame.with_columns(pl.col(moments).cast(pl.Datetime("ms"))).to_arrow(),
        path,
        compression="zstd",
        compression_level=22,
        use_dictionary=[name for name in frame.columns if name not in moments],
        column_encoding=dict.fromkeys(moments, "DELTA_BINARY_PACKED"),
    )


def block_path(folder: Path, name: str, block: int, blocks: int) -> Path:
    """Return where a user block goes: `name.parquet` if there is one, else a part in a folder."""
    return (
        folder / f"{name}.parquet" if blocks == 1 else folder / name / f"part-{block:04d}.parquet"
    )
