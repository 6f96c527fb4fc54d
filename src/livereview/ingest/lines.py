"""Order lines that a file does not number: its product names a line, whatever else the file holds.

A line without a product is number 1. Of several rows that this gives one id, those that differ in
what was sold (category, brand, quantity, amounts) are lines of their own: the first keeps the id,
the next are `product#2`, `product#3`, or 2, 3 without a product, in the order of the file. Rows
that agree in it are one line told again only if the whole order is told as often: 100, 50, 100, 50
are two lines; 100, 50, 50 are three, so that no money is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.schema.ddl import name

if TYPE_CHECKING:
    from livereview.store import Store

FIRST = "1"
"""Line of an order that names neither line nor product."""

LINE_ID = f"coalesce(product_id, '{FIRST}')"
"""SQL of the id of an order's line, or of its first line of a product."""

# What rows of one order line agree in, whatever has become of the order in between.
_SOLD = ("category", "brand", "quantity", "list_amount", "paid_amount", "platform_subsidy")


def number(store: Store, shown: str, campaign: str, *, some_stated: bool) -> None:
    """Give the lines of a file's orders ids that keep them apart.

    Args:
        store: with the file's rows in raw.orders.
        shown: the file.
        campaign: whose orders they are.
        some_stated: the file has line ids; only rows whose line_id is NULL get one. Otherwise
            every row has `LINE_ID`.
    """
    said = {"shown": shown, "campaign": campaign}
    own = "campaign = $campaign and source_file = $shown"
    if some_stated:
        own += " and line_id is null"
        ((open_,),) = store.execute(f"select exists (from raw.orders where {own})", said)
        if not open_:
            return
    else:
        ((repeated,),) = store.execute(
            "select count(*) > count(distinct hash(platform, order_id, line_id)) "
            f"from raw.orders where {own}",
            said,
        )
        if not repeated:
            return
    changed = "" if some_stated else " and l.n > 1"
    store.execute(f"create temp table ingest_lines as {_numbered(own)}", said)
    store.execute(
        f"update raw.orders set line_id = case when l.n = 1 then {LINE_ID} "
        "when product_id is null then l.n::varchar else product_id || '#' || l.n end "
        f"from ingest_lines as l where raw.orders.rowid = l.id{changed}"
    )
    store.execute("drop table ingest_lines")


def _numbered(own: str) -> str:
    """Return the query of a row's id and its number among the lines of its order and product."""
    line = "platform, order_id, product_id"
    # A column in which all rows agree that fill it does not tell lines apart.
    sold = ", ".join(
        f"case when min({name(c)}) over line < max({name(c)}) over line then {name(c)}::varchar end"
        for c in _SOLD
    )
    return f"""
        with described as (
            select rowid as id, source_row, {line}, [{sold}] as sold
            from raw.orders where {own}
            window line as (partition by {line})
        ),
        counted as (
            select *, count(*) over alike as told,
                row_number() over (partition by {line}, sold order by source_row) - 1 as repeat
            from described window alike as (partition by {line}, sold)
        ),
        compared as (
            select *, min(told) over (partition by platform, order_id) as least from counted
        ),
        timed as (
            select *, case when max(told % least) over (partition by platform, order_id) = 0
                then least else 1 end as times
            from compared
        ),
        grouped as (
            select id, {line}, min(source_row) over (
                partition by {line}, sold, repeat % (told // times)
            ) as first_row
            from timed
        )
        select id, dense_rank() over (partition by {line} order by first_row) as n from grouped
    """
