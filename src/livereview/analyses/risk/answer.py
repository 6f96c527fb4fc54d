"""The answer of the section: how many risks call for action, how many cannot be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.model import (
    Finding,
    Measure,
    Message,
    Quantity,
    Severity,
    Term,
    paragraph,
    plural,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def standing(register: pl.DataFrame) -> Finding:
    """Return how the risks stand, the most severe named first."""
    by_status = {
        status: _named(register.filter(status=status))
        for status in ("act", "watch", "good", "none")
    }
    severity: Severity = "act" if by_status["act"] else "watch" if by_status["watch"] else "note"
    return Finding(
        code="risk_register",
        subject="campaign",
        severity=severity,
        grade="estimate" if _rests_on_estimates(register) else "fact",
        headline=_headline(by_status),
        detail=_detail(register, by_status["none"]),
        measures=tuple(
            Measure(name=f"risks_{status}", value=len(names), unit="count", n=register.height)
            for status, names in by_status.items()
        ),
        owner_role="operator",
        advice=text(
            "Settle with each owner what is done by when, and measure the same figures again in "
            "the next campaign."
        )
        if severity != "note"
        else None,
        frame="register",
    )


def _named(rows: pl.DataFrame) -> list[Term]:
    return [Term(risk, "risk") for risk in rows["risk"]]


def _rests_on_estimates(register: pl.DataFrame) -> bool:
    judged = register.filter(pl.col("status").is_in(["act", "watch"]))
    return bool((judged if judged.height else register)["estimated"].any())


def _headline(by_status: dict[str, list[Term]]) -> Message:
    act, watch, good = by_status["act"], by_status["watch"], by_status["good"]
    if act and watch:
        return plural(
            "One risk calls for action: {act}. To be watched: {watch}.",
            "{n} risks call for action: {act}. To be watched: {watch}.",
            len(act),
            act=act,
            watch=watch,
        )
    if act:
        return plural(
            "One risk calls for action: {act}.",
            "{n} risks call for action: {act}.",
            len(act),
            act=act,
        )
    if watch and not by_status["none"]:
        return plural(
            "No risk calls for action; one has to be watched: {watch}.",
            "No risk calls for action; {n} have to be watched: {watch}.",
            len(watch),
            watch=watch,
        )
    if watch:
        return plural(
            "Of {of} risks {judged} can be judged: none calls for action, one has to be watched: "
            "{watch}.",
            "Of {of} risks {judged} can be judged: none calls for action, {n} have to be watched: "
            "{watch}.",
            len(watch),
            of=Quantity(sum(map(len, by_status.values())), "count"),
            judged=Quantity(len(watch) + len(good), "count"),
            watch=watch,
        )
    if good:
        return plural(
            "The one risk that can be judged is within its limits: {good}.",
            "All {n} risks that can be judged are within their limits.",
            len(good),
            good=good,
        )
    return text("None of the risks can be judged from these exports.")


def _detail(register: pl.DataFrame, unjudged: list[Term]) -> Message | None:
    """Say which risks moved, and which have no verdict."""
    return paragraph([*_moved(register), *_unjudged(register, unjudged)])


def _moved(register: pl.DataFrame) -> Iterator[Message]:
    worse, better = (_named(register.filter(trend=trend)) for trend in ("worse", "better"))
    if worse:
        yield text("Worse than in the previous campaign: {risks}.", risks=worse)
    if better:
        yield text("Better than in the previous campaign: {risks}.", risks=better)


def _unjudged(register: pl.DataFrame, names: list[Term]) -> Iterator[Message]:
    if names:
        yield plural(
            "One of {of} risks has no verdict: {risks}; the register names the data it takes.",
            "{n} of {of} risks have no verdict: {risks}; the register names the data they take.",
            len(names),
            of=Quantity(register.height, "count"),
            risks=names,
        )
