"""Sessions that lost money: how many, how much, what they share, and where to stop next time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.profit.figures import owner
from livereview.model import (
    Arg,
    Finding,
    Impact,
    Measure,
    Message,
    Quantity,
    Severity,
    Term,
    money,
    paragraph,
    plural,
    share,
    text,
)
from livereview.stats.tiers import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livereview.analyses.profit.figures import Row
    from livereview.analyses.profit.reading import Reading
    from livereview.analysis import Frames, Limits

_WORST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """What many of the losses share: the tier of the room and its largest cost."""

    tier: str
    host_type: str | None
    item: str
    sessions: int
    loss: float
    item_share: float
    ceiling: float

    def rooms(self) -> Message:
        """Return what these rooms are called."""
        if self.tier == UNKNOWN:
            return text("rooms") if self.host_type is None else text("{host}", host=self._host())
        if self.host_type is None:
            return text("{tier} rooms", tier=Term(self.tier))
        return text("{tier} {host}", tier=Term(self.tier), host=self._host())

    def _host(self) -> Term:
        return Term(str(self.host_type))


def loss_sessions(frames: Frames, reading: Reading, limits: Limits) -> Iterator[Finding]:
    """Yield how many sessions lost money, how much, and what most of the loss has in common."""
    whole = next(frames["by_scope"].filter(scope_type="campaign").iter_rows(named=True), None)
    if whole is None or not whole["loss_sessions"]:
        return
    worst, count, loss = frames["loss_sessions"], whole["loss_sessions"], whole["loss"]
    pattern = _pattern(worst, limits)
    yield Finding(
        code="loss_sessions",
        subject="campaign",
        severity=_severity(whole, pattern, limits),
        grade=reading.grade(limits),
        headline=_headline(worst, whole),
        detail=paragraph([*_shared(pattern, reading), *_concentration(worst, loss)]),
        measures=(
            Measure(name="loss", value=loss, unit="money", n=count),
            *_measures(pattern),
        ),
        impact=Impact(value=loss),
        owner_role=owner(pattern.item) if pattern else "operator",
        advice=_advice(pattern),
        frame="loss_sessions",
        topic="loss_sessions",
    )


def _pattern(worst: pl.DataFrame, limits: Limits) -> _Pattern | None:
    """Return the tier and largest cost that stand for most of the loss, if there is a pattern."""
    groups = (
        worst.filter(pl.col("main_cost").is_not_null() & (pl.col("gmv_gross") > 0))
        .group_by("tier", "main_cost")
        .agg(
            pl.len().alias("sessions"),
            pl.col("loss", "gmv_gross", "main_cost_amount").sum(),
            pl.col("host_type").fill_null(UNKNOWN).unique().sort().alias("hosts"),
        )
        .sort("loss", "tier", "main_cost")
    )
    row = next(groups.iter_rows(named=True), None)
    total = float(worst["loss"].sum())
    if row is None or row["sessions"] < limits["pattern_sessions"]:
        return None
    if row["loss"] > limits["pattern_share"] * total:
        return None
    (host, *others), gross = row["hosts"], row["gmv_gross"]
    return _Pattern(
        tier=row["tier"],
        host_type=None if others or host == UNKNOWN else host,
        item=row["main_cost"],
        sessions=row["sessions"],
        loss=row["loss"],
        item_share=row["main_cost_amount"] / gross,
        ceiling=(row["main_cost_amount"] + row["loss"]) / gross,
    )


def _severity(whole: Row, pattern: _Pattern | None, limits: Limits) -> Severity:
    if whole["contribution"] is None:
        return "watch"
    earned = whole["contribution"] - whole["loss"]
    part = -whole["loss"] / earned if earned > 0 else 1.0
    if part >= limits["loss_act"]:
        return "act"
    return "watch" if pattern or part >= limits["loss_watch"] else "note"


def _headline(worst: pl.DataFrame, whole: Row) -> Message:
    sessions, loss = Quantity(whole["sessions"], "count"), money(-whole["loss"])
    if (worst["rule"] == "net_below_cost").all():
        return plural(
            "One session brought in less, net of refunds, than it cost: {loss} short before any "
            "goods are paid.",
            "{n} of {sessions} sessions brought in less, net of refunds, than they cost: {loss} "
            "short before any goods are paid.",
            whole["loss_sessions"],
            sessions=sessions,
            loss=loss,
        )
    return plural(
        "One session lost money: {loss}.",
        "{n} of {sessions} sessions lost money: {loss} together.",
        whole["loss_sessions"],
        sessions=sessions,
        loss=loss,
    )


def _shared(pattern: _Pattern | None, reading: Reading) -> Iterator[Message]:
    if pattern is None:
        return
    everywhere = reading.now[pattern.item].share
    said: dict[str, Arg] = {
        "n": Quantity(pattern.sessions, "count"),
        "rooms": pattern.rooms(),
        "item": Term(pattern.item, "item"),
        "share": share(pattern.item_share),
        "loss": money(-pattern.loss),
    }
    if everywhere is None:
        yield text(
            "{n} of them were {rooms} with {item} as the largest cost, {share} of their GMV; they "
            "lost {loss}.",
            **said,
        )
        return
    yield text(
        "{n} of them were {rooms} with {item} as the largest cost, {share} of their GMV against "
        "{all} in the campaign; they lost {loss}.",
        **said,
        all=share(everywhere),
    )


def _concentration(worst: pl.DataFrame, loss: float) -> Iterator[Message]:
    """Yield whether a few sessions carry the loss."""
    if worst.height < 2 * _WORST:
        return
    said: dict[str, Arg] = {
        "n": Quantity(_WORST, "count"),
        "share": share(float(worst["loss"].head(_WORST).sum()) / loss),
    }
    names = worst["anchor_name"].head(_WORST).drop_nulls().unique(maintain_order=True).to_list()
    if names:
        yield text("The {n} worst carry {share} of the loss ({anchors}).", anchors=names, **said)
    else:
        yield text("The {n} worst carry {share} of the loss.", **said)


def _measures(pattern: _Pattern | None) -> tuple[Measure, ...]:
    if pattern is None:
        return ()
    name = f"{pattern.tier}.{pattern.item}"
    return (
        Measure(name=f"{name}.loss", value=pattern.loss, unit="money", n=pattern.sessions),
        Measure(name=f"{name}.gmv_share", value=pattern.item_share, unit="share"),
        Measure(name=f"{name}.ceiling", value=pattern.ceiling, unit="share"),
    )


def _advice(pattern: _Pattern | None) -> Message:
    if pattern is None:
        return text(
            "Go through them from the worst down: which cost was agreed before anyone knew what "
            "the room would sell? Tie it to sales next time."
        )
    said: dict[str, Arg] = {
        "rooms": pattern.rooms(),
        "item": Term(pattern.item, "item"),
        "ceiling": share(pattern.ceiling),
    }
    if pattern.ceiling <= 0:
        return text(
            "Less {item} alone would not have saved these {rooms}: do not book them again before "
            "their refunds and other costs are down.",
            **said,
        )
    if pattern.item == "ad_cost":
        return text(
            "Give {rooms} a stop-loss: pause the ads once they pass {ceiling} of the room's GMV; "
            "at that these rooms together would break even.",
            **said,
        )
    return text(
        "Put a ceiling on {item} in {rooms}: together these rooms would break even at {ceiling} of "
        "GMV. Renegotiate, or give the slot to another room.",
        **said,
    )
