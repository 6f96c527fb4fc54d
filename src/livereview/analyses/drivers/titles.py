"""What the charts say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.drivers.answer import closest, find
from livereview.analyses.drivers.correlations import WITHIN
from livereview.model import Arg, Message, Quantity, Term, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.analysis import Frames, Limits


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Return the message of every chart that has one."""
    known = closest(frames["correlations"], limits)
    if not known:
        return {}
    best = known[0]
    inside = find(frames["correlations"], WITHIN, best["metric"])
    said: dict[str, Arg] = {"metric": Term(best["metric"]), "r": Quantity(best["pearson"], "ratio")}
    pooled = text("With GMV per session: {metric} {r}", **said)
    if inside is None:
        return {"pooled": pooled}
    both = text(
        "{metric} and GMV: {r} over all sessions, {within} within tiers",
        **said,
        within=Quantity(inside["pearson"], "ratio"),
    )
    return {"pooled": pooled, "scopes": both}
