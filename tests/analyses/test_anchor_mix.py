"""The planned mix of tiers, worked by hand and by its laws, and what dependency on one costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.analyses.anchors.tier_mix import planned_mix, tier_mix
from livereview.errors import AnalysisError
from livereview.model import Finding, Message, Quantity
from tests.analyses.case import cases, run
from tests.analyses.test_anchors import found, of_roster, reviewed

SCHEMA = {
    "tier": pl.String,
    "planned_share": pl.Float64,
    "gmv": pl.Float64,
    "sessions": pl.Int64,
    "hours": pl.Float64,
    "gmv_per_session": pl.Float64,
    "gmv_per_hour": pl.Float64,
    "contribution_rate": pl.Float64,
}
LIMITS = {"mix_moved": 0.01, "mix_sessions": 0.25}
NOBODY = pl.DataFrame(
    schema={
        "anchor_id": pl.String,
        "anchor_name": pl.String,
        "tier": pl.String,
        "gmv_per_hour": pl.Float64,
        "live_days": pl.Int64,
    }
)


def plan(**tiers: tuple[float | None, float, int, float | None]) -> pl.DataFrame:
    """Return a plan: tier -> (planned share, GMV, sessions, contribution rate)."""
    rows = [
        (tier, share, gmv, sessions, None, gmv / sessions if sessions else None, None, rate)
        for tier, (share, gmv, sessions, rate) in tiers.items()
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def priced(frame: pl.DataFrame, tiers: dict[str, Any] | None = None) -> Finding:
    (finding,) = planned_mix(tier_mix(frame), tiers or {}, NOBODY, LIMITS)
    return finding


def worth(finding: Finding) -> float:
    assert finding.impact is not None
    return float(finding.impact.value)


EXAMPLE = plan(
    head=(0.3, 540e6, 45, 0.10), mid=(0.5, 420e6, 136, 0.12), tail=(None, 240e6, 610, None)
)


def test_the_example_by_hand() -> None:
    """180 M of 1200 M goes from 45 sessions of 12 M to 136 of 3.09 M: 15 less, 58.3 more."""
    mix = tier_mix(EXAMPLE)
    assert mix["planned_gmv"].to_list() == pytest.approx([360e6, 600e6, 240e6])
    assert mix["gmv_moved"].to_list() == pytest.approx([-180e6, 180e6, 0.0])
    assert mix["gmv_moved"][2] == 0.0
    assert mix["sessions_needed"].to_list() == pytest.approx([30, 136 * 600 / 420, 610])
    finding = priced(EXAMPLE, {"mid": {"anchors": 17}})
    assert finding.headline.count == 59
    assert (finding.severity, finding.grade, finding.topic) == ("watch", "estimate", "tier_mix")
    assert worth(finding) == pytest.approx(180e6 * 0.02)
    assert finding.detail is not None
    slots = finding.detail.args["slots"]
    assert isinstance(slots, Message)
    said = {k: a.value for k, a in slots.args.items() if isinstance(a, Quantity)}
    assert said == {"fewer": 15, "of": 45, "n": 17, "needed": 195 / 17, "now": 8.0}


def test_a_margin_that_is_not_known_leaves_contribution_open() -> None:
    frame = plan(head=(0.3, 50, 5, None), mid=(None, 50, 5, 0.1))
    finding = priced(frame)
    assert finding.impact is None
    assert finding.measures[-1].value is None


def test_few_sessions_more_at_a_loss_are_watched() -> None:
    """5 of 100 moves: a tenth more sessions, to where a sale contributes less."""
    gains, loses = (
        priced(plan(head=(0.45, 50, 5, rate), mid=(None, 50, 5, 0.1))) for rate in (0.05, 0.2)
    )
    assert (gains.severity, loses.severity) == ("note", "watch")
    assert (worth(gains), worth(loses)) == pytest.approx((0.25, -0.5))


def test_a_mix_as_planned_is_no_news() -> None:
    frame = plan(head=(0.5, 50, 5, 0.1), mid=(None, 50, 5, 0.1))
    assert list(planned_mix(tier_mix(frame), {}, NOBODY, LIMITS)) == []


def test_shares_that_do_not_make_one_are_an_error() -> None:
    with pytest.raises(AnalysisError, match="left over"):
        tier_mix(plan(head=(0.3, 50, 5, None), mid=(0.3, 50, 5, None)))


@given(
    st.lists(st.integers(0, 10**12), min_size=3, max_size=3).filter(any),
    st.lists(st.floats(0, 1), min_size=2, max_size=2).filter(lambda shares: sum(shares) <= 1),
    st.integers(1, 2),
)
def test_what_one_tier_gains_the_others_lose(
    cents: list[int], shares: list[float], planned: int
) -> None:
    gmv = [amount / 100 for amount in cents]
    total = sum(gmv)
    given_shares = [*shares[:planned], None, None][:3]
    names = ("head", "mid", "tail")
    mix = tier_mix(
        plan(**{t: (s, g, 1, None) for t, s, g in zip(names, given_shares, gmv, strict=True)})
    )
    assert mix["gmv_moved"].sum() == pytest.approx(0, abs=1e-9 * total)
    assert mix["planned_share"].sum() == pytest.approx(1)
    for row, wanted in zip(mix.to_dicts(), given_shares, strict=True):
        assert row["planned_gmv"] >= 0
        if wanted is not None:
            assert row["planned_gmv"] == pytest.approx(wanted * total, abs=1e-12 * total)
    if planned == 1 and gmv[1] + gmv[2] > 0:
        ratio = gmv[1] * mix["planned_gmv"][2], gmv[2] * mix["planned_gmv"][1]
        assert ratio[0] == pytest.approx(ratio[1], rel=1e-6, abs=1e-9 * total**2)


def test_the_one_who_carries_it_is_priced_at_stand_ins(tmp_path: Path) -> None:
    """x makes 70 an hour in one hour, the others 10, 20 and 30."""
    (case,) = (case for case in cases("anchors") if case.name.startswith("the price of the one"))
    finding = found(run(case, tmp_path), "one_person_dependency")
    # Nothing is lost yet: it is a measure, not an impact.
    assert finding.impact is None
    at_risk = next(one for one in finding.measures if one.name == "gmv_at_risk")
    assert (at_risk.value, at_risk.low, at_risk.high) == (50.0, 45.0, 55.0)
    assert (finding.grade, finding.topic) == ("estimate", "dependency")


def test_without_hours_there_is_no_price(tmp_path: Path) -> None:
    tiers = of_roster({"head": (1, 100), "mid": (12, 10)}, head={"duration_s": None})
    finding = found(reviewed(tmp_path, {"current": tiers}), "one_person_dependency")
    assert (finding.impact, finding.grade, finding.topic) == (None, "fact", "dependency")


def test_who_only_sells_is_held_against_the_own_tier(tmp_path: Path) -> None:
    """All of the head interact below the median; only one does so below half of the others."""
    tiers = of_roster(
        {"head": (4, 100), "mid": (12, 10)},
        head={"viewers_uv": 1000, "interactions_uv": 120},
        mid={"viewers_uv": 1000, "interactions_uv": 280},
    )
    section = reviewed(tmp_path, {"current": tiers})
    assert set(section.frames["anchors"].rows["quadrant"]) == {"selling_machine", "entertainer"}
    assert "selling_machine" not in [finding.code for finding in section.findings]

    tiers["sessions"][2]["interactions_uv"] = 40
    (tmp_path / "again").mkdir()
    finding = found(reviewed(tmp_path / "again", {"current": tiers}), "selling_machine")
    assert (finding.subject, finding.severity) == ("head2", "watch")
    figures = {measure.name: measure.value for measure in finding.measures}
    assert figures["interaction_rate"] == pytest.approx(0.04)
    assert figures["interaction_rate_of_others"] == pytest.approx(0.12)
    assert figures["gmv"] == 100
