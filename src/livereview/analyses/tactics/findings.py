"""One finding per tactic: what it went with, how sure that is, what it cost and is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.tactics import pricing
from livereview.analyses.tactics.prose import called, figure, figures, measured
from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Severity,
    money,
    paragraph,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analyses.tactics.verdicts import Row, Tactic
    from livereview.model import Arg

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
        tactic.verdict in ("worse", "mixed", "unpaid")
        or (tactic.verdict == "unclear" and spent)
        or _missed(lead)
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
    said: dict[str, Arg] = {"tactic": called(lead), **figures(lead)}
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
    said |= {"kept": money(pricing.kept(lead)), "cost": money(lead["cost"])}
    if lead["method"] == "persons":
        return text(
            "{tactic} went with a better figure, {metric} {treated} against {control} without it "
            "({lift}), but on the viewers compared it earned {kept} for {cost}.",
            **said,
        )
    return text(
        "{tactic} went with a better figure, {metric} {treated} against {control} without it "
        "({lift}), but in the sessions compared it earned {kept} for {cost}.",
        **said,
    )


def _range(row: Row) -> Iterator[Message]:
    if row["low"] is None:
        return
    yield text(
        "The 95-percent interval of the lift is {low} to {high}, if the {n} with it and the {m} "
        "without are independent.",
        low=share(row["low"], signed=True),
        high=share(row["high"], signed=True),
        n=Quantity(row["treated_n"], "count"),
        m=Quantity(row["control_n"], "count"),
    )
    if row["method"] == "persons" and not row["low"] <= 0 <= row["high"]:
        yield text(
            "Viewers of one session resemble each other, so the difference may still be chance."
        )


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
    match tactic.verdict:
        case "unpaid" if (needed := pricing.pays_from(lead)) is not None:
            return text(
                "Find out how many it reached in all: it earns its cost from about {n} on, if the "
                "lift holds. Test that with viewers drawn at random before paying for more.",
                n=Quantity(needed, "count"),
            )
        case "unpaid":
            return text("Stop paying for it: refunds and goods leave nothing of what it sells.")
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
    return text(
        "Put no more money into it until a test with viewers or sessions drawn at random shows a "
        "lift."
    )
