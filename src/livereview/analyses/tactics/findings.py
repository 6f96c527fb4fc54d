"""One finding per tactic: what it went with, how sure that is, what it cost and is worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from livereview.analyses.tactics import pricing
from livereview.analyses.tactics.prose import called, figure, figures, measured, paragraph
from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Severity,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analyses.tactics.verdicts import Row, Tactic

_SAID = 3  # other comparisons of a tactic that are said beside the one that decides


def on(tactic: Tactic) -> Finding:
    """Return what is to be said of a tactic."""
    lead = tactic.lead
    return Finding(
        code=f"tactic_{tactic.verdict}",
        subject=tactic.name,
        severity=_severity(tactic),
        grade=lead["grade"],
        headline=_headline(tactic),
        detail=paragraph(
            [
                *_range(lead),
                *pricing.worth(lead),
                *pricing.cost(lead),
                *_target(lead),
                *_others(tactic),
            ]
        ),
        measures=_measures(lead),
        impact=pricing.impact(lead),
        owner_role="operator",
        advice=_advice(tactic),
        frame="lifts",
        topic=f"tactic.{tactic.name}",
    )


def _severity(tactic: Tactic) -> Severity:
    """Watch what is worse, costs without a lift, misses its target or earns less than it costs."""
    lead = tactic.lead
    spent = (lead["cost"] or 0) > 0
    watched = (
        tactic.verdict in ("worse", "mixed")
        or (tactic.verdict == "unclear" and spent)
        or _missed(lead)
        or pricing.unpaid(lead)
    )
    return "watch" if watched else "note"


def _missed(row: Row) -> bool:
    if row["target"] is None or row["treated"] is None:
        return False
    if row["direction"] == "down":
        return bool(row["treated"] > row["target"])
    return bool(row["treated"] < row["target"])


def _headline(tactic: Tactic) -> Message:
    lead = tactic.lead
    if tactic.verdict == "mixed":
        better, worse = tactic.first("worked"), tactic.first("worse")
        return text(
            "{tactic} went both ways: {better} was {better_lift} and {worse} {worse_lift}.",
            tactic=called({**lead, "group": "all"}),
            better=measured(better),
            better_lift=share(better["lift_rel"], signed=True),
            worse=measured(worse),
            worse_lift=share(worse["lift_rel"], signed=True),
        )
    said = {"tactic": called(lead), **figures(lead)}
    match tactic.verdict:
        case "worked":
            return text(
                "{tactic} went with a better figure: {metric} {treated} against {control} without "
                "it ({lift}).",
                **said,
            )
        case "worse":
            return text(
                "{tactic} went with a worse figure: {metric} {treated} against {control} without "
                "it ({lift}).",
                **said,
            )
        case "apart":
            return text(
                "{tactic} went with another figure: {metric} {treated} against {control} without "
                "it ({lift}).",
                **said,
            )
        case "unclear":
            return text(
                "{tactic} shows no difference that can be told from chance: {metric} {treated} "
                "against {control} without it ({lift}).",
                **said,
            )
    return text(
        "{tactic} cannot be judged: {metric} {treated} against {control}, and {why}.",
        why=_lacking(lead),
        **said,
    )


def _lacking(row: Row) -> Message:
    match row["method"]:
        case "no_share":
            return text("a share lies between 0 and 1")
        case "no_base":
            return text("a lift needs two figures above zero")
        case "too_few":
            return text("too few are known to stand behind them")
    return text("nothing is known of how far single figures spread")


def _range(row: Row) -> Iterator[Message]:
    if row["low"] is None:
        return
    yield text(
        "The lift lies between {low} and {high}, if the {n} with it and the {m} without are "
        "independent.",
        low=share(row["low"], signed=True),
        high=share(row["high"], signed=True),
        n=Quantity(row["treated_n"], "count"),
        m=Quantity(row["control_n"], "count"),
    )
    alike = _alike(row)
    if alike >= 2:
        yield text(
            "Those of one session are alike: if every {n} of them tell as much as one, the "
            "difference could be chance.",
            n=Quantity(alike, "count"),
        )


def _alike(row: Row) -> int:
    """Return how many persons may be worth one until the interval reaches zero, 0 if none may."""
    if row["method"] != "persons" or row["low"] <= 0 <= row["high"]:
        return 0
    reach = (math.log1p(row["high"]) - math.log1p(row["low"])) / 2
    return math.ceil((math.log1p(row["lift_rel"]) / reach) ** 2)


def _target(row: Row) -> Iterator[Message]:
    if row["target"] is None or row["treated"] is None:
        return
    target = figure(row, "target")
    if _missed(row):
        yield text("The target of {target} is missed.", target=target)
    else:
        yield text("The target of {target} is met.", target=target)


def _others(tactic: Tactic) -> Iterator[Message]:
    said = [tactic.first("worked"), tactic.first("worse")] if tactic.verdict == "mixed" else []
    rows = [row for row in tactic.rows[1:] if row not in said and row["lift_rel"] is not None]
    if rows:
        yield text(
            "Also compared: {rows}.",
            rows=[
                text(
                    "{metric} {lift} ({verdict})",
                    metric=measured(row),
                    lift=share(row["lift_rel"], signed=True),
                    verdict=_verdict(row),
                )
                for row in rows[:_SAID]
            ],
        )


def _verdict(row: Row) -> Message:
    match row["verdict"]:
        case "worked":
            return text("better")
        case "worse":
            return text("worse")
        case "apart":
            return text("different")
        case "unclear":
            return text("not told from chance")
    return text("not judged")


def _measures(row: Row) -> tuple[Measure, ...]:
    told = [
        Measure(
            name="lift_rel",
            value=row["lift_rel"],
            unit="share",
            low=row["low"],
            high=row["high"],
            n=row["n"],
        )
    ]
    treated, control = figure(row, "treated"), figure(row, "control")
    told.append(Measure(name="treated", value=treated.value, unit=treated.unit, n=row["treated_n"]))
    told.append(Measure(name="control", value=control.value, unit=control.unit, n=row["control_n"]))
    if row["cost"] is not None:
        told.append(Measure(name="cost", value=row["cost"], unit="money"))
    if row["target"] is not None:
        told.append(Measure(name="target", value=row["target"], unit=treated.unit))
    return tuple(told)


def _advice(tactic: Tactic) -> Message:
    lead = tactic.lead
    needed = pricing.pays_from(lead) if pricing.unpaid(lead) else None
    match tactic.verdict:
        case "worked" if needed is not None:
            return text(
                "Find out how many it reached in all: it earns its cost from about {n} on, if the "
                "lift holds. Test that with viewers drawn at random before paying for more.",
                n=Quantity(needed, "count"),
            )
        case "worked":
            return text(
                "Test it with viewers drawn at random before it is rolled out; if the lift holds, "
                "use it in more rooms of this kind."
            )
        case "worse":
            return text(
                "Pause it where it runs and see what viewers do differently there; bring it back "
                "only as a test with viewers drawn at random."
            )
        case "mixed":
            return text(
                "Decide which of these figures counts, then test it with viewers drawn at random "
                "before it goes on."
            )
        case "apart":
            return text("Say which way this figure should move, with a target for the tactic.")
        case "unclear":
            return text(
                "Put no more money into it until a test with viewers or sessions drawn at random "
                "shows a lift."
            )
    return text(
        "Have the number of persons or sessions on both sides exported with it, and for means the "
        "standard deviation."
    )
