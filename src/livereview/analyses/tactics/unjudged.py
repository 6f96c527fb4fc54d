"""The tactics that cannot be judged, told together: what each lacks, and what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.tactics.prose import listed
from livereview.model import Finding, Measure, Message, paragraph, plural, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analyses.tactics.verdicts import Tactic


def all_of(unknown: Sequence[Tactic]) -> Iterator[Finding]:
    """Yield the tactics without a verdict as one finding, by what the comparison lacks."""
    if not unknown:
        return
    by_reason: dict[str, list[Tactic]] = {}
    for tactic in unknown:
        by_reason.setdefault(tactic.lead["method"], []).append(tactic)
    reasons = _reasons()
    yield Finding(
        code="tactics_unjudged",
        subject="campaign",
        severity="note",
        grade="hypothesis",
        headline=plural(
            "One tactic cannot be judged: {tactics}.",
            "{n} tactics cannot be judged: {tactics}.",
            len(unknown),
            tactics=listed(unknown),
        ),
        detail=paragraph(
            text("{tactics}: {why}.", tactics=listed(some), why=reasons[reason][0])
            for reason, some in by_reason.items()
        ),
        measures=(Measure(name="tactics", value=len(unknown), unit="count"),),
        owner_role="operator",
        advice=paragraph(reasons[reason][1] for reason in by_reason),
        frame="lifts",
    )


def _reasons() -> Mapping[str, tuple[Message, Message]]:
    """Return by method what a comparison lacks, and what to have exported."""
    return {
        "one_side": (
            text("one of the two sides has no figure"),
            text("Have the same figure exported for a group without the tactic."),
        ),
        "no_share": (
            text("shares must lie between 0 % and 100 %"),
            text("Have shares checked at the source and exported as parts of one."),
        ),
        "no_base": (
            text("a lift needs two figures above zero"),
            text("Where nothing happened yet, compare again over more days."),
        ),
        "too_few": (
            text("too few are known to stand behind the figures"),
            text(
                "Have the number of persons or sessions on both sides exported, and let a "
                "comparison run until there are enough of them."
            ),
        ),
        "no_spread": (
            text("nothing is known of how far single figures spread"),
            text("Have the standard deviation on both sides exported with means and amounts."),
        ),
    }
