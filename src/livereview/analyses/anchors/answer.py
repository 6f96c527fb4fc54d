"""The answer of the section: how many went live, what the tiers made, and who is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import Finding, Measure, Message, Quantity, money, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from livereview.analyses.anchors.rows import Row, Rows
    from livereview.analysis import Limits


def anchor_tiers(tiers: Rows, anchors: pl.DataFrame) -> Finding:
    """Return how many anchors went live and what the tiers made."""
    return Finding(
        code="anchor_tiers",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=_live(tiers, anchors),
        detail=_others(tiers),
        measures=(
            Measure(name="anchors", value=anchors.height, unit="count"),
            *(
                Measure(name=f"{tier}.gmv_share", value=row["gmv_share"], unit="share")
                for tier, row in tiers.items()
            ),
        ),
        frame="tiers",
    )


def _live(tiers: Rows, anchors: pl.DataFrame) -> Message:
    head = tiers.get("head")
    if head and head["gmv_share"] is not None and anchors.height > 1:
        return plural(
            "{anchors} anchors went live; one head anchor made {share} of GMV.",
            "{anchors} anchors went live; {n} head anchors made {share} of GMV.",
            head["anchors"],
            anchors=Quantity(anchors.height, "count"),
            share=share(head["gmv_share"]),
        )
    if not anchors["gmv"].count():
        return plural(
            "One anchor went live; what the anchor sold is not known.",
            "{n} anchors went live; what they sold is not known.",
            anchors.height,
        )
    return plural(
        "One anchor went live and made {gmv}.",
        "{n} anchors went live and made {gmv}.",
        anchors.height,
        gmv=money(anchors["gmv"].sum()),
    )


def _others(tiers: Rows) -> Message | None:
    mid, tail = tiers.get("mid"), tiers.get("tail")
    if not mid or not tail or None in (mid["gmv_share"], tail["gmv_share"]):
        return None
    return text(
        "The mid tier made {mid} (anchors: {mid_anchors}), "
        "the tail {tail} (anchors: {tail_anchors}).",
        mid=share(mid["gmv_share"]),
        mid_anchors=Quantity(mid["anchors"], "count"),
        tail=share(tail["gmv_share"]),
        tail_anchors=Quantity(tail["anchors"], "count"),
    )


def anchors_unknown(basis: Row) -> Finding:
    """Return that no session has a known anchor."""
    return Finding(
        code="anchors_unknown",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=text("No session says who its anchor was, so nothing can be said of anchors."),
        measures=(Measure(name="sessions", value=basis.get("sessions"), unit="count"),),
        owner_role="analyst",
        advice=text("Export the session list with the anchor of every session."),
        frame="tiers",
    )


def without_anchor(basis: Row, limits: Limits) -> Iterator[Finding]:
    """Yield how much was sold in sessions without a known anchor, where there are some."""
    sessions, part = basis.get("sessions_without_anchor"), basis.get("share_without_anchor")
    if not sessions:
        return
    yield Finding(
        code="sessions_without_anchor",
        subject="campaign",
        severity="watch" if part is not None and part > limits["no_anchor_share"] else "note",
        grade="fact",
        headline=_nameless(sessions, part),
        measures=(Measure(name="gmv_share", value=part, unit="share", n=sessions),),
        owner_role="analyst",
        advice=text("Export the session list with the anchor of every session."),
        frame="tiers",
    )


def _nameless(sessions: int, part: float | None) -> Message:
    if part is None:
        return plural(
            "{n} session does not say who its anchor was.",
            "{n} sessions do not say who their anchor was.",
            sessions,
        )
    return plural(
        "{n} session with {share} of GMV does not say who its anchor was.",
        "{n} sessions with {share} of GMV do not say who their anchor was.",
        sessions,
        share=share(part),
    )
