"""How consoles publish a figure: rates from their counts, rounded half up; unknown is a dash."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

Cell: TypeAlias = str | int | float | Decimal | datetime | None
DASH = "-"


def rounded(value: Decimal | float, places: int) -> Decimal:
    """Return a number rounded half up."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def ratio(part: Decimal | int, whole: Decimal | int, places: int = 4) -> Decimal | str:
    """Return part over whole, a dash over nothing."""
    return rounded(Decimal(part) / Decimal(whole), places) if whole else DASH


def percent(part: Decimal | int, whole: Decimal | int) -> str:
    """Return `12.34%`, a dash over nothing."""
    return f"{rounded(Decimal(100 * part) / Decimal(whole), 2)}%" if whole else DASH


def known(value: Cell) -> Cell:
    """Return a value, a dash where there is none."""
    return DASH if value is None else value


def day(moment: datetime) -> str:
    """Return `20261111`, as it stands in a file's name."""
    return f"{moment:%Y%m%d}"


def bare(moment: datetime) -> str:
    """Return `2026/1/3 9:33:16`: only minutes and seconds bear a leading zero."""
    return f"{moment.year}/{moment.month}/{moment.day} {moment.hour}:{moment:%M:%S}"


def clock(seconds: int) -> str:
    """Return `04:10:55`."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def spoken(seconds: int) -> str:
    """Return `4小时10分`."""
    return f"{seconds // 3600}小时{seconds // 60 % 60}分"
