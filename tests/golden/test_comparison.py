"""What counts as the same, and what does not."""

from __future__ import annotations

import pytest

from tests.golden.comparison import difference


@pytest.mark.parametrize(
    ("accepted", "rendered"),
    [
        ("GMV 12.5 M", "GMV 12.5 M"),
        ('"value": 0.1249999999', '"value": 0.1250000001'),
        ("-3.5e-07 and 1.0", "-3.5000001e-07 and 1.0"),
    ],
)
def test_the_same(accepted: str, rendered: str) -> None:
    assert difference(accepted, rendered) is None


@pytest.mark.parametrize(
    ("accepted", "rendered"),
    [
        ("GMV 12.5 M", "GMV 12.6 M"),
        ("GMV 12.5 M", "GMV 12.5 K"),
        ("7570852762714812369", "7570852762714812368"),
        ("1,200", "1,201"),
        ("a 1.5", "a 1.5\n"),
        ("a 1.5", "a 1.5 2.5"),
        ("a 1.5 2.5", "a 1.5"),
        ("-1.5", "1.5"),
        ("1.5", "null"),
    ],
)
def test_not_the_same(accepted: str, rendered: str) -> None:
    assert difference(accepted, rendered) is not None


def test_a_difference_says_where() -> None:
    found = difference("one\ntwo 1.5\nthree 2.5 four", "one\ntwo 1.5\nthree 2.5 five")
    assert found is not None
    assert found.startswith("line 3: ")
    assert "four" in found
    assert "five" in found
