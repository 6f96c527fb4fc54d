"""The answer of the section: which content made most an hour, and what of it is the slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.content.prose import apart, lift, signed
from livereview.model import Arg, Finding, Measure, Message, Term, money, paragraph, share, text
from livereview.stats.tiers import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from livereview.analyses.content.verdict import Row, Standing

_UNKNOWN_SHARE = 0.05  # of GMV, from which content that is not known is said
_ALIKE = 0.005


def content(by_type: pl.DataFrame, judged: Sequence[Standing]) -> Finding:
    """Return which content made most an hour, raw and in the same slots."""
    one = leader(judged)
    compared = any(standing.fair["lift_rel"] is not None for standing in judged)
    measures = [] if one is None else _measures(one)
    return Finding(
        code="content_types",
        subject="campaign",
        severity="note",
        grade="estimate" if compared else "fact",
        headline=_without(by_type) if one is None else _headline(one, alone=len(judged) == 1),
        detail=paragraph([*_beyond_chance(judged), *_open(by_type)]),
        measures=tuple(measure for measure in measures if measure.value is not None),
        advice=text(
            "Hold content against other content in the same slots before you give it hours: peak "
            "hours and head anchors sell whatever is on."
        )
        if one is not None and one.is_flattered
        else None,
        frame="adjusted" if judged else "by_type",
    )


def leader(judged: Sequence[Standing]) -> Standing | None:
    """Return the type with most GMV per hour, of those with enough sessions if there are any."""
    known = [one for one in judged if one.total["gmv_per_hour"] is not None]
    enough = [one for one in known if one.total["sessions"] >= one.limits["min_sessions"]]
    return min(
        enough or known, key=lambda one: (-one.total["gmv_per_hour"], one.name), default=None
    )


def _measures(one: Standing) -> list[Measure]:
    return [
        Measure(name="gmv_per_hour", value=one.total["gmv_per_hour"], unit="money"),
        Measure(name="raw_lift", value=one.fair["raw_lift"], unit="share"),
        lift(one.fair),
    ]


def _headline(one: Standing, *, alone: bool) -> Message:
    value, fair = one.total["gmv_per_hour"], one.fair
    said: dict[str, Arg] = {"type": one.called, "value": money(value)}
    if not value > 0:
        return text("No content brought any GMV.")
    if alone:
        return text(
            "The only known content is {type}, at {value} an hour: there is nothing to hold it "
            "against.",
            **said,
        )
    if fair["raw_lift"] is None:
        return text("Only {type} brought GMV, {value} an hour.", **said)
    if abs(fair["raw_lift"]) < _ALIKE:
        return text("No content stands out: {type} made {value} an hour, as the rest did.", **said)
    return _held(one.fair, **said)


def _held(fair: Row, **said: Arg) -> Message:
    """Say the raw lead, and what of it is left in the same slots."""
    said["raw"] = apart(fair["raw_lift"])
    if fair["lift_rel"] is None:
        return text(
            "{type} made most an hour, {value}: {raw} than all other content; what of it is the "
            "slot is not known: {reason}.",
            reason=Term(fair["reason"], "reason"),
            **said,
        )
    return text(
        "{type} made most an hour, {value}: {raw} than all other content, {apart} in the same "
        "slots.",
        apart=apart(fair["lift_rel"]),
        **said,
    )


def _without(by_type: pl.DataFrame) -> Message:
    """Say what is known without hours."""
    row: Row = next(by_type.iter_rows(named=True))
    if not (row["gmv"] or 0) > 0:
        return text("No content brought any GMV.")
    if row["content_type"] == UNKNOWN:
        return text("Most GMV is of sessions whose content is not known.")
    return text(
        "{type} made most GMV, {gmv}; what an hour of it brought is not known.",
        type=Term(row["content_type"], "content_type"),
        gmv=money(row["gmv"]),
    )


def _beyond_chance(judged: Sequence[Standing]) -> Iterator[Message]:
    """Yield the types that are told from the rest of their slots."""
    if not any(one.fair["low"] is not None for one in judged):
        return
    apart = [one for one in judged if one.is_certain]
    if apart:
        yield text(
            "Told from chance in the same slots: {types}.",
            types=[
                text(
                    "{type} {lift} ({low} to {high})",
                    type=one.called,
                    lift=signed(one.fair["lift_rel"]),
                    low=signed(one.fair["low"]),
                    high=signed(one.fair["high"]),
                )
                for one in apart
            ],
        )
    else:
        yield text("In the same slots no type can be told from the others.")
    yield text(
        "The same slot is the same anchor tier, part of the day and phase; days, goods and prices "
        "may still differ."
    )


def _open(by_type: pl.DataFrame) -> Iterator[Message]:
    row: Row | None = next(by_type.filter(content_type=UNKNOWN).iter_rows(named=True), None)
    if row is not None and (row["gmv_share"] or 0) >= _UNKNOWN_SHARE and by_type.height > 1:
        yield text(
            "{share} of GMV is of sessions whose content is not known.",
            share=share(row["gmv_share"]),
        )
