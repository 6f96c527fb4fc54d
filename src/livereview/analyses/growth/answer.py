"""Whether the campaign grew, and whether the same anchors sold more or more anchors sold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livereview.analyses.growth import kpis
from livereview.model import (
    Arg,
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    money,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from livereview.analysis import Limits

    Row = Mapping[str, Any]


def changed(change: float) -> Message:
    """Say up or down by how much."""
    if change >= 0:
        return text("up {change}", change=share(change))
    return text("down {change}", change=share(-change))


def called(row: Row) -> Arg:
    """Return the name of a campaign inside a sentence; one without a name by what it is."""
    match row["name"]:
        case "previous":
            return text("the previous campaign")
        case "last_year":
            return text("last year's campaign")
        case name:
            return str(name)


def references(rows: Mapping[str, Row], limits: Limits) -> list[tuple[str, float]]:
    """Return the references GMV can be held against, with its growth per day."""
    return [
        (name, change)
        for name in kpis.REFERENCES
        if name in rows
        and (change := kpis.growth("gmv", rows["current"], rows[name], limits, per_day=True))
        is not None
    ]


def grew(
    rows: Mapping[str, Row], parts: Mapping[str, Mapping[str, Row]], limits: Limits
) -> Finding:
    """Return how far GMV grew; per day where the campaigns are of unequal length.

    Args:
        rows: the campaigns' figures.
        parts: per reference, anchors by whether they were live in both campaigns.
        limits: `complete` is the share of sessions that has to know GMV.
    """
    found = references(rows, limits)
    if not found:
        return _untold(rows, limits)
    reference, change = found[0]
    now, then = rows["current"], rows[reference]
    return Finding(
        code="growth",
        subject="campaign",
        severity="note" if change >= 0 else "watch",
        grade="fact",
        headline=_headline(found, rows),
        detail=_who(parts.get(reference, {})) if _is_even(rows, reference) else None,
        measures=tuple(
            Measure(
                name=f"{name}.{'change' if _is_even(rows, name) else 'per_day_change'}",
                value=one,
                unit="share",
            )
            for name, one in found
        ),
        impact=Impact(value=now["gmv"] - then["gmv"] * kpis.stretch(now, then)),
        frame="kpis",
        topic="gap",
    )


def _is_even(rows: Mapping[str, Row], reference: str) -> bool:
    return bool(rows["current"]["days"] == rows[reference]["days"])


def _headline(found: list[tuple[str, float]], rows: Mapping[str, Row]) -> Message:
    even = all(_is_even(rows, name) for name, _ in found)
    if len(found) == 2:
        said = {"previous": changed(found[0][1]), "year": changed(found[1][1])}
        if even:
            return text(
                "GMV is {previous} on the previous campaign and {year} on last year.", **said
            )
        return text(
            "GMV per day is {previous} on the previous campaign and {year} on last year.", **said
        )
    name, change = found[0]
    said = {"change": changed(change)}
    if name == "previous":
        if even:
            return text("GMV is {change} on the previous campaign.", **said)
        return text("GMV per day is {change} on the previous campaign.", **said)
    if even:
        return text("GMV is {change} on last year.", **said)
    return text("GMV per day is {change} on last year.", **said)


def _untold(rows: Mapping[str, Row], limits: Limits) -> Finding:
    """Say why GMV cannot be held against any earlier campaign."""
    thin = [
        row
        for name in ("current", *kpis.REFERENCES)
        if (row := rows.get(name)) is not None and (row["known_gmv"] or 0.0) < limits["complete"]
    ]
    return Finding(
        code="growth_not_comparable",
        subject="campaign",
        severity="watch" if thin else "note",
        grade="fact",
        headline=text(
            "No growth of GMV is stated: only {known} of the sessions of {campaign} carry it.",
            known=share(thin[0]["known_gmv"]),
            campaign=called(thin[0]),
        )
        if thin
        else text("No growth of GMV is stated: the earlier campaigns had none."),
        owner_role="analyst",
        advice=text("Export the sessions of that campaign again with the GMV column.")
        if thin
        else None,
        frame="kpis",
    )


def _who(parts: Mapping[str, Row]) -> Message | None:
    """Say what the same anchors did and what those who joined and left are worth."""
    both, joined, left = (parts.get(name) for name in ("both", "only_now", "only_before"))
    if both is None or both["change"] is None or (joined is None and left is None):
        return None
    return text(
        "Anchors live in both campaigns ({anchors}) sold {gmv} ({effect}); those who joined "
        "({joined}) brought {joined_gmv}, those who left ({left}) had brought {left_gmv}.",
        anchors=Quantity(both["anchors"], "count"),
        gmv=money(both["gmv"]),
        effect=money(both["effect"], signed=True),
        joined=Quantity(joined["anchors"] if joined else 0, "count"),
        joined_gmv=money(joined["gmv"] if joined else 0.0),
        left=Quantity(left["anchors"] if left else 0, "count"),
        left_gmv=money(left["previous"] if left else 0.0),
    )


def same_anchors(
    rows: Mapping[str, Row], parts: Mapping[str, Mapping[str, Row]], limits: Limits
) -> Iterator[Finding]:
    """Yield the growth of the same anchors where it differs clearly from the campaign's."""
    found = references(rows, limits)
    if not found:
        return
    reference, total = found[0]
    now, then = rows["current"], rows[reference]
    both = parts.get(reference, {}).get("both")
    if both is None or both["change"] is None or both["anchors"] < limits["min_anchors"]:
        return
    unknown = parts[reference].get("unknown", {"gmv": 0.0, "previous": 0.0})
    if (
        unknown["gmv"] > limits["unknown_share"] * now["gmv"]
        or unknown["previous"] > limits["unknown_share"] * then["gmv"]
    ):
        return
    stretch = kpis.stretch(now, then)
    same = (1 + both["change"]) / stretch - 1
    if same * total >= 0 and abs(same - total) < limits["like_for_like"]:
        return
    effect = both["gmv"] - both["previous"] * stretch
    others = now["gmv"] - then["gmv"] * stretch - effect
    yield Finding(
        code="like_for_like",
        subject=reference,
        severity="watch" if same * total < 0 or same < 0 else "note",
        grade="fact",
        headline=_against(reference, same, total, others, is_even=stretch == 1),
        detail=_hours(both, stretch),
        measures=(
            Measure(name="both.change", value=same, unit="share", n=both["anchors"]),
            Measure(name="change", value=total, unit="share"),
        ),
        impact=Impact(value=effect),
        advice=_advice(same, total),
        frame="like_for_like",
        topic="gap",
    )


def _against(reference: str, same: float, total: float, others: float, *, is_even: bool) -> Message:
    earlier = text("the previous campaign") if reference == "previous" else text("last year")
    said: dict[str, Arg] = {
        "same": changed(same),
        "reference": earlier,
        "total": changed(total),
        "others": money(others, signed=True),
    }
    if is_even:
        return text(
            "Anchors live in both campaigns are {same} on {reference}, the campaign is {total}: "
            "{others} of the change is from anchors who joined or left.",
            **said,
        )
    return text(
        "Per day, anchors live in both campaigns are {same} on {reference}, the campaign is "
        "{total}: {others} of the change is from anchors who joined or left.",
        **said,
    )


def _hours(both: Row, stretch: float) -> Message | None:
    """Say whether the same anchors sold more per hour or were live for longer."""
    hours, before = both["hours"], both["previous_hours"]
    if not hours or not before:
        return None
    per_hour = (both["gmv"] / hours) / (both["previous"] / before) - 1
    return text(
        "Their GMV per hour is {per_hour}, their hours live per day are {hours}.",
        per_hour=changed(per_hour),
        hours=changed(hours / before / stretch - 1),
    )


def _advice(same: float, total: float) -> Message:
    if same < total:
        return text(
            "Set the next targets of these anchors on their own growth, and secure the anchors who "
            "joined before you count on theirs."
        )
    return text(
        "Set the next targets on the growth of these anchors, and find out what the anchors who "
        "left would have brought."
    )
