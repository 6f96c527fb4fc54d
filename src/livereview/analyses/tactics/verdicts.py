"""The comparisons of one tactic taken together: what they say as one, and which decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from livereview.analyses.tactics import pricing

if TYPE_CHECKING:
    import polars as pl

Row: TypeAlias = Mapping[str, Any]

_DECIDES = ("worse", "worked", "apart", "unclear", "unknown")
_ORDER = ("worked", "unpaid", "mixed", "worse", "apart", "unclear", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tactic:
    """A tactic with its comparisons.

    Attributes:
        verdict: that of the comparison that decides, `mixed` where one is better and one worse,
            `unpaid` where it is better and earned less than it cost.
        rows: the comparisons, the one that decides first.
    """

    name: str
    verdict: str
    rows: tuple[Row, ...]

    @property
    def lead(self) -> Row:
        """The comparison that decides."""
        return self.rows[0]

    def first(self, verdict: str) -> Row:
        """Return the weightiest comparison with this verdict."""
        return next(row for row in self.rows if row["verdict"] == verdict)


def read(lifts: pl.DataFrame) -> tuple[Tactic, ...]:
    """Return the tactics, those that worked first and those that cannot be judged last.

    Tactics of one verdict stand in the order of the frame, the largest lift first.
    """
    rows_of: dict[str, list[Row]] = {}
    for row in lifts.iter_rows(named=True):
        rows_of.setdefault(row["tactic"], []).append(row)
    tactics = (_tactic(name, rows) for name, rows in rows_of.items())
    return tuple(sorted(tactics, key=lambda one: _ORDER.index(one.verdict)))


def _tactic(name: str, rows: Sequence[Row]) -> Tactic:
    """Put first what is told from chance, then what has a price, then the smaller p."""
    ordered = sorted(
        rows,
        key=lambda row: (
            _DECIDES.index(row["verdict"]),
            row["worth"] is None,
            1.0 if row["p_adjusted"] is None else row["p_adjusted"],
        ),
    )
    mixed = {"worked", "worse"} <= {row["verdict"] for row in rows}
    verdict = (
        "mixed" if mixed else "unpaid" if pricing.unpaid(ordered[0]) else ordered[0]["verdict"]
    )
    return Tactic(name=name, verdict=verdict, rows=tuple(ordered))
