"""The answer of the section: how many experiments have a clear winner, and which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.experiments.prose import (
    called,
    experiments,
    lifted,
    listed,
    read,
    tested,
    with_lift,
)
from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    paragraph,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analyses.experiments.prose import Row
    from livereview.analysis import Frames, Limits
    from livereview.model import Arg


def winners(rows: Sequence[Row], in_all: int, limits: Limits) -> Finding:
    """Return how many of the experiments that can be compared have a clear winner."""
    compared = experiments(_of(rows, "ship", "harm", "hold", "inconclusive"))
    won = experiments(_of(rows, "ship"))
    return Finding(
        code="experiments",
        subject="campaign",
        severity="watch" if _of(rows, "harm", "invalid") else "note",
        grade="estimate",
        headline=_headline(rows, len(won), len(compared)) if compared else _none(in_all),
        detail=paragraph([*_rest(rows), *_method(rows, limits), *_unsaid(rows, limits)]),
        measures=(
            Measure(name="experiments", value=in_all, unit="count"),
            Measure(name="experiments_compared", value=len(compared), unit="count"),
            Measure(name="experiments_won", value=len(won), unit="count"),
        ),
        owner_role="operator",
        frame="results",
    )


def _of(rows: Sequence[Row], *verdicts: str) -> list[Row]:
    return [row for row in rows if row["verdict"] in verdicts]


def _best(rows: Sequence[Row]) -> Row | None:
    """Return the variant with the largest lift among those that won."""
    won = sorted(_of(rows, "ship"), key=lambda row: (row["lift_rel"] or 0.0, row["lift_abs"]))
    return won[-1] if won else None


def _headline(rows: Sequence[Row], won: int, of: int) -> Message:
    best = _best(rows)
    if best is None:
        return plural(
            "The one experiment that can be compared has no clear winner.",
            "None of the {n} experiments that can be compared has a clear winner.",
            of,
        )
    said: dict[str, Arg] = {"variant": called(best), "lift": lifted(best)}
    if won == of:
        return plural(
            "The one experiment that can be compared has a clear winner: {variant}, conversion "
            "{lift}.",
            "All {n} experiments that can be compared have a clear winner; the largest lift of "
            "conversion is {lift} ({variant}).",
            of,
            **said,
        )
    return plural(
        "One of the {of} experiments that can be compared has a clear winner: {variant}, "
        "conversion {lift}.",
        "{n} of the {of} experiments that can be compared have a clear winner; the largest lift "
        "of conversion is {lift} ({variant}).",
        won,
        of=Quantity(of, "count"),
        **said,
    )


def _none(in_all: int) -> Message:
    return plural(
        "The one experiment there is cannot be compared.",
        "None of the {n} experiments can be compared.",
        in_all,
    )


def _rest(rows: Sequence[Row]) -> Iterator[Message]:
    if len(won := _of(rows, "ship")) > 1:
        yield text("Won: {variants}.", variants=listed(won, with_lift))
    if harm := _of(rows, "harm"):
        yield text("Worse than the control: {variants}.", variants=listed(harm, with_lift))
    if hold := _of(rows, "hold"):
        yield text("No difference that matters: {variants}.", variants=listed(hold))
    if unclear := _of(rows, "inconclusive"):
        yield text("Undecided: {variants}.", variants=listed(unclear))
    if invalid := list(experiments(_of(rows, "invalid")).values()):
        yield text(
            "Not to be read, since users are not split as planned: {experiments}.",
            experiments=listed(invalid, tested),
        )


def _method(rows: Sequence[Row], limits: Limits) -> Iterator[Message]:
    tests = sum(row["p"] is not None for row in rows)
    if tests > 1:
        yield text(
            "Whether a difference may be chance is judged for all {n} comparisons together, at "
            "{alpha}.",
            alpha=share(limits["alpha"]),
            n=Quantity(tests, "count"),
        )
    if any(row["money"] and not row["money"]["winsorised"] for row in rows):
        yield text(
            "Revenue given as sums cannot be capped: a few very large buyers weigh in full there."
        )


def _unsaid(rows: Sequence[Row], limits: Limits) -> Iterator[Message]:
    more = len(_of(rows, "ship", "harm", "hold", "inconclusive")) - int(limits["findings"])
    if more > 0:
        yield plural(
            "One more variant stands in the table only.",
            "{n} more variants stand in the table only.",
            more,
        )


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Return the message of the chart: the largest lift that won."""
    best = _best(read(frames))
    if best is None:
        return {"lifts": text("No variant has a clear lift of conversion")}
    return {
        "lifts": text("Conversion {lift} with {variant}", lift=lifted(best), variant=called(best))
    }
