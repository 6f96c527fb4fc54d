"""A campaign of a batch before it is reviewed: where it was found and what it is called."""

from __future__ import annotations

import glob
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from livereview.config import FILE_NAME, Layers, name_of

LIST_NAME = "batch.toml"
LEDGER_NAME = "batch.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign, and the settings around its own.

    `config`: its own configuration, if it has one; `is_listed`: a list names it.
    """

    path: Path
    name: str
    config: Path | None
    layers: Layers = field(default_factory=Layers)
    is_listed: bool = False

    @property
    def sources(self) -> tuple[Path, ...]:
        """What is read: the folder; with a configuration, what that one says."""
        return () if self.config is not None else (self.path,)

    @property
    def home(self) -> str:
        """The folder or file it really is, by whatever path it was found."""
        return os.path.realpath(self.path.parent if self.path.name == FILE_NAME else self.path)


def matches(pattern: str, base: Path | None = None) -> list[Path]:
    """Return what a path or glob names, in order; a relative one starts from `base`."""
    start = base or Path()
    if os.path.exists(start / pattern):  # noqa: PTH110 - any name may be asked for
        return [start / pattern]
    found = glob.glob(pattern, root_dir=base, recursive=True)  # noqa: PTH207 - may be absolute
    return [start / name for name in sorted(found)]


def campaign(path: Path) -> Campaign | None:
    """Return the campaign that a path stands for, None where it stands for none."""
    if path.is_dir():
        own = path / FILE_NAME
        config = own if _is_file(own) else None
        if _is_file(path / LEDGER_NAME) or (config is None and _is_file(path / "review.json")):
            return None
        return Campaign(path=path, name=name_of(path), config=config)
    if path.suffix == ".toml" and _is_file(path) and not is_list(path):
        name = name_of(path.parent if path.name == FILE_NAME else path.with_suffix(""))
        return Campaign(path=path, name=name, config=path)
    return None


def why_not(path: Path) -> str:
    """Say why a path stands for no campaign."""
    if path.is_dir():
        return "it holds reviews, not exports"
    return "it is neither a folder nor a configuration"


def is_list(path: Path) -> bool:
    """Whether a file lists campaigns, rather than being the configuration of one."""
    if path.suffix != ".toml" or path.name == FILE_NAME:
        return False
    if path.name == LIST_NAME:
        return True
    try:
        return "campaigns" in tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return False


def _is_file(path: Path) -> bool:
    """Whether a path is a file that this process may look up."""
    return os.path.isfile(path)  # noqa: PTH113 - a folder that is closed to us ends no batch
