"""Where viewers leak away: five steps from room exposure to payment, against a yardstick."""

from __future__ import annotations

from livereview.analyses.funnel import churn, frames, log
from livereview.analyses.funnel.counts import BASES, EVENTS
from livereview.analyses.funnel.findings import find
from livereview.analyses.funnel.titles import titles
from livereview.analysis import Analysis, frame
from livereview.model import Chart, Table, text

_COUNTS = (
    "room_impressions:count viewers:count product_impressions:count product_clicks:count"
    " buyers:count"
)


def _public(columns: str) -> str:
    """Return the columns of a public frame, interval ends in money."""
    ends = {"low": "low:money", "high": "high:money"}
    return " ".join(ends.get(name, name) for name in columns.split())


def _charts(basis: str) -> tuple[Chart, Chart]:
    """Return the pictures of one basis: how many get through, and what each step is worth."""
    return (
        Chart(
            name=f"steps_{basis}",
            kind="funnel",
            frame="steps",
            x="step",
            y=("users", "yardstick_rate"),
            title=text("From room exposure to payment"),
            unit="count" if basis == "pv" else "persons",
            where=(("basis", basis),),
        ),
        Chart(
            name=f"effects_{basis}",
            kind="bars",
            frame="effects",
            x="step",
            y=("effect", "low", "high"),
            title=text("GMV won or lost at each step"),
            unit="money",
            where=(("basis", basis),),
        ),
    )


ANALYSIS = Analysis(
    title=text("Funnel"),
    question=text("At which step do viewers leak away, and what does it cost?"),
    chapter=3,
    order=10,
    needs=(
        (
            "sessions.viewers_uv|sessions.views_pv|sessions.product_clicks_uv"
            "|sessions.product_clicks_pv|sessions.room_impressions_uv|sessions.room_impressions_pv"
            "|events.event"
        ),
    ),
    wants={
        "channel": ("traffic.impressions", "traffic.viewers_uv", "traffic.buyers"),
        "behaviour": ("events.event",),
    },
    frames={
        "steps": frame(_public(frames.STEPS)),
        "gaps": frame(_public(frames.GAPS)),
        "effects": frame(_public(frames.EFFECTS)),
        "by_segment": frame(_public(frames.BY_SEGMENT)),
        "leaks": frame(_public(frames.BY_SEGMENT)),
        "covered": frame(_public(frames.COVERED)),
        "time_to_convert": frame(log.TIMES),
        "churn_nodes": frame(_public(churn.NODES)),
        "heat": frame("dimension member step change"),
        "in_log": frame(log.COVERAGE),
    },
    inner={
        "counts": frame(
            "campaign:text basis complete:bool dimension member platform cluster:text sessions"
            f" {_COUNTS} priced_users:count gmv"
        ),
        "channels": frame(
            "campaign:text member cluster:text sessions room_impressions:count viewers:count"
            " buyers:count priced_users:count gmv"
        ),
        "outside": frame("metric scope value"),
        "log": frame(
            "campaign:text dimension member platform cluster:text step:count users sessions gmv"
            " viewers within_1:count within_5:count within_30:count median_s sample_share:share"
        ),
    },
    limits={
        "min_users": 1000.0,  # persons or times a step must start from to be judged
        "min_log_users": 300.0,  # the same for users of the behaviour log
        "most_members": 50.0,  # members of a dimension of the log; smaller ones are taken together
        "alpha": 0.05,  # adjusted p below which a segment differs from its yardstick
        "watch_share": 0.005,  # loss over GMV from which a leak is watched
        "act_share": 0.03,  # loss over GMV from which a leak calls for action
        "left_out_share": 0.05,  # share of GMV outside the funnel that is worth a warning
    },
    derive=frames.derive,
    find=find,
    titles=titles,
    sources={
        "steps": ("counts", "outside", "log"),
        "gaps": ("counts", "outside", "log"),
        "effects": ("counts", "outside", "log"),
        "by_segment": ("counts", "channels", "log"),
        "leaks": ("counts", "channels", "log"),
        "covered": ("counts",),
        "time_to_convert": ("log",),
        "churn_nodes": ("log",),
        "heat": ("log",),
        "in_log": ("log", "counts"),
    },
    tables=(
        Table(
            frame="steps",
            title=text("Step by step"),
            columns=(
                "basis",
                "step",
                "users",
                "step_rate",
                "yardstick_rate",
                "lost_users",
                "loss_gmv",
                "low",
                "high",
                "share_of_loss",
            ),
        ),
        Table(
            frame="leaks",
            title=text("Segments that lose at a step, distinguishable after correction"),
            columns=(
                "dimension",
                "member",
                "step",
                "step_rate",
                "yardstick_rate",
                "yardstick",
                "p_adjusted",
                "loss_gmv",
                "low",
                "high",
            ),
            limit=12,
        ),
        Table(
            frame="churn_nodes",
            title=text("Where users of the behaviour log stopped"),
            columns=(
                "step",
                "users",
                "stopped",
                "stop_share",
                "yardstick_share",
                "excess_users",
                "loss_gmv",
                "low",
                "high",
            ),
        ),
        Table(
            frame="time_to_convert",
            title=text("Time from the step before, of those who took a step"),
        ),
        Table(frame="covered", title=text("What the funnel is made of")),
        Table(frame="in_log", title=text("What the behaviour log tells of")),
    ),
    charts=(
        *(chart for basis in (*BASES, EVENTS) for chart in _charts(basis)),
        Chart(
            name="heat",
            kind="heat",
            frame="heat",
            x="step",
            y=("change",),
            by="member",
            title=text("Step rates of the log's groups beside their yardsticks"),
            unit="share",
            limit=24,
        ),
    ),
)
