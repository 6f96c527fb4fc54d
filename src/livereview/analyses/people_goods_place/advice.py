"""Where to begin when a ratio is behind, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.model import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.model import Message, Role

FIRST_STEPS: Mapping[str, tuple[Role, Message]] = {
    "interaction_rate": (
        "anchor",
        text(
            "Put a question, a poll or a trial by name into every ten minutes of the run-down, "
            "and have a controller read out answers."
        ),
    ),
    "follow_rate": (
        "anchor",
        text(
            "Give a reason to follow before each round of products, such as tomorrow's "
            "time and offer, and check the rate by hour."
        ),
    ),
    "spend_per_buyer": (
        "merchandiser",
        text("Offer a bundle or a second piece at a step above the usual basket."),
    ),
    "gmv_per_hour": (
        "operator",
        text("Cut the hours that bring least and give their best slots to the strongest rooms."),
    ),
    "product_ctr_uv": (
        "merchandiser",
        text("Rework main picture, title and first selling point of the products shown most."),
    ),
    "click_pay_rate_uv": (
        "merchandiser",
        text(
            "Walk the way from product page to payment for the products clicked most: price "
            "against what was said, sizes and stock, coupons that apply, delivery time."
        ),
    ),
    "units_per_order": (
        "merchandiser",
        text("List what goes together side by side and price two pieces below twice one."),
    ),
    "refund_rate": (
        "merchandiser",
        text(
            "Begin with the products and reasons behind most refunds, and change page and "
            "script before they are listed again."
        ),
    ),
    "entry_rate_uv": (
        "operator",
        text("Test cover, title and the first sight of the set against each other, one by one."),
    ),
    "bounce_rate": (
        "operator",
        text("Watch the first minute of the rooms left soonest and open with offer and proof."),
    ),
    "avg_watch_s": (
        "operator",
        text("Move the strongest products and prizes to where viewers leave, and announce them."),
    ),
    "stall_ratio": (
        "tech",
        text("Find the regions, networks and hours that stall and test them under peak load."),
    ),
}
