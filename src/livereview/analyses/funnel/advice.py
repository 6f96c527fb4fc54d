"""Whose job each step of the funnel is, and what to try there."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from livereview.model import Message, Role, text

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWNERS: Mapping[str, Role] = MappingProxyType(
    {
        "product_impressions": "anchor",
        "product_impression": "anchor",
        "product_clicks": "anchor",
        "product_click": "anchor",
        "buyers": "anchor",
        "add_to_cart": "merchandiser",
        "order": "merchandiser",
        "pay": "tech",
    }
)


def owner(step: str) -> Role:
    """Return whose job a step is; steps of the analyst's own are the operator's."""
    return _OWNERS.get(step, "operator")


def at(step: str) -> Message:
    """Return what to try where a step loses."""
    match step:
        case "viewers" | "enter":
            return text(
                "Test cover, title and the first seconds of the room, and check which traffic is "
                "bought for it."
            )
        case "product_impressions" | "product_impression":
            return text(
                "Bring the first product up earlier, keep one pinned, and look where in the "
                "run-down viewers leave before they see one."
            )
        case "product_clicks" | "product_click":
            return text(
                "Say price, offer and the reason to look in one sentence while the product is "
                "shown; put the products that are opened most first."
            )
        case "add_to_cart":
            return text(
                "Put the button where the thumb is while the product is explained, say what the "
                "cart is for (stock held, coupon, freight), and test one-click add-to-cart."
            )
        case "order":
            return text(
                "Look at what the cart shows that the room did not: freight, coupon conditions, "
                "stock; remind those with a full cart before the session ends."
            )
        case "pay":
            return text(
                "Go through the payment page on the devices used most: steps, errors, methods; "
                "remind of unpaid orders within minutes and test password-free pay."
            )
        case "buyers":
            return text(
                "Walk the way from the opened product to payment: price against what the room "
                "promised, stock, coupons, steps and errors at payment."
            )
        case _:
            return text("Take this step on the devices used most and write down what stops you.")
