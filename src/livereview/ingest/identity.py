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
_APART = 1.2  # of two figures of one session the later may be higher, but not by so much
_HOURS_APART = 1
_ACCOUNTS = 'say whose they are: `[sources.accounts] "{file}" = "..."`'


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
    """Return the query of the ids that sessions take from a row of another file."""
    return f"""
        {_SESSIONS}
        select id, min(session_id) as value from likeliest
        group by id having min(session_id) = max(session_id)
    """


# The other row says more of the session (a stated id, its account, the second it began, its title)
# and contradicts nothing. Of several that fit, those with the same GMV or title are likelier.
_SESSIONS = f"""
    with own as (
        select rowid as id, session_id, platform, account_name, start_at, title, gmv_gross,
            source_file, source_row, nullif(account_id, {literal(UNKNOWN_ACCOUNT)}) as account_id,
            date_trunc('minute', start_at) as minute, session_id = {SESSION_ID} as is_made,
            (session_id <> {SESSION_ID})::integer * 8
            + (account_id <> {literal(UNKNOWN_ACCOUNT)})::integer * 4
            + (second(start_at) > 0)::integer * 2 + (title is not null)::integer as told
        from raw.sessions where campaign = $campaign
    ),
    pairs as (
        select o.id, o.source_file, o.source_row, s.session_id, s.told,
            coalesce(o.gmv_gross = s.gmv_gross, false)
            or coalesce(o.title = s.title, false) as is_alike
        from own as o inner join own as s
            on o.platform is not distinct from s.platform and o.minute = s.minute
            and o.source_file <> s.source_file and s.told > o.told
        where o.is_made
            and coalesce(o.account_id = s.account_id, o.account_name = s.account_name, true)
            and (o.start_at = s.start_at or second(o.start_at) = 0 or second(s.start_at) = 0)
            and (
                coalesce(o.title = s.title, true)
                or (o.account_id = s.account_id and o.start_at = s.start_at)
            )
    ),
    fullest as (
        select * from pairs qualify told = max(told) over (partition by id)
    ),
    likeliest as (
        select * from fullest qualify is_alike or not bool_or(is_alike) over (partition by id)
    )
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
        yield from _undecided(store, campaign)
        yield from _merged_apart(store, campaign)
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


def _undecided(store: Store, campaign: str) -> Iterator[LiveReviewError]:
    """Yield a problem for sessions that may be any of several: to count them adds them twice."""
    rows = store.execute(
        f"""
        {_SESSIONS},
        open as (
            select id, any_value(source_file) as source_file, any_value(source_row) as source_row
            from likeliest group by id having count(distinct session_id) > 1
        )
        select source_file, count(*), min(source_row) from open group by all order by all
        """,
        {"campaign": campaign},
    )
    for file, count, row in rows[:_TOLD]:
        sessions = "a session" if count == 1 else f"{count} sessions"
        yield ExportError(
            f"{file}: {sessions}, first in row {row}, may each be one of several that other files "
            "tell: they begin in the same minute",
            _ACCOUNTS.format(file=file),
        )


def _merged_apart(store: Store, campaign: str) -> Iterator[LiveReviewError]:
    """Yield a problem for sessions that would become one though their money says they are not.

    They have the start in common and no account, or an id and not the start.
    """
    rows = store.execute(
        f"""
        with own as (
            select *, account_id = {literal(UNKNOWN_ACCOUNT)} and session_id = {SESSION_ID} as open
            from raw.sessions where campaign = $campaign
        ),
        apart as (
            select session_id, bool_or(open) as open, min((source_file, source_row)) as one,
                max((source_file, source_row)) as other
            from own
            group by session_id
            having count(distinct platform) < 2 and ((
                bool_or(open) and max(gmv_gross) > {_APART} * min(gmv_gross)
                and min(gmv_gross) >= 0
            ) or epoch(max(start_at) - min(start_at)) > {_HOURS_APART} * 3600)
        )
        select session_id, open, one[1], one[2], other[1], other[2]
        from apart order by one, session_id
        """,
        {"campaign": campaign},
    )
    for session, is_open, file, row, other, other_row in rows[:_TOLD]:
        more = _more(len(rows), "sessions")
        if is_open:
            yield ExportError(
                f"{file} row {row} and {other} row {other_row} begin at the same time without an "
                f"account and differ in GMV, so they are two sessions{more}",
                _ACCOUNTS.format(file=file),
            )
        else:
            yield ExportError(
                f'session "{shortened(session)}" begins at different times in {file} row {row} and '
                f"{other} row {other_row}{more}",
                "give different sessions different ids, in every file",
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
