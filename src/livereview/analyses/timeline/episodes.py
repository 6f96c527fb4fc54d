"""Minutes that stand out of their surroundings: described, held against chance, never priced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import Finding, Measure, Quantity, Term, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from livereview.analysis import Limits

BY_CHANCE_PER_100_HOURS = 4.0
"""Episodes in 100 hours of sessions in which nothing happens, at most.

Simulated: 200 calm sessions of four hours, three rates each; counts, normal scatter, scatter that
lasts some minutes, a slow curve over the day. tests/analyses/test_timeline.py prints the rates.
"""


def unmarked(bursts: pl.DataFrame, basis: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield how many episodes stand out, beside how many would by chance; the largest is named."""
    if bursts.is_empty():
        return
    first = bursts.row(0, named=True)
    total = int(first["episodes"])
    hours = float(basis.row(0, named=True)["hours"])
    chance = hours * BY_CHANCE_PER_100_HOURS / 100
    many = total >= max(limits["episodes_watch"] * chance, 3)
    yield Finding(
        code="episodes",
        subject="minutes",
        severity="watch" if many else "note",
        grade="hypothesis",
        headline=plural(
            "One episode stands out of the minutes around it; by chance alone up to {chance} "
            "would in {hours} of live time.",
            "{n} episodes stand out of the minutes around them; by chance alone up to {chance} "
            "would in {hours} of live time.",
            total,
            chance=Quantity(round(chance, 1), "number"),
            hours=Quantity(hours, "hours"),
        ),
        detail=text(
            "The largest: {what} at {when}, {size} against the minutes around it. Of {listed} "
            "listed, {beside} began within two minutes after a marker. Spells of more than five "
            "minutes are not found this way.",
            what=Term(first["what"], "what"),
            when=first["started_at"],
            size=share(first["size"], signed=True),
            listed=Quantity(bursts.height, "count"),
            beside=Quantity(bursts["marker"].count(), "count"),
        ),
        measures=(
            Measure(name="episodes", value=total, unit="count"),
            Measure(name="episodes_by_chance", value=chance, unit="number"),
        ),
        owner_role="operator",
        advice=text(
            "Watch the recording of the largest ones and mark what happened in the run-down."
        )
        if many
        else None,
        frame="episodes",
    )
