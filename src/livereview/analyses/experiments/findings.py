"""One finding per treated variant that can be read: what users did, how sure, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.experiments import circumstances, worth
from livereview.analyses.experiments.prose import figures
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

    from livereview.analyses.experiments.prose import Row
    from livereview.analysis import Limits


def on(row: Row, limits: Limits) -> Finding:
    """Return what is to be said of a variant."""
    return Finding(
        code=f"experiment_{row['verdict']}",
        subject=f"{row['experiment']} {row['variant']}",
        severity=_severity(row),
        grade="estimate",
        headline=_headline(row),
        detail=paragraph(
            [
                *_range(row),
                *_within(row, limits),
                *_undecided(row, limits),
                *worth.said(row),
                *circumstances.of(row),
            ]
        ),
        measures=_measures(row),
        impact=worth.impact(row),
        owner_role="operator",
        advice=_advice(row, limits),
        frame="results",
        topic=f"experiment.{row['experiment']}",
    )


def _severity(row: Row) -> Severity:
    if row["verdict"] == "harm":
        return "act"
    return "watch" if row["verdict"] == "ship" and worth.earns_less(row) else "note"


def _headline(row: Row) -> Message:
    said = figures(row)
    match row["verdict"]:
        case "ship" if worth.earns_less(row):
            return text(
                "{variant} won its test on conversion, {rate} of users against {control} of the "
                "control ({lift}), but revenue per user is lower: {value} against {due}.",
                value=money(row["money"]["value"]),
                due=money(row["money"]["control_value"]),
                **said,
            )
        case "ship":
            return text(
                "{variant} won its test: {rate} of users converted against {control} of the "
                "control ({lift}).",
                **said,
            )
        case "harm":
            return text(
                "{variant} lost its test: {rate} of users converted against {control} of the "
                "control ({lift}).",
                **said,
            )
        case "hold":
            return text(
                "{variant} makes no difference that matters: {rate} of users converted against "
                "{control} of the control ({lift}).",
                **said,
            )
    return text(
        "The test of {variant} is undecided: {rate} of users converted against {control} of the "
        "control ({lift}).",
        **said,
    )


def _range(row: Row) -> Iterator[Message]:
    yield text(
        "The difference is {lift}, with a 95-percent interval from {low} to {high}.",
        lift=Quantity(row["lift_abs"], "points"),
        low=Quantity(row["low"], "points"),
        high=Quantity(row["high"], "points"),
    )


def _within(row: Row, limits: Limits) -> Iterator[Message]:
    if row["verdict"] == "hold":
        yield text(
            "Relative to the control that is {low} to {high}, within the {margin} either way that "
            "count as no difference.",
            low=share(row["rel_low"], signed=True),
            high=share(row["rel_high"], signed=True),
            margin=share(limits["margin"]),
        )


def _undecided(row: Row, limits: Limits) -> Iterator[Message]:
    if row["verdict"] != "inconclusive":
        return
    match row["reason"]:
        case "few_users":
            yield text(
                "Below {n} users on a side nothing is judged.",
                n=Quantity(limits["min_users"], "count"),
            )
        case "few_conversions":
            yield text("Too few users converted, or too few did not, to judge anything.")
        case _ if row["low"] > 0 or row["high"] < 0:
            yield text("Alone it would be beyond chance; among all comparisons it may be chance.")
        case _:
            yield text("That may be chance.")
    if row["mde"] is not None:
        yield text(
            "A test of this size finds a gain of {mde} in four of five cases.",
            mde=Quantity(row["mde"], "points"),
        )


def _measures(row: Row) -> tuple[Measure, ...]:
    told = [
        Measure(
            name="lift_rel",
            value=row["lift_rel"],
            unit="share",
            low=row["rel_low"],
            high=row["rel_high"],
        ),
        Measure(name="rate", value=row["rate"], unit="share", n=row["n"]),
        Measure(name="control_rate", value=row["control_rate"], unit="share", n=row["control_n"]),
    ]
    if (amounts := row["money"]) is not None:
        told.append(
            Measure(
                name="revenue_change",
                value=amounts["lift_abs"],
                unit="money",
                low=amounts["low"],
                high=amounts["high"],
            )
        )
    return tuple(told)


def _advice(row: Row, limits: Limits) -> Message:
    match row["verdict"]:
        case "ship" if worth.earns_less(row):
            return text(
                "Do not roll it out as it is: more users convert, yet together they bring in less. "
                "Cut what it gives away, then test again and let revenue per user decide."
            )
        case "ship":
            return text(
                "Roll it out before the next campaign and keep it from 5 to 10 % of users drawn "
                "at random, so that what it brings can still be measured."
            )
        case "harm":
            return text(
                "Switch it off wherever it still runs, and look at the step where its users drop "
                "out before it is changed and tested again."
            )
        case "hold":
            return text(
                "Keep whichever of the two is cheaper to run, and use the traffic for another test."
            )
    return _more_users(row, limits)


def _more_users(row: Row, limits: Limits) -> Message:
    needed = row["needed"]
    if needed is None:
        return text("Do not decide by it; run it again with more users on each side.")
    if needed > min(row["n"], row["control_n"]):
        return text(
            "Do not decide by it: a lift of {margin} takes about {n} users on each side to be "
            "found in four of five cases. Let it reach that number, or do not run it.",
            margin=share(limits["margin"]),
            n=Quantity(needed, "persons"),
        )
    return text(
        "Do not decide by it. It had the users to find a lift of {margin} in four of five cases; "
        "run it on only if less than that would pay.",
        margin=share(limits["margin"]),
    )
