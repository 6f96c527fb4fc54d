"""What the minutes after markers had beyond matched minutes, kind by kind, never as a cause."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analysis import dtypes, frame
from livereview.model import Finding, Measure, Message, Quantity, Term, plural, share, text
from livereview.stats.lift import beyond_chance, lift

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analysis import Limits, Seed
    from livereview.stats.lift import Lift

Row: TypeAlias = dict[str, Any]

MEASURES = ("online", "clicks", "gmv", "orders")
CLEAR = {f"{measure}_clear": pl.Boolean() for measure in MEASURES}
"""Whether a change is beyond chance: what findings judge by, and readers of intervals need not."""
TACTICS = ("comment_lottery", "lucky_bag", "coupon", "red_packet", "flash_sale")
# Tactics have a section of their own, failures of the stream too.
ELSEWHERE = (*TACTICS, "stall", "outage")
MARKER_EFFECTS = frame(
    """
    kind:term n online_change clicks_change gmv_change low:share high:share clicks_low clicks_high
    gmv_low gmv_high orders_change orders_low orders_high times sessions
    """
)


def marker_effects(effects: pl.DataFrame, limits: Limits, seed: Seed) -> pl.DataFrame:
    """Return one row per kind, most viewers first, and which of its changes are clear.

    Families are the tactics, as in their own section, and the other kinds, measure by measure.
    """
    rows: list[Row] = []
    lifts: dict[tuple[Any, str], Lift | None] = {}
    for (kind,), of_kind in effects.group_by("kind", maintain_order=True):
        matched = of_kind.filter(pl.col("online_due") > 0)
        row: Row = {
            "kind": kind,
            "n": int(matched["online_due"].sum()),
            "times": int(of_kind["times"].sum()),
            "sessions": matched.height,
        }
        if row["n"] >= limits["least_matched"]:
            for measure in MEASURES:
                found = _lifted(matched, measure, seed(f"markers.{kind}.{measure}"))
                lifts[kind, measure] = found
                row |= _columns(measure, found)
        rows.append(row)
    families = (
        [row for row in rows if (row["kind"] in TACTICS) == is_tactic]
        for is_tactic in (True, False)
    )
    for family, measure in product(families, MEASURES):
        found_all = [lifts.get((row["kind"], measure)) for row in family]
        for row, clear in zip(family, beyond_chance(found_all, limits["alpha"]), strict=True):
            row[f"{measure}_clear"] = clear
    frame = pl.DataFrame(rows, {**dtypes(MARKER_EFFECTS), **CLEAR})
    return frame.sort("online_change", "kind", descending=[True, False], nulls_last=True)


def _lifted(matched: pl.DataFrame, measure: str, seed: int) -> Lift | None:
    sums = matched.select(pl.col(f"{measure}_more", f"{measure}_due").cast(pl.Float64))
    more, due = sums.to_numpy().T
    found = lift(more, due, seed)
    return found.widened() if found and measure == "online" else found


def _columns(measure: str, found: Lift | None) -> Row:
    prefix = "" if measure == "online" else f"{measure}_"
    return {
        f"{measure}_change": found and found.value,
        f"{prefix}low": found and found.low,
        f"{prefix}high": found and found.high,
    }


def ends(row: Row, measure: str) -> tuple[float | None, float | None]:
    """Return low and high of one measure of a kind."""
    prefix = "" if measure == "online" else f"{measure}_"
    return row[f"{prefix}low"], row[f"{prefix}high"]


def clear_measures(row: Row) -> list[str]:
    """Return the measures of a kind that changed beyond chance, the largest change first."""
    clear = [m for m in MEASURES if row[f"{m}_clear"]]
    return sorted(clear, key=lambda m: -abs(row[f"{m}_change"]))


def largest(row: Row) -> Message:
    """Return a kind and its largest clear change in words."""
    return text(
        "{kind} ({change})",
        kind=Term(row["kind"], "kind"),
        change=said(row, clear_measures(row)[0]),
    )


def said(row: Row, measure: str) -> Message:
    """Return a change in words."""
    change = share(row[f"{measure}_change"], signed=True)
    if measure == "online":
        return text("viewers online {change}", change=change)
    if measure == "clicks":
        return text("clicks per viewer {change}", change=change)
    if measure == "orders":
        return text("orders per viewer {change}", change=change)
    return text("GMV per viewer {change}", change=change)


def moved(effects: pl.DataFrame) -> Iterator[Finding]:
    """Yield the kinds of markers that have a section nowhere else and went with a clear change."""
    for row in effects.iter_rows(named=True):
        clear = clear_measures(row)
        if row["kind"] in ELSEWHERE or not clear:
            continue
        fell = all(row[f"{m}_change"] < 0 for m in clear)
        yield Finding(
            code="marker_effect",
            subject=row["kind"],
            severity="watch" if fell else "note",
            grade="hypothesis",
            headline=text(
                "{kind}: in the ten minutes from it on, against matched minutes, {changes}.",
                kind=Term(row["kind"], "kind"),
                changes=[said(row, m) for m in clear],
            ),
            detail=plural(
                "{n} of {times} times could be matched with minutes of the same session that had "
                "a like trend before. This is an association: nothing was drawn by lot.",
                "{n} of {times} times could be matched with minutes of the same session that had "
                "a like trend before. This is an association: nothing was drawn by lot.",
                row["n"],
                times=Quantity(row["times"], "count"),
            ),
            measures=measures(row, clear),
            owner_role="operator",
            advice=_advice(row["kind"], fell=fell),
            frame="marker_effects",
        )


def measures(row: Row, names: Sequence[str]) -> tuple[Measure, ...]:
    """Return the changes of a kind with their intervals."""
    return tuple(
        Measure(
            name=f"{m}_change",
            value=row[f"{m}_change"],
            unit="share",
            low=ends(row, m)[0],
            high=ends(row, m)[1],
            n=row["n"],
        )
        for m in names
    )


def _advice(kind: str, *, fell: bool) -> Message:
    if fell and kind == "anchor_handover":
        return text(
            "Let both hosts stand together for a few minutes and hand over on a strong product."
        )
    if fell and kind == "violation":
        return text(
            "Go through the words that were flagged with the hosts before the next session."
        )
    if fell:
        return text("Look at two recordings of it before the next run-down is written.")
    return text(
        "Try it with more and with less of it in sessions picked by lot before you plan on it."
    )
