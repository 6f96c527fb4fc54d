"""From a failed validation to sentences: what is wrong, where it was written, what to write."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, get_args

from livereview import glossary
from livereview.config.checks import COMPLAINT, Complaint
from livereview.config.kinds import Settings
from livereview.config.settings import Config
from livereview.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from livereview.config.places import Key, Places

_KINDS: Mapping[str, tuple[str, str]] = {
    "string_type": ("must be text", 'put it in quotes: "..."'),
    "bool_type": ("must be true or false", "without quotes"),
    "float_type": ("must be a number", "without quotes; thousands as in 1_400_000"),
    "int_type": ("must be a whole number", "without quotes"),
    "finite_number": ("must be a finite number", "leave the key out where there is no figure"),
    "tuple_type": ("must be a list", "put it in brackets: [...]"),
    "dict_type": ("must be a table", "write it as key = value lines under a [header]"),
    "model_type": ("must be a table", "write it as key = value lines under a [header]"),
    "string_too_short": ("must not be empty", "leave the key out where there is nothing to say"),
}
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
}


def problems_of(
    error: ValidationError, places: Places, *, is_part: bool = False
) -> list[UsageError]:
    """Turn everything pydantic found into errors with file, line, key and remedy.

    With `is_part`, without what tables that are not there yet may put right.
    """
    complaints = [
        complaint
        for detail in error.errors(include_url=False)
        if not (is_part and _is_open(detail))
        for complaint in _complaints(detail)
    ]
    found = [
        UsageError(f"{places.of(key)}: {fact}", hint)
        for key, fact, hint in sorted(complaints, key=lambda said: places.line(said[0]))
    ]
    return list({problem.message: problem for problem in found}.values())


def named(key: Key) -> str:
    """Write a key as a reader of the file would: dotted, elements of lists counted from 1."""
    words = ""
    for part in key:
        words += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if words else part
    return words


def _complaints(detail: ErrorDetails) -> Iterator[tuple[Key, str, str]]:
    """Yield the key, the sentence and the remedy of one pydantic error."""
    key: Key = tuple(part for part in detail["loc"] if part != "[key]")
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == COMPLAINT:
        for complaint in context["complaints"]:
            yield _complaint(key, complaint, value)
    elif kind == "extra_forbidden":
        yield key, *unknown_key(key)
    elif kind == "too_long" or (kind == "missing" and isinstance(key[-1], int)):
        place = key if kind == "too_long" else key[:-1]
        yield place, f"{named(place)} must have exactly two elements", "such as [0.5, 0.8]"
    elif kind == "missing":
        yield key[:-1], f"{named(key[:-1])} has no {key[-1]}", f"add {key[-1]} = ..."
    elif kind == "literal_error":
        choices = _choices(key)
        near = did_you_mean(value, choices) if isinstance(value, str) else None
        fact = f"{named(key)} must be one of {', '.join(choices)}, not {_shown(value)}"
        yield key, fact, f'did you mean "{near}"?' if near else f'such as "{choices[0]}"'
    elif kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        fact = f"{named(key)} must be {words} {context[bound]:g}, not {_shown(value)}"
        yield key, fact, _bound_hint(value)
    else:
        fact, hint = _KINDS.get(kind, (detail["msg"], "see the configuration reference"))
        yield key, f"{named(key)} {fact}, not {_shown(value)}", hint


def _is_open(detail: ErrorDetails) -> bool:
    """Whether an error is of how keys go together, one of them perhaps not there."""
    if detail["type"] != COMPLAINT:
        return detail["type"] == "missing"
    kind = _annotation(tuple(detail["loc"]))
    return isinstance(kind, type) and issubclass(kind, Settings)


def _complaint(key: Key, complaint: Complaint, value: object) -> tuple[Key, str, str]:
    place = key + complaint.key
    written = f" = {_shown(value)}" if not complaint.key and _is_plain(value) else ""
    return place, f"{named(place)}{written} {complaint.fact}", complaint.hint


def _bound_hint(value: object) -> str:
    if isinstance(value, int | float) and 1 < value <= 100:
        return f"if it is a share, write {value:g} % as {value / 100:g}"
    return "correct the number"


def unknown_key(key: Key) -> tuple[str, str]:
    """Say that a key is unknown, and which one comes nearest in its table or elsewhere."""
    *outer, last = key
    word = str(last)
    siblings = _fields(tuple(outer))
    near = did_you_mean(word, siblings)
    table = named(tuple(outer))
    if outer and isinstance(outer[-1], str):
        table = f"[{table}]"
    fact = f"unknown key {word} in {table}" if outer else f"unknown key or table {word}"
    if near:
        return fact, f"did you mean {near}?"
    if word in glossary.metrics():
        return fact, f"{word} is a metric: its target is targets.{word}"
    homes = [home for home in Config.model_fields if word in _fields((home,))]
    if homes:
        return fact, f"{word} belongs in [{homes[0]}]"
    return fact, f"{table or 'the file'} may hold {', '.join(siblings)}"


def _annotation(key: Key) -> Any:
    """Return the declared type of a key, without Optional and without the list around it."""
    annotation: Any = Config
    for part in key:
        if isinstance(part, str):
            annotation = annotation.model_fields[part].annotation
        for inner in get_args(annotation):
            if isinstance(inner, type) and issubclass(inner, Settings):
                annotation = inner
    return annotation


def _fields(key: Key) -> Sequence[str]:
    try:
        return tuple(_annotation(key).model_fields)
    except (AttributeError, KeyError):
        return ()


def _choices(key: Key) -> Sequence[str]:
    return tuple(
        choice
        for part in (_annotation(key), *get_args(_annotation(key)))
        for choice in get_args(part)
        if isinstance(choice, str)
    )


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | date | time)


def _shown(value: object) -> str:
    """Write a value as TOML does, shortened."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, tuple):
        value = list(value)
    words = json.dumps(value, ensure_ascii=False, default=str)
    return words if len(words) <= 60 else f"{words[:57]}..."
