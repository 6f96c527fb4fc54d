"""Types that sell less than their slots, lose money or miss a target, and what that is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview import glossary
from livereview.analyses.content.prose import judged, signed
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
    return judged(
        one,
        severity="act",
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
        said=_short(one),
        measures=_measures(one),
        impact=_shortfall(one),
        advice=text(
            "Give the slots of {type} to other content; bring it back only as a test with a target "
            "and an end.",
            type=one.called,
        ),
    )


def fix(one: Standing, best: float) -> Finding:
    """Return a type that is to change before it goes on: its weightiest fault goes first.

    `best`: the best return on media of all types.
    """
    headline, impact, grade, advice = (
        _slower(one) if one.is_below else _losing(one) if one.loses else _missing(one, best)
    )
    return judged(
        one,
        severity="watch",
        grade=grade,
        headline=headline,
        said=_also(one),
        measures=_measures(one),
        impact=impact,
        advice=advice,
        frame="adjusted" if one.is_below else "by_type",
    )


def _slower(one: Standing) -> tuple[Message, Impact, Grade, Message]:
    headline = text(
        "{type} made {lift} less an hour than other content in the same slots.", **_less(one)
    )
    advice = text(
        "Watch the three weakest {type} sessions with their anchors beside a good one in the same "
        "slot (opening, time per product, offer); change one thing at a time, and give it no more "
        "hours until it keeps up.",
        type=one.called,
    )
    return headline, _shortfall(one), one.grade, advice


def _losing(one: Standing) -> tuple[Message, Impact, Grade, Message]:
    left = one.total["contribution"]
    headline = text("{type} cost {loss} more than it earned.", type=one.called, loss=money(-left))
    advice = text(
        "Agree what an hour of {type} may cost at most, and book it again only within that.",
        type=one.called,
    )
    return headline, Impact(value=left), "fact", advice


def _missing(one: Standing, best: float) -> tuple[Message, Impact | None, Grade, Message]:
    gap = _gap(one)
    if gap is not None:
        return _missed(one), Impact(value=gap), "fact", _budget(one, best)
    advice = text(
        "Look at the {type} sessions that met the target beside those that missed it by most, "
        "and agree what changes before the next one.",
        type=one.called,
    )
    return _missed(one), None, "fact", advice


def _budget(one: Standing, best: float) -> Message:
    """Return what the target of a return leaves to spend, on the GMV of sessions of known cost."""
    target, spent = one.total["target"], one.total["media_cost"]
    gmv = one.total["roi_media"] * spent
    said: dict[str, Arg] = {
        "type": one.called,
        "gmv": money(gmv),
        "ceiling": money(gmv / target),
        "spent": money(spent),
    }
    if best < target:
        return text(
            "Agree another target first: no type of content came to {target}, the best to {best}. "
            "On the {gmv} of GMV from sessions of {type} whose ads and production are known, it "
            "would leave {ceiling} for them instead of {spent}.",
            target=Quantity(target, "ratio"),
            best=Quantity(best, "ratio"),
            **said,
        )
    return text(
        "On the {gmv} of GMV from sessions of {type} whose ads and production are known, the "
        "target leaves {ceiling} for them instead of {spent}: budget by that, or agree another "
        "target.",
        **said,
    )


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


def _missed(one: Standing) -> Message:
    metric = one.total["metric"]
    unit = glossary.metrics()[metric].unit
    return text(
        "{type} came to {actual} on {metric}; the target was {target}.",
        type=one.called,
        metric=Term(metric),
        actual=Quantity(one.total[metric], unit),
        target=Quantity(one.total["target"], unit),
    )


def _gap(one: Standing) -> float | None:
    """Return the spend on media beyond what the target leaves, negative; None for other targets."""
    total = one.total
    if total["metric"] != "roi_media" or not total["target"] > 0:
        return None
    return float((total["roi_media"] / total["target"] - 1) * total["media_cost"])


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
    return {"type": one.called, "lift": share(-one.fair["lift_rel"])}


def _measures(one: Standing) -> tuple[Measure, ...]:
    total = one.total
    found = [
        Measure(name="contribution", value=total["contribution"], unit="money"),
    ]
    if one.misses:
        unit = glossary.metrics()[total["metric"]].unit
        found += [
            Measure(name=total["metric"], value=total[total["metric"]], unit=unit),
            Measure(name="target", value=total["target"], unit=unit),
        ]
    return tuple(measure for measure in found if measure.value is not None)
