from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from livereview.errors import UsageError
from livereview.model import (
    Column,
    Message,
    Quantity,
    Term,
    Type,
    Unit,
    money,
    plural,
    share,
    text,
)
from livereview.report.words import Words, clean

EN = Words("en", "CNY")
ZH = Words("zh-CN", "CNY")


def column(name: str, unit: Unit, type: Type = "float") -> Column:  # noqa: A002
    return Column(name=name, type=type, unit=unit, label=Message(name))


def test_arguments_are_formatted_by_their_kind() -> None:
    said = EN.say(
        text(
            "{who} made {gmv} on {day}: {inner}; {many}; {n}; {tier}",
            who="李佳琦",
            gmv=money(540_000_000),
            day=date(2026, 11, 11),
            inner=text("that is {part}", part=share(0.45)),
            many=["a", Term("head"), "c"],
            n=1234,
            tier=Term("mid"),
        )
    )
    assert said.replace("\N{NO-BREAK SPACE}", " ") == (
        "李佳琦 made ¥540M on Nov 11, 2026: that is 45.0 %; a, head and c; 1,234; mid"
    )


def test_lists_use_the_language() -> None:
    names = text("{names}", names=["a", "b", "c"])
    assert EN.say(names) == "a, b and c"
    assert ZH.say(names) == "a、b 和 c"
    assert EN.say(text("{names}", names=["a", "b"])) == "a and b"
    assert ZH.say(text("{names}", names=["a"])) == "a"
    assert EN.say(text("{names}", names=[])) == "–"


def test_text_in_an_argument_is_never_a_pattern() -> None:
    hostile = "{gmv} {0} %s {{x}} {who.__class__}"
    said = EN.say(text("{who}: {gmv}", who=hostile, gmv=money(5)))
    assert said == f"{hostile}: ¥5.00"


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("李佳琦", "主播李佳琦贡献最大"),
        ("Anna", "主播 Anna 贡献最大"),
        ("李佳琦 Austin", "主播李佳琦 Austin 贡献最大"),
        ("花 西子", "主播花 西子贡献最大"),
        ("", "主播  贡献最大"),
    ],
)
def test_chinese_sets_off_what_is_not_chinese(who: str, said: str) -> None:
    assert ZH.say(text("主播 {who} 贡献最大", who=who)) == said


def test_english_keeps_its_spaces() -> None:
    assert EN.say(text("{a} {b} and {a}.", a="李佳琦", b="x")) == "李佳琦 x and 李佳琦."


def test_a_measure_reads_by_its_columns_label() -> None:
    assert EN.label("target") == "Target"
    assert EN.term("target") == "target"
    assert EN.label("head.gmv") == "head · GMV"
    assert EN.label("own") == "own rooms"


def test_a_dotted_id_reads_part_by_part() -> None:
    assert EN.term("head.gmv_share") == "head · Share of GMV"
    assert EN.term("..") == ".."


def test_a_place_without_an_argument_stays_visible() -> None:
    assert EN.say(text("{absent} x")) == "{absent} x"


@pytest.mark.parametrize(("n", "said"), [(0, "0 days late"), (1, "1 day late"), (2, "2 days late")])
def test_plural_follows_the_count(n: int, said: str) -> None:
    assert EN.say(plural("{n} day late", "{n} days late", n)) == said


def test_a_missing_translation_stays_english() -> None:
    assert ZH.say(text("No catalog has this {x}", x="y")) == "No catalog has this y"
    assert ZH.say(plural("No {n} such thing", "No {n} such things", 3)) == "No 3 such things"
    assert ZH.gettext("No catalog has this either") == "No catalog has this either"


def test_nothing_said_is_nothing() -> None:
    assert ZH.gettext("") == ""
    assert ZH.say(Message("")) == ""


def test_chinese_words_come_from_the_catalog() -> None:
    assert ZH.term("gmv") == "GMV"
    assert ZH.term("head") == "头部"
    assert ZH.term("view_pay_rate_uv") == "看播成交转化率"


def test_terms_read_by_their_column_first() -> None:
    assert EN.term("buyers") == "Buyers"
    assert EN.term("buyers", "step") == "Paid"
    assert EN.term("hour") == "Hour"
    assert EN.term("add_to_cart\x1b[2J") == "add_to_cart"


@pytest.mark.parametrize(
    ("value", "of", "said"),
    [
        (None, column("gmv", "money"), "–"),
        ("", column("name", "text", "text"), "–"),
        ("739162845501928374", column("anchor_id", "text", "text"), "739162845501928374"),
        ("head", column("tier", "term", "text"), "head"),
        ("unattributed", column("channel", "text", "text"), "unattributed"),
        (0.1, column("share_of_gap", "share"), "10.0\N{NO-BREAK SPACE}%"),
        ("buyers", column("step", "term", "text"), "Paid"),
        (True, column("estimated", "bool", "bool"), "yes"),
        (date(2026, 11, 1), column("day", "date", "date"), "2026-11-01"),
        (datetime(2026, 11, 1, 20, 5), column("at", "time", "datetime"), "2026-11-01 20:05"),  # noqa: DTZ001
        (0.15, column("change", "share"), "+15.0\N{NO-BREAK SPACE}%"),
        (0.15, column("lift_rel", "share"), "+15.0\N{NO-BREAK SPACE}%"),
        (2e8, column("mix_effect", "money"), "+¥200M"),
        (0.15, column("exchange_rate", "share"), "15.0\N{NO-BREAK SPACE}%"),
    ],
)
def test_cells(value: object, of: Column, said: str) -> None:
    assert EN.cell(value, of) == said  # type: ignore[arg-type]


def test_interval() -> None:
    assert EN.interval(0.012, 0.034, "share").replace("\N{NO-BREAK SPACE}", " ") == (
        "1.20 % to 3.40 %"
    )
    assert EN.interval(None, 0.034, "share") == "–"


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("first\nsecond\r\n\tthird", "first second third"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("a\x00b\x0bc\x85d", "a b c d"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\ud800x\ufffe", "x"),
        ("👩\u200d💻 مرحبا", "👩\u200d💻 مرحبا"),
    ],
)
def test_clean_leaves_one_printable_line(raw: str, line: str) -> None:
    assert clean(raw) == line


def test_quantities_are_signed_where_they_say_so() -> None:
    assert EN.say(text("{x}", x=Quantity(0.1, "share", signed=True))).startswith("+")


def test_an_unknown_language_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        Words("de", "CNY")


def test_the_catalog_is_where_it_is_packaged() -> None:
    from livereview.report.words import LOCALES

    assert Path(LOCALES, "zh_CN", "LC_MESSAGES", "livereview.po").is_file()


def test_a_plural_without_a_translation_stays_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty plural form must not become the singular: it would say "one" for eight."""
    catalog = tmp_path / "zh_CN" / "LC_MESSAGES" / "livereview.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text('msgid "one day"\nmsgid_plural "{n} days"\nmsgstr[0] ""\n', "utf-8")
    monkeypatch.setattr("livereview.report.words.LOCALES", tmp_path)
    assert Words("zh-CN", "CNY").say(plural("one day", "{n} days", 8)) == "8 days"
