"""The index of a batch: who is above whom, what is not compared, and links that arrive."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import pytest

from livereview.model import Batch, Gate, Member
from livereview.report import index
from livereview.report.html import HtmlReporter
from livereview.report.words import Words, clean

from . import awkward
from .test_html import FETCHING, Page
from .test_markdown import tables, tokens

if TYPE_CHECKING:
    from livereview.model import GateStatus

START, END = date(2026, 11, 1), date(2026, 11, 4)
FOLDERS = (
    "a b/ü#?&%20",
    "a)b(c",
    "x|y",
    "C:\\x",
    "javascript:alert(1)",
    "../up",
    "<b>",
    "*_~`[]",
    "\udcff\udcfe",
)
ENGLISH = Words("en", "CNY")
LANGUAGES = {"en": ENGLISH, "zh-CN": Words("zh-CN", "CNY")}


@pytest.fixture(params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> Words:
    """Return the same words for every test, so that a page is rendered once."""
    return LANGUAGES[request.param]


def member(name: str, code: int | None = 0, **given: object) -> Member:
    plain = Member(
        path=f"in/{name}", folder=f"out-{name}", name=name, code=code, currency="CNY",
        start=START, end=END, files=("review.html", "review.md"),
    )  # fmt: skip
    return replace(plain, **given)  # type: ignore[arg-type]


def gates(*outcomes: GateStatus) -> tuple[Gate, ...]:
    return tuple(
        Gate(name="g", metric="gmv", op=">=", limit=1, value=None, status=status)
        for status in outcomes
    )


def batch(*members: Member) -> Batch:
    return Batch(version="0.1.0", members=members)


@cache
def rendered(of: Batch, words: Words = ENGLISH) -> tuple[str, str]:
    files = index.render(of, words)
    assert list(files) == ["index.html", "index.md"]
    return files["index.html"].decode(), files["index.md"].decode()


def parsed(of: Batch, words: Words = ENGLISH) -> Page:
    page = Page()
    page.feed(rendered(of, words)[0])
    page.close()
    assert not page.open
    return page


def ranking(page: Page) -> list[dict[str, str]]:
    """Return the rows of the ranking: the words under each head, spaces made plain."""
    heads = [one.words for one in page.all("th") if one.attributes["scope"] == "col"]
    cells = [one.words for one in page.all("td", "th") if "tbody" in one.inside]
    plain = [" ".join(one.split()) for one in cells]
    assert len(plain) % max(len(heads), 1) == 0
    rows = range(0, len(plain), max(len(heads), 1))
    return [dict(zip(heads, plain[start:], strict=False)) for start in rows]


def raw(page: Page, name: str) -> list[str | None]:
    return [one.attributes.get("data-v") for one in page.of_class(name) if one.tag == "td"]


HOSTILE = batch(
    *(
        member(name, 4 if place % 2 else 1, folder=FOLDERS[place % len(FOLDERS)], gmv=1e6,
               target=2e6, attainment=0.5, change=-0.1, daily=(1.0, None, 2.0),
               gates=gates("failed"), failed_analyses=(name,))
        for place, name in enumerate(awkward.NAMES)
    ),
    *(member(name, 3, path=name, errors=(name,)) for name in awkward.NAMES),
    *(member(name, None, path=name) for name in awkward.NAMES),
)  # fmt: skip


def test_the_target_ranks_first_then_growth_then_nothing() -> None:
    unjudged = member("unjudged", gmv=9e9)
    members = (
        unjudged,
        member("grew", change=0.4, gmv=1.0),
        member("below", attainment=0.8, change=9.0),
        member("shrank", change=-0.4),
        member("above", 1, attainment=1.2, change=-0.5),
        member("no number", attainment=float("nan"), change=float("inf")),
    )
    page, lines = parsed(batch(*members)), rendered(batch(*members))[1]
    order = [(row["Rank"], row["Campaign"]) for row in ranking(page)]
    assert order == [
        ("1", "above"), ("2", "below"), ("3", "grew"), ("4", "shrank"),
        ("–", "unjudged"), ("–", "no number"),
    ]  # fmt: skip
    assert [(row[0], row[1]) for row in tables(lines)[0][1:]] == order


def test_amounts_of_two_currencies_are_never_compared() -> None:
    members = (
        member("a", gmv=2_000_000, attainment=0.9, currency="JPY"),
        member("b", gmv=Decimal(30_000_000), attainment=0.8),
        member("c", gmv=500_000, attainment=0.7, currency="JPY"),
        member("d", gmv=1_000, attainment=0.6),
        member("e", gmv=None, attainment=0.5),
    )
    page, lines = parsed(batch(*members)), rendered(batch(*members))[1]
    said = ["¥2.00M JPY", "¥30.0M CNY", "¥500K JPY", "¥1,000 CNY", "–"]
    assert [row["GMV"] for row in ranking(page)] == said
    assert [row[3] for row in tables(lines)[0][1:]] == said
    *places, unknown = raw(page, "gmv")
    assert unknown is None
    keys = [int(place or "") for place in places]
    names = [name for _, name in sorted(zip(keys, "abcd", strict=True))]
    assert names == ["d", "b", "c", "a"], "by amount within a currency, one after the other"
    assert "Amounts of different currencies are not compared." in lines


def test_one_currency_is_said_once() -> None:
    page = parsed(batch(member("a", gmv=5e6), member("b", gmv=7e6)))
    assert [row["GMV"] for row in ranking(page)] == ["¥5.00M", "¥7.00M"]
    assert [one.words for one in page.all("dd")][-1] == "CNY"


def test_links_arrive_at_the_folder_and_nowhere_else() -> None:
    folders = {folder: f"/x/batch/{folder}" for folder in FOLDERS} | {
        "../up": "/x/up", "//evil.example/x": "/x/batch/evil.example/x", "/etc": "/x/batch/etc",
        "": "/x/batch", ".": "/x/batch",
    }  # fmt: skip
    found = batch(
        *(member("a", 4, folder=folder, failed_analyses=("funnel",)) for folder in folders)
    )
    page, lines = parsed(found), rendered(found)[1]
    for inside, file, part in (("th", "html", ""), ("td", "html", "funnel"), ("", "md", "")):
        links = [
            urlsplit(urljoin("file:///x/batch/index.html", href))
            for href in (
                [one.attributes["href"] for one in page.all("a") if inside in one.inside]
                if inside
                else [str(one.attrs["href"]) for one in tokens(lines) if one.type == "link_open"]
            )
        ]
        assert {(link.scheme, link.netloc, link.query, link.fragment) for link in links} == {
            ("file", "", "", part)
        }
        paths = [unquote_to_bytes(link.path).decode("utf-8", "surrogateescape") for link in links]
        assert paths == [f"{place}/review.{file}" for place in folders.values()]


def test_only_what_was_written_is_linked() -> None:
    members = [member(f"m{code}", code) for code in (0, 1, 2, 3, 4, 5, 130, 139, None)]
    page, lines = rendered(batch(*members))
    assert re.findall(r'href="([^"#]+)"', page) == [
        "out-m0/review.html", "out-m1/review.html", "out-m4/review.html",
    ]  # fmt: skip
    assert re.findall(r"\]\(([^)]+)\)", lines) == [
        "out-m0/review.md", "out-m1/review.md", "out-m4/review.md",
    ]  # fmt: skip


def test_what_failed_says_why_and_with_which_code() -> None:
    why = ("sessions.csv, row 7: no start.", "orders.csv: no amount.")
    found = batch(member("Kite", 3, path="in/kite.toml", errors=why), member("Owl", 2))
    page, lines = rendered(found)
    for said in (page, lines):
        assert all(one in said for one in (*why, "in/kite.toml", "exit code 3", "exit code 2"))
        assert "It left no message." in said
    assert "<table" not in page
    (verdict,) = parsed(found).of_class("verdict")
    assert verdict.words == "None of the 2 campaigns could be reviewed."
    assert f"**{verdict.words}**" in lines


@pytest.mark.parametrize(("members", "said"), [
    ((), "There is no campaign to review."),
    ((member("a"),), "The campaign was reviewed."),
    ((member("a", gates=gates("passed")),), "The campaign was reviewed, no gate failed."),
    ((member("a", 1, gates=gates("missing")),), "The campaign was reviewed, but failed a gate."),
    ((member("a", 3),), "The campaign could not be reviewed."),
    ((member("a", 2), member("b", 5)), "None of the 2 campaigns could be reviewed."),
    ((member("a", None), member("b", None)), "None of the 2 campaigns has run."),
    ((member("a", 4), member("b", 1, gates=gates("failed", "failed"))),
     "All 2 campaigns were reviewed, 1 failed a gate."),
    ((member("a"), member("b", 130), member("c", None), member("d", None)),
     "1 of 4 campaigns was reviewed, 1 could not be reviewed, 2 have not run."),
])  # fmt: skip
def test_the_result_is_one_sentence(members: tuple[Member, ...], said: str) -> None:
    assert ENGLISH.say(index.result(batch(*members))) == said


def test_nothing_known_is_not_nothing() -> None:
    known = member("b", gmv=0, attainment=0.0, change=0.0, daily=(0.0, 3.0), gates=gates("passed"))
    unknown = member("a", start=None, end=None)
    rows = ranking(parsed(batch(unknown, known)))
    assert [row["Window"] for row in rows] == ["2026-11-01 – 2026-11-04", "–"]
    assert rows[0]["Attainment"].startswith("0.0")
    for head in ("GMV, by day", "Attainment", "vs previous", "Gates"):
        assert rows[1][head] == "–", head
    assert rows[0]["GMV, by day"].startswith("¥0")
    assert tables(rendered(batch(unknown, known))[1])[0][2] == [
        "–", "a", "–", "–", "–", "–", "–", "0", "0", "–", "● complete",
    ]  # fmt: skip


def bars(*days: tuple[float | None, ...]) -> list[dict[float, float]]:
    """Return the height of each bar by its place, picture by picture."""
    page = parsed(batch(*(member("a", daily=one) for one in days)))
    paths = [one.attributes["d"] for one in page.all("path") if "td" in one.inside]
    found = []
    for others, best in zip(paths[::2], paths[1::2], strict=True):
        drawn = re.findall(r"M([\d.]+) ([\d.]+)h[\d.]+v([\d.]+)h", others + best)
        assert len(drawn) == (others + best).count("M")
        assert all(0 <= float(up) <= 26 for _, up, _ in drawn)
        found.append({float(place): float(height) for place, _, height in drawn})
    return found


def test_days_are_drawn_on_a_scale_of_their_own() -> None:
    small, large = bars((10.0, None, 0.0, 20.0), (1e7, None, 0.0, 2e7))
    assert small == large
    places = sorted(small)
    assert len(places) == 3, "a day that is not known is not drawn"
    assert places[1] - places[0] == 2 * (places[2] - places[1]), "and leaves its place free"
    assert small[places[0]] * 2 == pytest.approx(small[places[2]], abs=0.2)
    assert 0 < small[places[1]] < 2, "a day without sales is"


def test_any_days_can_be_drawn() -> None:
    days = (
        (0.0, 0.0), (-5.0, -1.0), (3.0, -3.0), (float("nan"), 1.0),
        (float("inf"), 1e308, -1e308), tuple(float(day) for day in range(400)),
    )  # fmt: skip
    assert [len(one) for one in bars(*days)] == [2, 2, 2, 1, 2, 400]
    (table,) = tables(rendered(batch(*(member("a", daily=one) for one in days)))[1])
    assert [len(row[4]) for row in table[1:]] == [len(one) for one in days]


def test_the_picture_is_said_in_words() -> None:
    of = batch(member("a", gmv=9e6, daily=(1e6, None, 5e6, 3e6)))
    (picture,) = parsed(of).of_class("days")
    assert picture.words == "GMV by day; the best, Nov 3, 2026: ¥5.00M"
    assert tables(rendered(of)[1])[0][1][4] == "▂·█▅"


def test_a_status_is_a_shape_and_a_word() -> None:
    members = (
        member("a", 1, attainment=4, gates=gates("failed", "missing", "skipped", "passed")),
        member("b", 4, attainment=3, gates=gates("passed"), failed_analyses=("funnel", "risk")),
        member("c", 1, attainment=2, act=2, watch=1),
        member("d", 0, attainment=1),
    )
    page, lines = parsed(batch(*members)), rendered(batch(*members))[1]
    assert [row["Status"] for row in ranking(page)] == [
        "gate failed", "partialfunnelrisk", "fails --fail-on", "complete",
    ]  # fmt: skip
    shown = tables(lines)[0][1:]
    assert [row[-1] for row in shown] == [
        "■ gate failed", "▲ partial · funnel · risk", "■ fails --fail-on", "● complete",
    ]  # fmt: skip
    assert shown[0][-2] == "■ 1 failed · ▲ 1 missing · ○ 1 skipped · ● 1 passed"
    assert [row[-4:-2] for row in shown] == [["0", "0"], ["0", "0"], ["2", "1"], ["0", "0"]]
    assert raw(page, "outcome") == ["2", "1", "2", "0"]
    assert all(one.words.strip() for one in page.of_class("status"))
    uses = [one for one in page.all("use") if "symbol" not in one.inside]
    assert len(uses) == len(page.of_class("status")) + 2, "and beside both counts of findings"


def test_the_tally_holds_every_campaign() -> None:
    codes = (0, 0, 4, 1, 3, 5, None)
    page = parsed(batch(*(member(f"m{place}", code) for place, code in enumerate(codes))))
    (key,) = page.of_class("tally-key")
    assert key.words.split("\n") == [
        "", "complete 2", "partial 1", "fails --fail-on 1", "could not be reviewed 2", "not run 1",
        "",
    ]  # fmt: skip
    parts = [one.attributes.get("style", "") for one in page.all("i")]
    assert [f"flex-grow:{count}" for count in (2, 1, 1, 2, 1)] == [one for one in parts if one]


def test_columns_that_say_nothing_are_left_out() -> None:
    bare = batch(member("a", start=None, end=None, gmv=5.0))
    heads = ["Rank", "Campaign", "GMV", "To act on", "To watch", "Status"]
    assert [one.words for one in parsed(bare).all("th")][: len(heads)] == heads
    assert tables(rendered(bare)[1])[0][0] == heads


def test_the_policy_and_the_script_are_those_of_the_review(words: Words) -> None:
    def fixed(page: str) -> list[str]:
        return re.findall(r'Content-Security-Policy" content="[^"]+"|<script>.*?</script>', page,
                          re.DOTALL)  # fmt: skip

    review = HtmlReporter().render(awkward.review(), words)["review.html"].decode()
    assert fixed(rendered(HOSTILE, words)[0])[:2] == fixed(review)[:2]


def test_the_page_fetches_nothing_and_runs_nothing_of_the_data(words: Words) -> None:
    page = parsed(HOSTILE, words)
    used = {name for one in page.elements for name in one.attributes}
    assert not [name for name in used if name.startswith("on")]
    assert used & FETCHING == {"href"}
    assert {one.tag for one in page.elements if "href" in one.attributes} == {"a", "use"}
    assert len(page.all("script")) == 1
    assert not page.all("img", "link", "iframe", "base", "form")
    (style,) = page.all("style")
    assert not re.search(r"@import|url\((?!#)", style.words)


def test_names_stay_words_in_html(words: Words) -> None:
    page = parsed(HOSTILE, words)
    names = [one.words for one in page.all("a") if "th" in one.inside]
    wanted = [clean(name) or f"in/{name}".strip() for name in awkward.NAMES]
    assert Counter(map(clean, names)) == Counter(map(clean, wanted))
    text = rendered(HOSTILE, words)[0]
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text
    )


def test_names_stay_words_in_markdown(words: Words) -> None:
    lines = rendered(HOSTILE, words)[1]
    assert not [one for one in tokens(lines) if one.type in {"html_inline", "html_block", "image"}]
    assert [one.tag for one in tokens(lines) if one.type == "heading_open"] == [
        "h1", "h2", "h2", "h2",
    ]  # fmt: skip
    (table,) = tables(lines)
    assert {len(row) for row in table} == {len(table[0])}
    assert len(table) == len(awkward.NAMES) + 1
    shown = Counter(" ".join(row[1].split()) for row in table[1:])
    assert shown == Counter(
        " ".join((clean(name) or clean(f"in/{name}")).split()) for name in awkward.NAMES
    )
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", lines)


def test_the_page_can_be_read_aloud() -> None:
    page = parsed(HOSTILE)
    levels = [int(one.tag[1]) for one in page.all("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table")) == 1
    assert all(one.attributes.get("scope") in {"col", "row"} for one in page.all("th"))
    ids = Counter(one.attributes["id"] for one in page.elements if "id" in one.attributes)
    assert max(ids.values()) == 1
    within = [one.attributes["href"] for one in page.elements
              if one.attributes.get("href", "").startswith("#")]  # fmt: skip
    assert {one[1:] for one in within} <= set(ids)


def test_the_language_is_the_reader_s(words: Words) -> None:
    page = parsed(HOSTILE, words)
    (html,) = page.all("html")
    assert html.attributes["lang"] == words.lang
    heads = [one.words for one in page.all("th") if one.attributes["scope"] == "col"]
    assert words.gettext("Window") in heads
    assert words.gettext("vs previous") in tables(rendered(HOSTILE, words)[1])[0][0]


@pytest.mark.parametrize("count", [0, 1, 200])
def test_any_number_of_campaigns_makes_a_page(count: int) -> None:
    days = tuple(float(day % 7) for day in range(30))
    of = batch(*(member(f"m{place}", gmv=place, attainment=place / 100, daily=days)
                 for place in range(count)))  # fmt: skip
    page, lines = rendered(of)
    assert len(ranking(parsed(of))) == count
    assert page.count('class="sortable') == min(count, 1)
    assert len(tables(lines)) == min(count, 1)
    assert len(page) < 400_000


def test_two_renderings_are_equal(words: Words) -> None:
    assert index.render(HOSTILE, words) == index.render(HOSTILE, Words(words.lang, "CNY"))


def test_a_link_leads_to_what_was_written() -> None:
    page, lines = rendered(batch(member("a", files=("review.xlsx",)), member("b", files=())))
    assert 'href="out-a/review.xlsx"' in page
    assert "(out-a/review.xlsx)" in lines
    assert "out-b/" not in page + lines
