"""Whose job each step of the funnel is, and what to try there."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from livereview.model import Message, Role, text

if TYPE_CHECKING:
    from collections.abc import Mapping

OWNERS: Mapping[str, Role] = MappingProxyType(
    {
        "viewers": "operator",
        "product_impressions": "anchor",
        "product_clicks": "anchor",
        "buyers": "anchor",
    }
)


def at(step: str) -> Message:
    """Return what to try where a step loses."""
    match step:
        case "viewers":
            return text(
                "Test cover, title and the first seconds of the room, and check which traffic is "
                "bought for it."
            )
        case "product_impressions":
            return text(
                "Bring the first product up earlier, keep one pinned, and look where in the "
                "run-down viewers leave before they see one."
            )
        case "product_clicks":
            return text(
                "Say price, offer and the reason to look in one sentence while the product is "
                "shown; put the products that are opened most first."
            )
        case _:
            return text(
                "Walk the way from the opened product to payment: price against what the room "
                "promised, stock, coupons, steps and errors at payment."
            )
