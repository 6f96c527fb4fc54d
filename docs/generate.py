"""Writes the pages that say what the code already says: commands, tables, exports and so on.

`make docs` runs it; a test fails when a page is out of date. What stands above the mark in
`exports.md` is written by hand and kept.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cmp_to_key
from pathlib import Path
from typing import Any

import typer

from livereview import battery, glossary
from livereview.analysis import FrameSchema
from livereview.cli import application
from livereview.errors import ExitCode
from livereview.ingest.kinds import built_in
from livereview.ingest.kinds.kind import Kind, Source
from livereview.report import outline
from livereview.report.words import Words
from livereview.schema import ColumnSpec, TableSpec, tables

FOLDER = Path(__file__).parent
MARK = "<!-- Below this line"


def pages() -> dict[str, str]:
    """Return the text of every generated page by its file name."""
    return {
        "cli.md": "\n".join(_commands()),
        "data-contract.md": "\n".join(_contract()),
        "exports.md": "\n".join(_exports()),
        "analyses.md": "\n".join(_analyses()),
        "glossary.md": "\n".join(_glossary()),
    }


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def _commands() -> Iterator[str]:
    group: Any = typer.main.get_command(application())
    above = typer.Context(group, info_name="livereview", **group.context_settings)
    yield "# Commands"
    yield ""
    yield "What `livereview COMMAND --help` says, on one page. The result goes to stdout, errors"
    yield "and what is told along the way go to stderr. `livereview --install-completion` lets TAB"
    yield "complete commands, options and their values in bash, zsh, fish and PowerShell."
    yield ""
    yield from _command(above)
    codes = sorted(set(ExitCode) - {ExitCode.DONE}, key=cmp_to_key(_by_weight))
    yield f"When several apply, the first of {', '.join(str(int(code)) for code in codes)} counts."
    yield ""
    rows = ((f"[{name}](#{name})", c.help.splitlines()[0]) for name, c in group.commands.items())
    yield from _table(("command", "what it does"), rows)
    for name, command in group.commands.items():
        yield from _command(typer.Context(command, parent=above, info_name=name))


def _by_weight(one: ExitCode, other: ExitCode) -> int:
    return -1 if ExitCode.worst(one, other) is one else 1


def _command(context: Any) -> Iterator[str]:
    """Yield what the help of a command says, whatever the width of the terminal."""
    command = context.command
    told = [p for p in command.get_params(context) if not p.hidden and p.name != "help"]
    places = [p for p in told if p.param_type_name == "argument"]
    options = [p for p in told if p.param_type_name == "option"]
    needed = [_names(p, context).rpartition(", ")[2] for p in options if p.required]
    last = ["[OPTIONS]", *(["COMMAND"] if context.parent is None else [])]
    yield f"## {context.info_name}"
    yield ""
    yield "```"
    yield " ".join([context.command_path, *(_slot(p, context) for p in places), *needed, *last])
    yield "```"
    yield ""
    yield from _paragraphs(command.help)
    for what, parameters in (("argument", places), ("option", options)):
        rows = [(f"`{_names(p, context)}`", _meaning(p, context)) for p in parameters]
        escaped = ([cell.replace("|", "\\|") for cell in row] for row in rows)
        yield from _table((what, "meaning"), escaped) if rows else ()
    yield from _paragraphs(command.epilog)


def _names(parameter: Any, context: Any) -> str:
    """Return what an option is called and takes, or what stands for an argument."""
    names: str = parameter.get_help_record(context)[0]
    if parameter.param_type_name == "option":
        return names
    name, _, kind = names.partition(" <")
    return kind.rstrip(">") if "|" in kind else name.strip("[].")


def _slot(place: Any, context: Any) -> str:
    name = _names(place, context) + ("..." if place.nargs == -1 else "")
    return name if place.required else f"[{name}]"


def _meaning(parameter: Any, context: Any) -> str:
    """Return the help of an argument or option; what it says in brackets as sentences."""
    meaning, _, more = parameter.get_help_record(context)[1].partition("  [")
    notes = [note for note in more.removesuffix("]").split("; ") if note]
    said = (re.sub(r"^default: (.+)", r"default: `\1`", note) for note in notes)
    plain = (re.sub(r"^(\d+)<=x<=(\d+)$", r"from \1 to \2", note) for note in said)
    return " ".join([meaning, *(f"{note[0].upper()}{note[1:]}." for note in plain)])


def _paragraphs(text: str) -> Iterator[str]:
    """Yield paragraphs; the lines of one that is not to be wrapped stand as they are."""
    for paragraph in text.strip().split("\n\n"):
        head, *rest = paragraph.splitlines()
        if head == "\b":
            title, *lines = rest
            yield from (title, "", "```", *(line.removeprefix("  ") for line in lines), "```")
        else:
            yield from (head, *rest)
        yield ""


def _contract() -> Iterator[str]:
    yield "# Data contract"
    yield ""
    yield "A file named after a table, or in a folder named after it, is taken as that table: CSV,"
    yield "Parquet or XLSX. Only required columns must be there; columns that are not listed are"
    yield "left out and named in the receipt. What consoles export is told by its own headers:"
    yield "[exports.md](exports.md) says which of them fill which table."
    yield ""
    yield "| kind | what a cell may hold |"
    yield "|---|---|"
    yield "| id | text, never a number: long ids do not survive a spreadsheet |"
    yield "| text, choice | text; a choice is one of the words listed |"
    yield "| money | an amount of the campaign's currency, two decimals |"
    yield "| count | a whole number, 0 or more |"
    yield "| share | a fraction 0 to 1, or a percentage with its sign |"
    yield "| seconds | seconds, or a duration such as 1:02:03 |"
    yield "| time, date | local time of the campaign's time zone |"
    yield "| bool | true or false, yes or no, 1 or 0, 是 or 否 |"
    yield ""
    yield "Missing is an empty cell, `-`, `--`, `N/A` or `暂无`, and never 0."
    yield ""
    for table in tables().values():
        yield f"## {table.name}"
        yield ""
        yield f"{table.about}. Key: {_listed(table.key) or 'none'}. Required: {_required(table)}."
        yield ""
        yield from _table(
            ("column", "kind", "meaning"),
            ((f"`{c.name}`", _kind(c), c.about) for c in table.columns.values()),
        )


def _kind(column: ColumnSpec) -> str:
    return f"{column.kind}: {', '.join(column.choices)}" if column.choices else column.kind


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _required(table: TableSpec) -> str:
    parts = (
        f"`{item}`" if isinstance(item, str) else " or ".join(f"`{name}`" for name in item)
        for item in table.required
    )
    return ", ".join(parts) or "nothing"


def _exports() -> Iterator[str]:
    written = (FOLDER / "exports.md").read_text("utf-8").splitlines()
    yield from written[: 1 + next(i for i, line in enumerate(written) if line.startswith(MARK))]
    yield ""
    yield "## All kinds"
    yield ""
    kinds = built_in().values()
    head = ("kind", "export", "名称", "fills", "grade", "languages", "where to export it")
    yield from _table(head, map(_brief, kinds))
    yield "Of several headers for one column the first that a file has is read."
    yield ""
    for kind in kinds:
        yield from _export(kind)


def _brief(kind: Kind) -> Sequence[str]:
    return (
        f"[`{kind.name}`](#{kind.name.replace('.', '')})",
        kind.title,
        kind.title_zh,
        f"`{kind.table.name}`",
        kind.grade,
        ", ".join(kind.languages),
        kind.where,
    )


def _export(kind: Kind) -> Iterator[str]:
    yield f"### {kind.name}"
    yield ""
    yield f"{kind.title} · {kind.title_zh} · fills `{kind.table.name}` · grade {kind.grade}"
    yield ""
    yield f"- Required: {'; '.join(map(_one_of, kind.requires))}"
    if kind.excludes:
        yield f"- Never has {_listed(kind.excludes)}"
    if kind.presets:
        said = (f"`{name}` = {value}" for name, value in kind.presets.items())
        yield f"- Every row: {', '.join(said)}"
    if kind.period:
        yield f"- The period of the whole file fills {_listed(kind.period)}"
    yield from _left_out(kind)
    yield ""
    rows = ((f"`{name}`", _listed(s.headers), _read_as(s)) for name, s in _sources(kind).items())
    yield from _table(("column", "header", "read as"), rows)
    if kind.checks:
        rows = ((f"`{c.header}`", f"`{c.formula}`", c.unit) for c in kind.checks)
        yield from _table(("published figure", "must be", "unit"), rows)


def _left_out(kind: Kind) -> Iterator[str]:
    """Yield which rows do not count, beside the totals that any file may have."""
    for header, values in kind.drop.items():
        yield f"- Left out: rows whose `{header}` is {_one_of(values)}"
    for header, values in kind.keep.items():
        yield f"- Left out: rows whose `{header}` is not {_one_of(values)}"
    if kind.description_rows:
        yield "- Left out: the row below the header, which describes the columns"


def _sources(kind: Kind) -> Mapping[str, Source]:
    """Return where columns come from; the ends of a range stand with their middle."""
    ends = ("low", "high")
    return {
        name: source
        for name, source in kind.columns.items()
        if not (source.is_range and name.rpartition("_")[2] in ends)
    }


def _read_as(source: Source) -> str:
    clock = f"`03:20` is {source.clock}" if source.clock else ""
    words = ", ".join(f"{said} = {meant}" for said, meant in source.values.items())
    how = (source.unit, clock, "range" if source.is_range else "", words)
    return ", ".join(filter(None, how))


def _one_of(names: Sequence[str]) -> str:
    return f"one of {_listed(names)}" if len(names) > 1 else _listed(names)


def _analyses() -> Iterator[str]:
    words = Words("en", "CNY")
    yield "# Analyses"
    yield ""
    yield "What each analysis answers, needs and yields. `livereview sql SLUG` prints its SQL."
    yield ""
    for room in battery.discover():
        analysis = room.analysis
        yield f"## {room.slug}"
        yield ""
        yield f"**{words.say(analysis.question)}**"
        yield f"Chapter {analysis.chapter}, {words.say(outline.title(analysis.chapter))}."
        yield f"Needs {_listed(analysis.needs)}."
        for what, needs in analysis.wants.items():
            yield f"`{what}` also needs {_listed(needs)}."
        yield ""
        for name, schema in analysis.frames.items():
            yield f"### `{room.slug}.{name}`"
            yield ""
            yield from _columns(schema, words)
        if analysis.limits:
            yield f"Limits, set under `[limits.{room.slug}]`:"
            yield ""
            rows = ((f"`{name}`", f"{value:g}") for name, value in analysis.limits.items())
            yield from _table(("limit", "default"), rows)


def _columns(schema: FrameSchema, words: Words) -> Iterator[str]:
    rows = ((f"`{c.name}`", c.type, c.unit, words.say(c.label)) for c in schema)
    yield from _table(("column", "type", "unit", "shown as"), rows)


def _glossary() -> Iterator[str]:
    english, chinese = Words("en", "CNY"), Words("zh-CN", "CNY")
    yield "# Glossary"
    yield ""
    yield "The metrics by id. Targets, frames, findings and gates use these ids. Over sessions a"
    yield "rate is always sum over sum, over the sessions that know both sides."
    yield ""
    rows = (
        (f"`{m.id}`", english.say(m.label), chinese.say(m.label), f"`{m.formula}`", m.unit)
        for m in glossary.metrics().values()
    )
    yield from _table(("id", "English", "中文", "formula", "unit"), rows)


def main() -> int:
    """Write every page."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
