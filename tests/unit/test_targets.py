"""Targets from targets.csv and the configuration: the same checks, each target once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from livereview import targets
from livereview.config import assume, load
from livereview.errors import UsageError, UsageProblems
from livereview.ingest import Settings, ingest
from livereview.store import Target
from tests.stores import created

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "metric,scope_type,scope,day,direction,target\n"


def gathered(folder: Path, rows: str, *overrides: str) -> list[Target]:
    """Return the targets of a file with these rows and of `--set`."""
    path = folder / "targets.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    with created(folder / "store.duckdb") as store:
        ingest(store, [path], settings=Settings(base=folder))
        return targets.gather(assume("campaign", folder, overrides), store)


def problems(folder: Path, rows: str) -> list[tuple[str, str]]:
    with pytest.raises(UsageProblems) as caught:
        gathered(folder, rows)
    return [(problem.message, problem.hint) for problem in caught.value.problems]


def test_every_scope_has_its_target(tmp_path: Path) -> None:
    rows = (
        "gmv,,,,,1000\n"
        "gmv,platform,douyin,,,600\n"
        "gmv,day,,2026-11-01,,50\n"
        "gmv,day,2026-11-02,,,60\n"
        "refund_rate,,,,,0.2\n"
        "sessions,,,,down,9\n"
    )
    found = {(t.metric, t.scope_type, t.scope, t.day): t for t in gathered(tmp_path, rows)}
    assert {key: (t.target, t.direction) for key, t in found.items()} == {
        ("gmv", "campaign", None, None): (1000, "up"),
        ("gmv", "platform", "douyin", None): (600, "up"),
        ("gmv", "day", None, date(2026, 11, 1)): (50, "up"),
        ("gmv", "day", None, date(2026, 11, 2)): (60, "up"),
        ("refund_rate", "campaign", None, None): (0.2, "down"),
        ("sessions", "campaign", None, None): (9, "down"),
    }


def test_the_configuration_goes_before_the_file(tmp_path: Path) -> None:
    found = gathered(tmp_path, "gmv,,,,,1000\naov,,,,,80\n", "targets.gmv=2_000")
    assert {t.metric: t.target for t in found} == {"gmv": 2000, "aov": 80}


@pytest.mark.parametrize(
    ("metric", "value"), [("refund_rate", 20), ("refund_rate", -0.2), ("gmv", -1), ("gvm", 1)]
)
def test_a_row_passes_the_checks_of_the_configuration(
    tmp_path: Path, metric: str, value: float
) -> None:
    (told,) = problems(tmp_path, f"{metric},,,,,{value}\n")
    (tmp_path / "livereview.toml").write_text(f"[targets]\n{metric} = {value}\n", "utf-8")
    with pytest.raises(UsageError) as caught:
        load(tmp_path / "livereview.toml")
    assert told[0].startswith("targets.csv:2: ")
    if metric == "gvm":
        assert "did you mean 'gmv'?" in told[1]
        assert "did you mean gmv?" in caught.value.hint
    else:
        fact = told[0].removeprefix("targets.csv:2: ")
        assert f": targets.{fact}" in caught.value.message
        assert told[1] == caught.value.hint


def test_every_wrong_row_is_named_at_once(tmp_path: Path) -> None:
    rows = (
        "gmv,,,,,1000\n"
        "refund_rate,,,,,20\n"
        "gmv,platform,,,,5\n"
        "gmv,day,,,,5\n"
        "gmv,,,,,2000\n"
        "gmv,,,,down,1000\n"
        "gmv,,,,up,1000\n"
    )
    assert problems(tmp_path, rows) == [
        (
            "targets.csv:3: refund_rate is a share and must be from 0 to 1, not 20",
            "write 20 % as 0.2",
        ),
        (
            "targets.csv:4: a target for one platform names no scope",
            "complete the row or remove it",
        ),
        ("targets.csv:5: a target for a day names no day", "complete the row or remove it"),
        (
            "targets.csv:6: the target for gmv is 2000 here and 1000 in targets.csv:2",
            "keep one of them",
        ),
        (
            "targets.csv:7: the direction of gmv is down here and up in targets.csv:2",
            "keep one of them",
        ),
    ]


def test_a_tier_that_does_not_exist_is_told_with_the_nearest(tmp_path: Path) -> None:
    rows = "gmv,anchor_tier,head,,,9\ngmv,anchor_tier,Heads,,,9\ngmv,anchor_tier,top,,,9\n"
    assert problems(tmp_path, rows) == [
        ("targets.csv:3: there is no anchor tier 'Heads'", "did you mean 'head'?"),
        ("targets.csv:4: there is no anchor tier 'top'", "one of: head, mid, tail"),
    ]
