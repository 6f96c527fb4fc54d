"""Judges the cost of a new buyer: whether it moved, what moved it, and whose job that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livereview.analyses.growth.acquisition import COUPONS, REST, totals
from livereview.model import (
    Finding,
    Grade,
    Impact,
    Measure,
    Message,
    Quantity,
    money,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from livereview.analyses.growth.acquisition import Total
    from livereview.analysis import Limits

    Row = Mapping[str, Any]


def mover(new_buyers: pl.DataFrame, moved: float) -> tuple[Row, str] | None:
    """Return the channel that moved the cost most in the direction it went, and by what."""
    kinds = ("share_effect", "cost_effect")
    cells = [
        (row[kind], row, kind)
        for row in new_buyers.iter_rows(named=True)
        for kind in kinds
        if row[kind] is not None and row[kind] * moved > 0
    ]
    if not cells:
        return None
    _, row, kind = max(cells, key=lambda cell: abs(cell[0]))
    return row, kind


def moved(new_buyers: pl.DataFrame, rows: Mapping[str, Row], limits: Limits) -> Iterator[Finding]:
    """Yield that a new buyer got dearer or cheaper, from the limit on."""
    now, then, with_coupons = totals(rows)
    if now is None or then is None or then.cac <= 0:
        return
    if min(now.new_buyers, then.new_buyers) < limits["min_new_buyers"]:
        return
    change = now.cac / then.cac - 1
    if abs(change) < limits["cac_change"]:
        return
    most = mover(new_buyers, now.cac - then.cac)
    yield Finding(
        code="cac_moved",
        subject="campaign",
        severity="watch" if change >= limits["cac_change_watch"] else "note",
        grade=_grade(rows, limits),
        headline=_headline(now, then, change, with_coupons=with_coupons),
        detail=None if most is None else _cause(*most),
        measures=(
            Measure(name="cac", value=now.cac, unit="money"),
            Measure(name="previous", value=then.cac, unit="money"),
            *(() if most is None else (_effect(*most),)),
        ),
        impact=Impact(value=-(now.cac - then.cac) * now.new_buyers),
        owner_role="ads",
        advice=_advice(*most) if most is not None and change > 0 else None,
        frame="new_buyers",
        topic="cac",
    )


def _grade(rows: Mapping[str, Row], limits: Limits) -> Grade:
    """Return fact when nearly all sessions of both campaigns know ad cost and new buyers."""
    known = [
        rows[name][f"known_{figure}"]
        for name in ("current", "previous")
        for figure in ("ad_cost", "new_buyers")
    ]
    return "fact" if min(known) >= limits["complete"] else "estimate"


def _effect(row: Row, kind: str) -> Measure:
    return Measure(name=f"{row['channel']}.{kind}", value=row[kind], unit="money")


def _headline(now: Total, then: Total, change: float, *, with_coupons: bool) -> Message:
    said = {
        "cac": money(now.cac),
        "previous": money(then.cac),
        "change": share(abs(change)),
        "n": Quantity(int(now.new_buyers), "persons"),
        "all": money(abs(now.cac - then.cac) * now.new_buyers),
    }
    if not with_coupons:
        if change > 0:
            return text(
                "A new buyer cost {cac} in ads, {change} more than the {previous} of the previous "
                "campaign: {all} more for {n} new buyers.",
                **said,
            )
        return text(
            "A new buyer cost {cac} in ads, {change} less than the {previous} of the previous "
            "campaign: {all} less for {n} new buyers.",
            **said,
        )
    if change > 0:
        return text(
            "A new buyer cost {cac}, {change} more than the {previous} of the previous campaign: "
            "{all} more for {n} new buyers.",
            **said,
        )
    return text(
        "A new buyer cost {cac}, {change} less than the {previous} of the previous campaign: {all} "
        "less for {n} new buyers.",
        **said,
    )


def _cause(row: Row, kind: str) -> Message:
    """Say which channel moved the figure most, by its share or by its price."""
    effect = money(row[kind], signed=True)
    if row["channel"] == COUPONS:
        return text("Coupons moved it most: {effect} per new buyer.", effect=effect)
    if row["channel"] == REST:
        return text(
            "What no channel accounts for moved it most ({effect} per new buyer), so the channels "
            "cannot be told apart.",
            effect=effect,
        )
    if kind == "cost_effect" and None not in (row["cac"], row["previous"]):
        return text(
            "{channel} moved it most, by its price: a new buyer from there cost {cac} against "
            "{previous}, {effect} on the whole.",
            channel=row["channel"],
            cac=money(row["cac"]),
            previous=money(row["previous"]),
            effect=effect,
        )
    return text(
        "{channel} moved it most, by its share of new buyers: {effect} on the whole.",
        channel=row["channel"],
        effect=effect,
    )


def _advice(row: Row, kind: str) -> Message:
    if row["channel"] == COUPONS:
        return text(
            "Give the coupons only to people who have not bought yet, and lower them where new "
            "buyers come without."
        )
    if row["channel"] == REST:
        return text("Export the traffic of every platform and day, with new buyers and ad cost.")
    if kind == "cost_effect" and row["previous"]:
        return text(
            "In {channel}, leave buyers and followers out of the audiences, and stop the plans "
            "whose new buyers cost more than {previous}.",
            channel=row["channel"],
            previous=money(row["previous"]),
        )
    return text(
        "Check whether more new buyers from {channel} were wanted at its price, before the next "
        "budget is split.",
        channel=row["channel"],
    )
