"""Shopee Live, Indonesia: groups above the header, day before month, a total in the last row."""

from pathlib import Path
from typing import Any

from generate.exports.files import Columns, Merged, table, write_sheets
from generate.exports.guests import Guest, guests
from generate.exports.published import Cell, clock
from generate.exports.reference import Reference
from generate.exports.tiktok import rupiah

EXPORTED = "20261120"
ORDER_PRICE = 121_000
CONFIRMED = 0.88
GROUPS = {"Data Utama": 4, "Interaksi": 5, "Konversi": 6}

COLUMNS: Columns = (
    ("No.", lambda g: g[0]),
    ("Nama Livestream", lambda g: f"Promo Gajian #{g[1].host}"),
    ("Waktu Mulai", lambda g: f"{g[1].start:%d-%m-%Y %H:%M}"),
    ("Durasi", lambda g: clock(g[1].seconds)),
    ("Penonton Aktif", lambda g: round(g[1].viewers * 0.22)),
    ("Komentar", lambda g: g[1].comments),
    ("Tambah ke Keranjang", lambda g: g[1].carts),
    ("Rata-rata Durasi Ditonton", lambda g: clock(g[1].watch_s)),
    ("Penonton", lambda g: g[1].viewers),
    ("Pesanan(Pesanan Dibuat)", lambda g: g[1].orders),
    ("Pesanan(Pesanan Siap Dikirim)", lambda g: round(g[1].orders * CONFIRMED)),
    ("Produk Terjual(Pesanan Dibuat)", lambda g: g[1].units),
    ("Produk Terjual(Pesanan Siap Dikirim)", lambda g: round(g[1].units * CONFIRMED)),
    ("Penjualan(Pesanan Dibuat)", lambda g: rupiah(g[1].gmv)),
    ("Penjualan(Pesanan Siap Dikirim)", lambda g: rupiah(g[1].gmv * CONFIRMED)),
)


def _total(lives: list[Guest]) -> list[Cell]:
    """Return the line that sums the others."""

    def over(column: str, share: float = 1) -> int:
        return sum(round(getattr(live, column) * share) for live in lives)

    watched = sum(live.watch_s * live.viewers for live in lives) // over("viewers")
    return [
        "Total", "", "", clock(over("seconds")), over("viewers", 0.22), over("comments"),
        over("carts"), clock(watched), over("viewers"), over("orders"), over("orders", CONFIRMED),
        over("units"), over("units", CONFIRMED), rupiah(over("gmv")),
        rupiah(over("gmv", CONFIRMED)),
    ]  # fmt: skip


def write_shopee(campaign: Reference, folder: Path) -> None:
    """Write the session list."""
    lives = guests(campaign, "shopee", 6, ORDER_PRICE)
    groups: list[Cell] = []
    spans = []
    for name, width in GROUPS.items():
        at = len(groups)
        spans.append(Merged(top=0, left=at, bottom=0, right=at + width - 1))
        groups += [name, *[None] * (width - 1)]
    rows: list[Any] = list(enumerate(lives, 1))
    grid = [groups, *table(COLUMNS, rows), _total(lives)]
    write_sheets({"Daftar Livestream": grid}, folder / f"Livestream_{EXPORTED}.xlsx", merged=spans)
