"""Every kind of export against files as its console writes them, and the kinds among each other.

A case in `exports/<kind>.toml` says what a file holds and what must stand in the raw table: `""`
for NULL, money to the cent.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from livereview.ingest.kinds import Kind, built_in
from livereview.ingest.kinds.signature import fit
from livereview.model import Source
from livereview.schema import tables
from livereview.store import Store

FOLDER = Path(__file__).parent / "exports"
DELIMITERS = {".csv": ",", ".tsv": "\t", ".xls": "\t"}

GRADE_A = {
    "douyin.anchor_analysis",
    "douyin.order_list",
    "douyin.product",
    "douyin.qianchuan_creative",
    "douyin.qianchuan_live",
    "douyin.qianchuan_product",
    "douyin.session_list",
    "douyin.trade_overview",
    "pinduoduo.live_ads",
    "shopee.live_list",
    "shopee.live_overview",
    "taobao.campaign_products",
    "taobao.campaign_sale",
    "taobao.campaign_summary",
    "taobao.campaign_traffic",
    "taobao.campaign_warmup",
    "taobao.order_detail",
    "taobao.product",
    "taobao.session_list",
    "tiktok.affiliate_orders",
    "tiktok.creator",
    "tiktok.gmv_max",
    "tiktok.gmv_max_live",
    "tiktok.live_analysis",
    "tiktok.live_attributed",
    "tiktok.live_center",
    "tiktok.live_history",
    "tiktok.live_list",
    "tiktok.live_list_zh",
    "tiktok.live_product_zh",
    "tiktok.orders",
    "tiktok.overview",
    "tiktok.product_list",
    "wechat.scene",
    "wechat.session_list",
    "wechat.trend",
    "xiaohongshu.carrier",
    "xiaohongshu.overview",
    "xiaohongshu.shop_overview",
}


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['about']}")
        for path in sorted(FOLDER.glob("*.toml"))
        for case in tomllib.loads(path.read_text("utf-8"))["case"]
    ]


def every_kind() -> list[Any]:
    return [pytest.param(kind, id=name) for name, kind in built_in().items()]


def write(path: Path, case: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".xlsx":
        write_sheet(path, case["rows"], case.get("sheet", "Sheet1"))
        return
    with path.open("w", encoding=case.get("encoding", "utf-8"), newline="") as file:
        csv.writer(file, delimiter=DELIMITERS[path.suffix]).writerows(case["rows"])


def write_sheet(path: Path, rows: Sequence[Sequence[Any]], name: str) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as workbook:
        sheet = workbook.add_worksheet(name)
        moment = workbook.add_format({"num_format": "yyyy/mm/dd hh:mm:ss"})
        day = workbook.add_format({"num_format": "yyyy/mm/dd"})
        clock = workbook.add_format({"num_format": "hh:mm:ss"})
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(i, j, cell, moment)
                elif isinstance(cell, date):
                    sheet.write_datetime(i, j, cell, day)
                elif isinstance(cell, time):
                    sheet.write_datetime(i, j, cell, clock)
                elif isinstance(cell, str):
                    sheet.write_string(i, j, cell)
                else:
                    sheet.write_number(i, j, cell)


def rounded(value: Any) -> Any:
    """Return a stored value as a case writes it."""
    if value is None:
        return ""
    return round(float(value), 2) if isinstance(value, float | int | Decimal) else value


def stored(store: Store, table: str) -> list[dict[str, Any]]:
    columns = tuple(tables()[table].columns)
    names = ", ".join(f'"{column}"' for column in columns)
    rows = store.execute(f"select {names} from raw.{table} order by source_row")
    return [dict(zip(columns, map(rounded, row), strict=True)) for row in rows]


@pytest.mark.parametrize("case", cases())
def test_a_file_is_read_as_its_kind(
    case: dict[str, Any], store: Store, exports: Path, take: Callable[..., list[Source]]
) -> None:
    write(exports / case["file"], case)
    (source,) = take(**case.get("settings", {}))
    assert source.kind == case["kind"]
    assert [(bad.row, bad.column, bad.reason) for bad in source.rejections] == case.get(
        "rejections", []
    )
    counts = (source.rows, source.rejected, source.dropped)
    assert counts == (case["kept"], case.get("rejected", 0), case.get("dropped", 0))
    if "unmapped" in case:
        assert list(source.unmapped) == case["unmapped"]
    assert source.duplicates == 0
    assert len(case["expect"]) <= source.rows
    assert store.execute("select count(*) from raw.conflicts") == [(0,)]
    for due, row in zip(case["expect"], stored(store, source.table or ""), strict=False):
        assert {name: row[name] for name in due} == {n: rounded(x) for n, x in due.items()}
    figures = {one.header: (one.rows, one.violations) for one in source.recomputed}
    for header, rows in case.get("checks", {}).items():
        assert figures[header] == (rows, 0)
    assert not [name for name, (_, violations) in figures.items() if violations]


def test_every_kind_has_a_case() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(built_in())


@pytest.mark.parametrize("kind", every_kind())
def test_a_kind_says_what_it_is_and_where_to_get_it(kind: Kind) -> None:
    assert kind.where
    assert kind.languages
    assert kind.title not in ("", kind.name)
    assert kind.title_zh not in ("", kind.name, kind.title)
    assert kind.presets.get("platform", kind.name.split(".")[0]) == kind.name.split(".")[0]


@pytest.mark.parametrize("kind", every_kind())
def test_a_supported_kind_is_told_by_several_headers(kind: Kind) -> None:
    if kind.grade == "A":
        known = {name for source in kind.columns.values() for name in source.headers}
        assert min(4, len(known)) <= len(kind.requires) <= 8


def rows_of_headers(kind: Kind) -> Iterator[list[str]]:
    """Yield rows of headers that a kind must be told by: all it knows, the fewest, the latest."""
    yield list(dict.fromkeys(name for name in kind.headers if name not in kind.excludes))
    yield [alternatives[0] for alternatives in kind.requires]
    yield [alternatives[-1] for alternatives in kind.requires]


@pytest.mark.parametrize("kind", every_kind())
def test_a_kind_is_never_taken_for_another(kind: Kind) -> None:
    for row in rows_of_headers(kind):
        found = fit([tuple(row), ("",) * len(row)], built_in().values())
        assert found is not None
        assert found.kind.name == kind.name


def test_what_is_supported() -> None:
    assert {name for name, kind in built_in().items() if kind.grade == "A"} == GRADE_A
