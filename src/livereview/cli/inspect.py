"""`livereview inspect`: how each file would be read; nothing is written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livereview.cli import options
from livereview.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.ingest import Inspection
    from livereview.model import Source

EXAMPLES = """\b
Examples:
  livereview inspect exports/
  livereview inspect 直播间列表.xlsx -c livereview.toml
  livereview inspect exports/ --format json
"""


_FACTS = (
    "path", "kind", "table", "encoding", "header_row", "rows", "rejected", "duplicates", "dropped",
    "from", "to", "exported_at",
)  # fmt: skip
_LISTS = ("mapped", "unmapped", "missing", "notices", "checks", "rejections")


def run(
    ctx: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCES", help="Files, folders (recursive) or globs."),
    ],
    config: options.ConfigFile = None,
    form: options.TableFormat = "table",
    assignments: options.Assignments = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_progress: options.NoProgress = False,
    debug: options.Debug = False,
) -> None:
    """Show how each file would be read; write nothing.

    Kind, encoding, header row, what is mapped to which column in which unit, what is not read
    or missing, rows taken, dropped and rejected with the reason, and published rates that were
    worked out again from their counts.
    """
    from livereview.job import configuration
    from livereview.review import inspect_sources

    console = options.console_of(ctx)
    paths = tuple(Path(source) for source in sources)
    settings = configuration(config, paths, tuple(assignments or ()), console)
    with console.progress() as bar:
        found = inspect_sources(paths, config=settings, progress=bar)
    match form:
        case "json":
            console.result(_json(found))
        case "table":
            from rich.console import Group

            from livereview.cli.layouts import lines

            console.show(Group(*lines(found)))
        case _:
            _table(found).write(console, form)
    if not any(source.table for source in found.sources):
        raise typer.Exit(ExitCode.DATA)


def _records(found: "Inspection") -> "Iterator[dict[str, Any]]":
    """Yield one record per file or worksheet, those that cannot be read last."""
    for source in found.sources:
        first, last = source.period or (None, None)
        yield {
            "path": source.path,
            "kind": source.kind,
            "table": source.table or None,
            "encoding": source.encoding or None,
            "header_row": source.header_row,
            "rows": source.rows,
            "rejected": source.rejected,
            "duplicates": source.duplicates,
            "dropped": source.dropped,
            "from": first,
            "to": last,
            "exported_at": source.exported_at,
            "mapped": [
                {"column": column, "header": header, "unit": unit or None}
                for column, header, unit in _bound(source)
            ],
            "unmapped": list(source.unmapped),
            "missing": list(source.missing),
            "notices": [
                {
                    "code": notice.code,
                    "column": notice.column,
                    "rows": notice.rows,
                    "first_row": notice.first_row,
                }
                for notice in source.notices
            ],
            "checks": [
                {
                    "header": check.header,
                    "formula": check.formula,
                    "rows": check.rows,
                    "violations": check.violations,
                    "first_row": check.first_row,
                }
                for check in source.recomputed
            ],
            "rejections": [
                {"row": one.row, "column": one.column, "value": one.value, "reason": one.reason}
                for one in source.rejections
            ],
            "problem": None,
            "hint": None,
        }
    for path, problem in found.problems:
        lists = dict.fromkeys(_LISTS, ())
        facts = dict.fromkeys(_FACTS)
        yield {
            **facts,
            **lists,
            "path": path or None,
            "problem": problem.message,
            "hint": problem.hint,
        }


def _bound(source: "Source") -> "Iterator[tuple[str, str, str]]":
    yield from zip(source.mapped, source.headers, source.units, strict=True)


def _json(found: "Inspection") -> str:
    import json

    from livereview.report.words import clean

    def tame(value: Any) -> Any:
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, dict):
            return {key: tame(inner) for key, inner in value.items()}
        return [tame(inner) for inner in value] if isinstance(value, list) else value

    return json.dumps(tame(list(_records(found))), ensure_ascii=False, indent=1, default=str)


def _table(found: "Inspection") -> Any:
    from livereview.cli.table import Table

    columns = (
        "path", "kind", "table", "encoding", "header_row", "rows", "rejected", "duplicates",
        "dropped", "from", "to", "mapped", "unmapped", "missing", "notices", "checks", "problem",
    )  # fmt: skip
    said = {
        "mapped": lambda one: (
            f"{one['column']} <- {one['header']}" + (f" [{one['unit']}]" if one["unit"] else "")
        ),
        "notices": lambda one: f"{one['code']} {one['rows'] or ''}".strip(),
        "checks": lambda one: f"{one['header']}: {one['violations']} of {one['rows']} differ",
    }
    rows = []
    for record in _records(found):
        cells = []
        for column in columns:
            cell = record.get(column)
            if isinstance(cell, list):
                cell = "; ".join(map(said.get(column, str), cell))
            cells.append(cell)
        rows.append(tuple(cells))
    return Table(columns=columns, rows=tuple(rows))
