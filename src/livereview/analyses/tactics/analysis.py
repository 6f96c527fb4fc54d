"""Which strategies went with better figures than their comparison groups, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.tactics import answer, findings, lifts, unjudged, verdicts
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Finding


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Add what each comparison tells; its columns in the declared order."""
    judged = lifts.judged(frames["comparisons"], limits)
    return {"lifts": judged.select(one.name for one in _LIFTS)}


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Say how many tactics went with better figures, then what is to be said of each."""
    found = verdicts.read(frames["lifts"])
    told = [one for one in found if one.verdict != "unknown"]
    return [
        answer.tactics(found, limits),
        *(findings.on(tactic) for tactic in told[: int(limits["findings"])]),
        *unjudged.all_of([one for one in found if one.verdict == "unknown"]),
    ]


_LIFTS = frame(
    column("tactic", "term"),
    "metric",
    column("treated", "number"),
    column("control", "number"),
    column("lift_rel", "share"),
    column("low", "share", text("Lift, low")),
    column("high", "share", text("Lift, high")),
    "n cost target grade",
    column("group", "term"),
    "verdict method p_adjusted treated_n control_n",
    column("treated_sd", "number"),
    column("control_sd", "number"),
    "direction spend_per_buyer margin_per_gmv worth worth_low worth_high comparison note",
)

ANALYSIS = Analysis(
    title=text("Tactics"),
    question=text("Which strategies worked, and what did they cost?"),
    chapter=1,
    order=60,
    needs=("tactics.treated_value", "tactics.control_value"),
    wants={"worth": ("sessions.gmv", "sessions.buyers")},
    inner={
        "comparisons": frame(
            "tactic:text metric:text treated:number control:number cost target:number group "
            "treated_n control_n treated_sd:number control_sd:number direction:text "
            "spend_per_buyer margin_per_gmv note"
        ),
    },
    frames={"lifts": _LIFTS},
    limits={
        "alpha": 0.05,  # adjusted p, below which a lift is told from chance
        "min_units": 5,  # on each side, of a mean with its standard deviation
        "min_events": 10,  # on each side, persons who did and persons who did not
        "findings": 12,  # tactics with a finding of their own
    },
    derive=_derive,
    find=_find,
    titles=answer.titles,
    tables=(
        Table(
            frame="lifts",
            title=text("Tactics and their comparison groups"),
            columns=(
                "tactic",
                "group",
                "metric",
                "treated",
                "control",
                "lift_rel",
                "low",
                "high",
                "n",
                "verdict",
                "cost",
                "worth",
                "target",
                "grade",
            ),
        ),
    ),
    charts=(
        Chart(
            name="lifts",
            kind="bars",
            frame="lifts",
            x="comparison",
            y=("lift_rel", "low", "high"),
            title=text("Lift with each tactic"),
            unit="share",
        ),
    ),
)
