"""What a tactic is worth in GMV, what it cost, and from how many on it pays.

Only a difference that is told from chance has a worth; cost is what the export says, whoever it
reached.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from livereview.model import Impact, Message, Quantity, money, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analyses.tactics.verdicts import Row


def impact(row: Row) -> Impact | None:
    """Return the worth of a difference that is told from chance; none where it cost more.

    How many a tactic reached beyond those compared is not known.
    """
    if row["worth"] is None or row["verdict"] not in ("worked", "worse") or unpaid(row):
        return None
    return Impact(value=row["worth"], low=row["worth_low"], high=row["worth_high"])


def worth(row: Row) -> Iterator[Message]:
    """Yield what the difference is worth over those with the tactic, where it has a price."""
    if row["worth"] is None or row["verdict"] not in ("worked", "worse"):
        return
    said = {
        "n": Quantity(row["treated_n"], "count"),
        "worth": money(row["worth"], signed=True),
        "low": money(row["worth_low"], signed=True),
        "high": money(row["worth_high"], signed=True),
    }
    if row["method"] == "persons":
        yield text(
            "Over the {n} persons with it that is {worth} of GMV ({low} to {high}), at {spend} "
            "per buyer.",
            spend=money(row["spend_per_buyer"]),
            **said,
        )
    else:
        yield text(
            "Over the {n} sessions with it that is {worth} of GMV ({low} to {high}).", **said
        )


def cost(row: Row) -> Iterator[Message]:
    """Yield what the tactic cost, and what is left of its worth to pay for it."""
    if row["cost"] is None:
        return
    cost = money(row["cost"])
    earned = kept(row)
    if row["worth"] is None or row["verdict"] not in ("worked", "worse"):
        yield text("It cost {cost}; what it is worth in money is not known.", cost=cost)
    elif earned is None or row["worth"] <= 0:
        yield text("It cost {cost}.", cost=cost)
    else:
        yield text(
            "It cost {cost}; of this GMV {kept} is left after refunds and goods.",
            cost=cost,
            kept=money(earned),
        )


def unpaid(row: Row) -> bool:
    """Return whether a better figure earned less than its cost on those compared."""
    earned = kept(row)
    if row["verdict"] != "worked" or earned is None or row["cost"] is None:
        return False
    return bool(earned < row["cost"])


def pays_from(row: Row) -> int | None:
    """Return how many persons or sessions the tactic needs at this lift to earn its cost."""
    earned = kept(row)
    if earned is None or earned <= 0 or row["cost"] is None:
        return None
    needed: int = math.ceil(row["treated_n"] * row["cost"] / earned)
    return needed


def kept(row: Row) -> float | None:
    """Return what is left of the worth after refunds and goods, None without a margin."""
    if row["worth"] is None or row["margin_per_gmv"] is None:
        return None
    return float(row["worth"] * row["margin_per_gmv"])
