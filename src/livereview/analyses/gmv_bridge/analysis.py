"""The reconciled ledger: gaps of GMV by factor, by part, and by the members that explain them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.gmv_bridge import answers, factors, ledger, parts, scopes
from livereview.analysis import (
    HALF_A_CENT,
    Analysis,
    Chart,
    Frames,
    Limits,
    Seed,
    Table,
    frame,
)
from livereview.errors import AnalysisError
from livereview.model import Message, Term, money, text
from livereview.stats import adtributor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.analyses.gmv_bridge.chain import Totals
    from livereview.model import Finding

_VOLUMES = (
    "room_impressions_uv viewers_uv product_impressions_uv product_clicks_uv buyers orders "
    "room_impressions_pv views_pv product_clicks_pv:count"
)
_EFFECTS = " ".join((*scopes.EFFECTS, "effect"))
# What doubles lose on amounts of this size.
_ROUNDING = 1e-12


def derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    """Split the gap to every reference; raises AnalysisError where a split leaves a rest."""
    members, plan = frames["members"], frames["plan"]
    campaigns = {
        name: totals
        for name, totals in _totals(members).items()
        if (totals["known_share"] or 0.0) >= limits["complete"]
    }
    members = members.filter(pl.col("campaign").is_in([*campaigns]))
    asked = plan.filter(pl.col("dimension") == "campaign")
    by_factor = factors.table(campaigns, dict(asked.select("metric", "target").iter_rows()))
    now = campaigns.get("current", {}).get("gmv")
    references = {
        name: value
        for name in factors.REFERENCES
        if now is not None and (value := _reference(name, campaigns, asked)) is not None
    }
    by_scope = scopes.table(members, references, plan.filter(pl.col("metric") == "gmv"))
    found = {
        "by_factor": by_factor,
        "by_scope": by_scope,
        "by_dimension": _by_dimension(by_scope, {n: c["days"] for n, c in campaigns.items()}),
        "ledger": ledger.table(by_scope, limits),
    }
    for reference, value in references.items():
        _tie_out(found, reference, (now or 0.0) - value)
    return found


def _totals(members: pl.DataFrame) -> dict[str, Totals]:
    whole = members.filter(pl.col("dimension") == "campaign").drop("dimension", "member")
    return {str(row.pop("campaign")): row for row in whole.iter_rows(named=True)}


def _reference(name: str, campaigns: Mapping[str, Totals], asked: pl.DataFrame) -> float | None:
    if name != "target":
        return campaigns.get(name, {}).get("gmv")
    return next(iter(asked.filter(metric="gmv")["target"]), None)


def _by_dimension(by_scope: pl.DataFrame, days: Mapping[str, float | None]) -> pl.DataFrame:
    """Return the sums over the members of every dimension.

    Against the target nothing is split, and days of campaigns of unequal length have no mix.
    """
    alike = [name for name, length in days.items() if length == days.get("current")]
    split = by_scope.filter(
        pl.col("reference") != "target",
        (pl.col("dimension") != "day_index") | pl.col("reference").is_in(alike),
    )
    return split.group_by("reference", "dimension", maintain_order=True).agg(
        pl.col(name).sum() for name in (*scopes.EFFECTS, "effect")
    )


def _tie_out(frames: Mapping[str, pl.DataFrame], reference: str, gap: float) -> None:
    """Raise AnalysisError where the rows of a reference do not sum to its gap."""
    wholes = {"by_factor": "reference", "by_scope": "dimension", "ledger": "reference"}
    for name, whole in wholes.items():
        rows = frames[name].filter(pl.col("reference") == reference)
        sums = rows.group_by(whole).agg(pl.col("effect").sum())
        size = float(rows["effect"].abs().max() or 0.0)  # type: ignore[arg-type]
        for total in sums["effect"]:
            if abs(total - gap) > HALF_A_CENT + _ROUNDING * (size + abs(gap)):
                raise AnalysisError(
                    f"gmv_bridge.{name}: the effects against {reference} sum to {total:.2f}, the "
                    f"gap is {gap:.2f}",
                    "",
                )


def find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    """Say what made each gap, then which members, what their mix did and what does not compare."""
    by_factor = frames["by_factor"]
    totals = _totals(frames["members"])
    gmv = float(totals.get("current", {}).get("gmv") or 0.0)
    known = {name: one["known_share"] for name, one in totals.items()}
    days = {name: int(one["days"] or 0) for name, one in totals.items()}
    thin = list(parts.not_comparable(known, limits))
    gaps = list(answers.gaps(by_factor, days))
    return [
        *(gaps or thin or [parts.nothing_to_compare()]),
        *answers.outside_funnel(by_factor, gmv, limits),
        *parts.explaining(frames["ledger"]),
        *parts.mix(frames["by_dimension"], gmv, limits),
        *answers.plan_contradicts(by_factor, limits),
        *(thin if gaps else ()),
    ]


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Name in each waterfall the factor that cost most and the one that brought most."""
    said = {}
    for (reference,), rows in frames["by_factor"].group_by("reference", maintain_order=True):
        real = rows.filter(pl.col("factor") != factors.PLANNED_GROWTH).sort("effect")
        if real.height < rows.height:
            said["factors_target"] = text(
                "Against the target: planned growth {asked}, all factors {came}",
                asked=money(math.fsum(rows["effect"]) - math.fsum(real["effect"]), signed=True),
                came=money(math.fsum(real["effect"]), signed=True),
            )
            continue
        if real.height < 2 or real["effect"][0] >= 0 or real["effect"][-1] <= 0:
            continue
        said[f"factors_{reference}"] = text(
            "Against {reference}: {worst} {lost}, {best} {won}",
            reference=answers.called(str(reference)),
            worst=Term(real["factor"][0]),
            lost=money(real["effect"][0], signed=True),
            best=Term(real["factor"][-1]),
            won=money(real["effect"][-1], signed=True),
        )
    return said


ANALYSIS = Analysis(
    title=text("What made the gap"),
    question=text("Why is GMV above or below target, previous campaign and last year?"),
    chapter=1,
    order=20,
    needs=("sessions.gmv",),
    inner={
        "members": frame(f"campaign dimension member known_share days sessions gmv {_VOLUMES}"),
        "plan": frame("metric:text dimension:text member target"),
    },
    frames={
        "by_factor": frame("reference factor from_value to_value effect method"),
        "by_scope": frame(f"reference dimension member from_gmv to_gmv {_EFFECTS} volume"),
        "by_dimension": frame(f"reference dimension {_EFFECTS}"),
        "ledger": frame("reference dimension member from_gmv to_gmv effect share_of_gap surprise"),
    },
    sources={
        "by_factor": ("members", "plan"),
        "by_scope": ("members", "plan"),
        "by_dimension": ("members", "plan"),
        "ledger": ("members", "plan"),
    },
    wants={
        "channel": ("traffic.gmv",),
        "previous": ("previous_sessions.gmv",),
        "last_year": ("last_year_sessions.gmv",),
    },
    limits={
        "complete": 0.95,  # share of sessions whose GMV is known, for a gap to be split
        "watch_share": 0.01,  # loss over GMV from which it is watched
        "act_share": 0.03,  # loss over GMV from which it calls for action
        "least_share": adtributor.LEAST_EACH,  # of the gap, for a member to explain something
        "explained_share": adtributor.LEAST_TOGETHER,  # of the gap, to explain it together
        "least_lift": 1.5,  # their share of the gap over their share of GMV before
        "plan_share": 0.02,  # of the target, from which the plan contradicts itself
    },
    derive=derive,
    find=find,
    titles=titles,
    tables=(
        Table(frame="by_factor", title=text("The gap by factor")),
        Table(
            frame="ledger",
            title=text("Members that explain the gap best"),
            columns=(
                "reference",
                "dimension",
                "member",
                "from_gmv",
                "to_gmv",
                "effect",
                "share_of_gap",
            ),
        ),
        Table(frame="by_dimension", title=text("Volume, mix and rate, by way to split"), limit=24),
    ),
    charts=tuple(
        Chart(
            name=f"factors_{reference}",
            kind="waterfall",
            frame="by_factor",
            x="factor",
            y=("effect",),
            title=title,
            unit="money",
            where=(("reference", reference),),
        )
        for reference, title in (
            ("target", text("From the target to GMV")),
            ("previous", text("From the previous campaign to this one")),
            ("last_year", text("From last year's campaign to this one")),
        )
    ),
)
