"""Whether those who paid a deposit paid the balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import Finding, Impact, Measure, Quantity, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from livereview.analysis import Limits


def presale_unpaid(
    presale: pl.DataFrame, orders_sample: float | None, limits: Limits
) -> Iterator[Finding]:
    """Yield the deposits without a paid balance, at the value of the average paid presale order."""
    whole = presale.filter(dimension="campaign")
    if whole.is_empty():
        return
    row = whole.row(0, named=True)
    deposits, rate = row["deposits"] or 0, row["balance_pay_rate"]
    unpaid = deposits - (row["balances_paid"] or 0)
    if deposits < limits["min_deposits"] or not unpaid:
        return
    low, lower = limits["balance_watch"], limits["balance_act"]
    value = row["paid_order_value"]
    yield Finding(
        code="presale_unpaid",
        subject="campaign",
        severity="act" if rate < lower else "watch" if rate < low else "note",
        grade="estimate",
        headline=text(
            "{unpaid} of {deposits} presale orders were never paid in full: {rate} paid.",
            unpaid=Quantity(unpaid, "count"),
            deposits=Quantity(deposits, "count"),
            rate=share(rate),
        ),
        detail=None
        if orders_sample is None
        else text("In a sample of {sample} of the buyers.", sample=share(orders_sample)),
        measures=(Measure(name="balance_pay_rate", value=rate, unit="share", n=deposits),),
        impact=None if value is None else Impact(value=-unpaid * value),
        advice=text(
            "Remind them in the first hours of balance payment, by message and in the room, and "
            "give a small gift for paying on the first day."
        ),
        frame="presale",
    )
