"""What single tactics come to: cost against target, which keeps or sells, which shows nothing."""

from __future__ import annotations

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
from livereview.stats.lift import OVERSTATED, UNDERSTATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.interaction.tactics import Row
    from livereview.analysis import Limits
    from livereview.model import Severity


def clearest(rows: Sequence[Row]) -> Row | None:
    """Return the tactic with the largest lift of viewers online, of those that are clear."""
    clear = [row for row in rows if row["online_clear"] and row["online_change"] > 0]
    return max(clear, key=lambda row: (row["online_change"], row["kind"]), default=None)


def points() -> dict[str, Quantity]:
    """Return the room for the error of matching in points, as messages name it."""
    return {
        "below": Quantity(round(100 * OVERSTATED), "count"),
        "above": Quantity(round(100 * UNDERSTATED), "count"),
    }


def over_target(rows: Sequence[Row], gmv: float, limits: Limits) -> Iterator[Finding]:
    """Yield the tactics whose participants cost more than the target allows."""
    keeps = clearest(rows) is not None
    for row in rows:
        each, target = row["cost_per_participant"], row["target"]
        if each is None or target is None or row["over_target"] <= 0:
            continue
        yield Finding(
            code="tactic_cost",
            subject=row["kind"],
            severity=_severity(row, gmv, limits),
            grade="fact",
            headline=text(
                "A participant of the {kind} cost {each}, the target is {target}.",
                kind=Term(row["kind"], "kind"),
                each=money(each),
                target=money(target),
            ),
            detail=plural(
                "{spent} for one participant, where both are known; at the target it would have "
                "been {over} less.",
                "{spent} for {n} participants, where both are known; at the target it would have "
                "been {over} less.",
                row["participants_both"],
                spent=money(row["cost_both"]),
                over=money(row["over_target"]),
            ),
            measures=(
                Measure(name="cost_per_participant", value=each, unit="money"),
                Measure(name="target", value=target, unit="money"),
                *lift_of(row),
            ),
            impact=Impact(value=-row["over_target"]),
            owner_role="operator",
            advice=_cheaper(row, keeps=keeps),
            frame="by_tactic",
            topic=f"tactic.{row['kind']}",
        )


def _severity(row: Row, gmv: float, limits: Limits) -> Severity:
    if row["over_target"] < limits["cost_matters"] * gmv:
        return "note"
    each = row["cost_per_participant"]
    return "act" if each >= limits["cost_act"] * row["target"] else "watch"


def _cheaper(row: Row, *, keeps: bool) -> Message:
    if row["online_clear"] and row["online_change"] > 0:
        return text(
            "Keep it, with a smaller prize or an easier entry so that more take part; stop where "
            "{target} per participant is out of reach.",
            target=money(row["target"]),
        )
    if keeps:
        return text(
            "Cut the prize until a participant costs {target} at most, or give the money to a "
            "tactic that keeps viewers.",
            target=money(row["target"]),
        )
    return text(
        "Cut the prize until a participant costs {target} at most.", target=money(row["target"])
    )


def selling(rows: Sequence[Row]) -> Iterator[Finding]:
    """Yield after which tactics viewers bought clearly more, or less, than in matched minutes."""
    clear = [row for row in rows if row["gmv_clear"]]
    if not clear:
        return
    clear.sort(key=lambda row: (-abs(row["gmv_change"]), row["kind"]))
    yield Finding(
        code="tactic_sales",
        subject=clear[0]["kind"],
        severity="note",
        grade="hypothesis",
        headline=text(
            "GMV per viewer in the ten minutes from a tactic on, against matched minutes: "
            "{changes}.",
            changes=[
                text(
                    "{kind} {change} ({low} to {high})",
                    kind=Term(row["kind"], "kind"),
                    change=share(row["gmv_change"], signed=True),
                    low=share(row["gmv_low"], signed=True),
                    high=share(row["gmv_high"], signed=True),
                )
                for row in clear
            ],
        ),
        detail=text(
            "Only changes beyond chance are named. Purchases may have been brought forward: later "
            "minutes are not in it. They are associations: nothing was drawn by lot."
        ),
        measures=tuple(
            Measure(
                name="gmv_change",
                value=row["gmv_change"],
                unit="share",
                low=row["gmv_low"],
                high=row["gmv_high"],
                n=row["n"],
            )
            for row in clear
        ),
        owner_role="operator",
        advice=text(
            "Compare whole hours with and without it, picked by lot, before running it more often."
        ),
        frame="by_tactic",
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
    yield _value(first, last)


def _value(first: Row, last: Row) -> Finding:
    return Finding(
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
            "Only tactics within their target, or without one, that clearly had more viewers "
            "online than matched minutes. In a large room the same lift is more viewers."
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


def without_effect(rows: Sequence[Row], gmv: float, limits: Limits) -> Iterator[Finding]:
    """Yield the tactics that cost money and cannot be told from matched minutes."""
    for row in rows:
        if (
            row["low"] is None
            or (row["online_clear"] and row["online_change"] > 0)
            or (row["gmv_clear"] and row["gmv_change"] > 0)
            or not row["cost"]
            or row["n"] < limits["least_judged"]
            or (row["roi_low"] is not None and row["roi_low"] > 0)
        ):
            continue
        yield Finding(
            code="tactic_unproven",
            subject=row["kind"],
            severity="watch" if row["cost"] >= limits["cost_matters"] * gmv else "note",
            grade="hypothesis",
            headline=text(
                "The known cost of the {kind} is {cost}, and viewers online after it were not "
                "clearly more than in matched minutes: {change} ({low} to {high}).",
                kind=Term(row["kind"], "kind"),
                cost=money(row["cost"]),
                change=share(row["online_change"], signed=True),
                low=share(row["low"], signed=True),
                high=share(row["high"], signed=True),
            ),
            detail=text(
                "{n} of {times} times could be matched. Matching may understate what is run in a "
                "sag: the interval leaves {below} points below and {above} above for its error.",
                n=Quantity(row["n"], "count"),
                times=Quantity(row["times"], "count"),
                **points(),
            ),
            measures=(Measure(name="cost", value=row["cost"], unit="money"), *lift_of(row)),
            owner_role="operator",
            advice=text(
                "Matching may understate it: leave it out in every second sag, picked by lot, for "
                "a week, and stop it only if nothing shows."
            ),
            frame="by_tactic",
            topic=f"tactic.{row['kind']}",
        )


def lift_of(row: Row) -> tuple[Measure, ...]:
    """Return the change of viewers online with its interval, where there is one."""
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
