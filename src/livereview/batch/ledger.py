"""batch.json: every campaign of a batch with its exit code, kept up to date as they end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias

from livereview import headline
from livereview.batch.campaign import LEDGER_NAME
from livereview.batch.roster import folded, is_folder
from livereview.errors import ExitCode, LiveReviewError
from livereview.model import Batch, Member
from livereview.report.reporter import write
from livereview.version import version

SCHEMA_VERSION = 1

_STATUS: Mapping[int | None, str] = {
    None: "pending",
    ExitCode.DONE: "done",
    ExitCode.GATE: "gate",
    ExitCode.USAGE: "usage",
    ExitCode.DATA: "data",
    ExitCode.PARTIAL: "partial",
    ExitCode.INTERNAL: "internal",
}
_REST = 20  # between two writes passes so many times what one takes, however long the list

Said: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One campaign of the ledger.

    Attributes:
        path: where it is, seen from the ledger's folder; folder: of its review, in there.
        code: exit code of its run, None while it has not run.
        key: digest of all that its run depended on, None where it did not get so far.
        said: its headline, see `headline.headline`.
    """

    path: str
    folder: str
    code: int | None
    key: str | None
    said: Said

    @property
    def member(self) -> Member:
        """The campaign as the index shows it."""
        return headline.member(self.path, self.folder, self.code, self.said)


@dataclass(slots=True)
class Ledger:
    """The campaigns of a batch in their order, kept in a folder.

    `former`: folders of campaigns that were of the batch in earlier runs, by path.
    """

    folder: Path
    lines: dict[str, Line] = field(default_factory=dict)
    former: dict[str, str] = field(default_factory=dict)
    _next: float = 0.0

    @classmethod
    def read(cls, folder: Path) -> Ledger:
        """Return the ledger of an earlier run; one that cannot be read is empty."""
        try:
            held = json.loads((folder / LEDGER_NAME).read_text("utf-8"))
            if held["schema_version"] != SCHEMA_VERSION:
                return cls(folder)
            json.dumps(held, allow_nan=False)  # a number beyond all bounds could not be kept
            lines = [_line(one) for one in held["members"]]
            ledger = cls(folder, {line.path: line for line in lines}, dict(held["former"]))
            names = ledger.folders.values()
            if len(set(map(folded, names))) < len(lines) + len(ledger.former):
                raise ValueError("two campaigns share a folder")
            if not all(map(is_folder, names)):
                raise ValueError("a folder is outside of the batch's")
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return cls(folder)
        return ledger

    @property
    def folders(self) -> dict[str, str]:
        """The folders that are spoken for, by the path of their campaign."""
        return {**self.former, **{line.path: line.folder for line in self.lines.values()}}

    def enter(self, line: Line) -> None:
        """Take note of a campaign's end, and write that down unless it would hold up the run.

        What cannot be written now is tried again with the next one.
        """
        self.lines[line.path] = line
        if monotonic() >= self._next:
            with suppress(LiveReviewError):
                self.write()

    def write(self, code: ExitCode | None = None) -> None:
        """Write batch.json whole; `code` is that of the batch once it has ended.

        Raises UsageError or RenderError.
        """
        started = monotonic()
        document = {
            "schema_version": SCHEMA_VERSION,
            "generator": {"name": "livereview", "version": version()},
            "exit_code": None if code is None else int(code),
            "members": [_document(line) for line in self.lines.values()],
            "former": self.former,
        }
        text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        try:
            write({LEDGER_NAME: text.encode("utf-8", errors="replace")}, self.folder)
        finally:
            ended = monotonic()
            self._next = ended + _REST * (ended - started)

    def batch(self) -> Batch:
        """Return the campaigns as values."""
        return Batch(version=version(), members=tuple(one.member for one in self.lines.values()))


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every batch.json of this version meets."""
    loaded: dict[str, Any] = json.loads(
        Path(__file__).with_name("batch.schema.json").read_text("utf-8")
    )
    return loaded


def _document(line: Line) -> Said:
    return {
        "path": line.path,
        "folder": line.folder,
        "status": _STATUS[line.code],
        "exit_code": line.code,
        "key": line.key,
        **line.said,
    }


def _line(said: Mapping[str, Any]) -> Line:
    own = ("path", "folder", "status", "exit_code", "key")
    line = Line(
        path=said["path"],
        folder=said["folder"],
        code=said["exit_code"],
        key=said["key"],
        said={key: value for key, value in said.items() if key not in own},
    )
    if line.code not in _STATUS or not line.member.name or not isinstance(line.key, str | None):
        raise ValueError(line.path)
    return line
