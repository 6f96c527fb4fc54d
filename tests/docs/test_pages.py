"""The documentation says what the code does."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from livereview.config import Config
from livereview.ingest.kinds import built_in

ROOT = Path(__file__).parents[2]
LINKING = (
    "README.md",
    "README.zh-CN.md",
    "CONTRIBUTING.md",
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
)
SUPPORTED = {
    "douyin": ("Douyin", "抖音"),
    "taobao": ("Taobao, Tmall", "淘宝、天猫"),
    "tiktok": ("TikTok Shop", "TikTok Shop"),
    "shopee": ("Shopee Live", "Shopee Live"),
    "wechat": ("WeChat Channels", "视频号"),
    "xiaohongshu": ("Xiaohongshu", "小红书"),
    "pinduoduo": ("Pinduoduo", "拼多多"),
}
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


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as a reader of Markdown makes them."""
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKING)
def test_a_link_leads_somewhere(page: str) -> None:
    here = ROOT / page
    text = here.read_text("utf-8")
    for target, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", text):
        if "://" not in target:
            there = here.parent / target if target else here
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), f"{target}#{anchor}"
    for path in re.findall(r"`((?:docs|examples)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_exactly_the_platforms_of_grade_a_are_called_supported(page: str) -> None:
    sure = {name.partition(".")[0] for name, kind in built_in().items() if kind.grade == "A"}
    assert sure == SUPPORTED.keys()
    text = (ROOT / page).read_text("utf-8")
    (table,) = re.findall(r"(?s)^\| (?:platform|平台) \|.*?\n\n", text, re.MULTILINE)
    named = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)[1:]
    assert [name for name in named if name != "---"] == [
        names[page == "README.zh-CN.md"] for names in SUPPORTED.values()
    ]
