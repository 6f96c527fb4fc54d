"""People, goods and place: the few ratios that matter of each, beside their yardsticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.people_goods_place.answer import standings, verdict
from livereview.analyses.people_goods_place.scorecard import SCORECARD, scorecard
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, frame
from livereview.model import Message, Quantity, Term, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.model import Finding


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    return {"scorecard": scorecard(frames["ratios"], limits)}


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    return [verdict(frames["scorecard"], limits)]


def _titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Say what part of each element's ratios holds."""
    found = standings(frames["scorecard"])
    parts = [
        text(
            "{element} {held} of {judged}",
            element=Term(one.element, "element"),
            held=Quantity(one.judged - one.behind.height, "count"),
            judged=Quantity(one.judged, "count"),
        )
        for one in reversed(found)
    ]
    return (
        {"ratios": text("Ratios that hold their yardstick: {parts}", parts=parts)} if parts else {}
    )


ANALYSIS = Analysis(
    title=text("People, goods, place"),
    question=text("Which of people, goods and place is behind its yardstick?"),
    chapter=2,
    order=70,
    needs=("sessions.start_at",),
    wants={"stall_ratio": ("stream_quality.stall_ratio",)},
    frames={
        "scorecard": SCORECARD,
    },
    inner={
        "ratios": frame(
            """
            metric value previous known_share previous_known_share:share target direction
            refund_maturity_days:count previous_maturity_days:count
            """
        ),
    },
    limits={
        "good": 1.0,  # attainment of a target
        "watch": 0.9,
        "margin": 0.05,  # of the previous figure: less is no change
        "margin_act": 0.15,
        "comparable": 0.8,  # of the sessions of both campaigns, to hold one against the other
        "complete": 0.95,  # of the sessions, for a fact
        "maturity_gap_days": 7.0,  # between the ages of refunds that still compare
    },
    derive=_derive,
    find=_find,
    titles=_titles,
    sources={"scorecard": ("ratios",)},
    tables=(
        Table(
            frame="scorecard",
            title=text("Scorecard of people, goods and place"),
            columns=(
                "element",
                "metric",
                "value",
                "yardstick",
                "yardstick_value",
                "previous",
                "change",
                "status",
            ),
        ),
    ),
    charts=(
        Chart(
            name="ratios",
            kind="bullet",
            frame="scorecard",
            x="metric",
            y=("value", "yardstick_value"),
            by="element",
            title=text("Ratios of people, goods and place beside their yardsticks"),
            unit="number",
        ),
    ),
)
