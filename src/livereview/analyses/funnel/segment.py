"""Says which group falls furthest behind its yardstick, beside what the step did over all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.funnel import advice, evidence
from livereview.model import Finding, Measure, Message, Term, money, paragraph, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from livereview.analyses.funnel.evidence import Row
    from livereview.analysis import Limits

_LABELLED = frozenset(("tier", "host_type", "content_type", "customer"))


def worst(
    leaks: pl.DataFrame, gaps: Sequence[Row], steps: Mapping[str, Sequence[Row]], limits: Limits
) -> list[Finding]:
    """Return the segment whose rate falls furthest below its yardstick, where it matters."""
    gmv = sum(gap["gmv"] or 0.0 for gap in gaps)
    rows = [row for row in leaks.rows(named=True) if row["loss_gmv"] >= limits["watch_share"] * gmv]
    if not rows:
        return []
    row = min(rows, key=lambda row: row["step_rate"] / row["yardstick_rate"])
    return [
        Finding(
            code="worst_segment",
            subject=f"{row['dimension']}.{row['member']}.{row['step']}",
            severity=evidence.severity(row["loss_gmv"], gmv, limits),
            grade="estimate",
            headline=_behind(row),
            detail=paragraph(
                (
                    _over_all(row, steps.get(row["basis"], [])),
                    text(
                        "Distinguishable after correction for all segments compared. Losses of "
                        "segments overlap and do not add up to the campaign's."
                    ),
                )
            ),
            measures=(
                Measure(name="step_rate", value=row["step_rate"], unit="share"),
                Measure(name="yardstick_rate", value=row["yardstick_rate"], unit="share"),
                evidence.loss(row, row["clusters"]),
            ),
            impact=evidence.impact(row),
            owner_role=advice.owner(row["step"]),
            advice=advice.at(row["step"]),
            frame="leaks",
            topic=evidence.topic(row["basis"], row, steps.get(row["basis"], [row])),
        )
    ]


def _over_all(row: Row, steps: Sequence[Row]) -> Message | None:
    """Say what the step did over all, where the segment is held against its own past."""
    same = [one for one in steps if one["step"] == row["step"]]
    if row["yardstick"] != "previous" or not same or same[0]["yardstick_rate"] is None:
        return None
    return text(
        "Over all it is {rate} against {yardstick}.",
        rate=share(same[0]["step_rate"]),
        yardstick=share(same[0]["yardstick_rate"]),
    )


def _behind(row: Row) -> Message:
    """Say which segment falls behind, at which step, and against what."""
    member: str | Term = row["member"]
    if row["dimension"] in _LABELLED:
        member = Term(row["member"], "member")
    return text(
        "By {dimension}, {member} is furthest behind {against} at “{step}”: {rate} against "
        "{yardstick}, {loss} lost.",
        member=member,
        dimension=Term(row["dimension"]),
        step=Term(row["step"], "step"),
        rate=share(row["step_rate"]),
        yardstick=share(row["yardstick_rate"]),
        against=text("its own previous figure")
        if row["yardstick"] == "previous"
        else text("the rest of the campaign"),
        loss=money(row["loss_gmv"]),
    )
