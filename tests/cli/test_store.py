"""What stands in a store is never lost, never stale, and never somebody else's."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import Done, session_rows, write_sessions

Run = Callable[..., Done]
EXAMPLE = Path(__file__).parents[2] / "examples" / "campaign" / "exports"


def gmv(folder: str = "review") -> float:
    review = json.loads(Path(folder, "review.json").read_text("utf-8"))
    return float(review["scorecard"][0]["value"])


def test_a_report_follows_what_was_ingested_since(run: Run) -> None:
    rows = session_rows()
    write_sessions(Path("exports/sessions.csv"), rows[:2])
    assert run("ingest", "exports", "--store", "s.duckdb").code == 0
    assert run("report", "--store", "s.duckdb", "-f", "json").code == 0
    assert gmv() == 8_001
    write_sessions(Path("exports/sessions.csv"), [{**rows[0], "gmv_gross": 5_000}, *rows[1:6]])
    assert run("ingest", "exports", "--store", "s.duckdb").code == 0
    assert run("report", "--store", "s.duckdb", "-f", "json").code == 0
    assert gmv() == 5_000 + 4_001 + 4_002 + 4_003 + 4_004 + 4_005


@pytest.mark.parametrize("force", [[], ["--force"]], ids=["added", "forced"])
def test_a_file_that_is_no_store_stays_as_it_is(run: Run, force: list[str]) -> None:
    export = write_sessions(Path("exports/sessions.csv"), session_rows())
    with duckdb.connect("foreign.duckdb") as foreign:
        foreign.execute("create table t as select 1 as a")
    for path in (export, Path("foreign.duckdb")):
        before = path.read_bytes()
        done = run("analyze", "exports", "--store", path, *force, "-f", "json")
        assert done.code in (2, 3)
        assert "is not a livereview store" in done.err
        assert path.read_bytes() == before


def test_sessions_outside_the_window_are_said_to_be(run: Run) -> None:
    write_sessions(Path("exports/sessions.csv"), session_rows())
    window = ("--set", "campaign.start=2025-11-01", "--set", "campaign.end=2025-11-12")
    done = run("analyze", "exports", *window, "-f", "json")
    assert done.code == 3
    assert "none of the 20 sessions (2026-11-01" in done.err
    assert "2025-11-01 06:00 to 2025-11-12 06:00" in done.err


def test_a_campaign_is_not_compared_with_itself(run: Run) -> None:
    write_sessions(Path("exports/sessions.csv"), session_rows())
    done = run("analyze", "exports", "--previous", "exports", "-f", "json")
    assert done.code == 2
    assert "the same file for the same days" in done.err


def test_no_row_taken_says_which_and_why(run: Run) -> None:
    write_sessions(Path("exports/sessions.csv"), [{**session_rows()[0], "gmv_gross": "12x"}])
    done = run("analyze", "exports", "-f", "json")
    assert done.code == 3
    assert "row 2, gmv_gross '12x'" in done.err
    assert ".part" not in done.err


def test_a_damaged_store_can_be_built_anew(run: Run) -> None:
    write_sessions(Path("exports/sessions.csv"), session_rows())
    assert run("analyze", "exports", "--store", "s.duckdb", "-f", "json").code == 0
    whole = Path("s.duckdb").read_bytes()
    Path("s.duckdb").write_bytes(whole[: len(whole) // 3])
    done = run("report", "--store", "s.duckdb", "-f", "json")
    assert done.code == 3
    assert "damaged" in done.err
    assert "--force" in done.err
    assert run("analyze", "exports", "--store", "s.duckdb", "--force", "-f", "json").code == 0


def test_a_store_that_another_process_holds_is_not_replaced(run: Run) -> None:
    write_sessions(Path("exports/sessions.csv"), session_rows())
    holding = (
        "import duckdb, sys; held = duckdb.connect('held.duckdb'); "
        "held.execute('create table t as select 1 as a'); print('ready', flush=True); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        done = run("analyze", "exports", "--store", "held.duckdb", "--force", "-f", "json")
        other.communicate("")
    assert done.code == 3
    assert "in use by another process" in done.err
    with duckdb.connect("held.duckdb") as held:
        assert held.execute("select a from t").fetchall() == [(1,)]


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.8, 1.4, 2.0])
def test_an_interrupt_publishes_nothing(after: float) -> None:
    command = [sys.executable, "-m", "livereview", "analyze", str(EXAMPLE), "-o", "out", "-q"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    if process.returncode == 0:
        pytest.skip("the review was done before the interrupt came")
    assert process.returncode == 130
    left = {path.name for path in Path("out").glob("*")} if Path("out").is_dir() else set()
    assert left <= {"review.duckdb"}


def test_margins_and_the_planned_mix_stay_in_the_store(run: Run) -> None:
    write_sessions(Path("exports/sessions.csv"), session_rows())
    given = (
        "--set",
        "campaign.gross_margin={beauty = 0.55, food = 0.25}",
        "--set",
        "plan.tier_mix={head = 0.3}",
    )
    assert run("analyze", "exports", *given, "--store", "s.duckdb", "-f", "json").code == 0

    def held() -> list[tuple[str, str | None, float]]:
        with duckdb.connect("s.duckdb", read_only=True) as store:
            return store.execute("from assumptions order by all").fetchall()

    expected = [
        ("gross_margin", "beauty", 0.55),
        ("gross_margin", "food", 0.25),
        ("tier_mix", "head", 0.3),
    ]
    assert held() == expected
    # More rows for the same campaign leave what the business has set.
    assert run("ingest", "exports", "--store", "s.duckdb").code == 0
    assert held() == expected


def test_last_year_may_be_a_store(run: Run) -> None:
    rows = session_rows()
    write_sessions(Path("then/sessions.csv"), [{**rows[0], "start_at": "2025-11-01 20:00:00"}])
    assert run("analyze", "then", "--store", "then.duckdb", "-f", "json").code == 0
    write_sessions(Path("exports/sessions.csv"), rows)
    given = ("--set", f"last_year.path='{Path('then.duckdb').resolve()}'", "--select", "gmv_bridge")
    assert run("analyze", "exports", *given, "-f", "json").code == 0
    (section,) = json.loads(Path("review/review.json").read_text("utf-8"))["sections"]
    told = section["frames"]["by_factor"]["rows"]
    assert {row[0] for row in told} == {"last_year"}
    assert sum(row[4] for row in told) == pytest.approx(gmv() - float(str(rows[0]["gmv_gross"])))


LOG = "event_at,session_id,user_key,event\n2026-11-01 20:00:00,s01,u1,enter\n"


@pytest.mark.parametrize("content", [None, "", "a,b\n1,2\n", LOG + '2026-11-01 20:00,"s1\n'])
@pytest.mark.parametrize("is_settled", [True, False], ids=["settled", "fresh"])
def test_a_log_that_is_gone_or_spoiled_is_named_and_the_rest_is_there(
    run: Run, content: str | None, *, is_settled: bool
) -> None:
    write_sessions(Path("exports/sessions.csv"), session_rows())
    log = Path("exports/events.csv")
    log.write_text(LOG)
    report = ("report", "--store", "s.duckdb", "-f", "json", "--select", "funnel")
    assert run("ingest", "exports", "--store", "s.duckdb").code == 0
    if is_settled:
        assert run(*report).code == 0
    log.unlink()
    if content is not None:
        log.write_text(content)
    done = run(*report, "--select", "goals")
    assert f"{log.resolve()}: the behaviour log is not there, or no longer" in done.err
    assert "put it back and ingest it again" in done.err
    assert "Traceback" not in done.err
    review = json.loads(Path("review/review.json").read_text("utf-8"))
    assert {s["slug"]: s["status"] for s in review["sections"]} == {
        "goals": "ok",
        "funnel": "failed",
    }
    log.write_text(LOG)
    assert run("ingest", "exports", "--store", "s.duckdb").code == 0
    assert run(*report).code == 0
