"""What the charts say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.products.bands import UNKNOWN
from livereview.analyses.products.openings import weak
from livereview.analyses.products.quadrants import GEM, POOR
from livereview.model import Message, Quantity, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from livereview.analysis import Frames, Limits


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Return the message of each chart that has one."""
    said: dict[str, Message] = {}
    places = frames["products"]["quadrant"]
    gems, poor = (places == GEM).sum(), (places == POOR).sum()
    if gems or poor:
        said["quadrants"] = text(
            "{gems} products convert well but are seen by few; {poor} are much seen and convert "
            "less",
            gems=Quantity(int(gems), "count"),
            poor=Quantity(int(poor), "count"),
        )
    priced = frames["price_bands"].filter(
        (pl.col("price_band") != UNKNOWN) & pl.col("gmv_share").is_not_null()
    )
    if priced.height > 1:
        row = priced.sort("gmv_share", descending=True, maintain_order=True).row(0, named=True)
        said["price_bands"] = text(
            "Products priced {band} made {share} of GMV",
            band=row["price_band"],
            share=share(row["gmv_share"]),
        )
    behind = weak(frames["brands"], limits)
    if behind.height:
        said["day_one"] = text(
            "{brands} converted far below comparable rooms on day one",
            brands=behind["brand"].to_list(),
        )
    return said
