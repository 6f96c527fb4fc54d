"""The exit code says how a run ended: every code, and which wins where several apply."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from livereview.errors import ExitCode
from livereview.report.junit import JunitReporter
from livereview.review import STORE_NAME
from tests.cli.conftest import (
    GMV,
    JSON,
    QUICK,
    Done,
    break_analysis,
    fail,
    fill,
    reviewed,
    session_rows,
    write_sessions,
)

Run = Callable[..., Done]

MET, UNMET = f"gmv >= {GMV}", f"gmv > {GMV}"
AMBIGUOUS = "data_quality.coverage.sessions.filled_share >= 0"


@pytest.fixture(scope="module")
def contradicting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of exports in which one session refunds more than it sold."""
    rows = session_rows()
    rows[3]["refund_amount"] = 9_999
    return fill(tmp_path_factory.mktemp("contradicting"), rows) / STORE_NAME


class TestEvery:
    """Every code, reached from the command line."""

    def test_0_done(self, run: Run, made: Path) -> None:
        done = run("report", "--store", made / STORE_NAME, "--gate", MET, *QUICK)
        assert done.code == 0, done.err

    @pytest.mark.parametrize(
        ("fail_on", "select", "code"),
        [("act", "goals", 1), ("watch", "goals", 1), ("never", "goals", 0),
         ("act", "schedule", 0), ("watch", "schedule", 0)],
    )  # fmt: skip
    def test_1_a_finding_as_severe_as_fail_on(
        self, run: Run, made: Path, fail_on: str, select: str, code: int
    ) -> None:
        store = made / STORE_NAME
        done = run("report", "--store", store, *JSON, "--select", select, "--fail-on", fail_on)
        assert done.code == code

    @pytest.mark.parametrize("gate", [UNMET, "cac <= 100"], ids=str)
    def test_1_a_gate_that_failed_or_is_missing(self, run: Run, made: Path, gate: str) -> None:
        done = run("report", "--store", made / STORE_NAME, "--gate", gate, *QUICK)
        assert done.code == 1
        assert "error" not in done.err
        assert "error" not in reviewed(Path("review"))

    def test_2_configuration(self, run: Run, exports: Path, folder: Path) -> None:
        (folder / "livereview.toml").write_text("[campaign]\nnmae = 'x'\ncurrency = 'RMB'\n")
        done = run("analyze", "exports")
        assert (done.code, done.out) == (2, "")
        assert [line for line in done.err.splitlines() if line.startswith(("error", "hint"))] == [
            "error: livereview.toml:2: unknown key nmae in [campaign]",
            "hint: did you mean name?",
            'error: livereview.toml:3: campaign.currency = "RMB" is not a currency code',
            'hint: write "CNY"',
        ]
        document = reviewed(folder / "review")
        assert document["error"]["code"] == 2
        assert [m["hint"] for m in document["error"]["messages"]] == [
            "did you mean name?",
            'write "CNY"',
        ]
        assert document["sections"] == []

    def test_2_a_gate_that_several_rows_answer_to(self, run: Run, made: Path) -> None:
        done = run("report", "--store", made / STORE_NAME, "--gate", AMBIGUOUS, *QUICK)
        assert done.code == 2
        assert f"error: gate {AMBIGUOUS}: " in done.err
        assert "rows answer to it, in coverage" in done.err
        assert "error" not in reviewed(Path("review"))

    def test_3_no_readable_source(self, run: Run, folder: Path) -> None:
        (folder / "exports").mkdir()
        for arguments in ([], ["exports"], ["missing"], ["*.csv"]):
            done = run("analyze", *arguments)
            assert (done.code, done.out) == (3, ""), arguments
            assert "error: " in done.err
            assert reviewed(folder / "review")["error"]["code"] == 3

    def test_3_a_required_column_is_missing(self, run: Run, folder: Path) -> None:
        rows = [{k: v for k, v in row.items() if k != "start_at"} for row in session_rows()]
        write_sessions(folder / "exports" / "sessions.csv", rows)
        done = run("analyze", "exports")
        assert done.code == 3
        assert "sessions.csv" in done.err
        assert "start_at" in done.err

    def test_3_the_data_contradict_themselves(self, run: Run, contradicting: Path) -> None:
        done = run("report", "--store", contradicting, "--fail-on", "watch", "-f", "html,json")
        assert done.code == 3
        assert [line.split(":")[0] for line in done.err.splitlines()[-2:]] == ["error", "hint"]
        status = {s["slug"]: s["status"] for s in reviewed(Path("review"))["sections"]}
        assert status["data_quality"] == "ok"
        assert status["goals"] == "empty"
        assert Path("review/review.html").is_file()

    def test_4_an_analysis_failed(
        self, run: Run, made: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        break_analysis(monkeypatch, "goals")
        whole = ("report", "--store", made / STORE_NAME, "--fail-on", "watch", *JSON)
        done = run(*whole)
        assert done.code == 4
        assert "goals: failed: ZeroDivisionError: a planted fault" in done.err
        assert "Traceback" not in done.err
        status = {s["slug"]: s["status"] for s in reviewed(Path("review"))["sections"]}
        assert status["goals"] == "failed"
        assert status["anchors"] == "ok"
        assert "error" not in reviewed(Path("review"))
        assert "Traceback" in run(*whole, "--debug").err

    @pytest.mark.parametrize(
        "gate", [[], ["--gate", "anchors.tiers.head.hours > 0"]], ids=["", "gate"]
    )
    def test_4_an_analysis_failed_that_is_needed_and_not_shown(
        self, run: Run, made: Path, monkeypatch: pytest.MonkeyPatch, gate: list[str]
    ) -> None:
        broken = "anchors" if gate else "goals"
        break_analysis(monkeypatch, broken)
        done = run("report", "--store", made / STORE_NAME, "--select", "schedule", *gate, *JSON)
        assert done.code == 4
        status = {s["slug"]: s["status"] for s in reviewed(Path("review"))["sections"]}
        assert status == {"schedule": "ok", broken: "failed"}

    def test_5_internal(
        self, run: Run, exports: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fail(monkeypatch, RuntimeError("a planted\nfault"))
        done = run("analyze", "exports")
        assert done.code == 5
        assert done.err.splitlines()[-2:] == [
            "error: internal error: RuntimeError: a planted fault",
            "hint: run again with --debug for the traceback, and report it",
        ]
        assert "Traceback" not in done.err
        assert reviewed(folder / "review")["error"]["code"] == 5
        assert "Traceback" in run("analyze", "exports", "--debug").err

    def test_130_interrupted(
        self, run: Run, exports: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("analyze", "exports", *QUICK)
        before = (folder / "review" / "review.json").read_bytes()
        fail(monkeypatch, KeyboardInterrupt())
        done = run("analyze", "exports")
        assert (done.code, done.out) == (130, "")
        assert done.err.splitlines()[-1] == "interrupted"
        assert (folder / "review" / "review.json").read_bytes() == before


# --- which code wins

CODES = {"internal": 5, "data": 3, "usage": 2, "partial": 4, "gate": 1}
"""What can go wrong with a run that comes to a review, the worst first."""


# No fault, every fault, and every two that one run can have: where the data contradict themselves
# nothing is worked out that could fail.
PAIRS = [
    faults
    for size in range(3)
    for faults in itertools.combinations(CODES, size)
    if not {"data", "partial"} <= set(faults)
]


@pytest.mark.parametrize("faults", PAIRS, ids="+".join)
def test_the_worst_of_two_is_told(
    run: Run,
    made: Path,
    contradicting: Path,
    monkeypatch: pytest.MonkeyPatch,
    faults: tuple[str, ...],
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("a planted fault")

    if "internal" in faults:
        monkeypatch.setattr(JunitReporter, "render", breaks)
    if "partial" in faults:
        break_analysis(monkeypatch, "schedule")
    store = contradicting if "data" in faults else made / STORE_NAME
    gates = [UNMET] * ("gate" in faults) + [AMBIGUOUS] * ("usage" in faults)
    done = run(
        "report", "--store", store, *JSON, "--select", "schedule",
        *(part for gate in [MET, *gates] for part in ("--gate", gate)),
    )  # fmt: skip
    assert done.code == next((CODES[fault] for fault in CODES if fault in faults), 0), done.err
    check_apart(Path("review"), faults)


def check_apart(folder: Path, faults: tuple[str, ...]) -> None:
    """Check that each fault is told as what it is, beside the others."""
    document = reviewed(folder)
    gates = {gate["name"]: gate["status"] for gate in document["gates"]}
    stopped = "data" in faults
    assert ("error" in document) == ("internal" in faults)
    assert gates[MET] == ("missing" if stopped else "passed")
    if "gate" in faults:
        assert gates[UNMET] == ("missing" if stopped else "failed")
    if "usage" in faults:
        assert gates[AMBIGUOUS] == "missing"
    statuses = {section["slug"]: section["status"] for section in document["sections"]}
    assert statuses == {
        "schedule": "failed" if "partial" in faults else "empty" if stopped else "ok"
    }
    root = ET.parse(folder / "junit.xml").getroot()
    failed = {
        (suite.get("name"), case.get("name"), part.tag)
        for suite in root
        for case in suite
        for part in case
        if part.tag in ("failure", "error")
    }
    expected = set()
    if "internal" in faults:
        expected.add(("run", "livereview", "error"))
    if "data" in faults:
        expected.add(("data checks", "data_quality", "failure"))
        expected.add(("gates", MET, "failure"))
    if "usage" in faults:
        expected.add(("gates", AMBIGUOUS, "error"))
    if "partial" in faults:
        expected.add(("analyses", "schedule", "error"))
    if "gate" in faults:
        expected.add(("gates", UNMET, "failure"))
    assert failed == expected


def test_the_order_is_that_of_the_interface() -> None:
    codes = (130, 5, 3, 2, 4, 1, 0)
    for better, worse in itertools.combinations(reversed(codes), 2):
        assert ExitCode.worst(ExitCode(better), ExitCode(worse)) == worse
        assert ExitCode.worst(ExitCode(worse), ExitCode(better)) == worse
    assert ExitCode.worst() == 0
