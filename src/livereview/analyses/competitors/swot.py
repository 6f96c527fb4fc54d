"""The SWOT by the rules: each is judged, and what holds stands in its quadrant with its figures.

A rule without its figures, or with too few of them, is not judged and says so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from livereview import glossary
from livereview.analyses.competitors.beside import HAIR
from livereview.analyses.competitors.outside import Evidence
from livereview.analyses.competitors.own import TOTALS
from livereview.analyses.competitors.rules import QUADRANTS, RULES
from livereview.model import Finding, Measure, Message, Term, paragraph, plural, text
from livereview.stats.intervals import NORMAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from livereview.analyses.competitors.outside import Found, Market, Row
    from livereview.analyses.competitors.rules import Rule
    from livereview.analysis import Limits

_CELLS = {
    **dict.fromkeys(("quadrant", "rule_id", "statement", "metric"), pl.String),
    "value": pl.Float64,
    "n": pl.Int64,
    "previous": pl.Float64,
    "target": pl.Float64,
    "competitor": pl.String,
    "theirs": pl.Float64,
    "unit": pl.String,
    "estimated": pl.Boolean,
}
_RULES = {
    **dict.fromkeys(("rule_id", "quadrant", "statement", "metric", "condition"), pl.String),
    "threshold": pl.Float64,
    "unit": pl.String,
    "outcome": pl.String,
}
# Thresholds that are distances of two shares; the others are parts of something.
_IN_POINTS = ("concentration", "lower_tier_gap", "share_gap", "share_change")
# How many make a figure that can be judged, where they are not sessions.
_LEAST = {"repurchase_rate": "min_buyers", "cr1": "min_anchors"}
# What grows with the days of a campaign compares only where their number is the same.
_BY_LENGTH = ("new_buyers", "repurchase_rate")


def judged(market: Market, *, is_same_length: bool) -> Mapping[str, pl.DataFrame]:
    """Return the frame `swot` of what holds, and `swot_rules` with the outcome of every rule."""
    cells, outcomes = [], []
    for rule in RULES:
        found = (
            market.find(rule.condition)
            if rule.metric is None
            else _inside(rule, market.own.get(rule.metric, {}), market.limits, is_same_length)
        )
        outcome = "unknown" if found is None else "fired" if found else "silent"
        unit = "points" if rule.limit in _IN_POINTS else "share"
        named = (rule.id, rule.quadrant, rule.statement, rule.metric, rule.condition)
        outcomes.append((*named, market.limits[rule.limit], unit, outcome))
        cells += [
            (
                *(rule.quadrant, rule.id, rule.statement, one.metric, one.value, one.n),
                *(one.previous, one.target, one.competitor, one.theirs, one.unit, one.estimated),
            )
            for one in found or ()
        ]
    return {
        "swot": pl.DataFrame(cells, schema=_CELLS, orient="row"),
        "swot_rules": pl.DataFrame(outcomes, schema=_RULES, orient="row"),
    }


def _inside(rule: Rule, own: Row, limits: Limits, is_same_length: bool) -> Found:
    """Judge one of our figures by its trend and its target; where they disagree nothing holds."""
    metric = str(rule.metric)
    if not _is_known(metric, own, "", limits):
        return None
    entry, in_points = glossary.metrics()[metric], rule.limit == "concentration"
    change = short = None
    if (is_same_length or metric not in _BY_LENGTH) and _is_known(metric, own, "previous", limits):
        change = _gain(own["value"], own["previous"], entry.better, in_points)
        if abs(own["value"] - own["previous"]) <= _noise(metric, own):
            change = 0.0
    if own["target"] is not None:
        short = _gain(own["value"], own["target"], own["direction"] or entry.better, in_points)
    if change is None and (short is None or rule.condition == "better"):
        return None
    limit = max(limits[rule.limit], HAIR)
    trend, level = (round(x or 0.0, 9) for x in (change, short))
    holds = (
        trend >= limit and level > -limit
        if rule.condition == "better"
        else trend <= -limit or (level <= -limit and trend < limit)
    )
    return [_evidence(metric, own, entry.unit, with_previous=change is not None)] if holds else []


def _is_known(metric: str, own: Row, campaign: str, limits: Limits) -> bool:
    """Return whether a figure of a campaign is there and rests on enough."""
    start = f"{campaign}_" if campaign else ""
    if own.get(campaign or "value") is None:
        return False
    is_whole = metric not in TOTALS or own[f"{start}known"] >= limits["complete"]
    return bool(is_whole and own[f"{start}n"] >= limits[_LEAST.get(metric, "min_sessions")])


def _gain(value: float, against: float, better: str, in_points: bool) -> float | None:
    """Return by how much a figure is better, in points or relative; None against nothing."""
    distance = (value - against) * (-1 if better == "down" else 1)
    if in_points:
        return distance
    return distance / against if against > 0 else None


def _noise(metric: str, own: Row) -> float:
    """Return how far two shares of samples may lie apart by chance (95 %), 0 for what is whole."""
    if metric != "repurchase_rate":
        return 0.0
    shares = ((own["value"], own["n"]), (own["previous"], own["previous_n"]))
    return NORMAL * math.sqrt(sum(share * (1 - share) / n for share, n in shares))


def _evidence(metric: str, own: Row, unit: str, *, with_previous: bool) -> Evidence:
    return Evidence(
        metric=metric,
        value=own["value"],
        n=own["n"],
        unit=unit,
        previous=own["previous"] if with_previous else None,
        target=own["target"],
        estimated=own["estimated"],
    )


def summary(swot: pl.DataFrame, rules: pl.DataFrame) -> Iterator[Finding]:
    """Yield how many statements each quadrant has; nothing where no rule could be judged."""
    if (rules["outcome"] == "unknown").all():
        return
    held = {quadrant: swot.filter(pl.col("quadrant") == quadrant).height for quadrant in QUADRANTS}
    yield Finding(
        code="swot",
        subject="campaign",
        severity="note",
        grade="estimate" if swot["estimated"].any() else "fact",
        headline=text(
            "SWOT by its published rules: {strengths}, {weaknesses}, {opportunities}, {threats}.",
            strengths=plural("{n} strength", "{n} strengths", held["strength"]),
            weaknesses=plural("{n} weakness", "{n} weaknesses", held["weakness"]),
            opportunities=plural("{n} opportunity", "{n} opportunities", held["opportunity"]),
            threats=plural("{n} threat", "{n} threats", held["threat"]),
        ),
        detail=_silence(held, rules),
        measures=tuple(
            Measure(name=quadrant, value=count, unit="count") for quadrant, count in held.items()
        ),
        owner_role="analyst",
        advice=text(
            "Put beside it what no figure tells: a note {file} in the folder that `notes` of "
            "[report] names stands in this section.",
            file="competitors.md",
        ),
        frame="swot",
    )


def _silence(held: Mapping[str, int], rules: pl.DataFrame) -> Message | None:
    """Say which quadrants stay empty, and how many rules had no figures."""
    empty = [Term(quadrant, "quadrant") for quadrant, count in held.items() if not count]
    unknown = rules.filter(pl.col("outcome") == "unknown").height
    left_empty = (
        text("Left empty, as no rule holds: {quadrants}.", quadrants=empty) if empty else None
    )
    not_judged = (
        plural(
            "One of {of} rules lacks its figures and is not judged.",
            "{n} of {of} rules lack their figures and are not judged.",
            unknown,
            of=len(RULES),
        )
        if unknown
        else None
    )
    return paragraph([left_empty, not_judged])
