"""What the tactics come to: cost against target, which keeps people, which shows nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from livereview.model import (
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    Term,
    money,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.interaction.tactics import Row
    from livereview.analysis import Limits


def tactics_run(rows: Sequence[Row]) -> Finding:
    """Say how often tactics were run, what they cost, and which went with most viewers."""
    times = sum(row["times"] for row in rows)
    costs = [row["cost"] for row in rows if row["cost"] is not None]
    if not rows:
        headline = text("No interaction tactic is marked in the sessions.")
    elif costs:
        headline = plural(
            "An interaction tactic was run once; its known cost is {cost}. {best}",
            "Interaction tactics were run {n} times; their known cost is {cost}. {best}",
            times,
            cost=money(math.fsum(costs)),
            best=_best(rows),
        )
    else:
        headline = plural(
            "An interaction tactic was run once; what it cost is not known. {best}",
            "Interaction tactics were run {n} times; what they cost is not known. {best}",
            times,
            best=_best(rows),
        )
    return Finding(
        code="tactics_run",
        subject="campaign",
        severity="note",
        grade="hypothesis" if any(row["low"] is not None for row in rows) else "fact",
        headline=headline,
        detail=text(
            "Lifts are of the ten minutes from the tactic on, against minutes of the same session "
            "with a like trend before and nothing marked near them. They are associations: nothing "
            "was drawn by lot. Their intervals leave three points either way for what matching may "
            "miss of a sag."
        ),
        measures=tuple(
            measure for row in rows if row["online_change"] is not None for measure in _lift(row)
        )
        if len(rows) == 1
        else (Measure(name="times", value=times, unit="count"),),
        frame="by_tactic",
    )


def _best(rows: Sequence[Row]) -> Message:
    """Say which tactic went with most viewers more, where one is clear."""
    clear = [row for row in rows if row["low"] is not None and row["low"] > 0]
    if clear:
        best = max(clear, key=lambda row: (row["online_change"], row["kind"]))
        return text(
            "Most viewers stayed with the {kind}: {change} online ({low} to {high}).",
            kind=Term(best["kind"], "kind"),
            change=share(best["online_change"], signed=True),
            low=share(best["low"], signed=True),
            high=share(best["high"], signed=True),
        )
    return text("None went with clearly more viewers online than matched minutes.")


def over_target(rows: Sequence[Row], limits: Limits) -> Iterator[Finding]:
    """Yield the tactics whose participants cost more than the target allows."""
    for row in rows:
        each, target = row["cost_per_participant"], row["target"]
        if each is None or target is None or row["over_target"] <= 0:
            continue
        yield Finding(
            code="tactic_cost",
            subject=row["kind"],
            severity="act" if each >= limits["cost_act"] * target else "watch",
            grade="fact",
            headline=text(
                "A participant of the {kind} cost {each}, the target is {target}.",
                kind=Term(row["kind"], "kind"),
                each=money(each),
                target=money(target),
            ),
            detail=plural(
                "It was run once; at the target it would have cost {over} less.",
                "It was run {n} times; at the target they would have cost {over} less together.",
                row["times"],
                over=money(row["over_target"]),
            ),
            measures=(
                Measure(name="cost_per_participant", value=each, unit="money"),
                Measure(name="target", value=target, unit="money"),
                *_lift(row),
            ),
            impact=Impact(value=-row["over_target"]),
            owner_role="operator",
            advice=_cheaper(row),
            frame="by_tactic",
            topic=f"tactic.{row['kind']}",
        )


def _cheaper(row: Row) -> Message:
    if row["low"] is not None and row["low"] > 0:
        return text(
            "Keep it, with a smaller prize or an easier entry so that more take part; stop where "
            "{target} per participant is out of reach.",
            target=money(row["target"]),
        )
    return text(
        "Cut the prize until a participant costs {target} at most, or give the money to a tactic "
        "that keeps viewers.",
        target=money(row["target"]),
    )


def keeping(rows: Sequence[Row]) -> Iterator[Finding]:
    """Yield which tactic holds viewers for the least money, where several can be compared."""
    priced = [
        row
        for row in rows
        if row["cost_per_extra_minute"] is not None and (row["over_target"] or 0) <= 0
    ]
    if len(priced) < 2:
        return
    first, last = (
        choose(priced, key=lambda row: (row["cost_per_extra_minute"], row["kind"]))
        for choose in (min, max)
    )
    yield Finding(
        code="tactic_value",
        subject=first["kind"],
        severity="note",
        grade="hypothesis",
        headline=text(
            "An extra minute of a viewer went with {least} spent on the {kind}, and with {most} on "
            "the {other}.",
            least=money(first["cost_per_extra_minute"]),
            kind=Term(first["kind"], "kind"),
            most=money(last["cost_per_extra_minute"]),
            other=Term(last["kind"], "kind"),
        ),
        detail=text(
            "Of the tactics above no target that had clearly more viewers online than matched "
            "minutes. In a large room the same lift is more viewers."
        ),
        measures=tuple(
            Measure(
                name="cost_per_extra_minute",
                value=row["cost_per_extra_minute"],
                unit="money",
                n=row["n"],
            )
            for row in (first, last)
        ),
        owner_role="operator",
        advice=text(
            "Run the {kind} first when a room sags, and compare both in sessions picked by lot "
            "before moving the budget.",
            kind=Term(first["kind"], "kind"),
        ),
        frame="by_tactic",
        topic=f"tactic.{first['kind']}",
    )


def without_effect(rows: Sequence[Row], limits: Limits) -> Iterator[Finding]:
    """Yield the tactics that cost money and cannot be told from matched minutes."""
    for row in rows:
        if (
            row["low"] is None
            or row["low"] > 0
            or not row["cost"]
            or row["n"] < limits["least_judged"]
            or (row["roi_low"] is not None and row["roi_low"] > 0)
        ):
            continue
        yield Finding(
            code="tactic_unproven",
            subject=row["kind"],
            severity="watch",
            grade="hypothesis",
            headline=text(
                "The {kind} cost {cost}, and viewers online after it were not clearly more than in "
                "matched minutes: {change} ({low} to {high}).",
                kind=Term(row["kind"], "kind"),
                cost=money(row["cost"]),
                change=share(row["online_change"], signed=True),
                low=share(row["low"], signed=True),
                high=share(row["high"], signed=True),
            ),
            detail=text(
                "{n} of {times} times could be matched. The interval leaves three points either "
                "way for what matching may miss of a sag.",
                n=Quantity(row["n"], "count"),
                times=Quantity(row["times"], "count"),
            ),
            measures=(Measure(name="cost", value=row["cost"], unit="money"), *_lift(row)),
            owner_role="operator",
            advice=text(
                "Leave it out in every second sag, picked by lot, for a week; stop it if nothing "
                "shows."
            ),
            frame="by_tactic",
            topic=f"tactic.{row['kind']}",
        )


def _lift(row: Row) -> tuple[Measure, ...]:
    if row["online_change"] is None:
        return ()
    return (
        Measure(
            name="online_change",
            value=row["online_change"],
            unit="share",
            low=row["low"],
            high=row["high"],
            n=row["n"],
        ),
    )
