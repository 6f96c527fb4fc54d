"""Whether rooms tire: what the late hours of sessions say against their own first hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.anchors.pace import ALL, HOURS, KINDS
from livereview.model import (
    Finding,
    Grade,
    Impact,
    Measure,
    Message,
    Quantity,
    Term,
    plural,
    share,
    text,
)
from livereview.stats.tiers import TIERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from livereview.analyses.anchors.rows import Row, Rows
    from livereview.analysis import Limits


def fading(fade: pl.DataFrame, late: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield from which hour on viewers do less, by how much, and what that is worth."""
    tiers = {row["tier"]: row for row in late.iter_rows(named=True)}
    whole = tiers.get(ALL)
    if whole is None:
        return
    fell = [kind for kind in KINDS if _fell(whole, kind)]
    if not fell:
        return
    worst = -min(whole[f"{kind}_change"] for kind in fell)
    yield Finding(
        code="fade",
        subject="sessions",
        severity="act" if worst >= limits["fade_act"] else "watch",
        grade=_grade(whole),
        headline=_headline(whole, fell),
        detail=_detail(whole, _by_tier(fade, whole["hour_of_session"], limits)),
        measures=_measures(whole),
        impact=_impact(whole),
        owner_role="anchor",
        advice=_advice(whole),
        frame="fade",
        topic="fade",
    )


def title(late: pl.DataFrame) -> Message | None:
    """Return from which hour on a viewer orders less, else clicks or interacts less."""
    whole = next(late.filter(tier=ALL).iter_rows(named=True), None)
    fell = [] if whole is None else [kind for kind in KINDS if _fell(whole, kind)]
    if whole is None or not fell:
        return None
    kind = fell[-1]
    return text(
        "From hour {hour} on a viewer {less}",
        hour=Quantity(HOURS.index(whole["hour_of_session"]) + 1, "count"),
        less=_less(kind, share(-whole[f"{kind}_change"])),
    )


def _fell(row: Row, kind: str) -> bool:
    high = row[f"{kind}_high"]
    return high is not None and high < 0


def _headline(whole: Row, fell: Sequence[str]) -> Message:
    return plural(
        "After the first hour of a session a viewer {less} than in it.",
        "After the first {n} hours of a session a viewer {less} than in the first.",
        HOURS.index(whole["hour_of_session"]),
        less=[_less(kind, share(-whole[f"{kind}_change"])) for kind in fell],
    )


def _less(kind: str, by: Quantity) -> Message:
    if kind == "interactions":
        return text("interacts {share} less", share=by)
    if kind == "clicks":
        return text("clicks {share} less", share=by)
    return text("orders {share} less", share=by)


def _by_tier(fade: pl.DataFrame, hour: str, limits: Limits) -> Message | None:
    """Say which tier fades clearly more than the others in the hour where it begins.

    Late hours together would blame the tier with the longest sessions. None where fewer than two
    tiers can be judged.
    """
    rows: Rows = {row["tier"]: row for row in fade.filter(hour_of_session=hour).to_dicts()}
    known = [rows[tier] for tier in TIERS if tier in rows]
    for kind in KINDS:
        judged = [
            row
            for row in known
            if row["sessions"] >= limits["fade_sessions"] and row[f"{kind}_high"] is not None
        ]
        if len(judged) > 1:
            first, second = sorted(judged, key=lambda row: row[f"{kind}_change"])[:2]
            apart = second[f"{kind}_change"] - first[f"{kind}_change"]
            if apart >= limits["fade_apart"] and first[f"{kind}_high"] < second[f"{kind}_low"]:
                return text("It is strongest in the {tier} tier.", tier=Term(first["tier"]))
            return text("No tier fades clearly more than the others.")
    return None


def _is_matched(whole: Row) -> bool:
    """Whether orders fall against the same hour of the day too, beyond chance."""
    return whole["matched_high"] is not None and whole["matched_high"] < 0


def _grade(whole: Row) -> Grade:
    return "estimate" if _is_matched(whole) else "hypothesis"


def _detail(whole: Row, tier: Message | None) -> Message:
    said = text(
        "Minutes are known of {sessions} sessions that get there, with {covered} of GMV; each is "
        "held against its own first hour, per person online. {day}",
        sessions=Quantity(whole["sessions"], "count"),
        covered=share(whole["gmv_known_share"]),
        day=_day(whole),
    )
    return said if tier is None else text("{said} {tier}", said=said, tier=tier)


def _day(whole: Row) -> Message:
    """Say whether the hour of the day may explain the fade."""
    if whole["matched_change"] is None:
        return text("No early hours at the same time of day are there to hold it against.")
    part = share(whole["matched_share"])
    if _is_matched(whole):
        return text(
            "It is not only the time of day: against early hours of the same tier at the same "
            "time, known for {part} of late viewing, orders are {fall} lower.",
            part=part,
            fall=share(-whole["matched_change"]),
        )
    return text(
        "The time of day may explain it: against early hours of the same tier at the same time, "
        "known for {part} of late viewing, orders differ by {change}, within chance.",
        part=part,
        change=share(whole["matched_change"], signed=True),
    )


def _measures(whole: Row) -> tuple[Measure, ...]:
    return (
        *(
            Measure(
                name=f"{kind}_change",
                value=whole[f"{kind}_change"],
                unit="share",
                low=whole[f"{kind}_low"],
                high=whole[f"{kind}_high"],
                n=whole["sessions"],
            )
            for kind in KINDS
            if whole[f"{kind}_change"] is not None
        ),
        Measure(
            name="matched_change",
            value=whole["matched_change"],
            unit="share",
            low=whole["matched_low"],
            high=whole["matched_high"],
        ),
    )


def _impact(whole: Row) -> Impact | None:
    """Return the GMV that late orders lack, where both measurements of them fell or one is all.

    Without early hours at the same time of day there is no interval: it would hold for the hour
    of the session and of the day together.
    """
    lost = whole["lost_gmv"]
    if lost is None or not _fell(whole, "orders") or not lost > 0:
        return None
    if whole["matched_change"] is None:
        return Impact(value=-lost)
    if not _is_matched(whole):
        return None
    return Impact(value=-lost, low=-whole["lost_high"], high=-whole["lost_low"])


def _advice(whole: Row) -> Message:
    return plural(
        "Hand over to a second host after the first hour or open the second with the strongest "
        "product; where there is no second host, end sooner.",
        "Hand over to a second host after {n} hours or open hour {next} with the strongest "
        "product; where there is no second host, end sooner.",
        HOURS.index(whole["hour_of_session"]),
        next=Quantity(HOURS.index(whole["hour_of_session"]) + 1, "count"),
    )
