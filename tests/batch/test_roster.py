"""Which campaigns a batch finds, what is said of them, and the folder each one gets."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.batch import Roster, agenda, enlist
from livereview.batch.campaign import Campaign
from livereview.config import Config, settle
from livereview.config.kinds import Settings
from livereview.errors import ExitCode, LiveReviewError, Problems, UsageError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def campaigns(*names: str) -> None:
    """Make folders of exports; those whose name ends with + have a configuration."""
    for name in names:
        folder = Path("campaigns", name.removesuffix("+"))
        folder.mkdir(parents=True)
        if name.endswith("+"):
            (folder / "livereview.toml").write_text("")


def lines(*said: str, name: str = "batch.toml") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(said), "utf-8")
    return path


def found(*patterns: str) -> list[tuple[str, str | None]]:
    """Return where campaigns were found, and their configurations."""
    return [
        (one.path.as_posix(), one.config.as_posix() if one.config else None)
        for one in enlist(patterns).campaigns
    ]


def problems(*patterns: str) -> tuple[ExitCode, list[str]]:
    with pytest.raises(LiveReviewError) as caught:
        enlist(patterns)
    said: Sequence[LiveReviewError] = getattr(caught.value, "problems", [caught.value])
    return caught.value.code, [f"{one.message} | {one.hint}" for one in said]


def settled(one: Campaign, *overrides: str) -> Config:
    """Return the configuration a campaign is reviewed by."""
    return settle(one.config, one.sources, Path(), overrides, one.layers)


class TestPatterns:
    """Folders, configurations and globs on the command line."""

    def test_a_folder_is_a_campaign_with_its_configuration_if_it_has_one(self) -> None:
        campaigns("a", "b+")
        assert found("campaigns/a", "campaigns/b") == [
            ("campaigns/a", None),
            ("campaigns/b", "campaigns/b/livereview.toml"),
        ]

    def test_a_glob_finds_them_in_order_and_tells_what_it_leaves_out(self) -> None:
        campaigns("b", "a+", ".hidden")
        Path("campaigns/README.md").touch()
        roster = enlist(["campaigns/*"])
        assert [one.path.name for one in roster.campaigns] == ["a", "b"]
        assert [said.partition(":")[0] for said in roster.skipped] == ["campaigns/README.md"]

    def test_configurations_of_any_name_are_campaigns(self) -> None:
        lines("[campaign]", name="618.toml")
        lines("[campaign]", name="double-11.toml")
        roster = enlist(["*.toml"])
        assert [one.name for one in roster.campaigns] == ["618", "double-11"]
        assert all(one.config == one.path and not one.sources for one in roster.campaigns)

    def test_depth_and_absolute_paths(self, here: Path) -> None:
        campaigns("2025/618+", "2026/618+")
        deep = "campaigns/**/livereview.toml"
        for pattern in (deep, str(here / deep)):
            assert [one.name for one in enlist([pattern]).campaigns] == ["618", "618"]

    def test_each_counts_once_by_whatever_path(self) -> None:
        campaigns("a+", "b")
        Path("campaigns/link").symlink_to("b")
        ways = ("campaigns/a", "campaigns/a/livereview.toml", "./campaigns/../campaigns/a/")
        assert len(enlist([*ways, "campaigns/*", "campaigns/b/.", "campaigns/link"]).campaigns) == 2

    def test_the_order_is_that_of_the_patterns(self) -> None:
        campaigns("a", "b", "c")
        assert [path for path, _ in found("campaigns/c", "campaigns/*")] == [
            "campaigns/c",
            "campaigns/a",
            "campaigns/b",
        ]

    def test_what_names_nothing_is_a_data_problem_all_at_once(self) -> None:
        Path("notes.md").touch()
        code, said = problems("nowhere", "none-*", "notes.md", "")
        assert code == ExitCode.DATA
        assert [one.partition(":")[0] for one in said] == ["nowhere", "none-*", "notes.md"]

    @pytest.mark.parametrize("pattern", ["a\0b", "x" * 5000, "[", "~nobody-has-this-name/*"])
    def test_a_pattern_may_be_anything(self, pattern: str) -> None:
        assert problems(pattern)[0] == ExitCode.DATA

    def test_folders_of_reviews_are_left_out(self) -> None:
        campaigns("a", "reviews", "review", "reviewed+")
        Path("campaigns/reviews/batch.json").write_text("{}")
        Path("campaigns/review/review.json").write_text("{}")
        Path("campaigns/reviewed/review.json").write_text("{}")
        roster = enlist(["campaigns/*"])
        assert [one.name for one in roster.campaigns] == ["a", "reviewed"]
        assert len(roster.skipped) == 2

    def test_a_closed_folder_ends_no_batch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        campaigns("open", "closed")
        stat = Path.stat

        def refused(path: Path, **given: Any) -> os.stat_result:
            if path.parent.name == "closed":
                raise PermissionError(13, "Permission denied", str(path))
            return stat(path, **given)

        monkeypatch.setattr(Path, "stat", refused)
        assert len(found("campaigns/*")) == 2

    def test_a_name_that_is_no_text_is_written_as_escapes(self) -> None:
        Path(os.fsdecode(b"campaigns/\xff\xfe")).mkdir(parents=True)
        (one,) = enlist(["campaigns/*"]).campaigns
        assert one.name.encode() == rb"\udcff\udcfe"
        (entry,) = Roster(campaigns=(one,)).entries(Path("out"), {})
        assert entry.key.isascii()
        assert entry.folder.isascii()


class TestList:
    """`batch.toml`: the run, what is shared, each campaign."""

    def test_it_is_read_where_no_pattern_is_given(self) -> None:
        campaigns("a", "b+")
        lines("campaigns = ['campaigns/a', 'campaigns/b']")
        assert [path for path, _ in found()] == ["campaigns/a", "campaigns/b"]

    def test_without_one_the_command_has_nothing_to_go_by(self) -> None:
        code, (said,) = problems()
        assert code == ExitCode.USAGE
        assert "there is no batch.toml here" in said

    @pytest.mark.parametrize("name", ["batch.toml", "autumn.toml", "lists/[2026] x/batch.toml"])
    def test_paths_start_from_its_folder(self, name: str) -> None:
        path = lines('[[campaigns]]\npath = "a*"\n[[campaigns]]\npath = "b"', name=name)
        for folder in ("a1", "a2", "b"):
            (path.parent / folder).mkdir()
        roster = enlist([name])
        assert [one.path for one in roster.campaigns] == [
            path.parent / folder for folder in ("a1", "a2", "b")
        ]

    def test_a_glob_may_find_lists_and_what_they_say_counts(self) -> None:
        campaigns("a", "c")
        lines('campaigns = ["a"]\n[shared.campaign]\ncurrency = "USD"', name="campaigns/batch.toml")
        roster = enlist(["campaigns/*"])
        assert [one.name for one in roster.campaigns] == ["a", "c"]
        assert [settled(one).campaign.currency for one in roster.campaigns] == ["USD", None]

    def test_settings_of_the_run(self) -> None:
        campaigns("a")
        path = lines(
            "campaigns = ['../campaigns/a']",
            "[batch]",
            'out = "reviews"',
            'formats = ["html", "xlsx", "html"]',
            'lang = "zh-CN"',
            "jobs = 3",
            'memory_limit = "2 GB"',
            "threads = 2",
            name="lists/batch.toml",
        )
        assert enlist([str(path)]).settings == agenda.Settings(
            out=Path("lists/reviews"),
            formats=("html", "xlsx"),
            lang="zh-CN",
            jobs=3,
            memory_limit="2 GB",
            threads=2,
        )

    def test_who_is_nearer_wins(self) -> None:
        campaigns("a+", "b")
        Path("campaigns/a/livereview.toml").write_text(
            '[campaign]\ncurrency = "EUR"\n[targets]\ngmv = 1\nrefund_rate = 0.1\n[funnel]\n'
            "window_minutes = 1\n"
        )
        lines(
            "[shared.campaign]",
            'currency = "USD"',
            'timezone = "Europe/Paris"',
            "[shared.targets]",
            "gmv = 2",
            "refund_rate = 0.2",
            "orders = 2",
            "[shared.funnel]",
            "window_minutes = 2",
            "[[campaigns]]",
            'path = "campaigns/a"',
            "set = { targets = { refund_rate = 0.3 }, funnel = { window_minutes = 3 } }",
            "[[campaigns]]",
            'path = "campaigns/b"',
            "[campaigns.set.targets]",
            "gmv = 3",
        )
        a, b = (settled(one, "funnel.window_minutes=4") for one in enlist([]).campaigns)
        assert (a.campaign.currency, a.campaign.timezone) == ("EUR", "Europe/Paris")
        assert a.targets == {"gmv": 1, "refund_rate": 0.3, "orders": 2}
        assert (b.campaign.currency, b.campaign.timezone) == ("USD", "Europe/Paris")
        assert b.targets == {"gmv": 3, "refund_rate": 0.2, "orders": 2}
        assert a.funnel.window_minutes == b.funnel.window_minutes == 4

    def test_a_name_is_that_of_the_campaign(self) -> None:
        campaigns("a+", "b")
        Path("campaigns/a/livereview.toml").write_text('[campaign]\nname = "own"\n')
        lines(
            '[[campaigns]]\npath = "campaigns/a"\nname = "列表"',
            '[[campaigns]]\npath = "campaigns/b"\nname = "listed"',
            '[campaigns.set.campaign]\nname = "set"',
        )
        roster = enlist([])
        assert [one.name for one in roster.campaigns] == ["列表", "listed"]
        assert [settled(one).campaign.name for one in roster.campaigns] == ["列表", "set"]

    def test_its_paths_start_from_its_folder_and_a_campaigns_own_from_there(self) -> None:
        campaigns("a+")
        Path("campaigns/a/livereview.toml").write_text('[report]\nnotes = "own"\n')
        lines(
            "[shared.report]",
            'logo = "logo.svg"',
            'notes = "shared"',
            "[[campaigns]]",
            'path = "../campaigns/a"',
            "[campaigns.set]",
            'benchmarks.file = "~/figures.csv"',
            "[campaigns.set.sources]",
            'include = ["x/*.csv", "/y"]',
            name="lists/batch.toml",
        )
        (one,) = enlist(["lists/batch.toml"]).campaigns
        config = settled(one)
        assert config.report.logo == Path("lists/logo.svg")
        assert config.report.notes is not None
        assert config.report.notes.resolve() == Path("campaigns/a/own").resolve()
        assert config.sources.include == (Path("lists/x/*.csv"), Path("/y"))
        assert config.benchmarks.file == Path("~/figures.csv").expanduser()

    def test_every_path_of_a_configuration_is_known_for_one(self) -> None:
        assert set(agenda._PATHS) == set(paths(Config))

    def test_everything_wrong_is_told_at_once_with_its_line(self) -> None:
        campaigns("a", "b")
        lines(
            "[batch]",  # 1
            "job = 2",
            'lang = "zh"',
            'formats = ["htm", 3]',
            'memory_limit = "lots"',
            "threads = 0",
            "jobs = true",
            'out = ""',
            "[shred]",
            "[shared.campain]",  # 10
            "x = 1",
            "[shared.targets]",
            "gmw = 1",
            "[[campaigns]]",
            'pth = "campaigns/a"',
            "[[campaigns]]",
            'path = "nowhere"',
            "[[campaigns]]",
            'path = "campaigns/*"',
            'name = "two"',  # 20
            "[[campaigns]]",
            'path = "campaigns/a"',
            "set = { repot = {} }",
            "[[campaigns]]",
            "path = 3",
        )
        code, said = problems()
        assert code == ExitCode.USAGE
        told = sorted((int(one.split(":")[1]), one) for one in said)
        assert [line for line, _ in told] == [
            2, 3, 4, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 17, 20, 21, 23, 25,
        ]  # fmt: skip
        near = ("jobs", "zh-CN", "html", "shared", "campaign", "gmv", "path", "report")
        assert all(
            any(f"did you mean {word}" in one.replace('"', "") for one in said) for word in near
        )
        assert all(one.startswith("batch.toml:") for one in said)

    def test_what_another_table_may_put_right_is_no_fault_of_the_list(self) -> None:
        campaigns("a+")
        Path("campaigns/a/livereview.toml").write_text("[anchors]\ncuts = [2, 1]\n")
        lines('campaigns = ["campaigns/a"]', "[shared.anchors]", 'tier_by = "gmv"')
        (one,) = enlist([]).campaigns
        assert settled(one).anchors.cuts == (2, 1)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("[batch", "batch.toml:1: not valid TOML"),
            ('x = "', "batch.toml:1: not valid TOML"),
            ("", "batch.toml: no campaign is listed"),
            ("campaigns = 3", "batch.toml:1: campaigns must be tables or paths"),
            ("campaigns = ['a', 3]", "batch.toml:1: campaigns must be tables or paths"),
            ("batch = 3\ncampaigns = ['a']", "batch.toml:1: batch must be a table"),
            ("shared = 3\ncampaigns = ['a']", "batch.toml:1: shared must be a table"),
            ("campaigns = ['a', 'no', 'never']", "batch.toml:1: no names no campaign"),
            ("campaigns = [" + "[" * 3000, "batch.toml: brackets or tables are nested too deeply"),
            ('campaigns = ["a\\u0000"]', "batch.toml:1: a\0 names no campaign"),
            ('campaigns = ["~nobody-has-this-name"]', "batch.toml:1: ~nobody-has-this-name names"),
        ],
    )
    def test_a_broken_list(self, text: str, said: str) -> None:
        Path("a").mkdir()
        lines(text)
        code, told = problems("batch.toml")
        assert code == ExitCode.USAGE
        assert told[0].startswith(said)

    def test_bytes_that_are_no_text(self) -> None:
        Path("batch.toml").write_bytes(b"campaigns = ['\xff']")
        assert problems() == (
            ExitCode.USAGE,
            ["batch.toml: byte 14 is not UTF-8 | save the file as UTF-8"],
        )

    def test_a_campaign_that_is_listed_twice(self) -> None:
        campaigns("a", "b")
        first = '[[campaigns]]\npath = "campaigns/a"\nname = "A"'
        every = '[[campaigns]]\npath = "campaigns/*"'
        lines(first, every)
        assert [one.name for one in enlist([]).campaigns] == ["A", "b"]
        lines(every, first)
        code, (said,) = problems()
        assert (code, said[:45]) == (
            ExitCode.USAGE,
            "batch.toml:3: campaigns/a is listed already |",
        )

    def test_only_one_list_says_how_the_batch_runs(self) -> None:
        campaigns("a", "b")
        lines("campaigns = ['campaigns/a']\n[batch]\njobs = 2", name="one.toml")
        lines("campaigns = ['campaigns/b']\n[batch]\njobs = 3", name="two.toml")
        code, (said,) = problems("one.toml", "two.toml")
        assert code == ExitCode.USAGE
        assert said.startswith("two.toml: one.toml has a table batch too")
        lines("campaigns = ['campaigns/b']", name="two.toml")
        roster = enlist(["two.toml", "one.toml"])
        assert (len(roster.campaigns), roster.settings.jobs) == (2, 2)

    def test_a_pattern_of_nothing_weighs_more_than_a_wrong_list(self) -> None:
        lines("campaigns = ['no']")
        code, said = problems("batch.toml", "nowhere")
        assert (code, len(said)) == (ExitCode.DATA, 2)


def paths(model: type[Settings], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the keys of a model that hold paths."""
    for name, field in model.model_fields.items():
        kinds = set(leaves(field.annotation))
        if Path in kinds:
            yield *above, name
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, Settings):
                yield from paths(kind, (*above, name))


def leaves(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from leaves(inner)


def named(*names: str, at: Path = Path("in")) -> Roster:
    """Return campaigns of these names, each in a place of its own."""
    return Roster(
        campaigns=tuple(
            Campaign(path=at / str(place), name=name, config=None)
            for place, name in enumerate(names)
        )
    )


def folders(roster: Roster, held: dict[str, str] | None = None) -> dict[str, str]:
    return {one.key: one.folder for one in roster.entries(Path("out"), held or {})}


DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"
}
FORMS = (
    lambda name: name.upper(),
    lambda name: name.lower(),
    lambda name: unicodedata.normalize("NFC", name.casefold()),
    lambda name: unicodedata.normalize("NFD", name.casefold()),
    lambda name: unicodedata.normalize("NFKD", name).lower(),
)


def check(given: Sequence[str]) -> None:
    """Every system can have the folders, in the batch's folder, beside its files, and apart."""
    for name in given:
        assert name not in ("", ".", "..")
        assert not set(name) & set("<>:\"/\\|?*~$`!&;()[]{}'^%#@ ")
        assert not {unicodedata.category(sign) for sign in name} & {
            "Cc",
            "Cf",
            "Cs",
            "Co",
            "Zl",
            "Zp",
        }
        assert name[0] not in ".-"
        assert name[-1] not in ".-"
        assert name.split(".")[0].lower() not in DEVICES
        assert name.lower() not in ("batch.json", "index.html", "index.md")
        assert len(name.encode()) <= 160
        assert Path("out", name).resolve().parent == Path("out").resolve()
    for form in FORMS:
        assert len({form(name) for name in given}) == len(given)


HOSTILE = (
    "../x", "..", ".", "", " ", "/etc/passwd", "C:\\x", "a/b", "a\\b", "x\0y", "\x1b[31mred",
    "a\nb", "\u202egpj.exe", "\u200b", ".hidden", "...", "-rf", "--out", " lead", "trail ",
    "trail.", "😀", "😀😀", "双11 大促", "双11", "CON", "con.txt", "Com1", "COM¹", "lpt9.x", "NUL.",
    "index.html", "INDEX.HTML", "Index.md", "batch.json", "BATCH.JSON", "batch.json.", "x" * 300,
    "Campaign", "长" * 300, "e\u0301", "é", "É", "ﬁ", "fi", "ß", "ss", "SS", "ſs", "ı", "i", "İ",
    "Å", "\u212b", "ｃｏｎ", "con", "$(rm -rf ~)", "a;b", "a&b", "%2e%2e", "*", "?", "\udcff",
    "campaign",
)  # fmt: skip


class TestFolders:
    """Every campaign its own folder, whatever it is called, and the same one the next time."""

    def test_a_plain_name_is_the_folder(self) -> None:
        names = ("618", "double-11_2026", "双11大促", "v1.2", "Ünïcode")
        assert tuple(folders(named(*names)).values()) == names

    def test_hostile_names(self) -> None:
        check(list(folders(named(*HOSTILE)).values()))
        for name in HOSTILE:
            check(list(folders(named(name)).values()))

    def test_names_that_differ_too_little(self) -> None:
        for names in (
            ("a", "a"),
            ("a", "A"),
            ("é", "e\u0301"),
            ("a b", "a-b"),
            ("x" * 90, "x" * 91),
        ):
            check(list(folders(named(*names)).values()))

    def test_a_name_that_another_was_given(self) -> None:
        taken = folders(named("a", "a", "b"))["../in/0"]
        got = folders(named("a", "a", taken))
        assert got["../in/0"] == taken
        check(list(got.values()))

    @given(names=st.lists(st.text(max_size=12) | st.sampled_from(HOSTILE), min_size=1, max_size=12))
    def test_any_names(self, names: list[str]) -> None:
        check(list(folders(named(*names)).values()))

    @given(
        names=st.lists(st.sampled_from("aAbé") | st.text(max_size=3), min_size=3, max_size=8),
        data=st.data(),
    )
    def test_they_stay_when_campaigns_come_and_go(
        self, names: list[str], data: st.DataObject
    ) -> None:
        everyone = named(*names).campaigns
        held: dict[str, str] = {}
        for _ in range(4):
            some = data.draw(st.lists(st.sampled_from(everyone), min_size=1, unique_by=id))
            got = folders(Roster(campaigns=tuple(some)), held)
            assert all(got[key] == folder for key, folder in held.items() if key in got)
            held |= got
            check(list(held.values()))

    def test_they_do_not_depend_on_where_the_command_runs(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        campaigns("a", "b+")
        first = enlist(["campaigns/*"]).entries(Path("out"), {})
        monkeypatch.chdir("campaigns")
        second = enlist(["b/livereview.toml", "a"]).entries(Path("../out"), {})
        assert {(one.key, one.folder) for one in first} == {(one.key, one.folder) for one in second}
        assert [one.key for one in first] == ["../campaigns/a", "../campaigns/b"]

    def test_thousands_of_the_same_name(self) -> None:
        assert len(set(folders(named(*["618"] * 3000)).values())) == 3000


class TestOut:
    """Reviews never come to lie among the exports."""

    def test_an_empty_folder_for_reviews_is_no_campaign(self) -> None:
        campaigns("a", "reviews")
        roster = enlist(["campaigns/*"]).into(Path("campaigns/reviews"))
        assert [one.name for one in roster.campaigns] == ["a"]
        with pytest.raises(Problems):
            enlist(["campaigns/reviews"]).into(Path("campaigns/reviews"))

    @pytest.mark.parametrize("out", ["campaigns", "campaigns/", "campaigns/a", "campaigns/b/../a"])
    def test_where_campaigns_are_is_no_place_for_reviews(self, out: str) -> None:
        campaigns("a", "b+")
        Path("campaigns/a/sessions.csv").touch()
        with pytest.raises(UsageError, match="into the folder of a campaign"):
            enlist(["campaigns/*"]).into(Path(out)).entries(Path(out), {})

    def test_a_file_there_is_left_to_who_writes(self) -> None:
        campaigns("a")
        Path("out").touch()
        assert len(enlist(["campaigns/*"]).into(Path("out")).campaigns) == 1


def test_a_campaign_and_its_folder_have_one_home() -> None:
    campaigns("a+")
    ways = ["campaigns/a", "campaigns/a/livereview.toml", "campaigns/a/../a"]
    homes = {enlist([way]).campaigns[0].home for way in ways}
    assert homes == {os.path.realpath("campaigns/a")}
