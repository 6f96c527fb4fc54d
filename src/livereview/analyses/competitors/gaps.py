"""The distances that matter: growth, return and quality, behind and ahead, and prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.competitors.standing import Row, figure, graded
from livereview.model import (
    Arg,
    Finding,
    Measure,
    Message,
    Quantity,
    Role,
    Term,
    money,
    plural,
    share,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from livereview.analysis import Limits


def _owners() -> Mapping[str, Role]:
    """Return the metrics judged, with whose job each is; plain size is no gap to close."""
    return {
        "growth": "operator",
        "roi": "ads",
        "roi_ad": "ads",
        "aov": "merchandiser",
        "view_pay_rate_uv": "operator",
        "interaction_rate": "anchor",
        "refund_rate": "merchandiser",
    }


def behind(rows: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield, metric by metric, the best competitor where we are clearly behind."""
    for metric, owner in _owners().items():
        compared = _ranked(rows, metric)
        if compared is None or compared["rank"][0] == 1:
            continue
        best = _best(compared)
        if not _is_wide(best, limits):
            continue
        rank, of = best["rank"], best["of"]
        yield Finding(
            code="behind_competitor",
            subject=metric,
            severity="watch" if 2 * rank > of else "note",
            grade=graded(compared),
            headline=text(
                "{metric}: {competitor} leads with {theirs}, we have {ours} "
                "and are number {rank} of {of}.",
                metric=Term(metric),
                competitor=best["competitor"],
                theirs=figure(best, best["unit"]),
                ours=Quantity(best["ours"], best["unit"]),
                rank=Quantity(rank, "count"),
                of=Quantity(of, "count"),
            ),
            measures=_measures(best),
            owner_role=owner,
            advice=text(
                "Find out what {competitor} did differently and test one thing of it.",
                competitor=best["competitor"],
            ),
            frame="side_by_side",
        )


def ahead(rows: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield, metric by metric, where we clearly lead."""
    for metric, owner in _owners().items():
        compared = _ranked(rows, metric)
        if compared is None or compared["rank"][0] > 1:
            continue
        best = _best(compared)
        if not _is_wide(best, limits):
            continue
        yield Finding(
            code="ahead_of_competitors",
            subject=metric,
            severity="note",
            grade=graded(compared),
            headline=plural(
                "{metric}: we have {ours}, ahead of {competitor}, the only one tracked, with "
                "{theirs}.",
                "{metric}: we lead the {n} others tracked with {ours}; {competitor} comes next "
                "with {theirs}.",
                best["of"] - 1,  # `of` counts us too
                metric=Term(metric),
                ours=Quantity(best["ours"], best["unit"]),
                competitor=best["competitor"],
                theirs=figure(best, best["unit"]),
            ),
            measures=_measures(best),
            owner_role=owner,
            frame="side_by_side",
        )


def prices(rows: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Yield the cheapest competitor beside our average price."""
    compared = rows.filter(
        pl.col("metric").is_in(["avg_price", "avg_unit_price"])
        & (pl.col("ours") > 0)
        & pl.col("point").is_not_null()
    )
    if compared.is_empty():
        return
    cheapest = compared.sort(["point", "competitor"]).row(0, named=True)
    gap = cheapest["point"] / cheapest["ours"] - 1
    yield Finding(
        code="price_position",
        subject=cheapest["competitor"],
        severity="watch" if gap <= -limits["price_gap"] else "note",
        grade=graded(compared),
        headline=_price(cheapest, gap),
        detail=text("Average prices also differ because assortments differ."),
        measures=(
            Measure(
                name="avg_unit_price",
                value=cheapest["theirs"],
                unit="money",
                low=cheapest["low"],
                high=cheapest["high"],
            ),
            Measure(name="price_gap", value=gap, unit="share"),
        ),
        owner_role="merchandiser",
        advice=text("Compare the prices of the products both sell before changing any.")
        if gap < 0
        else None,
        frame="side_by_side",
    )


def _price(cheapest: Row, gap: float) -> Message:
    """Say how the cheapest sells beside our average."""
    arguments: dict[str, Arg] = {
        "competitor": cheapest["competitor"],
        "theirs": figure(cheapest, "money"),
        "ours": money(cheapest["ours"]),
    }
    if gap < 0:
        return text(
            "{competitor} sells at {theirs} a piece, {gap} below our average of {ours}.",
            gap=share(abs(gap)),
            **arguments,
        )
    return text(
        "No competitor tracked sells below our average of {ours} a piece; "
        "{competitor} is next at {theirs}.",
        **arguments,
    )


def _ranked(rows: pl.DataFrame, metric: str) -> pl.DataFrame | None:
    compared = rows.filter((pl.col("metric") == metric) & pl.col("rank").is_not_null())
    compared = compared.filter(pl.col("point").is_not_null())
    return None if compared.is_empty() else compared


def _best(compared: pl.DataFrame) -> Row:
    """Return the competitor best in a metric; of equals the first by name."""
    is_up = compared["direction"][0] == "up"
    return compared.sort(["point", "competitor"], descending=[is_up, False]).row(0, named=True)


def _is_wide(best: Row, limits: Limits) -> bool:
    """Judge the distance from our figure to theirs, or to the near end of their range.

    Shares in points, other figures relative to ours.
    """
    known = [best[name] for name in ("point", "low", "high") if best[name] is not None]
    nearest = min(max(best["ours"], min(known)), max(known))
    distance = abs(nearest - best["ours"]) + 1e-9  # 0.30 - 0.25 is a hair below 0.05
    if best["unit"] == "share":
        return bool(distance >= limits["share_gap"])
    return bool(best["ours"] > 0 and distance >= limits["relative_gap"] * best["ours"])


def _measures(best: Row) -> tuple[Measure, ...]:
    return (
        Measure(name="ours", value=best["ours"], unit=best["unit"]),
        Measure(
            name="theirs",
            value=best["point"],
            unit=best["unit"],
            low=best["low"],
            high=best["high"],
        ),
    )
