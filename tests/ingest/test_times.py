"""Times and durations as people export them, each with the value a reader would give it."""

# ruff: noqa: DTZ001 - times are local, as in the store
from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from livereview.errors import Problems
from livereview.ingest import Settings, ingest
from livereview.store import Store
from tests.ingest.cells import Declared, Kind, Read


def test_seconds(read: Read) -> None:
    cells = {
        "90": 90, "90.5": 90.5, "00:01:30": 90, "25:00:01": 90001, "1h2m3s": 3723, "1h 2min": 3720,
        "3小时5分钟45秒": 11145, "3小时20分": 12000, "30s": 30, "1m28s": 88, "1.5小时": 5400,
        "1天2小时": 93600, "2 hours": 7200, "1,200": 1200,
    }  # fmt: skip
    assert Kind(read, "support.csv", "ticket_id,response_s").values(list(cells)) == cells


def test_durations_with_units(store: Store) -> None:
    cells = {
        "90分": 5400, "1h 2m": 3720, "2 hours 5 minutes": 7500, "2 hours, 5 mins": 7500,
        "2 jam 5 menit": 7500, "1d 2h 3m 4s 500ms": 93784.5, "500ms": 0.5, "P1DT2H": 93600,
        "PT3H20M": 12000, "1 day, 2:03:04": 93784, "0 days 03:20:00": 12000, "27:00:01": 97201,
        "１小时２分": 3720, "-": None, "": None,
    }  # fmt: skip
    assert Declared(store=store, kind="seconds").values(*cells) == list(cells.values())


@pytest.mark.parametrize(
    ("unit", "cells"),
    [
        ("分钟", {"1.07": 64.2, "960": 57600, "1,200": 72000, "1h": 3600, "00:01:30": 90}),
        ("min", {"1.5": 90}),
        ("hours", {"1.5": 5400, "90分": 5400}),
        ("秒", {"90": 90}),
        ("ms", {"1500": 1.5, "2s": 2}),
        ("days", {"0.25": 21600, "1.5": 129600}),
        ("mm:ss", {"03:20": 200}),
        ("HH:MM:SS", {"03:20:00": 12000}),
    ],
)
def test_a_unit_is_that_of_bare_numbers(store: Store, unit: str, cells: dict[str, float]) -> None:
    assert Declared(store=store, kind="seconds", unit=unit).values(*cells) == pytest.approx(
        list(cells.values()), rel=1e-12
    )


def test_a_clock_of_two_numbers_is_read_where_its_column_says_what_it_is(store: Store) -> None:
    cells = ["03:20", "27:15", "03:20:00"]
    minutes = Declared(store=store, kind="seconds", clock="m:s")
    hours = Declared(store=store, kind="seconds", clock="h:m")
    neither = Declared(store=store, kind="seconds")
    why = "it may be hours and minutes or minutes and seconds"
    assert minutes.values(*cells) == [200, 1635, 12000]
    assert hours.values(*cells) == [12000, 98100, 12000]
    assert neither.values(*cells) == [why, why, 12000]


def test_no_duration(read: Read) -> None:
    cells = ["-5", "1:60:00", "soon", "5x", "1m28", "5 5"]
    kind = Kind(read, "support.csv", "ticket_id,response_s")
    assert kind.values(cells) == {}
    assert kind.reasons() == dict.fromkeys(
        cells, "it is not a duration such as 90, 00:01:30 or 1m30s"
    )


def test_durations_of_a_sheet(store: Store, exports: Path) -> None:
    """A time cell is its own unit; a bare day fraction is one where the header says so."""
    with xlsxwriter.Workbook(exports / "support.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ticket_id", "response_s (days)"])
        formats = ("h:mm", "hh:mm:ss", "[h]:mm:ss", "mm:ss", "General", "General")
        days = (0.25, 3.5 / 24, 27.5 / 24, 200 / 86400, 0.25, 1.5)
        for row, (value, shown) in enumerate(zip(days, formats, strict=True), 1):
            sheet.write_string(row, 0, str(row))
            sheet.write_number(row, 1, value, book.add_format({"num_format": shown}))
    (source,) = ingest(store, [exports / "support.xlsx"], settings=Settings())
    got = store.execute("select response_s from raw.support order by source_row")
    assert [row[0] for row in got] == [21600, 12600, 99000, 200, 21600, 129600], source.rejections


@pytest.mark.parametrize(
    "type_", [pl.Duration("us"), pl.Duration("ms"), pl.Duration("ns"), pl.String, pl.Time]
)
def test_durations_of_a_typed_file(store: Store, exports: Path, type_: Any) -> None:
    spans: list[Any] = [timedelta(hours=3, minutes=20), timedelta(seconds=88), None]
    if type_ == pl.Time:
        spans = [time(3, 20), time(0, 1, 28), None]
    cells = pl.Series(spans)
    if type_ == pl.String:
        cells = cells.dt.to_string("polars")
    pl.DataFrame({"ticket_id": ["a", "b", "c"], "response_s": cells.cast(type_)}).write_parquet(
        exports / "support.parquet"
    )
    ingest(store, [exports / "support.parquet"], settings=Settings())
    got = store.execute("select response_s from raw.support order by ticket_id")
    assert got == [(12000,), (88,), (None,)]


def test_time(read: Read) -> None:
    cells = {
        "2026-11-11 20:00:05": "2026-11-11 20:00:05",
        "2026-11-11T20:00:05": "2026-11-11 20:00:05",
        "2026-11-11 20:00:05.250": "2026-11-11 20:00:05.250",
        "2026-11-11 20:00": "2026-11-11 20:00:00",
        "2026-11-11": "2026-11-11 00:00:00",
        "2026/1/3 9:33:16": "2026-01-03 09:33:16",
        "2026/1/3": "2026-01-03 00:00:00",
        "2026.1.3 9:33": "2026-01-03 09:33:00",
        "2026年09月30日 20:00": "2026-09-30 20:00:00",
        "2026年9月3日20时30分15秒": "2026-09-03 20:30:15",
        "2026年9月3日": "2026-09-03 00:00:00",
        "2023/05/01/ 20:00": "2023-05-01 20:00:00",
        "20260401": "2026-04-01 00:00:00",
        "20260401 201500": "2026-04-01 20:15:00",
        "20260401.0": "2026-04-01 00:00:00",
        "202604012015": "2026-04-01 20:15:00",
        "11 Nov 2026 20:00": "2026-11-11 20:00:00",
        "Nov 11, 2026": "2026-11-11 00:00:00",
        "November 11th, 2026 8:00 PM": "2026-11-11 20:00:00",
        "11-Nov-2026": "2026-11-11 00:00:00",
        "Sept. 3, 2026 9:05 a.m.": "2026-09-03 09:05:00",
        "11 Agustus 2026 20:00": "2026-08-11 20:00:00",
        "1 Des 2026": "2026-12-01 00:00:00",
        "2026-11-11 08:00 PM": "2026-11-11 20:00:00",
        "2026-11-11 8:00pm": "2026-11-11 20:00:00",
        "2026-11-11 12:00 AM": "2026-11-11 00:00:00",
        "2026-11-11 12:30 PM": "2026-11-11 12:30:00",
        "2026-11-11 20:00 PM": "2026-11-11 20:00:00",
        "2026/9/7 下午 8:55:37": "2026-09-07 20:55:37",
        "2026年9月7日 上午8点5分": "2026-09-07 08:05:00",
        "2026年9月7日 下午12:05": "2026-09-07 12:05:00",
        '="2026-11-11 20:00"': "2026-11-11 20:00:00",
        # 12:00 UTC is 20:00 in Shanghai
        "2026-11-11T12:00:00Z": "2026-11-11 20:00:00",
        "2026-11-11 12:00:00+00:00": "2026-11-11 20:00:00",
        "2026-11-11 20:00:00 +0800": "2026-11-11 20:00:00",
        "2026-11-11 20:00+08": "2026-11-11 20:00:00",
        "2026-1-3 9:33+08:00": "2026-01-03 09:33:00",
        "2026-11-11T07:00:00-0500": "2026-11-11 20:00:00",
        "1794398400": "2026-11-11 20:00:00",
        "1794398400250": "2026-11-11 20:00:00.250",
        "２０２６-11-11　20:00": "2026-11-11 20:00:00",
    }
    got = Kind(read, "support.csv", "ticket_id,asked_at").values(list(cells))
    assert got == {cell: datetime.fromisoformat(value) for cell, value in cells.items()}


def test_no_time(read: Read) -> None:
    cells = ["infinity", "epoch", "2026-02-30", "2026-13-01 10:00", "20:00", "2026111120",
             "1899-12-31 20:00:00", "2026-11-11 25:00", "today", "2026-11-11 13:00 AM",
             "2026-11-11 00:10 PM", "31 Foo 2026", "Feb 30, 2026", "31/31/2026",
             "2026-11-11 08:00 PM +08:00"]  # fmt: skip
    kind = Kind(read, "support.csv", "ticket_id,asked_at")
    assert kind.values(cells) == {}
    assert kind.reasons() == dict.fromkeys(cells, "it is not a time such as 2026-11-11 20:00:00")


def test_a_year_of_two_digits_is_not_guessed(store: Store) -> None:
    got = Declared(store=store, kind="date").values("11/12/26", "11.12.26 20:00", "2026-12-11")
    assert got == ["its year has two digits: write 2026-11-30"] * 2 + [date(2026, 12, 11)]


def test_day_numbers_of_a_spreadsheet(store: Store) -> None:
    """In a sheet they are days; in a text only where the whole column can be nothing else."""
    may = datetime(2026, 5, 28)
    cells = ["46170", "46170.625", "-"]
    for type_ in ("sheet", "VARCHAR"):
        column = Declared(store=store, kind="time", type=type_)
        assert column.values(*cells) == [may, may.replace(hour=15), None]
    assert Declared(store=store, kind="date").values("46170") == [may.date()]
    unsure = "it may be a day number of a spreadsheet, but not all of its column are"
    column = Declared(store=store, kind="time")
    # 85537 is no day of our time: it may as well be 8:55:37
    assert column.values("46170", "85537") == [unsure, unsure]
    assert column.values("46170", "2026-05-28") == [unsure, may]


@pytest.mark.parametrize("type_", [pl.Int64, pl.Float64, pl.String])
def test_days_of_a_typed_file(store: Store, exports: Path, type_: Any) -> None:
    days = pl.Series("starts_on", [20260401, None]).cast(type_)
    pl.DataFrame({"item": ["a", "b"], "starts_on": days}).write_parquet(exports / "budget.parquet")
    ingest(store, [exports / "budget.parquet"], settings=Settings())
    got = store.execute("select starts_on from raw.budget order by item")
    assert got == [(date(2026, 4, 1),), (None,)]


def test_the_zone_of_offsets_is_the_campaigns(read: Read) -> None:
    _, got = read(
        "support.csv",
        "ticket_id,asked_at\nt,2026-11-11T12:00:00Z\nu,2026-07-01T12:00:00Z\nv,2026-11-11 12:00\n",
        "asked_at",
        timezone="America/New_York",
    )
    assert got == [
        datetime(2026, 11, 11, 7), datetime(2026, 7, 1, 8), datetime(2026, 11, 11, 12),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["13/04/2026", "03/04/2026"], [date(2026, 4, 13), date(2026, 4, 3)]),
        (["04/13/2026", "03/04/2026"], [date(2026, 4, 13), date(2026, 3, 4)]),
    ],
)
def test_day_and_month_are_told_apart_by_the_file(
    read: Read, cells: list[str], values: list[date]
) -> None:
    lines = "".join(f"i{i},{cell}\n" for i, cell in enumerate(cells))
    _, got = read("budget.csv", f"item,starts_on\n{lines}", "starts_on")
    assert got == values


@pytest.mark.parametrize("cells", [["03/04/2026"], ["13/04/2026", "04/13/2026"]])
def test_day_and_month_are_never_guessed(read: Read, cells: list[str]) -> None:
    lines = "".join(f"i{i},{cell}\n" for i, cell in enumerate(cells))
    source, _ = read("budget.csv", f"item,starts_on\n{lines}", "item")
    assert source.rejected == len(cells)
    assert "day and month cannot be told apart" in source.rejections[0].reason


def test_an_impossible_date_says_nothing_of_the_others(read: Read) -> None:
    """31/31/2026 is no evidence for an order: 13/04/2026 is, and so is read."""
    lines = "a,31/31/2026\nb,13/04/2026 21:30\nc,05-04-2026 08:00\n"
    source, got = read("budget.csv", f"item,starts_on\n{lines}", "starts_on")
    assert got == [date(2026, 4, 13), date(2026, 4, 5)]
    assert [(r.value, r.reason) for r in source.rejections] == [
        ("31/31/2026", "it is not a date such as 2026-11-11")
    ]


SWAPPED = (
    'support.xlsx: dates of column "asked_at" have been changed by a spreadsheet: some '
    "are cells of a date, others text"
)


def sheet(path: Path, cells: list[datetime | str]) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        shown = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["ticket_id", "asked_at"])
        for row, value in enumerate(cells, 1):
            sheet.write_string(row, 0, str(row))
            if isinstance(value, datetime):
                sheet.write_datetime(row, 1, value, shown)
            else:
                sheet.write_string(row, 1, value)


@pytest.mark.parametrize("texts", [["13-04-2026 20:00", "30-04-2026 20:00"], ["04/13/2026 20:00"]])
def test_dates_that_a_spreadsheet_has_swapped(
    store: Store, exports: Path, texts: list[str]
) -> None:
    """5, 6 and 12 April became 4 May, 4 June and 4 December; what could not, stayed text."""
    cells = [datetime(2026, month, 4, 20) for month in (5, 6, 12)]
    sheet(exports / "support.xlsx", [*cells, *texts])
    with pytest.raises(Problems) as caught:
        ingest(store, [exports / "support.xlsx"], settings=Settings())
    assert [(problem.message, problem.hint) for problem in caught.value.problems] == [
        (SWAPPED, "export again and do not open the file in a spreadsheet program")
    ]


@pytest.mark.parametrize(
    ("days", "texts"),
    [
        ((4, 4, 13), ["13-04-2026 20:00"]),  # no swapped cell has a day above 12
        ((4, 4, 4), ["13-04-2026 20:00", "05-04-2026 20:00"]),  # this text could be a date
        ((4, 4), ["13-04-2026 20:00"]),  # two cells may be so by chance
        ((4, 4, 4), []),
    ],
)
def test_dates_and_texts_that_say_nothing_of_a_swap(
    store: Store, exports: Path, days: tuple[int, ...], texts: list[str]
) -> None:
    cells = [datetime(2026, 5, day, 20) for day in days]
    sheet(exports / "support.xlsx", [*cells, *texts])
    ingest(store, [exports / "support.xlsx"], settings=Settings())
    read = store.execute("select asked_at from raw.support order by source_row")
    spoken = [datetime(2026, 4, int(text[:2]), 20) for text in texts]
    assert read == [(cell,) for cell in [*cells, *spoken]]


def test_american_dates_with_halves_of_the_day(read: Read) -> None:
    lines = "a,11/30/2026 08:55:37 PM\nb,11/05/2026 12:10:00 AM\n"
    _, got = read("support.csv", f"ticket_id,asked_at\n{lines}", "asked_at")
    assert got == [datetime(2026, 11, 30, 20, 55, 37), datetime(2026, 11, 5, 0, 10)]
