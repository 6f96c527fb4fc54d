"""index.html and index.md: the campaigns of a batch, ranked, each with a link to its review.

Amounts of different currencies are never held against each other: campaigns are ranked by
ratios, and every picture of GMV by day has a scale of its own.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

from livereview.errors import ExitCode
from livereview.model import Look, Message, plural, text
from livereview.report import html, markdown, outline, templates
from livereview.report.numbers import NOTHING, Numbers
from livereview.report.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.model import Batch, Gate, Member, Number
    from livereview.report.words import Words

_WRITTEN = (ExitCode.DONE, ExitCode.GATE, ExitCode.PARTIAL)  # what leaves a whole review
_HEIGHT = 26.0
_STEP, _BAR = 5.0, 4.0  # from one day of a picture to the next, and how much of it a bar takes
_LEAST = 1.0  # how high a day without sales is; a day that is not known is not drawn
_BLOCKS, _UNKNOWN_DAY = "▁▂▃▄▅▆▇█", "·"
_ORDER = ("good", "watch", "act", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A status in words, and the shape before them."""

    shape: str
    said: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """GMV by day: outlines of the bars, the best day's apart, and the same in block characters."""

    said: Message
    width: float
    height: float
    bars: str
    best: str
    blocks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A campaign of the ranking; `place` puts amounts in order, one currency after the other.

    `failing`: how many gates failed or have no figure.
    """

    member: Member
    rank: int | None
    gmv: str
    place: int | None
    attainment: float | None
    width: float | None
    change: float | None
    days: Days | None
    failing: int
    gates: tuple[Mark, ...]
    marks: tuple[Mark, ...]


def render(batch: Batch, words: Words) -> Mapping[str, bytes]:
    """Return index.html, which links to each review.html, and index.md, to each review.md."""
    rows = _rows([member for member in batch.members if member.code in _WRITTEN], words)
    starts = [row.member.start for row in rows if row.member.start is not None]
    ends = [row.member.end for row in rows if row.member.end is not None]
    content = {
        "batch": batch,
        "title": words.say(plural("{n} campaign", "{n} campaigns", len(batch.members))),
        "result": result(batch),
        "tally": _tally(rows),
        "rows": rows,
        "columns": _columns(rows),
        "basis": list(_basis(rows)),
        "span": (min(starts), max(ends)) if starts and ends else None,
        "currencies": _currencies(rows),
        "stopped": [member for member in batch.members if _is_stopped(member)],
        "waiting": [member for member in batch.members if member.code is None],
        "kind": _kind,
        "errors": _errors,
        "named": _named,
        "found": _found,
        "when": _when,
    }
    layout = templates.environment("html", words, html.tame)
    page = layout.get_template("index.html.j2").render(
        **content,
        **html.shell(layout, words, Look()),
        address=_address,
        page=_page,
        order=_ORDER.index,
    )
    lines = markdown.environment(words).get_template("index.md.j2")
    said = lines.render(**content, shapes=outline.SHAPES, linked=_linked)
    return {
        "index.html": page.encode("utf-8", errors="replace"),
        "index.md": markdown.tidy(said).encode("utf-8", errors="replace"),
    }


def result(batch: Batch) -> Message:
    """Return how the batch came out in one sentence."""
    said, *more = _clauses(batch.members)
    for clause in more:
        said = text("{before}, {after}", before=said, after=clause)
    return text("{said}.", said=said)


def _clauses(members: Sequence[Member]) -> Iterator[Message]:
    every = len(members)
    reviewed = [member for member in members if member.code in _WRITTEN]
    failed = sum(any(gate.is_failing for gate in member.gates) for member in reviewed)
    stopped = sum(_is_stopped(member) for member in members)
    waiting = every - len(reviewed) - stopped
    if not every:
        yield text("There is no campaign to review")
    elif len(reviewed) == every:
        yield plural("The campaign was reviewed", "All {n} campaigns were reviewed", every)
    elif reviewed:
        yield plural(
            "{n} of {every} campaigns was reviewed",
            "{n} of {every} campaigns were reviewed",
            len(reviewed),
            every=every,
        )
    if failed and every == 1:
        yield text("but failed a gate")
    elif failed:
        yield text("{n} failed a gate", n=failed)
    elif any(member.gates for member in reviewed):
        yield text("no gate failed")
    if stopped and stopped == every:
        yield plural(
            "The campaign could not be reviewed",
            "None of the {n} campaigns could be reviewed",
            every,
        )
    elif stopped:
        yield text("{n} could not be reviewed", n=stopped)
    if waiting and waiting == every:
        yield plural("The campaign has not run", "None of the {n} campaigns has run", every)
    elif waiting:
        yield plural("{n} has not run", "{n} have not run", waiting)


def _rows(reviewed: Sequence[Member], words: Words) -> list[Row]:
    """Return the campaigns in the order of the ranking; what cannot be judged has no rank."""
    numbers = {one.currency: Numbers(words.lang, one.currency) for one in reviewed}
    amounts = {
        (member.currency, amount)
        for member in reviewed
        if (amount := _known(member.gmv)) is not None
    }
    places: Mapping[tuple[str, float | None], int] = {
        pair: place for place, pair in enumerate(sorted(amounts))
    }
    rows = []
    for rank, member in enumerate(sorted(reviewed, key=_standing), start=1):
        attainment, change = _known(member.attainment), _known(member.change)
        rows.append(
            Row(
                member=member,
                rank=None if attainment is None and change is None else rank,
                gmv=numbers[member.currency].quantity(member.gmv, "money"),
                place=places.get((member.currency, _known(member.gmv))),
                attainment=attainment,
                width=html.meter(attainment),
                change=change,
                days=_days(member, numbers[member.currency]),
                failing=sum(gate.is_failing for gate in member.gates),
                gates=tuple(_gates(member.gates)),
                marks=tuple(_marks(member)),
            )
        )
    return rows


def _standing(member: Member) -> tuple[int, float]:
    """Return where a campaign stands: by attainment, then by change, then as it was asked for."""
    if (attainment := _known(member.attainment)) is not None:
        return 0, -attainment
    if (change := _known(member.change)) is not None:
        return 1, -change
    return 2, 0.0


def _known(value: Number | None) -> float | None:
    return None if value is None or not isfinite(value) else float(value)


def _currencies(rows: Sequence[Row]) -> list[str]:
    return sorted({clean(row.member.currency) for row in rows} - {""})


def _basis(rows: Sequence[Row]) -> Iterator[Message]:
    """Yield how the ranking is to be read."""
    yield text(
        "By attainment of the target; campaigns without a target follow by their change on the "
        "previous campaign."
    )
    if len(_currencies(rows)) > 1:
        yield text("Amounts of different currencies are not compared.")
    if any(row.days for row in rows):
        yield text("GMV by day is drawn on a scale of each campaign's own, from zero.")


def _columns(rows: Sequence[Row]) -> set[str]:
    """Return which columns have anything to say."""
    filled = {
        "window": any(row.member.start or row.member.end for row in rows),
        "attainment": any(row.attainment is not None for row in rows),
        "change": any(row.change is not None for row in rows),
        "days": any(row.days for row in rows),
        "gates": any(row.gates for row in rows),
    }
    return {name for name, is_said in filled.items() if is_said}


def _days(member: Member, numbers: Numbers) -> Days | None:
    values = [_known(value) for value in member.daily]
    known = [value for value in values if value is not None]
    if not known:
        return None
    top, bottom = max(0.0, *known), min(0.0, *known)
    scale = (_HEIGHT - _LEAST) / ((top - bottom) or 1.0)
    ground = _LEAST + top * scale
    best = values.index(max(known))
    bars = []
    for place, value in enumerate(values):
        if value is not None:
            height = max(abs(value) * scale, _LEAST)
            up = ground if value < 0 else ground - height
            bars.append((place, f"M{place * _STEP:g} {up:.1f}h{_BAR:g}v{height:.1f}h-{_BAR:g}z"))
    amount = numbers.quantity(values[best], "money")
    return Days(
        said=text("GMV by day; the best: {gmv}", gmv=amount)
        if member.start is None
        else text(
            "GMV by day; the best, {day}: {gmv}",
            day=member.start + timedelta(days=best),
            gmv=amount,
        ),
        width=len(values) * _STEP - (_STEP - _BAR),
        height=_HEIGHT,
        bars="".join(path for place, path in bars if place != best),
        best="".join(path for place, path in bars if place == best),
        blocks="".join(
            _UNKNOWN_DAY
            if value is None
            else _BLOCKS[round(max(value, 0.0) / (top or 1.0) * (len(_BLOCKS) - 1))]
            for value in values
        ),
    )


def _gates(gates: Sequence[Gate]) -> Iterator[Mark]:
    """Yield how many gates came out each way, what needs a look first."""
    counts: Counter[str] = Counter(gate.status for gate in gates)
    for status, said in (
        ("failed", text("{n} failed", n=counts["failed"])),
        ("missing", text("{n} missing", n=counts["missing"])),
        ("skipped", text("{n} skipped", n=counts["skipped"])),
        ("passed", text("{n} passed", n=counts["passed"])),
    ):
        if counts[status]:
            yield Mark(shape=outline.GATE_SHAPES[status], said=said)


def _marks(member: Member) -> Iterator[Mark]:
    """Yield what is to be said of a review, the most severe first."""
    failing = any(gate.is_failing for gate in member.gates)
    if failing:
        yield Mark(shape="act", said=text("gate failed"))
    elif member.code == ExitCode.GATE:
        yield Mark(shape="act", said=text("fails --fail-on"))
    if member.code == ExitCode.PARTIAL:
        yield Mark(shape="watch", said=text("partial"))
    elif not failing and member.code == ExitCode.DONE:
        yield Mark(shape="good", said=text("complete"))


def _tally(rows: Sequence[Row]) -> list[tuple[Mark, int]]:
    """Return how many of the reviews came out each way; each counts where it is worst."""
    alike: dict[str, list[Mark]] = {}
    for row in rows:
        alike.setdefault(row.marks[0].said.msgid, []).append(row.marks[0])
    marks = sorted(alike.values(), key=lambda same: _ORDER.index(same[0].shape))
    return [(same[0], len(same)) for same in marks]


def _is_stopped(member: Member) -> bool:
    return member.code is not None and member.code not in _WRITTEN


def _kind(member: Member) -> Message:
    """Return what kind of failure stopped a campaign, by its exit code."""
    match member.code:
        case ExitCode.USAGE:
            return text("configuration")
        case ExitCode.DATA:
            return text("data problem")
        case ExitCode.INTERRUPTED:
            return text("interrupted")
        case _:
            return text("internal error")


def _errors(member: Member) -> list[str]:
    """Return what stopped a campaign; an error without words would be no line of a list."""
    return [said for error in member.errors if (said := clean(error))]


def _named(member: Member) -> str:
    """Return the name of a campaign, else where it was found."""
    return clean(member.name) or clean(member.path) or NOTHING


def _found(member: Member) -> str:
    """Return where a campaign was found, unless that is its name."""
    path = clean(member.path)
    return "" if path == _named(member) else path


def _when(member: Member) -> tuple[str, ...]:
    """Return the first and the last day of a campaign, each a part that is not to be broken."""
    start, end = (NOTHING if day is None else day.isoformat() for day in (member.start, member.end))
    return (NOTHING,) if start == end == NOTHING else (f"{start} –", end)


def _address(member: Member, file: str, part: str = "") -> str:
    """Return the relative address of a file of a review, fit for any folder's name."""
    folder = quote(os.fsencode(member.folder)).strip("/")
    place = f"{folder}/{file}" if folder else file
    return f"{place}#{quote(part)}" if part else place


def _page(member: Member, wanted: str) -> str | None:
    """Return the file of a review to link to: the one wanted, else the first that was written."""
    return wanted if wanted in member.files else next(iter(member.files), None)


def _linked(member: Member) -> Markup:
    """Return the name of a campaign as a Markdown link to its review, if there is one."""
    name = markdown.escape(_named(member))
    page = _page(member, "review.md")
    return Markup(f"[{name}]({_address(member, page)})" if page else name)  # noqa: S704 - escaped here
