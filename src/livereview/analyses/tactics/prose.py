"""How a comparison is called and its figures are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview import glossary
from livereview.model import Arg, Message, Quantity, Term, share, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.analyses.tactics.verdicts import Row, Tactic

_NAMED = 5


def listed(some: Sequence[Tactic]) -> Sequence[str | Term | Message]:
    """Return the names of the first tactics, and how many more there are."""
    names: list[str | Term | Message] = [Term(one.name, "tactic") for one in some[:_NAMED]]
    if len(some) > len(names):
        names.append(text("{n} more", n=Quantity(len(some) - len(names), "count")))
    return names


def called(row: Row) -> Arg:
    """Return the name of a tactic, with the group it was used in where that is not all."""
    tactic = Term(row["tactic"], "tactic")
    if row["group"] == "all":
        return tactic
    return text("{tactic} ({group})", tactic=tactic, group=Term(row["group"], "group"))


def measured(row: Row) -> Arg:
    """Return the metric of a comparison, with its group where that is not all."""
    metric = Term(row["metric"])
    if row["group"] == "all":
        return metric
    return text("{metric} in {group}", metric=metric, group=Term(row["group"], "group"))


def figure(row: Row, name: str) -> Quantity:
    """Return a figure of a comparison in the unit of its metric."""
    entry = glossary.find(row["metric"])
    return Quantity(row[name], entry.unit if entry and entry.formula else "number")


def figures(row: Row) -> dict[str, Arg]:
    """Return what a sentence on a comparison names."""
    return {
        "metric": Term(row["metric"]),
        "treated": figure(row, "treated"),
        "control": figure(row, "control"),
        "lift": share(row["lift_rel"], signed=True),
    }
