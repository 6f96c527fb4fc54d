"""Colours: WCAG contrast against published pairs, and accents that always stay legible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livereview.report import colour, palette

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@pytest.mark.parametrize(("one", "other", "ratio"), [
    ("#000000", "#ffffff", 21.0),
    ("#777777", "#ffffff", 4.48),
    ("#0000ff", "#ffffff", 8.59),
    ("#ff0000", "#000000", 5.25),
    ("#abcdef", "#abcdef", 1.0),
])  # fmt: skip
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert colour.contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert colour.contrast(other, one) == colour.contrast(one, other)


@pytest.mark.parametrize(("said", "lightness", "chroma", "hue"), [
    # CSS Color 4, sample values of oklch()
    ("#ffffff", 1.0, 0.0, None),
    ("#ff0000", 0.628, 0.2577, 0.510),
    ("#00ff00", 0.866, 0.2948, 2.487),
    ("#0000ff", 0.452, 0.3132, -1.674),
])  # fmt: skip
def test_shades_are_those_of_css(
    said: str, lightness: float, chroma: float, hue: float | None
) -> None:
    shade = colour.shade(said)
    assert shade.lightness == pytest.approx(lightness, abs=0.001)
    assert shade.chroma == pytest.approx(chroma, abs=0.001)
    if hue is not None:
        assert shade.hue == pytest.approx(hue, abs=0.001)


@given(COLOURS)
def test_a_shade_is_written_as_it_was(said: str) -> None:
    again = colour.written(colour.shade(said))
    pairs = [(int(said[at : at + 2], 16), int(again[at : at + 2], 16)) for at in (1, 3, 5)]
    assert all(abs(one - other) <= 2 for one, other in pairs)


@given(COLOURS)
def test_every_accent_is_legible_on_paper_and_in_the_dark(accent: str) -> None:
    for colours in (palette.light(accent), palette.dark(accent)):
        for ground in ("paper", "raised"):
            assert colour.contrast(colours["accent"], colours[ground]) >= 4.5
            assert colour.contrast(colours["chart-1"], colours[ground]) >= 3
        series = [colours[f"chart-{place}"] for place in (1, 3, 4, 5, 6)]
        assert len(set(series)) == len(series)
        for name in ("heat-4", "heat-5", "heat-6"):
            assert colour.contrast(colours[name], colours["paper"]) >= 4.5


def test_an_accent_that_is_legible_stays_as_it_is() -> None:
    assert palette.light("#1F4FA3")["accent"] == "#1f4fa3"
    assert palette.dark("#8db4f7")["accent"] == "#8db4f7"


def test_a_series_that_looks_like_the_accent_gives_way() -> None:
    own = palette.light()
    teal = palette.light(own["chart-3"])
    assert teal["chart-1"] == own["chart-3"]
    assert teal["chart-3"] == own["chart-1"]


def test_a_red_accent_leaves_heat_maps_as_they_are() -> None:
    assert palette.light("#e1251b")["heat-5"] == palette.light()["heat-5"]
    assert palette.light("#0f7d74")["heat-5"] != palette.light()["heat-5"]


def test_without_an_accent_nothing_changes() -> None:
    assert palette.light(None) == palette.light()
    assert palette.light()["accent"] == "#1f4fa3"
