"""livereview.toml becomes a Config, or a list of mistakes with their lines."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.config import WITHOUT_EFFECT, Config, assume, check_limits, find, load, settle
from livereview.errors import ExitCode, UsageError, UsageProblems

FULL = """\
[campaign]
name = "Double 11 2026"
start = 2026-10-20
end = 2026-11-12
timezone = "Asia/Shanghai"
currency = "CNY"
gmv_level = "net"
business_day_cutoff = "05:30"
min_session_minutes = 10
gross_margin = { beauty = 0.55, food = 0.25 }

[[campaign.phases]]
name = "warm-up"
kind = "warmup"
start = 2026-10-20
end = 2026-10-31T20:00:00

[[campaign.phases]]
name = "sale"
kind = "sale"
start = 2026-10-31T20:00:00
end = 2026-11-12

[report]
lang = "zh-CN"
title = "Review"
brand = "Us"
logo = "logo.png"
accent = "#d6336c"
notes = "notes/"

[targets]
gmv = 1_400_000_000
refund_rate = 0.20

[previous]
path = "previous"
name = "618"
start = 2026-05-27
end = 2026-06-19

[last_year]
path = "../2025"

[sources]
include = ["exports/*.csv"]
exclude = ["*draft*"]
mappings = ["mappings/*.toml"]
rates = { USD = 7.1 }
gmv_level = "user_paid"
accounts = { "shop_a/*" = "shop_a" }

[sources.samples]
orders = 0.009
events = 0.01

[anchors]
tier_by = "session_gmv"
cuts = [5_000_000, 500_000]

[funnel]
steps = ["enter", "product_click", "pay"]
window_minutes = 45
benchmarks = { entry_rate_uv = 0.2 }

[benchmarks]
file = "benchmarks.csv"

[gates]
rules = ["goals.gmv.attainment >= 0.95"]
missing = "skip"

[plan]
growth = 0.15
scenarios = { below = 0.0, normal = 0.15, above = 0.3 }
budget = 10_000_000
tech_share = 0.3
pilot_fund = 2_000_000
tier_mix = { head = 0.3, mid = 0.5, tail = 0.2 }

[limits.goals]
watch = 0.9
"""


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def write(folder: Path, text: str) -> Path:
    path = folder / "livereview.toml"
    path.write_text(text, "utf-8")
    (folder / "mappings").mkdir(exist_ok=True)
    (folder / "mappings" / "shop.toml").touch()
    return path


def complaints(path: Path, *overrides: str) -> list[tuple[str, str]]:
    """What `load` objects to: (message without the folder, hint)."""
    with pytest.raises(UsageError) as caught:
        load(path, overrides)
    assert caught.value.code is ExitCode.USAGE
    error = caught.value
    problems = error.problems if isinstance(error, UsageProblems) else [error]
    return [(p.message.replace(f"{path.parent}/", ""), p.hint) for p in problems]


def complaint(folder: Path, text: str, *overrides: str) -> tuple[str, str]:
    (only,) = complaints(write(folder, text), *overrides)
    return only


def test_every_key_of_the_interface_arrives(tmp_path: Path) -> None:
    config = load(write(tmp_path, FULL))
    campaign = config.campaign
    assert campaign.name == "Double 11 2026"
    assert campaign.business_day_cutoff == dt.time(5, 30)
    assert campaign.cutoff == dt.timedelta(hours=5, minutes=30)
    assert campaign.gross_margin == {"beauty": 0.55, "food": 0.25}
    assert (campaign.gmv_level, campaign.currency) == ("net", "CNY")
    assert campaign.min_session_minutes == 10
    assert [phase.kind for phase in campaign.phases] == ["warmup", "sale"]
    assert config.report.lang == "zh-CN"
    assert config.report.accent == "#d6336c"
    assert config.targets == {"gmv": 1_400_000_000, "refund_rate": 0.2}
    assert config.sources.rates == {"USD": 7.1}
    assert config.sources.gmv_level == "user_paid"
    assert config.sources.samples.orders == 0.009
    assert config.sources.samples.events == 0.01
    assert config.anchors.cuts == (5e6, 5e5)
    assert config.funnel.steps == ("enter", "product_click", "pay")
    assert config.funnel.window_minutes == 45
    assert config.gates.rules == ("goals.gmv.attainment >= 0.95",)
    assert config.gates.missing == "skip"
    assert config.plan.scenarios.above == 0.3
    assert config.plan.tier_mix.tail == 0.2
    assert config.funnel.benchmarks == {"entry_rate_uv": 0.2}
    assert config.limits == {"goals": {"watch": 0.9}}
    assert config.open_keys == ()


def test_keys_without_effect_are_known_however_they_are_written(tmp_path: Path) -> None:
    assert load(write(tmp_path, FULL)).unused == (
        "plan.growth",
        "plan.scenarios",
        "plan.budget",
        "plan.tech_share",
        "plan.pilot_fund",
    )
    headed = load(write(tmp_path, "[plan]\n[plan.scenarios]\nbelow = 0.1\n[gates]\n"))
    assert headed.unused == ("plan.scenarios",)
    flagged = load(write(tmp_path, ""), ["plan.scenarios.above=0.3"])
    assert flagged.unused == ("plan.scenarios",)
    assert load(write(tmp_path, "[campaign]\nname = 'a'\n[plan]\n[gates]\n")).unused == ()


def test_keys_without_effect_exist() -> None:
    for key in WITHOUT_EFFECT:
        settings: Any = Config
        for part in key[:-1]:
            settings = settings.model_fields[part].annotation
        assert key[-1] in settings.model_fields


def test_mappings_that_are_not_there_are_named(tmp_path: Path) -> None:
    text = "[sources]\nmappings = [\n 'mappings/*.toml',\n 'mappings/s*p.toml',\n 'shops/*.toml']\n"
    message, hint = complaint(tmp_path, text)
    assert message.startswith("livereview.toml:2: sources.mappings[3] ")
    assert "shops/*.toml" in message
    assert hint == "correct the path"


def test_dates_begin_at_the_cutoff_and_times_are_literal(tmp_path: Path) -> None:
    config = load(write(tmp_path, FULL))
    assert config.campaign.start == at("2026-10-20T05:30")
    assert config.campaign.end == at("2026-11-12T05:30")
    assert config.campaign.phases[0].end == at("2026-10-31T20:00")
    assert config.previous is not None
    assert config.previous.end == at("2026-06-19T05:30")


def test_a_time_with_an_offset_is_converted_to_the_campaigns_zone(tmp_path: Path) -> None:
    text = "[campaign]\nstart = 2026-11-01T00:00:00Z\ntimezone = 'Asia/Shanghai'\n"
    assert load(write(tmp_path, text)).campaign.start == at("2026-11-01T08:00")


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "campaign"
    folder.mkdir()
    config = load(write(folder, FULL))
    assert config.base == folder
    assert config.path == folder / "livereview.toml"
    assert config.sources.include == (folder / "exports/*.csv",)
    assert config.previous is not None
    assert config.previous.path == folder / "previous"
    assert config.last_year is not None
    assert config.last_year.path == folder / "../2025"
    assert config.benchmarks.file == folder / "benchmarks.csv"


def test_an_empty_file_has_the_documented_defaults(tmp_path: Path) -> None:
    folder = tmp_path / "双十一"
    folder.mkdir()
    config = load(write(folder, ""))
    assert config.campaign.name == "双十一"
    assert config.campaign.business_day_cutoff == dt.time(6, 0)
    assert config.campaign.min_session_minutes == 15
    assert config.campaign.gmv_level == "gross"
    assert config.campaign.currency is None
    assert config.anchors.tier_by == "gmv_share"
    assert config.anchors.cuts == (0.5, 0.8)
    assert config.funnel.window_minutes == 30
    assert config.previous is None
    assert config.open_keys == ("name", "start", "end", "currency")


def test_no_file_is_a_valid_configuration() -> None:
    config = Config.assumed(name="exports")
    assert config.campaign.name == "exports"
    assert (config.campaign.start, config.campaign.end) == (None, None)
    assert config.path is None
    assert config.open_keys == ("name", "start", "end", "currency")


def test_a_run_without_a_file_takes_flags() -> None:
    config = assume("exports", Path(), ["campaign.currency=USD", "targets.gmv=100"])
    assert config.campaign.name == "exports"
    assert config.campaign.currency == "USD"
    assert config.targets == {"gmv": 100}
    assert config.open_keys == ("name", "start", "end")


def test_a_misspelt_key_is_named_with_line_and_nearest_key(tmp_path: Path) -> None:
    text = "# a comment\n[campaign]\nname = 'x'\n\ngmv_lvl = 'gross'\n"
    assert complaint(tmp_path, text) == (
        "livereview.toml:5: unknown key gmv_lvl in [campaign]",
        "did you mean gmv_level?",
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("campaign.name = 'a'\ncampaign.strt = 1\n", 2),
        ("[campaign]\nname = '''\nlong\n'''\nstrt = 1\n", 5),
        (
            (
                "[campaign]\n[[campaign.phases]]\nname='a'\nkind='sale'\nstart=2026-01-01\n"
                "end=2026-01-02\n[[campaign.phases]]\nname='b'\nkind='sale'\nstart=2026-01-02\n"
                "end=2026-01-03\nstrt = 1\n"
            ),
            12,
        ),
        ("[gates]\nrules = [\n  'a >= 1', # one\n  'b >= 1',\n]\nmising = 'fail'\n", 6),
        ("[sources.samples]\nordrs = 0.1\n", 2),
        ("[plan]\n\ntier_mix = { head = 0.3, midd = 0.5 }\n", 3),
        ("[ 'campaign' ]\n\"strt\" = 1\n", 2),
        ("\ufeff[campaign]\r\n\r\nstrt = 1\r\n", 3),
    ],
    ids=["dotted", "multiline", "array", "list", "subtable", "inline", "quoted", "bom-crlf"],
)
def test_lines_are_right_however_the_key_is_written(tmp_path: Path, text: str, line: int) -> None:
    message, hint = complaint(tmp_path, text)
    assert message.startswith(f"livereview.toml:{line}: unknown key")
    assert hint.startswith("did you mean")


@given(
    st.lists(
        st.sampled_from(
            ["", "# note", "name = 'a' # b", 'title = """\nx\n[y]\n"""', "list = [\n 1,\n]"]
        ),
        unique=True,
    )
)
def test_lines_of_a_key_survive_whatever_stands_before_it(before: list[str]) -> None:
    from livereview.config.places import lines_of

    text = "\n".join(["[campaign]", *before, "wanted = 1"])
    assert lines_of(text)["campaign", "wanted"] == text.split("\n").index("wanted = 1") + 1


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        "[campaign]\n"
        "start = '2026-11-01'\n"
        "currency = 'RMB'\n"
        "timezone = 'Asia/Shanghia'\n"
        "gmv_level = 'grosss'\n"
        "business_day_cutoff = '25:00'\n"
        "[targets]\n"
        "gvm = 1\n"
        "refund_rate = 20\n"
        "[camapign]\n"
    )
    told = complaints(write(tmp_path, text))
    assert [message.split(": ")[0] for message, _ in told] == [
        f"livereview.toml:{line}" for line in (2, 3, 4, 5, 6, 8, 9, 10)
    ]
    hints = [hint for _, hint in told]
    assert hints[0] == "write 2026-11-01 without quotes"
    assert hints[1] == 'write "CNY"'
    assert hints[2] == 'did you mean "Asia/Shanghai"?'
    assert hints[3] == 'did you mean "gross"?'
    assert hints[5].startswith("did you mean gmv?")
    assert hints[6] == "write 20 % as 0.2"
    assert hints[7] == "did you mean campaign?"


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("[campaign]\nstart = 2026-11-02\nend = 2026-11-02\n", "campaign.end"),
        ("[campaign]\nmin_session_minutes = '15'\n", "must be a number"),
        ("[campaign]\nmin_session_minutes = true\n", "must be a number"),
        ("[campaign]\nmin_session_minutes = nan\n", "must be a finite number"),
        ("[campaign]\nmin_session_minutes = -1\n", "must be at least 0"),
        ("[campaign]\nname = 11\n", "must be text"),
        ("[campaign]\ngross_margin = 42\n", "share from 0 to 1"),
        ("[campaign]\ngross_margin = { beauty = 42 }\n", "campaign.gross_margin.beauty"),
        ("[campaign]\ngross_margin = true\n", "share from 0 to 1"),
        ("[targets]\ngmv = '1'\n", "targets.gmv must be a number"),
        ("[targets]\ngmv = -1\n", "targets.gmv must not be negative"),
        ("[targets]\nrefund_rate = -0.2\n", "targets.refund_rate is a share"),
        ("[funnel.benchmarks]\nentry_rate_uv = 30\n", "funnel.benchmarks.entry_rate_uv is a share"),
        ("[targets]\ngmv = inf\n", "targets.gmv must be a number"),
        ("[sources]\ninclude = 'exports'\n", "must be a list"),
        ("[sources]\nrates = { USD = 0 }\n", "must be above 0"),
        ("[sources.samples]\norders = 1.5\n", "must be at most 1"),
        ("[anchors]\ntier_by = 'gmv'\n", "needs cuts"),
        ("[anchors]\ntier_by = 'gmv'\ncuts = [1, 2]\n", "two falling amounts"),
        ("[anchors]\ncuts = [0.8, 0.5]\n", "two rising shares"),
        ("[anchors]\ncuts = [0.5]\n", "exactly two"),
        ("[anchors]\ncuts = [0.5, 0.6, 0.7]\n", "exactly two"),
        ("[anchors]\ntier_by = 'given'\ncuts = [0.5, 0.8]\n", "has no use"),
        ("[funnel]\nsteps = ['pay', 'pay']\n", "two different steps"),
        (f"[funnel]\nsteps = {list('abcdefghi')}\n", "at most 8 steps"),
        ("[plan.tier_mix]\nhead = 0.8\nmid = 0.4\n", "adds up to 1.2"),
        ("[report]\naccent = 'red'\n", "is not a colour"),
        ("[report]\nlogo = 3\n", "must be a path"),
        ("[limits.goals]\nwatch = 'a'\n", "limits.goals.watch must be a number"),
        ("[limits]\ngoals = 1\n", "limits.goals must be a table"),
        ("report = 1\n", "report must be a table"),
        ("[campaign]\nstart = 2026-11-01\n[previous]\nend = 2026-11-02\n", "previous.end"),
        ("gmv = 1\n", "unknown key or table gmv"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(tmp_path: Path, text: str, fact: str) -> None:
    message, hint = complaint(tmp_path, text)
    assert fact in message
    assert hint


PHASES = """\
[campaign]
start = 2026-11-01
end = 2026-11-12
[[campaign.phases]]
name = "a"
kind = "warmup"
start = {0}
end = {1}
[[campaign.phases]]
name = "{4}"
kind = "sale"
start = {2}
end = {3}
"""


@pytest.mark.parametrize(
    ("values", "fact"),
    [
        (("2026-11-01", "2026-11-05", "2026-11-04", "2026-11-12", "b"), "phases[2].start"),
        (("2026-11-05", "2026-11-06", "2026-11-01", "2026-11-05T06:00:01", "b"), "phases[1].start"),
        (("2026-10-31", "2026-11-05", "2026-11-05", "2026-11-12", "b"), "outside the window"),
        (("2026-11-01", "2026-11-05", "2026-11-05", "2026-11-13", "b"), "outside the window"),
        (("2026-11-05", "2026-11-01", "2026-11-05", "2026-11-12", "b"), "is not after start"),
        (("2026-11-01", "2026-11-05", "2026-11-05", "2026-11-12", "a"), "a second time"),
    ],
)
def test_phases_lie_inside_apart_and_forward(
    tmp_path: Path, values: tuple[str, ...], fact: str
) -> None:
    assert fact in complaint(tmp_path, PHASES.format(*values))[0]


def test_a_loss_may_be_the_target(tmp_path: Path) -> None:
    assert load(write(tmp_path, "[targets]\ncontribution = -5\n")).targets == {"contribution": -5}


def test_a_benchmark_is_of_a_metric(tmp_path: Path) -> None:
    text = "[funnel]\nwindow_minutes = 30\nbenchmarks = { entry_rate = 0.3 }\n"
    message, hint = complaint(tmp_path, text)
    assert message == "livereview.toml:3: funnel.benchmarks.entry_rate is not a metric"
    assert hint.startswith("did you mean entry_rate_uv?")


def test_phases_may_touch(tmp_path: Path) -> None:
    text = PHASES.format("2026-11-01", "2026-11-05", "2026-11-05", "2026-11-12", "b")
    assert len(load(write(tmp_path, text)).campaign.phases) == 2


def test_flags_win_over_the_file_and_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, "[targets]\ngmv = 1\n[campaign]\nname = 'a'\n")
    config = load(path, ["targets.gmv=2_000", "campaign.name=双11", "campaign.start=2026-11-01"])
    assert config.targets == {"gmv": 2000}
    assert config.campaign.name == "双11"
    assert config.campaign.start == at("2026-11-01T06:00")
    assert complaints(path, "targets.gmw=3") == [
        (
            "--set targets.gmw=3: targets.gmw is not a metric",
            "did you mean gmv? `livereview list metrics` shows all ids",
        )
    ]


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ('campaign.name="a=b"', "name", "a=b"),
        ("campaign.name=a=b", "name", "a=b"),
        ("campaign.name = plain words", "name", "plain words"),
        ("campaign.gross_margin.美妆=0.3", "gross_margin", {"美妆": 0.3}),
        ('campaign.gross_margin={"a.b" = 0.3}', "gross_margin", {"a.b": 0.3}),
        ('campaign.gross_margin."a.b"=0.3', "gross_margin", {"a.b": 0.3}),
    ],
)
def test_a_flag_is_toml_else_text(tmp_path: Path, override: str, key: str, value: object) -> None:
    assert getattr(load(write(tmp_path, ""), [override]).campaign, key) == value


@pytest.mark.parametrize(
    ("overrides", "fact"),
    [
        (["targets.gmv=1", "targets.gmv=2"], "given twice"),
        (["targets.gmv"], "not of the form key=value"),
        (["=1"], "not of the form key=value"),
        (["campaign.name.first=1"], "campaign.name is not a table"),
        (["camapign.name=1"], "--set camapign.name=1: unknown key or table camapign"),
        (["gmv=1"], "--set gmv=1: unknown key or table gmv"),
    ],
)
def test_a_wrong_flag_is_named(tmp_path: Path, overrides: list[str], fact: str) -> None:
    path = write(tmp_path, "[campaign]\nname = 'a'\n")
    told = complaints(path, *overrides)
    assert len(told) == 1
    assert fact in told[0][0]


def test_the_same_flag_twice_with_one_value_is_fine(tmp_path: Path) -> None:
    assert load(write(tmp_path, ""), ["targets.gmv=1", "targets.gmv=1"]).targets == {"gmv": 1}


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"[campaign]\nname = Double 11\n", "livereview.toml:2: not valid TOML"),
        (b"[campaign]\nname = 'a'\nname = 'b'\n", "livereview.toml:3: not valid TOML"),
        (b"[campaign]\nname = [1,\n", "not valid TOML"),
        ("name = '大促'".encode("gb18030"), "byte 8 is not UTF-8"),
    ],
)
def test_what_is_no_toml_is_told_with_its_place(tmp_path: Path, content: bytes, fact: str) -> None:
    path = tmp_path / "livereview.toml"
    path.write_bytes(content)
    assert fact in complaints(path)[0][0]


def test_limits_are_checked_against_the_battery(tmp_path: Path) -> None:
    config = load(write(tmp_path, "[limits.goals]\nwatch = 0.9\n[limits.anchor]\nx = 1\n"))
    with pytest.raises(UsageProblems) as caught:
        check_limits(config, {"goals": {"watch_at"}, "anchors": {"x"}})
    assert [(p.message.rpartition("/")[2], p.hint) for p in caught.value.problems] == [
        ("livereview.toml:2: limits.goals.watch is not a limit of goals", "did you mean watch_at?"),
        ("livereview.toml:3: limits.anchor is not an analysis", "did you mean anchors?"),
    ]
    check_limits(config, {"goals": {"watch"}, "anchor": {"x"}})
    check_limits(config, ["goals", "anchor"])


def test_a_limit_may_have_a_dotted_name(tmp_path: Path) -> None:
    path = write(tmp_path, "[limits.goals]\nwatch = 0.9\nrefund_rate.good = 1.1\n'a.b' = 2\n")
    config = load(path)
    assert config.limits == {"goals": {"watch": 0.9, "refund_rate.good": 1.1, "a.b": 2}}
    with pytest.raises(UsageError, match=r"toml:3: limits.goals.refund_rate.good is not a limit"):
        check_limits(config, {"goals": {"watch", "a.b"}})


def test_the_file_in_or_beside_the_sources_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, other, here = tmp_path / "campaign", tmp_path / "other", tmp_path / "here"
    for folder in (campaign, other, here):
        (folder / "exports").mkdir(parents=True)
    assert find([campaign / "exports"], here) is None
    at_home = write(here, "")
    assert find([campaign / "exports"], here) == at_home
    beside = write(campaign, "")
    assert find([campaign / "exports"], here) == beside
    assert find([campaign], here) == beside
    assert find([campaign / "sessions.csv"], here) == beside
    assert find([], here) == at_home
    write(other, "")
    monkeypatch.chdir(campaign / "exports")
    found = find([Path()], here)
    assert found is not None
    assert found.resolve() == beside.resolve()
    with pytest.raises(UsageError, match="two configurations"):
        find([campaign / "exports", other / "exports"], here)


def test_a_run_is_settled_by_the_file_given_else_found_else_by_flags(tmp_path: Path) -> None:
    home = tmp_path / "double11"
    (home / "exports").mkdir(parents=True)
    assumed = settle(None, [home], tmp_path, ["campaign.currency=USD"])
    assert (assumed.campaign.name, assumed.campaign.currency) == ("double11", "USD")
    assert (assumed.path, assumed.base) == (None, home)
    beside = write(home, "[campaign]\nname = 'beside'\n")
    found = settle(None, [home / "exports"], tmp_path, ["campaign.currency=USD"])
    assert (found.campaign.name, found.campaign.currency) == ("beside", "USD")
    assert found.path == beside
    given = write(tmp_path, "[campaign]\nname = 'given'\n")
    assert settle(given, [home / "exports"], tmp_path).campaign.name == "given"


def test_settings_are_frozen(tmp_path: Path) -> None:
    config = load(write(tmp_path, FULL))
    with pytest.raises(ValueError, match="frozen"):
        config.campaign.name = "other"


def test_the_shipped_example_is_valid() -> None:
    path = Path(__file__).parents[2] / "examples" / "campaign" / "livereview.toml"
    config = load(path)
    assert config.open_keys == ()
    assert config.unused == ()


def test_configuration_loads_no_heavy_library() -> None:
    program = (
        "import sys, livereview.config as c; c.assume('a', c.Config().base, ['targets.gmv=1']);"
        "print(*{'duckdb', 'polars', 'matplotlib', 'pyarrow', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "")


@pytest.mark.parametrize("year", ["1026", "1989", "2201", "9999"])
def test_a_date_of_another_age_is_refused_at_its_line(tmp_path: Path, year: str) -> None:
    path = write(tmp_path, f"[campaign]\nstart = {year}-11-01\n")
    with pytest.raises(UsageError) as caught:
        load(path)
    assert "livereview.toml:2: campaign.start" in caught.value.message
    assert "1990 to 2200" in caught.value.message


def test_a_campaign_of_years_is_refused(tmp_path: Path) -> None:
    year = "[campaign]\nstart = 2025-01-01\nend = {}\n"
    assert load(write(tmp_path, year.format("2026-02-05"))).campaign.end
    with pytest.raises(UsageError) as caught:
        load(write(tmp_path, year.format("2026-02-06")))
    assert "livereview.toml:3: campaign.end" in caught.value.message
    assert "a campaign of 401 days" in caught.value.message
    assert caught.value.hint == "check start and end"


def test_a_year_from_a_flag_is_refused_with_the_flag(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(write(tmp_path, ""), ["campaign.end=3026-11-01"])
    assert caught.value.message.startswith("--set campaign.end=3026-11-01: ")


@pytest.mark.parametrize(
    "content",
    [f"a = {'[' * 5000}{']' * 5000}\n", f"a{'.a' * 3000} = 1\n"],
    ids=["brackets", "tables"],
)
def test_nesting_without_end_is_a_usage_error(tmp_path: Path, content: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(UsageError) as caught:
        load(path)
    assert str(path) in caught.value.message
    assert "nested too deeply" in caught.value.message


def test_a_folder_whose_name_is_no_text_still_names_the_campaign(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("the file system takes text only")
    assert settle(None, [folder], tmp_path).campaign.name == r"b\udcff"
    (folder / "livereview.toml").write_text("", "utf-8")
    assert settle(None, [folder], tmp_path).campaign.name == r"b\udcff"
