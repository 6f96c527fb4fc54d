"""The review on one screen: the verdict, the scorecard, what costs most, and where the files are.

Names from the data never reach the terminal as commands: words arrive without control characters,
and nothing is read as markup. A status is a shape and a word; colour only repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from math import ceil
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from livereview.model import plural, text
from livereview.report import outline, verdict
from livereview.report.lines import fold, padded
from livereview.report.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

    from livereview.model import Message, Review, Score
    from livereview.report.words import Words

WIDTH = 120
LEAST = 40
"""How narrow a summary is at least; a terminal that says less is not believed."""
READABLE = 92
"""How wide a sentence runs at most."""

_GAP = "  "
_PIPE = 100
_COLOURS = {"good": "green", "watch": "yellow", "act": "red", "none": "dim", "note": "dim"}
# Signs that legacy code pages lack; a terminal gets the plain ones.
_PLAIN = str.maketrans({"\N{NO-BREAK SPACE}": " ", "\N{MINUS SIGN}": "-"})
_UP_TO_TARGET, _BEYOND = 8, 2
_METER = _UP_TO_TARGET + 1 + _BEYOND


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signs:
    """What is drawn rather than said, in signs that the terminal's encoding has."""

    shapes: Mapping[str, str]
    rule: str = "─"
    bar: str = "━"
    tick: str = "┃"


def _signs(console: Console) -> _Signs:
    signs = _Signs(shapes=outline.SHAPES)
    try:
        "".join((*signs.shapes.values(), signs.rule, signs.bar, signs.tick)).encode(
            console.encoding
        )
    except (UnicodeEncodeError, LookupError):
        shapes = {"good": "+", "watch": "!", "act": "#", "none": "o", "note": "-"}
        return _Signs(shapes=shapes, rule="-", bar="=", tick="|")
    return signs


def show(review: Review, words: Words, console: Console, outputs: Sequence[Path] = ()) -> None:
    """Print the summary of a review; `outputs` are the files that were written."""
    width, signs = min(max(console.width, LEAST), WIDTH), _signs(console)
    blocks = (
        _head(review, words, width),
        _scorecard(review, words, width, signs, drawn=console.is_terminal),
        _gates(review, words, width, signs),
        _findings(review, words, width, signs),
        _not_run(review, words, width),
        (Text(_plain(clean(str(path)))) for path in outputs),
    )
    first = True
    for block in blocks:
        lines = list(block)
        if lines and not first:
            console.print()
        for line in lines:
            console.print(line, soft_wrap=True)
        first = first and not lines


def plain(review: Review, words: Words, outputs: Sequence[Path] = ()) -> str:
    """Return the summary as text without colour, as a pipe gets it."""
    from rich.console import Console

    console = Console(
        file=StringIO(), width=_PIPE, force_terminal=False, no_color=True, highlight=False
    )
    with console.capture() as capture:
        show(review, words, console, outputs)
    return capture.get().rstrip("\n")


def _head(review: Review, words: Words, width: int) -> Iterator[Text]:
    for line in fold(_plain(clean(review.title)), width):
        yield Text(line, "bold")
    as_of = f"{words.gettext('As of')} {words.numbers.moment(review.as_of)}"
    for line in fold(_plain(f"{outline.window(review.campaign, words)} · {as_of}"), width):
        yield Text(line, "dim")
    yield Text()
    for line in fold(_said(verdict.verdict(review), words), width):
        yield Text(line, "bold")


def _scorecard(
    review: Review, words: Words, width: int, signs: _Signs, *, drawn: bool
) -> Iterator[Text]:
    """Lay out the scorecard: names, figures, a meter where it is drawn, and the status."""
    scores = review.scorecard
    if not scores:
        return
    names = [_plain(words.say(score.label)) for score in scores]
    names.insert(0, words.gettext("Metric"))
    judged = any(score.status != "none" for score in scores)
    states = [_status(score.status, words, signs) if judged else Text() for score in scores]
    states.insert(0, Text(words.gettext("Status") if judged else ""))
    last = max(one.cell_len for one in states) + len(_GAP)
    columns, drawn, room = _columns(scores, words, width - last, names, drawn=drawn)
    first = min(max(map(cell_len, names)), max(room, 8))
    meters = [Text(" " * _METER), *(_meter(score, signs) for score in scores)]
    for row, name in enumerate(names):
        line = Text(padded(name, first))
        for key, column in columns.items():
            line.append(_GAP + padded(column[row], max(map(cell_len, column)), right=True))
            if key == "attainment" and drawn:
                line.append(" ").append_text(meters[row])
        if judged:
            line.append(_GAP).append_text(states[row])
        if row == 0:
            line.stylize("dim")
        yield line
        if row == 0:
            yield _rule(width, signs)


def _columns(
    scores: Sequence[Score], words: Words, width: int, names: Sequence[str], *, drawn: bool
) -> tuple[Mapping[str, Sequence[str]], bool, int]:
    """Return the columns of figures that fit, whether a meter does, and the room for names.

    A narrow terminal goes without the meter, then without the change, then without the target.
    """
    _ = words.gettext
    said = {
        "actual": (_("Actual"), [words.quantity(one.value, one.unit) for one in scores]),
        "target": (_("Target"), [words.quantity(one.target, one.unit) for one in scores]),
        "attainment": (
            _("Attainment"),
            [words.quantity(one.attainment, "share") for one in scores],
        ),
        "change": (
            _("vs previous"),
            [words.quantity(one.change, "share", signed=True) for one in scores],
        ),
    }
    columns = {
        key: [_plain(one) for one in (head, *body)]
        for key, (head, body) in said.items()
        if key == "actual" or outline.is_filled(scores, key)
    }
    drawn = drawn and "attainment" in columns
    room = 0
    for dropped in ("", "meter", "change", "target"):
        columns.pop(dropped, None)
        drawn = drawn and dropped != "meter"
        taken = [max(map(cell_len, column)) + len(_GAP) for column in columns.values()]
        room = width - sum(taken) - (_METER + 1 if drawn else 0)
        if room >= max(map(cell_len, names)):
            break
    return columns, drawn, room


def _meter(score: Score, signs: _Signs) -> Text:
    """Draw attainment as a bar of cells with a tick at the target, if there is one."""
    if score.attainment is None:
        return Text(signs.rule * _METER, "dim")
    if score.attainment < 1:  # what misses its target never looks as if it had reached it
        filled = min(round(max(score.attainment, 0.0) * _UP_TO_TARGET), _UP_TO_TARGET - 1)
    else:
        beyond = min(score.attainment - 1, 1.0)
        filled = _UP_TO_TARGET + min(ceil(beyond * _UP_TO_TARGET), _BEYOND)
    bar, rest = (signs.bar, _COLOURS[score.status]), (signs.rule, "dim")
    cells = [bar if place < filled else rest for place in range(_METER - 1)]
    cells.insert(_UP_TO_TARGET, (signs.tick, ""))
    return Text.assemble(*cells)


def _rule(width: int, signs: _Signs) -> Text:
    return Text(signs.rule * min(width, READABLE), "dim")


def _findings(review: Review, words: Words, width: int, signs: _Signs) -> Iterator[Text]:
    found = [finding for _, finding in outline.top(review)]
    if not found:
        return
    worths = [
        _plain(words.quantity(one.impact.value, one.impact.unit, signed=True)) if one.impact else ""
        for one in found
    ]
    states = [_status(one.severity, words, signs) for one in found]
    state, worth = max(one.cell_len for one in states), max(map(cell_len, worths))
    start = state + len(_GAP) + (worth + len(_GAP) if worth else 0)
    yield Text(words.gettext("What matters most"), "bold")
    yield _rule(width, signs)
    for one, amount, line in zip(found, worths, states, strict=True):
        lines = fold(_said(one.headline, words), min(width, READABLE) - start)
        line.append(" " * (state - line.cell_len) + _GAP)
        if worth:
            line.append(padded(amount, worth, right=True) + _GAP, "bold")
        yield line.append(lines[0])
        yield from (Text(" " * start + more) for more in lines[1:])


def _gates(review: Review, words: Words, width: int, signs: _Signs) -> Iterator[Text]:
    """Show every gate that was not passed, and how many were."""
    if not review.gates:
        return
    passed = sum(gate.status == "passed" for gate in review.gates)
    counted = text("{passed} of {n} passed", passed=passed, n=len(review.gates))
    yield Text.assemble((words.gettext("Gates"), "bold"), _GAP, (_plain(words.say(counted)), "dim"))
    open_gates = [gate for gate in review.gates if gate.status != "passed"]
    if open_gates:
        yield _rule(width, signs)
    for gate in open_gates:
        shape = outline.GATE_SHAPES[gate.status]
        word = words.term(gate.status, "gate")
        state = Text(f"{signs.shapes[shape]} {word}{_GAP}", _COLOURS[shape])
        said = f"{clean(gate.name)}: {words.say(verdict.outcome(gate), held=True)}"
        first, *more = fold(_plain(said), min(width, READABLE) - state.cell_len)
        start = state.cell_len
        yield state.append(first, "not dim default")
        yield from (Text(" " * start + line) for line in more)


def _not_run(review: Review, words: Words, width: int) -> Iterator[Text]:
    """Say how many analyses did not run, and name those that failed with the reason."""
    for section in review.sections:
        if section.status == "failed":
            said = f"{words.say(section.title)}: {words.say(verdict.answer(section))}"
            for line in fold(_plain(said), width):
                yield Text(line, "bold red")
    empty = sum(section.status == "empty" for section in review.sections)
    if empty:
        counted = plural(
            "{n} analysis was not run; the report says what it needs.",
            "{n} analyses were not run; the report says what they need.",
            empty,
        )
        for line in fold(_said(counted, words), width):
            yield Text(line, "dim")


def _status(word: str, words: Words, signs: _Signs) -> Text:
    return Text.assemble(
        (signs.shapes[word], _COLOURS[word]),
        (f" {words.term(word)}", "bold" if word == "act" else ""),
    )


def _said(message: Message, words: Words) -> str:
    return _plain(words.say(message, held=True))


def _plain(said: str) -> str:
    return said.translate(_PLAIN)
