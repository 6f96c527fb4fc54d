"""Interaction tactics: cost against the target, and lift against matched minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.interaction import answer, findings
from livereview.analyses.interaction.tactics import BY_TACTIC, CLEAR, by_tactic, redeemed
from livereview.analysis import Analysis, Frames, Limits, Seed, frame
from livereview.model import Chart, Finding, Message, Table, Term, money, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    judged = by_tactic(frames["effects"], frames["goals"], frames["basis"], limits, seed)
    return {"judged": judged, "by_tactic": judged.drop(CLEAR)}


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    judged, basis = frames["judged"], frames["basis"]
    rows, known = judged.to_dicts(), basis.row(0, named=True)
    gmv = known["gmv"] or 0.0
    return [
        answer.tactics_run(rows, known, redeemed(judged, basis)),
        *findings.over_target(rows, gmv, limits),
        *findings.selling(rows),
        *findings.keeping(rows),
        *findings.without_effect(rows, gmv, limits),
    ]


def _titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    rows = frames["judged"].to_dicts()
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
    best = findings.clearest(rows)
    if best is not None:
        titles["tactic_online"] = text(
            "{kind}: {change} viewers online, the largest clear lift",
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
        "by_tactic": BY_TACTIC,
    },
    inner={
        "effects": frame(
            """
            kind:text session_id times:count participants:count cost:money cost_both:money
            participants_both:count online_due:count online_more:number dwell_more:number
            dwell_due:number gmv_more:money gmv_due:money cost_matched:money minutes_more:number
            sold_more:money sold_whole:money cost_sold:money
            """
        ),
        "basis": frame("sessions sessions_marked:count gmv coupon_cost:money"),
        "goals": frame("kind:text target:money"),
    },
    sources={"by_tactic": ("effects", "goals", "basis")},
    limits={
        "least_matched": 5,  # fewer matched times of a tactic: no figure
        "least_judged": 10,  # fewer matched times: no verdict on its money
        "alpha": 0.05,  # of p adjusted over the tactics
        "cost_act": 1.5,  # times the target
        "cost_matters": 0.0005,  # of the campaign's GMV: of less money, a note
    },
    derive=_derive,
    find=_find,
    titles=_titles,
    tables=(
        Table(
            frame="by_tactic",
            title=text("Interaction tactics: cost"),
            columns=(
                *("kind", "times", "cost", "participants", "cost_both", "participants_both"),
                *("cost_per_participant", "target"),
            ),
        ),
        Table(
            frame="by_tactic",
            title=text("Interaction tactics: ten minutes against matched minutes"),
            columns=(
                *("kind", "n", "online_change", "low", "high", "gmv_change", "gmv_low"),
                *("gmv_high", "roi", "roi_low", "roi_high"),
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
            y=("online_change", "low", "high"),
            title=text("Viewers online after a tactic, against matched minutes"),
            unit="share",
        ),
    ),
)
