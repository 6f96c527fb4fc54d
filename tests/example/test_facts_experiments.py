"""The three experiments the example was made with, at the size they were made."""

from __future__ import annotations

import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from tests.example.reading import Reading

# experiment, variant, users on each side, conversions, those of the control, lift, spent per buyer
MADE = (
    ("exp_cart", "one_click_add", 40_000, 2280, 2000, 0.14, 213.0),
    ("exp_pay", "password_free_pay", 20_000, 1180, 1000, 0.18, 208.0),
    ("exp_presale", "preorder_discount", 20_000, 1080, 800, 0.35, 246.0),
)


@pytest.mark.parametrize("made", MADE, ids=lambda made: made[1])
def test_a_fix_won(reading: Reading, made: tuple[str, str, int, int, int, float, float]) -> None:
    experiment, variant, n, x, y, lift, _ = made
    row = reading.row("experiments", "results", experiment=experiment)
    assert (row["variant"], row["n"], row["control_n"]) == (variant, n, n)
    assert (row["rate"], row["control_rate"]) == (x / n, y / n)
    assert row["lift_rel"] == pytest.approx(lift, abs=1e-9)
    assert row["verdict"] == "ship"
    assert (row["srm_p"], row["split"], row["timing"]) == (1.0, "as_planned", "within")
    low, high = confint_proportions_2indep(x, n, y, n, compare="diff", method="newcomb")
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-7)
    assert row["p"] == pytest.approx(proportions_ztest([x, y], [n, n])[1], rel=1e-9)


def test_together_they_are_one_family(reading: Reading) -> None:
    rows = reading.rows("experiments", "results")
    raw = [proportions_ztest([x, y], [n, n])[1] for _, _, n, x, y, _, _ in MADE]
    adjusted = [row["p_adjusted"] for row in rows]
    assert adjusted == pytest.approx(multipletests(raw, method="holm")[1], rel=1e-9)


@pytest.mark.parametrize("made", MADE, ids=lambda made: made[1])
def test_what_a_user_is_worth(
    reading: Reading, made: tuple[str, str, int, int, int, float, float]
) -> None:
    experiment, _, n, x, y, lift, spent = made
    row = reading.row("experiments", "revenue", experiment=experiment)
    assert row["value"] == pytest.approx(x * spent / n)
    assert row["lift_rel"] == pytest.approx(lift)
    assert (row["winsorised"], row["cap"]) == (False, None)

    def sides(k: int) -> tuple[float, float, int]:
        mean = k * spent / n
        squares = k * spent**2 * 1.65
        return mean, float(((squares - n * mean * mean) / (n - 1)) ** 0.5), n

    welch = stats.ttest_ind_from_stats(*sides(x), *sides(y), equal_var=False)
    # a thousand degrees stand for any more, to the safe side
    assert row["p"] == pytest.approx(2 * stats.t.sf(welch.statistic, 1000), rel=1e-6)
    assert row["p"] > welch.pvalue
    _, *variants = reading.findings("experiments")
    found = variants[MADE.index(made)]
    assert found["code"] == "experiment_ship"
    # had the control's users spent alike: the buyers more, at what one spends
    assert found["impact"]["value"] == pytest.approx((x - y) * spent)
    assert 0 < found["impact"]["low"] < found["impact"]["value"] < found["impact"]["high"]


def test_the_answer(reading: Reading) -> None:
    answer, *others = reading.findings("experiments")
    assert "All 3 experiments" in answer["headline"]
    assert "+35.0" in answer["headline"]
    assert "Pre-order discount won" in others[2]["headline"]
    assert {finding["code"] for finding in others} == {"experiment_ship"}
