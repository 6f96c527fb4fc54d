"""Types that sell less than their slots, lose money or miss a target, and what that is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview import glossary
from livereview.analyses.content.prose import called, evidence, lift, paragraph, signed
from livereview.model import (
    Arg,
    Finding,
    Grade,
    Impact,
    Measure,
    Message,
    Quantity,
    Term,
    money,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analyses.content.verdict import Standing


def stop(one: Standing) -> Finding:
    """Return a type that sells less than its slots and does not pay, or sells far less."""
    return Finding(
        code="content_stop",
        subject=one.name,
        severity="act",
        grade=_grade(one),
        headline=text(
            "{type} made {lift} less an hour than other content in the same slots and lost {loss}.",
            loss=money(-one.total["contribution"]),
            **_less(one),
        )
        if one.loses
        else text(
            "{type} made {lift} less an hour than other content in the same slots, and {least} "
            "less at the best.",
            least=share(-one.fair["high"]),
            **_less(one),
        ),
        detail=paragraph([*_short(one), *evidence(one)]),
        measures=_measures(one),
        impact=_shortfall(one),
        advice=text(
            "Give the slots of {type} to other content; bring it back only as a test with a target "
            "and an end.",
            type=called(one.name),
        ),
        frame="adjusted",
        topic=f"content.{one.name}",
    )


def fix(one: Standing) -> Finding:
    """Return a type that is to change before it goes on: its weightiest fault goes first."""
    headline, impact, grade, advice = (
        _slower(one) if one.is_below else _losing(one) if one.loses else _missing(one)
    )
    return Finding(
        code="content_fix",
        subject=one.name,
        severity="watch",
        grade=grade,
        headline=headline,
        detail=paragraph([*_also(one), *evidence(one)]),
        measures=_measures(one),
        impact=impact,
        advice=advice,
        frame="adjusted" if one.is_below else "by_type",
        topic=f"content.{one.name}",
    )


def _slower(one: Standing) -> tuple[Message, Impact, Grade, Message]:
    headline = text(
        "{type} made {lift} less an hour than other content in the same slots.", **_less(one)
    )
    advice = text(
        "Watch the three weakest {type} sessions with their anchors beside a good one in the same "
        "slot (opening, time per product, offer); change one thing at a time, and give it no more "
        "hours until it keeps up.",
        type=called(one.name),
    )
    return headline, _shortfall(one), _grade(one), advice


def _losing(one: Standing) -> tuple[Message, Impact, Grade, Message]:
    left = one.total["contribution"]
    headline = text(
        "{type} cost {loss} more than it earned.", type=called(one.name), loss=money(-left)
    )
    advice = text(
        "Agree what an hour of {type} may cost at most, and book it again only within that.",
        type=called(one.name),
    )
    return headline, Impact(value=left), "fact", advice


def _missing(one: Standing) -> tuple[Message, Impact | None, Grade, Message]:
    gap = _gap(one)
    advice = (
        text(
            "Look at the {type} sessions that met the target beside those that missed it by most, "
            "and agree what changes before the next one.",
            type=called(one.name),
        )
        if gap is None
        else text(
            "At this GMV the target leaves {ceiling} for ads and production of {type} instead of "
            "{spent}: budget its sessions by that, or agree another target.",
            type=called(one.name),
            ceiling=money(one.total["roi_media"] * one.total["media_cost"] / one.total["target"]),
            spent=money(one.total["media_cost"]),
        )
    )
    return _missed(one), None if gap is None else Impact(value=gap), "fact", advice


def _also(one: Standing) -> Iterator[Message]:
    """Yield what is said beside the headline."""
    if one.is_below:
        yield from _short(one)
    elif one.fair["reason"] is None:
        yield text(
            "GMV per hour against other content in the same slots: {lift}.",
            lift=signed(one.fair["lift_rel"]),
        )
    if one.misses and (one.is_below or one.loses):
        yield _missed(one)
    elif one.misses and (gap := _gap(one)) is not None:
        yield text("At the same spend that is {gap} of GMV.", gap=money(-gap))


def _missed(one: Standing) -> Message:
    metric = one.total["metric"]
    unit = glossary.metrics()[metric].unit
    return text(
        "{type} came to {actual} on {metric}; the target was {target}.",
        type=called(one.name),
        metric=Term(metric),
        actual=Quantity(one.total[metric], unit),
        target=Quantity(one.total["target"], unit),
    )


def _gap(one: Standing) -> float | None:
    """Return the GMV that lacks for the return on media that was set, None for other targets."""
    total = one.total
    if total["metric"] != "roi_media" or not total["target"] > 0:
        return None
    return float((total["roi_media"] - total["target"]) * total["media_cost"])


def _short(one: Standing) -> Iterator[Message]:
    yield text(
        "Over {hours} of live time that is {short} of GMV.",
        hours=Quantity(one.fair["hours"], "hours"),
        short=money(-_shortfall(one).value),
    )


def _shortfall(one: Standing) -> Impact:
    """Return the GMV by which a type stays below its slots, over the hours compared."""
    fair = one.fair
    expected = fair["expected"] * fair["hours"]
    return Impact(
        value=fair["lift_rel"] * expected, low=fair["low"] * expected, high=fair["high"] * expected
    )


def _less(one: Standing) -> dict[str, Arg]:
    return {"type": called(one.name), "lift": share(-one.fair["lift_rel"])}


def _grade(one: Standing) -> Grade:
    return "estimate" if one.is_separable else "hypothesis"


def _measures(one: Standing) -> tuple[Measure, ...]:
    total, fair = one.total, one.fair
    found = [
        lift(fair),
        Measure(name="raw_lift", value=fair["raw_lift"], unit="share"),
        Measure(name="contribution", value=total["contribution"], unit="money"),
    ]
    if one.misses:
        unit = glossary.metrics()[total["metric"]].unit
        found += [
            Measure(name=total["metric"], value=total[total["metric"]], unit=unit),
            Measure(name="target", value=total["target"], unit=unit),
        ]
    return tuple(found)
