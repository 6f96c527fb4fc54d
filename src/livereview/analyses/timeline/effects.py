"""What the minutes after markers had beyond matched minutes, kind by kind, never as a cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.model import Finding, Measure, Message, Quantity, Term, plural, share, text
from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.lift import MATCHING_ERROR, lift

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analysis import Limits, Seed

Row: TypeAlias = dict[str, Any]

MEASURES = ("online", "clicks", "gmv", "orders")
# Tactics have a section of their own, failures of the stream too.
ELSEWHERE = (
    "comment_lottery",
    "lucky_bag",
    "coupon",
    "red_packet",
    "flash_sale",
    "stall",
    "outage",
)
SCHEMA = {
    "kind": pl.String,
    "n": pl.Int64,
    "online_change": pl.Float64,
    "clicks_change": pl.Float64,
    "gmv_change": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "clicks_low": pl.Float64,
    "clicks_high": pl.Float64,
    "gmv_low": pl.Float64,
    "gmv_high": pl.Float64,
    "orders_change": pl.Float64,
    "orders_low": pl.Float64,
    "orders_high": pl.Float64,
    "times": pl.Int64,
    "sessions": pl.Int64,
    "online_p": pl.Float64,
    "clicks_p": pl.Float64,
    "gmv_p": pl.Float64,
    "orders_p": pl.Float64,
}


def marker_effects(effects: pl.DataFrame, limits: Limits, seed: Seed) -> pl.DataFrame:
    """Return one row per kind; p are adjusted over all kinds and measures."""
    rows: list[Row] = []
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
                row |= _lifted(matched, measure, seed(f"timeline.{kind}.{measure}"))
        rows.append(row)
    family = [(row, f"{m}_p") for row in rows for m in MEASURES]
    adjusted = benjamini_hochberg([row.get(name) for row, name in family])
    for (row, name), p in zip(family, adjusted, strict=True):
        row[name] = p
    return pl.DataFrame(rows, schema=SCHEMA)


def _lifted(matched: pl.DataFrame, measure: str, seed: int) -> Row:
    known = matched.filter(
        pl.col(f"{measure}_more").is_not_null() & pl.col(f"{measure}_due").is_not_null()
    )
    more, due = (known[f"{measure}_{of}"].cast(pl.Float64).to_numpy() for of in ("more", "due"))
    found = lift(more, due, seed)
    if found is None:
        return {}
    if measure == "online":
        found = found.widened(MATCHING_ERROR)
    ends = ("low", "high") if measure == "online" else (f"{measure}_low", f"{measure}_high")
    return {
        f"{measure}_change": found.value,
        ends[0]: found.low,
        ends[1]: found.high,
        f"{measure}_p": found.p,
    }


def ends(row: Row, measure: str) -> tuple[float | None, float | None]:
    """Return low and high of one measure of a kind."""
    prefix = "" if measure == "online" else f"{measure}_"
    return row[f"{prefix}low"], row[f"{prefix}high"]


def is_clear(row: Row, measure: str, limits: Limits) -> bool:
    """Whether a change is beyond chance: its interval, and p adjusted for the whole family."""
    low, high = ends(row, measure)
    p = row[f"{measure}_p"]
    beyond = low is not None and high is not None and (low > 0 or high < 0)
    return beyond and p is not None and p < limits["p"]


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


def moved(effects: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the kinds of markers that have a section nowhere else and went with a clear change."""
    for row in effects.iter_rows(named=True):
        clear = [m for m in MEASURES if is_clear(row, m, limits)]
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
