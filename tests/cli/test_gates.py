"""Gates from the command line and the configuration, and what a CI system gets to see of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.text import Text

from livereview import battery, gates
from livereview.cli.console import Console
from livereview.review import STORE_NAME
from tests.cli.conftest import CONFIG, GMV, JSON, QUICK, Done, break_analysis, reviewed

Run = Callable[..., Done]

ROOT = Path(__file__).parents[2]
TIER = "anchors.tiers.head.hours > 0"


@pytest.fixture
def report(run: Run, made: Path) -> Run:
    """Review the store that is made already."""

    def runner(*arguments: str) -> Done:
        return run("report", "--store", made / STORE_NAME, *QUICK, *arguments)

    return runner


def outcomes(folder: Path = Path("review")) -> dict[str, str]:
    return {gate["name"]: gate["status"] for gate in reviewed(folder)["gates"]}


def told(done: Done) -> list[str]:
    return [line for line in done.err.splitlines() if line.startswith(("error", "hint"))]


# --- where rules come from


def test_rules_of_configuration_and_flags_are_judged_together(
    run: Run, exports: Path, folder: Path
) -> None:
    rules = "[gates]\nrules = ['goals.gmv.attainment >= 5%', 'gmv>=1_000_000']\n"
    (folder / "livereview.toml").write_text(CONFIG + rules, "utf-8")
    done = run("analyze", "-f", "html,md,json", "--select", "goals", "--gate", "refund_rate <= 25%",
               "--gate", "gmv >= 1_000_000", "--fail-on", "watch")  # fmt: skip
    assert done.code == 1, done.err
    assert "does not use" not in done.err
    assert outcomes() == {
        "goals.gmv.attainment >= 5%": "passed",
        "gmv >= 1_000_000": "failed",
        "refund_rate <= 25%": "passed",
        "findings.act == 0": "failed",
        "findings.watch == 0": "passed",
    }
    gmv = reviewed(Path("review"))["gates"][1]
    assert (gmv["value"], gmv["limit"], gmv["distance"]) == (GMV, 1e6, GMV - 1e6)
    assert (gmv["unit"], gmv["reason"]) == ("money", None)
    assert "Gates  3 of 5 passed" in done.out
    assert "gmv >= 1_000_000: ¥80,190 against a limit of ¥1.00M" in done.out
    root = ET.parse("review/junit.xml").getroot()
    assert (root.get("failures"), root.get("errors")) == ("2", "0")
    for name in ("review.html", "review.md", "summary.md"):
        page = (Path("review") / name).read_text("utf-8")
        assert "refund" in page
        assert "¥1.00M" in page, name


def test_wrong_rules_are_told_at_once_each_with_its_place(
    run: Run, exports: Path, folder: Path
) -> None:
    rules = "\n[gates]\nrules = [\n  'gmv => 1',\n  'gmv >= 1',\n  'anchors.head.hours > 0',\n]\n"
    (folder / "livereview.toml").write_text(CONFIG + rules, "utf-8")
    done = run("analyze", *QUICK, "--gate", "refnd_rate <= 1", "--gate", "goals.gmv.gpa > 0")
    assert (done.code, done.out) == (2, "")
    place = f"livereview.toml:{CONFIG.count(chr(10)) + 3}"
    assert told(done) == [
        f"error: {place}: 'gmv => 1': => is not an operator",
        "hint: did you mean >=?",
        f"error: {place}: 'anchors.head.hours > 0': head is in tiers and in tier_mix of anchors",
        "hint: anchors.tiers.head.hours or anchors.tier_mix.head.hours",
        "error: --gate: 'refnd_rate <= 1': there is no metric 'refnd_rate'",
        "hint: did you mean refund_rate?",
        "error: --gate: 'goals.gmv.gpa > 0': goals has no column of numbers 'gpa'",
        "hint: did you mean gap?",
    ]


def test_a_rule_that_is_set_is_told_by_its_flag(run: Run, exports: Path) -> None:
    done = run("analyze", "exports", *QUICK, "--set", "gates.rules=['gmv ≥ 1']")
    assert told(done) == [
        "error: --set gates.rules=['gmv ≥ 1']: 'gmv ≥ 1': ≥ is not an operator",
        "hint: did you mean >=?",
    ]


@pytest.mark.parametrize("rule", ["", "  "])
def test_an_empty_rule_is_a_slip(run: Run, exports: Path, rule: str) -> None:
    done = run("analyze", "exports", "--gate", rule)
    assert done.code == 2
    assert "it is empty" in done.err
    assert not Path("review").exists()


@pytest.mark.parametrize(("missing", "code"), [("fail", 1), ("skip", 0)])
def test_a_figure_that_is_not_there_fails_or_is_skipped(
    run: Run, exports: Path, folder: Path, missing: str, code: int
) -> None:
    (folder / "livereview.toml").write_text(f"[gates]\nmissing = '{missing}'\n", "utf-8")
    rules = ("cac <= 100", "goals.gmv.attainment > 0", "anchors.a9.gmv > 0")
    flags = [part for rule in rules for part in ("--gate", rule)]
    done = run("analyze", *QUICK, *flags)
    assert done.code == code, done.err
    assert set(outcomes().values()) == {"missing" if code else "skipped"}
    reasons = [gate["reason"] for gate in reviewed(Path("review"))["gates"]]
    assert reasons[1:] == ["The figure is not known.", "There is no row a9."]
    root = ET.parse("review/junit.xml").getroot()
    ends = (root.get("failures"), root.get("skipped"))
    assert ends == (("3", "0") if code else ("0", "3"))
    ambiguous = ("--gate", "data_quality.coverage.sessions.filled_share >= 0")
    assert run("analyze", *QUICK, *flags, *ambiguous).code == 2


def test_a_gate_may_look_into_what_is_not_shown(report: Run) -> None:
    assert report("--gate", TIER, "--gate", "anchors.cr1 > 0.9").code == 1
    assert outcomes() == {TIER: "passed", "anchors.cr1 > 0.9": "failed"}
    assert [section["slug"] for section in reviewed(Path("review"))["sections"]] == ["goals"]


def test_findings_are_counted_where_they_are_shown(report: Run) -> None:
    assert report("--gate", TIER, "--gate", "findings.act == 1").code == 0
    assert report("--gate", TIER, "--gate", "findings.act == 0").code == 1
    assert (
        report("--exclude", "goals", "--select", "schedule", "--gate", "findings.act == 0").code
        == 0
    )


def test_every_rule_of_the_documentation_can_be_judged() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    section = page.partition("## `[gates]`")[2].partition("\n## ")[0]
    rules = re.findall(r"^\| `([^`]+ (?:[<>]=?|[=!]=) [^`]+)` \|", section, re.MULTILINE)
    assert len(rules) == 7
    scaffold = (ROOT / "src/livereview/cli/livereview.toml").read_text("utf-8")
    (listed,) = re.findall(r"^# (rules = .*)$", scaffold, re.MULTILINE)
    rules += tomllib.loads(listed)["rules"]
    frames = {room.slug: room.analysis.frames for room in battery.discover()}
    assert {rule.name for rule in gates.read([("docs", rule) for rule in rules], frames)} == {
        *rules
    }
    unused = [line for line in scaffold.splitlines() if "not used yet" in line]
    assert not any("gates" in line for line in unused)


# --- what a workflow on GitHub sees


@pytest.fixture
def workflow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run as a step of a workflow; return the file of its summary."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "steps.md"))
    (folder / "steps.md").write_text("before\n", "utf-8")
    return folder / "steps.md"


def commands(done: Done) -> list[str]:
    """Return what the runner takes for commands, in either of its two forms."""
    lines = (done.out + done.err).splitlines()
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


def test_gates_that_failed_are_marked(report: Run, workflow: Path) -> None:
    done = report("--gate", f"gmv > {GMV}", "--gate", f"gmv >= {GMV}", "--gate", "cac <= 100")
    assert done.code == 1
    title = "::error title=livereview%3A gate"
    reason = "Cost per new buyer is not on the scorecard; give it a target."
    assert commands(done) == [
        f"{title} failed::gmv > {GMV}: ¥80,190 against a limit of ¥80,190: ¥0",
        f"{title} missing::cac <= 100: {reason}",
    ]
    assert report("--gate", f"gmv >= {GMV}").err == ""


def test_without_a_workflow_nothing_is_marked(
    report: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "steps.md"))
    assert commands(report("--gate", f"gmv > {GMV}")) == []
    assert f"gmv &gt; {GMV}" in (folder / "steps.md").read_text("utf-8")


def test_faults_are_marked_once_each(
    report: Run, workflow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_analysis(monkeypatch, "goals")
    ambiguous = "data_quality.coverage.sessions.filled_share >= 0"
    done = report("--gate", ambiguous)
    assert done.code == 2
    assert [command.partition("::")[2].partition("::")[0] for command in commands(done)] == [
        "error title=livereview%3A error",
        "error title=livereview%3A analysis failed",
    ]
    assert sum(ambiguous in command for command in commands(done)) == 1


def test_an_error_is_marked_with_its_remedy(run: Run, workflow: Path) -> None:
    done = run("analyze", "missing")
    assert done.code == 3
    (command,) = commands(done)
    assert command.startswith("::error title=livereview%3A error::missing: ")


@pytest.mark.parametrize(
    ("title", "said", "command"),
    [
        ("a", "b", "::error title=livereview%3A a::b"),
        ("100%", "5% off", "::error title=livereview%3A 100%25::5%25 off"),
        ("a:b,c::d", "e::f, g:h", "::error title=livereview%3A a%3Ab%2Cc%3A%3Ad::e::f, g:h"),
        ("x\ny\r\nz", "one\ntwo\rthree", "::error title=livereview%3A x y z::one two three"),
        ("\x1b[31mred", "\u202egnp\x00", "::error title=livereview%3A red::gnp"),
        ("%0A", "%0A::error::x", "::error title=livereview%3A %250A::%250A::error::x"),
    ],
)
def test_a_command_is_one_line_and_holds_no_other(
    capfd: pytest.CaptureFixture[str], title: str, said: str, command: str
) -> None:
    Console({"GITHUB_ACTIONS": "true"}).annotate("error", title, said)
    assert capfd.readouterr().err == command + "\n"


NAMES = ("::add-mask::x", "##[add-mask]x", " ::error::x", "a\n::stop-commands::x")


@pytest.mark.parametrize("name", NAMES)
def test_no_name_becomes_a_command(run: Run, exports: Path, workflow: Path, name: str) -> None:
    (exports / name.replace("\n", "\r")).with_suffix(".csv").write_text("a,b\n1,2\n", "utf-8")
    for _ in range(2):  # the second run only repeats the first
        done = run("analyze", "exports", *QUICK, "--set", f'campaign.name="""{name}"""')
        assert done.code == 0, done.err
        assert commands(done) == []
    assert "x" in done.out.splitlines()[0]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_in_a_table_becomes_a_command(capfd: pytest.CaptureFixture[str], name: str) -> None:
    Console({"GITHUB_ACTIONS": "true"}).show(Text(name))
    shown = capfd.readouterr().out
    assert "x" in shown
    assert not re.search(r"(?m)^\s*::|##\[", shown)


@pytest.mark.parametrize("name", NAMES)
def test_outside_a_workflow_names_stay_as_they_are(
    capfd: pytest.CaptureFixture[str], name: str
) -> None:
    console = Console({})
    assert console.harmless(name) == name
    console.warn(name)
    assert capfd.readouterr().err == re.sub(r"\s+", " ", name).strip() + "\n"


def test_the_summary_is_appended_once_a_run(report: Run, run: Run, workflow: Path) -> None:
    gate = ("--gate", f"gmv > {GMV}")
    assert report(*gate).code == 1
    first = workflow.read_text("utf-8").removeprefix("before\n")
    assert first == Path("review/summary.md").read_text("utf-8") + "\n"
    assert first.count("# Tiny") == 1
    assert report(*gate).code == 1
    assert workflow.read_text("utf-8") == f"before\n{first}{first}"
    assert run("analyze", "missing", *gate).code == 3
    last = workflow.read_text("utf-8").removeprefix(f"before\n{first}{first}")
    assert last == Path("review/summary.md").read_text("utf-8") + "\n"
    assert "missing" in last


def test_the_summary_of_a_run_that_must_not_write_is_appended_too(
    run: Run, exports: Path, workflow: Path
) -> None:
    assert run("analyze", "exports", "-o", "exports").code == 2
    assert "the folder the exports are in" in workflow.read_text("utf-8")
    assert [path.name for path in exports.iterdir()] == ["sessions.csv"]


def test_a_summary_that_cannot_be_appended_costs_no_review(
    report: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "none" / "steps.md"))
    done = report(*JSON)
    assert done.code == 0
    assert (
        done.err
        == f"warning: {folder}/none/steps.md cannot be written: No such file or directory\n"
    )
