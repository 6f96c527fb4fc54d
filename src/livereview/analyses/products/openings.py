"""How each brand's rooms converted on day one, against comparable rooms on the same day.

Comparable are hosts of the same tier whose brand was not left out of the warm-up; what as many of
them, drawn at random, would have made of the brand's viewers is the yardstick's spread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl

from livereview.analyses.products.rows import total
from livereview.model import Finding, Impact, Measure, Message, plural, share, text
from livereview.stats.corrections import benjamini_hochberg
from livereview.stats.intervals import MIN_CLUSTERS, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from livereview.analysis import Limits, Seed

    Array: TypeAlias = NDArray[np.float64]

DRAWS = 10_000
_BLOCK = 500
SCHEMA: Mapping[str, Any] = {
    "brand": pl.String,
    "warmup_reach": pl.Int64,
    "day_one_reach": pl.Int64,
    "warmup_ratio": pl.Float64,
    "sessions": pl.Int64,
    "viewers_uv": pl.Int64,
    "buyers": pl.Int64,
    "view_pay_rate_uv": pl.Float64,
    "yardstick_rate": pl.Float64,
    "rate_change": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "p_adjusted": pl.Float64,
    "anchors": pl.Int64,
    "effect": pl.Float64,
    "effect_low": pl.Float64,
    "effect_high": pl.Float64,
}


def by_brand(day_one: pl.DataFrame, limits: Limits, seed: Seed) -> pl.DataFrame:
    """Return one row per brand with rooms of its own on day one, the most viewers first.

    `yardstick_rate` weights the rate of the other warmed-up hosts of each tier (of all tiers
    where a tier has fewer than ten) by the brand's viewers. Low and high bound the distance to
    it: 95 % of 10 000 draws of as many hosts as the brand had. p is the share of draws at least
    as far on one side, doubled; Benjamini-Hochberg over the brands. Fewer than ten other hosts:
    no interval. `effect` is the distance in money, at the brand's spend per buyer of the day.

    Source: the cluster bootstrap of Cameron, Gelbach & Miller (2008), m of n; Davison & Hinkley
    (1997), 4.2, for the p-value.
    """
    if day_one["brand"].count() == 0:
        return pl.DataFrame(schema=SCHEMA)
    hosts = day_one.with_columns(pl.col("brand").fill_null(""))
    by_products = hosts["warmup_impressions"].count() > 0
    basis = "impressions" if by_products else "viewers"
    brands = (
        hosts.filter(pl.col("brand") != "")
        .group_by("brand")
        .agg(
            pl.col(f"warmup_{basis}").first().alias("warmup_reach"),
            pl.col(f"day_one_{basis}").first().alias("day_one_reach"),
            pl.col("sessions", "viewers_uv", "buyers").sum(),
            pl.len().cast(pl.Int64).alias("anchors"),
            pl.when(pl.col("gmv_buyers").sum() > 0)
            .then(pl.col("gmv").sum() / pl.col("gmv_buyers").sum())
            .alias("_spend"),
        )
        .sort(["viewers_uv", "brand"], descending=[True, False])
        .with_columns(
            pl.when(pl.col("day_one_reach") > 0)
            .then(pl.col("warmup_reach") / pl.col("day_one_reach"))
            .alias("warmup_ratio"),
            (pl.col("buyers") / pl.col("viewers_uv")).alias("view_pay_rate_uv"),
        )
    )
    return _against_the_rest(brands, hosts, limits, seed)


def _against_the_rest(
    brands: pl.DataFrame, hosts: pl.DataFrame, limits: Limits, seed: Seed
) -> pl.DataFrame:
    cold = brands.filter(_is_cold(brands, limits))["brand"]
    field = _Field(hosts, warmed=~hosts["brand"].is_in(cold.to_list()).to_numpy())
    rows = [
        field.verdict(brand, rate, seed(f"brands.{brand}"))
        if viewers >= limits["min_viewers"]
        else (None, None, None, None)
        for brand, rate, viewers in brands.select(
            "brand", "view_pay_rate_uv", "viewers_uv"
        ).iter_rows()
    ]
    kinds = {"yardstick_rate": pl.Float64, "low": pl.Float64, "high": pl.Float64, "_p": pl.Float64}
    verdicts = pl.DataFrame(rows, schema=kinds, orient="row")
    money = pl.col("viewers_uv") * pl.col("_spend")
    return (
        pl.concat([brands, verdicts], how="horizontal")
        .with_columns(
            (pl.col("view_pay_rate_uv") - pl.col("yardstick_rate")).alias("rate_change"),
            pl.Series("p_adjusted", benjamini_hochberg(verdicts["_p"].to_list()), dtype=pl.Float64),
        )
        .with_columns(
            (pl.col("rate_change") * money).alias("effect"),
            (pl.col("low") * money).alias("effect_low"),
            (pl.col("high") * money).alias("effect_high"),
        )
        .select(*SCHEMA)
    )


class _Field:
    """The hosts of day one by brand and tier, as arrays; only warmed ones are a yardstick."""

    def __init__(self, hosts: pl.DataFrame, *, warmed: NDArray[np.bool_]) -> None:
        self._warmed = warmed
        self._brand = hosts["brand"].to_numpy()
        self._tier = hosts["tier"].to_numpy()
        self._sums: Array = hosts.select("buyers", "viewers_uv").cast(pl.Float64).to_numpy()

    def verdict(
        self, brand: str, rate: float, seed: int
    ) -> tuple[float | None, float | None, float | None, float | None]:
        """Return (yardstick, low and high of the distance to it, p) of one brand."""
        own = self._brand == brand
        rest = self._warmed & ~own
        if not rest.any():
            return None, None, None, None
        generator = np.random.default_rng(seed)
        whole = self._sums[own, 1].sum()
        yardstick, drawn = 0.0, np.zeros(DRAWS)
        for tier in np.unique(self._tier[own]):
            mine = own & (self._tier == tier)
            like = rest & (self._tier == tier)
            like = like if like.sum() >= MIN_CLUSTERS else rest
            weight = self._sums[mine, 1].sum() / whole
            buyers, viewers = self._sums[like].sum(axis=0)
            yardstick += weight * buyers / viewers
            sums = _drawn(self._sums[like], int(mine.sum()), generator)
            drawn += weight * sums[:, 0] / sums[:, 1]
        if rest.sum() < MIN_CLUSTERS:
            return float(yardstick), None, None, None
        ends = percentile(rate - drawn)
        side = min((drawn <= rate).sum(), (drawn >= rate).sum())
        p = min(1.0, 2 * (1 + float(side)) / (DRAWS + 1))
        if ends is None:
            return float(yardstick), None, None, None
        return float(yardstick), ends.low, ends.high, p


def _drawn(sums: Array, hosts: int, generator: np.random.Generator) -> Array:
    """Return the sums of `hosts` drawn rows, block by block so that many hosts fit in memory."""
    blocks = [
        sums[generator.integers(len(sums), size=(_BLOCK, hosts))].sum(axis=1)
        for _ in range(DRAWS // _BLOCK)
    ]
    return np.concatenate(blocks)


def weak(brands: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return the brands hardly shown before the sale that fell clearly behind on day one."""
    return brands.filter(
        _is_cold(brands, limits)
        & (pl.col("view_pay_rate_uv") <= limits["weak_rate"] * pl.col("yardstick_rate"))
        & (pl.col("p_adjusted") < limits["alpha"])
    )


def _is_cold(brands: pl.DataFrame, limits: Limits) -> pl.Expr:
    """Whether a brand was hardly shown before the sale, measured by the median brand."""
    usual = _usual(brands)
    if usual is None:
        return pl.lit(False)
    return (pl.col("warmup_ratio") <= limits["weak_reach"] * usual).fill_null(False)


def _usual(brands: pl.DataFrame) -> float | None:
    """The median brand's warm-up reach over that of its day one."""
    known = brands["warmup_ratio"].drop_nulls().to_numpy()
    return float(np.median(known)) if len(known) else None


def weak_warmup(brands: pl.DataFrame, gmv: float, limits: Limits) -> Iterator[Finding]:
    """Yield the brands with a weak warm-up that converted below comparable rooms on day one."""
    found = weak(brands, limits)
    if found.is_empty():
        return
    viewers = total(found["viewers_uv"])
    rate = total(found["buyers"]) / viewers
    expected = total(found["yardstick_rate"] * found["viewers_uv"]) / viewers
    impact = _impact(found)
    heavy = -total(found["effect"]) >= limits["act_share"] * gmv > 0
    yield Finding(
        code="weak_warmup",
        subject=",".join(sorted(found["brand"])),
        severity="act" if heavy else "watch",
        grade="hypothesis",
        headline=_fell_behind(found, rate, expected),
        detail=_reach(found, brands),
        measures=(
            Measure(
                name="view_pay_rate_uv", value=rate, unit="share", n=int(total(found["anchors"]))
            ),
            Measure(name="yardstick_rate", value=expected, unit="share"),
            Measure(name="viewers_uv", value=int(viewers), unit="persons"),
        ),
        impact=impact,
        advice=text(
            "Book no prime slot on day one for a brand that has not been warmed up: samples, short "
            "videos and two sessions before the sale, or a later slot."
        ),
        frame="brands",
    )


def _fell_behind(found: pl.DataFrame, rate: float, expected: float) -> Message:
    return plural(
        "{brands} converted {rate} of its viewers on day one, comparable rooms {expected}; "
        "before the sale it had hardly been shown.",
        "{brands} converted {rate} of their viewers on day one, comparable rooms {expected}; "
        "before the sale they had hardly been shown.",
        found.height,
        brands=found["brand"].to_list(),
        rate=share(rate),
        expected=share(expected),
    )


def _reach(found: pl.DataFrame, brands: pl.DataFrame) -> Message:
    return text(
        "Their reach before the sale was {ratio} of that on day one; the median brand's was "
        "{usual}. The two go together; nobody tried one without the other.",
        ratio=share(total(found["warmup_reach"]) / total(found["day_one_reach"])),
        usual=share(_usual(brands)),
    )


def _impact(found: pl.DataFrame) -> Impact | None:
    """Sum the money; the ends too, because the brands share their yardstick."""
    if found["effect"].null_count():
        return None
    return Impact(
        value=total(found["effect"]),
        low=total(found["effect_low"]),
        high=total(found["effect_high"]),
    )
