"""The kinds of values the file may hold: moments, paths, shares, codes; nothing is guessed."""

import os
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from livereview.config.checks import (
    Complaint,
    accent_colour,
    currency_code,
    figure_complaint,
    known_timezone,
    not_a_moment,
    reject,
    reject_value,
)

DEFAULT_CUTOFF = time(6)

EARLIEST, LATEST = 1990, 2200
"""The years a moment may lie in, both included; any other is a slip of the pen."""


class Settings(BaseModel):
    """What all tables of the file have in common: strict, frozen, no unknown keys."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


def moment(text: str, zone: str | None = None) -> datetime:
    """Parse a time; one with an offset is converted to `zone` and made naive.

    Raises ValueError with what is wrong.
    """
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time such as 2026-11-20 or 2026-11-20T09:00") from None
    if not EARLIEST <= parsed.year <= LATEST:
        raise ValueError(
            f"{text!r} is not of this time; the year must be from {EARLIEST} to {LATEST}"
        )
    if parsed.tzinfo is not None and zone is not None:
        parsed = parsed.astimezone(ZoneInfo(zone))
    return parsed.replace(tzinfo=None)


def memory_size(text: str) -> str:
    """Return an amount of memory as DuckDB reads it, such as 4GB; raises ValueError."""
    said = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)\s*([KMGT]i?B|%)", text.strip(), re.IGNORECASE)
    if not said or not 0 < float(said[1]) <= (100 if said[2] == "%" else 999_999):
        raise ValueError(f"{text!r} is not an amount of memory such as 4GB, 512MB or 80%")
    return said[0]


def _moment(value: object, info: ValidationInfo) -> datetime:
    """Take a time literally (an offset is converted), a date as 00:00 + cutoff."""
    context = info.context or {}
    if isinstance(value, date) and not EARLIEST <= value.year <= LATEST:
        raise reject_value(f"must be from {EARLIEST} to {LATEST}", "correct the year")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value
        return value.astimezone(context.get("zone")).replace(tzinfo=None)
    if isinstance(value, date):
        cutoff: timedelta = context.get("cutoff", timedelta(hours=DEFAULT_CUTOFF.hour))
        return datetime.combine(value, time()) + cutoff
    raise not_a_moment(value)


def _clock(value: object) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return time.fromisoformat(value)
    raise reject_value("must be a time of day from 00:00 to 23:59", 'write it as "06:00"')


def _path(value: object, info: ValidationInfo) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value or "\0" in value:
        raise reject_value("must be a path in quotes", "it is relative to the folder of the file")
    base: Path = (info.context or {}).get("base", Path())
    return base / os.path.expanduser(value)  # noqa: PTH111 - takes any name


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _margin(value: object) -> object:
    """Accept a share, or a table of shares per category."""
    hint = "write 42 % as 0.42"
    if isinstance(value, Mapping):
        wrong = [
            Complaint((category,), "must be a share from 0 to 1", hint)
            for category, share in value.items()
            if not _is_share(share)
        ]
        if wrong:
            raise reject(*wrong)
        return {category: float(share) for category, share in value.items()}
    if value is None or _is_share(value):
        return value
    raise reject_value("must be a share from 0 to 1, or a table of them per category", hint)


def _figures(figures: object) -> object:
    """Check ids, numbers and ranges in one go, so that one wrong figure hides no other."""
    if not isinstance(figures, Mapping):
        return figures
    complaints = (figure_complaint(*item) for item in figures.items())
    if wrong := [complaint for complaint in complaints if complaint]:
        raise reject(*wrong)
    return figures


def _limits(limits: object) -> object:
    """Join the parts of dotted limit names: `refund_rate.good = 1` is one name."""
    if not isinstance(limits, Mapping):
        return limits
    return {
        slug: dict(_flat(table)) if isinstance(table, Mapping) else table
        for slug, table in limits.items()
    }


def _flat(table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", limit) for inner, limit in _flat(value))
        else:
            yield name, value


Moment: TypeAlias = Annotated[datetime, BeforeValidator(_moment)]
Clock: TypeAlias = Annotated[time, BeforeValidator(_clock)]
ConfigPath: TypeAlias = Annotated[Path, BeforeValidator(_path)]
Filled: TypeAlias = Annotated[str, Field(min_length=1)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Amount: TypeAlias = Annotated[float, Field(ge=0)]
Positive: TypeAlias = Annotated[float, Field(gt=0)]
SampleShare: TypeAlias = Annotated[float, Field(gt=0, le=1)]
Margin: TypeAlias = Annotated[float | Mapping[str, float] | None, BeforeValidator(_margin)]
Currency: TypeAlias = Annotated[str, AfterValidator(currency_code)]
Timezone: TypeAlias = Annotated[str, AfterValidator(known_timezone)]
Colour: TypeAlias = Annotated[str, AfterValidator(accent_colour)]
Figures: TypeAlias = Annotated[Mapping[str, float], BeforeValidator(_figures)]
Limits: TypeAlias = Annotated[Mapping[str, Mapping[str, float]], BeforeValidator(_limits)]
GmvLevel: TypeAlias = Literal["gross", "user_paid", "net_1h", "net"]
Lang: TypeAlias = Literal["en", "zh-CN"]
OnMissing: TypeAlias = Literal["fail", "skip"]
PhaseKind: TypeAlias = Literal["warmup", "sale"]
TierBy: TypeAlias = Literal[
    "gmv_share", "given", "session_gmv", "gmv", "followers", "natural_breaks"
]
