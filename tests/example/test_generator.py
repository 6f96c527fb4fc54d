"""The files of the example are what its generator writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.example.reading import CAMPAIGN


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder the generator has written into."""
    folder = tmp_path_factory.mktemp("generated")
    generator = CAMPAIGN.parent / "generate"
    subprocess.run([sys.executable, str(generator), "--out", str(folder)], check=True)
    return folder


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_the_generator_writes_the_example(written: Path) -> None:
    assert names(written) == names(CAMPAIGN)
    for name in sorted(names(CAMPAIGN)):
        if name.endswith((".csv", ".toml")):
            assert (written / name).read_bytes() == (CAMPAIGN / name).read_bytes(), name


@pytest.mark.slow
def test_the_generator_writes_the_larger_tables(written: Path) -> None:
    """Parquet is compared by content: its bytes also depend on the version of its writer."""
    for name in sorted(names(CAMPAIGN)):
        if name.endswith(".parquet"):
            assert_frame_equal(
                pl.read_parquet(written / name), pl.read_parquet(CAMPAIGN / name), check_exact=True
            )
