"""`batch.toml`: how a batch runs, what its campaigns share, and what is said of each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias, get_args

from livereview import config
from livereview.batch.campaign import Campaign, campaign, matches
from livereview.config import Layers
from livereview.config.kinds import Lang, memory_size
from livereview.config.places import Key, Places
from livereview.errors import UsageError, UsageProblems, did_you_mean
from livereview.report.reporter import FORMATS

_TABLES = ("batch", "shared", "campaigns")
_KEYS: Mapping[str, type] = {
    "out": str,
    "formats": list,
    "lang": str,
    "jobs": int,
    "memory_limit": str,
    "threads": int,
}
_CAMPAIGN_KEYS: Mapping[str, type] = {"path": str, "name": str, "set": dict}
_MOST: Mapping[str, int] = {"jobs": 256, "threads": 1024}
# Keys of a configuration that hold paths: they start from the folder of the list.
_PATHS: tuple[Key, ...] = (
    ("report", "logo"),
    ("report", "notes"),
    ("sources", "include"),
    ("sources", "mappings"),
    ("benchmarks", "file"),
    ("previous", "path"),
    ("last_year", "path"),
)
_KINDS = {str: "text in quotes", list: "a list", int: "a whole number", dict: "a table"}

Values: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `[batch]` says of the run itself; None where it says nothing."""

    out: Path | None = None
    formats: tuple[str, ...] | None = None
    lang: str | None = None
    jobs: int | None = None
    memory_limit: str | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """A list as it was read: its settings, and its campaigns in their order."""

    settings: Settings
    campaigns: tuple[Campaign, ...]


def read(path: Path) -> Agenda:
    """Read a `batch.toml`; raises UsageError, or UsageProblems with all that is wrong in it."""
    written, lines = config.read(path)
    reader = _Reader(path=path, lines=lines)
    agenda = reader.agenda(written)
    if reader.problems:
        raise UsageProblems(reader.problems)
    return agenda


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Checks the tables of a list, and notes everything that is wrong with its place."""

    path: Path
    lines: Mapping[Key, int]
    problems: list[UsageError] = field(default_factory=list)

    def agenda(self, written: Values) -> Agenda:
        self._check_keys((), written, _TABLES)
        settings = self._settings(self._table(written, "batch"))
        shared = self._table(written, "shared")
        self._check_tables(("shared",), shared)
        once: dict[str, Campaign] = {}
        for index, one in enumerate(self._listed(written.get("campaigns", []))):
            key: Key = ("campaigns", index)
            said = self._checked(key, one, _CAMPAIGN_KEYS)
            self._check_tables((*key, "set"), said.get("set", {}))
            for found in self._campaigns(key, said, shared):
                if found.home not in once:
                    once[found.home] = found
                elif said.keys() - {"path"}:
                    fact = f"{said['path']} is listed already"
                    self._wrong(key, fact, "list it once, before a pattern that names it too")
        return Agenda(settings=settings, campaigns=tuple(once.values()))

    def _wrong(self, key: Key, fact: str, hint: str) -> None:
        """Note a problem at a key."""
        place = self._places().of(key)
        self.problems.append(UsageError(f"{place}: {fact}", hint))

    def _places(self, prefix: Key = ()) -> Places:
        """Return where the keys under another are written."""
        size = len(prefix)
        lines = {key[size:]: line for key, line in self.lines.items() if key[:size] == prefix}
        return Places(file=str(self.path), lines=lines)

    def _check_keys(self, key: Key, table: Values, known: Sequence[str]) -> None:
        for name in table:
            if name not in known:
                near = did_you_mean(name, known)
                hint = f"did you mean {near}?" if near else f"valid: {', '.join(known)}"
                self._wrong((*key, name), f"unknown key {config.named((*key, name))}", hint)

    def _check_tables(self, key: Key, tables: Values) -> None:
        """Note what no other table of a configuration could put right."""
        self.problems += config.flaws(tables, self.path.parent, self._places(key))

    def _table(self, written: Values, name: str) -> Values:
        table = written.get(name, {})
        if not isinstance(table, dict):
            self._wrong((name,), f"{name} must be a table", f"write it under [{name}]")
            return {}
        return table

    def _checked(self, key: Key, table: Values, kinds: Mapping[str, type]) -> Values:
        """Return the values of a table that are of their kinds."""
        self._check_keys(key, table, tuple(kinds))
        right = {}
        for name in table.keys() & kinds.keys():
            value, kind = table[name], kinds[name]
            is_empty = isinstance(value, str | list) and not value
            if not isinstance(value, kind) or isinstance(value, bool) or is_empty:
                fact = f"{config.named((*key, name))} must be {_KINDS[kind]}"
                self._wrong((*key, name), f"{fact}{', not empty' * is_empty}", "correct the value")
            else:
                right[name] = value
        return right

    def _settings(self, table: Values) -> Settings:
        key: Key = ("batch",)
        said = self._checked(key, table, _KEYS)
        for name, most in _MOST.items():
            if not 1 <= said.get(name, 1) <= most:
                self._wrong((*key, name), f"{name} must be from 1 to {most}", "correct the number")
        formats = said.get("formats")
        for index, word in enumerate(formats or ()):
            self._check_choice((*key, "formats", index), word, FORMATS)
        if "lang" in said:
            self._check_choice((*key, "lang"), said["lang"], get_args(Lang))
        if "memory_limit" in said:
            try:
                memory_size(said["memory_limit"])
            except ValueError as error:
                self._wrong((*key, "memory_limit"), str(error), "correct the value")
        out = said.get("out")
        if out is not None and "\0" in out:
            self._wrong((*key, "out"), "batch.out cannot be the name of a folder", "correct it")
        return Settings(
            out=None if out is None else self.path.parent / os.path.expanduser(out),  # noqa: PTH111
            formats=None if formats is None else tuple(dict.fromkeys(map(str, formats))),
            **{name: said.get(name) for name in ("lang", "jobs", "memory_limit", "threads")},
        )

    def _check_choice(self, key: Key, word: object, among: Sequence[str]) -> None:
        if word not in among:
            near = did_you_mean(str(word), among)
            hint = f'did you mean "{near}"?' if near else f'such as "{among[0]}"'
            self._wrong(key, f"{word!r} is not one of {', '.join(among)}", hint)

    def _listed(self, listed: object) -> list[Values]:
        """Return the entries of the list as tables."""
        if isinstance(listed, list) and listed and all(isinstance(one, str) for one in listed):
            return [{"path": one} for one in listed]
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            fact = "campaigns must be tables or paths"
            self._wrong(("campaigns",), fact, 'write [[campaigns]] and path = "618" under it')
            return []
        if not listed:
            self._wrong((), "no campaign is listed", 'add [[campaigns]] with path = "618"')
        return listed

    def _campaigns(self, key: Key, said: Values, shared: Values) -> Iterator[Campaign]:
        """Yield the campaigns of one entry of the list."""
        if "path" not in said:
            if (*key, "path") not in self.lines:
                self._wrong(key, "the campaign has no path", 'add path = "618"')
            return
        base = self.path.parent
        pattern = os.path.expanduser(said["path"])  # noqa: PTH111 - takes any name
        found = [one for path in matches(pattern, base) if (one := campaign(path)) is not None]
        if not found:
            fact = f"{said['path']} names no campaign"
            self._wrong((*key, "path"), fact, "name a folder of exports or a livereview.toml")
        if "name" in said and len(found) > 1:
            fact = f"one name for {len(found)} campaigns"
            self._wrong((*key, "name"), fact, "list them one by one, or leave the name out")
        layers = self._layers(key, said, shared)
        for one in found:
            yield replace(one, name=said.get("name", one.name), layers=layers, is_listed=True)

    def _layers(self, key: Key, said: Values, shared: Values) -> Layers:
        """Return the settings around a campaign's own, with their places."""
        base = self.path.parent
        lines = dict(self._places(("shared",)).lines)
        named: Values = {}
        if "name" in said:
            named = {"campaign": {"name": said["name"]}}
            lines["campaign", "name"] = self.lines[*key, "name"]
        lines |= self._places((*key, "set")).lines
        return Layers(
            under=_placed(shared, base),
            over=Layers(under=named).around(_placed(said.get("set", {}), base)),
            places={name: f"{self.path}:{line}" for name, line in lines.items() if name},
        )


def _placed(tables: Values, base: Path, key: Key = ()) -> dict[str, Any]:
    """Return tables of a configuration with their paths resolved against a folder."""

    def placed(value: object, here: Key) -> object:
        if isinstance(value, dict):
            return _placed(value, base, here)
        if here in _PATHS and isinstance(value, list):
            return [placed(one, here) for one in value]
        if here in _PATHS and isinstance(value, str) and value:
            return base / os.path.expanduser(value)  # noqa: PTH111 - takes any name
        return value

    return {name: placed(value, (*key, name)) for name, value in tables.items()}
