"""Targets by precedence: command line and configuration first, then the target files."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from livereview import glossary
from livereview.errors import UsageError, UsageProblems, unknown
from livereview.store import Target

if TYPE_CHECKING:
    from livereview.config import Config
    from livereview.store import Store

_CAMPAIGN = "campaign"


def gather(config: Config, store: Store) -> list[Target]:
    """Return every target once.

    Raises:
        UsageProblems: a metric or scope is unknown, or one target is given twice with another
            value; each problem names file and row.
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
    problems: list[UsageError] = []
    found: dict[tuple[object, ...], tuple[Target, str]] = {}
    for metric, scope_type, member, on, direction, value, file, row in rows:
        place = f"{file}:{row}"
        day = on or _date(member) if scope_type == "day" else None
        scope = member if scope_type not in (_CAMPAIGN, "day") else None
        entry = glossary.metrics().get(metric)
        if entry is None:
            error = unknown("metric", metric, glossary.metrics())
            problems.append(UsageError(f"{place}: {error.message}", error.hint))
            continue
        complaint = _incomplete(scope_type, scope, day, value)
        if complaint:
            problems.append(UsageError(f"{place}: {complaint}", "complete the row or remove it"))
            continue
        target = Target(
            metric=metric,
            scope_type=scope_type,
            scope=scope,
            day=day,
            direction=direction or _direction(metric),
            target=value,
        )
        key = (metric, scope_type, scope, day)
        known = found.setdefault(key, (target, place))
        if known[0].target != value:
            problems.append(
                UsageError(
                    f"{place}: the target for {metric} is {value:g} here and "
                    f"{known[0].target:g} in {known[1]}",
                    "keep one of them",
                )
            )
    if problems:
        raise UsageProblems(problems)
    for metric, value in config.targets.items():
        target = Target(
            metric=metric,
            scope_type=_CAMPAIGN,
            scope=None,
            day=None,
            direction=_direction(metric),
            target=float(value),
        )
        found[(metric, _CAMPAIGN, None, None)] = (target, "")
    return [target for target, _ in found.values()]


def _date(written: str | None) -> date | None:
    """Return the day that stands where a scope would, if it is one."""
    try:
        return date.fromisoformat(written or "")
    except ValueError:
        return None


def _direction(metric: str) -> str:
    return "down" if glossary.metrics()[metric].better == "down" else "up"


def _incomplete(scope_type: str, scope: object, day: object, value: object) -> str:
    if value is None:
        return "the target has no value"
    if scope_type == "day":
        return "" if day is not None else "a target for a day names no day"
    if scope_type != _CAMPAIGN and scope is None:
        return f"a target for one {scope_type} names no scope"
    return ""
