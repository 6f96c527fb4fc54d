"""Business rules: `METRIC op NUMBER`, `SLUG.KEY.COLUMN op NUMBER`, `findings.SEVERITY op NUMBER`.

Read and checked against the battery's declared frames before anything runs, judged on a finished
review. KEY is what the first column of a row says; further keys name the columns after it, and
the name of a frame may go before: `funnel.steps.uv.buyers.step_rate >= 0.05`. Parts that
hold dots stand in double quotes. A column named `value` may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from math import isfinite
from operator import eq, ge, gt, le, lt, ne
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from livereview import glossary
from livereview.errors import UsageError, UsageProblems, did_you_mean
from livereview.model import Gate, Message, Number, Term, text

if TYPE_CHECKING:
    from livereview.analysis import FrameSchema
    from livereview.model import Column, Frame, GateStatus, Score, Section, Severity, Unit

Shapes: TypeAlias = Mapping[str, Mapping[str, "FrameSchema"]]
"""The public frames of every analysis: slug -> frame -> columns."""

_OPS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"<=": le, ">=": ge, "==": eq, "!=": ne, "<": lt, ">": gt}
)
_MEANT = {"≤": "<=", "≥": ">=", "≠": "!=", "=<": "<=", "=>": ">=", "=": "==", "<>": "!="}
_RULE = re.compile(
    r"(?P<path>(?:\"[^\"]*\"|[^\"<>=!≤≥≠])+)(?P<op>[<>=!≤≥≠]+)(?P<limit>[^<>=!≤≥≠]+)"
)
_PART = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^".]+))\s*')
_LIMIT = re.compile(r"([+-]?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)\s*(%?)")
_FORM = "write METRIC, SLUG.KEY.COLUMN or findings.SEVERITY, an operator and a number"
_FINDINGS = "findings"
_SEVERITIES: tuple[Severity, ...] = ("note", "watch", "act")
_DEFAULT_COLUMN = "value"
_LISTED = 40  # more names are no help
_DIGITS = 15  # a double holds any number of as many
_NUMERIC = ("int", "float")
_BOOLS = ("true", "false")
# Columns whose words are all in the glossary; others may hold names from the data.
_CLOSED = frozenset(
    ("metric", "reference", "dimension", "scope_type", "tier", "basis", "quadrant", "item",
     "check", "element", "risk")
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule that can be judged.

    `path`: what it is about, as parts. A rule on a cell has the `frames` of section `slug` that
    may hold it, the `keys` its row starts with, and its `column`.
    """

    name: str
    metric: str
    op: str
    limit: float
    path: tuple[str, ...]
    frames: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    column: str = ""

    @property
    def slug(self) -> str | None:
        """The analysis that it looks into, None for a metric of the scorecard and for findings."""
        return self.path[0] if self.frames else None


def read(given: Sequence[tuple[str, str]], shapes: Shapes) -> tuple[Rule, ...]:
    """Return rules from pairs of place and expression; one that is given twice counts once.

    Raises UsageProblems with everything that is wrong, each with its place and the nearest name.
    """
    rules: dict[str, Rule] = {}
    wrong: list[UsageError] = []
    for place, expression in given:
        try:
            rule = _rule(expression, shapes)
        except UsageError as error:
            wrong.append(UsageError(f"{place}: {error.message}", error.hint))
        else:
            rules.setdefault(rule.name, rule)
    if wrong:
        raise UsageProblems(wrong)
    return tuple(rules.values())


def judge(
    rules: Sequence[Rule],
    scorecard: Sequence[Score],
    sections: Sequence[Section],
    shown: Collection[str],
    *,
    stopped: Message | None = None,
    skip_missing: bool = False,
) -> tuple[Gate, ...]:
    """Return how each rule came out.

    `shown`: the slugs whose findings count; `stopped`: why not all was worked out. A rule without
    a figure is missing, or skipped with `skip_missing`; one that several rows answer to is always
    missing, and says so.
    """
    by_slug = {section.slug: section for section in sections}
    gates = []
    for rule in rules:
        if rule.slug is not None:
            found = _cell(rule, by_slug.get(rule.slug))
        elif rule.path[0] == _FINDINGS:
            found = _count(rule.path[1], [s for s in sections if s.slug in shown], stopped)
        else:
            found = _score(rule.path[0], scorecard)
        gates.append(_judged(rule, found, skip_missing=skip_missing))
    return tuple(gates)


def unjudged(rules: Sequence[Rule], reason: Message) -> tuple[Gate, ...]:
    """Return the rules of a run that came to no figures."""
    found = _Found(reason=reason)
    return tuple(_judged(rule, found, skip_missing=False) for rule in rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A figure, or why there is none; `ambiguous`: because several rows answer to the keys."""

    value: Number | None = None
    unit: Unit = "number"
    reason: Message | None = None
    ambiguous: bool = False


def _judged(rule: Rule, found: _Found, *, skip_missing: bool) -> Gate:
    status: GateStatus
    if found.value is None:
        status = "skipped" if skip_missing and not found.ambiguous else "missing"
    else:
        met = _OPS[rule.op](_exact(found.value), _exact(rule.limit))
        status = "passed" if met else "failed"
    return Gate(
        name=rule.name,
        metric=rule.metric,
        op=rule.op,
        limit=rule.limit,
        value=found.value,
        status=status,
        unit=found.unit,
        reason=found.reason,
        ambiguous=found.ambiguous,
    )


def _exact(value: Number) -> Decimal:
    """Return a number without the noise of binary fractions: 0.1 + 0.2 is 0.3."""
    return Decimal(f"{value:.{_DIGITS}g}" if isinstance(value, float) else value)


def _rule(expression: str, shapes: Shapes) -> Rule:
    said = _RULE.fullmatch(expression.strip())
    if said is None:
        raise UsageError(f"{expression!r} is not a gate", f"{_FORM}, such as refund_rate <= 0.25")
    op = said["op"]
    if op not in _OPS:
        hint = f"did you mean {_MEANT[op]}?" if op in _MEANT else f"one of {' '.join(_OPS)}"
        raise UsageError(f"{expression!r}: {op} is not an operator", hint)
    metric = said["path"].strip()
    limit = said["limit"].strip()
    rule = Rule(
        name=f"{metric} {op} {limit}",
        metric=metric,
        op=op,
        limit=_limit(expression, limit),
        path=_parts(expression, metric),
    )
    try:
        return _resolved(rule, shapes)
    except UsageError as error:
        raise UsageError(f"{expression!r}: {error.message}", error.hint) from None


def _limit(expression: str, written: str) -> float:
    number = _LIMIT.fullmatch(written)
    value = Decimal(number[1].replace("_", "")) if number else Decimal("nan")
    limit = float(value / 100 if number and number[2] else value)
    if not isfinite(limit):
        raise UsageError(
            f"{expression!r}: {written} is not a number", "such as 0.25, 25%, -3 or 1_400_000_000"
        )
    return limit


def _parts(expression: str, path: str) -> tuple[str, ...]:
    parts: list[str] = []
    end = 0
    for part in _PART.finditer(path):
        if path[end : part.start()] != ("." if parts else ""):
            break
        parts.append(part[2].strip() if part[1] is None else part[1].replace('""', '"'))
        end = part.end()
    if end != len(path) or not all(parts):
        raise UsageError(
            f"{expression!r}: {path} cannot be read",
            'put a part that holds dots in "quotes"; a quote within it is written twice',
        )
    return tuple(parts)


def _resolved(rule: Rule, shapes: Shapes) -> Rule:
    first, *rest = rule.path
    if not rest:
        if first in glossary.metrics():
            return rule
        if first in shapes or first == _FINDINGS:
            raise UsageError(f"{first} says no figure", f"{_FORM}: {first}.KEY.COLUMN")
        raise _unknown("metric", first, glossary.metrics())
    if first == _FINDINGS:
        if rest[0] in _SEVERITIES and len(rest) == 1:
            return rule
        raise _unknown("severity", ".".join(rest), _SEVERITIES)
    if first not in shapes:
        raise _unknown("analysis", first, [*shapes, _FINDINGS])
    frames = shapes[first]
    if rest[0] in frames and len(rest) > 1:
        frames, rest = {rest[0]: frames[rest[0]]}, rest[1:]
    keys, column, fitting = _fitting(first, frames, rest)
    possible = {name: schema for name, schema in fitting.items() if not _foreign(schema, keys)}
    if not possible:
        column_name, key, known = next(
            strange for schema in fitting.values() for strange in _foreign(schema, keys)
        )
        raise _unknown(column_name, key, known, first)
    _check_unambiguous(first, possible, keys, column)
    return replace(rule, frames=tuple(possible), keys=keys, column=column)


def _fitting(
    slug: str, frames: Mapping[str, FrameSchema], rest: Sequence[str]
) -> tuple[tuple[str, ...], str, Mapping[str, FrameSchema]]:
    """Return keys, column and the frames that have the column behind as many others as keys."""
    whole = (tuple(rest), _DEFAULT_COLUMN)
    choices = [(tuple(rest[:-1]), rest[-1]), whole] if len(rest) > 1 else [whole]
    for keys, name in choices:
        held = {frame: column for frame, schema in frames.items() if (column := _at(schema, name))}
        fitting = {
            frame: frames[frame]
            for frame, (place, column) in held.items()
            if place >= len(keys) and column.type in _NUMERIC
        }
        if fitting:
            return keys, name, fitting
        if held and name != _DEFAULT_COLUMN:
            texts = next(column for _, column in held.values())
            fact = (
                f"{name} of {slug} holds no numbers"
                if texts.type not in _NUMERIC
                else f"{name} of {slug} has fewer columns before it than {'.'.join(rest[:-1])} asks"
            )
            raise UsageError(fact, f"columns of numbers: {', '.join(_numbers(frames))}")
    if len(rest) > 1:
        raise _unknown("column of numbers", rest[-1], _numbers(frames), slug)
    raise UsageError(
        f"{slug}.{rest[0]} names no column, and {slug} has none called {_DEFAULT_COLUMN}",
        f"write {slug}.{rest[0]}.COLUMN with one of: {', '.join(_numbers(frames))}",
    )


def _at(schema: FrameSchema, name: str) -> tuple[int, Column] | None:
    return next(((i, c) for i, c in enumerate(schema) if c.name == name), None)


def _numbers(frames: Mapping[str, FrameSchema]) -> list[str]:
    columns = (c.name for schema in frames.values() for c in schema[1:] if c.type in _NUMERIC)
    return list(dict.fromkeys(columns))


def _foreign(schema: FrameSchema, keys: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    """Return the keys that no row of a frame can have: column, key, and what is known there."""
    found = []
    for key, column in zip(keys, schema, strict=False):
        if column.type == "text":
            if column.name in _CLOSED and not glossary.knows(key, column.name):
                found.append((column.name, key, glossary.words(column.name)))
        elif not _parses(key, column):
            found.append((column.name, key, [*_BOOLS] if column.type == "bool" else []))
    return found


def _parses(key: str, column: Column) -> bool:
    try:
        match column.type:
            case "int":
                int(key)
            case "float":
                float(key)
            case "date" | "datetime":
                date.fromisoformat(key[:10])
            case _:
                return key in _BOOLS
    except ValueError:
        return False
    return True


def _check_unambiguous(
    slug: str, possible: Mapping[str, FrameSchema], keys: Sequence[str], column: str
) -> None:
    """Raise UsageError where two frames have rows of the same fixed words."""
    by_words: dict[tuple[str, ...], list[str]] = {}
    for name, schema in possible.items():
        columns = tuple(held.name for held in schema[: len(keys)])
        if set(columns) <= _CLOSED:
            by_words.setdefault(columns, []).append(name)
    for names in by_words.values():
        if len(names) > 1:
            key = ".".join(keys)
            raise UsageError(
                f"{key} is in {' and in '.join(names)} of {slug}",
                " or ".join(f"{slug}.{name}.{key}.{column}" for name in names),
            )


def _unknown(what: str, name: str, among: Collection[str], slug: str = "") -> UsageError:
    fact = f"{slug} has no {what} {name!r}" if slug else f"there is no {what} {name!r}"
    if near := did_you_mean(name, among):
        return UsageError(fact, f"did you mean {near}?")
    if 0 < len(among) <= _LISTED:
        return UsageError(fact, f"one of: {', '.join(among)}")
    is_metric = what == "metric" and not slug
    return UsageError(fact, "see `livereview list metrics`" if is_metric else "correct the name")


def _score(metric: str, scorecard: Sequence[Score]) -> _Found:
    score = next((score for score in scorecard if score.metric == metric), None)
    if score is None:
        return _Found(
            reason=text("{metric} is not on the scorecard; give it a target.", metric=Term(metric))
        )
    unknown = text("The figure is not known.") if score.value is None else None
    return _Found(value=score.value, unit=score.unit, reason=unknown)


def _count(severity: str, sections: Sequence[Section], stopped: Message | None) -> _Found:
    """Count the findings of a severity, where every analysis could find what there is."""
    if stopped is not None:
        return _Found(unit="count", reason=stopped)
    failed = [section.slug for section in sections if section.status == "failed"]
    if failed:
        return _Found(
            unit="count", reason=text("{sections} failed, so not all is counted.", sections=failed)
        )
    count = sum(f.severity == severity for section in sections for f in section.findings)
    return _Found(value=count, unit="count")


def _cell(rule: Rule, section: Section | None) -> _Found:
    if section is None or section.status != "ok":
        reason = section.reason if section is not None else None
        return _Found(reason=reason or text("The analysis was not run."))
    found = [
        (frame, row)
        for name in rule.frames
        if (frame := section.frames.get(name)) is not None
        for row in _rows(frame, rule.keys)
    ]
    if not found:
        return _Found(reason=_absent(rule, section))
    if len(found) > 1:
        frames = list(dict.fromkeys(frame.name for frame, _ in found))
        return _Found(
            ambiguous=True,
            reason=text(
                "{count} rows answer to it, in {frames}: name the frame or more keys.",
                count=len(found),
                frames=frames,
            ),
        )
    ((frame, row),) = found
    column = next(column for column in frame.columns if column.name == rule.column)
    value = cast("Number | None", row[rule.column])
    unknown = text("The figure is not known.") if value is None else None
    return _Found(value=value, unit=glossary.row_unit(row, column), reason=unknown)


def _rows(frame: Frame, keys: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    names = [column.name for column in frame.columns[: len(keys)]]
    for row in frame.rows.iter_rows(named=True):
        if all(_said(row[name]) == key for name, key in zip(names, keys, strict=True)):
            yield row


def _said(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _absent(rule: Rule, section: Section) -> Message:
    """Say that no row has the keys, and which comes nearest."""
    rows = {
        ".".join(_said(row[c.name]) or "" for c in frame.columns[: len(rule.keys)])
        for name in rule.frames
        if (frame := section.frames.get(name)) is not None
        for row in frame.rows.iter_rows(named=True)
    }
    key = ".".join(rule.keys)
    if near := did_you_mean(key, sorted(rows)):
        return text("There is no row {key}; the nearest is {near}.", key=key, near=near)
    return text("There is no row {key}.", key=key)
