"""What a reader should know of a file beside its numbers: rows left out, ids lost, masked names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from livereview.ingest.files.read import ROW, cell
from livereview.ingest.pseudonym import MASKED
from livereview.ingest.receipt import stored
from livereview.model import Notice
from livereview.schema.ddl import name

if TYPE_CHECKING:
    from livereview.ingest.files.cells import Cells
    from livereview.ingest.files.notes import Dropped
    from livereview.ingest.mapping import Mapping as ColumnMapping
    from livereview.ingest.pseudonym import Salt
    from livereview.ingest.rows import Rows
    from livereview.store import Store

Origin: TypeAlias = tuple[str, str]
"""A file as it is shown, and whose it is."""


def left_out(
    dropped: Sequence[Dropped], counted: Mapping[str, tuple[int, int]], totals: Sequence[int]
) -> Iterator[Notice]:
    """Yield what was left out of a grid, by reason; blank rows go unmentioned.

    Args:
        dropped: rows that are no data by their shape.
        counted: reason -> how many rows their cells leave out, and the first of them.
        totals: rows whose money is the sum of the others.
    """
    found: list[tuple[str, int, int]] = [(d.reason, d.rows, d.first_row) for d in dropped]
    found += [(reason, rows, first) for reason, (rows, first) in counted.items()]
    found += [("total", 1, row) for row in totals]
    for reason in dict.fromkeys(reason for reason, *_ in found):
        alike = [(rows, first) for said, rows, first in found if said == reason]
        if reason != "blank":
            yield Notice(
                code=f"row_{reason}",
                rows=sum(rows for rows, _ in alike),
                first_row=min(first for _, first in alike),
            )


def of_rows(
    store: Store,
    cells: Cells,
    rows: Rows,
    mapping: ColumnMapping,
    salt: Salt | None,
    origin: Origin,
) -> Iterator[Notice]:
    """Yield what is peculiar of the rows kept, which are in the store by now."""
    own = f"from raw.{stored(mapping.table.name)} where source_file = ? and campaign = ?"
    if rows.lost and _may_be_lost(store, cells, rows, mapping, own, origin):
        asked = ", ".join(
            f"count(*) filter ({flag}), min({ROW}) filter ({flag})" for *_, flag in rows.lost
        )
        (found,) = store.execute(
            f"select {asked} from ({rows.sql}) as rows where not ({rows.is_out})"
        )
        for (code, column, _), count, first in zip(rows.lost, found[::2], found[1::2], strict=True):
            if count:
                yield Notice(code=code, column=column, rows=count, first_row=first)
    if salt is None:
        return
    yield Notice(code="buyers_hashed", column="user_key", detail=f"{salt.origin} #{salt.print}")
    ((count, first),) = store.execute(
        f"select count(*), min({ROW}) {own} and starts_with(user_key, '{MASKED}')", list(origin)
    )
    if count:
        yield Notice(code="buyers_masked", column="user_key", rows=count, first_row=first)


def _may_be_lost(
    store: Store, cells: Cells, rows: Rows, mapping: ColumnMapping, own: str, origin: Origin
) -> bool:
    """Say whether some cells that are filled have no value in the store; cheap, to save a pass."""
    names = [column for _, column, _ in rows.lost]
    filled = ", ".join(
        f"count(*) filter ({cell(mapping.bound[column].position)}::varchar > '-')"
        for column in names
    )
    kept = ", ".join(f"count({name(column)})" for column in names)
    (there,) = store.execute(f"select {filled} from {cells.relation}")
    (stays,) = store.execute(f"select {kept} {own}", list(origin))
    return bool(there != stays)
