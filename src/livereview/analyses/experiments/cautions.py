"""Experiments that cannot be read as they are: split otherwise than planned, users seen twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.experiments.prose import experiments, listed, tested
from livereview.model import Finding, Measure, Message, Quantity, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from livereview.analyses.experiments.prose import Row
    from livereview.analysis import Limits

# Less is not told apart.
_LEAST = 0.001


def splits(rows: Sequence[Row], arms: pl.DataFrame) -> Iterator[Finding]:
    """Yield the experiments whose users are not split as planned, one finding each."""
    compared = [row for row in rows if row["verdict"] is not None]
    for experiment, row in experiments(compared).items():
        if row["split"] not in ("broken", "doubtful"):
            continue
        broken = row["split"] == "broken"
        yield Finding(
            code="experiment_invalid" if broken else "experiment_split",
            subject=experiment,
            severity="act" if broken else "watch",
            grade="fact",
            headline=text(
                "The experiment {experiment} cannot be read: its users are not split as planned, "
                "by far more than chance.",
                experiment=tested(row),
            )
            if broken
            else text(
                "The users of the experiment {experiment} are not quite split as planned.",
                experiment=tested(row),
            ),
            detail=_arms(row, arms),
            measures=(Measure(name="srm_p", value=row["srm_p"], unit="number"),),
            owner_role="tech",
            advice=text(
                "Use none of its figures. Find the fault first: assignment, redirects, bots or "
                "events lost in one variant; then run it again with users newly drawn."
            )
            if broken
            else text("Check assignment and logging of all sides before its verdict is acted on."),
            frame="results",
            topic=f"experiment.{experiment}",
        )


def _arms(row: Row, arms: pl.DataFrame) -> Message:
    """Say how many users each variant has, against its plan, and how rare such a split is."""
    sides = [
        text(
            "{variant} {users} (planned {share})",
            variant=arm["variant"],
            users=Quantity(arm["users"], "persons"),
            share=share(arm["planned_share"]),
        )
        for arm in arms.iter_rows(named=True)
        if arm["experiment"] == row["experiment"]
    ]
    rare = row["srm_p"] < _LEAST
    return text(
        "Users: {sides}. By chance a split as far from the plan comes in {p} of experiments.",
        sides=sides,
        p=text("fewer than {least}", least=share(_LEAST)) if rare else share(row["srm_p"]),
    )


def crossings(arms: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the experiments some of whose users were seen in more than one variant."""
    import polars as pl

    found = arms.group_by("experiment", maintain_order=True).agg(
        pl.col("name").drop_nulls().first(), pl.col("crossed").first(), pl.col("users").sum()
    )
    for row in found.filter(pl.col("crossed") > 0).iter_rows(named=True):
        crossed, part = row["crossed"], row["crossed"] / (row["crossed"] + row["users"])
        yield Finding(
            code="experiment_crossed",
            subject=row["experiment"],
            severity="watch" if part >= limits["crossed_watch"] else "note",
            grade="fact",
            headline=plural(
                "One user ({share}) of the experiment {experiment} was seen in more than one "
                "variant and counts in none.",
                "{n} users ({share}) of the experiment {experiment} were seen in more than one "
                "variant and count in none.",
                crossed,
                share=share(part),
                experiment=tested(row),
            ),
            detail=text(
                "Those who come most are seen twice most, so that who is left is no longer quite "
                "a random draw."
            ),
            measures=(Measure(name="crossed", value=crossed, unit="persons"),),
            owner_role="tech",
            advice=text(
                "Assign by user and not by device or visit, and keep a user's variant for as long "
                "as the experiment runs."
            ),
            frame="results",
            topic=f"experiment.{row['experiment']}",
        )


def uncompared(rows: Sequence[Row], arms: pl.DataFrame) -> Iterator[Finding]:
    """Yield the variants that cannot be compared, one finding for each reason."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row["verdict"] is None:
            groups.setdefault(row["reason"], []).append(row)
    treated = {row["experiment"] for row in rows}
    for row in arms.iter_rows(named=True):
        if row["experiment"] not in treated:
            groups.setdefault("no_variant", []).append({**row, "comparison": tested(row)})
    reasons = _reasons()
    for reason, held in sorted(groups.items()):
        why, advice = reasons[reason]
        yield Finding(
            code="experiment_uncompared",
            subject=reason,
            severity="watch",
            grade="fact",
            headline=plural(
                "One variant has no verdict, {variants}: {why}.",
                "{n} variants have no verdict, {variants}: {why}.",
                len(held),
                variants=listed(held),
                why=why,
            ),
            measures=(Measure(name="variants", value=len(held), unit="count"),),
            owner_role="analyst",
            advice=advice,
            frame="results",
        )


def _reasons() -> Mapping[str, tuple[Message, Message]]:
    """Return by reason why nothing can be compared, and what to have exported."""
    control = text("Have the export say which variant is the control, one for each experiment.")
    counts = text("Have users and conversions of every variant counted again at the source.")
    return {
        "no_control": (text("no control is marked in the experiment"), control),
        "many_controls": (text("more than one control is marked in the experiment"), control),
        "no_variant": (text("the experiment has only controls"), control),
        "no_users": (text("one side has no users that count"), counts),
        "impossible": (text("conversions are beyond users, or counts below zero"), counts),
        "unknown_conversions": (
            text("of too many users it is not known whether they converted"),
            text("Have every user of a variant exported, those who did not convert with a zero."),
        ),
    }
