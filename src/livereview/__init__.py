"""Post-campaign review of live commerce: exports in, one reconciled report out, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livereview.model import Review
    from livereview.review import review_campaign

__all__ = ["Review", "review_campaign"]


def __getattr__(name: str) -> object:
    """Load the public names when they are first used: `--help` needs none of them."""
    if name == "review_campaign":
        from livereview.review import review_campaign

        return review_campaign
    if name == "Review":
        from livereview.model import Review

        return Review
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
