"""What belongs to an experiment's figures: its days, the split of its users, who is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import Message, plural, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analyses.experiments.prose import Row


def of(row: Row) -> Iterator[Message]:
    """Yield what applies to a variant's comparison."""
    yield from _days(row)
    match row["split"]:
        case "no_plan":
            yield text(
                "Planned shares are missing, so whether users were split as planned could not be "
                "checked."
            )
        case "unchecked":
            yield text("Whether users were split as planned could not be checked.")
        case "doubtful":
            yield text("Users are not quite split as planned, so take it with care.")
    yield from _left_out(row)


def _left_out(row: Row) -> Iterator[Message]:
    if row["unknown_users"]:
        yield plural(
            "One user whose conversion is not known is left out.",
            "{n} users whose conversion is not known are left out.",
            row["unknown_users"],
        )
    unvalued = row["unvalued_users"] or 0
    if row["money"] is not None and unvalued:
        yield plural(
            "Of one user it is not known what they spent; revenue is without them.",
            "Of {n} users it is not known what they spent; revenue is without them.",
            unvalued,
        )
    elif 0 < unvalued < row["users"] + row["control_users"]:
        yield plural(
            "Of one user it is not known what they spent, too many for revenue per user.",
            "Of {n} users it is not known what they spent, too many for revenue per user.",
            unvalued,
        )
    if row["left_aside"]:
        yield plural(
            "There are rows per user, so one row without a user is left aside.",
            "There are rows per user, so {n} rows without a user are left aside.",
            row["left_aside"],
        )


def _days(row: Row) -> Iterator[Message]:
    match row["timing"]:
        case "before":
            yield text("It ended before the campaign began, on {day}.", day=row["ended_at"].date())
        case "after":
            yield text("It began after the campaign, on {day}.", day=row["started_at"].date())
        case "beyond":
            yield text(
                "It runs from {start} to {end}, so it also holds days before and after the "
                "campaign.",
                start=row["started_at"].date(),
                end=row["ended_at"].date(),
            )
        case "runs_on":
            yield text(
                "It runs until {day}, beyond the campaign's end; figures exported before that day "
                "may still change.",
                day=row["ended_at"].date(),
            )
        case "began_before":
            yield text(
                "It began on {day}, so it also holds days before the campaign.",
                day=row["started_at"].date(),
            )
