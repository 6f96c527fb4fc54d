"""How much the orders tell of what was sold, and so how far their figures can be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from livereview.model import Grade, Message, share, text

if TYPE_CHECKING:
    import polars as pl

_COMPLETE = 0.95  # coverage from which figures of orders are no sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the orders supplied cover.

    Attributes:
        coverage: the declared sample by user, else orders over the sessions' GMV; None unknown or
            beyond the whole.
        identified: part of the net paid that has a known buyer; None without money, or if it is
            no part.
    """

    grade: Grade
    coverage: float | None
    identified: float | None

    @classmethod
    def of(cls, rows: pl.DataFrame) -> Self:
        """Read the one row of the basis; an empty one tells nothing."""
        row = rows.row(0, named=True) if rows.height else {}
        sample, covered = row.get("orders_sample"), row.get("orders_coverage")
        covers = covered if sample is None else sample
        whole = (sample is None or sample >= _COMPLETE) and (covered or 0) >= _COMPLETE
        known = row.get("identified_share")
        return cls(
            grade="fact" if whole and (known or 0) >= _COMPLETE else "estimate",
            coverage=covers if covers is not None and 0 <= covers <= 1 else None,
            identified=known if known is not None and 0 <= known <= 1 else None,
        )

    def said(self) -> Message | None:
        """Return what the figures come from, None where it is all that was sold."""
        if self.grade == "fact":
            return None
        if self.coverage is None:
            return text("How much of what was sold these orders cover is not known.")
        if self.identified is not None and self.identified < _COMPLETE:
            return text(
                "From orders that cover {sample}; {known} of their net paid has a known buyer.",
                sample=share(self.coverage),
                known=share(self.identified),
            )
        return text("From orders that cover {sample}, not grossed up.", sample=share(self.coverage))
