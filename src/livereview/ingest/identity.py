"""Rows that are told once with and once without an id: the stated id counts for both.

Nothing is changed in the raw rows, so that settling them again after any file has changed gives
what settling them once gives. What cannot be matched and would be counted twice is a problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from livereview.errors import ExportError, LiveReviewError
from livereview.ingest.complete import SESSION_ID
from livereview.ingest.lines import FIRST
from livereview.ingest.receipt import shortened
from livereview.schema import TableSpec
from livereview.schema.ddl import UNKNOWN_ACCOUNT, literal

if TYPE_CHECKING:
    from livereview.store import Store

ALIASES = "settle_aliases"
"""Temporary table: id of a raw row, and the id that it takes."""

IDENTITY: Mapping[str, str] = MappingProxyType({"sessions": "session_id", "orders": "line_id"})
"""Tables whose rows may take an id from another file, and the column it stands in."""

_TOLD = 5


def adopt(store: Store, table: TableSpec, campaign: str) -> bool:
    """Find the rows without an id of their own that another row states; say if there are any.

    A session takes the id of the only one that it can be; an order
    line that is named by its product takes the id of the only line of that product, and an order
    without lines and products takes the id of the only line that another file tells of it.
    """
    if table.name == "sessions":
        query = _sessions()
    elif table.name == "orders" and _schemes(store, campaign) > 1:
        query = _orders()
    else:
        return False
    store.execute(f"create temp table {ALIASES} as {query}", {"campaign": campaign})
    ((found,),) = store.execute(f"select exists (from {ALIASES})")
    return bool(found)


def _sessions() -> str:
    """Return the query of the ids that sessions take from a row of another file.

    The other row says more of the session (a stated id, its account, the second it began, its
    title) and contradicts nothing; a row that fits several sessions takes the id of none.
    """
    unknown = literal(UNKNOWN_ACCOUNT)
    return f"""
        with own as (
            select rowid as id, session_id, platform, nullif(account_id, {unknown}) as account_id,
                start_at, date_trunc('minute', start_at) as minute, title, source_file,
                session_id = {SESSION_ID} as is_made,
                (session_id <> {SESSION_ID})::integer * 8
                + (account_id <> {unknown})::integer * 4
                + (second(start_at) > 0)::integer * 2 + (title is not null)::integer as told
            from raw.sessions where campaign = $campaign
        ),
        pairs as (
            select o.id, s.session_id, s.told
            from own as o inner join own as s
                on o.platform is not distinct from s.platform and o.minute = s.minute
                and o.source_file <> s.source_file and s.told > o.told
            where o.is_made
                and coalesce(o.account_id = s.account_id, true)
                and (o.start_at = s.start_at or second(o.start_at) = 0 or second(s.start_at) = 0)
                and (
                    coalesce(o.title = s.title, true)
                    or (o.account_id = s.account_id and o.start_at = s.start_at)
                )
        )
        select id, min(session_id) as value
        from (select *, max(told) over (partition by id) as most from pairs)
        where told = most group by id having min(session_id) = max(session_id)
    """


def _schemes(store: Store, campaign: str) -> int:
    """Return in how many ways the order exports say which line a row is."""
    ((count,),) = store.execute(
        "select count(distinct (list_contains(mapped, 'line_id'), "
        "list_contains(mapped, 'product_id'))) from raw.sources "
        "where table_name = 'orders' and campaign = $campaign",
        {"campaign": campaign},
    )
    return int(count)


def _orders() -> str:
    return f"""
        {_ORDERS}
        select id, value from known where value <> line_id
        union all
        select unnest(ids) as id, value from others where lines = 1 and not has_first
    """


# Lines under the id they take by their product, orders that a file tells as a whole (one line, the
# first, without a product), and the products that other files tell of these.
_ORDERS = f"""
    with own as (
        select rowid as id, platform, order_id, line_id, product_id, source_file, source_row
        from raw.orders where campaign = $campaign
    ),
    stated as (
        select platform, order_id, product_id, min(line_id) as line_id
        from own
        where line_id <> product_id and not starts_with(line_id, product_id || '#')
        group by platform, order_id, product_id having min(line_id) = max(line_id)
    ),
    known as (
        select o.*, coalesce(s.line_id, o.line_id) as value
        from own as o left join stated as s
            on o.platform is not distinct from s.platform and o.order_id = s.order_id
            and o.product_id = s.product_id and o.line_id = o.product_id
    ),
    whole as (
        select platform, order_id, source_file, min(source_row) as source_row, list(id) as ids
        from known group by platform, order_id, source_file
        having max(product_id) is null and min(line_id) = '{FIRST}' and max(line_id) = '{FIRST}'
    ),
    others as (
        select w.platform, w.order_id, w.source_file, any_value(w.source_row) as source_row,
            any_value(w.ids) as ids, min(k.value) as value, count(distinct k.value) as lines,
            bool_or(k.value = '{FIRST}') as has_first,
            min((k.source_file, k.source_row)) as other
        from whole as w inner join known as k
            on w.platform is not distinct from k.platform and w.order_id = k.order_id
            and w.source_file <> k.source_file
        where k.product_id is not null
        group by w.platform, w.order_id, w.source_file
    )
"""


def clashes(store: Store, table: TableSpec, campaign: str) -> Iterator[LiveReviewError]:
    """Yield a problem for what the ids would merge or count twice though they should not."""
    if table.name == "sessions":
        yield from _platforms(store, campaign)
    elif table.name == "orders" and _schemes(store, campaign) > 1:
        yield from _wholes(store, campaign)


def _platforms(store: Store, campaign: str) -> Iterator[LiveReviewError]:
    found = store.execute(
        """
        with places as (
            select session_id, platform, min((source_file, source_row)) as place
            from raw.sessions where campaign = $campaign and platform is not null
            group by session_id, platform
        )
        select session_id, list(platform order by place), list(place[1] order by place),
            list(place[2] order by place)
        from places group by session_id having count(*) > 1 order by session_id
        """,
        {"campaign": campaign},
    )
    for session, platforms, files, rows in found[:_TOLD]:
        shown = shortened(session)
        places = " and ".join(
            f"on {shortened(platform)} in {file} row {row}"
            for platform, file, row in zip(platforms, files, rows, strict=True)
        )
        yield ExportError(
            f'session "{shown}" is {places}{_more(len(found), "sessions")}',
            f'if these are different sessions, give them different ids, such as "{platforms[-1]}-'
            f'{shown}", in every file; if it is one, write the same platform',
        )


def _wholes(store: Store, campaign: str) -> Iterator[LiveReviewError]:
    found = store.execute(
        f"{_ORDERS} select source_file, other[1], count(*), arg_min(order_id, source_row), "
        "min(source_row), arg_min(other[2], source_row) "
        "from others where lines > 1 and not has_first group by 1, 2 order by 1, 2",
        {"campaign": campaign},
    )
    for file, other, count, order, row, other_row in found[:_TOLD]:
        more = f", and so are {count - 1} more" if count > 1 else ""
        yield ExportError(
            f'order "{shortened(order)}" is told as a whole in {file} row {row} and by its '
            f"products in {other} row {other_row}{more}",
            "leave out one of the exports, or export both with product_id",
        )


def _more(count: int, things: str) -> str:
    return f" (and {count - _TOLD} more {things} like it)" if count > _TOLD else ""
