"""What the analyst adds to a review: how it looks, and notes in Markdown on its sections.

Read before the work begins, so that a wrong path costs no time; put upon the review at its end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from livereview.errors import UsageError, did_you_mean
from livereview.model import Logo, Look, Message, Review, text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from livereview.config import Config

SUMMARY = "summary"
"""The note on the whole review: `summary.md`."""

MOST_LOGO_BYTES = 256 * 1024
MOST_NOTE_BYTES = 256 * 1024

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_SVG = "{http://www.w3.org/2000/svg}"
# What makes a drawing more than a drawing: programs, other pages, changes over time.
_ACTIVE = frozenset(
    (
        *("script", "foreignobject", "iframe", "embed", "object", "audio", "video", "image"),
        *("animate", "animatemotion", "animatetransform", "set", "discard", "feimage"),
        *("handler", "listener"),
    )
)
_FETCH = re.compile(r"(?i)@import|url\(\s*['\"]?(?!#)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """The look of a report, the notes by section, and what the reader should know of them."""

    look: Look = field(default_factory=Look)
    summary: str | None = None
    by_section: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()

    def upon(self, review: Review) -> Review:
        """Return the review with the analyst's part in it."""
        return replace(
            review,
            look=self.look,
            remark=self.summary,
            notes=(*review.notes, *self.notes),
            sections=tuple(
                replace(section, remark=self.by_section.get(section.slug))
                for section in review.sections
            ),
        )


def gather(config: Config, slugs: Collection[str]) -> Remarks:
    """Read what `[report]` names; `slugs` are all sections that a note may be about.

    Raises UsageError with the place in the configuration when the logo or the folder of notes
    is not there, cannot be read, or is nothing a report can show.
    """
    report = config.report
    look = Look(
        title=report.title,
        brand=report.brand,
        accent=report.accent,
        logo=None if report.logo is None else _logo(report.logo, _place(config, "logo")),
    )
    if report.notes is None:
        return Remarks(look=look)
    written = _notes(report.notes, _place(config, "notes"))
    return Remarks(
        look=look,
        summary=written.pop(SUMMARY, None),
        by_section={slug: note for slug, note in written.items() if slug in slugs},
        notes=tuple(_astray(slug, slugs) for slug in written if slug not in slugs),
    )


def _place(config: Config, key: str) -> str:
    return f"{config.places.of(('report', key))}: report.{key}"


def _astray(name: str, slugs: Collection[str]) -> Message:
    file = f"{name}.md"
    near = did_you_mean(name, [*slugs, SUMMARY])
    if near:
        return text(
            "The note {file} is left out: no section has this name; did you mean {near}?",
            file=file,
            near=f"{near}.md",
        )
    return text("The note {file} is left out: no section has this name.", file=file)


def _notes(folder: Path, place: str) -> dict[str, str]:
    """Return the notes that say something, by the name of their file."""
    if not folder.is_dir():
        raise UsageError(
            f"{place}: {folder} is not a folder",
            "make it and put one file a section there, such as goals.md, or leave the key out",
        )
    written = {path.stem: _note(path) for path in sorted(folder.glob("*.md")) if path.is_file()}
    return {name: note for name, note in written.items() if note.strip()}


def _note(path: Path) -> str:
    content = _content(path, str(path), MOST_NOTE_BYTES, "a note")
    try:
        said = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: byte {error.start} is not UTF-8", "save the note as UTF-8"
        ) from error
    lines = said.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_CONTROL.sub("", line) for line in lines).strip("\n")


def _content(path: Path, place: str, most: int, what: str) -> bytes:
    try:
        size = path.stat().st_size
        if size > most:
            fact = f"{path.name} has {size / 1024:,.0f} KB; {what} may have {most // 1024} KB"
            raise UsageError(f"{place}: {fact}", "make it smaller")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{place}: {path} cannot be read ({error.strerror})", "check the path"
        ) from error


def _logo(path: Path, place: str) -> Logo:
    content = _content(path, place, MOST_LOGO_BYTES, "a logo")
    if content.startswith(_PNG):
        return Logo(media="image/png", content=content)
    if content.startswith(_JPEG):
        return Logo(media="image/jpeg", content=content)
    if b"<svg" not in content:
        raise UsageError(
            f"{place}: {path} is no picture a report can show", "use a PNG, JPEG or SVG file"
        )
    wrong = _objection(content)
    if wrong:
        raise UsageError(f"{place}: {path} {wrong}", "export it as a plain SVG, or use a PNG of it")
    return Logo(media="image/svg+xml", content=content)


def _objection(drawing: bytes) -> str:
    """Return why an SVG is refused: it is to show shapes, never to run or fetch anything."""
    if any(mark in drawing.upper() for mark in (b"<!DOCTYPE", b"<!ENTITY", b"<?XML-STYLESHEET")):
        return "declares entities or a style sheet"
    try:
        root = ET.fromstring(drawing)  # noqa: S314 - without entities, and limited in size
    except (ET.ParseError, ValueError, LookupError) as error:
        return f"is not valid XML ({error})"
    if root.tag != f"{_SVG}svg":
        return "is not an SVG drawing"
    for node in root.iter():
        name = str(node.tag).rpartition("}")[2].lower()
        if name in _ACTIVE:
            return f"holds a <{name}>"
        if name == "style" and _FETCH.search("".join(node.itertext())):
            return "fetches from its styles"
        for attribute, value in node.attrib.items():
            short = attribute.rpartition("}")[2].lower()
            if short.startswith("on"):
                return f"holds a program in {short}"
            if short in {"href", "src"} and not value.startswith("#"):
                return "links to something outside itself"
            if _FETCH.search(value):
                return f"fetches from its {short}"
    return ""
