"""Adding an analysis is adding one folder: every command and every format knows it at once."""

from __future__ import annotations

import csv
import importlib
import json
import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import openpyxl
import pytest

from livereview import analyses
from livereview.cli import main
from tests.analyses.case import cases, run
from tests.analyses.test_cases import test_case as check_case

SLUG = "late_rooms"
TITLE = "Rooms after ten"
QUESTION = "What did the rooms sell that opened late?"
HEADLINE = "2 of 3 rooms opened at ten or later."

FILES = {
    "__init__.py": '"""What late rooms sold."""\n',
    "late.sql": """\
-- Title: Late rooms
-- Question: What did each platform sell late?
-- Grain: one row per platform
-- Reads: sessions
-- Caveats: by the hour of the start.
select
    platform::varchar as platform,
    count(*)::bigint as sessions,
    (count(*) filter (where start_hour >= 22))::bigint as late_sessions,
    sum(gmv)::double as gmv
from sessions
group by platform
order by platform
""",
    "analysis.py": f'''\
"""What late rooms sold."""

from livereview.analysis import Analysis, Chart, Table, column, frame, text
from livereview.model import Finding, Quantity


def find(frames, limits):
    """Say how many rooms opened late."""
    late = frames["late"]["late_sessions"].sum()
    if late < limits["least"]:
        return [
            Finding(
                code="none_late",
                subject="all",
                severity="note",
                grade="fact",
                headline=text("No room opened late."),
            )
        ]
    return [
        Finding(
            code="late",
            subject="all",
            severity="watch",
            grade="fact",
            headline=text(
                "{{late}} of {{all}} rooms opened at ten or later.",
                late=Quantity(late, "count"),
                all=Quantity(frames["late"]["sessions"].sum(), "count"),
            ),
            frame="late",
        )
    ]


ANALYSIS = Analysis(
    title=text("{TITLE}"),
    question=text("{QUESTION}"),
    chapter=2,
    order=99,
    needs=("sessions.start_at",),
    limits={{"least": 1}},
    frames={{
        "late": frame(
            "platform sessions",
            column("late_sessions", "count", text("Opened late")),
            "gmv",
        )
    }},
    find=find,
    tables=(Table(frame="late", title=text("Late rooms by platform")),),
    charts=(
        Chart(
            name="late",
            kind="bars",
            frame="late",
            x="platform",
            y=("late_sessions",),
            title=text("Late rooms"),
            unit="count",
        ),
    ),
)
''',
    "cases.toml": '''\
[[cases]]
name = "one of two is late"
given.sessions = """
session_id, platform, start_at, duration_s, gmv_gross
a, douyin, 2026-11-01 20:00, 3600, 100
b, douyin, 2026-11-01 22:00, 3600, 50
"""
expect.findings = ["late"]
expect.frames.late = """
platform, sessions, late_sessions, gmv
douyin, 2, 1, 150
"""

[[cases]]
name = "nobody is late"
given.sessions = """
session_id, platform, start_at, duration_s, gmv_gross
a, douyin, 2026-11-01 20:00, 3600, 100
"""
expect.findings = ["none_late"]
expect.no_findings = ["late"]
''',
}


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one more analysis, beside those of the package; gone afterwards."""
    place = tmp_path / "more"
    folder = place / SLUG
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_text(content, "utf-8")
    monkeypatch.setattr(analyses, "__path__", [*analyses.__path__, str(place)])
    importlib.invalidate_caches()
    yield folder
    for module in [name for name in sys.modules if f".{SLUG}" in name]:
        del sys.modules[module]
    if hasattr(analyses, SLUG):
        delattr(analyses, SLUG)


@pytest.fixture
def exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three sessions on two platforms, two of them late; the process works beside them."""
    rows = [
        ("a", "douyin", "2026-11-01 20:00:00", 7200, 1000.5),
        ("b", "douyin", "2026-11-01 22:00:00", 7200, 200.25),
        ("c", "taobao", "2026-11-02 23:10:00", 3600, 30),
    ]
    folder = tmp_path / "exports"
    folder.mkdir()
    with (folder / "sessions.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["session_id", "platform", "start_at", "duration_s", "gmv_gross"])
        writer.writerows(rows)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    return folder


def test_the_folder_is_all_it_takes(room: Path, exports: Path, tmp_path: Path) -> None:
    assert main(["analyze", str(exports), "-f", "html,md,json,xlsx", "--lang", "en", "-q"]) == 0
    review = tmp_path / "review"

    document = json.loads((review / "review.json").read_text("utf-8"))
    (section,) = (s for s in document["sections"] if s["slug"] == SLUG)
    assert (section["title"], section["question"]) == (TITLE, QUESTION)
    assert section["frames"]["late"]["rows"] == [["douyin", 2, 1, 1200.75], ["taobao", 1, 1, 30.0]]
    assert section["findings"][0]["headline"] == HEADLINE
    assert section["sql"]["late"] == [{"file": f"{SLUG}/late.sql", "text": FILES["late.sql"]}]

    page = (review / "review.md").read_text("utf-8")
    for words in (TITLE, QUESTION, HEADLINE, "Late rooms by platform", "Opened late"):
        assert words in page
    assert "| Taobao | 1 | 1 | ¥30.00 |" in page
    assert f"livereview sql {SLUG} late" in page
    chart = (review / "charts" / f"{SLUG}-late.svg").read_text("utf-8")
    assert "Late rooms" in chart

    told = unescape(re.sub(r"<[^>]+>", "", (review / "review.html").read_text("utf-8")))
    for words in (TITLE, QUESTION, HEADLINE, "Late rooms by platform", "Opened late"):
        assert words in told

    book = openpyxl.load_workbook(review / "review.xlsx", read_only=False)
    cells = [row for row in book[TITLE].iter_rows(values_only=True) if any(row)]
    assert cells[2][:1] == (HEADLINE,)
    assert ("Douyin", 2, 1, 1200.75) in [row[:4] for row in cells]
    book.close()


def test_it_may_be_left_out_chosen_and_limited(room: Path, exports: Path, tmp_path: Path) -> None:
    def slugs() -> list[str]:
        document = json.loads((tmp_path / "review" / "review.json").read_text("utf-8"))
        return [section["slug"] for section in document["sections"]]

    assert main(["analyze", str(exports), "-f", "json", "-q", "--select", SLUG]) == 0
    assert slugs() == [SLUG]
    assert main(["analyze", str(exports), "-f", "json", "-q", "--exclude", SLUG]) == 0
    assert SLUG not in slugs()
    limit = f"limits.{SLUG}.least=3"
    arguments = ["-f", "json", "-q", "--select", SLUG, "--set", limit, "--lang", "en"]
    assert main(["analyze", str(exports), *arguments]) == 0
    assert "No room opened late." in (tmp_path / "review" / "review.json").read_text("utf-8")
    assert main(["analyze", str(exports), "--set", f"limits.{SLUG}.most=3", "-q"]) == 2


def test_it_is_listed_with_its_sql(
    room: Path, exports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list", "analyses", "--format", "json"]) == 0
    listed = {row["slug"]: row for row in json.loads(capsys.readouterr().out)}
    assert listed[SLUG]["title"] == TITLE
    assert main(["sql", SLUG, "late"]) == 0
    assert capsys.readouterr().out.strip() == FILES["late.sql"].strip()


def test_its_cases_are_run(room: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = cases(SLUG)
    assert [case.name for case in found] == ["one of two is late", "nobody is late"]
    for case in found:
        check_case(case, run(case, tmp_path_factory.mktemp("case")))


def test_without_the_folder_it_is_gone(exports: Path) -> None:
    assert main(["sql", SLUG]) == 2
