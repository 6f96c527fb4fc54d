"""The text of `livereview inspect`: how each layout is read, and every file of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.padding import Padding

    from livereview.ingest import Inspection
    from livereview.model import Notice, Source

_TOLD = 5  # rejections of a file that are told
_MANY = 5  # files of one layout that are told in a line each

NOTICES = {
    "row_total": "dropped, as it sums up other rows or names nothing",
    "row_not_counted": "dropped, as this kind of row does not count here",
    "row_description": "dropped, as it describes the columns",
    "row_footnote": "dropped, as it is a footnote",
    "row_repeated_header": "dropped, as it repeats the header",
    "id_lost": "id lost digits in a spreadsheet: the row is kept without it",
    "value_unknown": "word that nobody knows: the row is kept without it",
    "buyers_hashed": "buyers are kept under pseudonyms",
    "buyers_masked": "buyer's name has stars: who is the same person is approximate",
}
"""What a notice means, by code."""


def lines(found: Inspection) -> Iterator[Padding]:
    """Yield the lines of a person's reading: how each layout is read, and every file of it."""
    layouts: dict[object, list[Source]] = {}
    for source in found.sources:
        layouts.setdefault(_layout(source), []).append(source)
    for number, alike in enumerate(layouts.values()):
        if number:
            yield _line(" ")
        yield from _block(alike)
    for path, problem in found.problems:
        yield _line(" ")
        yield _line(path or "All files together", style="bold")
        yield _line(f"error: {problem.message}", indent=2, style="red")
        yield _line(f"hint: {problem.hint}", indent=2)


def _layout(source: Source) -> object:
    """Return what files have in common that are told together."""
    if not source.table:
        return source.path
    return (source.kind, source.header_row, source.headers, source.units, source.unmapped)


def _block(alike: list[Source]) -> Iterator[Padding]:
    first = alike[0]
    if not first.table:
        yield _line(first.path, style="bold")
        yield _line(f"not read: {first.rejections[0].reason}", indent=2, style="yellow")
        return
    where = f"header in row {first.header_row}" if first.header_row else ""
    facts = (_title(first.kind), f"into {first.table}", where)
    yield _line(" · ".join(filter(None, facts)), style="bold cyan")
    bound = [
        f"{column} ← {header}" + (f" [{unit}]" if unit else "") if column != header else column
        for column, header, unit in zip(first.mapped, first.headers, first.units, strict=True)
    ]
    yield _listed("read", bound)
    if first.unmapped:
        yield _listed("not read", first.unmapped)
    if first.missing:
        yield _listed("missing", first.missing)
    if len(alike) > _MANY and all(_is_calm(source) for source in alike):
        for source in alike:
            yield _line(f"{source.path}: {_counts(source)}", indent=2)
        yield _line(f"checked: {_follow(alike)}", indent=2)
        return
    for source in alike:
        yield from _file(source)


def _is_calm(source: Source) -> bool:
    """Say whether a file holds nothing that has to be told row by row."""
    off = any(check.violations for check in source.recomputed)
    dropped = all(notice.code.startswith("row_") for notice in source.notices)
    return bool(source.recomputed) and not off and dropped and not source.rejected


def _file(source: Source) -> Iterator[Padding]:
    yield _line(source.path, indent=2, style="bold")
    yield _line(_counts(source), indent=4)
    for notice in source.notices:
        yield _line(f"note: {_noted(notice)}", indent=4)
    if any(not check.violations for check in source.recomputed):
        yield _line(f"checked: {_follow([source])}", indent=4)
    yield from _contradictions(source)
    for one in source.rejections[:_TOLD]:
        at = ", ".join(filter(None, (f"row {one.row}" if one.row else "", one.column)))
        value = f" {one.value!r}" if one.value is not None else ""
        yield _line(f"rejected: {at}{value}: {one.reason}", indent=4, style="yellow")


def _counts(source: Source) -> str:
    span = f" from {source.period[0]} to {source.period[1]}" if source.period else ""
    exported = f"exported {source.exported_at:%Y-%m-%d %H:%M}" if source.exported_at else ""
    counts = [f"{_rows(source.rows)}{span}"]
    counts += [
        f"{count} {word}"
        for word in ("rejected", "duplicates", "dropped")
        if (count := getattr(source, word))
    ]
    return " · ".join((*counts, source.encoding, exported)).rstrip(" ·")


def _title(kind: str) -> str:
    from livereview.ingest import kinds

    known = kinds.built_in().get(kind)
    return f"{kind} ({known.title}, grade {known.grade})" if known else kind


def _follow(alike: list[Source]) -> str:
    """Say which published figures follow from the counts beside them, and in how many rows."""
    good = [check for source in alike for check in source.recomputed if not check.violations]
    names = list(dict.fromkeys(check.header for check in good))
    rows = [sum(check.rows for check in good if check.header == name) for name in names]
    span = f"{rows[0]}" if min(rows) == max(rows) else f"{min(rows)} to {max(rows)}"
    verb = "follows" if len(names) == 1 else "follow"
    return f"{', '.join(names)} {verb} from the counts in all {span} rows"


def _contradictions(source: Source) -> Iterator[Padding]:
    for check in source.recomputed:
        if check.violations:
            yield _line(
                f"checked: {check.header} is not {check.formula} in {check.violations} of "
                f"{_rows(check.rows)}, first in row {check.first_row}{_guess(check.ratio)}",
                indent=4,
                style="yellow",
            )


def _guess(ratio: float | None) -> str:
    """Say what a constant ratio of published to computed gives away."""
    for factor, words in ((100, "it seems to be in percent"), (0.01, "it seems to be a fraction")):
        if ratio is not None and abs(ratio / factor - 1) < 0.02:
            return f"; {words}"
    return ""


def _noted(notice: Notice) -> str:
    words = NOTICES.get(notice.code, notice.code)
    if not notice.rows:
        return words
    return f"{words} ({_rows(notice.rows)}, first row {notice.first_row})"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _listed(label: str, names: Iterable[str]) -> Padding:
    return _line(f"{label}: {', '.join(names)}", indent=2)


def _line(text: str, *, indent: int = 0, style: str = "") -> Padding:
    from rich.padding import Padding
    from rich.text import Text

    from livereview.report.words import clean

    return Padding(Text(clean(text), style=style), (0, 0, 0, indent), expand=False)
