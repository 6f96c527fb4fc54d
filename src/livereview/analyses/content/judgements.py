"""What to do with every type: stop, fix, scale or keep, and the types nobody can judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview import glossary
from livereview.analyses.content import repair
from livereview.analyses.content.prose import called, evidence, lift, paragraph, signed
from livereview.model import Arg, Finding, Measure, Message, Term, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import polars as pl

    from livereview.analyses.content.verdict import Standing

_NAMED = 5
_ORDER = ("stop", "fix", "scale", "keep")


def verdicts(judged: Sequence[Standing], givers: Collection[str]) -> Iterator[Finding]:
    """Yield one finding per type with a verdict, what has to change first.

    `givers`: types that give up hours in the proposed mix.
    """
    for verdict in _ORDER:
        for one in judged:
            if one.verdict == verdict:
                yield _of(one, gives=one.name in givers)


def _of(one: Standing, *, gives: bool) -> Finding:
    match one.verdict:
        case "stop":
            return repair.stop(one)
        case "fix":
            return repair.fix(one)
        case "scale":
            return _scale(one)
        case _:
            return _keep(one, gives=gives)


def _scale(one: Standing) -> Finding:
    return Finding(
        code="content_scale",
        subject=one.name,
        severity="note",
        grade="estimate" if one.is_separable else "hypothesis",
        headline=text(
            "{type} made {lift} more an hour than other content in the same slots: give it more of "
            "them.",
            type=called(one.name),
            lift=share(one.fair["lift_rel"]),
        ),
        detail=paragraph(evidence(one)),
        measures=_measures(one),
        advice=text(
            "Add {type} step by step in slots where other content runs now, with several "
            "anchors; hold it against its slots, and stop adding once the lead is gone.",
            type=called(one.name),
        ),
        frame="adjusted",
        topic=f"content.{one.name}",
    )


def _keep(one: Standing, *, gives: bool) -> Finding:
    return Finding(
        code="content_keep",
        subject=one.name,
        severity="watch" if one.is_flattered else "note",
        grade="estimate" if one.is_separable else "hypothesis",
        headline=_kept(one),
        detail=paragraph(evidence(one)),
        measures=_measures(one),
        advice=_as_is(one, gives=gives),
        frame="adjusted",
        topic=f"content.{one.name}",
    )


def _measures(one: Standing) -> tuple[Measure, ...]:
    return (
        lift(one.fair),
        Measure(name="raw_lift", value=one.fair["raw_lift"], unit="share"),
        Measure(name="gmv_per_hour", value=one.fair["gmv_per_hour"], unit="money"),
        Measure(name="expected", value=one.fair["expected"], unit="money"),
    )


def _kept(one: Standing) -> Message:
    """Say why nothing changes."""
    fair = one.fair
    said: dict[str, Arg] = {"type": called(one.name), "lift": signed(fair["lift_rel"])}
    if one.is_certain and one.is_contradicted:
        return text(
            "{type} made {lift} an hour against other content in the same slots, but the same "
            "anchors made {inside} with it.",
            inside=signed(fair["within_lift"]),
            **said,
        )
    if one.is_above:
        return text(
            "{type} made {lift} an hour against other content in the same slots, but no more of it "
            "is left.",
            **said,
        )
    if one.is_flattered or one.is_belittled:
        said["raw"] = signed(fair["raw_lift"])
        if one.is_flattered:
            return text(
                "{type} looks better than it is: {raw} an hour against all other content, {lift} "
                "in the same slots.",
                **said,
            )
        return text(
            "{type} looks worse than it is: {raw} an hour against all other content, {lift} in the "
            "same slots.",
            **said,
        )
    return text(
        "{type} cannot be told from other content in the same slots: {lift} an hour.",
        **said,
    )


def _as_is(one: Standing, *, gives: bool) -> Message:
    kind = called(one.name)
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


def unjudged(judged: Sequence[Standing]) -> Iterator[Finding]:
    """Yield the types without a verdict, and why."""
    rest = [one for one in judged if one.verdict == "none"]
    if not rest or len(judged) < 2:
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
                    type=called(one.name),
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
                    type=called(name),
                    metric=Term(metric) if glossary.find(metric) else metric,
                )
                for name, metric in pairs[:_NAMED]
            ],
        ),
        owner_role="analyst",
        advice=text("Check the type's name against the exports, and that its figures are there."),
        frame="by_type",
    )
