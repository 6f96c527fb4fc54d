"""How a comparison is called and its figures are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview import glossary
from livereview.model import Arg, Message, Quantity, Term, share, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from livereview.analyses.tactics.verdicts import Row


def called(row: Row) -> Arg:
    """Return the name of a tactic, with the group it was used in where that is not all."""
    tactic = Term(row["tactic"], "tactic")
    if row["group"] == "all":
        return tactic
    return text("{tactic} ({group})", tactic=tactic, group=row["group"])


def measured(row: Row) -> Arg:
    """Return the metric of a comparison, with its group where that is not all."""
    metric = Term(row["metric"])
    if row["group"] == "all":
        return metric
    return text("{metric} in {group}", metric=metric, group=row["group"])


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


def paragraph(sentences: Iterable[Message]) -> Message | None:
    """Return the sentences as one message, None when there are none."""
    said: Message | None = None
    for sentence in sentences:
        said = sentence if said is None else text("{before} {after}", before=said, after=sentence)
    return said
