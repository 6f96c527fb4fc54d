"""Our figures beside those of the competitors tracked, for exactly the same days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from livereview.analyses.competitors import beside, gaps, moves, own, prices, standing, swot
from livereview.analyses.competitors.outside import Market
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.model import Finding, Message, Quantity, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FRAMES = {
    "side_by_side": frame(
        """
        metric competitor ours theirs low high rank of estimated kind unit direction
        period_start period_end source
        """,
        column("rank_low", "count", text("Rank, from")),
        column("rank_high", "count", text("Rank, to")),
    ),
    "share": frame(
        column("member", "term"), "gmv share low:share high:share estimated is_own:bool"
    ),
    "price_moves": frame(
        "competitor",
        column("start", "date", text("From day")),
        "change",
        column("low", "share", text("Change, low")),
        column("high", "share", text("Change, high")),
        column("from_value", "money", text("Average price before")),
        column("to_value", "money", text("Average price after")),
        """
        is_clear gmv_per_day_before gmv_per_day gmv_per_day_change previous_gmv_per_day_change
        view_pay_rate_uv_before view_pay_rate_uv view_pay_rate_uv_change
        previous_view_pay_rate_uv_change avg_unit_price_before avg_unit_price
        avg_unit_price_change phases_alike before_start before_end period_end estimated kind source
        """,
    ),
    "swot": frame(
        "quadrant rule_id statement metric value n previous target competitor theirs unit estimated"
    ),
    "swot_rules": frame("rule_id quadrant statement metric condition threshold unit outcome"),
}
_SUMS = [f"{name}:number {name}_n:count" for name in own.TOTALS]
_SUMS += [f"{name}_top:number {name}_bottom:number {name}_n:count" for name in own.RATES]


def _shaped(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return rows.select(one.name for one in _FRAMES[name])


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Put figures beside ours, follow prices, and judge the rules of the SWOT."""
    figures, days = frames["figures"], frames["days"]
    ours = own.figures(days, frames["ours"])
    rows = beside.compared(figures, ours, limits)
    moved = moves.price_moves(figures, days, limits)
    market = Market(rows=rows, moves=moved, own=_by_metric(ours), limits=limits)
    lengths = days.group_by("campaign").len()["len"]
    return {
        "side_by_side": _shaped(rows, "side_by_side"),
        "share": beside.share(rows),
        "price_moves": _shaped(moved, "price_moves"),
        **swot.judged(market, is_same_length=len(lengths) == 2 and lengths.n_unique() == 1),
        "compared": rows,
        "own": ours,
    }


def _by_metric(ours: pl.DataFrame) -> Mapping[str, Mapping[str, Any]]:
    return {row["metric"]: row for row in ours.iter_rows(named=True)}


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Judge our place among the tracked; nothing is said of figures of other days."""
    rows, figures, moved = frames["compared"], frames["figures"], frames["price_moves"]
    days = frames["days"].filter(campaign="current")["day"].to_list()
    tail = [
        *prices.cuts(moved, limits),
        *prices.rises(moved, limits),
        *prices.unclear(moved),
        *prices.overlapping(moves.overlaps(figures)),
        *swot.summary(frames["swot"], frames["swot_rules"]),
    ]
    if rows.is_empty():
        return [standing.nothing_compared(days, figures.height), *tail]
    return [
        standing.place_in_gmv(rows, frames["share"]),
        *gaps.behind(rows),
        *gaps.ahead(rows),
        *gaps.lower_tiers(rows, _by_metric(frames["own"]), limits),
        *prices.position(rows, limits),
        *tail,
        *standing.other_days(_left_out(figures, moved)),
    ]


def _left_out(figures: pl.DataFrame, moved: pl.DataFrame) -> int:
    """Return how many figures are neither of our days nor of a price told of elsewhere."""
    said = pl.concat([moved["competitor"], moves.overlaps(figures)["competitor"]])
    is_followed = (
        (pl.col("use") == "part")
        & pl.col("metric").is_in(moves.PRICES)
        & pl.col("competitor").is_in(said.implode())
    )
    return figures.filter(~pl.col("use").is_in(["whole", "again"]), ~is_followed).height


def _titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Say in each chart where we stand, or whose price fell."""
    said = {}
    own_share = frames["share"].filter(pl.col("is_own") & pl.col("share").is_not_null())
    if own_share.height and frames["share"].height > 1:
        said["share"] = text(
            "We hold {share} of the GMV of everyone tracked", share=share(own_share["share"][0])
        )
    growth = frames["side_by_side"].filter(
        (pl.col("metric") == "growth") & pl.col("ours").is_not_null() & pl.col("rank").is_not_null()
    )
    if growth.height:
        row = growth.row(0, named=True)
        said["growth"] = text(
            "Our GMV changed by {ours}: number {rank} of {of}",
            ours=share(row["ours"], signed=True),
            rank=standing.place(row),
            of=Quantity(row["of"], "count"),
        )
    fell = prices.title(frames["price_moves"], limits)
    return said if fell is None else {**said, "price_moves": fell}


ANALYSIS = Analysis(
    title=text("Competitors"),
    question=text("Where do we stand among the competitors we track?"),
    chapter=5,
    order=10,
    needs=("competitors.metric",),
    wants={"share": ("sessions.gmv",), "growth": ("previous_sessions.gmv",)},
    frames=_FRAMES,
    inner={
        "figures": frame(
            """
            competitor kind metric period_start period_end last_day:date theirs low high
            point:number estimated source use:text
            """
        ),
        "days": frame("campaign day_index day phase sessions estimated", *_SUMS),
        "ours": frame(
            """
            metric value n previous previous_n:count is_complete:bool target direction
            """
        ),
    },
    limits={
        "share_gap": 0.05,  # of two shares or growths, in points
        "relative_gap": 0.10,  # of two amounts or multiples
        "price_gap": 0.10,  # of average prices
        "lower_tier_gap": 0.10,  # of the shares of lower-tier cities, in points
        "min_orders": 1000,  # with a readable city tier
        "price_move": 0.10,  # of a competitor's average price
        "price_move_act": 0.20,
        "phase_share": 0.10,  # of the days, between two periods that count as alike
        "complete": 0.95,  # share of sessions that has to know a total
        "trend": 0.05,  # SWOT: relative, against the previous campaign and short of a target
        "concentration": 0.02,  # SWOT: the same of the largest anchor's share, in points
        "min_sessions": 10,  # SWOT: that know a figure
        "min_buyers": 1000,  # SWOT: for a repurchase rate
        "min_anchors": 5,  # SWOT: for the share of the largest
        "min_tracked": 3,  # SWOT: competitors with a figure, for a word on most of them
        "most": 0.5,  # SWOT: more than this share of them
        "shrinking": 0.02,  # SWOT: GMV lost by a competitor
        "share_change": 0.01,  # SWOT: of our share among those tracked, in points
    },
    derive=_derive,
    find=_find,
    titles=_titles,
    sources={
        "side_by_side": ("figures", "days", "ours"),
        "share": ("figures", "days"),
        "price_moves": ("figures", "days"),
        "swot": ("figures", "days", "ours"),
        "swot_rules": ("figures", "days", "ours"),
    },
    tables=(
        Table(
            frame="side_by_side",
            title=text("Side by side"),
            columns=(
                *("metric", "competitor", "ours", "theirs", "low", "high", "rank_low", "rank_high"),
                *("of", "estimated", "source"),
            ),
            limit=60,
        ),
        Table(
            frame="share",
            title=text("Share of the GMV of everyone tracked"),
            columns=("member", "gmv", "share", "low", "high", "estimated"),
        ),
        Table(
            frame="price_moves",
            title=text("Moves of competitors' average prices, and our figures of the same days"),
            columns=(
                *("competitor", "start", "from_value", "to_value", "change", "low", "high"),
                *("is_clear", "gmv_per_day_change", "previous_gmv_per_day_change"),
                *("view_pay_rate_uv_change", "previous_view_pay_rate_uv_change", "phases_alike"),
            ),
        ),
        Table(
            frame="swot",
            title=text("Strengths, weaknesses, opportunities and threats by the rules below"),
            columns=(
                *("quadrant", "rule_id", "statement", "metric", "value", "n", "previous"),
                *("target", "competitor", "theirs", "estimated"),
            ),
            limit=40,
        ),
        Table(
            frame="swot_rules",
            title=text("The rules of the SWOT, and how each came out"),
            columns=("rule_id", "quadrant", "statement", "condition", "threshold", "outcome"),
            limit=40,
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
        Chart(
            name="price_moves",
            kind="bars",
            frame="price_moves",
            x="competitor",
            y=("change", "low", "high"),
            title=text("Changes of competitors' average prices during the campaign"),
            unit="share",
        ),
    ),
)
