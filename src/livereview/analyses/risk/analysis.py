"""The register of risks: how each stands against its limits, where it goes, who owns it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.risk.answer import standing
from livereview.analyses.risk.findings import beyond_limits
from livereview.analyses.risk.register import REGISTER, figures, register
from livereview.analysis import Analysis, Chart, Frames, Limits, Seed, Table, frame
from livereview.model import Arg, Message, Term, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.model import Finding

_MEASURED = frame("campaign measure value events:number n part:text")
_SOURCES = ("goods", "rooms", "voices")


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    return {"register": register(figures(*(frames[name] for name in _SOURCES)), limits)}


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    known = figures(*(frames[name] for name in _SOURCES))
    return [standing(frames["register"]), *beyond_limits(frames["register"], known)]


def _titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Say which risk is furthest beyond its limit to act, or nearest to it."""
    rows = frames["register"].drop_nulls("limit_used")
    if rows.is_empty():
        return {}
    first = rows.sort("limit_used", descending=True).row(0, named=True)
    said: dict[str, Arg] = {"risk": Term(first["risk"], "risk"), "used": share(first["limit_used"])}
    if first["status"] == "act":
        return {"limits": text("Furthest beyond its limit to act: {risk}, at {used} of it", **said)}
    return {"limits": text("Nearest to its limit to act: {risk}, at {used} of it", **said)}


ANALYSIS = Analysis(
    title=text("Risks"),
    question=text("Which risks call for action, and whose are they?"),
    chapter=5,
    order=20,
    needs=("sessions.start_at",),
    frames={
        "register": REGISTER,
    },
    inner=dict.fromkeys(_SOURCES, _MEASURED),
    limits={
        "attained": 0.9,  # of a target that less is better of: worse than this calls for action
        "rise_watch": 0.10,  # on the previous campaign, where nothing else is there to go by
        "rise_act": 0.25,
        "trend_margin": 0.05,  # of the previous figure: less is the same
        "alpha": 0.05,  # adjusted p of a change of counted events
        "min_events": 10,  # of both campaigns together, for that
        "complete": 0.95,  # of the rows, for a fact
        "maturity_gap_days": 7.0,  # between the ages of refunds that still compare
        "min_orders": 200,
        "min_tickets": 50,
        "min_opinions": 50,
        "min_sessions": 20,
        "min_anchors": 3,
        "min_products": 20,
        "over_even": 2.0,  # the largest part counts from this multiple of an even share on
        "quality_return_rate_watch": 0.03,  # of paid orders
        "quality_return_rate_act": 0.06,
        "unresolved_share_watch": 0.10,  # of tickets
        "unresolved_share_act": 0.25,
        "negative_share_watch": 0.10,  # of feedback
        "negative_share_act": 0.20,
        "violations_per_100_watch": 2.0,  # sessions
        "violations_per_100_act": 10.0,
        "ad_dependency_watch": 0.40,  # of GMV, as are the next two
        "ad_dependency_act": 0.60,
        "cr1_watch": 0.15,
        "cr1_act": 0.25,
        "largest_product_share_watch": 0.15,  # of the products' GMV, as are the next two
        "largest_product_share_act": 0.30,
        "stockout_gmv_share_watch": 0.01,
        "stockout_gmv_share_act": 0.05,
        "worst_stall_ratio_watch": 0.02,  # of watch time
        "worst_stall_ratio_act": 0.05,
        "incomplete_share_watch": 0.05,  # of sessions
        "incomplete_share_act": 0.20,
    },
    optional_limits=(
        "refund_rate_watch",
        "refund_rate_act",
        "negative_feedback_per_1000_watch",
        "negative_feedback_per_1000_act",
    ),
    derive=_derive,
    find=_find,
    titles=_titles,
    sources={"register": _SOURCES},
    tables=(
        Table(
            frame="register",
            title=text("Risk register"),
            columns=(
                "risk",
                "measure",
                "value",
                "watch",
                "act",
                "basis",
                "status",
                "previous",
                "trend",
                "owner",
                "main_part",
                "needs",
            ),
        ),
    ),
    charts=(
        Chart(
            name="limits",
            kind="bars",
            frame="register",
            x="risk",
            y=("limit_used",),
            title=text("Each risk as a share of its limit to act"),
            unit="share",
        ),
    ),
)
