"""How variants and experiments are called, and their figures are said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from livereview import glossary
from livereview.model import Arg, Message, Quantity, Term, share, text

if TYPE_CHECKING:
    from livereview.analysis import Frames

Row: TypeAlias = Mapping[str, Any]

_NAMED = 5
_ORDER = ("harm", "ship", "hold", "inconclusive", "invalid", None)


def read(frames: Frames) -> list[Row]:
    """Return the rows of `results`, each with its row of `revenue` as `money`; harm first."""
    money = {
        (row["experiment"], row["variant"]): row for row in frames["revenue"].iter_rows(named=True)
    }
    rows = [
        {**row, "money": money.get((row["experiment"], row["variant"]))}
        for row in frames["results"].iter_rows(named=True)
    ]
    return sorted(rows, key=lambda row: _ORDER.index(row["verdict"]))


def called(row: Row) -> str | Term:
    """Return what to call a variant."""
    name: str = row["comparison"]
    return Term(name) if name.startswith("variant.") and glossary.label(name) else name


def tested(row: Row) -> str:
    """Return what to call an experiment."""
    return str(row["name"] or row["experiment"])


def experiments(rows: Iterable[Row]) -> dict[str, Row]:
    """Return the first row of every experiment, by its id."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row["experiment"], row)
    return first


def lifted(row: Row) -> Quantity:
    """Return the lift of a variant, in points where its control has none to lift."""
    if row["lift_rel"] is None:
        return Quantity(row["lift_abs"], "points")
    return share(row["lift_rel"], signed=True)


def with_lift(row: Row) -> Message:
    """Return a variant with its lift behind it."""
    return text("{variant} ({lift})", variant=called(row), lift=lifted(row))


def listed(
    rows: Sequence[Row], say: Callable[[Row], str | Term | Message] = called
) -> Sequence[str | Term | Message]:
    """Return the first of some variants, and how many more there are."""
    names = [say(row) for row in rows[:_NAMED]]
    if len(rows) > len(names):
        names.append(text("{n} more", n=Quantity(len(rows) - len(names), "count")))
    return names


def figures(row: Row) -> dict[str, Arg]:
    """Return what a headline on a variant names."""
    return {
        "variant": called(row),
        "rate": share(row["rate"]),
        "control": share(row["control_rate"]),
        "lift": lifted(row),
    }
