from __future__ import annotations

import dataclasses
import math
import re
import zipfile
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.model import Column, Frame, Message
from livereview.report.words import Words, clean
from livereview.report.workbook import inert, sheet_name
from livereview.report.xlsx import XlsxReporter

from .awkward import LONG_ID, NAMES

if TYPE_CHECKING:
    from livereview.model import Review

SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@pytest.fixture
def content(review: Review, words: Words) -> bytes:
    return XlsxReporter().render(review, words)["review.xlsx"]


@pytest.fixture
def book(content: bytes) -> Any:
    return openpyxl.load_workbook(BytesIO(content))


def records(sheet: Any, first_head: str) -> list[dict[str, Any]]:
    """Return the cells of the table whose first head is `first_head`, row by row."""
    for row in sheet.iter_rows():
        if row[0].value == first_head:
            heads = [cell.value for cell in row if cell.value is not None]
            break
    found = []
    for cells in sheet.iter_rows(min_row=row[0].row + 1, max_col=len(heads)):
        if all(cell.value is None for cell in cells):
            break
        found.append(dict(zip(heads, cells, strict=True)))
    return found


def test_one_sheet_per_section_around_them_summary_and_sources(book: Any, review: Review) -> None:
    assert len(book.sheetnames) == len(review.sections) + 3
    for name in book.sheetnames:
        assert len(name.encode("utf-16-le")) <= 62
        assert not re.search(r"[\[\]:*?/\\]", name)
    assert len({name.lower() for name in book.sheetnames}) == len(book.sheetnames)


def test_nothing_can_be_evaluated(content: bytes, book: Any) -> None:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
                if isinstance(cell.value, str):
                    assert not cell.value.startswith(SIGNS)
    with zipfile.ZipFile(BytesIO(content)) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert sheets
        for name in sheets:
            tags = {
                node.tag.rpartition("}")[2]
                for node in ElementTree.fromstring(parts.read(name)).iter()
            }
            assert not tags & {"f", "hyperlink"}


def test_every_part_is_well_formed_without_controls(content: bytes) -> None:
    with zipfile.ZipFile(BytesIO(content)) as parts:
        assert parts.testzip() is None
        for name in parts.namelist():
            root = ElementTree.fromstring(parts.read(name))
            for node in root.iter():
                assert not re.search("[\x00-\x08\x0b-\x1f]|_x00", node.text or "")


def test_every_row_of_a_frame_is_there_and_typed(book: Any) -> None:
    sheet = book[next(name for name in book.sheetnames if name.startswith("Anchors"))]
    rows = records(sheet, "Anchor | name")
    assert len(rows) == len(NAMES)
    for row, name in zip(rows, NAMES, strict=True):
        shown = row["Anchor | name"].value or ""
        assert shown.lstrip("'").split() == _cell_text(name).lstrip("'").split()
        assert row["_anchor_id"].value == LONG_ID
        assert row["_anchor_id"].data_type == "s"
    first, third, seventh = rows[0], rows[2], rows[7]
    money = first["_gmv (CNY)"]
    assert (money.value, money.data_type, money.number_format) == (1.2e9, "n", "#,##0.00")
    assert first["_refund_rate"].number_format == "0.0%"
    assert first["_refund_rate"].value == pytest.approx(1.2)
    assert first["_day"].value == datetime(2026, 11, 1)  # noqa: DTZ001
    assert first["_start_at"].value == datetime(2026, 11, 1, 20, 5)  # noqa: DTZ001
    assert first["_day"].is_date
    assert rows[1]["_estimated"].value is True
    assert first["_estimated"].value is None
    assert third["_day"].value is None
    assert seventh["_gmv (CNY)"].value is None  # NaN


def _cell_text(name: str) -> str:
    line = clean(name)
    return line if len(line) <= 32_767 else line[:32_766] + "…"


def test_a_frame_of_metrics_is_formatted_row_by_row(book: Any) -> None:
    sheet = book[book.sheetnames[1]]
    formats = [row["_actual"].number_format for row in records(sheet, "_metric")]
    assert formats == ["#,##0.00", "0.0%", "#,##0.0"]


def test_the_summary_has_the_scorecard_and_the_findings(book: Any, words: Words) -> None:
    sheet = book[book.sheetnames[0]]
    scores = records(sheet, words.gettext("Metric"))
    assert [row[words.gettext("Actual")].value for row in scores] == [1.2e9, 0.25, None]
    assert scores[0][words.gettext("Attainment")].value == pytest.approx(0.857142857)
    findings = records(sheet, words.gettext("Section"))
    assert [row[words.gettext("Code")].value for row in findings] == [
        "anchors.dependency",
        "anchors.hostile",
        "anchors.count",
    ]
    assert findings[0][words.gettext("Worth")].value == -84_000_000.25


def test_tables_have_filters_and_columns_have_widths(book: Any) -> None:
    sheet = book[next(name for name in book.sheetnames if name.startswith("Anchors"))]
    assert [table.autoFilter is not None for table in sheet.tables.values()] == [True]
    assert sheet.column_dimensions["A"].width <= 60
    assert sheet.column_dimensions["B"].width >= len(LONG_ID)


def test_a_sheet_with_one_frame_keeps_its_head_in_view(review: Review, words: Words) -> None:
    section = review.sections[0]
    only = dataclasses.replace(section, frames={"kpis": section.frames["kpis"]})
    single = dataclasses.replace(review, sections=(only,))
    content = XlsxReporter().render(single, words)["review.xlsx"]
    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[1]
    row = int(re.sub(r"\D", "", sheet.freeze_panes))
    assert sheet.cell(row=row - 1, column=1).value == "_metric"


def test_heads_are_distinct_and_short_enough(review: Review, words: Words) -> None:
    labels = ["Rate", "rate", "Rate (2)", "", "x" * 400]
    frame = Frame(
        name="f",
        columns=tuple(
            Column(name=f"c{place}", type="int", unit="count", label=Message(label))
            for place, label in enumerate(labels)
        ),
        rows=pl.DataFrame({f"c{place}": [place] for place in range(len(labels))}),
    )
    section = dataclasses.replace(review.sections[0], frames={"f": frame}, tables=())
    changed = dataclasses.replace(review, sections=(section,))
    content = XlsxReporter().render(changed, words)["review.xlsx"]
    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[1]
    (table,) = sheet.tables.values()
    heads = [column.name for column in table.tableColumns]
    assert heads[:4] == ["Rate", "rate (2)", "Rate (2) (2)", "-"]
    assert max(map(len, heads)) <= 255
    assert [row["Rate"].value for row in records(sheet, "Rate")] == [0]


def test_the_book_carries_the_reviews_time_and_not_the_clocks(book: Any, review: Review) -> None:
    assert book.properties.created == review.as_of
    assert book.properties.modified == review.as_of


@given(st.lists(st.text(), max_size=8))
def test_sheet_names_are_allowed_and_distinct(titles: list[str]) -> None:
    taken: set[str] = set()
    names = [sheet_name(title, taken) for title in titles]
    assert len({name.lower() for name in names}) == len(titles)
    for name in names:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\\x00-\x1f]", name)
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.lower() != "history"


@given(st.text())
def test_inert_text_starts_no_formula(name: str) -> None:
    assert not inert(name).startswith(SIGNS)
    assert inert(name).removeprefix("'") == clean(name).removeprefix("'")


def test_a_long_text_is_cut_with_a_mark() -> None:
    assert inert("x" * 40_000) == "x" * 32_766 + "…"
    cut = inert("👩" * 20_000)
    assert cut.endswith("…")
    assert len(cut.encode("utf-16-le")) // 2 <= 32_767
    assert math.isclose(len(cut), 16_384, abs_tol=1)
