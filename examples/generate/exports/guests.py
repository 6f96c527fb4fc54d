"""A few sessions of a small room on a platform the campaign does not run on, held by its people."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from generate.exports.reference import Reference
from generate.names import GOODS
from generate.season import CURRENT, stream


@dataclass(frozen=True, kw_only=True)
class Guest:
    """One session; `gmv` in whole units of the platform's currency."""

    host: str
    account: str
    good: str
    start: datetime
    seconds: int
    viewers: int
    views: int
    peak: int
    watch_s: int
    likes: int
    comments: int
    shares: int
    followers: int
    impressions: int
    clicks: int
    carts: int
    buyers: int
    orders: int
    units: int
    gmv: int

    @property
    def end(self) -> datetime:
        """When the session ended."""
        return self.start + timedelta(seconds=self.seconds)


def guests(campaign: Reference, platform: str, count: int, price: int) -> list[Guest]:
    """Return a room's evenings from the start of the sale, one a day at most; the second is late.

    Args:
        campaign: whose people hold the sessions.
        platform: names the random stream.
        count: of sessions.
        price: of an average order, in whole units of currency.
    """
    rng = stream(f"exports.{platform}")
    people = list({room["anchor_name"]: room["account_name"] for room in campaign.rooms}.items())
    host, account = people[int(rng.integers(30, len(people)))]
    goods = [good for names in GOODS.values() for good in names]
    days = sorted(rng.permutation(CURRENT.days - CURRENT.sale_index)[:count])
    sessions = []
    for k, day in enumerate(days):
        hour = 22 if k == 1 else int(rng.integers(18, 21))
        minute, second = int(rng.integers(60)), int(rng.integers(60))
        start = CURRENT.at(CURRENT.sale_index + int(day))
        viewers = int(rng.integers(900, 9_000))
        views, watch = round(viewers * float(rng.uniform(1.2, 1.5))), int(rng.integers(38, 110))
        seconds = int(rng.integers(7_000, 13_000))
        impressions = round(views * float(rng.uniform(2.2, 3.4)))
        clicks = round(impressions * float(rng.uniform(0.12, 0.2)))
        orders = round(clicks * float(rng.uniform(0.03, 0.06)))
        buyers = max(1, round(orders * 0.94))
        sessions.append(
            Guest(
                host=host,
                account=account,
                good=goods[int(rng.integers(len(goods)))],
                start=start.replace(hour=hour, minute=minute, second=second),
                seconds=seconds,
                viewers=viewers,
                views=views,
                peak=round(views * watch / seconds * 2.1) + 1,
                watch_s=watch,
                likes=round(views * float(rng.uniform(1.5, 4))),
                comments=round(views * float(rng.uniform(0.05, 0.15))),
                shares=round(views * 0.01),
                followers=round(viewers * float(rng.uniform(0.005, 0.02))),
                impressions=impressions,
                clicks=clicks,
                carts=round(clicks * 0.11),
                buyers=buyers,
                orders=orders,
                units=round(orders * 1.2),
                gmv=round(orders * price * float(rng.uniform(0.85, 1.15))),
            )
        )
    return sessions
