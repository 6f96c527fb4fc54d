"""The documentation says what the code does."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from livereview.config import Config

ROOT = Path(__file__).parents[2]
PAGES: dict[str, str] = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / name).read_text("utf-8")
    assert written == PAGES[name].rstrip("\n") + "\n", "run `make docs`"


def test_every_configuration_key_is_documented() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    named = set(re.findall(r"`([\w.]+)`", page))
    for table, field in Config.model_fields.items():
        keys = getattr(field.annotation, "model_fields", None)
        assert f"[{table}]" in page or f"[[{table}" in page or f"[{table}." in page, table
        for key in keys or ():
            assert key in named, f"{table}.{key}"


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"])
def test_a_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / page).read_text("utf-8")):
        if "://" not in target:
            assert (ROOT / target).exists(), target
    for path in re.findall(r"`(docs/[\w./-]+)`", (ROOT / page).read_text("utf-8")):
        assert (ROOT / path).exists(), path
