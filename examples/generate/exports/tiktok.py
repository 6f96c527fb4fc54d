"""TikTok Shop, Indonesia: the LIVE list below a date range, GMV Max by campaign, orders by SKU.

Money is text with dots for thousands; the ads know seconds, the list drops them.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from generate.exports.files import Columns, Grid, table, write_sheets, write_text
from generate.exports.guests import Guest, guests
from generate.exports.published import Cell, ratio, rounded
from generate.exports.reference import Reference
from generate.season import CURRENT, stream

EXPORTED = "20261120"
ORDER_PRICE = 148_000
DIRECT = 0.93  # direct GMV of gross revenue


def rupiah(amount: float) -> str:
    """Return `Rp1.234.567`."""
    return f"Rp{round(amount):,}".replace(",", ".")


def _direct(guest: Guest) -> int:
    """Return direct GMV, which the page lets exceed gross revenue where orders moved."""
    return round(guest.gmv * (1.02 if guest.start.day % 5 == 0 else DIRECT))


def _shipped(order: dict[str, Any]) -> str:
    after = order["at"] + timedelta(days=1)
    return "" if order["status"] == "Canceled" else f"{after:%d/%m/%Y %H:%M:%S}"


LIVES: Columns = (
    ("Livestream", lambda g: f"PAYDAY SALE 11.11 - {g.host}"),
    ("Start time", lambda g: g.start.replace(second=0)),
    ("Duration", lambda g: g.seconds),
    ("Gross revenue", lambda g: rupiah(g.gmv)),
    ("Direct GMV", lambda g: rupiah(_direct(g))),
    ("Items sold", lambda g: g.units),
    ("Customers", lambda g: g.buyers),
    ("Avg. price", lambda g: rupiah(_direct(g) / g.orders)),
    ("Orders paid for", lambda g: g.orders),
    ("GMV/1K shows", lambda g: rupiah(_direct(g) * 1000 / (g.views * 31))),
    ("GMV/1K views", lambda g: rupiah(_direct(g) * 1000 / g.views)),
    ("Views", lambda g: g.views),
    ("Viewers", lambda g: g.viewers),
    ("Peak viewers", lambda g: g.peak),
    ("New followers", lambda g: g.followers),
    ("Avg. view duration", lambda g: g.watch_s),
    ("Likes", lambda g: g.likes),
    ("Comments", lambda g: g.comments),
    ("Shares", lambda g: g.shares),
    ("Product impressions", lambda g: g.impressions),
    ("Product clicks", lambda g: g.clicks),
    ("CTR", lambda g: ratio(g.clicks, g.views)),
    ("CTOR (SKU orders)", lambda g: ratio(g.orders, g.clicks)),
)
ADS: Columns = (
    ("LIVE name", lambda a: f"PAYDAY SALE 11.11 - {a['live'].host}"),
    ("Launched time", lambda a: f"{a['live'].start:%Y-%m-%d %H:%M:%S}"),
    ("Status", lambda _: "Ended"),
    ("Campaign name", lambda a: a["campaign"]),
    ("Campaign ID", lambda a: a["id"]),
    ("Cost", lambda a: a["cost"]),
    ("Net Cost", lambda a: rounded(a["cost"] * 0.96, 2)),
    ("SKU orders", lambda a: a["orders"]),
    ("SKU orders (Current shop)", lambda a: a["orders"]),
    ("Cost per order (Current shop)", lambda a: _per(a["cost"], a["orders"])),
    ("Gross revenue", lambda a: a["revenue"]),
    ("Gross revenue (Current shop)", lambda a: a["revenue"]),
    ("ROI (Current shop)", lambda a: _per(a["revenue"], a["cost"])),
    ("LIVE views", lambda a: a["views"]),
    ("Cost per LIVE view", lambda a: _per(a["cost"], a["views"])),
    ("10-second LIVE views", lambda a: round(a["views"] * 0.42)),
    ("Cost per 10-second LIVE view", lambda a: _per(a["cost"], round(a["views"] * 0.42))),
    ("LIVE follows", lambda a: round(a["views"] * 0.006)),
    ("Currency", lambda _: "IDR"),
)
ORDERS: Columns = (
    ("Order ID", lambda o: f"{o['id']}\t"),
    ("Order Status", lambda o: o["status"]),
    ("Order Substatus", lambda o: o["status"]),
    ("Cancelation/Return Type", lambda o: "Cancel" if o["status"] == "Canceled" else ""),
    ("SKU ID", lambda o: f"{o['sku']}\t"),
    ("Seller SKU", lambda o: f"SKU-{o['sku'] % 1000}"),
    ("Product Name", lambda o: o["live"].good),
    ("Variation", lambda _: "Default"),
    ("Quantity", lambda o: o["quantity"]),
    ("SKU Subtotal After Discount", lambda o: o["paid"]),
    ("Created Time", lambda o: f"{o['at']:%d/%m/%Y %H:%M:%S}"),
    ("Shipped Time", _shipped),
    ("Buyer Username", lambda o: f"buyer***{o['id'] % 97}"),
    ("Recipient", lambda _: "A*** B***"),
    ("Phone #", lambda _: "(+62)8**********"),
)
DESCRIPTIONS = (
    "Platform unique order ID.", "Current order status.", "Current order sub-status.",
    "Cancel or return, if any.", "Platform SKU ID.", "Seller's own SKU.", "Product name.",
    "Variation of the SKU.", "SKU sold quantity in the specific order.",
    "SKU subtotal after all discounts.", "Order created time.", "Order shipped time.",
    "Buyer's user name, masked.", "Recipient, masked.", "Phone number, masked.",
)  # fmt: skip


def _per(part: float, whole: float) -> Cell:
    """Return a quotient as the ads show it: nothing over nothing is zero."""
    return rounded(part / whole, 2) if whole else 0


def _campaigns(lives: Sequence[Guest]) -> list[dict[str, Any]]:
    """Return two campaigns per session; now and then the second spends nothing."""
    rng = stream("exports.tiktok.ads")
    rows = []
    for live in lives:
        for k, name in enumerate(("GMV Max LIVE", "GMV Max LIVE - boost")):
            spends = k == 0 or rng.random() < 0.6
            part = float(rng.uniform(0.2, 0.4)) if spends else 0
            rows.append(
                {
                    "live": live,
                    "campaign": name,
                    "id": 1_811_000_000_000_000 + 7_919 * (k + 1),
                    "cost": round(live.gmv * part * float(rng.uniform(0.08, 0.16))),
                    "orders": round(live.orders * part),
                    "revenue": round(live.gmv * part),
                    "views": round(live.views * part),
                }
            )
    return rows


def _lines(lives: Sequence[Guest]) -> list[dict[str, Any]]:
    """Return a few order lines per session."""
    rng = stream("exports.tiktok.orders")
    rows = []
    for k, live in enumerate(lives):
        for n in range(4):
            quantity = int(rng.choice([1, 1, 1, 2]))
            rows.append(
                {
                    "id": 576_900_000_000_000_000 + 10_007 * (97 * k + n),
                    "sku": 1_729_400_000_000_000_000 + 31 * (k * 4 + n),
                    "status": ("Completed", "Completed", "Shipped", "Canceled")[n],
                    "quantity": quantity,
                    "paid": quantity * int(rng.integers(60, 240)) * 1000,
                    "at": live.start + timedelta(seconds=int(rng.integers(live.seconds))),
                    "live": live,
                }
            )
    return rows


def write_tiktok(campaign: Reference, folder: Path) -> None:
    """Write the LIVE list, the LIVE ads and the orders."""
    lives = guests(campaign, "tiktok", 8, ORDER_PRICE)
    first, last = CURRENT.at(CURRENT.sale_index), CURRENT.at(CURRENT.days - 1)
    above: Grid = [[f"{first:%Y-%m-%d} ~ {last:%Y-%m-%d}"], []]
    lists = {"Sheet1": [*above, *table(LIVES, lives)]}
    write_sheets(lists, folder / f"Livestream list_{first:%Y%m%d}-{last:%Y%m%d}_{EXPORTED}.xlsx")
    ads = {"Data": table(ADS, _campaigns(lives))}
    write_sheets(ads, folder / f"LIVE campaigns_{EXPORTED}.xlsx")
    head, *lines = table(ORDERS, _lines(lives))
    write_text([head, DESCRIPTIONS, *lines], folder / f"OrderSKUList_{EXPORTED}.csv", "utf-8-sig")
