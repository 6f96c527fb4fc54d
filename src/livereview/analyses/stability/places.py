"""Where the stream stalls most: the worst place, and the highest load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.stability.quality import UNKNOWN
from livereview.analysis import level
from livereview.model import Finding, Measure, Message, Quantity, Term, paragraph, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analysis import Frames, Limits
    from livereview.model import Arg

Row: TypeAlias = dict[str, Any]

_SINGLE = ("city_tier", "network", "region", "device")


def findings(frames: Frames, limits: Limits) -> Iterator[Finding]:
    """Yield the worst place and the highest load, as far as each stands out."""
    worst = worst_place(frames["bottleneck"], limits)
    if worst is not None:
        yield _bottleneck(worst, frames["bottleneck"], limits)
    peak = peak_load(frames["loads"], limits)
    if peak is not None:
        yield _load(*peak, limits)


def worst_place(bottleneck: pl.DataFrame, limits: Limits) -> Row | None:
    """Return the tier of city and network that stalls most, else the worst part of one cut.

    Only parts with enough viewers and measurements count, and only if they stall `stands_out`
    times as much as the rest.
    """
    parts = _weighty(bottleneck, limits).filter(pl.col("stall_multiple") >= limits["stands_out"])
    for cuts in (("city_network",), _SINGLE):
        found = parts.filter(pl.col("dimension").is_in(cuts)).sort(
            "stall_ratio", "dimension", "member", descending=[True, False, False]
        )
        if found.height:
            return found.row(0, named=True)
    return None


def _weighty(parts: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    return parts.filter(
        (pl.col("viewers_share") >= limits["least_share"])
        & (pl.col("measurements") >= limits["least_measurements"])
        & ~pl.col("member").str.contains(UNKNOWN, literal=True)
    )


def peak_load(loads: pl.DataFrame, limits: Limits) -> tuple[Row, float] | None:
    """Return the tenth with most persons online, and the stall ratio of the lower half."""
    least = limits["least_measurements"]
    known = loads.drop_nulls("stall_ratio")
    low = known.filter(pl.col("load") <= 5)
    if low["measurements"].sum() < least or known.height == low.height:
        return None
    base = float(low["stalled"].sum()) / float(low["watched"].sum())
    top = known.row(-1, named=True)
    if top["measurements"] < least or top["stall_ratio"] < limits["stands_out"] * base:
        return None
    return (top, base) if top["stall_ratio"] > 0 else None


def _bottleneck(worst: Row, bottleneck: pl.DataFrame, limits: Limits) -> Finding:
    severity = level(worst["stall_ratio"], limits["stall_watch"], limits["stall_act"])
    place = called(worst)
    return Finding(
        code="stream_bottleneck",
        subject=f"{worst['dimension']}.{worst['member']}",
        severity=severity or "note",
        grade="estimate",
        headline=text(
            "The picture stalls most for {place}: {ratio} of watch time, against {rest} for all "
            "others.",
            place=place,
            ratio=share(worst["stall_ratio"]),
            rest=share(worst["rest_stall_ratio"]),
        ),
        detail=paragraph((_carried(worst), _by_cut(worst, bottleneck, limits))),
        measures=(
            Measure(
                name="stall_ratio",
                value=worst["stall_ratio"],
                unit="share",
                n=worst["measurements"],
            ),
            *(
                Measure(name=name, value=worst[name], unit="share")
                for name in ("rest_stall_ratio", "viewers_share", "stalled_share")
            ),
        ),
        owner_role="tech",
        advice=text(
            "Invest there first: start {place} one bit-rate step lower and let the player step "
            "down sooner, add edge capacity or a second delivery network, and load-test that "
            "place before the next peak.",
            place=place,
        )
        if severity
        else None,
        frame="bottleneck",
        topic="stability",
    )


def _carried(worst: Row) -> Message:
    return text(
        "These are {viewers} of viewers and {stalled} of all stalled time.",
        viewers=share(worst["viewers_share"]),
        stalled=share(worst["stalled_share"]),
    )


def _by_cut(worst: Row, bottleneck: pl.DataFrame, limits: Limits) -> Message | None:
    """Name the part of each other cut that carries most beyond its share of viewers."""
    firsts = (
        _weighty(bottleneck, limits)
        .filter(
            pl.col("dimension").is_in(_SINGLE)
            & (pl.col("dimension") != worst["dimension"])
            & (pl.col("stall_multiple") >= limits["stands_out"])
        )
        .unique("dimension", keep="first", maintain_order=True)
    )
    if firsts.is_empty():
        return None
    return text(
        "Furthest beyond their share of viewers, cut by cut: {parts}.",
        parts=[
            text("{place} ({ratio})", place=called(row), ratio=share(row["stall_ratio"]))
            for row in firsts.iter_rows(named=True)
        ],
    )


def called(row: Row) -> Arg:
    """Return a part by its name, a tier of city and network by both."""
    if row["dimension"] == "city_network":
        city, network = row["member"].split(" \u00b7 ", 1)
        return text(
            "{network} in {city}", network=Term(network, "network"), city=Term(city, "city_tier")
        )
    if row["dimension"] in ("city_tier", "network"):
        return Term(row["member"], row["dimension"])
    return str(row["member"])


def _load(top: Row, base: float, limits: Limits) -> Finding:
    severity = level(top["stall_ratio"], limits["stall_watch"], limits["stall_act"])
    high = Quantity(top["concurrent_high"], "persons")
    return Finding(
        code="stream_load",
        subject="load",
        severity=severity or "note",
        grade="estimate",
        headline=text(
            "Under the highest load {ratio} of watch time stalled, in the lower half {base}.",
            ratio=share(top["stall_ratio"]),
            base=share(base),
        ),
        detail=text(
            "The highest load is the {viewers} of viewers who watched with most persons online, "
            "{low} to {high}; the lower half watched with the fewest. It is an association: other "
            "hours have other viewers.",
            viewers=share(top["viewers_share"]),
            low=Quantity(top["concurrent_low"], "persons"),
            high=high,
        ),
        measures=(
            Measure(
                name="stall_ratio", value=top["stall_ratio"], unit="share", n=top["measurements"]
            ),
            Measure(name="low_load_stall_ratio", value=base, unit="share"),
            Measure(name="concurrent_high", value=top["concurrent_high"], unit="persons"),
        ),
        owner_role="tech",
        advice=text(
            "Load-test push, transcoding and delivery beyond {high} persons online before the next "
            "peak, and book delivery capacity for those hours in advance.",
            high=high,
        )
        if severity
        else None,
        frame="by_load",
        topic="stability",
    )
