"""Text of any usual encoding becomes UTF-8 in a stream, in constant memory.

The encoding is decided, not guessed by statistics: BOM, UTF-8 strict, UTF-16 by its NUL bytes,
GB18030 strict.
"""

from __future__ import annotations

import codecs
import gzip
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from livereview.errors import ExportError

DAMAGED = "utf-8 (damaged)"
"""UTF-8 with some bytes that are not: rows that hold them are rejected."""

_CHUNK = 1 << 20
_HEAD = 1 << 16
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(sorted({*range(32), 127} - set(b"\r\n")))
# How invisible characters and odd spaces begin in UTF-8; some innocent signs begin so too.
_INVISIBLE = (b"\xc2", b"\xe2\x80", b"\xe2\x81", b"\xe3\x80\x80", b"\xef\xbb\xbf")
# A file of UTF-16 has a NUL in at least every twelfth byte: digits, separators, line ends.
_UTF16_NULS = 1 / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text file as UTF-8.

    Attributes:
        path: the file itself, or its copy in UTF-8.
        encoding: what the original is written in.
        lines: number of lines, without blank ones at the end; blank: how many those are.
        quotes: number of double quotes.
        regular: one kind of line end, no blank line inside, every byte valid UTF-8.
        tidy: no tab, control or invisible character, no space but the plain one.
    """

    path: Path
    encoding: str
    lines: int
    blank: int
    quotes: int
    regular: bool
    tidy: bool


def as_text(path: Path, scratch: Path) -> Text:
    """Return a file as UTF-8 text, a copy of it in `scratch` where it is something else.

    Raises:
        ExportError: the bytes are in no encoding that is read, or are no text at all.
    """
    if _head(path).startswith(b"\x1f\x8b"):
        path = _unpacked(path, scratch)
    encoding = _encoding(path)
    if encoding not in ("utf-8", "utf-8-sig", DAMAGED):
        path = _transcoded(path, encoding, scratch)
    return _survey(path, encoding)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _unpacked(path: Path, scratch: Path) -> Path:
    copy = scratch / f"unpacked-{len(list(scratch.iterdir()))}"
    try:
        with gzip.open(path, "rb") as packed, copy.open("wb") as plain:
            while chunk := packed.read(_CHUNK):
                plain.write(chunk)
    except (EOFError, OSError) as error:
        raise ExportError(
            "the compressed file is cut off or damaged", "download it again"
        ) from error
    return copy


def _encoding(path: Path) -> str:
    head = _head(path)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    even, odd = head[0::2].count(0), head[1::2].count(0)
    nuls = even + odd
    if nuls > max(3, len(head) * _UTF16_NULS) and max(even, odd) > 3 * min(even, odd):
        utf16 = "utf-16-le" if odd > even else "utf-16-be"
        if set(",\t;|\n") & set(head.decode(utf16, "replace")):
            return utf16
    if nuls:
        raise ExportError(
            "it holds NUL bytes, so it is not a text file", "export it again as CSV or XLSX"
        )
    if _decodes(path, "utf-8"):
        return "gb18030" if _is_script_salad(head) and _decodes(path, "gb18030") else "utf-8"
    if not _is_mostly_utf8(path) and _decodes(path, "gb18030"):
        return "gb18030"
    if _is_mostly_utf8(path):
        return DAMAGED
    raise ExportError(
        "its text is in none of UTF-8, GB18030 (GBK) and UTF-16", "save it as CSV UTF-8"
    )


def _is_script_salad(head: bytes) -> bool:
    """Say whether text that happens to be UTF-8 mixes scripts as only misread GBK does.

    A few Chinese characters in GBK can be valid UTF-8: two-byte letters of Greek, Hebrew, Arabic.
    """
    beyond = {c for c in head.decode("utf-8", "ignore") if c > "\u024f"}
    if not beyond or max(beyond) >= "\u0800":
        return False
    scripts = {unicodedata.name(c, "?").split()[0] for c in beyond}
    return len(scripts) > 1 or any(not unicodedata.category(c).startswith("L") for c in beyond)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(path: Path) -> bool:
    """Say whether bytes beyond ASCII nearly all form UTF-8: some cells of a UTF-8 file are cut."""
    good = bad = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            beyond = re.sub(r"[\x00-\x7f]+", "", chunk.decode("utf-8", "replace"))
            bad += beyond.count("\ufffd")
            good += len(beyond) - beyond.count("\ufffd")
    return good > 10 * bad


def _transcoded(path: Path, encoding: str, scratch: Path) -> Path:
    copy = scratch / f"utf8-{len(list(scratch.iterdir()))}"
    try:
        with (
            path.open("r", encoding=encoding, newline="") as original,
            copy.open("w", encoding="utf-8", newline="") as plain,
        ):
            while chunk := original.read(_CHUNK):
                plain.write(chunk)
    except UnicodeError as error:
        raise ExportError(
            f"it is not valid {encoding.upper()} text", "save it as CSV UTF-8"
        ) from error
    return copy


def _survey(path: Path, encoding: str) -> Text:
    """Count lines and quotes in one pass over the bytes."""
    lf = crlf = cr = quotes = 0
    blank_inside = long_line = False
    tidy = encoding != DAMAGED
    carry = b""  # line ends that may go on in the next chunk
    first = True
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            block = carry + chunk
            body = block.rstrip(b"\r\n")
            carry = block[len(body) :]
            if b"\0" in body:
                raise ExportError(
                    "it holds NUL bytes, so it is not a text file", "export it again as CSV or XLSX"
                )
            lf += body.count(b"\n")
            if b"\r" in body:
                blank_inside |= b"\n\r\n" in body
                crlf += body.count(b"\r\n")
                cr += body.count(b"\r")
            quotes += body.count(b'"')
            blank_inside |= b"\n\n" in body
            blank_inside |= first and body[:1] in (b"\r", b"\n")
            long_line |= len(body) >= _CHUNK and b"\n" not in body
            first = first and not body
            tidy = tidy and _is_tidy(body)
    lines = 0 if first else lf + 1
    ends = carry.count(b"\n")
    lf, crlf, cr = lf + ends, crlf + carry.count(b"\r\n"), cr + carry.count(b"\r")
    return Text(
        path=path,
        encoding=encoding,
        lines=lines,
        blank=max(ends - 1, 0),
        quotes=quotes,
        regular=cr == crlf
        and crlf in (0, lf)
        and not blank_inside
        and not long_line
        and encoding != DAMAGED,
        tidy=tidy,
    )


def _is_tidy(body: bytes) -> bool:
    if len(body.translate(None, _CONTROLS)) != len(body):
        return False
    return body.isascii() or not any(start in body for start in _INVISIBLE)
