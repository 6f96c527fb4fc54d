"""When the stream failed: stalls at peak concurrency and one outage, with their true cost.

While a stall lasts, people leave and those who stay buy less; half an hour later it is over.
The cost of a window is what its minutes would have made at the session's own pace.
"""

from dataclasses import dataclass

import numpy as np

PEAK_AT = 0.42
RECOVERY = 12


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One failure: kind, first minute, length, and its force on the room."""

    kind: str
    start: int
    length: int
    online: float
    orders: float
    stall_ratio: float

    @property
    def window(self) -> tuple[int, int]:
        """First and end minute of the failure itself."""
        return self.start, self.start + self.length


# (anchor, business day index): kind, minutes, online, orders per person online, stall ratio
PLAN: dict[tuple[str, int], tuple[str, int, float, float, float]] = {
    ("A001", 11): ("stall", 15, 0.86, 0.60, 0.118),
    ("A003", 22): ("stall", 12, 0.90, 0.66, 0.092),
    ("A005", 22): ("stall", 15, 0.84, 0.58, 0.126),
    ("A006", 11): ("stall", 9, 0.91, 0.68, 0.085),
    ("A011", 11): ("stall", 12, 0.88, 0.62, 0.104),
    ("A022", 22): ("stall", 9, 0.89, 0.65, 0.097),
    ("A024", 22): ("outage", 6, 0.18, 0.10, 0.610),
}


def incident(anchor: str, day: int, minutes: int) -> Incident | None:
    """Return the failure of a session, if it had one: it starts at the peak."""
    if (anchor, day) not in PLAN:
        return None
    kind, length, online, orders, stall = PLAN[anchor, day]
    return Incident(
        kind=kind, start=round(minutes * PEAK_AT) - 2, length=length,
        online=online, orders=orders, stall_ratio=stall,
    )  # fmt: skip


def _window(minutes: int, failure: Incident, inside: float, full_after: int) -> np.ndarray:
    """Return a multiplier: `inside` while it lasts, back to 1 in `full_after` minutes."""
    result = np.ones(minutes)
    begin, end = failure.window
    ramp = np.minimum(1.0, np.arange(1, failure.length + 1) / 2)
    result[begin:end] = 1 + (inside - 1) * ramp
    back = np.linspace(inside, 1, full_after + 2)[1:-1]
    result[end : end + full_after] = back[: max(0, minutes - end)]
    return result


def online_factor(minutes: int, failure: Incident | None) -> np.ndarray:
    """Return the failure's multiplier on people online."""
    if failure is None:
        return np.ones(minutes)
    return _window(minutes, failure, failure.online, RECOVERY)


def order_factor(minutes: int, failure: Incident | None) -> np.ndarray:
    """Return the failure's multiplier on orders per person online."""
    if failure is None:
        return np.ones(minutes)
    return _window(minutes, failure, failure.orders, 2)


def stall_level(minutes: int, failure: Incident | None, load: np.ndarray) -> np.ndarray:
    """Return the share of stalled time: a base that grows with load, and the failure."""
    level = 0.009 + 0.010 * load**2
    if failure is not None:
        begin, end = failure.window
        level[begin:end] = failure.stall_ratio * np.minimum(1, np.arange(2, failure.length + 2) / 3)
        level[end : end + 2] = failure.stall_ratio * 0.3
    return level[:minutes]
