"""The review on one screen: the verdict, the scorecard, what costs most, and where the files are.

Names from the data never reach the terminal as commands: words arrive without control characters,
and nothing is read as markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from livereview.model import plural
from livereview.report import outline, verdict
from livereview.report.words import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from livereview.model import Review
    from livereview.report.words import Words

WIDTH = 120
LONGEST = 480

_STYLES = {"good": "green", "watch": "yellow", "act": "bold red", "none": "dim", "note": "dim"}
# Signs that legacy code pages lack; a terminal gets the plain ones.
_PLAIN = str.maketrans({"\N{NO-BREAK SPACE}": " ", "\N{MINUS SIGN}": "-"})


def show(review: Review, words: Words, console: Console, outputs: Sequence[Path] = ()) -> None:
    """Print the summary of a review; `outputs` are the files that were written."""
    width = min(console.width, WIDTH)
    said = words.say(verdict.verdict(review))
    console.print(_text(review.title or review.campaign.name, "bold"), width=width)
    console.print(_text(said, "bold"), width=width)
    console.print()
    if review.scorecard:
        console.print(_scorecard(review, words), width=width)
        console.print()
    if review.findings():
        console.print(_findings(review, words), width=width)
        console.print()
    for line in _not_run(review, words):
        console.print(line, width=width)
    for path in outputs:
        console.print(_text(str(path)), width=width, overflow="fold")


def _scorecard(review: Review, words: Words) -> Table:
    _ = words.gettext
    table = _table()
    table.add_column(_text(_("Metric")), ratio=2, overflow="ellipsis")
    for head in (_("Actual"), _("Target"), _("Attainment"), _("Change")):
        table.add_column(_text(head), justify="right", no_wrap=True)
    table.add_column(_text(_("Status")), no_wrap=True)
    for score in review.scorecard:
        table.add_row(
            _text(words.say(score.label)),
            _text(words.quantity(score.value, score.unit)),
            _text(words.quantity(score.target, score.unit)),
            _text(words.quantity(score.attainment, "share")),
            _text(words.quantity(score.change, "share", signed=True)),
            _status(score.status, words),
        )
    return table


def _findings(review: Review, words: Words) -> Table:
    _ = words.gettext
    table = _table()
    table.add_column(_text(_("Severity")), no_wrap=True)
    table.add_column(_text(_("Finding")), ratio=1, overflow="fold")
    table.add_column(_text(_("Worth")), justify="right", no_wrap=True)
    for _section, finding in review.findings()[: outline.TOP_FINDINGS]:
        impact = finding.impact
        worth = words.quantity(impact.value, impact.unit, signed=True) if impact else ""
        table.add_row(
            _status(finding.severity, words), _text(words.say(finding.headline)), _text(worth)
        )
    return table


def _not_run(review: Review, words: Words) -> list[Text]:
    """Say how many analyses did not run, and name those that failed with the reason."""
    lines = [
        _text(f"{words.say(section.title)}: {words.say(verdict.answer(section))}", "bold red")
        for section in review.sections
        if section.status == "failed"
    ]
    empty = sum(section.status == "empty" for section in review.sections)
    if empty:
        counted = plural(
            "{n} analysis was not run; the report says what it needs.",
            "{n} analyses were not run; the report says what they need.",
            empty,
        )
        lines.append(_text(words.say(counted), "dim"))
    return lines


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, expand=True, show_edge=False, pad_edge=False)


def _status(word: str, words: Words) -> Text:
    return _text(f"{outline.SHAPES[word]} {words.term(word)}", _STYLES[word])


def _text(said: str, style: str = "") -> Text:
    line = Text(clean(said).translate(_PLAIN), style=style)
    line.truncate(LONGEST, overflow="ellipsis")
    return line
