"""Compares texts whose decimals may differ in the last digits, as they do between processors."""

from __future__ import annotations

import math
import re
from itertools import pairwise

DECIMAL = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")
CLOSE = 1e-6


def difference(accepted: str, rendered: str) -> str | None:
    """Return where two texts first differ, or None; decimals are equal within one in a million.

    Whole numbers, and everything between the decimals, must be the same to the byte.
    """
    pieces = zip(_pieces(accepted), _pieces(rendered), strict=False)
    place = 0
    for was, now in pieces:
        if was != now and not _close(was, now):
            at = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), 0)
            line = accepted.count("\n", 0, place + at) + 1
            return f"line {line}: {_around(was, at)!r} was accepted, {_around(now, at)!r} rendered"
        place += len(was)
    if len(_pieces(accepted)) != len(_pieces(rendered)):
        return f"{len(accepted)} characters were accepted, {len(rendered)} rendered"
    return None


def _pieces(text: str) -> list[str]:
    """Return the text cut before and after every decimal."""
    found = [match.span() for match in DECIMAL.finditer(text)]
    cuts = [0, *(at for span in found for at in span), len(text)]
    return [text[start:end] for start, end in pairwise(cuts)]


def _close(was: str, now: str) -> bool:
    if not (DECIMAL.fullmatch(was) and DECIMAL.fullmatch(now)):
        return False
    return math.isclose(float(was), float(now), rel_tol=CLOSE, abs_tol=1e-12)


def _around(text: str, at: int) -> str:
    return text[max(0, at - 30) : at + 60]
