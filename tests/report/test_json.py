from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

import jsonschema
import polars as pl

from livereview.model import Column, Frame, Message
from livereview.report.json_v1 import JsonReporter, document, schema
from livereview.report.words import Words

from .awkward import LONG_ID, NAMES

if TYPE_CHECKING:
    from livereview.model import Review


def parsed(review: Review, words: Words) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    content = JsonReporter().render(review, words)["review.json"]
    return json.loads(content, parse_constant=refuse)


def test_it_meets_its_schema(review: Review, words: Words) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(parsed(review, words), schema(), cls=jsonschema.Draft202012Validator)


def test_the_schema_is_strict(review: Review, words: Words) -> None:
    broken = parsed(review, words)
    broken["sections"][1]["findings"][0]["impact"]["colour"] = "red"
    validator = jsonschema.Draft202012Validator(schema())
    assert [error.validator for error in validator.iter_errors(broken)] == ["anyOf"]
    del broken["campaign"]
    assert {error.validator for error in validator.iter_errors(broken)} == {"anyOf", "required"}


def test_keys_stand_in_the_order_of_the_interface(review: Review, words: Words) -> None:
    content = parsed(review, words)
    assert list(content) == [
        "schema_version",
        "generator",
        "campaign",
        "as_of",
        "sources",
        "scorecard",
        "sections",
        "actions",
        "gates",
        "previous_actions",
    ]
    assert list(content["sections"][0]) == [
        "slug",
        "chapter",
        "title",
        "question",
        "status",
        "reason",
        "notes",
        "findings",
        "frames",
        "sql",
    ]
    assert list(content["sections"][1]["findings"][0]) == [
        "id",
        "code",
        "severity",
        "grade",
        "headline",
        "detail",
        "measures",
        "impact",
        "owner_role",
        "advice",
        "frame",
    ]
    assert list(content["sources"][0]) == [
        "path",
        "kind",
        "table",
        "rows",
        "rejected",
        "duplicates",
        "dropped",
        "period",
        "encoding",
        "sha256",
        "exported_at",
        "campaign",
    ]


def test_figures_are_raw_and_rows_in_order(review: Review, words: Words) -> None:
    section = parsed(review, words)["sections"][1]
    frame = section["frames"]["anchors"]
    names = [column["name"] for column in frame["columns"]]
    expected = review.sections[1].frames["anchors"].rows
    assert names == expected.columns
    assert [row[0] for row in frame["rows"]] == list(NAMES)
    assert {row[1] for row in frame["rows"]} == {LONG_ID}
    for found, value in zip((row[3] for row in frame["rows"]), expected["gmv"], strict=True):
        if value is None or not math.isfinite(value):
            assert found is None
        else:
            assert found == value
    first = frame["rows"][0]
    assert first[10:] == ["2026-11-01", "2026-11-01T20:05:00"]
    assert section["findings"][0]["impact"]["value"] == -84000000.25
    assert section["sql"]["anchors"][0]["file"] == "anchors.sql"


def test_money_of_the_scorecard_is_a_number(review: Review, words: Words) -> None:
    score = parsed(review, words)["scorecard"][0]
    assert score["value"] == 1_200_000_000
    assert isinstance(score["value"], int)
    assert parsed(review, words)["scorecard"][2]["change"] is None


def test_sentences_are_in_the_reviews_language(review: Review) -> None:
    english = document(review, Words("en", "CNY"))
    chinese = document(review, Words("zh-CN", "CNY"))
    assert english["scorecard"][1]["label"] == "Refund rate"  # type: ignore[index,call-overload]
    assert chinese["scorecard"][1]["label"] == "退款率"  # type: ignore[index,call-overload]


def test_user_key_never_leaves(review: Review, words: Words) -> None:
    keys = Frame(
        name="keys",
        columns=tuple(
            Column(name=name, type="text", unit="text", label=Message(name))
            for name in ("user_key", "tier")
        ),
        rows=pl.DataFrame({"user_key": ["secret-key"], "tier": ["head"]}),
    )
    section = dataclasses.replace(review.sections[0], frames={"keys": keys})
    leaky = dataclasses.replace(review, sections=(section,))
    content = JsonReporter().render(leaky, words)["review.json"]
    assert b"secret-key" not in content
    assert json.loads(content)["sections"][0]["frames"]["keys"]["rows"] == [["head"]]


def test_it_stays_readable(review: Review, words: Words) -> None:
    lines = JsonReporter().render(review, words)["review.json"].decode().splitlines()
    assert '      ["refund_rate", 0.25, 0.2, 0.05, -0.1],' in lines
