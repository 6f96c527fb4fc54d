"""The colours of every report: names with one value for light paper and one for dark screens.

Text colours reach 4.5:1 on `paper`, marks 3:1; a status is never said by its colour alone. The
owner of a report may set its accent: it is shifted in lightness until it is as legible.
"""

from __future__ import annotations

from functools import cache
from math import cos
from types import MappingProxyType
from typing import TYPE_CHECKING

from livereview.report import colour

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLOURS = """
paper      #ffffff #14171b
raised     #f5f6f8 #1c2026
line       #dde1e6 #2f353d
rule       #8b949f #68717d
ink        #15181c #eceef0
soft       #474f59 #b9c0c9
faint      #646c77 #949ca7
accent     #1f4fa3 #8db4f7
good       #17713f #63c793
good-fill  #2a8f58 #4bb37e
good-wash  #e5f3ea #16291f
watch      #8a5600 #e3ab45
watch-fill #c58512 #d69a30
watch-wash #fbf0da #30270f
act        #ad2418 #f4917f
act-fill   #c5372a #e2705f
act-wash   #fce9e6 #371d1a
chart-1    #2b5fb8 #6f9ff0
chart-2    #5f6e82 #93a0b2
chart-3    #0f7d74 #43b5a8
chart-4    #8450a8 #bd92dd
chart-5    #a8506d #e08ba5
chart-6    #6b6f26 #b3b65f
compare    #8794a8 #667285
trace      #e6ebf3 #262d38
rise       #1c7a6c #45b39f
fall       #b8452f #e5806b
heat-1     #edf2fa #1d2530
heat-2     #cfdef4 #233a5e
heat-3     #9fbce8 #2f5591
heat-4     #4473c0 #5f8fdc
heat-5     #2b5fb8 #8db4f7
heat-6     #173d80 #c3d8fc
cold-1     #fae9e5 #2e1f1d
cold-2     #eeb3a7 #6d352c
cold-3     #b8452f #e5806b
"""


_TEXT, _MARK = 4.5, 3.0
_FAR = 0.1  # colours of series that are nearer than this look alike
_NEAR = 0.77  # cosine: hues within 40 degrees


@cache
def light(accent: str | None = None) -> Mapping[str, str]:
    """Return the colours on paper by name, as `#rrggbb`, with the owner's accent in them."""
    return _tinted(_column(1), accent)


@cache
def dark(accent: str | None = None) -> Mapping[str, str]:
    """Return the colours on a dark screen by name, as `#rrggbb`, with the owner's accent."""
    return _tinted(_column(2), accent)


def _column(index: int) -> dict[str, str]:
    rows = (line.split() for line in _COLOURS.split("\n") if line)
    return {row[0]: row[index] for row in rows}


def _tinted(colours: dict[str, str], accent: str | None) -> Mapping[str, str]:
    """Return the colours around an accent: it leads the series, and no other series is like it."""
    if accent is None:
        return MappingProxyType(colours)
    grounds = (colours["paper"], colours["raised"])
    first = colour.legible(accent, grounds, _MARK)
    tinted = {
        **colours,
        "accent": colour.legible(accent, grounds, _TEXT),
        "chart-1": first,
        **_heat(colours, first),
    }
    series = ("chart-3", "chart-4", "chart-5", "chart-6")
    away, nearest = min((colour.distance(colours[name], first), name) for name in series)
    if away < _FAR:
        tinted[nearest] = colours["chart-1"]
    return MappingProxyType(tinted)


def _heat(colours: Mapping[str, str], accent: str) -> Mapping[str, str]:
    """Return the ramp of a heat map in the accent's hue; near that of losses it stays as it is."""
    own, cold = colour.shade(accent), colour.shade(colours["cold-3"])
    if own.chroma > cold.chroma / 3 and cos(own.hue - cold.hue) > _NEAR:
        return {}
    strength = min(own.chroma / colour.shade(colours["chart-1"]).chroma, 1.0)
    ramp: dict[str, str] = {}
    for name, value in colours.items():
        if name.startswith("heat-"):
            shade = colour.shade(value)
            ramp[name] = colour.written(
                colour.Shade(lightness=shade.lightness, chroma=shade.chroma * strength, hue=own.hue)
            )
    for name in ("heat-4", "heat-5", "heat-6"):  # what carries words in the colour of the paper
        ramp[name] = colour.legible(ramp[name], (colours["paper"],), _TEXT)
    return ramp
