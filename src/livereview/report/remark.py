"""The analyst's note in a report: its Markdown as a part of the page, raw HTML shown as words.

The parser is loaded when there is a note to read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_DEEPEST = 6
_SCROLL = '<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
# A backslash escape, a code span, an address in angles, and what would open HTML.
_ANGLE = re.compile(
    r"\\.|(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|<(?=(?:https?|mailto):[^\s<>]*>)|(<)", re.DOTALL
)


def markup(note: str, level: int, label: str) -> Markup:
    """Return a note as HTML whose highest heading is `level`; `label` names its tables.

    Pictures read as their words: a page fetches nothing.
    """
    parser = _parser()

    opening = _SCROLL.format(label=escape(label)) + "<table>\n"
    for name, rule in (
        ("image", lambda _, tokens, place, *__: str(escape(tokens[place].content))),
        ("table_open", lambda *_: opening),
        ("table_close", lambda *_: "</table>\n</div>\n"),
    ):
        parser.add_render_rule(name, rule)
    tokens = parser.parse(note)
    for opened, closed, depth in _headings(tokens, level):
        opened.tag = closed.tag = f"h{depth}"
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - no raw HTML


def quoted(note: str, level: int) -> Markup:
    """Return a note as lines of a Markdown quote whose highest heading is `level`."""
    note = note.strip("\n")
    tokens = _parser().parse(note)
    lines: list[str | None] = [*note.split("\n")]
    for first, last in dict.fromkeys(
        (token.map[0], token.map[1]) for token in tokens if token.type == "inline" and token.map
    ):
        words = "\n".join(line or "" for line in lines[first:last])
        lines[first:last] = _plain(words).split("\n")
    for token, _, depth in _headings(tokens, level):
        if token.level == 0 and token.map:
            first, last = token.map
            words = " ".join(line or "" for line in lines[first:last])
            words = re.sub(r"^\s*#+\s*|\s+(?:#+|=+|-+)\s*$", "", words)
            lines[first:last] = [f"{'#' * depth} {words.strip()}", *[None] * (last - first - 1)]
    said = (line for line in lines if line is not None)
    return Markup("\n".join(f"> {line}" if line else ">" for line in said))  # noqa: S704


def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _headings(tokens: Sequence[Token], level: int) -> list[tuple[Token, Token, int]]:
    """Return where each heading opens and closes, and how deep it stands below `level`.

    The depths of a note close up: none is left out on the way down.
    """
    opened = [token for token in tokens if token.type == "heading_open"]
    closed = [token for token in tokens if token.type == "heading_close"]
    tags = sorted({token.tag for token in opened})
    depths: list[int] = []
    for token in opened:
        deepest = depths[-1] + 1 if depths else level
        depths.append(min(level + tags.index(token.tag), deepest, _DEEPEST))
    return list(zip(opened, closed, depths, strict=True))


def _plain(words: str) -> str:
    """Return Markdown words without HTML, a hard break as a backslash."""
    shown = _ANGLE.sub(lambda found: "&lt;" if found[2] else found[0], words)
    return re.sub(r" {2,}\n", r"\\\n", shown)
