"""The answer of the section: what of GMV is left, where the rest goes, what moved it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.profit.figures import COSTS
from livereview.analyses.profit.reading import drift
from livereview.model import (
    Finding,
    Impact,
    Measure,
    Message,
    Severity,
    Term,
    money,
    paragraph,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from livereview.analyses.profit.reading import Reading
    from livereview.analysis import Limits

_NAMED = 3


def profit(reading: Reading, limits: Limits) -> Finding:
    """Return how much of GMV is left, and of what."""
    left, gross = reading.left, reading.gross
    value = None if left is None else left["value"]
    lost = value is not None and value < 0
    sentences = [*_largest(reading), *_margin(reading), *_moved(reading), *_without(reading)]
    sentences += _covered(reading, limits)
    return Finding(
        code="profit",
        subject="campaign",
        severity=_severity(reading, limits),
        grade=reading.grade(limits),
        headline=_headline(reading, limits),
        detail=paragraph(sentences),
        measures=(
            *(
                Measure(name=name, value=row["value"], unit="money")
                for name, row in reading.lines.items()
                if row["kind"] == "total"
            ),
            Measure(name="gmv_gross", value=gross, unit="money"),
            Measure(name="coverage", value=reading.covered, unit="share"),
            Measure(name="break_even_margin", value=reading.break_even_margin, unit="share"),
        ),
        impact=Impact(value=value) if lost and value is not None else None,
        advice=_advice(reading),
        frame="bridge",
    )


def _severity(reading: Reading, limits: Limits) -> Severity:
    left = reading.left
    if left is not None and left["value"] < 0:
        return "act"
    if reading.result != "contribution" or left is None:
        return "note"
    now, before = left["gmv_share"], left["previous_gmv_share"]
    fell = now is not None and before is not None and now <= before - limits["fall_points"]
    return "watch" if fell else "note"


def _headline(reading: Reading, limits: Limits) -> Message:
    left, gross = reading.left, reading.gross
    if left is None or left["item"] == "gmv_net" or gross is None:
        return _barely(reading)
    said = {"gmv": money(gross), "left": money(left["value"]), "share": share(left["gmv_share"])}
    if left["value"] < 0:
        return _lost(reading, limits, gross=gross, loss=-left["value"])
    if left["gmv_share"] is None:
        return text("There is no GMV of which anything could be left.")
    if reading.result != "contribution":
        if reading.now["gross_margin"].known_sessions:
            return text(
                "Of {gmv} of GMV, {left} ({share}) is left after refunds and media; no session "
                "knows its margin and all its costs, so contribution is not known.",
                **said,
            )
        return text(
            "Of {gmv} of GMV, {left} ({share}) is left after refunds and media; without a gross "
            "margin, contribution is not known.",
            **said,
        )
    if reading.covered < limits["complete"]:
        return text(
            "Of the {gmv} of GMV whose costs are known, {left} ({share}) is left as contribution.",
            **said,
        )
    return text("Of {gmv} of GMV, {left} ({share}) is left as contribution.", **said)


def _lost(reading: Reading, limits: Limits, *, gross: float, loss: float) -> Message:
    """Say by how much GMV did not pay; before the goods are paid, it is at least that."""
    said = {"loss": money(loss), "gmv": money(gross)}
    if reading.result == "contribution":
        if reading.covered < limits["complete"] and gross > 0:
            return text(
                "The {gmv} of GMV whose costs are known lost {loss}: it did not pay for its goods "
                "and costs.",
                **said,
            )
        return text(
            "The campaign lost {loss}: {gmv} of GMV did not pay for its goods and costs.", **said
        )
    return text(
        "Refunds and media alone took {loss} more than the {gmv} of GMV, before any goods are "
        "paid.",
        **said,
    )


def _barely(reading: Reading) -> Message:
    net = reading.lines.get("gmv_net")
    if net is None:
        return text("No session knows its refunds, so it is not known what is left of GMV.")
    if net["gmv_share"] is None:
        return text("There is no GMV of which anything could be left.")
    return text(
        "Of {gmv} of GMV, {left} ({share}) is left after refunds; what ads and production cost "
        "is not known.",
        gmv=money(reading.gross),
        left=money(net["value"]),
        share=share(net["gmv_share"]),
    )


def _largest(reading: Reading) -> Iterator[Message]:
    """Yield where most of GMV goes."""
    taken = sorted(
        (row for row in reading.taken() if row["gmv_share"] is not None and row["value"] < 0),
        key=lambda row: (row["value"], row["item"]),
    )
    if taken:
        yield text(
            "Most of GMV goes to {items}.",
            items=[
                text(
                    "{item} ({share})",
                    item=Term(row["item"], "item"),
                    share=share(-row["gmv_share"]),
                )
                for row in taken[:_NAMED]
            ],
        )


def _margin(reading: Reading) -> Iterator[Message]:
    even = reading.break_even_margin
    if even is None or not 0 < even < 1:
        return
    if reading.margin is None:
        yield text("The campaign breaks even at a gross margin of {margin}.", margin=share(even))
    else:
        yield text(
            "That is at a gross margin of {margin}; at {even} nothing would be left.",
            margin=share(reading.margin),
            even=share(even),
        )


def _moved(reading: Reading) -> Iterator[Message]:
    """Yield what moved the result's share of GMV against the previous campaign."""
    left = reading.left
    if left is None or left["effect"] is None or left["previous_gmv_share"] is None:
        return
    effects = [(k, v) for k, v in drift(reading).items() if abs(v) >= 0.005]
    effects.sort(key=lambda pair: (-abs(pair[1]), pair[0]))
    if not effects:
        return
    yield text(
        "The previous campaign kept {before}. What moved it since: {effects}.",
        before=share(left["previous_gmv_share"]),
        effects=[
            text("{item} {effect}", item=Term(item, "item"), effect=money(effect, signed=True))
            for item, effect in effects[:_NAMED]
        ],
    )


def _covered(reading: Reading, limits: Limits) -> Iterator[Message]:
    """Yield of how much of GMV it is known what is left after media."""
    if reading.result == "net_after_media" and reading.covered < limits["complete"]:
        yield text(
            "That is the {share} of GMV whose refunds and media are known.",
            share=share(reading.covered),
        )


def _without(reading: Reading) -> Iterator[Message]:
    gone = [cost for cost in COSTS if cost not in reading.lines]
    if gone and reading.result != "gmv_gross":
        yield text(
            "Not counted, because no session knows it: {costs}.",
            costs=[Term(cost, "item") for cost in gone],
        )


def _advice(reading: Reading) -> Message | None:
    if reading.result == "contribution":
        left = reading.left
        if left is not None and left["value"] < 0:
            return text(
                "Go down the bridge from its largest step, and begin with what is agreed per "
                "campaign: commissions, slot fees, ad budgets."
            )
        return None
    if "gross_margin" in reading.now and reading.now["gross_margin"].known_sessions:
        return None
    return text("Set gross_margin under [campaign], one figure or one per category.")


def costs_unknown(reading: Reading, limits: Limits) -> Iterator[Finding]:
    """Yield what keeps the contribution of part of GMV unknown, where there is a margin."""
    margin = reading.now.get("gross_margin")
    known = reading.now.get("contribution")
    if margin is None or not margin.known_sessions or known is None:
        return
    if known.known_share >= limits["complete"]:
        return
    filled = [cost for cost in COSTS if reading.now[cost].known_sessions]
    shares = {
        name: reading.now[name].known_share for name in ("gross_margin", "refund_amount", *filled)
    }
    ranked = sorted(shares, key=lambda name: shares[name])
    lacking = [name for name in ranked if shares[name] < limits["complete"]] or ranked[:1]
    yield Finding(
        code="costs_unknown",
        subject="campaign",
        severity="watch",
        grade="fact",
        headline=_lacking(known.known_share, lacking),
        measures=tuple(
            Measure(name=f"{name}.known_share", value=shares[name], unit="share")
            for name in lacking
        ),
        owner_role="analyst",
        advice=text("Fill in what is missing; where nothing was paid, write 0."),
        frame="bridge",
    )


def _lacking(known_share: float, names: Sequence[str]) -> Message:
    items = [Term(name, "item") for name in names]
    if known_share == 0:
        return text("No session knows all that contribution needs; most lack {items}.", items=items)
    return text(
        "Contribution is known for {share} of GMV; the rest lacks {items}.",
        share=share(known_share),
        items=items,
    )
