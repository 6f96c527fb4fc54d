"""The message of each chart of the funnel: how many get through, which step won or lost most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import Message, Term, money, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.analysis import Frames, Limits


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Return the titles of the charts whose figures have a message."""
    said = {}
    for (basis,), steps in frames["steps"].group_by("basis", maintain_order=True):
        first, last = steps.row(0, named=True), steps.row(-1, named=True)
        if last["overall_rate"] is not None and steps.height > 1:
            said[f"steps_{basis}"] = text(
                "From “{first}” to “{last}”: {rate}",
                first=Term(first["step"], "step"),
                last=Term(last["step"], "step"),
                rate=share(last["overall_rate"]),
            )
    for (basis,), effects in frames["effects"].group_by("basis", maintain_order=True):
        ranked = effects.drop_nulls("effect").sort("effect", "step")
        if ranked.height > 1 and ranked["effect"][0] < 0 < ranked["effect"][-1]:
            said[f"effects_{basis}"] = text(
                "“{worst}” {lost}, “{best}” {won} against the yardstick",
                worst=Term(ranked["step"][0], "step"),
                lost=money(ranked["effect"][0], signed=True),
                best=Term(ranked["step"][-1], "step"),
                won=money(ranked["effect"][-1], signed=True),
            )
    if frames["gaps"].height < 2:
        return said
    return {
        name: text("{basis}: {said}", basis=Term(name.rpartition("_")[2], "basis"), said=message)
        for name, message in said.items()
    }
