"""Files as they come when something went wrong, each with the clean table it was made from.

A pollution takes a clean table and a way to write it, and says which rows it touched and how else
their cells may be read: literally, as the file has them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

Cells: TypeAlias = list[str]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    delimiter: str = ","
    end: str = "\n"
    codec: str = "utf-8"

    @property
    def suffix(self) -> str:
        return {"\t": "tsv", "|": "txt"}.get(self.delimiter, "csv")


@dataclass(frozen=True, kw_only=True)
class Table:
    """A clean table: columns of the dictionary and others, rows of text as a console writes it."""

    name: str
    header: Cells
    rows: list[Cells]

    @property
    def key(self) -> str:
        return self.header[0]


@dataclass(kw_only=True)
class Case:
    """A polluted file.

    Attributes:
        touched: indices of the rows that the pollution changed.
        literal: (row, column) -> what a reader may see there instead.
    """

    pollution: str
    table: Table
    dialect: Dialect
    content: bytes
    touched: set[int] = field(default_factory=set)
    literal: dict[tuple[int, int], str] = field(default_factory=dict)


TITLES = (
    "双11返场，全场5折", '主播说"买它", 速来', "don't miss it", "零食; 饮料", "夏季|新品",
    "小美 的 直播", "“爆款”秒杀", "", "限时, 最后1天", "A/B 测试", "6'2\" 显示器, 黑",
    "第一行\n第二行, 完", "普通", "普通", "普通商品", ", 逗号开头", "家电", "'引号'",
)  # fmt: skip
REGIONS = ("北京", "广东", "内蒙古", "", "上海", "四川")
REASONS = ("", "", "不喜欢", "尺码不合, 换货", "质量问题；破损", '"色差"大')


def orders(rng: random.Random, width: int, rows: int) -> Table:
    first = 7_651_420_000_000_000_000 + rng.randrange(10**15)
    columns: dict[str, Callable[[int], str]] = {
        "order_id": lambda i: str(first + i * 37),
        "category": lambda i: rng.choice(TITLES),
        "paid_amount": lambda i: rng.choice(
            (f"{rng.randrange(100, 99999) / 100:,.2f}", "1,288.00")
        ),
        "paid_at": lambda i: str(datetime(2026, 11, 11, 20) + timedelta(seconds=61 * i)),  # noqa: DTZ001
        "备注": lambda i: rng.choice(TITLES),
        "quantity": lambda i: str(rng.randrange(1, 1500)),
        "region": lambda i: rng.choice(REGIONS),
        "refund_reason": lambda i: rng.choice(REASONS),
        "product_id": lambda i: f"p{rng.randrange(99)}",
        "brand": lambda i: rng.choice(TITLES),
        "list_amount": lambda i: rng.choice(("", f"{rng.randrange(1000, 999999) / 100:,.2f}")),
        "channel": lambda i: rng.choice(("推荐feed", "关注", "搜索", "")),
        "买家留言": lambda i: rng.choice(("", "", "尽快发货", "谢谢")),
        "city_tier": lambda i: rng.choice(("", "一线", "三线")),
    }
    header = list(columns)[:width]
    return Table(name="orders", header=header, rows=[
        [columns[name](i) for name in header] for i in range(rows)
    ])  # fmt: skip


def sessions(rng: random.Random, width: int, rows: int) -> Table:
    start = datetime(2026, 11, 1, 19)  # noqa: DTZ001
    file = rng.randrange(10**9)
    columns: dict[str, Callable[[int], str]] = {
        "session_id": lambda i: f"s{file}-{i}",
        "start_at": lambda i: (start + timedelta(hours=13 * i)).strftime("%Y/%m/%d %H:%M:%S"),
        "title": lambda i: rng.choice(TITLES),
        "viewers_uv": lambda i: f"{rng.randrange(100, 999999):,}",
        "gmv_gross": lambda i: f"{rng.randrange(100, 9999999) / 100:.2f}",
        "account_name": lambda i: rng.choice(("小店", "旗舰店, 官方", "")),
        "主播头像": lambda i: f"https://p11.example.com/a,b?x={i}",
        "new_followers": lambda i: rng.choice(("", "-", str(rng.randrange(500)))),
        "brand": lambda i: rng.choice(("", "", "")),
    }
    header = list(columns)[: max(width, 2)]
    return Table(name="sessions", header=header, rows=[
        [columns[name](i) for name in header] for i in range(rows)
    ])  # fmt: skip


def feedback(rng: random.Random, width: int, rows: int) -> Table:
    del width
    file = rng.randrange(10**9)
    return Table(name="feedback", header=["feedback_id", "topic"], rows=[
        [f"f{file}-{i}", rng.choice(TITLES)] for i in range(rows)
    ])  # fmt: skip


# Writing -----------------------------------------------------------------------------------------


def cell(text: str, dialect: Dialect, quote: str = '"') -> str:
    close = "”" if quote == "“" else quote
    if any(sign in text for sign in (dialect.delimiter, quote, close, "\n", '"')):
        inner = text.replace(quote, quote * 2) if close == quote else text
        return quote + inner + close
    return text


def line(cells: Cells, dialect: Dialect) -> str:
    return dialect.delimiter.join(cell(text, dialect) for text in cells)


def lines(table: Table, dialect: Dialect) -> list[str]:
    return [line(cells, dialect) for cells in (table.header, *table.rows)]


def case(
    pollution: str, table: Table, dialect: Dialect, written: list[str], *touched: int,
    literal: dict[tuple[int, int], str] | None = None,
) -> Case:  # fmt: skip
    text = dialect.end.join([*written, ""])
    return Case(
        pollution=pollution, table=table, dialect=dialect, touched=set(touched),
        literal=literal or {}, content=text.encode(dialect.codec, "replace"),
    )  # fmt: skip


Polluter: TypeAlias = Callable[[random.Random, Table, Dialect], Case | None]


def pick(rng: random.Random, table: Table) -> int:
    return rng.randrange(1, len(table.rows) - 1)


def clean(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    return case("clean", table, dialect, lines(table, dialect))


def stray(where: str) -> Polluter:
    def pollute(rng: random.Random, table: Table, dialect: Dialect) -> Case:
        row, column = pick(rng, table), rng.randrange(len(table.header))
        written = lines(table, dialect)
        cells = [cell(text, dialect) for text in table.rows[row]]
        raw, text = cells[column], table.rows[row][column]
        at = {"start": 0, "end": len(raw), "inside": max(len(raw) // 2, 1)}[where]
        cells[column] = raw[:at] + '"' + raw[at:]
        written[row + 1] = dialect.delimiter.join(cells)
        inner = at - (raw != text)  # within the text, if the cell is quoted
        literal = {(row, column): text[: max(inner, 0)] + '"' + text[max(inner, 0) :]}
        return case(f"stray {where}", table, dialect, written, row, literal=literal)

    return pollute


def stray_in_header(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    column = rng.randrange(len(table.header))
    header = list(table.header)
    at = rng.choice((0, len(header[column]), len(header[column]) // 2))
    header[column] = header[column][:at] + '"' + header[column][at:]
    written = lines(table, dialect)
    written[0] = dialect.delimiter.join(header)
    return case("stray in header", table, dialect, written)


def lost_separator(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    row, column = pick(rng, table), rng.randrange(len(table.header) - 1)
    cells = [cell(text, dialect) for text in table.rows[row]]
    cells[column : column + 2] = ["".join(cells[column : column + 2])]
    written = lines(table, dialect)
    written[row + 1] = dialect.delimiter.join(cells)
    return case("lost separator", table, dialect, written, row)


def lost_separator_in_header(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    column = rng.randrange(len(table.header) - 1)
    header = list(table.header)
    header[column : column + 2] = ["".join(header[column : column + 2])]
    written = lines(table, dialect)
    written[0] = dialect.delimiter.join(header)
    return case("lost separator in header", table, dialect, written)


def quoted_by(quote: str, whole: bool, everything: bool) -> Polluter:
    """All of a file or one row in other quotes: every cell, or where a cell needs it."""

    def pollute(rng: random.Random, table: Table, dialect: Dialect) -> Case | None:
        if quote == "“" and dialect.codec == "gb18030" and not everything:
            return None
        close = "”" if quote == "“" else quote

        def wrap(text: str) -> str:
            if not everything:
                return cell(text, dialect, quote)
            return quote + (text.replace(quote, quote * 2) if close == quote else text) + close

        row = pick(rng, table)
        written = lines(table, dialect)
        literal: dict[tuple[int, int], str] = {}
        chosen = range(len(written)) if whole else [row + 1]
        for index in chosen:
            cells = table.header if index == 0 else table.rows[index - 1]
            written[index] = dialect.delimiter.join(map(wrap, cells))
            if not everything:
                # A single cell in other quotes may as well bear them.
                literal |= {(index - 1, i): wrap(text) for i, text in enumerate(cells)}
        name = f"{'file' if whole else 'row'} quoted by {quote}" + (" all" if everything else "")
        touched = range(len(table.rows)) if whole else [row]
        return case(name, table, dialect, written, *touched, literal=literal)

    return pollute


def others(dialect: Dialect) -> list[Dialect]:
    return [
        Dialect(delimiter=d, end=dialect.end, codec=dialect.codec)
        for d in ",\t;|" if d != dialect.delimiter
    ]  # fmt: skip


def mixed_row(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    row = pick(rng, table)
    written = lines(table, dialect)
    written[row + 1] = line(table.rows[row], rng.choice(others(dialect)))
    return case("row separated otherwise", table, dialect, written, row)


def mixed_half(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    half = len(table.rows) // 2
    written = lines(table, dialect)
    written[half + 1 :] = lines(table, rng.choice(others(dialect)))[half + 1 :]
    touched = range(half, len(table.rows))
    return case("half separated otherwise", table, dialect, written, *touched)


def mixed_cell(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    row, column = pick(rng, table), rng.randrange(len(table.header) - 1)
    cells = [cell(text, dialect) for text in table.rows[row]]
    joint = rng.choice(others(dialect)).delimiter
    cells[column : column + 2] = [joint.join(cells[column : column + 2])]
    written = lines(table, dialect)
    written[row + 1] = dialect.delimiter.join(cells)
    return case("cell separated otherwise", table, dialect, written, row)


def extra_cell(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    row, column = pick(rng, table), rng.randrange(len(table.header) + 1)
    cells = list(table.rows[row])
    cells.insert(column, rng.choice(("", "多余", "0")))
    written = lines(table, dialect)
    written[row + 1] = line(cells, dialect)
    return case("extra cell", table, dialect, written, row)


def short_row(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    row = rng.randrange(len(table.rows))
    cells = list(table.rows[row])
    if rng.random() < 0.5:
        del cells[rng.randrange(len(cells))]
    else:
        del cells[rng.randrange(1, len(cells)) :]
    written = lines(table, dialect)
    written[row + 1] = line(cells, dialect)
    return case("short row", table, dialect, written, row)


PREAMBLE = (
    "直播数据明细", "统计时间：2026-11-01 ~ 2026-11-12", "", "账号,小店旗舰店",
    "导出人;运营;2026-11-13 09:00", '"[Date Range]: 2026-11-01\n~ 2026-11-12"', '报表 "双11',
    '"数据说明', "a|b|c", "日期,2026-11-12,渠道,全部", ",,,,", "共 60 条\t单位：元",
)  # fmt: skip


def preamble(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    above = [rng.choice(PREAMBLE) for _ in range(rng.randrange(1, 8))]
    return case("preamble", table, dialect, [*above, *lines(table, dialect)])


def footnote(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    pad = dialect.delimiter * (len(table.header) - 1)
    notes = [
        "注：以上数据仅供参考", "数据更新至 2026-11-13 09:00", "* 退款按支付时间统计",
        "说明: a, b, c; d",
        f"备注：仅供参考{pad}", "Note: figures exclude refunds, tax, and shipping.",
        "注：金额单位为元, 含税, 不含运费, 截至2026-11-12",
    ]  # fmt: skip
    below = [rng.choice(("", pad))] if rng.random() < 0.5 else []
    below += rng.sample(notes, rng.randrange(1, 3))
    return case("footnote", table, dialect, [*lines(table, dialect), *below])


def total(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    cells = [rng.choice(("", "1,234.00", "-")) for _ in table.header]
    cells[0] = rng.choice(("合计", "总计", "Total", "Grand Total", "汇总：", "小计"))
    if len(cells) > 2 and rng.random() < 0.3:
        cells[0], cells[1] = "", cells[0]
    return case("total", table, dialect, [*lines(table, dialect), line(cells, dialect)])


def trailing(where: str) -> Polluter:
    def pollute(rng: random.Random, table: Table, dialect: Dialect) -> Case:
        written = lines(table, dialect)
        chosen = {
            "all": range(len(written)),
            "rows": range(1, len(written)),
            "header": [0],
            "some": rng.sample(range(1, len(written)), len(written) // 4),
        }[where]
        for index in chosen:
            written[index] += dialect.delimiter
        touched = [index - 1 for index in chosen if index] if where == "some" else []
        return case(f"separator at the end of {where}", table, dialect, written, *touched)

    return pollute


def commas(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    empty = dialect.delimiter * rng.choice((len(table.header) - 1, len(table.header) + 3))
    return case("separators only", table, dialect, lines(table, dialect) + [empty] * 3000)


def bom_inside(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    written = lines(table, dialect)
    row = pick(rng, table)
    written[row + 1] = "\ufeff" + written[row + 1]
    return case("mark inside", table, dialect, written)


def blank_lines(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    written = lines(table, dialect)
    for _ in range(rng.randrange(1, 6)):
        written.insert(rng.randrange(1, len(written)), rng.choice(("", "", "  ")))
    return case("blank lines", table, dialect, written)


def spaced(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    close = rng.choice(("", " "))
    written = [
        f"{close}{dialect.delimiter} ".join(cell(text, dialect) for text in cells)
        for cells in (table.header, *table.rows)
    ]
    return case("spaces around separators", table, dialect, written)


def header_again(rng: random.Random, table: Table, dialect: Dialect) -> Case:
    written = lines(table, dialect)
    for _ in range(rng.randrange(1, 4)):
        mark = rng.choice(("", "", "\ufeff"))
        written.insert(rng.randrange(1, len(written) + 1), mark + written[0])
    return case("header again", table, dialect, written)


def inner_quotes(escape: str) -> Polluter:
    """Quotes within quoted cells that are not doubled, or are escaped by a backslash."""

    def pollute(rng: random.Random, table: Table, dialect: Dialect) -> Case:
        written = lines(table, dialect)
        touched = []
        for row, cells in enumerate(table.rows):
            if any('"' in text for text in cells):
                touched.append(row)
                written[row + 1] = dialect.delimiter.join(
                    f'"{text.replace(chr(34), escape)}"' if '"' in text else cell(text, dialect)
                    for text in cells
                )
        name = "inner quotes escaped by \\" if escape != '"' else "inner quotes as they are"
        return case(name, table, dialect, written, *touched)

    return pollute


POLLUTIONS: tuple[Polluter, ...] = (
    clean, stray("start"), stray("inside"), stray("end"), stray_in_header, lost_separator,
    lost_separator_in_header, mixed_row, mixed_half, mixed_cell, extra_cell, short_row, preamble,
    preamble, footnote, footnote, total, trailing("all"), trailing("rows"), trailing("header"),
    trailing("some"), commas, bom_inside, blank_lines, spaced, header_again, inner_quotes('"'),
    inner_quotes('\\"'),
    *(quoted_by(quote, whole, everything) for quote in "'`“" for whole in (True, False)
      for everything in (True, False)),
)  # fmt: skip

DIALECTS = (
    Dialect(), Dialect(end="\r\n", codec="utf-8-sig"), Dialect(delimiter="\t", codec="utf-16"),
    Dialect(codec="gb18030", end="\r\n"), Dialect(delimiter=";"),
    Dialect(delimiter="|", end="\r\n"), Dialect(delimiter="\t"),
    Dialect(delimiter=";", codec="gb18030"),
)  # fmt: skip


def cases(seed: int = 11) -> Iterator[Case]:
    """Yield every pollution of several tables of several widths, written in every way."""
    rng = random.Random(seed)
    for polluter in POLLUTIONS:
        for number, dialect in enumerate(DIALECTS * 2):
            make = (orders, sessions, feedback, orders)[number % 4 if number < 8 else 0]
            width = rng.choice((2, 3, 5, 9, 14) if make is orders else (3, 5, 9))
            found = polluter(rng, make(rng, width, rng.randrange(24, 60)), dialect)
            if found is not None:
                yield found
