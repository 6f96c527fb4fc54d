"""Colours as a reader sees them: contrast after WCAG 2, lightness and hue in OKLCH."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, hypot, sin

_STEP = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """A colour in OKLCH: lightness 0..1, chroma from 0, hue in radians.

    Source: B. Ottosson, "A perceptual color space for image processing", 2020.
    """

    lightness: float
    chroma: float
    hue: float


def luminance(colour: str) -> float:
    """Return the relative luminance 0..1 of `#rrggbb` after WCAG 2."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast 1..21 of two colours `#rrggbb` after WCAG 2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def distance(one: str, other: str) -> float:
    """Return how far two colours lie apart in OKLab; black and white are 1 apart."""
    first, second = shade(one), shade(other)
    across = first.chroma * cos(first.hue) - second.chroma * cos(second.hue)
    along = first.chroma * sin(first.hue) - second.chroma * sin(second.hue)
    return hypot(first.lightness - second.lightness, across, along)


def legible(colour: str, grounds: tuple[str, ...], least: float) -> str:
    """Return the colour nearest in lightness that reaches the contrast `least` on every ground.

    Hue stays, and chroma as far as a screen can show it; a colour that is legible comes back
    as it is.
    """
    if _reaches(colour, grounds, least):
        return colour.lower()
    own = shade(colour)
    darker = max(luminance(ground) for ground in grounds) > 0.5
    place = own.lightness
    while 0.0 < place < 1.0:
        place += -_STEP if darker else _STEP
        tried = written(Shade(lightness=place, chroma=own.chroma, hue=own.hue))
        if _reaches(tried, grounds, least):
            return tried
    return "#000000" if darker else "#ffffff"


def _reaches(colour: str, grounds: tuple[str, ...], least: float) -> bool:
    return all(contrast(colour, ground) >= least for ground in grounds)


def shade(colour: str) -> Shade:
    """Return `#rrggbb` in OKLCH."""
    red, green, blue = _linear(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    across = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    along = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return Shade(
        lightness=0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        chroma=hypot(across, along),
        hue=atan2(along, across),
    )


def written(one: Shade) -> str:
    """Return the colour as `#rrggbb`, its chroma lowered to what a screen can show."""
    chroma = one.chroma
    while chroma > 0 and not _shown(_light(one, chroma)):
        chroma = max(chroma - 0.002, 0.0)
    return "#" + "".join(f"{_byte(part):02x}" for part in _light(one, chroma))


def _light(one: Shade, chroma: float) -> tuple[float, float, float]:
    """Return linear red, green and blue, beyond 0..1 where a screen cannot show the colour."""
    across, along = chroma * cos(one.hue), chroma * sin(one.hue)
    long = (one.lightness + 0.3963377774 * across + 0.2158037573 * along) ** 3
    middle = (one.lightness - 0.1055613458 * across - 0.0638541728 * along) ** 3
    short = (one.lightness - 0.0894841775 * across - 1.2914855480 * along) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _shown(parts: tuple[float, float, float]) -> bool:
    return all(-1e-4 <= part <= 1.0001 for part in parts)


def _byte(linear: float) -> int:
    part = min(max(linear, 0.0), 1.0)
    return round(255 * (part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055))


def _linear(colour: str) -> tuple[float, float, float]:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    )
    return red, green, blue
