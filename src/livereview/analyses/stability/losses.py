"""What was sold less while the stream failed, as far as matched minutes tell; never as a cause."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analysis import level
from livereview.model import (
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    Severity,
    Term,
    money,
    paragraph,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analysis import Frames, Limits

Row: TypeAlias = dict[str, Any]


def findings(frames: Frames, limits: Limits) -> Iterator[Finding]:
    """Yield what the incidents with a figure went with, and why others have none."""
    incidents = frames["incidents"]
    known = incidents.filter(pl.col("windows_priced") > 0)
    if known.height:
        total = frames["total"].row(0, named=True)
        yield _priced(known, incidents.height, total, frames["basis"]["gmv"][0], limits)
    unknown = incidents.filter(pl.col("windows_priced") < pl.col("windows"))
    if unknown.height:
        yield _unpriced(unknown, incidents.height)


def _priced(
    known: pl.DataFrame, incidents: int, total: Row, gmv: float | None, limits: Limits
) -> Finding:
    clear = total["low"] > 0
    return Finding(
        code="incidents_priced",
        subject="campaign",
        severity=_severity(total, gmv, limits),
        grade="estimate",
        headline=_headline(total, known.height, incidents),
        detail=paragraph((_of_gmv(total, gmv), _largest(known), _back(total), _how(limits))),
        measures=tuple(_measures(total)),
        impact=Impact(value=-total["lost_gmv"], low=-total["high"], high=-total["low"]),
        owner_role="tech",
        advice=text(
            "Keep a second push stream on hot standby and settle who switches to it within two "
            "minutes; give hosts a script for such minutes, and bring the best offer again once "
            "the picture is steady."
        )
        if clear
        else None,
        frame="incidents",
        topic="incidents",
    )


def _severity(total: Row, gmv: float | None, limits: Limits) -> Severity:
    if total["low"] <= 0:
        return "note"
    if gmv is None or gmv <= 0:
        return "watch"
    lost = total["lost_gmv"] / gmv
    return level(lost, limits["lost_share_watch"], limits["lost_share_act"]) or "note"


def _headline(total: Row, known: int, of: int) -> Message:
    which = (
        plural("one incident", "{n} incidents", of)
        if known == of
        else text("{n} of {of} incidents", n=Quantity(known, "count"), of=Quantity(of, "count"))
    )
    if total["low"] > 0:
        return text(
            "While the stream failed, {lost} less was sold than in matched minutes ({low} to "
            "{high}, {which}).",
            lost=money(total["lost_gmv"]),
            low=money(total["low"]),
            high=money(total["high"]),
            which=which,
        )
    if total["high"] < 0:
        return text(
            "While the stream failed, no less was sold than in matched minutes ({which}).",
            which=which,
        )
    return text(
        "While the stream failed, sales cannot be told from those of matched minutes ({which}).",
        which=which,
    )


def _of_gmv(total: Row, gmv: float | None) -> Message | None:
    if total["low"] <= 0:
        return text(
            "What is missing lies between {low} and {high}.",
            low=money(total["low"], signed=True),
            high=money(total["high"], signed=True),
        )
    if not gmv or gmv <= 0:
        return None
    return text(
        "That is {lost_share} of what these {minutes} minutes were due, and {gmv_share} of GMV.",
        lost_share=share(total["lost_share"]),
        minutes=Quantity(total["incident_minutes"], "count"),
        gmv_share=share(total["lost_gmv"] / gmv),
    )


def _largest(known: pl.DataFrame) -> Message | None:
    """Name the incident with the largest loss, of several."""
    first = known.sort("lost_gmv", "start", descending=[True, False]).row(0, named=True)
    if known.height < 2 or first["lost_gmv"] <= 0:
        return None
    return text(
        "The largest: {what}, {incident}, {minutes} minutes, {lost} ({low} to {high}).",
        what=Term(first["what"], "what"),
        incident=first["incident"],
        minutes=Quantity(first["incident_minutes"], "count"),
        lost=money(first["lost_gmv"]),
        low=money(first["low"]),
        high=money(first["high"]),
    )


def _back(total: Row) -> Message | None:
    """Say what the half hours after had beyond or below their due, of those that can be told."""
    n, low, high = total["windows_followed"], total["recovered_low"], total["recovered_high"]
    if not n:
        return None
    span = {"low": money(low, signed=True), "high": money(high, signed=True)}
    if low > 0:
        return plural(
            "In the half hour after, sales were beyond their due: {low} to {high} (told after one "
            "of them).",
            "In the half hour after, sales were beyond their due: {low} to {high} (told after {n} "
            "of them).",
            n,
            **span,
        )
    if high < 0:
        return plural(
            "In the half hour after, sales were still short of their due: {low} to {high} (told "
            "after one of them).",
            "In the half hour after, sales were still short of their due: {low} to {high} (told "
            "after {n} of them).",
            n,
            **span,
        )
    return plural(
        "Whether sales came back in the half hour after cannot be told; one of them has a figure.",
        "Whether sales came back in the half hour after cannot be told; {n} of them have a figure.",
        n,
    )


def _how(limits: Limits) -> Message:
    return text(
        "Each is held against {least} or more windows as long in the same session within an hour, "
        "with a like trend before and nothing marked near; the range is how far such windows stray "
        "without a failure. It is an association, and may overstate what failed at the very peak.",
        least=Quantity(limits["least_matched"], "count"),
    )


def _measures(total: Row) -> Iterator[Measure]:
    yield Measure(
        name="lost_gmv",
        value=total["lost_gmv"],
        unit="money",
        low=total["low"],
        high=total["high"],
        n=total["windows_priced"],
    )
    yield Measure(name="lost_share", value=total["lost_share"], unit="share")
    if total["windows_followed"] and not total["recovered_low"] <= 0 <= total["recovered_high"]:
        yield Measure(
            name="recovered_gmv",
            value=total["recovered_gmv"],
            unit="money",
            low=total["recovered_low"],
            high=total["recovered_high"],
            n=total["windows_followed"],
        )


def _unpriced(unknown: pl.DataFrame, incidents: int) -> Finding:
    reasons = Counter(reason for reason in unknown["reason"] if reason is not None)
    partly = unknown.height - reasons.total()
    said = [
        text("{reason} ({n})", reason=Term(reason, "reason"), n=Quantity(n, "count"))
        for reason, n in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    if partly:
        said.append(text("known for some sessions only ({n})", n=Quantity(partly, "count")))
    return Finding(
        code="incidents_unpriced",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=plural(
            "One of {incidents} incidents has no figure for what was sold less, or not for all "
            "its sessions.",
            "{n} of {incidents} incidents have no figure for what was sold less, or not for all "
            "their sessions.",
            unknown.height,
            incidents=Quantity(incidents, "count"),
        )
        if incidents > 1
        else text("The one incident has no figure for what was sold less."),
        detail=text("Why: {reasons}.", reasons=said),
        measures=(Measure(name="incidents", value=unknown.height, unit="count"),),
        owner_role="tech",
        advice=text(
            "Export persons online and GMV by the minute for these sessions, and mark when every "
            "failure begins and how long it lasts."
        )
        if reasons.keys() & {"no_minutes", "unknown_minutes"}
        else None,
        frame="incidents",
        topic="incidents",
    )
