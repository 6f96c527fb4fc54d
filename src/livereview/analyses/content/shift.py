"""The hours that should change content next time, and what that is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.content.prose import signed
from livereview.model import (
    Arg,
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    Term,
    money,
    paragraph,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.content.verdict import Row, Standing
    from livereview.analysis import Limits


def shifted(
    moves: pl.DataFrame, by_type: pl.DataFrame, judged: Sequence[Standing], limits: Limits
) -> Iterator[Finding]:
    """Yield what giving hours to the content that sells more in its slots is worth."""
    whole = total(moves)
    if whole is None:
        return
    taking = [one for one in judged if one.verdict == "scale"]
    change = whole["contribution_change"]
    gmv = float(by_type["gmv"].sum())
    is_sure = whole["low"] is not None and whole["low"] > 0
    is_large = whole["gmv_moved"] >= limits["shift_watch"] * gmv
    yield Finding(
        code="content_mix",
        subject="campaign",
        severity="watch" if is_sure and is_large else "note",
        grade="estimate"
        if all(one.is_separable and not one.is_open for one in taking)
        else "hypothesis",
        headline=text(
            "{share} of live hours given to {types} would be worth {gain} of GMV.",
            **said(moves, by_type),
        )
        if is_sure
        else text(
            "{share} of live hours given to {types} may be worth {gain} of GMV: test it.",
            **said(moves, by_type),
        ),
        detail=paragraph(
            [
                *_priced(moves, whole),
                *_lower(taking),
                text("It takes for granted that added hours sell as those of now."),
            ]
        ),
        measures=(
            Measure(
                name="gmv_moved",
                value=whole["gmv_moved"],
                unit="money",
                low=whole["low"],
                high=whole["high"],
            ),
            Measure(name="hours_moved", value=whole["seconds"] / 3600, unit="hours"),
            *(
                ()
                if change is None
                else (Measure(name="contribution_change", value=change, unit="money"),)
            ),
        ),
        impact=Impact(value=whole["gmv_moved"], low=whole["low"], high=whole["high"]),
        advice=text(
            "Change them in steps, in slots that both kinds of content had: a third of the hours "
            "first, held against the same slots, and the rest only if the lead lasts."
        ),
        frame="mix",
        topic="content_mix",
    )


def total(moves: pl.DataFrame) -> Row | None:
    """Return the row of all moves, None where nothing moves."""
    return next(moves.filter(pl.col("content_type").is_null()).iter_rows(named=True), None)


def givers(moves: pl.DataFrame) -> list[str]:
    """Return the types that give up hours, those that give most first."""
    return _named(moves, pl.col("seconds") < 0)


def said(moves: pl.DataFrame, by_type: pl.DataFrame) -> dict[str, Arg]:
    """Return how much of the hours goes where, and what it is worth."""
    whole = total(moves) or {}
    return {
        "share": share(whole["seconds"] / 3600 / float(by_type["hours"].sum())),
        "types": [Term(name, "content_type") for name in _named(moves, pl.col("seconds") > 0)],
        "gain": money(whole["gmv_moved"]),
    }


def _named(moves: pl.DataFrame, which: pl.Expr) -> list[str]:
    rows = moves.filter(which, pl.col("content_type").is_not_null())
    names: list[str] = rows.sort(pl.col("seconds").abs(), descending=True, maintain_order=True)[
        "content_type"
    ].to_list()
    return names


def _priced(moves: pl.DataFrame, whole: Row) -> Iterator[Message]:
    arguments: dict[str, Arg] = {
        "hours": Quantity(whole["seconds"] / 3600, "hours"),
        "types": [Term(name, "content_type") for name in givers(moves)],
    }
    if whole["low"] is not None:
        yield text(
            "The hours ({hours}) come from {types}, priced at what each makes beside the others in "
            "the same slots: {low} to {high}.",
            low=money(whole["low"]),
            high=money(whole["high"]),
            **arguments,
        )
    else:
        yield text(
            "The hours ({hours}) come from {types}, priced at what each makes beside the others in "
            "the same slots.",
            **arguments,
        )
    if whole["contribution_change"] is not None:
        yield text(
            "Contribution would change by {change}.",
            change=money(whole["contribution_change"], signed=True),
        )


def _lower(taking: Sequence[Standing]) -> Iterator[Message]:
    """Yield the types that are priced below their lift in like slots."""
    lower = [one for one in taking if one.confirmed < 1]
    if lower:
        yield text(
            "Of the lifts in like slots and among the same anchors the lower counts: {types}.",
            types=[
                text("{type} ({lift})", type=one.called, lift=signed(one.fair["within_lift"]))
                for one in lower
            ],
        )
