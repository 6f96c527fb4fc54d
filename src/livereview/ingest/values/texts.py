"""Texts, ids, words and missing markers as people export them, as SQL.

A clean text is handed on as it is; only what has edges, hidden characters or quotes is cleaned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from livereview.ingest.values.script import bound, replaced, unquoted
from livereview.schema.ddl import literal

MISSING = (
    "", "-", "--", "---", "—", "——", "–", "－", "－－", "‐", "/", "n/a", "#n/a", "na", "nan",
    "null", "none", "\\n", "暂无", "无",
)  # fmt: skip
"""What stands for no value, lower case; short, as most texts are told apart by their length."""

MISSING_NUMBERS = ("暂无数据", "无数据", "#div/0!")
"""What stands for no value as well where no text can."""

SAFE = 2**53
"""Whole numbers below it are exact in a float."""

_LONGEST_MARKER = max(len(marker.encode()) for marker in MISSING)
_TRUE = ("true", "t", "yes", "y", "1", "1.0", "是", "√", "有")
_FALSE = ("false", "f", "no", "n", "0", "0.0", "否", "×")
_EDGE = r"[\s\x{00a0}\x{200c}\x{200d}\x{3000}\x{feff}]"
_HIDDEN = (
    r"[\x{00}-\x{08}\x{0e}-\x{1f}\x{7f}-\x{9f}"  # control characters
    r"\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}"  # marks of direction
    r"\x{200b}\x{2060}\x{feff}]"  # places to break a line; not the joiner of emoji
)
_DIRTY = rf'^{_EDGE}|{_EDGE}$|[\t\r\n\f\v]|{_HIDDEN}|^="'
# All that can be dirty where text is tidy.
_EDGED = "{x} < '!' or ends_with({x}, ' ') or starts_with({x}, '=\"')"
_ODD_ID = (
    "{x} < '0' or ends_with({x}, ' ') or starts_with({x}, '=') or starts_with({x}, '`') "
    "or contains({x}, '.') or contains({x}, '+')"
)
_LOST = r"[0-9]+(?:\.[0-9]+)?[eE]\+[0-9]+|[0-9]\.[0-9]+[eE][0-9]+"


def is_marker(x: str) -> str:
    """Return SQL that says whether a clean text stands for no value."""
    return f"(strlen({x}) <= {_LONGEST_MARKER} and {one_of(x, MISSING, '(?i)')})"


def is_no_number(x: str) -> str:
    """Return SQL that says whether a clean text stands for no number, time or truth."""
    return one_of(x, (*MISSING, *MISSING_NUMBERS), "(?i)")


def one_of(x: str, words: Iterable[str], flags: str = "") -> str:
    """Return SQL of membership; `in` would become a join that works x out for every row."""
    either = "|".join(re.escape(word) for word in words)
    return f"regexp_full_match({x}, {literal(flags + either)})"


def clean(x: str) -> str:
    """Return SQL of a text without edges, hidden characters and quotes, composed (NFC)."""
    spaced = replaced(x, r"[\t\r\n\f\v\x{0085}]+", " ", "g")
    bare = replaced(replaced(spaced, _HIDDEN, "", "g"), rf"^{_EDGE}+|{_EDGE}+$", "", "g")
    return f"nfc_normalize({unquoted(bare)})"


def text(x: str, *, tidy: bool) -> str:
    """Return SQL of a text, NULL for a marker; `tidy`: no cell holds a hidden character."""
    slow = bound(clean(x), lambda s: f"case when {is_marker(s)} then null else {s} end")
    odd = _EDGED.format(x=x) if tidy else f"regexp_matches({x}, '{_DIRTY}')"
    return (
        f"case when {odd} then {slow} when {is_marker(x)} then null "
        f"when strlen({x}) <> length({x}) then nfc_normalize({x}) else {x} end"
    )


def ident(x: str, *, tidy: bool, unsafe: bool) -> str:
    """Return SQL of an id, NULL for a marker and for one that has lost digits.

    Args:
        x: SQL text.
        tidy: no cell holds a hidden character.
        unsafe: numbers went through a float.
    """

    def whole(s: str) -> str:
        bare = replaced(replaced(s, "^[`']+", ""), r"^(-?[0-9]+)\.0+$", r"\1")
        lost = f"when abs(try_cast({s} as double)) >= {SAFE} then null " if unsafe else ""
        return (
            f"case when {is_marker(s)} or regexp_full_match({s}, '{_LOST}') then null "
            f"{lost}else {bare} end"
        )

    slow = bound(clean(x), whole)
    if unsafe:
        return slow
    odd = (
        _ODD_ID.format(x=x)
        if tidy
        else rf"regexp_matches({x}, '{_DIRTY}|^[`'']|\.0+$|[eE]\+|^[0-9]\.[0-9]+[eE]')"
    )
    return (
        f"case when strlen({x}) <> length({x}) or {odd} then {slow} "
        f"when {is_marker(x)} then null else {x} end"
    )


def truth(x: str) -> str:
    """Return SQL of a yes or no."""
    slow = bound(
        f"lower({clean(x)})",
        lambda s: f"case when {one_of(s, _TRUE)} then true when {one_of(s, _FALSE)} then false end",
    )
    return f"case when {x} = 'true' then true when {x} = 'false' then false else {slow} end"


def choice(x: str, words: Iterable[str]) -> str:
    """Return SQL of one of some words; `other`, where it is one, takes what is none of them."""
    words = tuple(words)
    other = "else 'other' " if "other" in words else ""
    slow = bound(
        replaced(f"lower({clean(x)})", r"[\s-]+", "_", "g"),
        lambda s: (
            f"case when {one_of(s, words)} then {s} "
            f"when {s} is null or {s} = '_' or {is_marker(s)} then null {other}end"
        ),
    )
    return f"case when {one_of(x, words)} then {x} when {x} is not null then {slow} end"


def platform(value: str) -> str:
    """Return SQL of a platform's code: lower case, by whatever name the platform goes."""
    whens = " ".join(f"when {literal(name)} then {literal(code)}" for name, code in _PLATFORMS)
    return f"case lower({value}) {whens} else lower({value}) end"


_PLATFORMS = (
    ("抖音", "douyin"), ("抖店", "douyin"), ("淘宝", "taobao"), ("淘宝直播", "taobao"),
    ("天猫", "tmall"), ("快手", "kuaishou"), ("视频号", "wechat"), ("微信视频号", "wechat"),
    ("小红书", "xiaohongshu"), ("拼多多", "pinduoduo"), ("京东", "jd"), ("虾皮", "shopee"),
    ("tiktok shop", "tiktok"),
)  # fmt: skip
