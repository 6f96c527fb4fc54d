"""Who stands out once hour band, phase and category are equal, and whom the slots flatter or hide.

All of it is an estimate, because audience size is not separated from skill: no money is put on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.anchors.rows import called
from livereview.model import Arg, Finding, Measure, Message, Quantity, plural, share, text
from livereview.stats.intervals import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.anchors.rows import Row
    from livereview.analysis import Limits

_NAMED = 3


def fair_standing(
    anchors: pl.DataFrame, appearances: pl.DataFrame, limits: Limits
) -> Iterator[Finding]:
    """Yield whose whole rank interval is in the top, or that the anchors do not differ."""
    ranked = _ranked(anchors)
    if not ranked:
        return
    if len({row["fair_index"] for row in ranked}) == 1:
        yield _finding("fair_index", _alike(), ranked[:1], _left_out(appearances))
        return
    top = [row for row in ranked if row["rank_high"] <= limits["top_share"] * len(ranked)]
    if not top:
        return
    yield _finding(
        "fair_index",
        plural(
            "At equal hour, phase and category one anchor is clearly in the top {part} of {of}: "
            "{anchors}.",
            "At equal hour, phase and category {n} anchors are clearly in the top {part} of {of}, "
            "first {anchors}.",
            len(top),
            part=share(limits["top_share"]),
            of=Quantity(len(ranked), "count"),
            anchors=[called(row) for row in top[:_NAMED]],
        ),
        top,
        _lead(top[0], appearances),
        text(
            "Keep these slots. Before a fee goes up, test the anchor on another account: the "
            "index holds the audience too."
        ),
    )


def flattered(anchors: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield who is in the top by GMV per hour and falls far back under equal conditions."""
    ranked = _ranked(anchors)
    found = [
        row
        for row in ranked
        if row["place"] <= limits["top_share"] * len(ranked)
        and row["rank_low"] - row["place"] >= limits["rank_shift"] * len(ranked)
        and row["conditions_index"] > 100
    ]
    found.sort(key=lambda row: (row["place"] - row["rank_low"], row["place"]))
    if found:
        yield _finding(
            "flattered_by_slots",
            text(
                "{anchor} ranks {place} of {of} by GMV per hour, but only {low} to {high} at equal "
                "hour, phase and category.",
                **_places(found[0], ranked),
            ),
            found,
            _conditions(found),
            text(
                "Do not plan by this rank: put another anchor into the slot, and this one into an "
                "ordinary slot, and compare."
            ),
        )


def underrated(anchors: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield who climbs far into the upper part once the weak slots are allowed for."""
    ranked = _ranked(anchors)
    found = [
        row
        for row in ranked
        if row["rank_high"] <= limits["candidate_share"] * len(ranked)
        and row["place"] - row["rank_high"] >= limits["rank_shift"] * len(ranked)
        and row["conditions_index"] < 100
    ]
    found.sort(key=lambda row: (row["rank_high"], -row["fair_index"]))
    if found:
        yield _finding(
            "underrated",
            text(
                "{anchor} ranks {place} of {of} by GMV per hour, but {low} to {high} at equal "
                "hour, phase and category: better than the slots.",
                **_places(found[0], ranked),
            ),
            found,
            _conditions(found),
            text(
                "Try {anchors} in better slots, two or three sessions each, and hold them against "
                "what these slots bring now.",
                anchors=[called(row) for row in found[:_NAMED]],
            ),
        )


def _ranked(anchors: pl.DataFrame) -> Sequence[Row]:
    """Return the ranked anchors, the best first, each with its `place` by plain GMV per hour."""
    known = anchors.filter(
        pl.col("rank_low").is_not_null() & pl.col("gmv_per_hour").is_not_null()
    ).with_columns(pl.col("gmv_per_hour").rank("min", descending=True).alias("place"))
    return known.sort(["fair_index", "anchor_id"], descending=[True, False]).to_dicts()


def _finding(
    code: str,
    headline: Message,
    rows: Sequence[Row],
    detail: Message,
    advice: Message | None = None,
) -> Finding:
    first = rows[0]
    return Finding(
        code=code,
        subject="campaign" if code == "fair_index" else first["anchor_id"],
        severity="watch" if code == "flattered_by_slots" else "note",
        grade="estimate",
        headline=headline,
        detail=detail,
        measures=(
            Measure(
                name="fair_index",
                value=first["fair_index"],
                unit="number",
                n=first["fair_sessions"],
            ),
            Measure(name="rank_low", value=first["rank_low"], unit="count"),
            Measure(name="rank_high", value=first["rank_high"], unit="count"),
            Measure(name="conditions_index", value=first["conditions_index"], unit="number"),
        ),
        owner_role="operator",
        advice=advice,
        frame="anchors",
    )


def _places(row: Row, ranked: Sequence[Row]) -> dict[str, Arg]:
    return {
        "anchor": called(row),
        "place": Quantity(row["place"], "count"),
        "of": Quantity(len(ranked), "count"),
        "low": Quantity(row["rank_low"], "count"),
        "high": Quantity(row["rank_high"], "count"),
    }


def _conditions(found: Sequence[Row]) -> Message:
    """Say what the slots of the first are worth, and for whom the same holds."""
    worth = Quantity(found[0]["conditions_index"] / 100, "number")
    others = [called(row) for row in found[1:_NAMED]]
    if others:
        return text(
            "An hour in slots like these brings {worth} times the average. The same holds for "
            "{others}. Audience size is not separated from skill.",
            worth=worth,
            others=others,
        )
    return text(
        "An hour in slots like these brings {worth} times the average. "
        "Audience size is not separated from skill.",
        worth=worth,
    )


def _alike() -> Message:
    return text(
        "At equal hour, phase and category anchors differ no more in GMV per hour than the "
        "sessions of one anchor do."
    )


def _lead(first: Row, appearances: pl.DataFrame) -> Message:
    return text(
        "{anchor} brings {ratio} times the average anchor's GMV per hour: rank {ranks} with "
        "{level} certainty. {sessions} Audience size is not separated from skill.",
        anchor=called(first),
        ratio=Quantity(first["fair_index"] / 100, "number"),
        ranks=_ranks(first),
        level=share(LEVEL),
        sessions=_left_out(appearances),
    )


def _ranks(anchor: Row) -> Quantity | Message:
    """Return between which ranks an anchor is, or the one."""
    low, high = (Quantity(anchor[name], "count") for name in ("rank_low", "rank_high"))
    return low if low == high else text("{low} to {high}", low=low, high=high)


def _left_out(appearances: pl.DataFrame) -> Message:
    """Say from how many sessions the index is made and how many sold nothing."""
    sold = appearances.filter(pl.col("gmv") > 0).height
    if sold == appearances.height:
        return plural(
            "The index comes from one session.", "The index comes from {n} sessions.", sold
        )
    return plural(
        "The index comes from {sold} sessions; one that sold nothing is left out.",
        "The index comes from {sold} sessions; {n} that sold nothing are left out.",
        appearances.height - sold,
        sold=Quantity(sold, "count"),
    )
