"""Experiments against statsmodels, scipy and pandas, by simulation, and what is said of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from livereview.analyses import experiments
from livereview.analyses.experiments.analysis import ANALYSIS
from livereview.analysis import Frames, Seed, dtypes
from livereview.model import Finding, Message

SQL = Path(next(iter(experiments.__path__))).joinpath("arms.sql").read_text("utf-8")
SCHEMA = pl.Schema(dtypes(ANALYSIS.inner["arms"]))
DAYS = {"campaign_start": datetime(2026, 11, 1, 6), "campaign_end": datetime(2026, 11, 4, 6)}  # noqa: DTZ001
ARM: dict[str, Any] = {
    **DAYS,
    "experiment": "x",
    "planned_share": 0.5,
    "is_control": False,
    "is_unit": False,
    "crossed": 0,
    "left_aside": 0,
}


def arm(variant: str, users: int, conversions: int, **more: Any) -> Mapping[str, Any]:
    """Return a variant as `arms` has it; a control is called `control`."""
    sums = {"users": users, "counted": users, "conversions": conversions}
    return {**ARM, "variant": variant, "is_control": variant == "control", **sums, **more}


def derived(*arms: Mapping[str, Any], **limits: float) -> Frames:
    given = pl.DataFrame(arms, schema=SCHEMA)
    held = {"arms": given}
    return {**held, **ANALYSIS.derive(held, {**ANALYSIS.limits, **limits}, Seed("x"))}


def found(*arms: Mapping[str, Any], **limits: float) -> Sequence[Finding]:
    return ANALYSIS.find(derived(*arms, **limits), {**ANALYSIS.limits, **limits})


def said(message: Message | None) -> str:
    """Return the English patterns of a message, those of its parts after it."""
    if message is None:
        return ""
    pattern = message.plural if message.plural and message.count != 1 else message.msgid
    parts = [
        one for arg in message.args.values() for one in (arg if isinstance(arg, list) else [arg])
    ]
    return " ".join([pattern, *(said(one) for one in parts if isinstance(one, Message))])


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(1, 400), st.integers(400, 9000)),
        min_size=2,
        max_size=6,
    )
)
def test_figures_are_statsmodels(sides: list[tuple[int, int]]) -> None:
    (y, m), *treated = sides
    frame = derived(
        arm("control", m, y), *(arm(f"v{k}", n, x) for k, (x, n) in enumerate(treated))
    )["results"]
    raw = [proportions_ztest([x, y], [n, m])[1] if x * m != y * n else 1.0 for x, n in treated]
    assert frame["p"].to_list() == pytest.approx(raw, abs=1e-12)
    assert frame["p_adjusted"].to_list() == pytest.approx(multipletests(raw, method="holm")[1])
    users = np.array([m, *(n for _, n in treated)])
    split = stats.chisquare(users).pvalue
    for row, (x, n) in zip(frame.iter_rows(named=True), treated, strict=True):
        ends = confint_proportions_2indep(x, n, y, m, compare="diff", method="newcomb")
        assert (row["low"], row["high"]) == pytest.approx(ends, abs=1e-6)
        ratio = confint_proportions_2indep(x, n, y, m, compare="ratio", method="log")
        assert (row["rel_low"] + 1, row["rel_high"] + 1) == pytest.approx(ratio, rel=1e-5)
        assert row["srm_p"] == pytest.approx(split, rel=1e-9, abs=1e-300)


@settings(deadline=None, max_examples=100)
@given(
    st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.sampled_from([0.5, 0.1, None]),
)
def test_a_verdict_is_the_first_that_fits(
    users: tuple[int, int], rates: tuple[float, float], planned: float | None
) -> None:
    counts = [round(n * rate) for n, rate in zip(users, rates, strict=True)]
    row = derived(
        arm("control", users[0], counts[0], planned_share=planned),
        arm("b", users[1], counts[1], planned_share=planned),
    )["results"].row(0, named=True)
    if 0 in users:
        assert (row["verdict"], row["reason"]) == (None, "no_users")
        return
    due = sum(counts) / sum(users)
    margin = ANALYSIS.limits["margin"]
    if row["srm_p"] is not None and row["srm_p"] < 0.001:
        expected = "invalid"
    elif min(users) < 100 or min(due, 1 - due) * min(users) < 10:
        expected = "inconclusive"
    elif row["high"] < 0 and row["p_adjusted"] < 0.05:
        expected = "harm"
    elif row["low"] > 0 and row["p_adjusted"] < 0.05:
        expected = "ship"
    elif row["rel_low"] is not None and -margin < row["rel_low"] and row["rel_high"] < margin:
        expected = "hold"
    else:
        expected = "inconclusive"
    assert row["verdict"] == expected


def logged(users: pd.DataFrame) -> pl.DataFrame:
    """Return `arms` of rows per user, as the SQL has them."""
    with duckdb.connect() as con:
        con.register("told", users)
        con.execute(
            """
            create view experiments as
            select 'x' as experiment_id, variant, user_key, null::varchar as name,
                null::varchar as step, null::timestamp as started_at, null::timestamp as ended_at,
                variant = 'control' as is_control, 0.5::double as planned_share,
                1::bigint as users, conversions::bigint as conversions,
                revenue::decimal(18, 2) as revenue, null::double as revenue_sq
            from told
            """
        )
        con.execute(
            "create view scope as select 'current' as campaign, timestamp '2026-11-01 06:00' as "
            "start_at, timestamp '2026-11-04 06:00' as end_at"
        )
        rows: pl.DataFrame = con.sql(SQL).pl()
    return rows.select(pl.col(c).cast(t) for c, t in SCHEMA.items())


def shoppers(seed: int, n: int = 4000) -> pd.DataFrame:
    """Return users of two variants; a few spend very much, in cents."""
    rng = np.random.default_rng(seed)
    bought = rng.random(n) < 0.08
    spent = np.round(np.where(bought, rng.lognormal(4, 1.2, n), 0.0), 2)
    return pd.DataFrame(
        {
            "user_key": [f"u{k}" for k in range(n)],
            "variant": np.where(rng.random(n) < 0.5, "control", "b"),
            "conversions": bought.astype(int),
            "revenue": spent,
        }
    )


@pytest.mark.parametrize("seed", range(4))
def test_rows_per_user_come_to_the_same_as_their_sums(seed: int) -> None:
    users = shoppers(seed)
    by_user = derived(*logged(users).iter_rows(named=True))
    capped = users.assign(revenue=users.revenue.clip(upper=by_user["revenue"]["cap"].item()))
    sums = [
        arm(
            str(variant),
            len(group),
            int(group.conversions.sum()),
            valued=len(group),
            revenue=float(group.revenue.sum()),
            revenue_sq=float((group.revenue**2).sum()),
        )
        for variant, group in capped.groupby("variant")
    ]
    by_sum = derived(*sums)
    for name, apart in (("results", ["is_unit"]), ("revenue", ["winsorised", "cap"])):
        one, other = (frames[name].drop(apart) for frames in (by_user, by_sum))
        assert_frame_equal(one, other, rel_tol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_revenue_is_scipys_welch_on_what_pandas_clips(seed: int) -> None:
    users = shoppers(seed)
    row = derived(*logged(users).iter_rows(named=True))["revenue"].row(0, named=True)
    cap = float(users.loc[users.revenue != 0, "revenue"].quantile(0.99))
    assert row["cap"] == pytest.approx(cap, abs=0.0051)  # to the cent
    spent = users.revenue.clip(upper=row["cap"])
    ours, theirs = spent[users.variant == "b"], spent[users.variant == "control"]
    welch = stats.ttest_ind(ours, theirs, equal_var=False)
    assert row["winsorised"] is True
    assert row["value"] == pytest.approx(ours.mean())
    assert row["lift_abs"] == pytest.approx(ours.mean() - theirs.mean(), rel=1e-6)
    # degrees of freedom are whole and at most a thousand
    assert row["p"] == pytest.approx(welch.pvalue, rel=0.02)
    interval = welch.confidence_interval()
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high), rel=5e-3)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdefgh"),
            st.sampled_from(["control", "b", "c"]),
            st.sampled_from([None, -1, 0, 1, 2]),
            st.sampled_from([None, -5.0, 0.0, 3.0, 40.0]),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_users_are_counted_as_pandas_counts_them(
    rows: list[tuple[str, str, int | None, float | None]],
) -> None:
    told = pd.DataFrame(rows, columns=["user_key", "variant", "conversions", "revenue"])
    told = told.astype({"conversions": "Int64", "revenue": "Float64"})
    seen = told.groupby("user_key").variant.nunique()
    once = told[told.user_key.isin(seen[seen == 1].index)]
    arms = logged(told)
    assert arms["crossed"].unique().to_list() == [int((seen > 1).sum())]
    assert sorted(arms["variant"]) == sorted(told.variant.unique())
    for row in arms.iter_rows(named=True):
        own = once[once.variant == row["variant"]].groupby("user_key").conversions
        known = own.min()[own.min() >= 0].index
        assert row["users"] == own.ngroups
        assert (row["counted"] or 0) == len(known)
        assert (row["conversions"] or 0) == int((own.max()[known] > 0).sum())


def test_who_crossed_over_counts_in_neither() -> None:
    users = shoppers(7, 1000)
    twice = users.iloc[:30].assign(
        variant=lambda rows: np.where(rows.variant == "b", "control", "b"), conversions=1
    )
    frames = derived(*logged(pd.concat([users, twice])).iter_rows(named=True))
    row = frames["results"].row(0, named=True)
    left = users.iloc[30:].groupby("variant").conversions
    assert (row["n"], row["conversions"]) == (left.count()["b"], left.sum()["b"])
    assert (row["control_n"], row["crossed"]) == (left.count()["control"], 30)
    (crossed,) = (
        f for f in ANALYSIS.find(frames, ANALYSIS.limits) if f.code == "experiment_crossed"
    )
    assert crossed.severity == "watch"
    assert crossed.measures[0].value == 30


def test_a_few_unknown_conversions_are_left_out_and_many_are_too_many() -> None:
    few = derived(arm("control", 1000, 100), arm("b", 1000, 100, counted=995))
    row = few["results"].row(0, named=True)
    assert (row["n"], row["unknown_users"]) == (995, 5)
    assert row["rate"] == 100 / 995
    (_, undecided) = ANALYSIS.find(few, ANALYSIS.limits)
    assert "{n} users whose conversion is not known are left out." in said(undecided.detail)
    many = derived(arm("control", 1000, 100), arm("b", 1000, 100, counted=900))
    assert many["results"]["verdict"].item() is None
    assert many["results"]["reason"].item() == "unknown_conversions"


def test_revenue_of_buyers_alone_is_no_revenue_per_user() -> None:
    spent = {"revenue": 500.0, "revenue_sq": 9000.0}
    frames = derived(
        arm("control", 1000, 100, valued=100, **spent), arm("b", 1000, 150, valued=150, **spent)
    )
    assert frames["revenue"].is_empty()
    _, variant = ANALYSIS.find(frames, ANALYSIS.limits)
    assert variant.code == "experiment_ship"
    assert variant.impact is None
    assert "too many for revenue per user" in said(variant.detail)


def test_squares_that_cannot_be_have_no_interval() -> None:
    frames = derived(
        arm("control", 1000, 100, valued=1000, revenue=500.0, revenue_sq=100.0),
        arm("b", 1000, 150, valued=1000, revenue=900.0, revenue_sq=9000.0),
    )
    row = frames["revenue"].row(0, named=True)
    assert (row["value"], row["control_value"], row["low"], row["p"]) == (0.9, 0.5, None, None)
    _, variant = ANALYSIS.find(frames, ANALYSIS.limits)
    assert variant.impact is None


def paid(users: int, each: float, conversions: int) -> dict[str, Any]:
    """Return what `conversions` users spent who paid `each` alike."""
    total = each * conversions
    return {"valued": users, "revenue": total, "revenue_sq": each * total}


def test_a_winner_is_priced_over_the_controls_users_and_a_loser_over_its_own() -> None:
    control = arm("control", 8000, 400, planned_share=0.4, **paid(8000, 100, 400))
    won = arm("b", 12_000, 900, planned_share=0.6, **paid(12_000, 100, 900))
    lost = arm("b", 12_000, 400, planned_share=0.6, **paid(12_000, 100, 400))
    _, winner = found(control, won)
    _, loser = found(control, lost)
    assert winner.impact is not None
    assert loser.impact is not None
    assert winner.impact.value == pytest.approx((7.5 - 5.0) * 8000)
    assert loser.impact.value == pytest.approx((40_000 / 12_000 - 5.0) * 12_000)
    assert (winner.severity, loser.severity) == ("note", "act")
    for one in (winner.impact, loser.impact):
        assert one.low is not None
        assert one.high is not None
        assert one.low < one.value < one.high


@pytest.mark.parametrize(
    ("start", "end", "timing", "pattern", "priced"),
    [
        ("2026-10-01", "2026-10-20", "before", "It ended before the campaign began", False),
        ("2026-11-05", "2026-11-20", "after", "It began after the campaign", False),
        ("2026-10-01", "2026-11-20", "beyond", "days before and after the campaign", True),
        ("2026-11-02", "2026-11-20", "runs_on", "beyond the campaign's end", True),
        ("2026-10-01", "2026-11-03", "began_before", "also holds days before", True),
        ("2026-11-02", "2026-11-03", "within", "", True),
        (None, "2026-11-03", None, "", True),
    ],
)
def test_days_outside_the_campaign_are_said_and_not_priced(
    start: str | None, end: str, timing: str | None, pattern: str, *, priced: bool
) -> None:
    days = {
        "started_at": start and datetime.fromisoformat(start),
        "ended_at": datetime.fromisoformat(end),
    }
    arms = (
        arm("control", 9000, 400, **paid(9000, 100, 400), **days),
        arm("b", 9000, 800, **paid(9000, 100, 800), **days),
    )
    assert derived(*arms)["results"]["timing"].item() == timing
    _, winner = found(*arms)
    assert pattern in said(winner.detail)
    assert (winner.impact is not None) == priced


def test_more_buyers_who_are_worth_less_are_watched() -> None:
    _, winner = found(
        arm("control", 10_000, 500, **paid(10_000, 100, 500)),
        arm("b", 10_000, 800, **paid(10_000, 40, 800)),
    )
    assert (winner.code, winner.severity, winner.impact) == ("experiment_ship", "watch", None)
    assert "but revenue per user is lower" in said(winner.headline)
    assert "Do not roll it out" in said(winner.advice)


def test_an_undecided_test_says_how_many_users_it_takes() -> None:
    _, short = found(arm("control", 2000, 100), arm("b", 2000, 105))
    assert short.code == "experiment_inconclusive"
    assert short.advice is not None
    needed = getattr(short.advice.args["n"], "value", 0)
    assert needed == pytest.approx(31_218, abs=1)  # a share of 5 % and one of 5.5 %
    _, long = found(arm("control", 40_000, 2000), arm("b", 40_000, 2115))
    assert long.code == "experiment_inconclusive"
    assert "It had the users" in said(long.advice)


def test_what_is_beyond_chance_alone_need_not_be_so_among_many() -> None:
    _, alone = found(arm("control", 10_000, 500), arm("b", 10_000, 565))
    assert alone.code == "experiment_ship"
    _, among, _, _ = found(
        arm("control", 10_000, 500),
        *(arm(variant, 10_000, x) for variant, x in (("b", 565), ("c", 500), ("d", 500))),
    )
    assert among.code == "experiment_inconclusive"
    assert "among all comparisons it may be chance" in said(among.detail)


def test_a_broken_split_is_one_finding_whatever_the_figures() -> None:
    answer, *others = found(
        arm("control", 10_000, 500, planned_share=0.4),
        arm("b", 10_000, 900, planned_share=0.3),
        arm("c", 10_000, 100, planned_share=0.3),
    )
    (invalid,) = others
    assert (invalid.code, invalid.severity, invalid.impact) == ("experiment_invalid", "act", None)
    assert (answer.severity, said(answer.headline)) == (
        "watch",
        "The one experiment there is cannot be compared.",
    )


def test_some_winners_among_several() -> None:
    arms = [
        arm(variant, 10_000, conversions, experiment=experiment)
        for experiment, conversions in (("p", 700), ("q", 510), ("r", 300))
        for variant, conversions in (("control", 500), ("b", conversions))
    ]
    answer, *others = found(*arms)
    assert said(answer.headline).startswith("One of the {of} experiments that can be compared has")
    assert [one.code for one in others] == [
        "experiment_harm",
        "experiment_ship",
        "experiment_inconclusive",
    ]
    assert {m.name: m.value for m in answer.measures} == {
        "experiments": 3,
        "experiments_compared": 3,
        "experiments_won": 1,
    }


def test_an_experiment_that_cannot_be_read_is_none_that_can_be_compared() -> None:
    good = [arm("control", 10_000, 500), arm("b", 10_000, 700)]
    broken = [
        arm(variant, users, 500, experiment="z", planned_share=0.5)
        for variant, users in (("control", 9000), ("b", 10_000))
    ]
    answer, *_ = found(*good, *broken)
    assert said(answer.headline).startswith("The one experiment that can be compared has a clear")
    assert {m.name: m.value for m in answer.measures} == {
        "experiments": 2,
        "experiments_compared": 1,
        "experiments_won": 1,
    }


def test_variants_are_called_so_that_none_is_like_another() -> None:
    arms = [
        arm(variant, 1000, 100, experiment=experiment, name=name)
        for experiment, name, treated in (
            ("e1", "Buttons", ("red", "blue")),
            ("e2", None, ("one_click_add",)),
            ("e3", "Pay", ("b",)),
            ("e4", "Pay", ("b",)),
        )
        for variant in ("control", *treated)
    ]
    called = derived(*arms)["results"]["comparison"].to_list()
    assert called == [
        "Buttons · blue",
        "Buttons · red",
        "variant.one_click_add",
        "e3 · b",
        "e4 · b",
    ]


@pytest.mark.slow
def test_intervals_hold_the_truth_in_95_of_100() -> None:
    rng = np.random.default_rng(5)
    for p, q, n, m in ((0.05, 0.04, 2000, 2000), (0.02, 0.02, 1500, 6000), (0.3, 0.33, 400, 400)):
        x, y = rng.binomial(n, p, 3000), rng.binomial(m, q, 3000)
        frame = derived(
            *(
                one
                for k in range(3000)
                for one in (
                    arm("control", m, int(y[k]), experiment=f"e{k}"),
                    arm("b", n, int(x[k]), experiment=f"e{k}"),
                )
            )
        )["results"]
        held = frame.select(((pl.col("low") <= p - q) & (p - q <= pl.col("high"))).mean()).item()
        assert held == pytest.approx(0.95, abs=0.015)


@pytest.mark.slow
def test_a_campaign_without_effects_has_a_winner_or_loser_in_five_of_100_at_most() -> None:
    rng = np.random.default_rng(6)
    alarms, invalid, campaigns, tests = 0, 0, 600, 5
    for _ in range(campaigns):
        arms = []
        for k in range(tests):
            control = int(rng.binomial(6000, 0.5))
            users = {"control": control, "b": 6000 - control}
            arms += [
                arm(variant, n, int(rng.binomial(n, 0.05)), experiment=f"e{k}")
                for variant, n in users.items()
            ]
        verdicts = derived(*arms)["results"]["verdict"].to_list()
        alarms += bool({"ship", "harm"} & set(verdicts))
        invalid += verdicts.count("invalid")
    spread = 2 * math.sqrt(0.05 * 0.95 / campaigns)
    assert alarms / campaigns <= 0.05 + spread
    assert invalid / (campaigns * tests) < 0.004
