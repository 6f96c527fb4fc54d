"""What the analyst adds: read early, refused with the line of the configuration, put in place."""

from __future__ import annotations

import dataclasses
import struct
import zlib
from pathlib import Path

import pytest

from livereview import remarks
from livereview.config import Config, load
from livereview.errors import UsageError
from livereview.model import Look
from tests.report import awkward

PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    for kind, body in (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\xff\0\0")),
        (b"IEND", b""),
    )
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\xff\xd9"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"{}>{}</svg>'
SLUGS = ("goals", "anchors", "funnel")


def configured(folder: Path, *lines: str) -> Config:
    path = folder / "livereview.toml"
    path.write_text("\n".join(["[report]", *lines]) + "\n", "utf-8")
    return load(path)


def noted(folder: Path, **notes: str) -> Config:
    (folder / "notes").mkdir()
    for name, words in notes.items():
        (folder / "notes" / f"{name}.md").write_bytes(words.encode())
    return configured(folder, 'notes = "notes"')


def test_the_look_is_what_the_configuration_says(tmp_path: Path) -> None:
    (tmp_path / "logo").write_bytes(PNG)
    config = configured(
        tmp_path, 'title = "T"', 'brand = "B"', 'accent = "#D6336C"', 'logo = "logo"'
    )
    look = remarks.gather(config, SLUGS).look
    assert (look.title, look.brand, look.accent) == ("T", "B", "#D6336C")
    assert look.logo is not None
    assert (look.logo.media, look.logo.content) == ("image/png", PNG)


def test_without_a_configuration_there_is_nothing() -> None:
    assert remarks.gather(Config.assumed(name="x"), SLUGS) == remarks.Remarks(look=Look())


@pytest.mark.parametrize(("content", "media"), [
    (PNG, "image/png"),
    (JPEG, "image/jpeg"),
    (SVG.format("", '<use href="#a"/><g fill="url(#g)"/>').encode(), "image/svg+xml"),
    (b"<?xml version='1.0'?>\n" + SVG.format("", "<path d='M0 0'/>").encode(), "image/svg+xml"),
])  # fmt: skip
def test_a_logo_is_known_by_what_it_holds(tmp_path: Path, content: bytes, media: str) -> None:
    (tmp_path / "logo.txt").write_bytes(content)
    look = remarks.gather(configured(tmp_path, 'logo = "logo.txt"'), SLUGS).look
    assert look.logo is not None
    assert look.logo.media == media


@pytest.mark.parametrize("content", [
    SVG.format("", "<script>alert(1)</script>"),
    SVG.format(' onload="alert(1)"', ""),
    SVG.format("", '<image href="https://evil.example/x.png"/>'),
    SVG.format("", '<use href="https://evil.example/x.svg#a"/>'),
    SVG.format(' xmlns:x="http://www.w3.org/1999/xlink"', '<use x:href="//evil.example/a"/>'),
    SVG.format("", '<a href="javascript:alert(1)"><path/></a>'),
    SVG.format("", '<rect style="fill:url( https://evil.example/x )"/>'),
    SVG.format("", "<style>@import 'x.css';</style>"),
    SVG.format("", "<style>rect{fill:URL('https://evil.example/x')}</style>"),
    SVG.format("", "<foreignObject><p/></foreignObject>"),
    SVG.format("", '<set attributeName="href" to="javascript:alert(1)"/>'),
    "<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG.format("", "&a;"),
    "<?xml-stylesheet href='x.css'?>" + SVG.format("", ""),
    "<html><svg></svg></html>",
    "<svg><g></svg>",
    "GIF89a",
    "",
])  # fmt: skip
def test_a_logo_that_is_more_than_a_picture_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "logo.svg").write_text(content, "utf-8")
    config = configured(tmp_path, 'logo = "logo.svg"')
    with pytest.raises(UsageError, match=r"livereview\.toml:2: report\.logo: ") as caught:
        remarks.gather(config, SLUGS)
    assert "PNG" in caught.value.hint


def test_a_logo_has_a_size(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(PNG.ljust(remarks.MOST_LOGO_BYTES + 1, b"\0"))
    config = configured(tmp_path, 'logo = "logo.png"')
    with pytest.raises(UsageError, match=r"toml:2: report\.logo: logo\.png has 256 KB; a logo may"):
        remarks.gather(config, SLUGS)


@pytest.mark.parametrize("key", ["logo", "notes"])
def test_what_is_not_there_is_told_with_the_line(tmp_path: Path, key: str) -> None:
    config = configured(tmp_path, 'brand = "B"', f'{key} = "absent"')
    with pytest.raises(UsageError, match=rf"livereview\.toml:3: report\.{key}: .*absent"):
        remarks.gather(config, SLUGS)


def test_a_file_is_no_folder_of_notes(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("x", "utf-8")
    with pytest.raises(UsageError, match="is not a folder"):
        remarks.gather(configured(tmp_path, 'notes = "notes"'), SLUGS)


def test_notes_go_to_their_sections(tmp_path: Path) -> None:
    config = noted(
        tmp_path, summary="\ufeffall\r\nin all\n", goals="a  \nb\x00\x1b[2J", anchors=" \n\n"
    )
    (tmp_path / "notes" / "goals.txt").write_text("not read", "utf-8")
    found = remarks.gather(config, SLUGS)
    assert found.summary == "all\nin all"
    assert found.by_section == {"goals": "a  \nb[2J"}
    assert found.notes == ()


def test_a_note_without_a_section_is_told_not_refused(tmp_path: Path) -> None:
    found = remarks.gather(noted(tmp_path, goal="x", elsewhere="y", sumary="z"), SLUGS)
    assert found.by_section == {}
    assert [note.args for note in found.notes] == [
        {"file": "elsewhere.md"},
        {"file": "goal.md", "near": "goals.md"},
        {"file": "sumary.md", "near": "summary.md"},
    ]


def test_a_note_is_utf_8(tmp_path: Path) -> None:
    config = noted(tmp_path)
    (tmp_path / "notes" / "goals.md").write_bytes("复盘".encode("gb18030"))
    with pytest.raises(UsageError, match=r"goals\.md: byte 0 is not UTF-8"):
        remarks.gather(config, SLUGS)


def test_they_are_put_upon_the_review() -> None:
    bare = dataclasses.replace(awkward.review(), look=Look())
    look = Look(brand="B")
    told = bare.notes[0]
    review = remarks.Remarks(
        look=look, summary="all", by_section={"anchors": "who"}, notes=(told,)
    ).upon(bare)
    assert review.look == look
    assert review.remark == "all"
    assert review.notes == (*bare.notes, told)
    assert {section.slug: section.remark for section in review.sections} == {
        "goals": None,
        "anchors": "who",
        "traffic": None,
        "support": None,
    }
