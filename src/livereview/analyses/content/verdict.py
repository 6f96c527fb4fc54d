"""The rules by which a type is to be scaled, kept, fixed or stopped.

A type is above or below its slots only beyond chance, by an amount that matters, and where the
same anchors' other content does not say the contrary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from livereview.model import Term

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from livereview.analysis import Limits
    from livereview.model import Grade

    Row: TypeAlias = Mapping[str, Any]

Verdict: TypeAlias = Literal["scale", "keep", "fix", "stop", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One type: its totals, its comparison with its slots, and what the rules make of them."""

    total: Row
    fair: Row
    limits: Limits

    @property
    def name(self) -> str:
        """The content type."""
        return str(self.fair["content_type"])

    @property
    def called(self) -> Term:
        """The type as it is shown."""
        return Term(self.name, "content_type")

    @property
    def grade(self) -> Grade:
        """How sure it is that a lift is the content's: not where anchor or tier go with it."""
        return "estimate" if self.is_separable else "hypothesis"

    @property
    def is_certain(self) -> bool:
        """Whether its lift is beyond chance among all types and large enough to matter."""
        p, lift = self.fair["p_adjusted"], self.fair["lift_rel"]
        low, high = self.fair["low"], self.fair["high"]
        return (
            p is not None
            and p < self.limits["alpha"]
            and abs(lift) >= self.limits["lift"]
            and not low <= 0 <= high
        )

    @property
    def is_contradicted(self) -> bool:
        """Whether the same anchors did not move that way with it."""
        inside = self.fair["within_lift"]
        return inside is not None and inside * self.fair["lift_rel"] <= 0

    @property
    def is_open(self) -> bool:
        """Whether the same anchors may have made nothing more or less with it."""
        low, high = self.fair["within_low"], self.fair["within_high"]
        return low is not None and bool(low <= 0 <= high)

    @property
    def confirmed(self) -> float:
        """What the same anchors leave of the GMV it made, all of it where they bear it out."""
        inside, lift = self.fair["within_lift"], self.fair["lift_rel"]
        if not self.is_open or lift is None or lift <= -1:
            return 1.0
        return min(1.0, float((1 + inside) / (1 + lift)))

    @property
    def is_above(self) -> bool:
        """Whether it sells more than other content in its slots."""
        return self.is_certain and self.fair["low"] > 0 and not self.is_contradicted

    @property
    def is_below(self) -> bool:
        """Whether it sells less than other content in its slots."""
        return self.is_certain and self.fair["high"] < 0 and not self.is_contradicted

    @property
    def loses(self) -> bool:
        """Whether it costs more than it earns, where nearly all of it is known."""
        left, known = self.total["contribution"], self.total["known_share"]
        return (
            self._is_enough and left is not None and left < 0 and known >= self.limits["complete"]
        )

    @property
    def misses(self) -> bool:
        """Whether it is far from a target of its own."""
        return self._is_enough and self.total["status"] == "act"

    @property
    def earns_less(self) -> bool:
        """Whether less of it is left per hour than of other content in the same slots."""
        return self.fair["contribution_gap"] is not None and self.fair["contribution_gap"] <= 0

    @property
    def is_flattered(self) -> bool:
        """Whether it looks better per hour than it is in its slots."""
        return self._misleads(1) and not self.is_above

    @property
    def is_belittled(self) -> bool:
        """Whether it looks worse per hour than it is in its slots."""
        return self._misleads(-1) and not self.is_below

    @property
    def is_separable(self) -> bool:
        """Whether content can be told from anchor and tier."""
        crossed, known = self.fair["crossed_share"], self.fair["known_tier"]
        return bool(
            (crossed or 0.0) >= self.limits["crossed_share"]
            and (known or 0.0) >= self.limits["complete"]
        )

    @property
    def verdict(self) -> Verdict:
        """What to do with it; `none` where there is not enough to go by."""
        if self.is_below:
            unknown = self.total["contribution"] is None
            far = self.fair["high"] <= -self.limits["stop_lift"]
            return "stop" if self.loses or (unknown and far) else "fix"
        if self.loses or self.misses:
            return "fix"
        if self.fair["reason"] is not None:
            return "none"
        return "scale" if self.is_above and not self.earns_less else "keep"

    def _misleads(self, sign: int) -> bool:
        """Whether no more than half of a raw lead (1) or lag (-1) is left in its slots."""
        raw, lift = self.fair["raw_lift"], self.fair["lift_rel"]
        if self.fair["reason"] is not None or raw is None:
            return False
        return bool(sign * raw >= self.limits["raw_lead"] and sign * lift <= sign * raw / 2)

    @property
    def _is_enough(self) -> bool:
        return bool(self.total["sessions"] >= self.limits["min_sessions"])


def standings(adjusted: pl.DataFrame, by_type: pl.DataFrame, limits: Limits) -> list[Standing]:
    """Return every type that is compared, in the order of `adjusted`."""
    totals = {row["content_type"]: row for row in by_type.iter_rows(named=True)}
    return [
        Standing(total=totals[row["content_type"]], fair=row, limits=limits)
        for row in adjusted.iter_rows(named=True)
    ]
