"""The answer of the section: how many tactics went with better figures, and the largest lift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.tactics import verdicts
from livereview.analyses.tactics.prose import called, listed, measured
from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Term,
    money,
    paragraph,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analyses.tactics.verdicts import Row, Tactic
    from livereview.analysis import Frames, Limits
    from livereview.model import Arg


def tactics(found: Sequence[Tactic], limits: Limits) -> Finding:
    """Return how many of the tactics went with a better figure."""
    costs = _costs(found)
    judged = _judged(found)
    return Finding(
        code="tactics",
        subject="campaign",
        severity="watch" if _named(found, "worse", "mixed", "unpaid") else "note",
        grade="estimate" if judged else "hypothesis",
        headline=_headline(judged) if judged else _unjudged(found),
        detail=paragraph([*_rest(judged), *_cost(costs), *_unsaid(judged, limits), _caveat()]),
        measures=(
            Measure(name="tactics", value=len(found), unit="count"),
            Measure(name="worked", value=len(_named(found, "worked")), unit="count"),
            Measure(name="unpaid", value=len(_named(found, "unpaid")), unit="count"),
            Measure(name="cost", value=sum(costs) if costs else None, unit="money"),
        ),
        owner_role="operator",
        frame="lifts",
    )


def _judged(found: Sequence[Tactic]) -> Sequence[Tactic]:
    return [one for one in found if one.verdict != "unknown"]


def _costs(found: Sequence[Tactic]) -> list[float]:
    """Return what the tactics cost; one amount on several rows of a tactic is told twice."""
    told = {(one.name, row["cost"]) for one in found for row in one.rows}
    return sorted(cost for _, cost in told if cost is not None)


def _named(found: Sequence[Tactic], *verdicts: str) -> list[Tactic]:
    return [one for one in found if one.verdict in verdicts]


def _best(found: Sequence[Tactic]) -> Row | None:
    """Return the comparison with the largest lift of the tactics that went with better figures."""
    leads = (one.lead for one in _named(found, "worked", "unpaid"))
    return max(leads, key=lambda row: abs(row["lift_rel"]), default=None)


def _headline(judged: Sequence[Tactic]) -> Message:
    """Say how many of those that can be judged went with better figures, and paid for it."""
    of, best, unpaid = len(judged), _best(judged), _named(judged, "unpaid")
    first: Arg = Term(judged[0].name, "tactic")
    if best is not None:
        better: dict[str, Arg] = {
            "worked": Quantity(len(_named(judged, "worked", "unpaid")), "count"),
            "tactic": Term(best["tactic"], "tactic"),
            "metric": measured(best),
            "lift": share(best["lift_rel"], signed=True),
        }
        if unpaid:
            return plural(
                "The one tactic that can be judged, {tactic}, went with a better figure ({metric} "
                "{lift}), but earned less on those compared than it cost.",
                "{worked} of the {n} tactics that can be judged went with better figures, though "
                "not enough to pay for {unpaid}; the largest lift is {lift} ({tactic}, {metric}).",
                of,
                unpaid=listed(unpaid),
                **better,
            )
        return plural(
            "The one tactic that can be judged, {tactic}, went with a better figure: {metric} "
            "{lift}.",
            "{worked} of the {n} tactics that can be judged went with better figures; the largest "
            "lift is {lift} ({tactic}, {metric}).",
            of,
            **better,
        )
    if _named(judged, "mixed"):
        return plural(
            "The one tactic that can be judged, {tactic}, went with better and with worse figures.",
            "None of the {n} tactics that can be judged went with better figures only.",
            of,
            tactic=first,
        )
    return plural(
        "The one tactic that can be judged, {tactic}, shows no better figure that can be told from "
        "chance.",
        "None of the {n} tactics that can be judged shows a better figure that can be told from "
        "chance.",
        of,
        tactic=first,
    )


def _unjudged(found: Sequence[Tactic]) -> Message:
    return plural(
        "The one tactic compared, {tactic}, cannot be judged on the figures there are.",
        "None of the {n} tactics compared can be judged on the figures there are.",
        len(found),
        tactic=Term(found[0].name, "tactic"),
    )


def _rest(found: Sequence[Tactic]) -> Iterator[Message]:
    """Yield the other judged tactics; of one alone the headline says all."""
    if len(found) == 1:
        return
    if worse := _named(found, "worse"):
        yield text("Worse: {tactics}.", tactics=listed(worse))
    if mixed := _named(found, "mixed"):
        yield text("Better and worse: {tactics}.", tactics=listed(mixed))
    if unclear := _named(found, "unclear", "apart"):
        yield text("No clear answer: {tactics}.", tactics=listed(unclear))


def _cost(costs: Sequence[float]) -> Iterator[Message]:
    if len(costs) > 1:
        yield text("Together they cost {cost}.", cost=money(sum(costs)))


def _unsaid(found: Sequence[Tactic], limits: Limits) -> Iterator[Message]:
    more = len(found) - int(limits["findings"])
    if more > 0:
        yield plural(
            "One more stands in the table only.", "{n} more stand in the table only.", more
        )


def _caveat() -> Message:
    return text(
        "The figures do not say that a tactic was given out at random, so that a lift may belong "
        "to the rooms and viewers it was used with."
    )


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Return the message of the chart: the largest lift that can be told from chance."""
    best = _best(verdicts.read(frames["lifts"]))
    if best is None:
        return {"lifts": text("No tactic went with better figures only")}
    return {
        "lifts": text(
            "{metric} {lift} with {tactic}",
            metric=Term(best["metric"]),
            lift=share(best["lift_rel"], signed=True),
            tactic=called(best),
        )
    }
