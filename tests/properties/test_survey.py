"""A survey says the same of a text however it is cut into chunks."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from livereview.ingest.files.survey import Survey

PIECES = (
    "a", "b,c", "\n", "\n", "\r\n", "\r", '"', "'", "`", "“x”", "，中文", "…", "·", "é", "\t", "\0",
    "\x7f", "\x85", "\u00a0", "\u00ad", "\u200b", "\u200e", "\u2028", "\u2066", "\u3000", "\ufeff",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.sampled_from(PIECES[:4]), max_size=40).map("".join)


def expected(text: str) -> dict[str, Any]:
    """Say it of the whole text, from the characters and not from the bytes."""
    body = text.rstrip("\r\n")
    ends = set(re.findall(r"\r\n|\r|\n", text))
    blank = bool(re.match(r"[\r\n]", body)) or bool(re.search(r"\n\r?\n", body))
    after_mark = body.removeprefix("\ufeff")
    marked = "\ufeff" in after_mark
    return {
        "lines": body.count("\n") + 1 if body else 0,
        "blank": max(text[len(body) :].count("\n") - 1, 0),
        "quotes": '"' in body,
        "marks": {mark for mark in "'`“" if mark in body},
        "nuls": body.count("\0"),
        "regular": ends <= {"\n"} or ends == {"\r\n"},
        "broken": blank or marked or "\0" in body,
        "tidy": not any(
            unicodedata.category(c) in ("Cc", "Cf", "Zs", "Zl", "Zp") and c not in " \r\n"
            for c in after_mark
        ),
    }


@trials(max_examples=300, deadline=None)
@given(texts, st.integers(3, 9))
def test_chunks_do_not_matter(text: str, size: int) -> None:
    survey, content = Survey(), text.encode()
    for start in range(0, len(content), size):
        survey.add(content[start : start + size])
    wanted = expected(text)
    if wanted["lines"]:
        one_kind, broken = wanted.pop("regular"), wanted.pop("broken")
        assert survey.regular == (one_kind and not broken)
        wanted["marks"] = {*wanted["marks"]}
        assert {name: _said(survey, name) for name in wanted} == wanted


def _said(survey: Survey, name: str) -> Any:
    said = getattr(survey, name)
    return set(said) if name == "marks" else said
