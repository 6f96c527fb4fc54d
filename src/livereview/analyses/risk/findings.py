"""The risks of which no other section speaks: what broke rules, put viewers off or came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from livereview.model import (
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    Role,
    money,
    paragraph,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from livereview.analyses.risk.register import Figures

    Row: TypeAlias = Mapping[str, Any]


def beyond_limits(register: pl.DataFrame, known: Figures) -> Iterator[Finding]:
    """Yield a finding for each of these risks beyond its limits, in the register's order."""
    told = {
        "quality_returns": _quality_returns,
        "negative_feedback": _negative_feedback,
        "violations": _violations,
    }
    for row in register.iter_rows(named=True):
        if row["status"] in ("watch", "act") and row["risk"] in told:
            yield told[row["risk"]](row, known)


def _finding(
    row: Row, headline: Message, advice: Message, *said: Message | None, **more: Any
) -> Finding:
    owner: Role = row["owner"]
    return Finding(
        code=row["risk"],
        subject="campaign",
        severity=row["status"],
        grade="estimate" if row["estimated"] else "fact",
        headline=headline,
        detail=paragraph(said),
        measures=(
            Measure(name=row["measure"], value=row["value"], unit=row["unit"], n=row["n"]),
            *(
                Measure(name=name, value=row[name], unit=row["unit"])
                for name in ("watch", "act", "previous")
                if row[name] is not None
            ),
        ),
        owner_role=owner,
        advice=advice,
        frame="register",
        **more,
    )


def _before(row: Row) -> Message | None:
    """Say what the previous campaign had, and whether the distance tells anything."""
    if row["previous"] is None:
        return None
    previous = Quantity(row["previous"], row["unit"])
    if row["trend"] == "worse":
        return text(
            "It is worse than in the previous campaign, which had {previous}.", previous=previous
        )
    if row["trend"] == "better":
        return text(
            "It is better than in the previous campaign, which had {previous}.", previous=previous
        )
    if row["trend"] == "same":
        return text("The previous campaign had {previous}: no clear difference.", previous=previous)
    return text("The previous campaign had {previous}; the two do not compare.", previous=previous)


def _quality_returns(row: Row, known: Figures) -> Finding:
    days = known.get(("current", "refund_maturity_days"))
    reason, lost = row["main_part"], _lost_profit(row, known)
    return _finding(
        row,
        text(
            "{rate} of {orders} paid orders came back for their quality or because they were not "
            "as described.",
            rate=share(row["value"]),
            orders=Quantity(row["n"], "count"),
        ),
        text(
            "Check samples of the products that came back most against page, photos and script, "
            "and keep those that fail off the run-down."
        ),
        None if reason is None else text("The reason given most is {reason}.", reason=reason),
        _before(row),
        None
        if lost is None
        else text(
            "At the gross margin what lies beyond {watch} is worth {profit}.",
            watch=share(row["watch"]),
            profit=money(-lost.value),
        ),
        None
        if days is None or days.value is None
        else plural(
            "Refunds are known up to one day after the campaign's end; later ones are not in it.",
            "Refunds are known up to {n} days after the campaign's end; later ones are not in it.",
            int(days.value),
        ),
        impact=lost,
        topic="refunds",
    )


def _lost_profit(row: Row, known: Figures) -> Impact | None:
    """Return the margin of the GMV that came back beyond the limit from which it is watched.

    Of the GMV that came back that is the part of the orders beyond the limit.
    """
    figures = [
        known.get(("current", measure))
        for measure in ("quality_refund_share", "gmv_gross", "gross_margin")
    ]
    values = [figure.value for figure in figures if figure is not None and figure.value is not None]
    if len(values) < len(figures) or min(values) <= 0:
        return None
    part, gmv, margin = values
    return Impact(value=-part * gmv * margin * (row["value"] - row["watch"]) / row["value"])


def _negative_feedback(row: Row, known: Figures) -> Finding:
    return _finding(
        row,
        text(
            "Rooms were marked as not wanted {rate} times per 1,000 viewers.",
            rate=Quantity(row["value"], "number"),
        ),
        text(
            "Look at the rooms marked most: cover and title against what the first minute shows, "
            "and whom paid traffic was bought for."
        ),
        _before(row),
    )


def _violations(row: Row, known: Figures) -> Finding:
    counted = known[("current", row["measure"])].events
    return _finding(
        row,
        plural(
            "One violation of platform rules in {sessions} sessions: {rate} per 100.",
            "{n} violations of platform rules in {sessions} sessions: {rate} per 100.",
            round(counted or 0),
            sessions=Quantity(row["n"], "count"),
            rate=Quantity(row["value"], "number"),
        ),
        text(
            "Read every notice, put the words and claims behind them on a list of what is not said "
            "on air, and let someone check scripts and pages against it before each session."
        ),
        _before(row),
    )
