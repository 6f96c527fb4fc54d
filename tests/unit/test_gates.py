"""Business rules: how they are written, what is wrong with one, and how each comes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview import battery, gates, glossary
from livereview.analysis import FrameSchema, column, dtypes
from livereview.errors import UsageProblems
from livereview.gates import Rule, Shapes, judge, read, unjudged
from livereview.model import Finding, Frame, Gate, Number, Score, Section, SectionStatus, Unit, text
from livereview.report.words import Words

ENGLISH = Words("en", "CNY")
SHAPES: Shapes = {
    "goals": {
        "kpis": (
            column("metric"),
            column("direction"),
            column("target", "number"),
            column("actual", "number"),
            column("gap", "number"),
            column("attainment"),
        ),
        "by_day": (column("day"), column("gmv"), column("pace", "share")),
    },
    "anchors": {
        "tiers": (column("tier"), column("hours"), column("gmv_share")),
        "tier_mix": (column("tier"), column("gmv_share"), column("planned_share", "share")),
        "anchors": (column("anchor_id"), column("anchor_name"), column("gmv")),
        "concentration": (column("metric"), column("value", "number")),
    },
    "funnel": {
        "steps": (column("basis"), column("step"), column("users"), column("step_rate")),
        "by_hour": (column("hour"), column("users"), column("estimated", "bool")),
    },
}


def one(expression: str, shapes: Shapes = SHAPES) -> Rule:
    (rule,) = read([("--gate", expression)], shapes)
    return rule


def wrong(expression: str, shapes: Shapes = SHAPES) -> tuple[str, str]:
    """Return what is said of a rule, and the hint, without the place and the rule itself."""
    with pytest.raises(UsageProblems) as raised:
        read([("--gate", expression)], shapes)
    (problem,) = raised.value.problems
    prefix = f"--gate: {expression!r}"
    assert problem.message.startswith(prefix)
    return problem.message.removeprefix(prefix).removeprefix(":").strip(), problem.hint


@pytest.mark.parametrize(
    ("expression", "op", "limit", "path"),
    [
        ("gmv >= 5", ">=", 5, ("gmv",)),
        ("gmv <= 5", "<=", 5, ("gmv",)),
        ("gmv == 5", "==", 5, ("gmv",)),
        ("gmv != 5", "!=", 5, ("gmv",)),
        ("gmv < 5", "<", 5, ("gmv",)),
        ("gmv > 5", ">", 5, ("gmv",)),
        ("gmv>5", ">", 5, ("gmv",)),
        ("\t gmv\t>=  -5 \n", ">=", -5, ("gmv",)),
        ("gmv > +5.25", ">", 5.25, ("gmv",)),
        ("gmv >= 1_400_000_000", ">=", 1.4e9, ("gmv",)),
        ("gmv >= 1.4e9", ">=", 1.4e9, ("gmv",)),
        ("gmv >= 14E-1", ">=", 1.4, ("gmv",)),
        ("refund_rate <= 25%", "<=", 0.25, ("refund_rate",)),
        ("refund_rate <= 12.5 %", "<=", 0.125, ("refund_rate",)),
        ("refund_rate <= 0.7%", "<=", 0.007, ("refund_rate",)),
        ("findings.act == 0", "==", 0, ("findings", "act")),
        ("findings.watch < 3", "<", 3, ("findings", "watch")),
        ("findings.note<3", "<", 3, ("findings", "note")),
        (" goals . gmv . attainment >= 0.95", ">=", 0.95, ("goals", "gmv", "attainment")),
        ('"goals"."gmv"."attainment" >= 0.95', ">=", 0.95, ("goals", "gmv", "attainment")),
        ('anchors . "A. <b>=1" . gmv > 0', ">", 0, ("anchors", "A. <b>=1", "gmv")),
        ('anchors."say ""hi""".gmv > 0', ">", 0, ("anchors", 'say "hi"', "gmv")),
        ("anchors.李 佳琦.gmv > 0", ">", 0, ("anchors", "李 佳琦", "gmv")),
    ],
)
def test_a_rule_is_a_path_an_operator_and_a_number(
    expression: str, op: str, limit: float, path: tuple[str, ...]
) -> None:
    rule = one(expression)
    assert (rule.op, rule.limit, rule.path) == (op, limit, path)


def test_a_rule_is_named_as_it_is_written_but_for_its_spaces() -> None:
    assert one("  gmv>=1_000 ").name == "gmv >= 1_000"
    assert one("refund_rate  <=  25 %").metric == "refund_rate"
    assert one('anchors."a.b".gmv > 0').name == 'anchors."a.b".gmv > 0'


def test_a_rule_that_is_given_twice_counts_once() -> None:
    given_ = [("a", "gmv>=1"), ("b", "gmv  >= 1"), ("c", "gmv >= 2"), ("d", "gmv >= 1")]
    assert [rule.name for rule in read(given_, SHAPES)] == ["gmv >= 1", "gmv >= 2"]
    assert read([], SHAPES) == ()


@pytest.mark.parametrize(
    ("expression", "keys", "name", "frames"),
    [
        ("goals.gmv.attainment > 0", ("gmv",), "attainment", ("kpis",)),
        ("goals.kpis.gmv.attainment > 0", ("gmv",), "attainment", ("kpis",)),
        ("goals.kpis.gmv.up.actual > 0", ("gmv", "up"), "actual", ("kpis",)),
        ("goals.2026-11-01.gmv > 0", ("2026-11-01",), "gmv", ("by_day",)),
        ("anchors.cr1 < 0.3", ("cr1",), "value", ("concentration",)),
        ("anchors.concentration.cr1 < 0.3", ("cr1",), "value", ("concentration",)),
        ("anchors.concentration.cr1.value < 0.3", ("cr1",), "value", ("concentration",)),
        ("anchors.head.planned_share < 0.3", ("head",), "planned_share", ("tier_mix",)),
        ("anchors.a7.gmv > 0", ("a7",), "gmv", ("anchors",)),
        ("funnel.traffic.pay.step_rate > 0", ("traffic", "pay"), "step_rate", ("steps",)),
        ("funnel.steps.traffic.pay.step_rate > 0", ("traffic", "pay"), "step_rate", ("steps",)),
        ("funnel.20.users > 0", ("20",), "users", ("by_hour",)),
    ],
)
def test_keys_and_column_are_told_apart(
    expression: str, keys: tuple[str, ...], name: str, frames: tuple[str, ...]
) -> None:
    rule = one(expression)
    assert (rule.keys, rule.column, rule.frames) == (keys, name, frames)
    assert rule.slug == rule.path[0]
    assert one("gmv > 0").slug is None
    assert one("findings.act == 0").slug is None


FORM = (
    "write METRIC, SLUG.KEY.COLUMN or findings.SEVERITY, an operator and a number, "
    "such as refund_rate <= 0.25"
)
NUMBER = "such as 0.25, 25%, -3 or 1_400_000_000"
QUOTES = 'put a part that holds dots in "quotes"; a quote within it is written twice'


@pytest.mark.parametrize(
    ("expression", "fact", "hint"),
    [
        ("", "is not a gate", FORM),
        ("gmv", "is not a gate", FORM),
        (">= 5", "is not a gate", FORM),
        ("gmv >=", "is not a gate", FORM),
        ("gmv >= 5 >= 3", "is not a gate", FORM),
        ('goals."gmv.attainment >= 1', "is not a gate", FORM),
        ("gmv ≤ 5", "≤ is not an operator", "did you mean <=?"),
        ("gmv ≥ 5", "≥ is not an operator", "did you mean >=?"),
        ("gmv ≠ 5", "≠ is not an operator", "did you mean !=?"),
        ("gmv =< 5", "=< is not an operator", "did you mean <=?"),
        ("gmv => 5", "=> is not an operator", "did you mean >=?"),
        ("gmv = 5", "= is not an operator", "did you mean ==?"),
        ("gmv <> 5", "<> is not an operator", "did you mean !=?"),
        ("gmv >> 5", ">> is not an operator", "one of <= >= == != < >"),
        ("gmv >= many", "many is not a number", NUMBER),
        ("gmv >= 1,400", "1,400 is not a number", NUMBER),
        ("gmv >= 5 %%", "5 %% is not a number", NUMBER),
        ("gmv >= nan", "nan is not a number", NUMBER),
        ("gmv >= inf", "inf is not a number", NUMBER),
        ("gmv >= 1e999", "1e999 is not a number", NUMBER),
        ("gmv >= ¥5", "¥5 is not a number", NUMBER),
        ("gmv >= 0x10", "0x10 is not a number", NUMBER),
        ("goals..gmv >= 5", "goals..gmv cannot be read", QUOTES),
        (".gmv >= 5", ".gmv cannot be read", QUOTES),
        ("goals. >= 5", "goals. cannot be read", QUOTES),
        ("goals. .gmv >= 5", "goals. .gmv cannot be read", QUOTES),
        ('goals."".gmv >= 5', 'goals."".gmv cannot be read', QUOTES),
        ('goals."gmv"x.gap >= 5', 'goals."gmv"x.gap cannot be read', QUOTES),
    ],
)
def test_what_cannot_be_read_is_told_with_what_was_meant(
    expression: str, fact: str, hint: str
) -> None:
    assert wrong(expression) == (fact, hint)


COLUMNS = "target, actual, gap, attainment, gmv, pace"


@pytest.mark.parametrize(
    ("expression", "fact", "hint"),
    [
        ("refnd_rate <= 1", "there is no metric 'refnd_rate'", "did you mean refund_rate?"),
        ("xyzzy <= 1", "there is no metric 'xyzzy'", "see `livereview list metrics`"),
        ("findings.acts == 0", "there is no severity 'acts'", "did you mean act?"),
        ("findings.bad == 0", "there is no severity 'bad'", "one of: note, watch, act"),
        ("findings.act.n == 0", "there is no severity 'act.n'", "did you mean act?"),
        ("finding.act == 0", "there is no analysis 'finding'", "did you mean findings?"),
        ("gaols.gmv.gap > 0", "there is no analysis 'gaols'", "did you mean goals?"),
        (
            "nothing.gmv.gap > 0",
            "there is no analysis 'nothing'",
            "one of: goals, anchors, funnel, findings",
        ),
        (
            "goals.gmv.attainmnt > 0",
            "goals has no column of numbers 'attainmnt'",
            "did you mean attainment?",
        ),
        (
            "goals.gmv.zzz > 0",
            "goals has no column of numbers 'zzz'",
            f"one of: {COLUMNS}",
        ),
        (
            "goals.gmv.direction > 0",
            "direction of goals holds no numbers",
            f"columns of numbers: {COLUMNS}",
        ),
        (
            "goals.by_day.a.b.c.pace > 0",
            "pace of goals has fewer columns before it than a.b.c asks",
            "columns of numbers: gmv, pace",
        ),
        (
            "goals.gmv > 0",
            "goals.gmv names no column, and goals has none called value",
            f"write goals.gmv.COLUMN with one of: {COLUMNS}",
        ),
        ("goals > 0", "goals says no figure", f"{FORM.partition(', such')[0]}: goals.KEY.COLUMN"),
        (
            "findings > 0",
            "findings says no figure",
            f"{FORM.partition(', such')[0]}: findings.KEY.COLUMN",
        ),
        (
            "goals.kpis.refnd_rate.gap > 0",
            "goals has no metric 'refnd_rate'",
            "did you mean refund_rate?",
        ),
        ("anchors.heads.hours > 0", "anchors has no tier 'heads'", "did you mean head?"),
        ("anchors.cr2.value > 0", "anchors has no metric 'cr2'", "did you mean cr3?"),
        (
            "goals.by_day.monday.pace > 0",
            "goals has no day 'monday'",
            "correct the name",
        ),
        (
            "funnel.by_hour.late.users > 0",
            "funnel has no hour 'late'",
            "correct the name",
        ),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(expression: str, fact: str, hint: str) -> None:
    assert wrong(expression) == (fact, hint)


def test_the_same_words_in_two_frames_are_told_apart_before_the_run() -> None:
    assert wrong("anchors.head.gmv_share > 0") == (
        "head is in tiers and in tier_mix of anchors",
        "anchors.tiers.head.gmv_share or anchors.tier_mix.head.gmv_share",
    )
    for frame in ("tiers", "tier_mix"):
        assert one(f"anchors.{frame}.head.gmv_share > 0").frames == (frame,)


def test_all_that_is_wrong_is_told_at_once_each_with_its_place() -> None:
    given_ = [
        ("livereview.toml:7", "gmv ≥ 1"),
        ("livereview.toml:7", "gmv >= 1"),
        ("livereview.toml:8", "refnd_rate <= 1"),
        ("--gate", "goals.gmv.attainmnt > 0"),
    ]
    with pytest.raises(UsageProblems) as raised:
        read(given_, SHAPES)
    assert [problem.message.partition(": ")[0] for problem in raised.value.problems] == [
        "livereview.toml:7",
        "livereview.toml:8",
        "--gate",
    ]
    assert int(raised.value.code) == 2


# --- how rules come out


def frame(name: str, schema: FrameSchema, rows: Sequence[Sequence[object]]) -> Frame:
    return Frame(
        name=name,
        columns=schema,
        rows=pl.DataFrame(rows, schema=dtypes(schema), orient="row"),
    )


def section(
    slug: str,
    rows: Mapping[str, Sequence[Sequence[object]]] | None = None,
    *,
    status: SectionStatus = "ok",
    findings: Sequence[str] = (),
) -> Section:
    found = (
        Finding(code=str(n), subject="", severity=severity, grade="fact", headline=text("x"))  # type: ignore[arg-type]
        for n, severity in enumerate(findings)
    )
    return Section(
        slug=slug,
        chapter=1,
        order=1,
        title=text("x"),
        question=text("x"),
        status=status,
        reason=None if status == "ok" else text("why {slug} is not there", slug=slug),
        findings=tuple(found),
        frames={name: frame(name, SHAPES[slug][name], held) for name, held in (rows or {}).items()},
    )


def score(metric: str, value: Number | None, unit: Unit = "number") -> Score:
    empty: dict[str, Any] = dict.fromkeys(("target", "attainment", "previous", "change"))
    return Score(metric=metric, label=text("x"), value=value, unit=unit, status="none", **empty)


def judged(
    expression: str,
    *sections: Section,
    scores: Sequence[Score] = (),
    shown: Sequence[str] | None = None,
    **more: Any,
) -> Gate:
    seen = [part.slug for part in sections] if shown is None else shown
    (gate,) = judge([one(expression)], scores, sections, seen, **more)
    return gate


@pytest.mark.parametrize(
    ("expression", "value", "status", "distance"),
    [
        ("gmv >= 1_400_000_000", Decimal("1399999999.99"), "failed", -0.01),
        ("gmv >= 1_400_000_000", Decimal(1_400_000_000), "passed", 0),
        ("gmv > 1_400_000_000", Decimal(1_400_000_000), "failed", 0),
        ("gmv <= 100", 99, "passed", -1),
        ("gmv <= 100", 100, "passed", 0),
        ("gmv <= 100", 101, "failed", 1),
        ("gmv < 100", 100, "failed", 0),
        ("gmv == 3", 3, "passed", 0),
        ("gmv == 3", 4, "failed", 1),
        ("gmv != 3", 3, "failed", 0),
        ("gmv != 3", 2, "passed", -1),
        ("gmv > -3", -2.5, "passed", 0.5),
        ("gmv >= 25%", 0.25, "passed", 0),
        ("gmv <= 0.3", 0.1 + 0.2, "passed", 0),
        ("gmv < 0.3", 0.1 + 0.2, "failed", 0),
        ("gmv == 0.3", 1 - 0.7, "passed", 0),
        ("gmv >= 0.3", 0.3 - 1e-12, "failed", -1e-12),
        ("gmv >= 0.123456789012345", 0.123456789012345, "passed", 0),
        ("gmv == 0", 0.0, "passed", 0),
    ],
)
def test_a_figure_is_held_against_the_limit(
    expression: str, value: Number, status: str, distance: float
) -> None:
    gate = judged(expression, scores=[score("gmv", value, "money"), score("orders", 7)])
    assert (gate.status, gate.value, gate.unit, gate.reason) == (status, value, "money", None)
    assert gate.distance == pytest.approx(distance, rel=1e-3, abs=1e-15)


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([], "Refund rate is not on the scorecard; give it a target."),
        ([score("refund_rate", None)], "The figure is not known."),
    ],
)
@pytest.mark.parametrize("skip", [False, True])
def test_a_rule_without_a_figure_is_missing_or_skipped(
    scores: list[Score], reason: str, skip: bool
) -> None:
    gate = judged("refund_rate <= 1", scores=scores, skip_missing=skip)
    assert gate.status == ("skipped" if skip else "missing")
    assert (gate.value, gate.distance, gate.ambiguous) == (None, None, False)
    assert gate.reason is not None
    assert ENGLISH.say(gate.reason) == reason


KPIS = [
    ("gmv", "up", 100.0, 80.0, -20.0, 0.8),
    ("refund_rate", "down", 0.2, 0.25, 0.05, 0.8),
    ("orders", "up", None, 7.0, None, None),
]
GOALS = section(
    "goals", {"kpis": KPIS, "by_day": [(dt.date(2026, 11, 1), 5.5, 0.5)]}, findings=["act", "note"]
)


@pytest.mark.parametrize(
    ("expression", "value", "unit"),
    [
        ("goals.gmv.attainment > 0", 0.8, "share"),
        ("goals.gmv.actual > 0", 80.0, "money"),
        ("goals.kpis.refund_rate.actual > 0", 0.25, "share"),
        ("goals.kpis.refund_rate.gap > 0", 0.05, "points"),
        ("goals.kpis.orders.up.actual > 0", 7.0, "count"),
        ("goals.2026-11-01.gmv > 0", 5.5, "money"),
        ('goals.by_day."2026-11-01".pace > 0', 0.5, "share"),
    ],
)
def test_a_cell_is_found_by_the_words_of_its_row(expression: str, value: float, unit: str) -> None:
    gate = judged(expression, GOALS)
    assert (gate.value, gate.unit, gate.status) == (value, unit, "passed")


@pytest.mark.parametrize(
    ("expression", "sections", "reason"),
    [
        ("goals.orders.attainment > 0", [GOALS], "The figure is not known."),
        (
            "goals.kpis.refund_rate.up.gap > 0",
            [GOALS],
            "There is no row refund_rate.up; the nearest is refund_rate.down.",
        ),
        ("goals.2026-11-21.gmv > 0", [GOALS],
         "There is no row 2026-11-21; the nearest is 2026-11-01."),
        ("anchors.a7.gmv > 0", [section("anchors", {"anchors": []})], "There is no row a7."),
        ("goals.gmv.gap > 0", [section("goals", status="empty")], "why goals is not there"),
        ("goals.gmv.gap > 0", [section("goals", status="failed")], "why goals is not there"),
        ("goals.gmv.gap > 0", [], "The analysis was not run."),
    ],
)  # fmt: skip
def test_a_cell_that_is_not_there_is_missing_and_says_why(
    expression: str, sections: list[Section], reason: str
) -> None:
    gate = judged(expression, *sections)
    assert (gate.value, gate.status) == (None, "missing")
    assert gate.reason is not None
    assert ENGLISH.say(gate.reason) == reason
    assert judged(expression, *sections, skip_missing=True).status == "skipped"


@pytest.mark.parametrize("skip", [False, True])
def test_a_rule_that_several_rows_answer_to_is_never_skipped(skip: bool) -> None:
    steps = [("traffic", "pay", 5, 0.5), ("traffic", "order", 6, 0.6), ("events", "pay", 9, 0.9)]
    held = section("funnel", {"steps": steps, "by_hour": [(9, 4, True)]})
    gate = judged("funnel.traffic.users > 0", held, skip_missing=skip)
    assert (gate.status, gate.value, gate.ambiguous) == ("missing", None, True)
    assert gate.reason is not None
    assert ENGLISH.say(gate.reason) == (
        "2 rows answer to it, in steps: name the frame or more keys."
    )
    assert judged("funnel.traffic.pay.users > 0", held).value == 5


def test_rows_of_two_frames_answer_to_a_name_from_the_data() -> None:
    shapes: Shapes = {"goals": {n: (column("brand"), column("gmv")) for n in ("old", "new")}}
    frames = {n: frame(n, shapes["goals"][n], [("Acme", 1.0)]) for n in ("old", "new")}
    held = Section(
        slug="goals", chapter=1, order=1, title=text("x"), question=text("x"), status="ok",
        frames=frames,
    )  # fmt: skip
    (gate,) = judge([one("goals.Acme.gmv > 0", shapes)], [], [held], ["goals"])
    assert gate.reason is not None
    assert "in old and new" in ENGLISH.say(gate.reason)
    assert gate.ambiguous
    (gate,) = judge([one("goals.new.Acme.gmv > 0", shapes)], [], [held], ["goals"])
    assert gate.value == 1


@pytest.mark.parametrize(
    ("severity", "shown", "count"),
    [("act", ["goals", "anchors"], 3), ("watch", ["goals", "anchors"], 1), ("note", ["goals"], 1),
     ("act", ["goals"], 1), ("act", [], 0)],
)  # fmt: skip
def test_findings_are_counted_where_they_are_shown(
    severity: str, shown: list[str], count: int
) -> None:
    anchors = section("anchors", findings=["act", "watch", "act"])
    empty = section("funnel", status="empty")
    gate = judged(f"findings.{severity} == {count}", GOALS, anchors, empty, shown=shown)
    assert (gate.value, gate.unit, gate.status) == (count, "count", "passed")


def test_findings_are_not_counted_where_an_analysis_failed() -> None:
    failed = section("anchors", status="failed")
    gate = judged("findings.act <= 9", GOALS, failed)
    assert (gate.status, gate.value) == ("missing", None)
    assert gate.reason is not None
    assert ENGLISH.say(gate.reason) == "anchors failed, so not all is counted."
    assert judged("findings.act <= 9", GOALS, failed, shown=["goals"]).status == "passed"


def test_findings_are_not_counted_where_the_work_was_stopped() -> None:
    gate = judged("findings.act == 0", shown=[], stopped=text("Minutes exceed sessions."))
    assert gate.status == "missing"
    assert gate.reason is not None
    assert ENGLISH.say(gate.reason) == "Minutes exceed sessions."


def test_the_rules_of_a_run_that_failed_are_missing() -> None:
    rules = read([("x", "gmv > 1"), ("x", "findings.act == 0")], SHAPES)
    found = unjudged(rules, text("The run failed."))
    assert [(gate.name, gate.status, gate.value) for gate in found] == [
        ("gmv > 1", "missing", None),
        ("findings.act == 0", "missing", None),
    ]


# --- every frame that analyses declare


@cache
def declared() -> Shapes:
    return {room.slug: room.analysis.frames for room in battery.discover()}


def quoted(key: object) -> str:
    return '"' + str(key).replace('"', '""') + '"'


HOSTILE = ("a.b", 'say "hi" >= 1', "<b>|`x`", "李 佳琦", "-1", "value", "\u202egnp")


def cell(schema: FrameSchema, place: int, row: int) -> object:
    """Return what stands in a place of a row: keys differ by row, every figure is another."""
    held = schema[place]
    match held.type:
        case "text":
            if held.unit == "term":
                known = glossary.words(held.name)
                return known[row % len(known)]
            return f"{HOSTILE[(place + row) % len(HOSTILE)]}{row}"
        case "bool":
            return bool(row)
        case "date":
            return dt.date(2026, 11, 1 + row)
        case "datetime":
            return dt.datetime(2026, 11, 1 + row, 20, 5)  # noqa: DTZ001
        case "int":
            return 1000 * row + place
        case _:
            return row + place / 100


@pytest.mark.parametrize("slug", sorted(declared()))
def test_every_row_of_every_public_frame_can_be_named(slug: str) -> None:
    for name, schema in declared()[slug].items():
        rows = [[cell(schema, place, row) for place in range(len(schema))] for row in range(2)]
        held = Section(
            slug=slug, chapter=1, order=1, title=text("x"), question=text("x"), status="ok",
            frames={name: frame(name, schema, rows)},
        )  # fmt: skip
        wanted = {
            ".".join([slug, name, *map(quoted, map(said, row[:depth])), column_.name]): row[depth]
            for row in rows
            for depth, column_ in enumerate(schema)
            if depth and column_.type in ("int", "float")
        }
        rules = read([("x", f"{path} >= 0") for path in wanted], declared())
        found = judge(rules, [], [held], [slug])
        assert {gate.metric: gate.value for gate in found} == wanted


def said(key: object) -> object:
    """Return a key as review.json has it."""
    if isinstance(key, dt.datetime):
        return key.strftime("%Y-%m-%dT%H:%M:%S")
    return str(key).lower() if isinstance(key, bool) else key


@given(st.text(min_size=1))
def test_any_name_can_be_quoted(key: str) -> None:
    held = section("anchors", {"anchors": [(key, "n", 1.5), (key + "x", "n", 2.5)]})
    assert judged(f"anchors.anchors.{quoted(key)}.gmv > 1", held).value == 1.5


def test_the_operators_are_those_of_the_schema() -> None:
    from livereview.report.json_v1 import schema

    gate: Any = schema()["$defs"]
    assert set(gate["gate"]["properties"]["op"]["enum"]) == set(gates._OPS)
