"""What a variant is worth in money: beyond chance only, over the users of its experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import Impact, Message, Quantity, money, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analyses.experiments.prose import Row


def earns_less(row: Row) -> bool:
    """Return whether revenue per user is below the control's beyond chance."""
    amounts = row["money"]
    return amounts is not None and amounts["high"] is not None and amounts["high"] < 0


def _earns_more(row: Row) -> bool:
    amounts = row["money"]
    return amounts is not None and amounts["low"] is not None and amounts["low"] > 0


def impact(row: Row) -> Impact | None:
    """Return what a winner would have earned with the control's users, a loser lost with its own.

    None where revenue does not go with the verdict, and for days outside the campaign.
    """
    gained = row["verdict"] == "ship" and _earns_more(row)
    lost = row["verdict"] == "harm" and earns_less(row)
    if not (gained or lost) or row["timing"] in ("before", "after"):
        return None
    amounts = row["money"]
    users = amounts["control_n"] if gained else amounts["n"]
    value, low, high = (users * amounts[end] for end in ("lift_abs", "low", "high"))
    return Impact(value=value, low=low, high=high)


def said(row: Row) -> Iterator[Message]:
    """Yield revenue per user on both sides, and what the difference comes to."""
    amounts = row["money"]
    if amounts is None or amounts["low"] is None:
        return
    yield text(
        "Revenue per user is {value} against {due}, a difference of {lift} ({low} to {high}).",
        value=money(amounts["value"]),
        due=money(amounts["control_value"]),
        lift=money(amounts["lift_abs"], signed=True),
        low=money(amounts["low"], signed=True),
        high=money(amounts["high"], signed=True),
    )
    if amounts["cap"] is not None:
        yield text(
            "What a user spent counts up to {cap}, the 99th percentile of those who spent.",
            cap=money(amounts["cap"]),
        )
    yield from _in_all(row)


def _in_all(row: Row) -> Iterator[Message]:
    worth = impact(row)
    if worth is None:
        return
    ends = {
        "worth": money(worth.value, signed=True),
        "low": money(worth.low, signed=True),
        "high": money(worth.high, signed=True),
    }
    if row["verdict"] == "ship":
        yield text(
            "Had the {n} users of the control spent like those with it, that would be {worth} "
            "({low} to {high}), before what the variant itself costs.",
            n=Quantity(row["money"]["control_n"], "persons"),
            **ends,
        )
    else:
        yield text(
            "Over the {n} users with it that is {worth} ({low} to {high}).",
            n=Quantity(row["money"]["n"], "persons"),
            **ends,
        )
