"""Lifts of tactics against statsmodels and scipy, and what is said of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from livereview.analyses.tactics.analysis import ANALYSIS
from livereview.analyses.tactics.lifts import judged
from livereview.analysis import Frames, Seed
from livereview.model import Finding, Message

NUMBERS = (
    *("treated", "control", "cost", "target", "treated_sd", "control_sd"),
    *("spend_per_buyer", "margin_per_gmv"),
)
COUNTS = ("treated_n", "control_n")
WORDS = ("tactic", "metric", "group", "direction", "note")
SCHEMA = pl.Schema(
    dict.fromkeys(NUMBERS, pl.Float64)
    | dict.fromkeys(COUNTS, pl.Int64)
    | dict.fromkeys(WORDS, pl.String)
)
SHARE: dict[str, Any] = {"metric": "view_pay_rate_uv", "group": "all"}


def compared(*rows: Mapping[str, Any]) -> Frames:
    """Return the frames of tactics with these comparisons."""
    given = pl.DataFrame([{**SHARE, "tactic": "t", **row} for row in rows], schema=SCHEMA)
    frames: Frames = ANALYSIS.derive({"comparisons": given}, ANALYSIS.limits, Seed("x"))
    return frames


def found(*rows: Mapping[str, Any]) -> Sequence[Finding]:
    return ANALYSIS.find(compared(*rows), ANALYSIS.limits)


def said(message: Message | None) -> str:
    """Return the English patterns of a message, those of its parts after it."""
    if message is None:
        return ""
    parts = [
        one for arg in message.args.values() for one in (arg if isinstance(arg, list) else [arg])
    ]
    return " ".join([message.msgid, *(said(one) for one in parts if isinstance(one, Message))])


EVENTS = st.integers(10, 990)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(EVENTS, EVENTS), min_size=1, max_size=6))
def test_shares_are_statsmodels(pairs: list[tuple[int, int]]) -> None:
    rows = [
        {"tactic": f"t{k}", "treated": x / 1000, "control": y / 1000}
        | {"treated_n": 1000, "control_n": 1000}
        for k, (x, y) in enumerate(pairs)
    ]
    frame = compared(*rows)["lifts"].sort("tactic")
    raw = [proportions_ztest([x, y], [1000, 1000])[1] if x != y else 1.0 for x, y in pairs]
    assert frame["p_adjusted"].to_list() == pytest.approx(multipletests(raw, method="fdr_bh")[1])
    for row, (x, y) in zip(frame.iter_rows(named=True), pairs, strict=True):
        low, high = confint_proportions_2indep(x, 1000, y, 1000, compare="ratio", method="log")
        assert (row["low"], row["high"]) == pytest.approx((low - 1, high - 1), rel=1e-5, abs=1e-6)


def test_gmv_per_hour_of_few_sessions_has_students_range() -> None:
    row = compared(
        {"metric": "gmv_per_hour", "treated": 2.41e6, "control": 1.96e6}
        | {"treated_n": 12, "control_n": 31, "treated_sd": 0.88e6, "control_sd": 0.76e6}
    )["lifts"].row(0, named=True)
    a, b = (0.88 / 2.41) ** 2 / 12, (0.76 / 1.96) ** 2 / 31
    degrees = math.floor((a + b) ** 2 / (a**2 / 11 + b**2 / 30))
    reach = stats.t.ppf(0.975, degrees) * math.sqrt(a + b)
    assert row["low"] == pytest.approx(2.41 / 1.96 * math.exp(-reach) - 1)
    assert row["high"] == pytest.approx(2.41 / 1.96 * math.exp(reach) - 1)
    assert row["p_adjusted"] == pytest.approx(
        2 * stats.t.sf(math.log(2.41 / 1.96) / math.sqrt(a + b), degrees)
    )
    assert row["verdict"] == "unclear"


def test_a_share_with_the_spread_of_persons_comes_to_the_same() -> None:
    n = 4000
    row = {"treated": 0.06, "control": 0.05, "treated_n": n, "control_n": n}
    spread = {
        f"{side}_sd": math.sqrt(p * (1 - p)) for side, p in (("treated", 0.06), ("control", 0.05))
    }
    plain, wide = (compared(one)["lifts"].row(0, named=True) for one in (row, row | spread))
    assert (plain["method"], wide["method"]) == ("persons", "means")
    assert plain["low"] == pytest.approx(wide["low"], abs=0.001)


def test_what_the_lift_is_worth() -> None:
    row = compared(
        {"treated": 0.03, "control": 0.02, "treated_n": 10_000, "control_n": 8000}
        | {"spend_per_buyer": 50.0}
    )["lifts"].row(0, named=True)
    low, high = confint_proportions_2indep(300, 10_000, 160, 8000, compare="diff", method="newcomb")
    assert row["worth"] == pytest.approx(0.01 * 10_000 * 50)
    assert (row["worth_low"], row["worth_high"]) == pytest.approx(
        (low * 500_000, high * 500_000), rel=1e-5
    )


def test_what_buyers_spend_elsewhere_prices_nothing() -> None:
    (answer, tactic) = found(
        {"treated": 0.03, "control": 0.02, "treated_n": 9000, "control_n": 9000, "cost": 5.0}
    )
    assert tactic.code == "tactic_worked"
    assert tactic.impact is None
    assert "what it is worth in money is not known" in said(tactic.detail)
    assert answer.code == "tactics"


def test_a_lift_that_earns_less_than_it_costs_is_watched() -> None:
    row = {"treated": 0.03, "control": 0.02, "treated_n": 10_000, "control_n": 10_000}
    row |= {"spend_per_buyer": 50.0, "margin_per_gmv": 0.4}
    _, cheap = found(row | {"cost": 100.0})
    _, dear = found(row | {"cost": 50_000.0})
    assert (cheap.severity, dear.severity) == ("note", "watch")
    assert (cheap.code, dear.code) == ("tactic_worked", "tactic_unpaid")
    assert dear.impact is None
    assert [
        getattr(dear.headline.args[one], "value", None) for one in ("kept", "cost")
    ] == pytest.approx([2000, 50_000])
    assert dear.advice is not None
    # 5,000 of GMV leaves 2,000 over 10,000 persons; 50,000 needs 25 times as many.
    needed = dear.advice.args["n"]
    assert getattr(needed, "value", None) == pytest.approx(250_000, abs=1)


def test_less_is_better_and_a_target_may_be_a_ceiling() -> None:
    row = {"metric": "bounce_rate", "treated_n": 1000, "control_n": 1000, "direction": "down"}
    _, better = found(row | {"treated": 0.2, "control": 0.4, "target": 0.25})
    _, missed = found(row | {"treated": 0.2, "control": 0.4, "target": 0.15})
    assert (better.code, missed.code) == ("tactic_worked", "tactic_worked")
    assert (better.severity, missed.severity) == ("note", "watch")
    assert "is met" in said(better.detail)
    assert "is missed" in said(missed.detail)


def test_only_those_that_can_be_judged_are_counted() -> None:
    row = {"treated": 0.03, "control": 0.02, "treated_n": 9000, "control_n": 9000}
    dear = {"tactic": "dear", "spend_per_buyer": 50.0, "margin_per_gmv": 0.4, "cost": 90_000.0}
    lone = {"treated": 0.03, "treated_n": 9000}
    answer, *others = found(
        row, row | dear, lone | {"tactic": "a"}, lone | {"tactic": "b", "treated": 1.4}
    )
    assert answer.headline.count == 2
    assert [m.value for m in answer.measures[:3]] == [4, 1, 1]
    assert answer.severity == "watch"
    unjudged = others[-1]
    assert [one.code for one in others] == ["tactic_worked", "tactic_unpaid", "tactics_unjudged"]
    assert "one of the two sides has no figure" in said(unjudged.detail)
    assert "shares must lie" not in said(unjudged.detail)
    assert "a group without the tactic" in said(unjudged.advice)


def _parts(message: Message | None) -> list[Message]:
    if message is None:
        return []
    inner = [arg for arg in message.args.values() if isinstance(arg, Message)]
    return [message, *(one for part in inner for one in _parts(part))]


def test_one_cost_on_two_rows_is_one_cost() -> None:
    row = {"treated": 0.03, "control": 0.02, "treated_n": 9000, "control_n": 9000, "cost": 7.0}
    answer, *_ = found(row, row | {"metric": "follow_rate"}, row | {"tactic": "u"})
    shown = {m.name: m.value for m in answer.measures}
    assert shown == {"tactics": 2, "worked": 2, "unpaid": 0, "cost": 14.0}


def test_many_tactics_do_not_flood_the_section() -> None:
    row = {"treated": 0.03, "control": 0.02, "treated_n": 9000, "control_n": 9000}
    findings = found(*(row | {"tactic": f"t{k:02d}"} for k in range(30)))
    assert len(findings) == 1 + 12
    assert "stand in the table only" in said(findings[0].detail) or any(
        one.plural and "stand in the table only" in one.plural for one in _parts(findings[0].detail)
    )


def test_no_sentence_claims_a_cause() -> None:
    row = {"treated": 0.03, "control": 0.02, "treated_n": 9000, "control_n": 9000, "cost": 7.0}
    for finding in found(row, row | {"tactic": "u", "treated": 0.01}):
        words = " ".join(map(said, (finding.headline, finding.detail, finding.advice))).lower()
        assert not any(w in words for w in ("cause", "because", "thanks to", "led to", "drives"))
        assert finding.grade != "fact"


def test_tactics_without_effect_are_seldom_told_from_chance() -> None:
    generator = np.random.default_rng(3)
    families, alarms = 400, 0
    for _ in range(families):
        shares = generator.binomial(5000, 0.03, (2, 8)) / 5000
        given = pl.DataFrame(
            [
                {**SHARE, "tactic": f"t{k}", "treated": a, "control": b}
                | {"treated_n": 5000, "control_n": 5000}
                for k, (a, b) in enumerate(shares.T.tolist())
            ],
            schema=SCHEMA,
        )
        verdicts = set(judged(given, ANALYSIS.limits)["verdict"])
        alarms += bool(verdicts & {"worked", "worse"})
    assert alarms / families < 0.05 + 2.6 * math.sqrt(0.05 * 0.95 / families)
