"""Nobody who bought can be told from a store: pseudonyms, their secret, and what must not leak."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from livereview.errors import Problems, UsageError
from livereview.ingest import Secret, Settings, ingest
from livereview.ingest.pseudonym import FILE, RUN, VARIABLE, Salt, salt
from livereview.model import Source
from livereview.report.reporter import reporter
from livereview.report.words import Words
from livereview.review import ingest_sources, review_campaign
from livereview.store import Store
from tests.stores import created

from .files import Rows, book, text

SECRET = "the secret of a brand"
MASKED = "贯*4"


def due(buyer: str, secret: str = SECRET) -> str:
    """Return the pseudonym of a buyer as Python's own HMAC gives it."""
    mark = "~" if "*" in buyer else "b"
    return mark + hmac.new(secret.encode(), buyer.encode(), hashlib.sha256).hexdigest()[:32]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with created(tmp_path_factory.mktemp("scratch") / "store.duckdb") as store:
        yield store


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)


# The pseudonym


def texts() -> list[str]:
    chance = random.Random(2104)
    letters = "abcXYZ0189 '\"\\%_{}$;-\u4e3b\u64ad\u00e9\U0001f984\u3000"
    drawn = ["".join(chance.choices(letters, k=chance.randint(1, 90))) for _ in range(200)]
    return ["a", "王小明", "tb_8812", "'; drop table x; --", "\\x00", "x" * 5000, *drawn]


@pytest.mark.parametrize(
    "secret",
    [
        b"",
        b"k",
        b"a long secret, a long secret",
        "秘密秘密秘密".encode(),
        b"\0" * 8,
        bytes(range(64)),
    ],
    ids=["empty", "short", "ascii", "chinese", "zeros", "block"],
)
def test_it_is_the_hmac_of_the_text(scratch: Store, secret: bytes) -> None:
    own = Salt(secret=secret, origin="here").sql("t")
    found = scratch.execute(
        f"select t, {own} from (select unnest($texts::varchar[]) as t)", {"texts": texts()}
    )
    assert len(found) == len(texts())
    for buyer, pseudonym in found:
        assert pseudonym == "b" + hmac.new(secret, buyer.encode(), "sha256").hexdigest()[:32]


@pytest.mark.parametrize("length", [63, 64, 65, 200])
def test_a_long_secret_is_that_of_hmac(
    scratch: Store, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    for secret in ("s" * length, ("密" * length)[:length]):
        monkeypatch.setenv(VARIABLE, secret)
        ((got,),) = scratch.execute(f"select {salt(None).sql('x')} from (select '王' as x)")
        assert got == due("王", secret)


def test_no_buyer_has_no_pseudonym(scratch: Store) -> None:
    own = Salt(secret=b"12345678", origin="here").sql("null::varchar")
    assert scratch.execute(f"select {own}") == [(None,)]


@pytest.mark.parametrize("name", ["贯*4", "*", "张***", "a*b*c", "138****0000", "贯＊4", "张＊＊"])
def test_a_name_with_stars_is_marked(scratch: Store, name: str) -> None:
    own = Salt(secret=b"12345678", origin="here").sql("x")
    ((got,),) = scratch.execute(f"select {own} from (select $name as x)", {"name": name})
    assert got[0] == "~"
    assert len(got) == 33


# The secret


def test_the_variable_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / FILE).write_text("0123456789abcdef\n")
    assert salt(tmp_path).secret == b"0123456789abcdef"
    monkeypatch.setenv(VARIABLE, SECRET)
    assert (salt(tmp_path).secret, salt(tmp_path).origin) == (SECRET.encode(), VARIABLE)


def test_the_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    first = salt(tmp_path)
    path = tmp_path / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text().strip() == first.secret.decode()
    assert len(first.secret) == 64
    assert salt(tmp_path) == first
    assert salt(tmp_path).origin == str(path)


def test_runs_that_start_together_have_the_same(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def one(folder: Path) -> bytes:
        together.wait()
        return salt(folder).secret

    with ThreadPoolExecutor(8) as pool:
        for turn in range(20):
            folder = tmp_path / str(turn)
            folder.mkdir()
            assert len(set(pool.map(one, [folder] * 8))) == 1
            assert [path.name for path in folder.iterdir()] == [FILE]


def test_without_a_configuration_it_ends_with_the_run() -> None:
    one, other = salt(None), salt(None)
    assert one.origin == other.origin == RUN
    assert len(one.secret) == 32
    assert one.secret != other.secret
    own = Secret()
    assert own.salt == own.salt


@pytest.mark.parametrize("short", ["", "1234567", "密密密密密密密"])
def test_a_secret_that_can_be_guessed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: str
) -> None:
    (tmp_path / FILE).write_text("1234567\n")
    with pytest.raises(UsageError, match="shorter than 8 characters") as caught:
        salt(tmp_path)
    assert caught.value.message.startswith(f"{tmp_path / FILE}: ")
    monkeypatch.setenv(VARIABLE, short)
    with pytest.raises(UsageError, match=f"^{VARIABLE}: .* shorter than 8 characters"):
        salt(tmp_path)


def test_a_file_that_cannot_be_kept_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(UsageError, match="cannot be kept there") as caught:
        salt(tmp_path)
    assert caught.value.hint == f"set the environment variable {VARIABLE}"


def test_a_fingerprint_tells_secrets_apart_and_nothing_of_them() -> None:
    prints = {Salt(secret=f"secret{i}".encode(), origin="").print for i in range(50)}
    assert len(prints) == 50
    assert all(len(one) == 8 and "secret" not in one for one in prints)


# Through files

HEAD = (
    "直播标题", "开播时间", "场次id", "代播主播名称", "会员名", "直播间粉丝层级", "商品id",
    "商品标题", "商品一级类目", "父订单", "子订单", "下单时间", "支付时间", "支付金额",
    "收货人姓名", "联系手机", "收货地址",
)  # fmt: skip
PRIVATE = ("欧阳拾柒", "13812345678", "翠湖街道玉兰路88弄6号")
BUYERS = ("tb_buyer_771204", "诸葛小明明", MASKED, "O'Brien; --", "\ufeff 空白用户 ")


def order(n: int, buyer: str, **said: str) -> list[str]:
    row = {
        "直播标题": "夜场", "开播时间": "2026-11-11 20:00:00", "场次id": "314814374449",
        "代播主播名称": "安安", "会员名": buyer, "直播间粉丝层级": "铁粉", "商品id": "9001",
        "商品标题": "裙子", "商品一级类目": "女装", "父订单": f"P{n}", "子订单": f"C{n}",
        "下单时间": "2026-11-11 20:05:00", "支付时间": "2026-11-11 20:06:00", "支付金额": "30",
        "收货人姓名": PRIVATE[0], "联系手机": PRIVATE[1], "收货地址": PRIVATE[2],
    }  # fmt: skip
    return list({**row, **said}.values())


def orders(buyers: Sequence[str] = BUYERS) -> Rows:
    return [HEAD, *(order(n, buyer) for n, buyer in enumerate(buyers))]


def spoiled() -> Rows:
    """Rows that are rejected, cut in the wrong place or shifted by a cell, buyers and all."""
    bad = [order(n + 50, buyer, 支付金额="viel", 下单时间="bald") for n, buyer in enumerate(BUYERS)]
    wide = [[*order(70, BUYERS[0]), BUYERS[1], *PRIVATE], order(71, BUYERS[0])[:9]]
    shifted = [["", *order(72, BUYERS[0])[:-1]], [*order(73, BUYERS[1])[1:], ""]]
    moved = [order(74, BUYERS[0], 支付时间=PRIVATE[1], 支付金额=PRIVATE[0], 下单时间=PRIVATE[2])]
    return [HEAD, *bad, *wide, *shifted, *moved, order(75, BUYERS[0])]


def take(store: Store, folder: Path, **settings: Any) -> list[Source]:
    return ingest(store, [folder], settings=Settings(**settings))


def write(folder: Path, **files: Rows) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        (folder / f"{name}.csv").write_text(text(rows), encoding="utf-8")
    return folder


def cells(store: Store) -> Iterator[tuple[str, str]]:
    """Yield every text of every table of a store, whatever its type, and where it stands."""
    for schema, table in store.execute("select schema_name, table_name from duckdb_tables()"):
        for row in store.execute(f'select t::varchar from "{schema}"."{table}" as t'):
            yield f"{schema}.{table}", row[0]


def leaks(store: Store, secrets: Sequence[str]) -> list[tuple[str, str]]:
    return [(at, word) for at, cell in cells(store) for word in secrets if word in cell]


PERSONS = (*(buyer for buyer in BUYERS[:2]), "O'Brien", "空白用户", MASKED, *PRIVATE)


def test_buyers_are_kept_as_the_hmac_of_their_id(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    folder = write(tmp_path / "exports", one=orders())
    book(folder / "two.xlsx", {"订单": [HEAD, order(90, BUYERS[0])]})
    one, two = take(store, folder)
    assert (one.kind, one.rows, two.rows) == ("taobao.order_detail", len(BUYERS), 1)
    kept = store.execute("select order_id, user_key from raw.orders")
    bare = [buyer.strip("\ufeff ") for buyer in BUYERS]
    assert dict(kept) == {f"P{n}": due(buyer) for n, buyer in enumerate(bare)} | {
        "P90": due(BUYERS[0])
    }
    assert leaks(store, PERSONS) == []
    told = {notice.code: notice for notice in one.notices}
    assert (told["buyers_masked"].rows, told["buyers_masked"].first_row) == (1, 4)
    assert "buyers_masked" not in {notice.code for notice in two.notices}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_row_that_is_not_taken_tells_who_bought(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    folder = tmp_path / "exports"
    if form == "csv":
        write(folder, one=spoiled())
    else:
        folder.mkdir()
        book(folder / "one.xlsx", {"订单": spoiled()})
    (source,) = take(store, folder)
    assert source.rejected >= len(BUYERS) + 2
    assert leaks(store, PERSONS) == []
    assert not [r for r in source.rejections if any(p in (r.value or "") for p in PERSONS)]


def test_a_broken_line_of_orders_is_not_told_even_where_all_columns_are_read(
    store: Store, tmp_path: Path
) -> None:
    head = ("主订单编号", "商品ID", "商品数量", "订单应付金额", "支付完成时间", "订单状态")
    row = ("M1", "9001", "1", "30", "2026-11-11 20:00:00", "已发货")
    folder = write(tmp_path / "exports", one=[head, row, (*row, *PRIVATE)])
    (source,) = take(store, folder)
    assert (source.kind, source.rows, source.rejected) == ("douyin.order_list", 1, 1)
    assert leaks(store, PRIVATE) == []


def test_pseudonyms_of_the_contract_are_taken_as_they_are(store: Store, tmp_path: Path) -> None:
    rows = [("order_id", "user_key", "paid_amount"), ("1", "u-1", "5"), ("2", "~x", "5")]
    take(store, write(tmp_path / "exports", orders=rows))
    assert store.execute("select user_key from raw.orders order by 1") == [("u-1",), ("~x",)]
    assert not (tmp_path / FILE).exists()


# One store, one secret


def test_a_store_holds_buyers_of_one_secret(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    take(store, write(tmp_path / "a", one=orders(["buyer-one"])))
    before = store.execute("select user_key from raw.orders")
    monkeypatch.setenv(VARIABLE, "another secret")
    with pytest.raises(Problems) as caught:
        take(store, write(tmp_path / "b", two=orders(["buyer-two"])))
    assert [(problem.message, problem.hint) for problem in caught.value.problems] == [
        (
            (
                "a/one.csv and b/two.csv: their buyers were given pseudonyms by different secrets, "
                "so they cannot be told to be the same"
            ),
            f"set {VARIABLE} and ingest all files again",
        )
    ]
    assert store.execute("select user_key from raw.orders") == before
    # The same file is read again, so what the hint says can be done.
    take(store, tmp_path / "a")
    assert store.execute("select user_key from raw.orders") == [
        (due("buyer-one", "another secret"),)
    ]
    take(store, tmp_path / "b")


def test_every_campaign_of_a_store_has_the_same_secret(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "a", one=orders(["buyer-one"]))
    monkeypatch.setenv(VARIABLE, SECRET)
    take(store, folder)
    monkeypatch.setenv(VARIABLE, "another secret")
    with pytest.raises(Problems, match="by different secrets"):
        ingest(store, [folder], settings=Settings(), campaign="previous")


# Through a review

SESSIONS: Rows = [
    ("场次id", "直播标题", "开播时间", "直播间观看人数", "商品点击人数", "成交金额", "成交人数"),
    ("314814374449", "夜场", "2026-11-11 20:00:00", "5000", "900", "900", "30"),
    ("314814374450", "日场", "2026-11-12 12:00:00", "4000", "800", "60", "2"),
]


def campaign(folder: Path, *, config: bool) -> Path:
    days = ("11", "12")
    rows = [
        order(10 * n + i, buyer, 支付时间=f"2026-11-{day} 20:06:00")
        for n, buyer in enumerate((BUYERS[0], MASKED))
        for i, day in enumerate(days)
    ]
    orders_of = [HEAD, *rows, order(30, BUYERS[1])]
    exports = write(folder / "exports", sessions_of=SESSIONS, orders_of=orders_of)
    write(exports, spoiled_of=spoiled())
    if config:
        (folder / "livereview.toml").write_text(
            '[campaign]\nname = "Night"\nstart = 2026-11-01\nend = 2026-12-01\n'
        )
    return exports


def test_nothing_of_a_buyer_reaches_a_store_or_a_report(tmp_path: Path) -> None:
    exports = campaign(tmp_path, config=True)
    review = review_campaign(
        [exports], config=tmp_path / "livereview.toml", store=tmp_path / "store.duckdb"
    )
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    secret = (tmp_path / FILE).read_text().strip()
    with Store.open(tmp_path / "store.duckdb") as store:
        kept = {key for (key,) in store.execute("select user_key from clean.orders")}
        assert leaks(store, (*PERSONS, secret)) == []
    assert due(BUYERS[0], secret) in kept
    assert due(MASKED, secret) in kept
    raw = (tmp_path / "store.duckdb").read_bytes()
    assert not [person for person in (*PERSONS, secret) if person.encode() in raw]
    for form in ("html", "json", "md"):
        for name, content in reporter(form).render(review, Words("en", "CNY")).items():
            said = content.decode("utf-8", "replace")
            if form == "json":
                said = json.dumps(json.loads(said), ensure_ascii=False)
            assert not [word for word in (*PERSONS, secret) if word in said], name


def test_without_a_configuration_nothing_is_written_beside_the_exports(tmp_path: Path) -> None:
    exports = campaign(tmp_path, config=False)
    before = set(tmp_path.rglob("*"))
    ingest_sources([exports], store=tmp_path / "store.duckdb")
    assert set(tmp_path.rglob("*")) - before == {tmp_path / "store.duckdb"}


def test_a_file_is_made_only_where_a_raw_buyer_is_read(tmp_path: Path) -> None:
    exports = write(tmp_path / "exports", sessions_of=SESSIONS)
    config = tmp_path / "livereview.toml"
    config.write_text('[campaign]\nname = "Night"\n')
    ingest_sources([exports], config=config, store=tmp_path / "store.duckdb")
    assert not (tmp_path / FILE).exists()
    write(exports, orders_of=orders())
    ingest_sources([exports], config=config, store=tmp_path / "store.duckdb")
    assert (tmp_path / FILE).exists()


def test_names_with_stars_do_not_count_as_repurchase(tmp_path: Path) -> None:
    review = review_campaign([campaign(tmp_path, config=True)], config=tmp_path / "livereview.toml")
    (quality,) = [one for one in review.sections if one.slug == "data_quality"]
    (told,) = [finding for finding in quality.findings if finding.code == "buyers_masked"]
    assert told.measures[0].value == 2
    scores = {score.metric: score.value for score in review.scorecard}
    # Of the two buyers that are known for sure one bought twice.
    assert scores["repurchase_rate"] == pytest.approx(0.5)
