"""How far the campaigns can be compared: their length, phases, platforms, and what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livereview.analyses.growth import kpis
from livereview.analyses.growth.answer import called, changed
from livereview.model import (
    Arg,
    Finding,
    Measure,
    Message,
    Quantity,
    Term,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from livereview.analysis import Limits

    Row = Mapping[str, Any]

_UNKNOWN = "unknown"


def warnings(rows: Mapping[str, Row], makeup: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield what makes this campaign and an earlier one hard to compare."""
    for reference in kpis.REFERENCES:
        if reference not in rows:
            continue
        now, then = rows["current"], rows[reference]
        yield from _length(now, then, limits)
        yield from _phases(now, then, makeup, limits)
        yield from _platforms(now, then, makeup, limits)
        yield from _known(rows, reference, limits)


def _length(now: Row, then: Row, limits: Limits) -> Iterator[Finding]:
    if now["days"] == then["days"]:
        return
    whole = kpis.growth("gmv", now, then, limits)
    per_day = kpis.growth("gmv", now, then, limits, per_day=True)
    detail = None
    if whole is not None and per_day is not None:
        detail = text(
            "In all GMV is {whole}, per day {per_day}.",
            whole=changed(whole),
            per_day=changed(per_day),
        )
    yield Finding(
        code="lengths_differ",
        subject=then["campaign"],
        severity="watch",
        grade="fact",
        headline=text(
            "This campaign has {days}, {campaign} had {before}: growth is compared per day.",
            days=Quantity(now["days"], "days"),
            campaign=called(then),
            before=Quantity(then["days"], "days"),
        ),
        detail=detail,
        measures=(
            Measure(name="days", value=now["days"], unit="count"),
            Measure(name="previous", value=then["days"], unit="count"),
        ),
        owner_role="analyst",
        advice=text("Hold totals of the two campaigns against each other only per day."),
        frame="kpis",
    )


def _phases(now: Row, then: Row, makeup: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    shares, before = (_made_of(makeup, one, "phase", "days_share") for one in (now, then))
    apart = [
        (abs(shares.get(name, 0.0) - before.get(name, 0.0)), name)
        for name in sorted(shares.keys() | before.keys())
    ]
    gap, name = max(apart, default=(0.0, ""))
    if gap < limits["phase_share"]:
        return
    yield Finding(
        code="phases_differ",
        subject=then["campaign"],
        severity="note",
        grade="fact",
        headline=_days(called(then), name, shares, before),
        measures=(
            Measure(name="days_share", value=shares.get(name), unit="share"),
            Measure(name="previous", value=before.get(name), unit="share"),
        ),
        owner_role="analyst",
        advice=text("Compare the campaigns phase by phase; their days do not mean the same."),
        frame="by_day_index",
    )


def _days(
    campaign: Arg, name: str, shares: Mapping[str, float], before: Mapping[str, float]
) -> Message:
    if not shares or not before:
        return (
            text(
                "Phases are given for this campaign only, not for {campaign}: days are compared as "
                "they come.",
                campaign=campaign,
            )
            if shares
            else text(
                "Phases are given for {campaign} only, not for this campaign: days are compared as "
                "they come.",
                campaign=campaign,
            )
        )
    return text(
        "The phase “{phase}” took {now} of the days, {before} in {campaign}.",
        phase=Term(name),
        now=share(shares.get(name, 0.0)),
        before=share(before.get(name, 0.0)),
        campaign=campaign,
    )


def _platforms(now: Row, then: Row, makeup: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    sold, before = (_made_of(makeup, one, "platform", "gmv") for one in (now, then))
    entered, left = sorted(sold.keys() - before.keys()), sorted(before.keys() - sold.keys())
    if (not entered and not left) or _UNKNOWN in (sold.keys() | before.keys()):
        return
    both = sorted(sold.keys() & before.keys())
    detail = None
    total, start = (sum(one[name] or 0.0 for name in both) for one in (sold, before))
    if start > 0 and kpis.comparable("gmv", now, then, limits):
        detail = text(
            "On the platforms of both campaigns GMV is {change}.",
            change=changed(total / start / kpis.stretch(now, then) - 1),
        )
    yield Finding(
        code="platforms_changed",
        subject=then["campaign"],
        severity="note",
        grade="fact",
        headline=plural(
            "One platform is only in this campaign or only in {campaign}: {platforms}.",
            "{n} platforms are only in this campaign or only in {campaign}: {platforms}.",
            len(entered) + len(left),
            campaign=called(then),
            platforms=[Term(name, "member") for name in (*entered, *left)],
        ),
        detail=detail,
        measures=(
            Measure(
                name="gmv",
                value=sum(sold[name] or 0.0 for name in entered)
                - sum(before[name] or 0.0 for name in left),
                unit="money",
            ),
        ),
        owner_role="analyst",
        advice=text("Judge growth on the platforms that both campaigns have."),
        frame="kpis",
    )


def _made_of(makeup: pl.DataFrame, campaign: Row, dimension: str, figure: str) -> dict[str, Any]:
    """Return a figure of every member of a campaign's dimension."""
    rows = makeup.filter(campaign=campaign["campaign"], dimension=dimension)
    return dict(rows.select("member", figure).iter_rows())


def _known(rows: Mapping[str, Row], reference: str, limits: Limits) -> Iterator[Finding]:
    """Yield that an earlier campaign is not compared, where the answer does not say so."""
    then = rows[reference]
    others = [name for name in ("current", *kpis.REFERENCES) if name in rows and name != reference]
    if then["known_gmv"] >= limits["complete"]:
        return
    if not any(
        name != "current" and rows[name]["known_gmv"] >= limits["complete"] for name in others
    ):
        return
    yield Finding(
        code="reference_partial",
        subject=reference,
        severity="watch",
        grade="fact",
        headline=text(
            "GMV is not held against {campaign}: only {known} of its sessions carry it.",
            campaign=called(then),
            known=share(then["known_gmv"]),
        ),
        measures=(Measure(name="known_share", value=then["known_gmv"], unit="share"),),
        owner_role="analyst",
        advice=text("Export the sessions of that campaign again with the GMV column."),
        frame="kpis",
    )
