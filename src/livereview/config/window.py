"""When a campaign runs: half-open windows and phases, naive in the campaign's time zone."""

from datetime import time, timedelta
from itertools import pairwise
from typing import Self

from pydantic import model_validator

from livereview.config.checks import Complaint, reject
from livereview.config.kinds import (
    DEFAULT_CUTOFF,
    Amount,
    Clock,
    ConfigPath,
    Currency,
    Filled,
    GmvLevel,
    Margin,
    Moment,
    PhaseKind,
    Settings,
    Timezone,
)

_MOST_DAYS = 400
_EXCLUSIVE = "end is exclusive: give the day after the last one"


class Phase(Settings):
    """`[[campaign.phases]]`: a named stretch of a campaign, end exclusive."""

    name: Filled
    kind: PhaseKind
    start: Moment
    end: Moment


class Window(Settings):
    """What a campaign and the campaigns it is compared with share."""

    start: Moment | None = None
    end: Moment | None = None
    phases: tuple[Phase, ...] = ()

    @model_validator(mode="after")
    def _window_holds(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            fact = f"({self.end}) is not after start ({self.start})"
            raise reject(Complaint(("end",), fact, _EXCLUSIVE))
        days = (self.end - self.start).days if self.start and self.end else 0
        if days > _MOST_DAYS:
            fact = f"({self.end}) makes a campaign of {days} days"
            raise reject(Complaint(("end",), fact, "check start and end"))
        wrong = [*self._outside(), *_reversed(self.phases)] or _overlapping(self.phases)
        if wrong := [*wrong, *_namesakes(self.phases)]:
            raise reject(*wrong)
        return self

    def _outside(self) -> list[Complaint]:
        window = f"{self.start or 'open'} to {self.end or 'open'}"
        return [
            Complaint(
                ("phases", index),
                f"({phase.start} to {phase.end}) lies outside the window ({window})",
                "a phase lies between start and end of its campaign",
            )
            for index, phase in enumerate(self.phases)
            if (self.start and phase.start < self.start) or (self.end and phase.end > self.end)
        ]


def _reversed(phases: tuple[Phase, ...]) -> list[Complaint]:
    return [
        Complaint(
            ("phases", index, "end"),
            f"({phase.end}) is not after start ({phase.start})",
            _EXCLUSIVE,
        )
        for index, phase in enumerate(phases)
        if phase.start >= phase.end
    ]


def _overlapping(phases: tuple[Phase, ...]) -> list[Complaint]:
    in_order = sorted(enumerate(phases), key=lambda pair: pair[1].start)
    return [
        Complaint(
            ("phases", index, "start"),
            f"({later.start}) lies before the end of the phase {earlier.name!r} ({earlier.end})",
            "phases must not overlap; ends are exclusive",
        )
        for (_, earlier), (index, later) in pairwise(in_order)
        if later.start < earlier.end
    ]


def _namesakes(phases: tuple[Phase, ...]) -> list[Complaint]:
    names = [phase.name for phase in phases]
    return [
        Complaint(
            ("phases", index, "name"), f"is {name!r} a second time", "give each phase its own name"
        )
        for index, name in enumerate(names)
        if name in names[:index]
    ]


class Campaign(Window):
    """`[campaign]`: what is reviewed and by which conventions."""

    name: Filled = "campaign"
    timezone: Timezone = "Asia/Shanghai"
    currency: Currency | None = None
    gmv_level: GmvLevel = "gross"
    business_day_cutoff: Clock = DEFAULT_CUTOFF
    min_session_minutes: Amount = 15
    gross_margin: Margin = None

    @property
    def cutoff(self) -> timedelta:
        """How long after midnight a business day begins."""
        return since_midnight(self.business_day_cutoff)


class Reference(Window):
    """`[previous]` or `[last_year]`: a campaign to compare with."""

    path: ConfigPath | None = None
    name: Filled | None = None


def since_midnight(at: time) -> timedelta:
    """Return a time of day as a length of time."""
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
