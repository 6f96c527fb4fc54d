"""The risks under watch, each with its measure, its owner, and the data it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from livereview.model import Role

    Measured = Literal["share", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """One risk.

    Attributes:
        id: its name in the register.
        measure: the figure that tells of it; less is better. `<measure>_watch` and
            `<measure>_act` are its limits, where it has any.
        owner: whose job it is.
        needs: the data without which it cannot be measured.
        least: the limit that says how many `n` a verdict takes.
        of_sessions: worked out from sessions, so that their gaps make it an estimate.
        is_complete: the rows supplied are all there are; else it is an estimate.
        ages: refunds make it rise for weeks after a campaign.
        of_parts: the share of the largest of `n` parts.
    """

    id: str
    measure: str
    owner: Role
    needs: str
    unit: Measured = "share"
    least: str | None = None
    of_sessions: bool = False
    is_complete: bool = True
    ages: bool = False
    of_parts: bool = False


RISKS = (
    Risk(
        id="refunds",
        measure="refund_rate",
        owner="merchandiser",
        needs="sessions.refund_amount",
        of_sessions=True,
        ages=True,
    ),
    Risk(
        id="quality_returns",
        measure="quality_return_rate",
        owner="merchandiser",
        needs="orders.refund_reason",
        least="min_orders",
        is_complete=False,
        ages=True,
    ),
    Risk(
        id="complaints",
        measure="unresolved_share",
        owner="customer_service",
        needs="support.resolved",
        least="min_tickets",
        is_complete=False,
    ),
    Risk(
        id="dissatisfaction",
        measure="negative_share",
        owner="customer_service",
        needs="feedback.score",
        least="min_opinions",
        is_complete=False,
    ),
    Risk(
        id="negative_feedback",
        measure="negative_feedback_per_1000",
        owner="operator",
        needs="sessions.negative_feedback_pv",
        unit="number",
        least="min_sessions",
        of_sessions=True,
    ),
    Risk(
        id="violations",
        measure="violations_per_100",
        owner="operator",
        needs="sessions.violations",
        unit="number",
        least="min_sessions",
        of_sessions=True,
    ),
    Risk(
        id="ad_dependency",
        measure="ad_dependency",
        owner="ads",
        needs="traffic.is_paid",
        of_sessions=True,
    ),
    Risk(
        id="anchor_concentration",
        measure="cr1",
        owner="operator",
        needs="sessions.anchor_id",
        least="min_anchors",
        of_parts=True,
    ),
    Risk(
        id="sku_concentration",
        measure="largest_product_share",
        owner="merchandiser",
        needs="session_products.gmv",
        least="min_products",
        of_parts=True,
    ),
    Risk(
        id="stockouts",
        measure="stockout_gmv_share",
        owner="merchandiser",
        needs="session_products.stockout_at",
    ),
    Risk(
        id="stalls",
        measure="worst_stall_ratio",
        owner="tech",
        needs="stream_quality.stall_ratio",
        is_complete=False,
    ),
    Risk(
        id="data_quality",
        measure="incomplete_share",
        owner="analyst",
        needs="sessions.gmv",
    ),
)
