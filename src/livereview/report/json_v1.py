"""review.json, schema version 1: frozen names, raw figures, rows in the frames' own order.

Numbers are never rounded or formatted; what is no number (NaN, infinities) is null; `user_key`
never leaves. The schema is `review.schema.json` beside this module.
"""

from __future__ import annotations

import json
import math
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from livereview.version import version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from livereview.model import (
        Action,
        Campaign,
        Failure,
        Finding,
        Frame,
        Gate,
        Impact,
        Measure,
        Message,
        Number,
        Review,
        Score,
        Section,
        Source,
    )
    from livereview.report.words import Words

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

FILE = "review.json"
SCHEMA_VERSION = 1
_HIDDEN = {"user_key"}


class JsonReporter:
    """Writes `review.json`."""

    name: str = "json"
    folders: tuple[str, ...] = ()

    def render(self, review: Review, words: Words) -> Mapping[str, bytes]:
        """Return review.json; sentences are in the language of `words`."""
        return {FILE: _bytes(document(review, words))}


def schema() -> dict[str, Json]:
    """Return the JSON Schema (draft 2020-12) that every review.json of this version meets."""
    path = Path(__file__).with_name("review.schema.json")
    loaded: dict[str, Json] = json.loads(path.read_text("utf-8"))
    return loaded


def document(review: Review, words: Words) -> dict[str, Json]:
    """Return the review as plain JSON values, keys in their fixed order."""
    return {
        "schema_version": SCHEMA_VERSION,
        "generator": {"name": "livereview", "version": review.version},
        "campaign": _campaign(review.campaign),
        "as_of": review.as_of.isoformat(),
        "sources": [_source(source) for source in review.sources],
        "scorecard": [_score(score, words) for score in review.scorecard],
        "sections": [_section(section, words) for section in review.sections],
        "actions": [_action(action, words) for action in review.actions],
        "gates": [_gate(gate, words) for gate in review.gates],
        "previous_actions": [_action(action, words) for action in review.previous_actions],
        **_remark(review),
    }


def _campaign(campaign: Campaign) -> Json:
    return {
        "name": campaign.name,
        "start": campaign.start.isoformat(),
        "end": campaign.end.isoformat(),
        "phases": [
            {
                "name": phase.name,
                "kind": phase.kind,
                "start": phase.start.isoformat(),
                "end": phase.end.isoformat(),
            }
            for phase in campaign.phases
        ],
        "currency": campaign.currency,
        "timezone": campaign.timezone,
        "gmv_level": campaign.gmv_level,
        "refund_maturity_days": campaign.refund_maturity_days,
    }


def _source(source: Source) -> Json:
    return {
        "path": source.path,
        "kind": source.kind,
        "table": source.table,
        "rows": source.rows,
        "rejected": source.rejected,
        "duplicates": source.duplicates,
        "dropped": source.dropped,
        "period": [day.isoformat() for day in source.period] if source.period else None,
        "encoding": source.encoding,
        "sha256": source.sha256,
        "exported_at": source.exported_at.isoformat() if source.exported_at else None,
        "campaign": source.campaign,
    }


def _score(score: Score, words: Words) -> Json:
    return {
        "metric": score.metric,
        "label": words.say(score.label),
        "value": _raw(score.value),
        "unit": score.unit,
        "target": _raw(score.target),
        "attainment": _raw(score.attainment),
        "previous": _raw(score.previous),
        "change": _raw(score.change),
        "status": score.status,
    }


def _section(section: Section, words: Words) -> Json:
    return {
        "slug": section.slug,
        "chapter": section.chapter,
        "title": words.say(section.title),
        "question": words.say(section.question),
        "status": section.status,
        "reason": _said(section.reason, words),
        "notes": [words.say(note) for note in section.notes],
        **_remark(section),
        "findings": [_finding(finding, words) for finding in section.findings],
        "frames": {name: _frame(frame) for name, frame in section.frames.items()},
        "sql": {
            name: [{"file": sql.file, "text": sql.text} for sql in frame.sql]
            for name, frame in section.frames.items()
        },
    }


def _remark(of: Review | Section) -> dict[str, Json]:
    """Return what the analyst wrote, as the only key that is not always there."""
    return {} if of.remark is None else {"remark": of.remark}


def _finding(finding: Finding, words: Words) -> Json:
    return {
        "id": finding.id,
        "code": finding.code,
        "severity": finding.severity,
        "grade": finding.grade,
        "headline": words.say(finding.headline),
        "detail": _said(finding.detail, words),
        "measures": [_measure(measure) for measure in finding.measures],
        "impact": _impact(finding.impact),
        "owner_role": finding.owner_role,
        "advice": _said(finding.advice, words),
        "frame": finding.frame,
    }


def _measure(measure: Measure) -> Json:
    return {
        "name": measure.name,
        "value": _raw(measure.value),
        "unit": measure.unit,
        "low": _raw(measure.low),
        "high": _raw(measure.high),
        "n": measure.n,
    }


def _impact(impact: Impact | None) -> Json:
    if impact is None:
        return None
    return {
        "value": _raw(impact.value),
        "unit": impact.unit,
        "low": _raw(impact.low),
        "high": _raw(impact.high),
    }


def _frame(frame: Frame) -> Json:
    columns = [column for column in frame.columns if column.name not in _HIDDEN]
    rows = frame.rows.select([column.name for column in columns]).rows()
    return {
        "columns": [
            {"name": column.name, "type": column.type, "unit": column.unit} for column in columns
        ],
        "rows": [[_raw(value) for value in row] for row in rows],
    }


def _action(action: Action, words: Words) -> Json:
    return {
        "id": action.id,
        "finding": action.finding,
        "text": words.say(action.text),
        "owner_role": action.owner_role,
        "metric": action.metric,
        "baseline": _raw(action.baseline),
        "target": _raw(action.target),
        "due": action.due.isoformat() if action.due else None,
    }


def stopped(
    failure: Failure,
    settings: Json,
    gates: Sequence[Gate],
    review: Review | None,
    words: Words,
) -> bytes:
    """Return the review.json of a run that was stopped: what is known, and `error`.

    `settings` stands for the campaign where there is no review.
    """
    if review is not None:
        known = document(review, words)
    else:
        known = {
            "schema_version": SCHEMA_VERSION,
            "generator": {"name": "livereview", "version": version()},
            "campaign": settings,
            "as_of": None,
            "sources": [],
            "scorecard": [],
            "sections": [],
            "actions": [],
            "gates": [_gate(gate, words) for gate in gates],
            "previous_actions": [],
        }
    problems: list[Json] = [
        {"message": problem.message, "hint": problem.hint} for problem in failure.problems
    ]
    return _bytes({**known, "error": {"code": failure.code, "messages": problems}})


def _bytes(document: Json) -> bytes:
    return ("".join(_written(document)) + "\n").encode("utf-8", errors="replace")


def _gate(gate: Gate, words: Words) -> Json:
    return {
        "name": gate.name,
        "metric": gate.metric,
        "op": gate.op,
        "limit": _raw(gate.limit),
        "value": _raw(gate.value),
        "status": gate.status,
        "unit": gate.unit,
        "distance": _raw(gate.distance),
        "reason": _said(gate.reason, words),
    }


def _said(message: Message | None, words: Words) -> Json:
    return None if message is None else words.say(message)


def _raw(value: Number | str | date | None) -> Json:
    """Return a value as JSON knows it: amounts as numbers, dates in ISO form."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        whole = value == value.to_integral_value()
        return int(value) if whole else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return value


def _written(value: Json, indent: int = 0) -> Iterator[str]:
    """Write readable JSON: objects open up, a list of flat values stays on one line."""
    pad, separator = " " * (indent + 1), ",\n"
    if isinstance(value, dict) and value and not _is_flat(value.values()):
        yield "{\n"
        for place, (key, part) in enumerate(value.items()):
            yield f"{separator if place else ''}{pad}{_dumped(key)}: "
            yield from _written(part, indent + 1)
        yield "\n" + " " * indent + "}"
    elif isinstance(value, list) and value and not _is_flat(value):
        yield "[\n"
        for place, part in enumerate(value):
            yield f"{separator if place else ''}{pad}"
            yield from _written(part, indent + 1)
        yield "\n" + " " * indent + "]"
    else:
        yield _dumped(value)


def _is_flat(parts: Iterable[Json]) -> bool:
    return not any(isinstance(part, dict | list) for part in parts)


def _dumped(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
