"""Which figures of a session go with its GMV, pooled and within tiers together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.drivers import answer, titles
from livereview.analyses.drivers.correlations import CORRELATIONS, METRICS, PARTS, correlations
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, column, frame
from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livereview.model import Finding


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Add the correlations."""
    return {"correlations": correlations(frames["rooms"], limits, seed)}


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Say what goes with GMV most, then where pooled and within tiers disagree."""
    return [answer.drivers(frames, limits), *answer.of_tiers(frames, limits)]


ANALYSIS = Analysis(
    title=text("What goes with GMV"),
    question=text("Which figures of a session move with its GMV?"),
    chapter=3,
    order=60,
    needs=("sessions.gmv",),
    wants={
        "avg_watch_s": ("sessions.avg_watch_s",),
        "interaction_rate": ("sessions.interactions_uv", "sessions.viewers_uv"),
        "bounce_rate": ("sessions.bounced_uv", "sessions.viewers_uv"),
    },
    inner={
        "rooms": frame(
            "session_id tier cluster:text gmv",
            *(column(metric, "number") for metric in (*METRICS, *PARTS)),
        ),
    },
    frames={
        "correlations": CORRELATIONS,
    },
    limits={
        "shown_sessions": 3,  # that know both sides, for a row
        "min_sessions": 20,  # for a judgement
        "alpha": 0.05,
        "kept_within": 0.5,  # of the pooled figure, that should be left within tiers
        "worth_naming": 0.3,  # a pooled correlation, for a finding of its own
        "rank_gap": 0.15,  # Pearson over Spearman, from which on a few sessions make it
    },
    derive=_derive,
    find=_find,
    titles=titles.titles,
    tables=(
        Table(
            frame="correlations",
            title=text("Correlations with GMV per session"),
            columns=("scope", "metric", "pearson", "low", "high", "p_adjusted", "spearman", "n"),
            limit=24,
        ),
    ),
    charts=(
        Chart(
            name="pooled",
            kind="bars",
            frame="correlations",
            x="metric",
            y=("pearson", "low", "high"),
            title=text("Correlation with GMV per session, all sessions"),
            unit="ratio",
            where=(("scope", "all"), ("is_part", "False")),
        ),
        Chart(
            name="scopes",
            kind="heat",
            frame="correlations",
            x="scope",
            y=("pearson",),
            by="metric",
            title=text("Correlation with GMV per session, pooled and within tiers"),
            unit="ratio",
            where=(("is_part", "False"),),
        ),
    ),
)
