"""The one door to DuckDB: create, open, scope, frame.

Ingest and scope write in transactions; analyses read through a connection that is read-only and
sees no file but the registered event logs.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from livereview import stats
from livereview.errors import LiveReviewError, RenderError, StoreError, StoreInUse
from livereview.model import Phase
from livereview.schema import ddl, tables

if TYPE_CHECKING:
    from datetime import date, datetime

    import polars as pl

# Files stay readable by DuckDB 1.2 and later shells.
_STORAGE = "v1.2.0"
_CHUNK = 500
# While a store is filled; what does not fit is set aside on disk beside it.
_FILLING_MEMORY = "1GB"
_MAGIC = b"DUCK"
FUNNEL_STEPS = (
    "impression",
    "enter",
    "product_impression",
    "product_click",
    "add_to_cart",
    "order",
    "pay",
)
_SCOPE = ("scope", "phases", "targets", "benchmarks", "assumptions", "anchor_tiers", "coverage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target after precedence; `direction` up or down."""

    metric: str
    scope_type: str
    scope: str | None
    day: date | None
    direction: str
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A value from outside to compare with; `scope` is None or `dimension=member`."""

    metric: str
    scope: str | None
    value: float
    n: int | None
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A figure that the business sets: `gross_margin` of a category, `tier_mix` of a tier.

    `member` is None where the figure holds for all of them.
    """

    name: str
    member: str | None
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The window of a campaign to compare with, as far as it is known."""

    name: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    phases: tuple[Phase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One campaign's window and conventions; start and end are None when the data decides."""

    campaign: str
    name: str
    start: datetime | None = None
    end: datetime | None = None
    phases: tuple[Phase, ...] = ()
    cutoff_minutes: int = 360
    min_session_s: float = 900.0
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    gmv_level: str = "gross"
    source_gmv_level: str = "gross"
    tier_by: str = "gmv_share"
    tier_cuts: tuple[float, float] = (0.5, 0.8)
    orders_sample: float | None = None
    events_sample: float | None = None
    funnel_steps: tuple[str, ...] = FUNNEL_STEPS
    funnel_window_minutes: float = 30.0
    as_of: datetime | None = None


@dataclass(slots=True)
class Store:
    """An open store. Use `create` or `open`; it is a context manager."""

    path: Path
    _connection: duckdb.DuckDBPyConnection = field(repr=False)
    _depth: int = 0

    @classmethod
    def holds(cls, path: Path) -> bool:
        """Whether a file may be replaced by a store: it is one, a damaged one, or empty.

        Raises:
            StoreInUse: another process has it open, so nobody can tell whose it is.
        """
        if _is_blank(path):
            return True
        if not _is_database(path):
            return False
        try:
            with cls(path, _connect(path, read_only=True)) as store:
                return store._is_ours()
        except StoreInUse:
            raise
        except StoreError:
            return True  # a DuckDB file that cannot be opened any more

    def _is_ours(self) -> bool:
        try:
            self.execute("select 1 from main.scope, raw.sources, raw.sessions limit 0")
        except StoreError:
            return not self.execute("select 1 from duckdb_tables() limit 1")
        return True

    @classmethod
    def create(
        cls, path: Path, *, memory_limit: str | None = None, threads: int | None = None
    ) -> Store:
        """Open the store for writing and lay out its tables if they are not there yet.

        Without a `memory_limit` it is 1 GB: larger exports take longer, not more memory.

        Raises:
            StoreError: the file cannot be written, is in use, or is not a store.
        """
        foreign = StoreError(
            f"{path}: it is not a livereview store, so nothing was written to it",
            "name another file with --store",
        )
        if not (_is_blank(path) or _is_database(path)):
            raise foreign
        store = cls(path, _connect(path, read_only=False))
        if not store._is_ours():
            # Closing would write what a crash of its owner left in the log beside it.
            store.execute("pragma disable_checkpoint_on_shutdown")
            store.close()
            raise foreign
        store._limit(memory_limit or _FILLING_MEMORY, threads)
        with store.transaction():
            store._lay_out("ground", ddl.ground())
        return store

    def _lay_out(self, part: str, statements: Sequence[str], *, upon: Sequence[str] = ()) -> None:
        """Run the statements of a part of the store, unless the very same made it as it is.

        `upon` are the statements of what the part is made upon.
        """
        key = "\0".join((duckdb.__version__, *upon, *statements))
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        self.execute("create table if not exists main.layout (part varchar, digest varchar)")
        if self.execute("from main.layout where part = ? and digest = ?", [part, digest]):
            return
        self.execute(";\n".join(statements))
        self.execute("delete from main.layout where part = ?", [part])
        self.execute("insert into main.layout values (?, ?)", [part, digest])

    @classmethod
    def open(
        cls, path: Path, *, memory_limit: str | None = None, threads: int | None = None
    ) -> Store:
        """Open an existing store to analyse it: read-only, closed to every other file.

        Raises:
            StoreError: there is no such file, it is in use, or it is not a store.
        """
        if not path.is_file():
            raise StoreError(f"{path}: there is no such store", "run `livereview ingest` first")
        store = cls(path, _connect(path, read_only=True))
        with _translated(path):
            store._limit(memory_limit, threads)
            logs = [row[0] for row in store.execute("select path from raw.event_logs")]
            allowed = ", ".join(ddl.literal(log) for log in logs)
            store.execute(f"set allowed_paths = [{allowed}]")
            store.execute("set enable_external_access = false")
            store.execute("set lock_configuration = true")
        return store

    def _limit(self, memory_limit: str | None, threads: int | None) -> None:
        if memory_limit is not None:
            self.execute(f"set memory_limit = {ddl.literal(memory_limit)}")
        if threads is not None:
            self.execute(f"set threads = {int(threads)}")

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was committed is on disk."""
        self._connection.close()

    def execute(
        self, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        with _translated(self.path):
            result = self._connection.execute(sql, params)
            return result.fetchall() if result.description else []

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Append a few hundred rows to a table."""
        for chunk in (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)):
            row = f"({', '.join('?' for _ in chunk[0])})"
            self.execute(
                f"insert into {table} values {', '.join(row for _ in chunk)}",
                [cell for values in chunk for cell in values],
            )

    def frame(self, sql: str) -> pl.DataFrame:
        """Return the rows of one SELECT.

        Raises:
            StoreError: it failed, maybe because of a behaviour log, which is named then.
        """
        try:
            with _translated(self.path):
                rows: pl.DataFrame = self._connection.sql(sql).pl()
                return rows
        except StoreError as error:
            said = str(error.__cause__)
            for campaign in ddl.CAMPAIGNS:
                for log in self._logs(campaign):
                    if log[0] in said or not self._scans(*log):
                        raise StoreError(f"{log[0]}: {ddl.LOST}", ddl.LOST_HINT) from error
            raise

    def _scans(self, path: str, format_: str, mapping: Mapping[str, str]) -> bool:
        """Whether a behaviour log is still there with its columns.

        By a connection of its own, since a failure would spoil a transaction.
        """
        columns = ", ".join(map(ddl.name, mapping.values()))
        with self._connection.cursor() as cursor:
            try:
                cursor.execute(f"select {columns} from {ddl.log_reader(path, format_)} limit 0")
            except duckdb.Error:
                return False
        return True

    @classmethod
    def filled(cls, path: Path) -> str | None:
        """Return what `mark_filled` noted; None if nothing, or there is no such store."""
        try:
            with cls(path, _connect(path, read_only=True)) as store:
                rows = store.execute("select key from main.filled")
        except (StoreError, OSError):
            return None
        return rows[0][0] if rows else None

    def mark_filled(self, key: str | None) -> None:
        """Note what the store is filled from, None as soon as that is no longer all."""
        with self.transaction():
            self.execute("delete from main.filled")
            if key is not None:
                self.execute("insert into main.filled values (?)", [key])

    def reader(self) -> Store:
        """Return this store by a connection of its own, for another thread."""
        return Store(self.path, self._connection.cursor())

    def interrupt(self) -> None:
        """Stop what runs on this connection, from another thread."""
        self._connection.interrupt()

    def threads(self) -> int:
        """Return how many threads the database may use."""
        ((threads,),) = self.execute("select current_setting('threads')")
        return int(threads)

    def register(self, name: str, rows: object) -> None:
        """Let SQL read a polars or Arrow table under a name."""
        self._connection.register(name, rows)

    def unregister(self, name: str) -> None:
        """Forget a registered table."""
        self._connection.unregister(name)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: commit at the end, roll back on any exception; an inner one joins."""
        if self._depth:
            yield
            return
        self.execute("begin")
        self._depth = 1
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        finally:
            self._depth = 0
        self.execute("commit")

    @contextlib.contextmanager
    def beside(self, path: Path, campaign: str) -> Iterator[None]:
        """Attach another store, for `absorb`; not inside a transaction.

        Raises:
            StoreError: the file is not a store or is in use.
        """
        other = ddl.literal(str(path.absolute()))
        self.execute(f"attach {other} as {ddl.beside(campaign)} (read_only)")
        try:
            yield
        finally:
            self.execute(f"detach {ddl.beside(campaign)}")

    def absorb(self, campaign: str) -> Reference:
        """Take over what the store beside holds as its current campaign, as `campaign` here.

        Returns the window it had there.

        Raises:
            StoreError: it holds no campaign.
        """
        other = ddl.beside(campaign)
        for statement in ddl.absorb(campaign):
            self.execute(statement)
        rows = self.execute(
            f"select name, start_at, end_at from {other}.main.scope where campaign = 'current'"
        )
        if not rows:
            raise StoreError(
                f"{self.path}: the store to compare with holds no campaign", "analyze it first"
            )
        phases = self.execute(
            f"select phase, kind, start_at, end_at from {other}.main.phases "
            "where campaign = 'current' order by start_at"
        )
        name, start, end = rows[0]
        return Reference(
            name=name,
            start=start,
            end=end,
            phases=tuple(Phase(name=n, kind=k, start=s, end=e) for n, k, s, e in phases),
        )

    def scope(
        self,
        windows: Sequence[Window],
        targets: Sequence[Target],
        benchmarks: Sequence[Benchmark] = (),
        assumptions: Sequence[Assumption] = (),
    ) -> None:
        """Write windows, phases, tiers, targets and coverage, and make the scoped views.

        Windows without dates take the span of their sessions' business days.
        """
        with self.transaction():
            for table in _SCOPE:
                self.execute(f"delete from main.{table}")
            held: set[tuple[str, str]] = {(t, c) for t, c in self.execute(ddl.held())}
            for window in windows:
                if window.start is not None or ("sessions", window.campaign) in held:
                    self._write_window(window)
            self.insert(
                "main.phases",
                [(w.campaign, p.name, p.kind, p.start, p.end) for w in windows for p in w.phases],
            )
            self.insert(
                "main.targets",
                [(t.metric, t.scope_type, t.scope, t.day, t.direction, t.target) for t in targets],
            )
            self.insert(
                "main.benchmarks", [(b.metric, b.scope, b.value, b.n, b.source) for b in benchmarks]
            )
            self.insert("main.assumptions", [(a.name, a.member, a.value) for a in assumptions])
            counted = ddl.create_counted_sessions()
            self.execute(counted)
            logs = [
                ddl.create_event_view(
                    [
                        (path, format_ if self._scans(path, format_, mapping) else "lost", mapping)
                        for path, format_, mapping in self._logs(campaign)
                    ],
                    campaign,
                )
                for campaign in ddl.CAMPAIGNS
            ]
            views = (*ddl.create_scoped_views(), *logs)
            self._lay_out("views", views, upon=(*ddl.ground(), counted))
            live = {row[0] for row in self.execute("select campaign from main.scope")}
            for window in windows:
                if window.campaign in live:
                    self._write_tiers(window)
            self.execute(ddl.fill_tiers())
            self.execute("delete from main.marker_windows")
            if self.execute("select 1 from markers limit 1"):
                self.execute(ddl.fill_marker_windows())
            for campaign in sorted(live):
                self._write_coverage(campaign, {t for t, c in held if c == campaign})

    def refresh(self, targets: Sequence[Target]) -> None:
        """Set the scope again as it is held, because rows have changed; nothing without a scope.

        `targets` are those of the files; they go before the held ones of the same key.
        """
        windows = self._held_windows()
        if not windows:
            return
        held = [
            Target(metric=m, scope_type=t, scope=s, day=d, direction=w, target=v)
            for m, t, s, d, w, v in self.execute("from main.targets")
        ]
        merged = {(t.metric, t.scope_type, t.scope, t.day): t for t in (*held, *targets)}
        benchmarks = [
            Benchmark(metric=m, scope=s, value=v, n=n, source=o)
            for m, s, v, n, o in self.execute("from main.benchmarks")
        ]
        assumptions = [
            Assumption(name=n, member=m, value=v)
            for n, m, v in self.execute("from main.assumptions")
        ]
        self.scope(windows, list(merged.values()), benchmarks, assumptions)

    def _held_windows(self) -> list[Window]:
        rows = self.execute(
            """
            select
                campaign, name,
                case when not start_assumed then start_at end,
                case when not end_assumed then end_at end,
                cutoff_minutes, min_session_s, currency, timezone, gmv_level, source_gmv_level,
                tier_by, tier_cuts, orders_sample, events_sample, as_of,
                funnel_steps, funnel_window_minutes
            from main.scope
            """
        )
        phases: dict[str, list[Phase]] = {}
        for campaign, phase, kind, start, end in self.execute("from main.phases order by start_at"):
            held = Phase(name=phase, kind=kind, start=start, end=end)
            phases.setdefault(campaign, []).append(held)
        return [
            Window(
                campaign=row[0],
                name=row[1],
                start=row[2],
                end=row[3],
                phases=tuple(phases.get(row[0], ())),
                cutoff_minutes=row[4],
                min_session_s=row[5],
                currency=row[6],
                timezone=row[7],
                gmv_level=row[8],
                source_gmv_level=row[9],
                tier_by=row[10],
                tier_cuts=(row[11][0], row[11][1]),
                orders_sample=row[12],
                events_sample=row[13],
                as_of=row[14],
                funnel_steps=tuple(row[15]),
                funnel_window_minutes=row[16],
            )
            for row in rows
        ]

    def _logs(self, campaign: str) -> list[tuple[str, str, dict[str, str]]]:
        rows = self.execute(
            "select path, format, columns from raw.event_logs where campaign = ? order by path",
            [campaign],
        )
        return [
            (path, format_, dict(pair.split("=", 1) for pair in columns))
            for path, format_, columns in rows
        ]

    def _begun(self) -> datetime | None:
        """Return when the current campaign began, once its window is written."""
        rows = self.execute("select start_at from main.scope where campaign = 'current'")
        return rows[0][0] if rows else None

    def _write_window(self, w: Window) -> None:
        self.execute(
            """
            insert into main.scope
            with span as (
                select
                    coalesce($start, min((start_at - to_minutes($cutoff))::date)
                        + to_minutes($cutoff)) as start_at,
                    coalesce($end, max((start_at - to_minutes($cutoff))::date) + interval 1 day
                        + to_minutes($cutoff)) as end_at,
                    max(exported_at) as exported_at
                from clean.sessions as s where campaign = $campaign
                    -- Exports of the campaign before may reach into this one.
                    and ($campaign = 'current' or start_at < $begun or not exists (
                        from clean.sessions as p
                        where p.campaign = $campaign and p.start_at < $begun
                    ))
            )
            select
                $campaign, $name, start_at, end_at,
                (start_at - to_minutes($cutoff))::date,
                date_diff('day', (start_at - to_minutes($cutoff))::date,
                    (end_at - to_minutes($cutoff) - interval 1 microsecond)::date) + 1,
                $cutoff, $min_session_s, $currency, $timezone, $gmv_level, $source_gmv_level,
                $tier_by, $orders_sample, $events_sample, $as_of,
                -- Files that do not say when they were exported stand at the campaign's end.
                case when coalesce(exported_at, $as_of) > end_at
                    then date_diff('day', end_at, coalesce(exported_at, $as_of)) end,
                $start is null, $end is null, $tier_cuts, $funnel_steps, $funnel_window_minutes
            from span where start_at is not null
            """,
            {
                "campaign": w.campaign,
                "name": w.name,
                "start": w.start,
                "end": w.end,
                "begun": self._begun(),
                "cutoff": w.cutoff_minutes,
                "min_session_s": w.min_session_s,
                "currency": w.currency,
                "timezone": w.timezone,
                "gmv_level": w.gmv_level,
                "source_gmv_level": w.source_gmv_level,
                "tier_by": w.tier_by,
                "orders_sample": w.orders_sample,
                "events_sample": w.events_sample,
                "as_of": w.as_of,
                "tier_cuts": list(w.tier_cuts),
                "funnel_steps": list(w.funnel_steps),
                "funnel_window_minutes": w.funnel_window_minutes,
            },
        )

    def _write_tiers(self, w: Window) -> None:
        """Give every anchor that went live its tier by the configured rule."""
        sessions = ddl.view_name("sessions", w.campaign)
        anchors = ddl.view_name("anchors", w.campaign)
        measure = {
            "session_gmv": "sum(gmv) / count(gmv)",
            "followers": "any_value(followers)",
        }.get(w.tier_by, "sum(gmv)")
        totals = (
            f"select s.anchor_id, ({measure})::double as measure, any_value(a.tier) as given "
            f"from {sessions} as s left join {anchors} as a on s.anchor_id = a.anchor_id "
            "where s.anchor_id is not null group by s.anchor_id order by s.anchor_id"
        )
        rows = self.execute(totals)
        tiers = stats.tiers.assign(
            {anchor: measure for anchor, measure, _ in rows},
            {anchor: given for anchor, _, given in rows},
            by=w.tier_by,
            cuts=w.tier_cuts,
        )
        self.insert(
            "main.anchor_tiers", [(w.campaign, anchor, tier) for anchor, tier in tiers.items()]
        )

    def _write_coverage(self, campaign: str, held: set[str]) -> None:
        """Count rows and filled cells of every clean table that is held, one pass a table."""
        for table in tables().values():
            if table.name == "targets":
                continue
            view = ddl.view_name(table.name, campaign)
            if table.name == "events":
                self._write_log_coverage(campaign)
                continue
            if table.name not in held:
                continue
            columns = list(table.columns)
            if table.name == "sessions":
                columns += ["gmv", "gmv_net", "phase", "tier", "host_type"]
            counts = ", ".join(f"count({ddl.name(column)})" for column in columns)
            (row,) = self.execute(f"select count(*), {counts} from {view}")
            if row[0]:
                self.insert(
                    "main.coverage",
                    [
                        (campaign, table.name, column, row[0], filled)
                        for column, filled in zip(columns, row[1:], strict=True)
                    ],
                )

    def _write_log_coverage(self, campaign: str) -> None:
        """Count the log's rows and columns, without reading what is scanned in place.

        That may be billions of rows; a column it has counts as filled.
        """
        scanned = {column for _, _, mapping in self._logs(campaign) for column in mapping}
        columns = list(tables()["events"].columns)
        counts = ", ".join(f"count({ddl.name(column)})" for column in columns)
        (loaded,) = self.execute(
            f"select count(*), {counts} from clean.{ddl.LOADED_EVENTS} where campaign = ?",
            [campaign],
        )
        ((told,),) = self.execute(
            'select coalesce(sum("rows"), 0)::bigint from raw.sources '
            "where table_name = 'events' and campaign = ?",
            [campaign],
        )
        in_place = max(told - loaded[0], 0) if scanned else 0
        self.insert(
            "main.coverage",
            [
                (campaign, "events", column, loaded[0] + in_place, filled)
                for column, held in zip(columns, loaded[1:], strict=True)
                if (filled := held + (in_place if column in scanned else 0))
            ],
        )

    def available(self, campaign: str = "current") -> set[str]:
        """Return `table` and `table.column` names that have at least one value."""
        rows = self.execute(
            "select table_name, column_name from main.coverage where campaign = ? and filled > 0",
            [campaign],
        )
        names = {f"{table}.{column}" for table, column in rows} | {table for table, _ in rows}
        if campaign == "current":
            ((targets, scopes),) = self.execute("select count(*), count(scope) from main.targets")
            names |= {"targets"} if targets else set()
            names |= {"targets.scope"} if scopes else set()
            held = self.execute("select distinct name from main.assumptions")
            names |= {f"assumptions.{name}" for (name,) in held}
        return names


def _is_blank(path: Path) -> bool:
    return not path.exists() or (path.is_file() and path.stat().st_size == 0)


def _is_database(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(12)[8:] == _MAGIC


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = {"autoinstall_known_extensions": False}
    if not read_only:
        config["storage_compatibility_version"] = _STORAGE
    with _translated(path):
        # absolute, since DuckDB reads a leading ~ as the home folder
        return duckdb.connect(str(path.absolute()), read_only=read_only, config=config)


_DAMAGED = (
    "corrupt",
    "could not read enough",
    "not a valid duckdb",
    "magic bytes",
    "serialization",
)


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Say DuckDB's errors in our terms; the only seam where they are caught."""
    shown = _shown(path)
    try:
        yield
    except (duckdb.InterruptException, RuntimeError) as error:
        if "interrupt" in str(error).lower():  # how Ctrl-C comes out of a running query
            raise KeyboardInterrupt from error
        raise
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            f"{shown}: the database ran out of memory", "give it more with --memory-limit"
        ) from error
    except duckdb.Error as error:
        raise _explained(shown, str(error).strip()) from error


def _explained(shown: str, said: str) -> LiveReviewError:
    lower = said.lower()
    if "set lock" in lower or "conflicting lock" in lower:
        return StoreInUse(f"{shown}: the store is in use by another process", "run again later")
    if "unique file handle conflict" in lower:
        return StoreError(
            f"{shown}: the store is compared with itself", "name another campaign as previous"
        )
    if "no space left" in lower:
        return RenderError(f"{shown}: the disk is full", "free some space and run again")
    if any(word in lower for word in _DAMAGED):
        return StoreError(
            f"{shown}: the store is damaged, or is no store",
            "build it anew from the exports with --force",
        )
    return StoreError(f"{shown}: {said.splitlines()[0]}", "run with --debug for details")


def _shown(path: Path) -> str:
    """Return the name of a store; a draft is shown by the name it is going to have."""
    name = path.name
    if name.startswith(".") and name.endswith(".part"):
        name = name.removesuffix(".part").rpartition(".")[0].removeprefix(".")
    return str(path.with_name(name))


def statements(sql: str) -> list[tuple[str, set[str]]]:
    """Return (type, parameter names) of each statement of a SQL text, without running it."""
    with duckdb.connect() as connection:
        return [
            (statement.type.name, set(statement.named_parameters))
            for statement in connection.extract_statements(sql)
        ]
