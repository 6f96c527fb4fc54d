"""Texts as people type them, as SQL: full-width signs, spaces of every width, formula quotes."""

from __future__ import annotations

from collections.abc import Callable

from livereview.schema.ddl import literal

_FULL = "０１２３４５６７８９．，％（）＋－−–—‐‑﹣￥＄ｗＷｋＫｍＭｂＢ～〜＜＞：＇’"
_HALF = "0123456789.,%()+-------¥$wWkKmMbB~~<>:''"
_SPACE = r"[\s\x{00a0}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]"
_NO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"


def bound(expression: str, body: Callable[[str], str], name: str = "s") -> str:
    """Return SQL that evaluates an expression once and uses it several times."""
    return f"(list_transform([{expression}], lambda {name}: {body(name)})[1])"


def replaced(expression: str, pattern: str, by: str, flags: str = "") -> str:
    """Return SQL that replaces a regular expression."""
    option = f", '{flags}'" if flags else ""
    return f"regexp_replace({expression}, {literal(pattern)}, '{by}'{option})"


def half_width(x: str) -> str:
    """Return the text with ASCII digits and signs and single spaces, without quotes around it.

    A spreadsheet is kept from reading a cell as a number by `'0123` or `="0123"`.
    """
    # What has nothing to become is dropped.
    narrow = f"translate({x}, {literal(_FULL + _NO_WIDTH)}, {literal(_HALF)})"
    trimmed = f"trim({replaced(narrow, _SPACE + '+', ' ', 'g')})"
    return replaced(unquoted(trimmed), "^['`]+ *", "")


def unquoted(x: str) -> str:
    """Return the text that a formula such as `="0123"` stands for."""
    return replaced(x, '^="(.*)"$', r"\1")
