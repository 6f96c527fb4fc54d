"""Text of any usual encoding becomes UTF-8 in a stream, in constant memory.

The encoding is decided, not guessed by statistics: BOM, UTF-8 strict, UTF-16 by its NUL bytes,
GB18030 strict. A few NUL bytes cost their rows; many make a file no text.
"""

from __future__ import annotations

import codecs
import contextlib
import gzip
import re
import unicodedata
import zlib
from dataclasses import dataclass
from pathlib import Path

from livereview.errors import ExportError
from livereview.ingest.files.survey import CHUNK, Survey

DAMAGED = "utf-8 (damaged)"
"""UTF-8 with some bytes that are not: rows that hold them are rejected."""

_HEAD = 1 << 16
_PLENTY = 10_000  # characters, enough to judge by
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A file of UTF-16 has a NUL in at least every twelfth byte: digits, separators, line ends.
_UTF16_NULS = 1 / 12
_MOST_NULS = 1 / 100  # of a text that is damaged, not binary

SUSPECT = 200_000_000
"""Bytes up to which a packed file may unpack to as much as it likes."""

RATIO = 200
"""Beyond `SUSPECT`, a file that unpacks to more times its size is no export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text file as UTF-8.

    Attributes:
        path: the file itself, or its copy in UTF-8.
        encoding: what the original is written in.
        lines: number of lines, without blank ones at the end; blank: how many those are.
        quotes: it holds double quotes; marks: other signs in it that may serve as quotes.
        sound: every byte is valid UTF-8, and none is NUL.
        regular: it is sound, with one kind of line end, no blank line inside, no BOM but at the
            start.
        tidy: no tab, control or invisible character, no space but the plain one.
    """

    path: Path
    encoding: str
    lines: int
    blank: int
    quotes: bool
    marks: str
    sound: bool
    regular: bool
    tidy: bool


def as_text(path: Path, scratch: Path) -> Text:
    """Return a file as UTF-8 text, a copy of it in `scratch` where it is something else.

    Raises:
        ExportError: the bytes are in no encoding that is read, or are no text at all.
    """
    if _head(path).startswith(b"\x1f\x8b"):
        path = _unpacked(path, scratch)
    encoding = _marked(_head(path))
    if encoding is None:
        return _unmarked(path, scratch)
    if encoding == "utf-8-sig":
        return surveyed(path, encoding)
    try:
        return _transcoded(path, encoding, scratch)
    except UnicodeError as error:
        raise ExportError(
            f"it is not valid {encoding.upper()} text", "save it as CSV UTF-8"
        ) from error


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _unpacked(path: Path, scratch: Path) -> Path:
    copy = scratch / f"unpacked-{len(list(scratch.iterdir()))}"
    most = max(SUSPECT, RATIO * path.stat().st_size)
    try:
        with gzip.open(path, "rb") as packed, copy.open("wb") as plain:
            while chunk := packed.read(CHUNK):
                plain.write(chunk)
                if plain.tell() > most:
                    raise ExportError(
                        f"it unpacks to more than {RATIO} times its size, as no export does",
                        "unpack it and look at what it holds",
                    )
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ExportError(
            "the compressed file is cut off or damaged", "download it again"
        ) from error
    return copy


def _marked(head: bytes) -> str | None:
    """Return the encoding that a BOM or the NULs of UTF-16 give away."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    even, odd = head[0::2].count(0), head[1::2].count(0)
    nuls = even + odd
    if nuls > max(3, len(head) * _UTF16_NULS) and max(even, odd) > 3 * min(even, odd):
        utf16 = "utf-16-le" if odd > even else "utf-16-be"
        if set(",\t;|\n") & set(head.decode(utf16, "replace")):
            return utf16
    _refuse_binary(nuls, len(head))
    return None


def _refuse_binary(nuls: int, size: int) -> None:
    if nuls > size * _MOST_NULS:
        raise ExportError(
            "it holds NUL bytes, so it is not a text file", "export it again as CSV or XLSX"
        )


def _unmarked(path: Path, scratch: Path) -> Text:
    text = None
    with contextlib.suppress(UnicodeDecodeError):
        text = surveyed(path, "utf-8", "strict")
        if not _is_script_salad(_head(path)):
            return text
    if text is not None or not _is_mostly_utf8(path):
        with contextlib.suppress(UnicodeDecodeError):
            return _transcoded(path, "gb18030", scratch)
    if text is not None:
        return text
    if _is_mostly_utf8(path):
        return surveyed(path, DAMAGED)
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


def _is_mostly_utf8(path: Path) -> bool:
    """Say whether bytes beyond ASCII nearly all form UTF-8: some cells of a UTF-8 file are cut."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    with path.open("rb") as file:
        while (chunk := file.read(CHUNK)) and not bad > max(good, _PLENTY):
            beyond = re.sub(r"[\x00-\x7f]+", "", decoder.decode(chunk))
            bad += beyond.count("\ufffd")
            good += len(beyond) - beyond.count("\ufffd")
    return good > 10 * bad


def _transcoded(path: Path, encoding: str, scratch: Path) -> Text:
    """Write a copy in UTF-8 and survey it; raise UnicodeError where the file is not valid."""
    copy = scratch / f"utf8-{len(list(scratch.iterdir()))}"
    decoder = codecs.getincrementaldecoder(encoding)()
    survey = Survey()
    try:
        with path.open("rb") as original, copy.open("wb") as plain:
            while chunk := original.read(CHUNK):
                written = decoder.decode(chunk).encode()
                plain.write(written)
                survey.add(written)
            decoder.decode(b"", final=True)
    except UnicodeError:
        copy.unlink()
        raise
    return _text(survey, copy, encoding)


def surveyed(path: Path, encoding: str, errors: str = "ignore") -> Text:
    """Survey a file in UTF-8; with strict `errors`, raise UnicodeDecodeError where it is not."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors)
    survey = Survey()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
            survey.add(chunk)
        decoder.decode(b"", final=True)
    return _text(survey, path, encoding)


def _text(survey: Survey, path: Path, encoding: str) -> Text:
    _refuse_binary(survey.nuls, survey.size)
    return Text(
        path=path,
        encoding=encoding,
        lines=survey.lines,
        blank=survey.blank,
        quotes=survey.quotes,
        marks=survey.marks,
        sound=encoding != DAMAGED and not survey.nuls,
        regular=survey.regular and encoding != DAMAGED,
        tidy=survey.tidy and encoding != DAMAGED,
    )
