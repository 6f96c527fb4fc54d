"""The behaviour log as counts: users of sessions by the steps they took, and their money.

The log may be a sample of users; GMV is that of the sessions it tells of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.funnel.counts import EVENTS, UNKNOWN, Basis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Row: TypeAlias = dict[str, Any]

OTHERS = "rest"
TIMES = "step users within_1 within_5 within_30 median_s previous_within_5 previous_median_s"
COVERAGE = "sessions sessions_total gmv gmv_share users viewers_uv sample declared_sample"
CAMPAIGNS = ("current", "previous")
_GROUP = ("dimension", "member", "platform", "cluster")
_ROOM = ("member", "platform", "cluster")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The steps asked for: those that the log has, in order, and those that never occur.

    `events`: all that occur in the log, by name.
    """

    steps: tuple[str, ...]
    absent: tuple[str, ...]
    events: tuple[str, ...]


def asked(log: pl.DataFrame) -> Asked:
    """Return the steps of the current log, from the rows of log.sql."""
    mine = log.filter(pl.col("campaign") == "current")
    rows = mine.filter(pl.col("dimension") == "step")
    known = rows.drop_nulls("step").sort("step")
    return Asked(
        steps=tuple(known["member"]),
        absent=tuple(rows.filter(pl.col("step").is_null())["member"]),
        events=tuple(mine.filter(pl.col("dimension") == "event")["member"].drop_nulls().sort()),
    )


def basis(log: pl.DataFrame, *, most: int) -> Iterator[Basis]:
    """Yield the counts of both logs as a basis of the funnel; none with fewer than two steps.

    A previous log that nobody went through from the first step to the last is no yardstick.

    Args:
        log: the rows of log.sql.
        most: members of a dimension to tell apart; the smaller ones are taken together.
    """
    steps = asked(log).steps
    if len(steps) < 2:
        return
    columns = tuple(str(number) for number in range(1, len(steps) + 1))
    users = _reached(log, columns)
    sizes = (
        users.filter(pl.col("campaign") == "current")
        .group_by("dimension", "member")
        .agg(pl.col(columns[0]).sum().alias("size"))
        .sort("dimension", "size", "member", descending=(False, True, False))
    )
    kept = sizes.filter(pl.int_range(pl.len()).over("dimension") < most).drop("size")
    kept = kept.with_columns(pl.lit(value=True).alias("kept"))
    users = users.join(kept, on=("dimension", "member"), how="left", maintain_order="left")
    named = pl.when(pl.col("kept") | (pl.col("dimension") == "tier")).then("member")
    users = users.with_columns(named.otherwise(pl.lit(OTHERS)).alias("member")).drop("kept")
    rooms = log.filter(pl.col("dimension") == "room")
    now = _priced(users, rooms, columns, "current")
    before = _priced(users, rooms, columns, "previous")
    whole = before.filter(pl.col("dimension") == "tier").select(columns).sum()
    yield Basis(
        name=EVENTS,
        steps=steps,
        columns=columns,
        now=now,
        before=before if before.height and all(count > 0 for count in whole.row(0)) else None,
    )


def _reached(log: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return how many took each step, from how many went how far at most."""
    users = log.filter(~pl.col("dimension").is_in(("step", "room", "event")))
    return (
        users.group_by("campaign", *_GROUP)
        .agg(
            pl.col("users").filter(pl.col("step") >= number).sum().alias(name)
            for number, name in enumerate(columns, 1)
        )
        .sort("campaign", *_GROUP)
    )


def _priced(
    users: pl.DataFrame, rooms: pl.DataFrame, columns: Sequence[str], campaign: str
) -> pl.DataFrame:
    """Return one campaign's counts with the GMV of their sessions.

    Platforms and tiers have the GMV of their own sessions. Of the other groups only the users are
    known: everyone at the last step counts the same.
    """
    last = pl.col(columns[-1])
    mine = users.filter(pl.col("campaign") == campaign).drop("campaign")
    here = rooms.filter(pl.col("campaign") == campaign).select(*_ROOM, "sessions", "gmv")
    tiers = mine.filter(pl.col("dimension") == "tier").join(
        here, on=list(_ROOM), how="full", coalesce=True
    )
    tiers = tiers.with_columns(
        pl.col("dimension").fill_null("tier"), pl.col(*columns, "sessions").fill_null(0)
    ).with_columns(pl.when(pl.col("gmv").is_not_null()).then(last).alias("priced_users"))
    payers, gmv = tiers.select(pl.col("priced_users").sum(), pl.col("gmv").sum()).row(0)
    each = gmv / payers if payers else None
    others = mine.filter(pl.col("dimension") != "tier").with_columns(
        pl.lit(0, pl.Int64).alias("sessions"),
        (last * pl.lit(each, pl.Float64)).alias("gmv"),
        last.alias("priced_users"),
    )
    platforms = tiers.with_columns(
        pl.lit("platform").alias("dimension"), pl.col("platform").alias("member")
    )
    kept = [*_GROUP, "sessions", *columns, "priced_users", "gmv"]
    rows = pl.concat([part.select(kept) for part in (platforms, tiers, others)])
    return rows.with_columns(pl.col("member", "cluster").fill_null(UNKNOWN)).sort(_GROUP)


def times(log: pl.DataFrame, steps: Sequence[Row]) -> list[Row]:
    """Return how long those who took a step needed for it, a row per step but the first.

    Args:
        log: the rows of log.sql.
        steps: the rows of the funnel on the log, in order.
    """
    known = {
        (row["campaign"], row["member"]): row
        for row in log.filter(pl.col("dimension") == "step").iter_rows(named=True)
    }
    found = []
    for row in steps[1:]:
        now, before = (known.get((campaign, row["step"]), {}) for campaign in CAMPAIGNS)
        found.append(
            {
                "step": row["step"],
                "users": row["users"],
                "within_1": _share(now, "within_1"),
                "within_5": _share(now, "within_5"),
                "within_30": _share(now, "within_30"),
                "median_s": now.get("median_s"),
                "previous_within_5": _share(before, "within_5"),
                "previous_median_s": before.get("median_s"),
            }
        )
    return found


def _share(row: Row, name: str) -> float | None:
    return row[name] / row["users"] if row.get("users") else None


def coverage(log: pl.DataFrame, counts: pl.DataFrame, steps: Sequence[Row]) -> list[Row]:
    """Return what part of the campaign the log tells of, one row, none without a log.

    Args:
        log: the rows of log.sql.
        counts: the rows of counts.sql, for the sessions of the whole campaign.
        steps: the rows of the funnel on the log.
    """
    if not steps:
        return []
    mine = pl.col("campaign") == "current"
    rooms = log.filter(mine & (pl.col("dimension") == "room"))
    whole = counts.filter(mine & (pl.col("dimension") == "platform"))
    gmv, total = _sum(rooms, "gmv"), _sum(whole, "gmv")
    users = next((row["users"] for row in steps if row["step"] == "enter"), None)
    viewers = _sum(rooms, "viewers")
    return [
        {
            "sessions": rooms["sessions"].sum(),
            "sessions_total": whole["sessions"].sum(),
            "gmv": gmv,
            "gmv_share": _part(gmv, total),
            "users": users,
            "viewers_uv": viewers,
            "sample": _part(users, viewers),
            "declared_sample": log.filter(mine)["sample_share"].max(),
        }
    ]


def _part(part: float | None, whole: float | None) -> float | None:
    """Return a share; figures that are not part and whole, as they stand, have none."""
    if part is None or not whole:
        return None
    # The last digit of a sum of money may be off.
    share = round(part / whole, 12)
    return share if 0 <= share <= 1 else None


def _sum(rows: pl.DataFrame, column: str) -> Any:
    """Return the sum of what is known, None when nothing is."""
    known = rows[column].drop_nulls()
    return known.sum() if known.len() else None
