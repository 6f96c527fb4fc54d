"""Published figures worked out again from the counts beside them; a contradiction is told.

A rate is never stored as published: this says whether the unit that its column is read in holds.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from typing import TYPE_CHECKING

from livereview.ingest.columns import figure
from livereview.ingest.files.read import ROW
from livereview.ingest.kinds.formula import as_sql, names_in
from livereview.ingest.mapping import Mapping, Published
from livereview.ingest.rows import Rows
from livereview.ingest.values.normalise import Column
from livereview.model import Recomputed
from livereview.schema.ddl import name

if TYPE_CHECKING:
    from livereview.store import Store

_FIGURES = "ingest_figures"
_TOLERANCE = 1e-3  # relative; a published figure is rounded, which counts as well


def recomputed(
    store: Store, rows: Rows, mapping: Mapping, columns: Sequence[Column]
) -> tuple[Recomputed, ...]:
    """Return every published figure of a file with how often it differs from its formula."""
    if not mapping.published:
        return ()
    by_name = {column.spec.name: column for column in columns}
    columns_sql = ", ".join(_figures(one, by_name, i) for i, one in enumerate(mapping.published))
    # Worked out once, then compared figure by figure.
    store.execute(
        f"create temp table {_FIGURES} as select {ROW}, {columns_sql} from ({rows.sql}) as rows "
        f"where not ({rows.is_out})"
    )
    figures = " union all ".join(
        f"select {i} as i, {ROW}, said{i} as said, due{i} as due, rounding{i} as rounding, "
        f"slack{i} as slack from {_FIGURES}"
        for i in range(len(mapping.published))
    )
    found = store.execute(
        f"""
        with figures as ({figures}),
        compared as (
            select *, abs(said - due) > greatest(({_TOLERANCE} + slack) * abs(due), rounding)
                    as is_off,
                case when due <> 0 then said / due end as ratio
            from figures where said is not null and due is not null
        )
        select i, count(*), count(*) filter (is_off), max(abs(ratio - 1)) filter (is_off),
            min({ROW}) filter (is_off), median(ratio) filter (is_off)
        from compared group by i order by i
        """
    )
    store.execute(f"drop table {_FIGURES}")
    return tuple(
        Recomputed(
            header=mapping.published[i].header,
            formula=mapping.published[i].formula,
            rows=count,
            violations=off,
            worst=worst,
            first_row=first,
            ratio=ratio,
        )
        for i, count, off, worst, first, ratio in found
    )


def _figures(one: Published, columns: Map[str, Column], i: int) -> str:
    """Return SQL of a published figure, what is due, and how far rounding may set them apart."""
    said = columns[figure(one.position)]
    places = {header: name(figure(place)) for header, place in one.headers.items()}
    due = as_sql(one.formula, name, places.__getitem__)
    counted, headers = names_in(one.formula)
    operands = (*counted, *(figure(one.headers[header]) for header in headers))
    slack = " + ".join(_slack(column) for column in (said, *(columns[o] for o in operands)))
    # Half a unit of the last digit shown; a cell's own sign wins over what the column is in.
    shown = rf"length(regexp_extract({said.text}, '\.([0-9]+)', 1))"
    scale = f"case when contains({said.text}, '%') then 0.01 else {one.unit.factor!r} end"
    return (
        f"{name(said.spec.name)} as said{i}, ({due}) as due{i}, "
        f"0.51 * pow(10, -{shown}) * {scale} as rounding{i}, {slack} as slack{i}"
    )


def _slack(column: Column) -> str:
    """Return SQL of how far a shortened number such as 1.2万 may be off, as a part of itself."""
    if not column.messy or not column.is_text:
        return "0"
    x = column.text
    digits = rf"regexp_extract({x}, '([0-9]+(?:\.[0-9]+)?) *[万亿千wkm]', 1, 'i')"
    places = rf"length(regexp_extract({digits}, '\.([0-9]+)', 1))"
    return f"coalesce(0.51 * pow(10, -{places}) / nullif(try_cast({digits} as double), 0), 0)"
