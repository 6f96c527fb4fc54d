"""The wheel and the sdist: what is in them, and what they do where nothing else of ours is."""

from __future__ import annotations

import email.parser
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NAME = f"livereview-{PROJECT['version']}"
# where the parts of the package stand, and the kinds of files that belong to each
PARTS = {
    "src/livereview": ("livereview", {".py", ".sql", ".toml", ".json", ".po", ".typed"}),
    "reports/templates": ("livereview/report/templates", {".j2", ".js"}),
    "examples/campaign": ("livereview/cli/example", {".csv", ".parquet", ".toml"}),
}
STRAYS = (
    "examples/campaign/.livereview-salt",
    "examples/campaign/review/review.html",
    "examples/campaign/exports/review.duckdb",
    "src/livereview/__pycache__/store.cpython-311.pyc",
)


@dataclass(frozen=True, kw_only=True)
class Built:
    """The distributions that the checkout makes."""

    sdist: Path
    wheel: Path

    def files(self) -> dict[str, bytes]:
        """Return the content of the wheel by name."""
        with zipfile.ZipFile(self.wheel) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist()}

    def metadata(self) -> Message:
        """Return what the wheel says of itself."""
        text = self.files()[f"{NAME}.dist-info/METADATA"].decode()
        return email.parser.Parser().parsestr(text)


def build(source: Path, out: Path, *kinds: str) -> None:
    """Build distributions with what is installed, so that no network is needed."""
    places = ("--outdir", str(out), str(source))
    command = [sys.executable, "-m", "build", "--no-isolation", *kinds, *places]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The sdist and the wheel, both made from the checkout."""
    out = tmp_path_factory.mktemp("dist")
    build(ROOT, out, "--sdist", "--wheel")
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return Built(sdist=sdist, wheel=wheel)


def test_they_are_called_after_the_version(built: Built) -> None:
    assert built.sdist.name == f"{NAME}.tar.gz"
    assert built.wheel.name == f"{NAME}-py3-none-any.whl"


def test_the_wheel_holds_the_package_and_nothing_else(built: Built) -> None:
    expected = {
        f"{there}/{path.relative_to(ROOT / here).as_posix()}"
        for here, (there, kinds) in PARTS.items()
        for path in (ROOT / here).rglob("*")
        if path.suffix in kinds and path.name != "cases.toml"
    }
    info = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    assert built.files().keys() == expected | {f"{NAME}.dist-info/{name}" for name in info}
    for name in (
        "livereview/py.typed",
        "livereview/analyses/goals/measures.sql",
        "livereview/cli/example/exports/sessions.csv",
        "livereview/cli/livereview.toml",
        "livereview/ingest/exports/douyin.session_list.toml",
        "livereview/locale/zh_CN/LC_MESSAGES/livereview.po",
        "livereview/report/review.schema.json",
        "livereview/report/templates/html/review.html.j2",
        "livereview/schema/tables.toml",
    ):
        assert name in expected, name


def test_the_sdist_holds_what_a_developer_needs(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = [name.removeprefix(f"{NAME}/") for name in archive.getnames()]
    assert {name.split("/")[0] for name in names} == {
        ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "PKG-INFO",
        "README.md", "README.zh-CN.md", "benchmarks", "docs", "examples", "pyproject.toml",
        "reports", "src", "tests",
    }  # fmt: skip
    assert {"tests/dist/test_distribution.py", "docs/cli.md", "src/livereview/py.typed"} <= {*names}
    made = ("__pycache__", ".pyc", ".duckdb", ".livereview-salt", ".egg-info", "_cache")
    assert [name for name in names if any(part in name for part in made)] == []


def test_the_sdist_builds_the_same_wheel_whatever_a_run_left_in_it(
    built: Built, tmp_path: Path
) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    for stray in STRAYS:
        path = tmp_path / NAME / stray
        path.parent.mkdir(exist_ok=True)
        path.write_text("left behind", "utf-8")
    build(tmp_path / NAME, tmp_path, "--wheel")
    (again,) = tmp_path.glob("*.whl")
    assert Built(sdist=built.sdist, wheel=again).files() == built.files()


def test_the_wheel_says_what_it_is(built: Built) -> None:
    said = built.metadata()
    assert (said["Name"], said["Version"]) == ("livereview", PROJECT["version"])
    assert said["Summary"] == PROJECT["description"]
    assert said["License-Expression"] == "Apache-2.0"
    assert said["License-File"] == "LICENSE"
    assert said["Requires-Python"] == ">=3.11"
    assert len(said.get_all("Requires-Dist", [])) == len(PROJECT["dependencies"])
    assert said["Description-Content-Type"] == "text/markdown"
    assert str(said.get_payload()).strip() == (ROOT / "README.md").read_text("utf-8").strip()
    entries = built.files()[f"{NAME}.dist-info/entry_points.txt"].decode()
    assert entries.split() == ["[console_scripts]", "livereview", "=", "livereview.cli:main"]


@dataclass(frozen=True, kw_only=True)
class Installed:
    """An environment with the wheel; `resolved`: its dependencies came from a package index."""

    python: Path
    resolved: bool

    def run(self, *command: str | Path, cwd: Path) -> str:
        """Run a program of the environment and return what it says."""
        ours = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LC_ALL", "COLUMNS")
        env = {name: value for name, value in os.environ.items() if name not in ours}
        program, *arguments = command
        done = subprocess.run(
            [self.python.with_name(str(program)), *arguments],
            cwd=cwd,
            env={**env, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def pip(python: str | Path, *arguments: str | Path) -> bool:
    """Run pip on an environment that has none, and return whether it went well."""
    command = [sys.executable, "-m", "pip", "--python", python, *arguments]
    return subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """A fresh environment; without an index it borrows the packages, not ours, of this one."""
    trial = tmp_path_factory.mktemp("index")
    quick = ("--no-deps", "--retries", "0", "--timeout", "5")
    resolved = pip(sys.executable, "download", *quick, "--dest", trial, "xlsxwriter")
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, symlinks=os.name != "nt")
        place = {"base": folder, "platbase": folder}
        python = Path(sysconfig.get_path("scripts", "venv", place)) / Path(sys.executable).name
        if resolved:
            assert pip(python, "install", "--no-compile", built.wheel)
        else:
            assert pip(python, "install", "--no-compile", "--no-deps", "--no-index", built.wheel)
            # a path named in a .pth file is searched, the .pth files within it are not read
            beside = Path(sysconfig.get_path("purelib", "venv", place)) / "beside.pth"
            beside.write_text(sysconfig.get_path("purelib"), "utf-8")
        yield Installed(python=python, resolved=resolved)


@pytest.mark.slow
def test_the_dependencies_fit_together(installed: Installed) -> None:
    if not installed.resolved:
        pytest.skip("no package index can be reached: the wheel runs on the packages of the tests")
    assert pip(installed.python, "check")


@pytest.mark.slow
def test_the_installed_command_is_the_one_of_the_wheel(
    installed: Installed, tmp_path: Path
) -> None:
    where = "import livereview; print(livereview.__file__)"
    home = installed.python.parents[1]
    assert Path(installed.run("python", "-c", where, cwd=tmp_path).strip()).is_relative_to(home)
    version = f"livereview {PROJECT['version']}\n"
    assert installed.run("livereview", "--version", cwd=tmp_path) == version
    assert installed.run("python", "-m", "livereview", "--version", cwd=tmp_path) == version


@pytest.mark.slow
def test_the_installed_battery_is_whole(installed: Installed, tmp_path: Path) -> None:
    told = installed.run("livereview", "list", "analyses", "--format", "json", cwd=tmp_path)
    folders = {path.parent.name for path in ROOT.glob("src/livereview/analyses/*/analysis.py")}
    assert {room["slug"] for room in json.loads(told)} == folders


@pytest.mark.slow
def test_the_installed_demo_reviews_the_example(installed: Installed, tmp_path: Path) -> None:
    told = installed.run("livereview", "demo", "here", "--lang", "zh-CN", cwd=tmp_path)
    review = tmp_path / "here" / "review"
    assert "here/review/review.html" in told.replace("\\", "/")
    page = (review / "review.html").read_text("utf-8")
    assert '<html lang="zh-CN"' in page
    document = json.loads((review / "review.json").read_text("utf-8"))
    assert {section["status"] for section in document["sections"]} == {"ok"}
    assert document["generator"]["version"] == PROJECT["version"]
    assert {path.name for path in review.glob("review.*")} >= {
        "review.html", "review.md", "review.json", "review.xlsx", "review.duckdb"
    }  # fmt: skip
