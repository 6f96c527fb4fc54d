"""When the stream failed: windows that markers or the stall ratio define, never what was sold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from livereview.analysis import Frames, Limits

_WINDOW = ("session_id", "session", "start", "end", "what", "is_marked", "is_open")


def spells(frames: Frames, limits: Limits) -> pl.DataFrame:
    """Return one row per session and window: session_id, session, start, end, what, is_marked.

    A window is a marked stall or outage, or a stall ratio of `stall_ratio` or more for
    `stalled_minutes` or longer. Windows of one session no more than `merge_minutes` apart are
    one, so that a marker and the stalls it goes with count once. A marker without a duration
    lasts as long as those stalls, and without them `assumed_minutes`. `end` is exclusive.
    """
    marked = frames["failures"].filter(pl.col("kind") != "measured")
    told = _windows(marked, "start_at", pl.col("minutes").fill_null(1)).with_columns(
        marked["kind"].alias("what"),
        pl.lit(True).alias("is_marked"),
        marked["minutes"].is_null().alias("is_open"),
    )
    gap = pl.duration(minutes=limits["merge_minutes"])
    whole = _merged(pl.concat([told.select(_WINDOW), _measured(frames, limits)]), gap)
    assumed = pl.col("start") + pl.duration(minutes=limits["assumed_minutes"])
    return _merged(
        whole.with_columns(end=pl.when("is_open").then(assumed).otherwise("end")), gap
    ).drop("is_open")


def _measured(frames: Frames, limits: Limits) -> pl.DataFrame:
    """Return the runs of minutes, and of measurements of a session, with much stalled."""
    much = pl.col("stall_ratio") >= limits["stall_ratio"]
    minutes = _windows(frames["minutes"].filter(much), "minute_at", pl.lit(1))
    spans = frames["failures"].filter(much & (pl.col("kind") == "measured"))
    stalls = pl.concat([minutes, _windows(spans, "start_at", pl.col("minutes"))]).with_columns(
        pl.lit("stall").alias("what"),
        pl.lit(False).alias("is_marked"),
        pl.lit(False).alias("is_open"),
    )
    runs = _merged(stalls.select(_WINDOW), pl.duration(minutes=0))
    least = pl.duration(minutes=limits["stalled_minutes"])
    return runs.filter(pl.col("end") - pl.col("start") >= least)


def _windows(rows: pl.DataFrame, begins: str, minutes: pl.Expr) -> pl.DataFrame:
    return rows.select(
        "session_id",
        "session",
        pl.col(begins).alias("start"),
        (pl.col(begins) + pl.duration(minutes=minutes)).alias("end"),
    )


def _merged(rows: pl.DataFrame, gap: pl.Expr) -> pl.DataFrame:
    """Put windows of one session together that overlap or are no more than `gap` apart."""
    reached = pl.col("end").cum_max().shift().over("session_id")
    begins = (pl.col("start") > reached + gap).fill_null(True)
    runs = rows.sort("session_id", "start", "end", "what").with_columns(
        run=begins.cast(pl.Int64).cum_sum()
    )
    merged = runs.group_by("run", maintain_order=True).agg(
        pl.col("session_id", "session").first(),
        pl.col("start").min(),
        pl.col("end").max(),
        pl.col("what").min(),  # an outage goes before a stall
        pl.col("is_marked").any(),
        pl.col("is_open").all(),
    )
    return merged.select(_WINDOW)
