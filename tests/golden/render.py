"""Renders the example into a folder: `python -m tests.golden.render` accepts how it looks now.

The files are what the command line writes; the Chinese page stands beside the English one, with
charts of its own.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from pathlib import Path

from tests.example.reading import CAMPAIGN, analyze, report

ACCEPTED = CAMPAIGN.parent / "review"
ENGLISH = ("review.html", "review.md", "review.json")
CHINESE = "review.zh-CN.md"
CHARTS, CHINESE_CHARTS = "charts", "charts.zh-CN"


def render(folder: Path) -> None:
    """Write the example's review into `folder`, which holds nothing else afterwards."""
    with tempfile.TemporaryDirectory() as place:
        english, chinese = Path(place) / "en", Path(place) / "zh"
        analyze(CAMPAIGN, english)
        report(english / "review.duckdb", CAMPAIGN, chinese, lang="zh-CN", formats="md")
        arrange(english, chinese, folder)


def arrange(english: Path, chinese: Path, folder: Path) -> None:
    """Put what is accepted of two reviews into `folder`, which holds nothing else afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ENGLISH:
        shutil.copyfile(english / name, folder / name)
    shutil.copytree(english / CHARTS, folder / CHARTS)
    shutil.copytree(chinese / CHARTS, folder / CHINESE_CHARTS)
    page = (chinese / "review.md").read_text("utf-8")
    page = page.replace(f"]({CHARTS}/", f"]({CHINESE_CHARTS}/")
    (folder / CHINESE).write_text(page, "utf-8", newline="\n")


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        render(ACCEPTED)
    print(ACCEPTED)
