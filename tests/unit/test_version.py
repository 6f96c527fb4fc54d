"""A build is known by what is in it."""

from __future__ import annotations

import os
from pathlib import Path

from livereview import version


def test_a_build_is_the_same_wherever_and_whenever_it_is_installed(tmp_path: Path) -> None:
    builds = []
    for name, content, when in (("one", "a", 1), ("two", "a", 2), ("three", "b", 2)):
        file = tmp_path / name / "page.j2"
        file.parent.mkdir()
        file.write_text(content, "utf-8")
        os.utime(file, (when, when))
        builds.append(version.build(file.parent))
    first, again, other = builds
    assert first == again != other
