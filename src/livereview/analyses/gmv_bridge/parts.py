"""Says which members explain a gap, what their mix did, and which campaign cannot be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.gmv_bridge import answers
from livereview.model import Arg, Finding, Impact, Measure, Message, Term, money, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analysis import Limits

Row: TypeAlias = dict[str, Any]

_BEFORE = ("previous", "last_year")


def explaining(ledger: pl.DataFrame) -> Iterator[Finding]:
    """Yield the members that explain the change since the campaign before.

    Where the target is missed is what the targets by part say.
    """
    for reference in _BEFORE:
        rows = ledger.filter(pl.col("reference") == reference).rows(named=True)
        chosen = [row for row in rows if row["surprise"] is not None]
        if chosen:
            yield _explained(reference, chosen, rows)
            return


def _explained(reference: str, chosen: Sequence[Row], rows: Sequence[Row]) -> Finding:
    gap, effect = (sum(row["effect"] for row in some) for some in (rows, chosen))
    before, weight = (sum(row["from_gmv"] for row in some) for some in (rows, chosen))
    return Finding(
        code="members_explain",
        subject=f"{reference}.{chosen[0]['dimension']}",
        severity="watch" if gap < 0 else "note",
        grade="fact",
        headline=text(
            "By {dimension}, {members} moved GMV by {effect}, where the whole change is {gap}; the "
            "share before was {weight}, of the GMV of {reference}.",
            dimension=Term(chosen[0]["dimension"]),
            members=[Term(row["member"], "member") for row in chosen],
            effect=money(effect, signed=True),
            gap=money(gap, signed=True),
            weight=share(weight / before),
            reference=answers.called(reference),
        ),
        detail=_from_to(chosen),
        measures=tuple(
            Measure(name=row["member"], value=row["effect"], unit="money") for row in chosen
        ),
        impact=Impact(value=effect),
        owner_role="operator",
        advice=text("Look at these first, with the people who ran them.")
        if gap < 0
        else text("Find out what they did differently, and whether others can do the same."),
        frame="ledger",
        topic=f"gap.{reference}",
    )


def _from_to(chosen: Sequence[Row]) -> Message:
    return text(
        "{parts}: where the shares of GMV moved most.",
        parts=[
            text(
                "{member} {start} to {to}",
                member=Term(row["member"], "member"),
                start=money(row["from_gmv"]),
                to=money(row["to_gmv"]),
            )
            for row in chosen
        ],
    )


def mix(by_dimension: pl.DataFrame, gmv: float, limits: Limits) -> Iterator[Finding]:
    """Yield the dimension whose mix won or lost most against the previous campaign."""
    rows = by_dimension.filter(
        (pl.col("reference") == "previous") & (pl.col("dimension") != "day_index")
    ).rows(named=True)
    moved = max(rows, key=lambda row: abs(row["mix_effect"]), default=None)
    if moved is None or gmv <= 0 or abs(moved["mix_effect"]) < limits["watch_share"] * gmv:
        return
    effect = moved["mix_effect"]
    said: dict[str, Arg] = {"dimension": Term(moved["dimension"]), "effect": money(abs(effect))}
    better = effect > 0
    yield Finding(
        code="mix_shifted",
        subject=moved["dimension"],
        severity="note" if better else "watch",
        grade="fact",
        headline=text(
            "Traffic moved to members that sell more per unit of it: by {dimension}, the mix "
            "brought {effect} since the previous campaign.",
            **said,
        )
        if better
        else text(
            "Traffic moved to members that sell less per unit of it: by {dimension}, the mix cost "
            "{effect} since the previous campaign.",
            **said,
        ),
        detail=text(
            "Volume {volume}, mix {mix}, GMV per unit of traffic {rate}, entered or left {rest}. "
            "The mix of a dimension is one figure; of a single member it only says that it grew "
            "or shrank.",
            volume=money(moved["volume_effect"], signed=True),
            mix=money(effect, signed=True),
            rate=money(moved["rate_effect"], signed=True),
            rest=money(moved["entered_left"], signed=True),
        ),
        measures=(Measure(name="mix_effect", value=effect, unit="money"),),
        impact=Impact(value=effect),
        owner_role="operator",
        advice=None
        if better
        else text(
            "Check which rooms the traffic went to and what they sell per impression before the "
            "next slots are given out."
        ),
        frame="by_dimension",
        topic="mix",
    )


def not_comparable(known: Mapping[str, float | None], limits: Limits) -> Iterator[Finding]:
    """Yield the campaigns of whose GMV too little is known for a gap."""
    for campaign, part in known.items():
        if part is not None and part < limits["complete"]:
            yield Finding(
                code="not_comparable",
                subject=campaign,
                severity="watch",
                grade="fact",
                headline=text(
                    "GMV is known for {known} of the sessions of this campaign, so no gap is "
                    "split.",
                    known=share(part),
                )
                if campaign == "current"
                else text(
                    "{campaign}: GMV is known for {known} of the sessions, so no gap is split "
                    "against it.",
                    known=share(part),
                    campaign=Term(campaign),
                ),
                measures=(Measure(name="known_share", value=part, unit="share"),),
                owner_role="analyst",
                advice=text("Export the missing columns, or choose a GMV level all files carry."),
                frame="by_factor",
            )


def nothing_to_compare() -> Finding:
    """Return why there is no ledger."""
    return Finding(
        code="no_reference",
        subject="gmv",
        severity="note",
        grade="fact",
        headline=text(
            "There is neither a previous campaign nor a target for every factor, so the gap is "
            "not split."
        ),
        owner_role="analyst",
        advice=text(
            "Name the exports or the store of the previous campaign with --previous or under "
            "[previous]."
        ),
        frame="by_factor",
    )
