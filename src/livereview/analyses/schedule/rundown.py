"""Sessions whose viewers left at once far more often than in their tier, and how it went on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from livereview.analyses.schedule.far import reach
from livereview.analyses.schedule.prose import session
from livereview.model import (
    Arg,
    Finding,
    Impact,
    Measure,
    Message,
    Term,
    money,
    paragraph,
    plural,
    share,
    text,
)
from livereview.stats.tiers import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analysis import Frames, Limits

    Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spike:
    """A session, figures of the others of its tier, and the room's next session.

    Attributes:
        usual: bounce rate; worth: GMV per viewer who stayed, None where that is not known.
    """

    row: Row
    usual: float
    worth: float | None
    next: Row | None

    @property
    def loss(self) -> float:
        """GMV that those who left beyond the usual would have brought, had they stayed.

        Few who stay may be the keenest, so that they count no more than in the rest of the tier.
        """
        gone, gmv, viewers = (self.row[name] for name in ("bounce_rate", "gmv", "viewers_uv"))
        if gmv is None or self.worth is None or gone >= 1:
            return 0.0
        worth = min(gmv / (viewers * (1 - gone)), self.worth)
        return max(0.0, float(viewers * (gone - self.usual) * worth))


def bounce_spike(frames: Frames, limits: Limits) -> Iterator[Finding]:
    """Yield the session that lost most of its viewers at once, how it went on, and what it cost."""
    spikes = _spikes(frames, limits)
    if not spikes:
        return
    worst = spikes[0]
    loss = sum(spike.loss for spike in spikes)
    yield Finding(
        code="bounce_spike",
        subject=worst.row["session_id"],
        severity="watch",
        grade="estimate",
        headline=_headline(worst),
        detail=paragraph([*_after(worst), *_others(spikes), *_priced(spikes, loss)]),
        measures=tuple(_measures(worst)),
        impact=Impact(value=-loss) if loss else None,
        advice=_advice(worst),
        frame="sessions",
        topic="sessions",
    )


def _spikes(frames: Frames, limits: Limits) -> Sequence[_Spike]:
    sessions = frames["sessions"]
    known = sessions.filter(pl.col("bounce_distance").is_not_null())
    if known.height < limits["far_sessions"]:
        return []
    bounced = pl.col("bounce_rate") * pl.col("viewers_uv")
    paying = pl.when(pl.col("gmv").is_not_null()).then(pl.col("viewers_uv") - bounced)
    sums = (bounced, pl.col("viewers_uv"), pl.col("gmv"), paying)
    gone, seen, gmv, stayed = ((one.sum().over("tier") - one.fill_null(0)) for one in sums)
    usual = known.with_columns(
        (gone / seen).alias("usual"), pl.when(stayed > 0).then(gmv / stayed).alias("worth")
    )
    far = usual.filter(
        pl.col("bounce_distance") >= reach(known.height, limits["alarm"]),
        pl.col("bounce_rate") >= limits["bounce_times"] * pl.col("usual"),
    ).sort("bounce_rate", "session_id", descending=[True, False])
    rooms = frames["rooms"].filter(pl.col("bounce_rate").is_not_null())
    clusters = dict(rooms.select("session_id", "cluster").iter_rows())
    return [
        _Spike(
            row=row,
            usual=row["usual"],
            worth=row["worth"],
            next=_next(rooms, clusters[row["session_id"]], row),
        )
        for row in far.iter_rows(named=True)
    ]


def _next(rooms: pl.DataFrame, cluster: str, row: Row) -> Row | None:
    later = rooms.filter((pl.col("cluster") == cluster) & (pl.col("start_at") > row["start_at"]))
    return next(later.sort("start_at", "session_id").iter_rows(named=True), None)


def _headline(spike: _Spike) -> Message:
    said: dict[str, Arg] = {
        "session": session(spike.row),
        "rate": share(spike.row["bounce_rate"]),
        "usual": share(spike.usual),
    }
    if spike.row["tier"] == UNKNOWN:
        return text("{rate} of viewers left {session} at once; the usual is {usual}.", **said)
    return text(
        "{rate} of viewers left {session} at once; in the other {tier} rooms it was {usual}.",
        **said,
        tier=Term(spike.row["tier"]),
    )


def _after(spike: _Spike) -> Iterator[Message]:
    """Yield the bounce rate of the room's next session."""
    if spike.next is None:
        yield text("The room had no later session to compare.")
        return
    rate = spike.next["bounce_rate"]
    said: dict[str, Arg] = {"day": spike.next["start_at"].date(), "rate": share(rate)}
    if rate <= spike.usual:
        yield text("Its next session, on {day}, lost {rate}: no more than usual.", **said)
    elif rate < spike.row["bounce_rate"]:
        yield text("Its next session, on {day}, lost {rate}: less, but more than usual.", **said)
    else:
        yield text("Its next session, on {day}, lost {rate}: no better.", **said)


def _others(spikes: Sequence[_Spike]) -> Iterator[Message]:
    if len(spikes) > 1:
        yield plural(
            "One more session is as far out of its tier.",
            "{n} more sessions are as far out of their tiers.",
            len(spikes) - 1,
        )


def _priced(spikes: Sequence[_Spike], loss: float) -> Iterator[Message]:
    if loss:
        yield plural(
            "Had it lost only the usual share, and had those viewers brought what the ones who "
            "stay bring here or in the tier, whichever is less, it would have sold {money} more.",
            "Had all {n} lost only the usual share, and had those viewers brought what the ones "
            "who stay bring there or in the tier, whichever is less, they would have sold {money} "
            "more.",
            len(spikes),
            money=money(loss),
        )


def _measures(spike: _Spike) -> Iterator[Measure]:
    row, after = spike.row, spike.next
    yield Measure(name="bounce_rate", value=row["bounce_rate"], unit="share", n=row["viewers_uv"])
    yield Measure(name="usual_bounce_rate", value=spike.usual, unit="share")
    if after is not None:
        rate, viewers = after["bounce_rate"], after["viewers_uv"]
        yield Measure(name="next_bounce_rate", value=rate, unit="share", n=viewers)


def _advice(spike: _Spike) -> Message:
    if spike.next is not None and spike.next["bounce_rate"] <= spike.usual:
        return text(
            "Lay the run-downs of both sessions side by side, opening by opening, and make what "
            "the second one changed the rule for every room."
        )
    return text(
        "Watch its first ten minutes beside the run-down: does the offer of the title and cover "
        "come at once? Rehearse the opening before the next session."
    )
