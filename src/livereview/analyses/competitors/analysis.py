"""Our figures beside those of the competitors tracked, for exactly the same days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.competitors import gaps, standing
from livereview.analysis import Analysis, Chart, Frames, Limits, Table, column, frame
from livereview.model import Finding, Message, Quantity, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Judge our place among the tracked; nothing is said of figures of other days."""
    basis = next(frames["basis"].iter_rows(named=True), {})
    if not basis.get("compared"):
        return [standing.nothing_compared(basis)]
    rows = frames["side_by_side"].with_columns(
        point=pl.coalesce("theirs", (pl.col("low") + pl.col("high")) / 2)
    )
    return [
        standing.place_in_gmv(rows, frames["share"], basis),
        *gaps.behind(rows, limits),
        *gaps.ahead(rows, limits),
        *gaps.prices(rows, limits),
        *standing.other_days(basis),
    ]


def _titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Say in each chart where we stand."""
    said = {}
    own = frames["share"].filter(pl.col("is_own") & pl.col("share").is_not_null())
    if own.height and frames["share"].height > 1:
        said["share"] = text(
            "We hold {share} of the GMV of everyone tracked", share=share(own["share"][0])
        )
    growth = frames["side_by_side"].filter(
        (pl.col("metric") == "growth") & pl.col("ours").is_not_null() & pl.col("rank").is_not_null()
    )
    if growth.height:
        said["growth"] = text(
            "Our GMV changed by {ours}: number {rank} of {of}",
            ours=share(growth["ours"][0], signed=True),
            rank=Quantity(growth["rank"][0], "count"),
            of=Quantity(growth["of"][0], "count"),
        )
    return said


ANALYSIS = Analysis(
    title=text("Competitors"),
    question=text("Where do we stand among the competitors we track?"),
    chapter=5,
    order=10,
    needs=("competitors.metric",),
    wants={"share": ("sessions.gmv",), "growth": ("previous_sessions.gmv",)},
    frames={
        "side_by_side": frame(
            """
            metric competitor ours theirs low high rank of estimated kind unit direction
            period_start period_end source
            """
        ),
        "share": frame(
            column("member", "term"), "gmv share low:share high:share estimated is_own:bool"
        ),
    },
    inner={
        "basis": frame(
            """
            first_day:date last_day:date figures:count compared:count competitors:count
            kinds:count previous_gmv:money
            """
        ),
    },
    limits={
        "share_gap": 0.05,  # of two shares or growths, in points
        "relative_gap": 0.10,  # of two amounts or multiples
        "price_gap": 0.10,  # of average prices
    },
    find=_find,
    titles=_titles,
    tables=(
        Table(
            frame="side_by_side",
            title=text("Side by side"),
            columns=(
                "metric",
                "competitor",
                "ours",
                "theirs",
                "low",
                "high",
                "rank",
                "of",
                "estimated",
                "source",
            ),
            limit=40,
        ),
        Table(
            frame="share",
            title=text("Share of the GMV of everyone tracked"),
            columns=("member", "gmv", "share", "low", "high", "estimated"),
        ),
    ),
    charts=(
        Chart(
            name="share",
            kind="bars",
            frame="share",
            x="member",
            y=("share",),
            title=text("Share of the GMV of everyone tracked"),
            unit="share",
        ),
        Chart(
            name="growth",
            kind="bars",
            frame="side_by_side",
            x="competitor",
            y=("theirs", "ours"),
            where=(("metric", "growth"),),
            title=text("GMV growth, theirs and ours"),
            unit="share",
        ),
    ),
)
