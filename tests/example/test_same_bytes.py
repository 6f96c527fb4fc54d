"""The same exports give the same bytes, wherever, whenever and by whomever they are reviewed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.example.reading import AS_OF, CAMPAIGN, FORMATS

YEARS_AGO = 1_000_000_000


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example copied, older, and reviewed by another process in another time zone."""
    home = tmp_path_factory.mktemp("else where")
    campaign = home / "a copy"
    shutil.copytree(CAMPAIGN, campaign)
    for path in campaign.rglob("*"):
        os.utime(path, (YEARS_AGO, YEARS_AGO))
    environment = {
        **os.environ,
        "PYTHONPATH": str(CAMPAIGN.parents[1] / "src"),
        "PYTHONHASHSEED": "7",
        "TZ": "America/New_York",
        "LC_ALL": "C.UTF-8",
    }
    formats = ",".join(FORMATS)
    command = [sys.executable, "-m", "livereview", "analyze", "exports", "-o", "out", "-f", formats]
    subprocess.run(
        [*command, "--as-of", AS_OF, "--threads", "1", "-q"],
        cwd=campaign,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return campaign / "out"


def outputs(folder: Path) -> dict[str, Path]:
    """Return every file that was written, by its relative name; the store is no output."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".duckdb")
    return {path.relative_to(folder).as_posix(): path for path in files}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".html", ".md", ".json", ".svg", ".xlsx"])
def test_two_runs_give_the_same_bytes(out: Path, elsewhere: Path, suffix: str) -> None:
    here, there = outputs(out), outputs(elsewhere)
    assert here.keys() == there.keys()
    names = [name for name in here if name.endswith(suffix)]
    assert names
    for name in names:
        assert here[name].read_bytes() == there[name].read_bytes(), name
