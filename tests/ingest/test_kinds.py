"""Files of kinds: every fault told with its line and a remedy, all at once; what a user's say."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from livereview.errors import ExitCode, Problems, UsageProblems
from livereview.ingest import Settings, ingest
from livereview.ingest.kinds import built_in, known, parse
from livereview.ingest.mapping import vocabulary
from livereview.schema import tables
from livereview.store import Store
from tests.stores import created

from .files import SHOP, Rows, book, kinds, text

FILE = "mappings/myshop.session_list.toml"


def faults(written: str, name: str = "myshop.session_list") -> list[tuple[str, str]]:
    """Return what is wrong with a file: place and fact, and the remedy."""
    with pytest.raises(UsageProblems) as caught:
        parse(textwrap.dedent(written).lstrip("\n"), name, f"mappings/{name}.toml")
    return [(problem.message, problem.hint) for problem in caught.value.problems]


def of_shop(written: str) -> list[tuple[str, str]]:
    """Return what is wrong with lines at the end of a sound file, by their own number."""
    lines = len(SHOP.splitlines())
    found = []
    for message, hint in faults(SHOP + textwrap.dedent(written).lstrip("\n")):
        place, _, fact = message.removeprefix(f"{FILE}:").partition(": ")
        found.append((f"{int(place) - lines + 1}: {fact}", hint))
    return found


# Faults


def test_all_faults_of_a_file_are_told_at_once_each_at_its_line() -> None:
    assert faults(
        """
        table = "sessions"
        colums = 1
        grade = "D"
        date_order = "ymd"
        description_rows = 7
        requires = ["a"]

        [columns]
        start_att = "x"
        session_id = "Room"
        gmv_gross = { from = ["y"], units = "元", clock = "s:s" }
        buyers = 5
        [presets]
        plattform = "x"
        [drop]
        "日期" = 5
        [checks]
        "r1" = "buyers /"
        "r2" = "buyerz / viewers_uv"
        """
    ) == [
        (f"{FILE}:2: colums is not known", "did you mean columns?"),
        (f"{FILE}:3: grade must be one of A, B, C", "correct it"),
        (
            f"{FILE}:6: requires must list 4 to 8 headers that tell this export from others",
            'of headers that stand for each other write a list: ["GMV", ["Views", "Viewers"]]',
        ),
        (f"{FILE}:9: columns.start_att is no column of sessions", "did you mean start_at?"),
        (
            f"{FILE}:11: columns.gmv_gross.units is not known",
            "a column has from, unit, clock, range, fill and values",
        ),
        (
            f'{FILE}:11: columns.gmv_gross.clock must be "h:m" or "m:s"',
            "it says what 03:20 means",
        ),
        (f"{FILE}:12: columns.buyers must be a text or a list of texts", 'write ["a", "b"]'),
        (f"{FILE}:14: presets.plattform is no column of sessions", "did you mean platform?"),
        (f"{FILE}:16: drop.日期 must be a text or a list of texts", 'write ["a", "b"]'),
        (f"{FILE}:18: checks.r1 is not finished", 'such as "buyers / viewers_uv"'),
        (f"{FILE}:19: checks.r2 names buyerz, no column of sessions", "did you mean buyers?"),
        (
            f"{FILE}:5: description_rows must be a whole number from 0 to 3",
            "leave it out for 0",
        ),
        (f"{FILE}:4: date_order must be one of dmy, mdy", "correct it"),
        (f"{FILE}:8: columns lacks start_at", "sessions requires it"),
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('table = "sesions"\n', ("1: table names no table", "did you mean sessions?")),
        ('\ntable = "zzz"\n', ("1: table names no table", f"it may be {', '.join(tables())}")),
        ("table = 5\n", ("1: table must be text", 'put it in quotes: "..."')),
    ],
)
def test_a_table_that_is_none(written: str, told: tuple[str, str]) -> None:
    message, hint = told
    assert faults(written)[0] == (f"{FILE}:{message}", hint)


@pytest.mark.parametrize("value", ["5", "true", "2026-11-11", '["x"]', "{ x = 1 }"])
@pytest.mark.parametrize("key", ["table", "title", "title_zh", "where"])
def test_what_must_be_text_is_told_once(key: str, value: str) -> None:
    head = "" if key == "table" else 'table = "sessions"\n'
    said = [message for message, _ in faults(f"{head}{key} = {value}\n") if "text" in message]
    assert said == [f"{FILE}:{1 if key == 'table' else 2}: {key} must be text"]


@pytest.mark.parametrize("key", ["columns", "presets", "drop", "keep", "checks"])
@pytest.mark.parametrize("value", ["5", '"x"', "[]"])
def test_what_must_be_a_table(key: str, value: str) -> None:
    found = faults(f'table = "sessions"\nrequires = ["a", "b"]\n{key} = {value}\n')
    assert (
        f"{FILE}:3: {key} must be a table",
        f"write it as key = value lines under [{key}]",
    ) in found


def test_columns_that_are_missing_or_empty() -> None:
    head = 'table = "sessions"\nrequires = ["a", "b"]\n'
    lacks = ["columns lacks start_at", "columns lacks session_id or platform"]
    for rest, place in (("[columns]\n", f"{FILE}:3"), ("", FILE)):
        assert [message for message, _ in faults(head + rest)] == [
            f"{place}: columns is empty", *(f"{place}: {fact}" for fact in lacks),
        ]  # fmt: skip


def test_what_a_table_requires_may_come_from_presets_or_the_files_period() -> None:
    head = 'table = "totals"\nrequires = ["a", "b"]\n[columns]\norders = "a"\n'
    assert [message for message, _ in faults(head)] == [f"{FILE}:3: columns lacks day"]
    kind = parse(f'period = ["day", "last_day"]\n{head}', "a.b", "a.b.toml")
    assert kind.period == ("day", "last_day")


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("gmv_gross = []", "columns.gmv_gross must name a header"),
        ("gmv_gross = { unit = '元' }", "columns.gmv_gross must name a header"),
        ('gmv_gross = ""', "columns.gmv_gross must be a text or a list of texts"),
        ('gmv_gross = ["x", 5]', "columns.gmv_gross must be a text or a list of texts"),
        ("gmv_gross = true", "columns.gmv_gross must be a text or a list of texts"),
        ('gmv_gross = { from = "x", range = true }', "columns.gmv_gross.range has no "),
        ('duration_s = { from = "x", range = true }', "columns.duration_s.range has no "),
        ('gmv_gross = { from = "x", range = "yes" }', "columns.gmv_gross.range must be "),
        ('duration_s = { from = "x", unit = "parsec" }', "columns.duration_s.unit "),
        ('duration_s = { from = "x", unit = 5 }', "columns.duration_s.unit "),
        ('gmv_gross = { from = "x", unit = "分钟" }', "columns.gmv_gross.unit "),
        ('gmv_gross = { from = "x", clock = 5 }', 'columns.gmv_gross.clock must be "h:m" or'),
    ],
)
def test_a_column_that_cannot_be_read_so(line: str, fact: str) -> None:
    ((message, hint),) = of_shop(line)
    assert message.startswith(f"1: {fact}")
    assert hint


@pytest.mark.parametrize(
    "line",
    [
        'end_at = "yesterday"',
        'duration_s = "long"',
        "viewers_uv = -5",
        'estimated = "perhaps"',
        "title = { x = 1 }",
        'title = ["x"]',
    ],
)
def test_a_preset_that_its_column_cannot_hold(line: str) -> None:
    written = SHOP.replace('platform = "myshop"', f'platform = "myshop"\n{line}').lstrip("\n")
    place = written.splitlines().index(line) + 1
    ((message, hint),) = faults(written)
    assert message.startswith(f"{FILE}:{place}: presets.{line.split(' ')[0]} ")
    assert hint


def test_a_preset_of_a_choice_is_one_of_its_words() -> None:
    ((message, _),) = faults(
        """
        table = "ads"
        requires = ["a", "b"]
        [presets]
        level = "galaxy"
        [columns]
        ad_cost = "a"
        day = "b"
        """
    )
    assert message.startswith(f"{FILE}:4: presets.level ")


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ('"r" = ""', "is not finished"),
        ('"r" = "buyers viewers_uv"', "has no sign before viewers_uv"),
        ('"r" = "(buyers"', "is not finished"),
        ('"r" = "buyers)"', "has a bracket that closes nothing"),
        ('"r" = "/ buyers"', "has nothing before /"),
        ('"r" = "buyers; drop table x"', "holds something that is no formula: ; drop table x"),
        ('"r" = { is = "buyers / viewers_uv", unit = "procent" }', ""),
        ('"r" = { is = ["buyers"] }', ""),
        ('"r" = { if = "buyers / viewers_uv" }', ""),
        ('"r" = 5', ""),
    ],
)
def test_a_check_that_is_none(line: str, fact: str) -> None:
    ((message, hint),) = of_shop(f"[checks]\n{line}\n")
    assert message.startswith(f"2: checks.r {fact}".rstrip())
    assert hint


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('period = ["dya"]', "period"),
        ('period = ["gmv_gross"]', "period"),
        ('period = ["start_at", "end_at", "start_at"]', "period"),
        ('requires = ["a", []]', "requires"),
        ('requires = ["a", 5]', "requires"),
        ('requires = "a"', "requires"),
        ('excludes = [["a"]]', "excludes"),
        ("files = 5", "files"),
        ("languages = [1]", "languages"),
    ],
)
def test_lists_that_hold_something_else(line: str, key: str) -> None:
    own = SHOP.replace('requires = ["Shop", "Began", "Room"]\n', "") if key == "requires" else SHOP
    ((message, hint),) = faults(f"{line}\n{own}")
    assert message.startswith(f"{FILE}:1: {key} ")
    assert hint


def test_a_misspelled_extends() -> None:
    said = faults('extend = "douyin.session_list"\n')
    assert (f"{FILE}:1: extend is not known", "did you mean extends?") in said


@pytest.mark.parametrize(
    "name", ["sessions", "My Shop.list", "a.b.c", "a.", ".b", "淘宝.直播", "a-b.c"]
)
def test_a_file_is_named_by_platform_and_export(name: str) -> None:
    assert faults(SHOP, name) == [
        (
            (
                f"mappings/{name}.toml: the file's name is that of the kind and must be "
                "<platform>.<export>"
            ),
            "name it like myshop.session_list.toml",
        )
    ]


@pytest.mark.parametrize(
    "written",
    [
        'table = "sessions\n',
        'table = "sessions"\n[columns]\nstart_at = "a"\nstart_at = "b"\n',
        "table = sessions\n",
        "[[[\n",
    ],
)
def test_what_is_no_toml_is_told_with_its_line(written: str) -> None:
    ((message, hint),) = faults(written)
    assert re.match(rf"{FILE}:\d: ", message)
    assert hint == "correct the TOML"


# What extends another


def test_what_extends_says_what_it_replaces() -> None:
    base = built_in()["douyin.session_list"]
    kind = parse(
        """
        extends = "douyin.session_list"
        files = ["our*.csv"]
        [columns]
        gmv_gross = "Umsatz"
        likes_pv = "Likes"
        [presets]
        platform = "elsewhere"
        """,
        "mine.list",
        "mine.list.toml",
    )
    assert kind.name == "mine.list"
    assert kind.files == ("our*.csv",)
    assert kind.presets == {"platform": "elsewhere"}
    assert kind.columns["gmv_gross"].headers == ("Umsatz",)
    assert kind.columns["likes_pv"].headers == ("Likes",)
    left = base.columns.keys() - {"gmv_gross"}
    assert {name: kind.columns[name] for name in left} == {n: base.columns[n] for n in left}
    assert (kind.requires, kind.excludes, kind.checks) == (
        base.requires, base.excludes, base.checks,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ('"douyin.sesion_list"', "did you mean douyin.session_list?"),
        ('"../exports/douyin.session_list"', "did you mean douyin.session_list?"),
        ('"zzz.zzz"', "`livereview list sources` shows the kinds"),
        ("5", "`livereview list sources` shows the kinds"),
    ],
)
def test_extends_names_a_built_in_kind(value: str, hint: str) -> None:
    assert faults(f'title = "x"\nextends = {value}\n') == [
        (f"{FILE}:2: extends names no built-in kind", hint)
    ]


def test_faults_of_what_extends_are_at_its_own_lines() -> None:
    assert faults(
        """
        extends = "douyin.session_list"

        [columns]
        gmv_gros = "x"
        """
    ) == [(f"{FILE}:4: columns.gmv_gros is no column of sessions", "did you mean gmv_gross?")]


# Several files


def test_the_faults_of_all_files_come_together(tmp_path: Path) -> None:
    paths = kinds(
        tmp_path,
        a__one=SHOP.replace("sessions", "sesions"),
        a__two=SHOP + "buyerz = 'x'\n",
        a__three=SHOP,
    )
    lost = tmp_path / "a.lost.toml"
    latin = tmp_path / "a.latin.toml"
    latin.write_bytes(SHOP.encode() + 'title = "é"\n'.encode("latin-1"))
    with pytest.raises(UsageProblems) as caught:
        known((*paths, lost, latin))
    assert caught.value.code is ExitCode.USAGE
    one, two, missing, broken = (problem.message for problem in caught.value.problems)
    assert one == f"{paths[0]}:2: table names no table"
    assert two == f"{paths[1]}:10: columns.buyerz is no column of sessions"
    assert missing.startswith(f"{lost}: it cannot be read: ")
    assert broken.startswith(f"{latin}: it cannot be read: ")


def test_a_file_with_a_mark_of_byte_order_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.list.toml"
    path.write_bytes(("\ufeff" + SHOP).replace("\n", "\r\n").encode())
    assert known([path])["a.list"].requires == (("Shop",), ("Began",), ("Room",))


def test_headers_of_a_users_kind_are_known_to_the_reader(tmp_path: Path) -> None:
    (path,) = kinds(tmp_path, a__list=SHOP + 'comments_pv = "Ｋommentare (Anzahl)"\n')
    assert "kommentare(anzahl)" in vocabulary(known([path]))
    assert "kommentare(anzahl)" not in vocabulary(built_in())


# Through files


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with created(tmp_path_factory.mktemp("kinds") / "store.duckdb") as store:
        yield store


@pytest.fixture
def read(empty: Store, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Read a CSV or workbook with files of kinds; return kind and rows of each sheet."""
    exports = tmp_path / "exports"
    exports.mkdir()

    def run(name: str, rows: Rows | dict[str, Rows], **texts: str) -> list[tuple[str, int]]:
        if isinstance(rows, dict):
            book(exports / name, rows)
        else:
            (exports / name).write_text(text(rows), encoding="utf-8")
        settings = Settings(mappings=kinds(tmp_path / "mappings", **texts))
        return [(one.kind, one.rows) for one in ingest(empty, [exports], settings=settings)]

    yield run
    for table in ("sessions", "sources", "conflicts"):
        empty.execute(f"delete from raw.{table}")


HEAD = ("Shop", "Began", "Room")
ROW = ("a", "2026-11-11 20:00", "r1")
LIST = ("主播抖音号", "直播开始时间", "直播间观看人数", "直播间成交金额")
MINE = 'extends = "douyin.session_list"\n'


def test_a_users_kind_of_a_built_in_name_replaces_it(empty: Store, read: Any) -> None:
    mine = 'extends = "douyin.session_list"\n[columns]\ncomments_pv = "直播间观看人数"\n'
    rows = [LIST, ("a", "2026-11-11 20:00:01", 3, 4)]
    assert read("a.csv", rows, douyin__session_list=mine) == [("douyin.session_list", 1)]
    assert empty.execute("select comments_pv from raw.sessions") == [(3,)]


def test_files_wins_a_tie(read: Any) -> None:
    said = {"my__one": SHOP, "my__two": f'files = ["b*.csv"]\n{SHOP}'}
    assert read("book.csv", [HEAD, ROW], **said) == [("my.two", 1)]
    with pytest.raises(Problems, match=r"exports/a\.csv: its headers fit my\.one and my\.two"):
        read("a.csv", [HEAD, ROW], **said)


def test_the_hint_of_a_tie_can_be_followed(read: Any) -> None:
    rows = [LIST, ("a", "2026-11-11 20:00:01", 3, 4)]
    with pytest.raises(Problems) as caught:
        read("a.csv", rows, my__list=MINE)
    hint = caught.value.problems[0].hint
    name, extends, files = re.findall(r"mappings/(\S+)\.toml|`(.+?)`", hint)
    said = f"{extends[1]}\n{files[1]}\n"
    assert read("a.csv", rows, my__list=MINE, **{name[0].replace(".", "__"): said}) == [
        (name[0], 1)
    ]


def test_a_tie_of_users_kinds_has_a_hint_that_can_be_followed(read: Any) -> None:
    rows = [HEAD, ROW]
    with pytest.raises(Problems) as caught:
        read("a.csv", rows, my__one=SHOP, my__two=SHOP)
    hint = caught.value.problems[0].hint
    assert 'files = ["a.csv"]' in hint
    assert "extends" not in hint  # only what is built in can be extended


def test_files_does_not_hide_other_kinds(read: Any) -> None:
    sheets: dict[str, Rows] = {"A": [HEAD, ROW], "B": [LIST, ("b", "2026-11-11 20:00:01", 3, 4)]}
    said = {"my__one": SHOP, "my__two": f'files = ["book.xlsx"]\n{SHOP}'}
    assert read("book.xlsx", sheets, **said) == [("my.two", 1), ("douyin.session_list", 1)]
