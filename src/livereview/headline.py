"""A review in a few figures: what a batch keeps of every campaign, as plain JSON values."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from livereview.model import Member, Message
from livereview.report import json_v1, outline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pydantic import TypeAdapter

    from livereview.model import Review
    from livereview.report.words import Words

Headline: TypeAlias = dict[str, Any]


def headline(review: Review, words: Words, files: Sequence[str] = ()) -> Headline:
    """Return the figures of a review; sentences are in the language of `words`.

    `files`: the names of what was written, in its folder.
    """
    document = json_v1.document(replace(review, sections=()), words)
    score: Mapping[str, Any] = next(
        (line for line in _rows(document["scorecard"]) if line["metric"] == "gmv"), {}
    )
    days = outline.days(review.campaign)
    severities = [finding.severity for _, finding in review.findings()]
    return {
        "name": review.campaign.name,
        "start": days[0].isoformat(),
        "end": days[-1].isoformat(),
        "currency": review.campaign.currency,
        **{key: score.get(key) for key in ("target", "attainment", "change")},
        "gmv": score.get("value"),
        "daily": _daily(review, days),
        "act": severities.count("act"),
        "watch": severities.count("watch"),
        "gates": document["gates"],
        "failed_analyses": [s.slug for s in review.sections if s.status == "failed"],
        "files": list(files),
        "errors": [] if review.stopped is None else [words.say(review.stopped)],
    }


def member(path: str, folder: str, code: int | None, said: Mapping[str, Any]) -> Member:
    """Return a campaign of a batch from what was kept of it.

    Raises AttributeError, KeyError, TypeError or ValueError when `said` was not made by `headline`.
    """
    gates = [
        {**gate, "reason": Message(gate["reason"]) if gate["reason"] else None}
        for gate in said.get("gates", ())
    ]
    found = {**said, "path": path, "folder": folder, "code": code, "gates": gates}
    return _members().validate_python(found)


@cache
def _members() -> TypeAdapter[Member]:
    from pydantic import TypeAdapter

    return TypeAdapter(Member)


def reasons(member: Member) -> tuple[str, ...]:
    """Return why a campaign did not simply end well, a sentence or less each."""
    gates = (gate.name for gate in member.gates if gate.is_failing)
    return (
        *member.errors,
        *(f"{slug} failed" for slug in member.failed_analyses),
        *(f"gate not met: {name}" for name in gates),
    )


def _daily(review: Review, days: Sequence[date]) -> list[float | None]:
    """Return GMV of every business day, None where it is not known."""
    goals = next((section for section in review.sections if section.slug == "goals"), None)
    frame = goals.frames.get("by_day") if goals is not None else None
    if frame is None:
        return []
    known = dict(frame.rows.select("day", "gmv").iter_rows())
    return [known.get(day) for day in days]


def _rows(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []
