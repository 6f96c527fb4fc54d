"""Names of files as text: what a file system allows and UTF-8 does not is shown escaped."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def spoken(path: Path | str) -> str:
    """Return a path that can be printed and stored: bytes that are no UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def is_plain(path: Path) -> bool:
    """Say whether a path reaches DuckDB as it is: valid text, and not taken for a pattern."""
    text = str(path)
    return spoken(text) == text and not set("*?") & set(text)
