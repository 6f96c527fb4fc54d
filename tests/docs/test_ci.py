"""The recipes for pipelines run as they stand, and leave what the pages say."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from livereview.errors import ExitCode
from tests.cli.conftest import GMV, SEAL, session_rows, write_sessions
from tests.cli.test_readme import commands, options

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / "docs" / name).read_text("utf-8") for name in ("ci.md", "batch.md")}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PINNED = f"livereview=={PROJECT['version']}"
SALT = "a secret of the brand's own"
TARGET = GMV - 100
CONFIG = f"""\
[campaign]
name = "{{name}}"
[targets]
gmv = {TARGET}
"""

Run = Callable[..., "Ran"]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """Commands that ran in a shell: exit code, and what they said."""

    code: int
    out: str
    err: str


def section(title: str, page: str = "ci.md") -> str:
    """Return what stands under a heading."""
    (found,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGES[page], re.MULTILINE | re.DOTALL)
    return str(found)


def block(title: str, language: str, page: str = "ci.md") -> str:
    """Return the one block of code in a language under a heading."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", section(title, page), re.MULTILINE | re.DOTALL)
    (text,) = [text for tag, text in fenced if tag == language]
    return str(text)


def rows(title: str, page: str = "ci.md", table: int = 0) -> list[list[str]]:
    """Return the cells of a table under a heading, without its head."""
    tables = re.findall(r"(?:^\|.*\|\n)+", section(title, page), re.MULTILINE)
    return [line.strip("| \n").split(" | ") for line in tables[table].splitlines()[2:]]


def code(cell: str) -> list[str]:
    """Return what stands in a cell as code."""
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of commands: this livereview; pip and venv that install nothing."""
    folder = tmp_path_factory.mktemp("tools")
    quoted = shlex.quote(sys.executable)
    scripts = {
        "livereview": f'exec {quoted} -m livereview "$@"',
        "pip": f'test "${{1:-}} ${{!#}}" = "install {PINNED}"',
        "python3": 'test "${*:1:2}" = "-m venv" && mkdir -p "$3" && cp -r "${0%/*}" "$3/bin"',
    }
    for name, script in scripts.items():
        path = folder / name
        path.write_text(f"#!/bin/bash\n{script}\n", "utf-8")
        path.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def shell(tools: Path) -> Run:
    """Run commands in a folder as a system does, with nothing of this environment."""

    def runner(command: list[str], folder: Path, **more: str) -> Ran:
        environ = {
            "PATH": f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "PYTHONPATH": str(ROOT / "src"),
            "OPENBLAS_NUM_THREADS": "1",
            "LIVEREVIEW_SALT": SALT,
            **more,
        }
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)
        return Ran(code=done.returncode, out=done.stdout, err=done.stderr)

    return runner


def campaign(folder: Path, name: str = "Tiny", *, days: int = 0, config: str = "") -> Path:
    """Write a campaign of `GMV`, which is above `TARGET`, so many days later."""
    shifted = session_rows()
    for row in shifted:
        for column in ("start_at", "end_at"):
            moment = datetime.fromisoformat(str(row[column])) + timedelta(days=days)
            row[column] = moment.isoformat(sep=" ")
    write_sessions(folder / "exports" / "sessions.csv", shifted)
    (folder / "livereview.toml").write_text(CONFIG.format(name=name) + config, "utf-8")
    return folder


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the gates of the page in its configuration."""
    return campaign(tmp_path_factory.mktemp("gated"), config=block("Gates", "toml"))


def failing(folder: Path) -> Path:
    """Let the campaign in a folder miss its target."""
    config = folder / "livereview.toml"
    config.write_text(config.read_text("utf-8").replace(str(TARGET), str(2 * GMV)), "utf-8")
    return folder


def kept(folder: Path, paths: list[str], excluded: list[str]) -> set[str]:
    """Return the files that patterns choose, seen from `folder`."""

    def matching(patterns: list[str]) -> Iterator[Path]:
        for pattern in patterns:
            whole = f"{pattern}**/*" if pattern.endswith("/") else pattern
            yield from (path for path in folder.glob(whole) if path.is_file())

    found = set(matching(paths)) - set(matching(excluded))
    return {path.relative_to(folder).as_posix() for path in found}


def check_published(files: set[str], folder: Path) -> None:
    """Assert that files for people and programs are published, and no row of an export is."""
    assert {"review/review.html", "review/review.json", "review/junit.xml"} <= files
    assert not {"review/review.duckdb", f"review/{SEAL}"} & files
    assert {path.split("/")[0] for path in files} == {"review"}
    assert ElementTree.parse(folder / "review" / "junit.xml").getroot().tag == "testsuites"


# --- GitHub Actions


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """The workflow of the page and a repository in which it runs."""

    job: dict[str, Any]
    folder: Path
    shell: Run

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The steps of the job."""
        return list(self.job["steps"])

    def using(self, action: str) -> dict[str, Any]:
        """Return the one step that uses an action."""
        (step,) = [step for step in self.steps if step.get("uses", "").startswith(f"{action}@")]
        return step

    def run(self) -> Ran:
        """Run its commands one after another as GitHub does; return the last."""
        env = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self.folder.parent / "step.md"),
        }
        ran = None
        for step in self.steps:
            if "run" in step:
                ran = self.shell(["bash", "-e", "-c", step["run"]], self.folder, **env)
                if ran.code:
                    break
        assert ran is not None
        return ran

    def summary(self) -> str:
        """Return what was added to the summary of the step since it was last asked for."""
        file = self.folder.parent / "step.md"
        text = file.read_text("utf-8")
        file.unlink()
        return text


@pytest.fixture(scope="module")
def workflow(shell: Run, tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """The workflow, in a repository whose figures are good."""
    (job,) = yaml.safe_load(block("GitHub Actions", "yaml"))["jobs"].values()
    folder = campaign(tmp_path_factory.mktemp("github") / "repository")
    return Workflow(job=job, folder=folder, shell=shell)


def test_a_workflow_is_written_as_github_reads_it() -> None:
    said = yaml.safe_load(block("GitHub Actions", "yaml"))
    # `on` is a truth value in YAML 1.1
    assert said.keys() == {"name", True, "permissions", "jobs"}
    assert set(said[True]) == {"push", "workflow_dispatch"}
    assert said["permissions"] == {"contents": "read", "checks": "write"}
    (job,) = said["jobs"].values()
    assert job["env"] == {"LIVEREVIEW_SALT": "${{ secrets.LIVEREVIEW_SALT }}"}
    for step in job["steps"]:
        assert ("uses" in step) != ("run" in step), step
        assert re.fullmatch(r"[\w-]+(/[\w-]+)+@v\d+", step.get("uses", "a/b@v1")), step


def test_a_workflow_publishes_whatever_the_review_comes_to(workflow: Workflow) -> None:
    steps = workflow.steps
    (review,) = [i for i, s in enumerate(steps) if s.get("run", "").startswith("livereview")]
    assert all("if" not in step for step in steps[: review + 1])
    assert {step["if"] for step in steps[review + 1 :]} == {"always()"}
    restored, saved = (workflow.using(f"actions/cache/{what}") for what in ("restore", "save"))
    assert steps.index(restored) < review < steps.index(saved)
    assert {**saved["with"], "restore-keys": "livereview-"} == restored["with"]
    assert saved["with"]["key"].startswith(restored["with"]["restore-keys"])


def test_a_workflow_says_what_the_review_came_to(workflow: Workflow) -> None:
    good = workflow.run()
    assert (good.code, good.err.count("::error")) == (0, 0), good.err
    assert workflow.summary().strip() == (
        (workflow.folder / "review" / "summary.md").read_text("utf-8").strip()
    )
    chosen = workflow.using("actions/upload-artifact")["with"]["path"].split()
    excluded = [path[1:] for path in chosen if path.startswith("!")]
    files = kept(workflow.folder, [path for path in chosen if path[0] != "!"], excluded)
    # files whose names start with a dot are not taken unless asked for
    check_published({file for file in files if "/." not in file}, workflow.folder)
    reports = workflow.using("mikepenz/action-junit-report")["with"]["report_paths"]
    assert kept(workflow.folder, [reports], []) == {"review/junit.xml"}

    cached = workflow.folder / workflow.using("actions/cache/save")["with"]["path"]
    assert (cached / SEAL).is_file()

    failing(workflow.folder)
    bad = workflow.run()
    again = workflow.run()
    for ran in (bad, again):
        assert ran.code == ExitCode.GATE
        errors = re.findall(
            r"^::error title=livereview%3A gate failed::(\S+)", ran.err, re.MULTILINE
        )
        assert "goals.gmv.attainment" in errors
    first, second = workflow.summary().split("# Tiny\n")[1:]
    assert "not met | goals.gmv.attainment" in first
    assert first.strip() == second.strip()
    assert "nothing has changed" in again.err
    assert "nothing has changed" not in bad.err


def test_without_the_secret_a_workflow_says_so(workflow: Workflow, tmp_path: Path) -> None:
    folder = campaign(tmp_path)
    orders = "父订单,子订单,场次id,会员名,支付时间,支付金额\n1,1,s0,李*1,2026-11-01 20:10:00,90\n"
    (folder / "exports" / "taobao.csv").write_text(orders, "utf-8")
    (analyze,) = [run for step in workflow.steps if "analyze" in (run := step.get("run", ""))]
    ran = workflow.shell(["bash", "-e", "-c", analyze], folder, LIVEREVIEW_SALT="")
    assert ran.code == ExitCode.USAGE
    assert "LIVEREVIEW_SALT" in ran.err


# --- GitLab


@pytest.fixture(scope="module")
def gitlab(gated: Path, shell: Run) -> dict[str, Any]:
    """The job of the page, done."""
    (job,) = yaml.safe_load(block("GitLab CI", "yaml")).values()
    ran = shell(["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])], gated, CI="true")
    assert ran.code == 0, ran.err
    return dict(job)


def test_gitlab_gets_what_it_publishes(gitlab: dict[str, Any], gated: Path) -> None:
    artifacts = gitlab["artifacts"]
    assert artifacts["when"] == gitlab["cache"]["when"] == "always"
    check_published(kept(gated, artifacts["paths"], artifacts["exclude"]), gated)
    assert all((gated / path).is_file() for path in artifacts["exclude"])
    assert kept(gated, [artifacts["reports"]["junit"]], []) == {"review/junit.xml"}
    assert f"review/{SEAL}" in kept(gated, gitlab["cache"]["paths"], [])
    assert gitlab["allow_failure"] == {"exit_codes": int(ExitCode.GATE)}


@pytest.mark.usefixtures("gitlab")
def test_a_run_leaves_the_files_of_the_table(gated: Path) -> None:
    listed = {name.strip("/") for row in rows("What a run leaves") for name in code(row[0])}
    assert {path.name for path in (gated / "review").iterdir()} == listed


@pytest.mark.usefixtures("gitlab")
def test_the_gates_of_the_page_are_judged(gated: Path) -> None:
    given = tomllib.loads(block("Gates", "toml"))["gates"]["rules"]
    judged = json.loads((gated / "review" / "review.json").read_text("utf-8"))["gates"]
    assert [gate["name"] for gate in judged] == given  # --fail-on act is one of them
    assert {gate["status"] for gate in judged} == {"passed"}


def test_a_run_that_could_not_read_leaves_why(shell: Run, tmp_path: Path) -> None:
    left = {ExitCode.USAGE: ["--gate", "no_such_metric > 1"], ExitCode.DATA: ["nowhere"]}
    table = {row[0]: code(row[3]) for row in rows("What a run leaves", table=1)}
    for expected, arguments in left.items():
        folder = campaign(tmp_path / str(int(expected)))
        assert shell(["livereview", "analyze", *arguments], folder).code == expected
        assert {path.name for path in (folder / "review").iterdir()} == set(table["2"])
    assert shell(["livereview", "analyze", "--no-such-option"], folder).code == ExitCode.USAGE


def test_every_exit_code_is_explained() -> None:
    told = [int(row[0]) for row in rows("What a run leaves", table=1)]
    assert told == [*ExitCode]
    assert "the first of 130, 5, 3, 2, 4, 1 counts." in section("What a run leaves")


# --- Jenkins


@pytest.mark.usefixtures("gitlab")
def test_jenkins_gets_what_it_publishes(gated: Path, shell: Run) -> None:
    pipeline = block("Jenkins", "groovy")
    scripts = re.findall(r"\bsh(?: '|\(.*?script: ')(.+?)'\)?$", pipeline, re.MULTILINE)
    assert len(scripts) == pipeline.count("sh ") + pipeline.count("sh(")
    for script in scripts:
        ran = shell(["sh", "-xec", script], gated)
        assert ran.code == 0, ran.err
    # the same command in the same place as before: the workspace stays from build to build
    assert "nothing has changed" in ran.err
    (junit,) = re.findall(r"junit testResults: '(.+?)', allowEmptyResults: true", pipeline)
    assert kept(gated, [junit], []) == {"review/junit.xml"}
    ((chosen, excluded),) = re.findall(r"artifacts: '(.+?)',\s+excludes: '(.+?)',", pipeline)
    check_published(kept(gated, [chosen.replace("**", "**/*")], excluded.split(",")), gated)


def test_a_pipeline_of_jenkins_is_balanced_and_tells_gates_from_failures() -> None:
    pipeline = block("Jenkins", "groovy")
    for opening, closing in ("{}", "()", "[]"):
        assert pipeline.count(opening) == pipeline.count(closing)
    branches = re.findall(r"if \(code ([!=]=) (\d)\) \{\s*(\w+)\(", pipeline)
    assert branches == [("==", str(int(ExitCode.GATE)), "unstable"), ("!=", "0", "error")]
    secret = re.findall(r"of the id `(.+?)`", section("Jenkins"))
    assert re.findall(r"credentials\('(.+?)'\)", pipeline) == secret


# --- cron and batch


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the wrapper, as the pages describe it."""
    folder = tmp_path_factory.mktemp("srv") / "campaigns"
    listed = tomllib.loads(block("The list, `batch.toml`", "toml", "batch.md"))["campaigns"]
    for index, one in enumerate(listed):
        campaign(folder / one["path"], f"Campaign {index}", days=30 * index)
    for path, text in (
        ("batch.toml", block("The list, `batch.toml`", "toml", "batch.md")),
        (".salt", SALT + "\n"),
        ("review.sh", block("Cron", "bash")),
    ):
        (folder / path).write_text(text, "utf-8")
    (folder / "review.sh").chmod(0o755)
    return folder


@pytest.mark.skipif(shutil.which("flock") is None, reason="flock is of util-linux")
def test_a_night_is_silent_unless_there_is_something_to_see(night: Path, shell: Run) -> None:
    script = [str(night / "review.sh")]
    elsewhere = night.parent
    first = shell(script, elsewhere)
    assert (first.code, first.out, first.err) == (0, "", "")
    assert (night / "reviews" / "index.html").is_file()
    (log,) = (night / "logs").iterdir()
    assert "[2/2]" in log.read_text("utf-8")
    batch_is_as_listed(night)

    with (night / ".review.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        held = shell(script, elsewhere)
    assert (held.code, held.out) == (0, "the review before this one is still at work\n")

    (night / "campaigns" / "double11" / "exports" / "sessions.csv").unlink()
    failed = shell(script, elsewhere)
    assert failed.code == ExitCode.PARTIAL
    assert failed.out.startswith(f"livereview ended with 4; the reviews are in {night}/reviews\n")
    assert "(campaigns/double11): exit 3: " in failed.out

    (night / ".salt").unlink()
    assert shell(script, elsewhere).code == ExitCode.USAGE


def batch_is_as_listed(night: Path) -> None:
    """Assert that the list of the page holds for the campaigns it names."""
    ledger = json.loads((night / "reviews" / "batch.json").read_text("utf-8"))
    earlier, later = ledger["members"]
    assert (earlier["folder"], later["folder"]) == ("618", "double11")
    assert (earlier["name"], later["name"]) == ("618", "Campaign 1")
    assert ledger["exit_code"] == earlier["exit_code"] == later["exit_code"] == 0
    assert later["target"] == 75_000  # `set` goes before the campaign's own
    assert later["change"] == 0  # the same figures as in the campaign before
    assert [gate["name"] for gate in later["gates"]] == ["refund_rate <= 0.25"]
    assert {"index.html", "index.md", "batch.json", "618", "double11"} == {
        path.name for path in (night / "reviews").iterdir()
    }


def test_the_crontab_calls_the_wrapper() -> None:
    lines = block("Cron", "").splitlines()
    *settings, entry = lines
    assert [line.partition("=")[0] for line in settings] == ["MAILTO", "PATH"]
    minute, hour, *days, command = entry.split()
    assert (minute.isdigit(), hour.isdigit(), days) == (True, True, ["*"] * 3)
    assert f"`{command}`" in section("Cron")


def test_a_batch_takes_patterns(shell: Run, tmp_path: Path) -> None:
    campaign(tmp_path / "campaigns" / "one")
    (line,) = re.findall(r"^```console\n\$ (livereview .+)\n```$", PAGES["batch.md"], re.MULTILINE)
    ran = shell(["bash", "-ec", line], tmp_path)
    assert ran.code == 0, ran.err
    assert (tmp_path / "reviews" / "one" / "review.html").is_file()
    assert shell(["livereview", "batch", "nothing*"], tmp_path).code == ExitCode.DATA
    assert shell(["livereview", "batch", "--gate", "x>1", "campaigns/*"], tmp_path).code == (
        ExitCode.USAGE
    )
    assert shell(["livereview", "batch"], tmp_path).code == ExitCode.USAGE


def test_every_exit_code_of_a_batch_is_explained() -> None:
    told = [int(row[0]) for row in rows("Exit codes", "batch.md", table=1)]
    assert told == [*ExitCode]
    statuses = {row[0]: row[1] for row in rows("Exit codes", "batch.md")}
    ended = [code for code in ExitCode if code != ExitCode.INTERRUPTED]
    assert [*statuses.values()][:-1] == [f"{code}" for code in map(int, ended)]
    kinds = ("done", "gate", "usage", "data", "partial", "internal", "pending")
    assert [*statuses] == [f"`{kind}`" for kind in kinds]


# --- the rest of the pages


STATUS = {0: "success", 1: "warning", 2: "failure", 3: "failure", 4: "incomplete", 5: "failure"}


@pytest.mark.parametrize("ended", STATUS)
def test_a_status_follows_from_the_exit_code(ended: int, shell: Run, tmp_path: Path) -> None:
    stub = tmp_path / "livereview"
    stub.write_text(f"#!/bin/sh\nexit {ended}\n", "utf-8")
    stub.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin"
    ran = shell(["bash", "-ec", block("From exit code to status", "bash")], tmp_path, PATH=path)
    assert (ran.code, ran.out) == (0, f"status={STATUS[ended]}\n")


def test_an_image_has_the_command(shell: Run, tmp_path: Path) -> None:
    lines = dict(line.split(" ", 1) for line in block("Container", "dockerfile").splitlines())
    assert list(lines) == ["FROM", "RUN", "ENV", "ENTRYPOINT"]
    needed = tuple(map(int, PROJECT["requires-python"].removeprefix(">=").split(".")))
    (has,) = re.findall(r"^python:([\d.]+)-slim$", lines["FROM"])
    assert tuple(map(int, has.split("."))) >= needed
    assert shell(["bash", "-ec", lines["RUN"]], tmp_path).code == 0
    (entry,) = json.loads(lines["ENTRYPOINT"])
    assert entry in PROJECT["scripts"]


@pytest.mark.parametrize("page", PAGES)
def test_one_version_is_installed_everywhere(page: str) -> None:
    text = PAGES[page]
    assert set(re.findall(r"livereview==[\d.]+", text)) <= {PINNED}
    for line in re.findall(r"pip (?:install|download) .*", text):
        assert PINNED in line, line


@pytest.mark.parametrize("page", PAGES)
def test_options_exist(page: str) -> None:
    known = {name for command in commands().values() for name in options(command)}
    foreign = {"--rm", "--network", "--user", "--no-cache-dir", "--nonblock"}
    foreign |= {"--no-index", "--find-links", "--dest"}
    shown = set(re.findall(r"(?<![\w-])--[a-z][\w-]+", PAGES[page]))
    assert len(shown) >= 5
    assert shown - foreign <= known


@pytest.mark.parametrize("page", PAGES)
def test_no_address_is_named(page: str) -> None:
    assert "://" not in PAGES[page]
    assert not re.search(r"\b[\w-]+\.(?:org|io|com|net)\b(?<!example\.com)", PAGES[page])


def test_keys_of_a_list_are_those_that_are_read(shell: Run, tmp_path: Path) -> None:
    """Every key that is listed is known, and none other."""
    campaign(tmp_path / "one")
    title = "The list, `batch.toml`"
    for number, head in enumerate(("[batch]", "[[campaigns]]")):
        listed = {name for row in rows(title, "batch.md", number) for name in code(row[0])}
        (tmp_path / "batch.toml").write_text(f"{head}\nzzz = 1\n", "utf-8")
        said = shell(["livereview", "batch"], tmp_path)
        assert said.code == ExitCode.USAGE
        (valid,) = re.findall(r"unknown key \S*zzz\nhint: valid: (.+)", said.err)
        assert set(valid.split(", ")) == listed
