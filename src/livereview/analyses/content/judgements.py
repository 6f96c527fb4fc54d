"""What to do with every type: stop, fix, scale or keep, and the types nobody can judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview import glossary
from livereview.analyses.content import repair
from livereview.analyses.content.prose import apart, judged
from livereview.model import Arg, Finding, Measure, Message, Quantity, Term, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import polars as pl

    from livereview.analyses.content.verdict import Standing

_NAMED = 5
_ORDER = ("stop", "fix", "scale", "keep")


def verdicts(standings: Sequence[Standing], givers: Collection[str]) -> Iterator[Finding]:
    """Yield one finding per type with a verdict, what has to change first.

    `givers`: types that give up hours in the proposed mix.
    """
    n = sum(one.fair["p_adjusted"] is not None for one in standings)
    returns = [one.total["roi_media"] for one in standings]
    best = max((roi for roi in returns if roi is not None), default=0.0)
    for verdict in _ORDER:
        for one in standings:
            if one.verdict == verdict:
                yield _of(one, gives=one.name in givers, n=n, best=best)


def _of(one: Standing, *, gives: bool, n: int, best: float) -> Finding:
    """Return the finding on a type, of `n` compared, the best of which has the ROI `best`."""
    match one.verdict:
        case "stop":
            return repair.stop(one)
        case "fix":
            return repair.fix(one, best)
        case "scale":
            return _scale(one)
        case _:
            return judged(
                one,
                severity="watch" if one.is_flattered else "note",
                headline=_kept(one, n),
                measures=_measures(one),
                advice=_as_is(one, gives=gives),
            )


def _scale(one: Standing) -> Finding:
    said: dict[str, Arg] = {"type": one.called, "lift": share(one.fair["lift_rel"])}
    return judged(
        one,
        severity="note",
        headline=text(
            "{type} made {lift} more an hour than other content in the same slots: test more of "
            "it.",
            **said,
        )
        if one.is_open
        else text(
            "{type} made {lift} more an hour than other content in the same slots: give it more of "
            "them.",
            **said,
        ),
        measures=_measures(one),
        advice=text(
            "Add {type} step by step in slots where other content runs now, with several "
            "anchors; hold it against its slots, and stop adding once the lead is gone.",
            type=one.called,
        ),
    )


def _measures(one: Standing) -> tuple[Measure, ...]:
    return (
        Measure(name="gmv_per_hour", value=one.fair["gmv_per_hour"], unit="money"),
        Measure(name="expected", value=one.fair["expected"], unit="money"),
    )


def _kept(one: Standing, n: int) -> Message:
    """Say why nothing changes."""
    fair = one.fair
    said: dict[str, Arg] = {"type": one.called, "apart": apart(fair["lift_rel"])}
    if one.is_certain and one.is_contradicted:
        return text(
            "{type} made {apart} an hour than other content in the same slots, but the same "
            "anchors made {inside} with it.",
            inside=apart(fair["within_lift"]),
            **said,
        )
    if one.is_above:
        return text(
            "{type} made {apart} an hour than other content in the same slots, but no more of it "
            "is left.",
            **said,
        )
    if one.is_flattered or one.is_belittled:
        said["raw"] = apart(fair["raw_lift"])
        if one.is_flattered:
            return text(
                "{type} looks better than it is: {raw} an hour than all other content, {apart} in "
                "the same slots.",
                **said,
            )
        return text(
            "{type} looks worse than it is: {raw} an hour than all other content, {apart} in the "
            "same slots.",
            **said,
        )
    if fair["low"] <= 0 <= fair["high"]:
        return text(
            "{type} cannot be told from other content in the same slots: {apart} an hour.",
            **said,
        )
    if fair["p_adjusted"] < one.limits["alpha"]:
        return text(
            "{type} made {apart} an hour than other content in the same slots, which is too little "
            "to matter.",
            **said,
        )
    return text(
        "{type} cannot be told from other content in the same slots once corrected for the {n} "
        "types compared: {apart} an hour.",
        n=Quantity(n, "count"),
        **said,
    )


def _as_is(one: Standing, *, gives: bool) -> Message:
    kind = one.called
    if one.is_flattered:
        return text(
            "Give {type} no more hours for its raw figure: its slots sell about as much with other "
            "content. Try it in ordinary slots with other anchors first.",
            type=kind,
        )
    if one.is_above and one.earns_less:
        return text("Bring down what {type} costs per hour before it gets more hours.", type=kind)
    if gives:
        return text(
            "Give up the hours that the proposed mix takes from {type}, and leave the rest as they "
            "are.",
            type=kind,
        )
    return text(
        "Leave the hours of {type} as they are, and choose its slots and goods by what they need.",
        type=kind,
    )


def unjudged(standings: Sequence[Standing]) -> Iterator[Finding]:
    """Yield the types without a verdict, and why."""
    rest = [one for one in standings if one.verdict == "none"]
    if not rest or len(standings) < 2:
        return
    names = [one.name for one in rest]
    yield Finding(
        code="content_unjudged",
        subject="; ".join(sorted(names)),
        severity="note",
        grade="fact",
        headline=plural(
            "One type of content is not judged: {types}.",
            "{n} types of content are not judged: {types}.",
            len(rest),
            types=[
                text(
                    "{type} ({reason})",
                    type=one.called,
                    reason=Term(one.fair["reason"], "reason"),
                )
                for one in rest[:_NAMED]
            ],
        ),
        advice=text(
            "Next time run it beside other content: in the same part of the day, with several "
            "anchors of each tier, so that it can be judged."
        ),
        frame="adjusted",
    )


def unmeasured(targets: pl.DataFrame) -> Iterator[Finding]:
    """Yield the targets of content types that have no figure to hold against."""
    rows = targets.filter(status="none").sort("content_type", "metric")
    if rows.is_empty():
        return
    pairs = rows.select("content_type", "metric").rows()
    yield Finding(
        code="content_target_unmeasured",
        subject="; ".join(f"{name}.{metric}" for name, metric in pairs),
        severity="watch",
        grade="fact",
        headline=plural(
            "One target of a type of content has no figure to hold against it: {names}.",
            "{n} targets of types of content have no figure to hold against them: {names}.",
            len(pairs),
            names=[
                text(
                    "{type} ({metric})",
                    type=Term(name, "content_type"),
                    metric=Term(metric) if glossary.find(metric) else metric,
                )
                for name, metric in pairs[:_NAMED]
            ],
        ),
        owner_role="analyst",
        advice=text("Check the type's name against the exports, and that its figures are there."),
        frame="by_type",
    )
