"""What a reader should know of a file beside its numbers: rows left out, ids lost, masked names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from livereview.ingest.pseudonym import MASKED
from livereview.ingest.read import ROW
from livereview.model import Notice

if TYPE_CHECKING:
    from livereview.ingest.notes import Dropped
    from livereview.ingest.pseudonym import Salt
    from livereview.ingest.rows import Rows
    from livereview.store import Store


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


def of_rows(store: Store, rows: Rows, salt: Salt | None) -> Iterator[Notice]:
    """Yield what is peculiar of the rows kept."""
    if rows.lost:
        asked = ", ".join(
            f"count(*) filter ({flag}), min({ROW}) filter ({flag})" for *_, flag in rows.lost
        )
        (found,) = store.execute(f"select {asked} from ({rows.sql}) as rows where left_out is null")
        for (code, column, _), count, first in zip(rows.lost, found[::2], found[1::2], strict=True):
            if count:
                yield Notice(code=code, column=column, rows=count, first_row=first)
    if salt is None:
        return
    yield Notice(code="buyers_hashed", column="user_key", detail=f"{salt.origin} #{salt.print}")
    ((count, first),) = store.execute(
        f"select count(*), min({ROW}) from ({rows.sql}) as rows "
        f"where not ({rows.is_out}) and starts_with(user_key, '{MASKED}')"
    )
    if count:
        yield Notice(code="buyers_masked", column="user_key", rows=count, first_row=first)
