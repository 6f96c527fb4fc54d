"""`livereview list`: what there is: analyses, metrics, tables, the JSON Schemas."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from livereview.cli import options
from livereview.cli.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES = """\b
Examples:
  livereview list analyses
  livereview list metrics --format md
  livereview list schema > review.schema.json
  livereview list batch-schema > batch.schema.json
"""


def run(
    ctx: typer.Context,
    what: Annotated[
        Literal["analyses", "metrics", "sources", "schema", "batch-schema"],
        typer.Argument(help="What to list.", show_default=False),
    ],
    form: options.TableFormat = "table",
    debug: options.Debug = False,
) -> None:
    """List analyses, metrics, sources or a JSON Schema.

    `sources` are the kinds of exports that are known, where to find them in the console, and
    how sure their format is: A seen as a real file, B labels of a page or API, C hearsay.
    `schema` is that of review.json, `batch-schema` that of batch.json.
    """
    console = options.console_of(ctx)
    match what:
        case "analyses":
            _analyses().write(console, form)
        case "metrics":
            _metrics().write(console, form)
        case "sources":
            _sources().write(console, form)
        case "schema":
            from livereview.report import json_v1

            console.result(_indented(json_v1.schema()))
        case "batch-schema":
            from livereview.batch import ledger

            console.result(_indented(ledger.schema()))


def _analyses() -> Table:
    from livereview import battery

    return Table(
        columns=("slug", "chapter", "title", "question", "needs", "frames", "limits"),
        brief=("slug", "chapter", "question"),
        rows=tuple(
            (
                room.slug,
                room.analysis.chapter,
                room.analysis.title.msgid,
                room.analysis.question.msgid,
                ", ".join(room.analysis.needs),
                ", ".join(room.analysis.frames),
                ", ".join(f"{name} = {limit:g}" for name, limit in room.analysis.limits.items()),
            )
            for room in battery.discover()
        ),
    )


def _metrics() -> Table:
    from livereview import glossary

    return Table(
        columns=("id", "label", "unit", "better", "formula"),
        rows=tuple(
            (entry.id, entry.label.msgid, entry.unit, entry.better, entry.formula)
            for entry in glossary.metrics().values()
        ),
    )


def _sources() -> Table:
    from livereview import schema
    from livereview.ingest import kinds

    exports = [
        (
            kind.name,
            kind.title,
            kind.table.name,
            kind.grade,
            ", ".join(kind.languages),
            kind.where,
            "; ".join(" or ".join(names) for names in kind.requires),
            ", ".join(kind.columns),
        )
        for kind in kinds.built_in().values()
    ]
    own = [
        (
            f"canonical.{table.name}",
            table.about,
            table.name,
            None,
            None,
            f"a file or folder named {table.name}",
            "; ".join(
                need if isinstance(need, str) else " or ".join(need) for need in table.required
            ),
            ", ".join(table.columns),
        )
        for table in schema.tables().values()
    ]
    return Table(
        columns=("kind", "title", "table", "grade", "language", "where", "required", "columns"),
        brief=("kind", "table", "grade", "where"),
        rows=(*exports, *own),
    )


def _indented(schema: "Mapping[str, Any]") -> str:
    import json

    return json.dumps(schema, ensure_ascii=False, indent=2)
