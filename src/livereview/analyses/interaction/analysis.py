"""Interaction tactics: cost against the target, and lift against matched minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.interaction import findings
from livereview.analyses.interaction.tactics import by_tactic
from livereview.analysis import Analysis, Frames, Limits, Seed, frame
from livereview.model import Chart, Finding, Message, Table, Term, money, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    return {"by_tactic": by_tactic(frames["effects"], frames["goals"], limits, seed)}


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    rows = frames["by_tactic"].to_dicts()
    return [
        findings.tactics_run(rows),
        *findings.over_target(rows, limits),
        *findings.keeping(rows),
        *findings.without_effect(rows, limits),
    ]


def _titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    rows = frames["by_tactic"].to_dicts()
    titles = {}
    over = [row for row in rows if row["over_target"] is not None and row["over_target"] > 0]
    if over:
        worst = max(over, key=lambda row: (row["over_target"], row["kind"]))
        titles["tactic_cost"] = text(
            "{kind}: {each} per participant, target {target}",
            kind=Term(worst["kind"], "kind"),
            each=money(worst["cost_per_participant"]),
            target=money(worst["target"]),
        )
    clear = [row for row in rows if row["low"] is not None and row["low"] > 0]
    if clear:
        best = max(clear, key=lambda row: (row["online_change"], row["kind"]))
        titles["tactic_online"] = text(
            "{kind}: {change} viewers online, more than any other tactic",
            kind=Term(best["kind"], "kind"),
            change=share(best["online_change"], signed=True),
        )
    return titles


ANALYSIS = Analysis(
    title=text("Interaction"),
    question=text("Which interaction tactics keep viewers, and at what cost?"),
    chapter=2,
    order=40,
    needs=("markers.kind",),
    wants={
        "online_change": ("session_minutes.online_users",),
        "dwell_change": ("session_minutes.avg_watch_s",),
        "cost_per_participant": ("markers.cost", "markers.participants"),
    },
    frames={
        "by_tactic": frame(
            """
            kind:term times participants cost cost_per_participant target:money online_change
            dwell_change low:share high:share dwell_low dwell_high n sessions over_target
            extra_minutes cost_per_extra_minute roi roi_low roi_high
            """
        )
    },
    inner={
        "effects": frame(
            """
            kind:text session_id times:count participants:count cost:money cost_both:money
            participants_both:count online_due:count online_more:number dwell_more:number
            dwell_due:number cost_matched:money minutes_more:number sold_more:money cost_sold:money
            """
        ),
        "goals": frame("kind:text target:money"),
    },
    sources={"by_tactic": ("effects", "goals")},
    limits={
        "least_matched": 5,  # fewer matched times of a tactic: no figure
        "least_judged": 10,  # fewer matched times: no verdict on its money
        "cost_act": 1.5,  # times the target
    },
    derive=_derive,
    find=_find,
    titles=_titles,
    tables=(
        Table(
            frame="by_tactic",
            title=text("Interaction tactics: cost, and ten minutes against matched minutes"),
            columns=(
                *("kind", "times", "participants", "cost", "cost_per_participant", "target"),
                *("online_change", "low", "high", "n"),
            ),
        ),
    ),
    charts=(
        Chart(
            name="tactic_cost",
            kind="bars",
            frame="by_tactic",
            x="kind",
            y=("cost_per_participant", "target"),
            title=text("Cost per participant"),
            unit="money",
        ),
        Chart(
            name="tactic_online",
            kind="bars",
            frame="by_tactic",
            x="kind",
            y=("online_change",),
            title=text("Viewers online after a tactic, against matched minutes"),
            unit="share",
        ),
    ),
)
