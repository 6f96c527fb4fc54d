"""batch.json says what is known of each campaign, whatever happens to it meanwhile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livereview.batch import ledger as module
from livereview.batch.ledger import Ledger, Line, schema
from livereview.errors import ExitCode, RenderError
from livereview.report import json_v1
from livereview.report.reporter import write

GATE = {
    "name": "gmv >= 5",
    "metric": "gmv",
    "op": ">=",
    "limit": 5.0,
    "value": 4.0,
    "status": "failed",
    "unit": "money",
    "distance": -1.0,
    "reason": None,
}
FIGURES = {
    "name": "双11 <b>\x1b[31m",
    "start": "2026-11-01",
    "end": "2026-11-02",
    "currency": "CNY",
    "target": 5.0,
    "attainment": 0.8,
    "change": None,
    "gmv": 4.0,
    "daily": [4.0, None],
    "act": 1,
    "watch": 2,
    "gates": [GATE],
    "failed_analyses": ["goals"],
    "files": ["review.html"],
    "errors": [],
}
LINES = (
    Line(path="../a", folder="a", code=1, key="0" * 64, said=FIGURES),
    Line(path="../b", folder="b", code=3, key=None, said={"name": "b", "errors": ["no; yes"]}),
    Line(path="../c", folder="c", code=None, key=None, said={"name": "c"}),
)


def ledger(folder: Path) -> Ledger:
    return Ledger(folder, {line.path: line for line in LINES}, {"../d": "d"})


def held(folder: Path) -> Any:
    return json.loads((folder / "batch.json").read_text("utf-8"))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    ledger(tmp_path).write(ExitCode.PARTIAL)
    read = Ledger.read(tmp_path)
    assert tuple(read.lines.values()) == LINES
    assert read.former == {"../d": "d"}
    assert read.folders == {"../a": "a", "../b": "b", "../c": "c", "../d": "d"}
    assert read.batch() == ledger(tmp_path).batch()


def test_the_file_is_for_machines_and_meets_its_schema(tmp_path: Path) -> None:
    ledger(tmp_path).write(ExitCode.PARTIAL)
    document = held(tmp_path)
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(document, schema(), cls=jsonschema.Draft202012Validator)
    assert document["exit_code"] == 4
    assert [(one["path"], one["status"], one["exit_code"]) for one in document["members"]] == [
        ("../a", "gate", 1),
        ("../b", "data", 3),
        ("../c", "pending", None),
    ]
    ledger(tmp_path).write()
    assert held(tmp_path)["exit_code"] is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 2),
        (("exit_code",), 7),
        (("members", 0, "colour"), "red"),
        (("members", 0, "exit_code"), 130),
        (("members", 0, "status"), "done"),
        (("members", 0, "folder"), "../up"),
        (("members", 0, "gates", 0, "status"), "lost"),
        (("members", 0, "start"), "yesterday"),
        (("members", 1, "exit_code"), None),
        (("members", 1, "errors"), []),
        (("former", "../d"), "a/b"),
    ],
    ids=str,
)
def test_the_schema_is_strict(tmp_path: Path, path: tuple[str | int, ...], value: object) -> None:
    ledger(tmp_path).write()
    document = place = held(tmp_path)
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert not jsonschema.Draft202012Validator(schema()).is_valid(document)


def test_a_gate_is_the_same_as_in_a_review() -> None:
    ours, its = schema()["$defs"], json_v1.schema()["$defs"]
    assert isinstance(its, dict)
    assert {name: ours[name] for name in ("gate", "unit", "day")} == {
        name: its[name] for name in ("gate", "unit", "day")
    }


def test_there_is_none_at_first(tmp_path: Path) -> None:
    assert Ledger.read(tmp_path) == Ledger(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"schema_version": 1}',
        b'{"schema_version": 1, "members": 3, "former": {}}',
        b'{"schema_version": 1, "members": [3], "former": {}}',
        b'{"schema_version": 1, "members": [{}], "former": {}}',
        b'{"schema_version": 1, "members": [], "former": [1]}',
        b'{"schema_version": 1, "members": [], "former": {"x": "../up"}}',
        b'{"schema_version": 1, "members": [], "former": {"x": 3}}',
    ],
    ids=str,
)
def test_garbage_is_an_empty_ledger(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "batch.json").write_bytes(content)
    assert Ledger.read(tmp_path) == Ledger(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("folder", "../up"),
        ("folder", "/etc"),
        ("folder", ""),
        ("folder", "."),
        ("folder", "a/b"),
        ("folder", "a\\b"),
        ("folder", "b"),
        ("folder", "B"),
        ("folder", "D"),
        ("folder", "index.html"),
        ("folder", 3),
        ("exit_code", 7),
        ("exit_code", "1"),
        ("exit_code", [1]),
        ("name", ""),
        ("name", None),
        ("start", "2026-13-01"),
        ("gmv", "much"),
        ("daily", ["much"]),
        ("daily", 3),
        ("gates", [{}]),
        ("gates", ["gmv"]),
        ("act", "one"),
        ("errors", "why"),
        ("key", 3),
        ("path", 3),
    ],
    ids=str,
)
def test_one_line_that_cannot_be_trusted_is_none(tmp_path: Path, key: str, value: object) -> None:
    ledger(tmp_path).write()
    document = held(tmp_path)
    document["members"][0][key] = value
    (tmp_path / "batch.json").write_text(json.dumps(document))
    assert Ledger.read(tmp_path) == Ledger(tmp_path)


@settings(deadline=None)
@given(
    keys=st.lists(st.sampled_from([*FIGURES, "path", "folder", "key", "exit_code"]), max_size=3),
    value=st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([{}]),
)
def test_what_is_read_can_be_shown(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], value: object
) -> None:
    from livereview.report import index
    from livereview.report.words import Words

    folder = tmp_path_factory.mktemp("held")
    ledger(folder).write()
    document = held(folder)
    document["members"][0] |= dict.fromkeys(keys, value)
    (folder / "batch.json").write_text(json.dumps(document))
    assert set(index.render(Ledger.read(folder).batch(), Words("en", "CNY"))) == {
        "index.html",
        "index.md",
    }


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version_is_not_read(tmp_path: Path, version: object) -> None:
    ledger(tmp_path).write()
    document = held(tmp_path) | {"schema_version": version}
    (tmp_path / "batch.json").write_text(json.dumps(document))
    assert Ledger.read(tmp_path) == Ledger(tmp_path)


def test_what_cannot_be_written_leaves_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger(tmp_path).write(ExitCode.DONE)
    before = (tmp_path / "batch.json").read_bytes()

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(RenderError, match=r"batch\.json cannot be written: the disk is full"):
            ledger(tmp_path).write()
        entered = Ledger.read(tmp_path)
        entered.enter(LINES[2])  # goes on, and keeps it for the next time
    assert [path.name for path in tmp_path.iterdir()] == ["batch.json"]
    assert (tmp_path / "batch.json").read_bytes() == before
    entered.write()
    assert [one["path"] for one in held(tmp_path)["members"]] == ["../a", "../b", "../c"]


def test_a_long_ledger_is_not_written_for_every_campaign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, took, writes = 0.0, 3.0, 0

    def slow(files: Any, folder: Path) -> None:
        nonlocal now, writes
        now, writes = now + took, writes + 1
        write(files, folder)

    monkeypatch.setattr(module, "monotonic", lambda: now)
    monkeypatch.setattr(module, "write", slow)
    kept = Ledger(tmp_path)
    for number in range(100):
        now += 1
        kept.enter(Line(path=str(number), folder=str(number), code=0, key=None, said={"name": "a"}))
    assert writes * took < 0.1 * now
    assert writes > 1
    assert len(kept.lines) == 100


def test_names_that_are_no_text_are_written_all_the_same(tmp_path: Path) -> None:
    line = Line(path="a", folder="a", code=2, key=None, said={"name": "\udcff", "errors": ["x"]})
    kept = Ledger(tmp_path, {"a": line})
    kept.write()
    assert held(tmp_path)["members"][0]["name"] == "?"
