"""The campaign that the consoles export, read back from its canonical files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from generate.sessions import MONEY

Room = dict[str, Any]
TEXTS = ("session_id", "account_id", "brand")
MOMENTS = ("start_at", "end_at", "exported_at")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A campaign: its folder, its sessions by start, and what it knows of anchors and goods."""

    exports: Path
    rooms: list[Room]
    anchors: pl.DataFrame
    goods: pl.DataFrame

    def on(self, platform: str) -> list[Room]:
        """Return a platform's sessions."""
        return [room for room in self.rooms if room["platform"] == platform]

    @property
    def hosts(self) -> dict[str, str]:
        """Return whose each anchor is: own or influencer."""
        return dict(self.anchors.select("anchor_id", "host_type").iter_rows())

    def orders(self, platform: str) -> pl.DataFrame:
        """Return a platform's sampled order lines."""
        lines = pl.read_parquet(self.exports / "orders.parquet")
        return lines.filter(pl.col("platform") == platform)


def reference(campaign: Path) -> Reference:
    """Read a campaign's sessions, anchors and products; money as decimals."""
    exports = campaign / "exports"
    kinds = (
        dict.fromkeys(TEXTS, pl.String)
        | dict.fromkeys(MOMENTS, pl.Datetime("us"))
        | dict.fromkeys(MONEY, pl.Decimal(18, 2))
    )
    rooms = pl.read_csv(exports / "sessions.csv", schema_overrides=kinds)
    return Reference(
        exports=exports,
        rooms=rooms.sort("start_at", "account_id").to_dicts(),
        anchors=pl.read_csv(exports / "anchors.csv"),
        goods=pl.read_parquet(exports / "session_products.parquet"),
    )


def total(rooms: Iterable[Room], column: str) -> Any:
    """Return the sum of a column."""
    return sum(room[column] for room in rooms)


def cents(amount: Decimal) -> int:
    """Return an amount in cents."""
    return int(amount * 100)


def grouped(rooms: Iterable[Room], key: Callable[[Room], Any]) -> list[tuple[Any, list[Room]]]:
    """Return keys in their order, each with its rooms."""
    return [(value, list(group)) for value, group in groupby(sorted(rooms, key=key), key)]
