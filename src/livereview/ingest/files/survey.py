"""What the bytes of a text hold, counted chunk by chunk as they go by."""

from __future__ import annotations

import re
from dataclasses import dataclass

CHUNK = 1 << 16
"""Bytes to take at a time: they stay in the processor's cache."""

_BOM = b"\xef\xbb\xbf"
_MARKS = ("'", "`", "“")
_LONGEST_LINE = 1 << 20
_LF, _CR, _SPACE, _DEL = b"\n\r \x7f"
# Characters beyond ASCII that nobody sees, and spaces that are not the plain one, as UTF-8, by
# their first byte: most texts do not hold it, and a single byte is found at once.
_INVISIBLE = tuple(
    (pattern[:1], re.compile(pattern))
    for pattern in (
        b"\xc2[\x80-\xa0\xad]",
        b"\xe2(?:\x80[\x80-\x8f\xa8-\xaf]|\x81[\x9f-\xaf])",
        b"\xe3\x80\x80",
        _BOM,
    )
)


@dataclass(slots=True, kw_only=True)
class Survey:
    """Counts over a text in UTF-8, fed in chunks.

    Attributes:
        line_feeds, returns, pairs: how many LF, CR, and CR directly before LF.
        blank_inside: a line without a character stands before the last line that has one.
        long_line: a line is longer than a megabyte.
        tidy: no tab, control or invisible character, no space but the plain one.
        quotes: there is a double quote; marks: other characters there that may serve as quotes.
        nuls: NUL bytes of `size` bytes; marked_inside: a BOM stands elsewhere than at the start.
    """

    line_feeds: int = 0
    returns: int = 0
    pairs: int = 0
    blank_inside: bool = False
    long_line: bool = False
    tidy: bool = True
    quotes: bool = False
    marks: str = ""
    nuls: int = 0
    size: int = 0
    marked_inside: bool = False
    _carry: bytes = b""  # line ends that may go on in the next chunk
    _tail: bytes = b""  # where a character may begin that goes on in the next chunk
    _begun: bool = False
    _line: int = 0

    def add(self, chunk: bytes) -> None:
        """Take the next bytes."""
        block = self._carry + chunk
        body = block.rstrip(b"\r\n")
        self._carry = block[len(body) :]
        if not body:
            return
        self.blank_inside |= not self._begun and body[0] in (_LF, _CR)
        around = self._tail + body
        self._tail = around[-2:]
        start = 0 if self._begun or not body.startswith(_BOM) else len(_BOM)
        self.marked_inside |= _holds(around, _BOM, start)
        self._begun = True
        self.size += len(body)
        self.nuls += body.count(b"\0") if b"\0" in body else 0
        self.quotes = self.quotes or b'"' in body
        self.marks += "".join(
            mark for mark in _MARKS if mark not in self.marks and _holds(around, mark.encode())
        )
        self._count(body)
        self.tidy = self.tidy and not any(
            first in around and odd.search(around, start) for first, odd in _INVISIBLE
        )

    def _count(self, body: bytes) -> None:
        import numpy as np

        codes = np.frombuffer(body, np.uint8)
        ends = codes == _LF
        found = int(np.count_nonzero(ends))
        self.line_feeds += found
        self.blank_inside |= bool((ends[1:] & ends[:-1]).any())
        controls = int(np.count_nonzero(codes < _SPACE)) - found
        if b"\r" in body:
            returns = codes == _CR
            pairs = returns[:-1] & ends[1:]
            self.blank_inside |= bool((ends[:-2] & pairs[1:]).any())
            self.pairs += int(np.count_nonzero(pairs))
            count = int(np.count_nonzero(returns))
            self.returns += count
            controls -= count
        self.tidy = self.tidy and not controls and bytes([_DEL]) not in body
        self._line = len(body) - body.rfind(b"\n") - 1 if found else self._line + len(body)
        self.long_line |= self._line > _LONGEST_LINE

    @property
    def lines(self) -> int:
        """Number of lines, without blank ones at the end."""
        return self.line_feeds + 1 if self._begun else 0

    @property
    def blank(self) -> int:
        """Number of blank lines at the end."""
        return max(self._carry.count(b"\n") - 1, 0)

    @property
    def regular(self) -> bool:
        """Say whether lines are records as far as bytes tell.

        That is one kind of line end, no blank line inside, no endless line, no NUL, no stray BOM.
        """
        feeds = self.line_feeds + self._carry.count(b"\n")
        returns = self.returns + self._carry.count(b"\r")
        pairs = self.pairs + self._carry.count(b"\r\n")
        odd = self.blank_inside | self.long_line | self.marked_inside | bool(self.nuls)
        return returns == pairs and pairs in (0, feeds) and not odd


def _holds(block: bytes, character: bytes, start: int = 0) -> bool:
    return character[:1] in block and block.find(character, start) >= 0
