"""The example reviewed through the command line, and its review.json read back by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livereview.cli import main

CAMPAIGN = Path(__file__).parents[2] / "examples" / "campaign"
FORMATS = ("html", "md", "json", "xlsx")
AS_OF = "2026-11-20T09:00"


def analyze(campaign: Path, out: Path) -> None:
    """Review a campaign in English, in every format."""
    arguments = ["-o", str(out), "-f", ",".join(FORMATS), "--lang", "en", "--as-of", AS_OF, "-q"]
    assert main(["analyze", str(campaign / "exports"), *arguments]) == 0


def report(store: Path, campaign: Path, out: Path, *, lang: str, formats: str) -> None:
    """Review what a store holds."""
    config = str(campaign / "livereview.toml")
    arguments = ["-c", config, "-o", str(out), "-f", formats, "--lang", lang, "--as-of", AS_OF]
    assert main(["report", "--store", str(store), *arguments, "-q"]) == 0


@dataclass(frozen=True)
class Reading:
    """A review.json with its frames by name; nothing is worked out from any other output."""

    document: Mapping[str, Any]

    @classmethod
    def of(cls, path: Path) -> Reading:
        """Read a review.json."""
        return cls(json.loads(path.read_text("utf-8")))

    def section(self, slug: str) -> Mapping[str, Any]:
        """Return a section."""
        (found,) = (s for s in self.document["sections"] if s["slug"] == slug)
        assert isinstance(found, dict)
        assert found["status"] == "ok", found["reason"]
        return found

    def rows(self, slug: str, frame: str) -> list[dict[str, Any]]:
        """Return the rows of a frame by column name."""
        held = self.section(slug)["frames"][frame]
        names = [column["name"] for column in held["columns"]]
        return [dict(zip(names, row, strict=True)) for row in held["rows"]]

    def row(self, slug: str, frame: str, **keys: object) -> dict[str, Any]:
        """Return the one row with these values."""
        rows = self.rows(slug, frame)
        (found,) = (row for row in rows if all(row[k] == v for k, v in keys.items()))
        return found

    def findings(self, slug: str) -> list[dict[str, Any]]:
        """Return the findings of a section, in their order."""
        found: list[dict[str, Any]] = self.section(slug)["findings"]
        return found

    def finding(self, slug: str, code: str) -> dict[str, Any]:
        """Return the first finding with this code."""
        return next(finding for finding in self.findings(slug) if finding["code"] == code)
