"""Targets by precedence: command line and configuration first, then the target files."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from livereview import glossary
from livereview.config.checks import figure_complaint
from livereview.errors import UsageError, UsageProblems, unknown
from livereview.stats.tiers import TIERS
from livereview.store import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from livereview.config import Config
    from livereview.store import Store

_CAMPAIGN = "campaign"

_Key: TypeAlias = tuple[str, str, str | None, date | None]
_Row: TypeAlias = tuple[
    str, str, str | None, date | None, str | None, float | None, str | None, int | None
]


def gather(config: Config, store: Store) -> list[Target]:
    """Return every target once.

    Raises:
        UsageProblems: a metric or scope is unknown, a value cannot be one of its metric, or one
            target is given twice and differently; each problem names file and row.
    """
    rows = store.execute(
        """
        select
            metric, coalesce(scope_type, 'campaign'), scope, day, direction,
            coalesce(target, value)::double, source_file, source_row
        from raw.targets
        where campaign = 'current'
        order by source_file, source_row
        """
    )
    found = _from_files(rows)
    for metric, value in config.targets.items():
        target = Target(
            metric=metric,
            scope_type=_CAMPAIGN,
            scope=None,
            day=None,
            direction=_direction(metric),
            target=float(value),
        )
        found[_key(target)] = target
    return list(found.values())


def _from_files(rows: Iterable[_Row]) -> dict[_Key, Target]:
    """Return the targets of the files, or raise everything that is wrong with them."""
    problems: list[UsageError] = []
    found: dict[_Key, tuple[Target, str]] = {}
    for row in rows:
        place = f"{row[-2]}:{row[-1]}"
        try:
            target = _target(row)
            known, at = found.setdefault(_key(target), (target, place))
            if known != target:
                raise _contradiction(target, known, at)
        except UsageError as error:
            problems.append(UsageError(f"{place}: {error.message}", error.hint))
    if problems:
        raise UsageProblems(problems)
    return {key: target for key, (target, _) in found.items()}


def _target(row: _Row) -> Target:
    metric, scope_type, member, on, direction, value, _, _ = row
    if metric not in glossary.metrics():
        raise unknown("metric", metric, glossary.metrics())
    day = on or _date(member) if scope_type == "day" else None
    scope = member if scope_type not in (_CAMPAIGN, "day") else None
    if value is None:
        raise UsageError("the target has no value", _COMPLETE)
    if scope_type == "day" and day is None:
        raise UsageError("a target for a day names no day", _COMPLETE)
    if scope_type not in (_CAMPAIGN, "day") and scope is None:
        raise UsageError(f"a target for one {scope_type} names no scope", _COMPLETE)
    if scope_type == "anchor_tier" and scope not in TIERS:
        raise unknown("anchor tier", scope or "", TIERS)
    if complaint := figure_complaint(metric, value):
        raise UsageError(f"{metric} {complaint.fact}", complaint.hint)
    return Target(
        metric=metric,
        scope_type=scope_type,
        scope=scope,
        day=day,
        direction=direction or _direction(metric),
        target=value,
    )


_COMPLETE = "complete the row or remove it"


def _contradiction(target: Target, known: Target, place: str) -> UsageError:
    if target.target == known.target:
        fact = f"the direction of {target.metric} is {target.direction} here and {known.direction}"
    else:
        fact = f"the target for {target.metric} is {target.target:g} here and {known.target:g}"
    return UsageError(f"{fact} in {place}", "keep one of them")


def _key(target: Target) -> _Key:
    return target.metric, target.scope_type, target.scope, target.day


def _date(written: str | None) -> date | None:
    """Return the day that stands where a scope would, if it is one."""
    try:
        return date.fromisoformat(written or "")
    except ValueError:
        return None


def _direction(metric: str) -> str:
    return "down" if glossary.metrics()[metric].better == "down" else "up"
