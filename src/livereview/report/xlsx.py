"""review.xlsx: every public frame whole, with typed numbers that finance can calculate on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview import glossary
from livereview.report import outline, verdict
from livereview.report.grid import is_term
from livereview.report.workbook import Book, Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.model import Column, Finding, Frame, Gate, Review, Section
    from livereview.report.words import Value, Words


class XlsxReporter:
    """Writes `review.xlsx`."""

    name: str = "xlsx"
    folders: tuple[str, ...] = ()

    def render(self, review: Review, words: Words) -> Mapping[str, bytes]:
        """Return the workbook: a summary, one sheet per section, definitions and sources."""
        with Book(words=words, title=review.title, created=review.as_of) as book:
            _summary(book, review)
            for chapter in outline.chapters(review):
                for section in chapter.sections:
                    _section(book, section)
            _definitions(book, review)
            _sources(book, review)
        return {"review.xlsx": book.content()}


def _summary(book: Book, review: Review) -> None:
    words = book.words
    _ = words.gettext
    page = book.page(_("Summary"))
    page.line(review.title, bold=True, font_size=14)
    page.line(words.say(verdict.verdict(review)), bold=True)
    for note in (*filter(None, [review.stopped]), *review.notes):
        page.line(words.say(note), italic=True)
    page.skip()
    page.line(_("Scorecard"), bold=True, font_size=12)
    heads = [_("Metric"), _("Actual"), _("Target"), _("Attainment"), _("Previous"), _("Change")]
    page.table(
        [*heads, _("Status")],
        (
            (
                Cell(words.say(score.label)),
                Cell(score.value, score.unit),
                Cell(score.target, score.unit),
                Cell(score.attainment, "share"),
                Cell(score.previous, score.unit),
                Cell(score.change, "share"),
                Cell(words.term(score.status)),
            )
            for score in review.scorecard
        ),
    )
    if review.gates:
        page.line(_("Gates"), bold=True, font_size=12)
        page.table(
            [_("Gate"), _("Value"), _("Limit"), _("Distance"), _("Status"), _("Reason")],
            (_gate(words, gate) for gate in review.gates),
        )
    page.line(_("Findings"), bold=True, font_size=12)
    heads = [_("Section"), _("Severity"), _("Finding"), _("Worth"), _("Low"), _("High")]
    page.table(
        [*heads, _("Detail"), _("To do"), _("Who"), _("Grade"), _("Code"), _("Id")],
        (_finding(words, section, finding) for section, finding in review.findings()),
    )
    page.close()


def _gate(words: Words, gate: Gate) -> tuple[Cell, ...]:
    return (
        Cell(gate.name),
        Cell(gate.value, gate.unit),
        Cell(gate.limit, gate.unit),
        Cell(gate.distance, gate.distance_unit),
        Cell(words.term(gate.status, "gate")),
        Cell(words.say(gate.reason) if gate.reason else None),
    )


def _finding(words: Words, section: Section, finding: Finding) -> tuple[Cell, ...]:
    impact = finding.impact
    return (
        Cell(words.say(section.title)),
        Cell(words.term(finding.severity)),
        Cell(words.say(finding.headline)),
        Cell(impact.value, impact.unit) if impact else Cell(None),
        Cell(impact.low, impact.unit) if impact else Cell(None),
        Cell(impact.high, impact.unit) if impact else Cell(None),
        Cell(words.say(finding.detail) if finding.detail else None),
        Cell(words.say(finding.advice) if finding.advice else None),
        Cell(words.term(finding.owner_role)),
        Cell(words.term(finding.grade)),
        Cell(finding.code),
        Cell(finding.id),
    )


def _section(book: Book, section: Section) -> None:
    words = book.words
    page = book.page(words.say(section.title))
    page.line(words.say(section.title), bold=True, font_size=14)
    page.line(words.say(section.question), italic=True)
    page.line(words.say(verdict.answer(section)), bold=True)
    for note in section.notes:
        page.line(words.say(note), italic=True)
    page.skip()
    if len(section.frames) == 1:
        page.freeze(page.row + 2)
    for frame in section.frames.values():
        titles = [words.say(table.title) for table in section.tables if table.frame == frame.name]
        page.line(titles[0] if titles else frame.name, bold=True, font_size=12)
        columns = [column for column in frame.columns if column.name != "user_key"]
        page.table([_head(words, column) for column in columns], _rows(words, frame, columns))
    page.close()


def _rows(words: Words, frame: Frame, columns: list[Column]) -> list[tuple[Cell, ...]]:
    return [
        tuple(_cell(words, record[column.name], column, record) for column in columns)
        for record in frame.rows.iter_rows(named=True)
    ]


def _cell(words: Words, value: Value, column: Column, record: Mapping[str, Value]) -> Cell:
    if isinstance(value, str) and is_term(record, column):
        return Cell(words.term(value, column.name))
    return Cell(value, glossary.row_unit(record, column))


def _head(words: Words, column: Column) -> str:
    """Return a column's label, with the unit where the number does not show it."""
    label = words.say(column.label)
    match column.unit:
        case "money":
            unit = words.currency
        case "seconds":
            unit = words.gettext("seconds")
        case "hours":
            unit = words.gettext("hours")
        case "days":
            unit = words.gettext("days")
        case _:
            return label
    return f"{label} ({unit})"


def _definitions(book: Book, review: Review) -> None:
    _ = book.words.gettext
    page = book.page(_("Definitions"))
    page.table(
        [_("Metric"), _("Id"), _("Formula")],
        (
            (
                Cell(book.words.say(entry.label)),
                Cell(entry.id),
                Cell(outline.formula(entry, review.campaign, book.words)),
            )
            for entry in outline.definitions(review)
        ),
    )
    page.close()


def _sources(book: Book, review: Review) -> None:
    _ = book.words.gettext
    page = book.page(_("Sources"))
    heads = [_("File"), _("Kind"), _("Table"), _("Rows"), _("Rejected"), _("Duplicates")]
    page.table(
        [*heads, _("Dropped"), _("From"), _("To"), _("Exported at"), _("SHA-256")],
        (
            (
                Cell(source.path),
                Cell(source.kind),
                Cell(source.table),
                Cell(source.rows, "count"),
                Cell(source.rejected, "count"),
                Cell(source.duplicates, "count"),
                Cell(source.dropped, "count"),
                Cell(source.period[0] if source.period else None, "date"),
                Cell(source.period[1] if source.period else None, "date"),
                Cell(source.exported_at, "time"),
                Cell(source.sha256),
            )
            for source in review.sources
        ),
    )
    page.close()
