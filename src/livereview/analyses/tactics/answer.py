"""The answer of the section: how many tactics went with better figures, and the largest lift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.tactics import verdicts
from livereview.analyses.tactics.prose import called, measured, paragraph
from livereview.model import Finding, Measure, Message, Quantity, Term, money, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analyses.tactics.verdicts import Row, Tactic
    from livereview.analysis import Frames, Limits
    from livereview.model import Arg


def tactics(found: Sequence[Tactic], limits: Limits) -> Finding:
    """Return how many of the tactics went with a better figure."""
    costs = _costs(found)
    judged = [one for one in found if one.verdict != "unknown"]
    return Finding(
        code="tactics",
        subject="campaign",
        severity="watch" if _named(found, "worse", "mixed") else "note",
        grade="estimate" if judged else "hypothesis",
        headline=_headline(found),
        detail=paragraph([*_rest(found), *_cost(costs), *_unsaid(found, limits), _caveat()]),
        measures=(
            Measure(name="tactics", value=len(found), unit="count"),
            Measure(name="worked", value=len(_named(found, "worked")), unit="count"),
            Measure(name="cost", value=sum(costs) if costs else None, unit="money"),
        ),
        owner_role="operator",
        frame="lifts",
    )


def _costs(found: Sequence[Tactic]) -> list[float]:
    """Return what the tactics cost; one amount on several rows of a tactic is told twice."""
    told = {(one.name, row["cost"]) for one in found for row in one.rows}
    return sorted(cost for _, cost in told if cost is not None)


def _named(found: Sequence[Tactic], *verdicts: str) -> list[Tactic]:
    return [one for one in found if one.verdict in verdicts]


def _best(found: Sequence[Tactic]) -> Row | None:
    """Return the comparison with the largest lift of the tactics that went with better figures."""
    leads = (one.lead for one in _named(found, "worked"))
    return max(leads, key=lambda row: abs(row["lift_rel"]), default=None)


def _headline(found: Sequence[Tactic]) -> Message:
    of, best = len(found), _best(found)
    first: Arg = Term(found[0].name, "tactic")
    if best is not None:
        return plural(
            "The one tactic compared, {tactic}, went with a better figure: {metric} {lift}.",
            "{worked} of {n} tactics compared went with better figures; the largest lift is "
            "{lift} ({tactic}, {metric}).",
            of,
            worked=Quantity(len(_named(found, "worked")), "count"),
            tactic=Term(best["tactic"], "tactic"),
            metric=measured(best),
            lift=share(best["lift_rel"], signed=True),
        )
    if _named(found, "mixed"):
        return plural(
            "The one tactic compared, {tactic}, went with better and with worse figures.",
            "None of the {n} tactics compared went with better figures only.",
            of,
            tactic=first,
        )
    if len(_named(found, "unknown")) == of:
        return plural(
            "The one tactic compared, {tactic}, cannot be judged on the figures there are.",
            "None of the {n} tactics compared can be judged on the figures there are.",
            of,
            tactic=first,
        )
    return plural(
        "The one tactic compared, {tactic}, shows no better figure that can be told from chance.",
        "None of the {n} tactics compared shows a better figure that can be told from chance.",
        of,
        tactic=first,
    )


def _rest(found: Sequence[Tactic]) -> Iterator[Message]:
    """Yield the other tactics by what is known of them; of one alone the headline says all."""
    if len(found) == 1:
        return
    if worse := _named(found, "worse"):
        yield text("Worse: {tactics}.", tactics=_listed(worse))
    if mixed := _named(found, "mixed"):
        yield text("Better and worse: {tactics}.", tactics=_listed(mixed))
    if unclear := _named(found, "unclear", "apart"):
        yield text("No clear answer: {tactics}.", tactics=_listed(unclear))
    if unknown := _named(found, "unknown"):
        yield text("Not judged: {tactics}.", tactics=_listed(unknown))


def _listed(some: Sequence[Tactic]) -> Sequence[str | Term | Message]:
    names: list[str | Term | Message] = [Term(one.name, "tactic") for one in some[:5]]
    if len(some) > len(names):
        names.append(text("{n} more", n=Quantity(len(some) - len(names), "count")))
    return names


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
