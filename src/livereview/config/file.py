"""From `livereview.toml` and `--set` to a `Config`: found, read, overridden, checked once."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from livereview.config.kinds import DEFAULT_CUTOFF
from livereview.config.places import Key, Places, lines_of
from livereview.config.problems import named, problems_of
from livereview.config.settings import Config
from livereview.config.window import since_midnight
from livereview.errors import UsageError, UsageProblems, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "livereview.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Settings around a campaign's own file: it wins over `under`, and `over` wins over it.

    `places`: where their keys are written. Paths among the values are `Path`s already.
    """

    under: Mapping[str, Any] = field(default_factory=dict)
    over: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[Key, str] = field(default_factory=dict)

    def around(self, written: Mapping[str, Any]) -> dict[str, Any]:
        """Return a file's tables with the layers merged in, table by table."""
        return _merged(_merged(self.under, written), self.over)


def _merged(weak: Mapping[str, Any], strong: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(weak)
    for key, value in strong.items():
        held = merged.get(key)
        if isinstance(held, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(held, value)
        else:
            merged[key] = value
    return merged


_ALONE = Layers()


def load(path: Path, overrides: Sequence[str] = (), layers: Layers = _ALONE) -> Config:
    """Read a configuration file; `overrides` are `key=value` of `--set` and win over all else.

    Raises UsageProblems with everything that is wrong, each with its line and remedy.
    """
    written, lines = read(path)
    with _shallow(str(path)):
        return _checked(written, path.parent, str(path), lines, overrides, layers)


def read(path: Path) -> tuple[dict[str, Any], dict[Key, int]]:
    """Return the tables of a TOML file and the line of every key; raises UsageError."""
    text = _read(path)
    with _shallow(str(path)):
        try:
            return tomllib.loads(text), lines_of(text)
        except tomllib.TOMLDecodeError as error:
            raise _syntax_error(path, text, error) from error


def flaws(
    tables: Mapping[str, Any], base: Path, places: Places, overrides: Sequence[str] = ()
) -> list[UsageError]:
    """Return what is wrong in tables of a configuration whatever the rest of it may say."""
    written = _merged({}, tables)
    with _shallow(places.file or "--set"):
        flags, problems = _override(written, overrides)
        try:
            Config.model_validate(_frozen(written), context=_context(written.get("campaign"), base))
        except ValidationError as error:
            places = replace(places, flags=flags)
            problems += problems_of(error, places, is_part=True)
    return problems


def assume(name: str, base: Path, overrides: Sequence[str] = (), layers: Layers = _ALONE) -> Config:
    """Return the configuration of a run without a file, with layers and `--set` applied."""
    if not overrides and layers == _ALONE:
        return Config.assumed(name=name, base=base)
    with _shallow("--set"):
        config = _checked({}, base, "", {}, overrides, layers)
    if "name" not in config.open_keys:
        return config
    campaign = config.campaign.model_copy(update={"name": name})
    return config.model_copy(update={"campaign": campaign})


def settle(
    file: Path | None,
    sources: Sequence[Path],
    here: Path,
    overrides: Sequence[str] = (),
    layers: Layers | None = None,
) -> Config:
    """Return the configuration of a run: from the file given, else found, else assumed.

    `here` is where the command runs; `overrides` as in `load`. With `layers` the one who has them
    knows where the file is, and none is looked for. Raises what `find` and `load` do.
    """
    path = file if file is not None or layers is not None else find(sources, here)
    if path is not None:
        return load(path, overrides, layers or _ALONE)
    first = sources[0] if sources else here
    folder = first if first.is_dir() else first.parent
    return assume(name_of(folder), folder, overrides, layers or _ALONE)


def find(sources: Sequence[Path], here: Path) -> Path | None:
    """Return the `livereview.toml` in or beside the sources, else the one here, else None.

    Raises UsageError when the sources have different ones.
    """
    found: dict[Path, Path] = {}
    for source in sources:
        # `.` and `..` have no name to cut off
        parent = source.parent if source.name not in ("", "..") else source / ".."
        for folder in (source, parent):
            candidate = folder / FILE_NAME
            if candidate.is_file():
                found.setdefault(candidate.resolve(), candidate)
                break
    if len(found) > 1:
        first, second, *_ = found.values()
        raise UsageError(
            f"the sources have two configurations: {first} and {second}",
            "name the one to use with -c, or review the campaigns one by one",
        )
    if found:
        return next(iter(found.values()))
    candidate = here / FILE_NAME
    return candidate if candidate.is_file() else None


def check_limits(config: Config, slugs: Collection[str] | Mapping[str, Collection[str]]) -> None:
    """Check that every `[limits.SLUG]` names an analysis, and one of its limits where known.

    `slugs`: the slugs, or the names of the limits by slug. Raises UsageProblems.
    """
    wrong: list[UsageError] = []
    for slug, limits in config.limits.items():
        key: Key = ("limits", slug)
        if slug not in slugs:
            wrong.append(_unknown(config, key, "is not an analysis", slugs))
        elif isinstance(slugs, Mapping):
            wrong += [
                _unknown(config, (*key, name), f"is not a limit of {slug}", slugs[slug])
                for name in limits
                if name not in slugs[slug]
            ]
    if wrong:
        raise UsageProblems(wrong)


def _unknown(config: Config, key: Key, fact: str, valid: Collection[str]) -> UsageError:
    near = did_you_mean(str(key[-1]), valid)
    hint = f"did you mean {near}?" if near else f"valid: {', '.join(sorted(valid)) or 'none'}"
    return UsageError(f"{config.places.of(key)}: {named(key)} {fact}", hint)


def name_of(folder: Path) -> str:
    """Return the name of a folder as text; bytes that are none are written as escapes."""
    name = folder.resolve().name or "campaign"
    return name.encode("utf-8", "backslashreplace").decode()


@contextlib.contextmanager
def _shallow(place: str) -> Iterator[None]:
    """Say what nests too deeply to be read; nothing a configuration needs does."""
    try:
        yield
    except RecursionError as error:
        raise UsageError(
            f"{place}: brackets or tables are nested too deeply", "write the value flat"
        ) from error


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: byte {error.start} is not UTF-8", "save the file as UTF-8"
        ) from error
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({error.strerror})",
            "check the path given with -c, or leave -c out to run without a configuration",
        ) from error


def _syntax_error(path: Path, text: str, error: tomllib.TOMLDecodeError) -> UsageError:
    fact, _, place = str(error).rpartition(" (at ")
    line = place.partition("line ")[2].partition(",")[0]
    number = int(line) if line.isdigit() else text.count("\n") + 1
    return UsageError(
        f"{path}:{number}: not valid TOML: {fact or error}",
        'text and times of day stand in quotes, numbers and dates do not: name = "Double 11"',
    )


def _checked(
    written: dict[str, Any],
    base: Path,
    file: str,
    lines: Mapping[Key, int],
    overrides: Sequence[str],
    layers: Layers,
) -> Config:
    own = frozenset(lines)
    written = layers.around(written)
    flags, problems = _override(written, overrides)
    around = {
        key: place
        for key, place in layers.places.items()
        if key not in own or _holds(layers.over, key)
    }
    places = Places(file=file, lines=lines, flags={**around, **flags})
    campaign = written.setdefault("campaign", {})
    if isinstance(campaign, dict):
        campaign.setdefault("name", name_of(base))
    try:
        config = Config.model_validate(_frozen(written), context=_context(campaign, base))
    except ValidationError as error:
        raise UsageProblems([*problems, *problems_of(error, places)]) from None
    if problems:
        raise UsageProblems(problems)
    return config.placed(base, places)


def _holds(tables: object, key: Key) -> bool:
    for part in key:
        if not isinstance(tables, Mapping) or part not in tables:
            return False
        tables = tables[part]
    return True


def _context(campaign: object, base: Path) -> dict[str, object]:
    """Return what dates and paths are read by; wrong values are reported by their own checks."""
    table = campaign if isinstance(campaign, dict) else {}
    cutoff = table.get("business_day_cutoff", DEFAULT_CUTOFF)
    if isinstance(cutoff, str):
        try:
            cutoff = time.fromisoformat(cutoff)
        except ValueError:
            cutoff = DEFAULT_CUTOFF
    context: dict[str, object] = {"base": base}
    if isinstance(cutoff, time):
        context["cutoff"] = since_midnight(cutoff)
    with contextlib.suppress(Exception):
        context["zone"] = ZoneInfo(table.get("timezone", "Asia/Shanghai"))
    return context


def _frozen(value: Any) -> Any:
    """Return the value with tuples for lists, as frozen settings hold them."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value


def _override(
    written: dict[str, Any], overrides: Sequence[str]
) -> tuple[dict[Key, str], list[UsageError]]:
    """Put the values of `--set` into the tables; return their places and what is wrong."""
    flags: dict[Key, str] = {}
    values: dict[Key, Any] = {}
    problems: list[UsageError] = []
    for override in overrides:
        flag = f"--set {override}"
        name, equals, text = override.partition("=")
        key = _dotted(name.strip())
        if not equals or not key:
            problems.append(UsageError(f"{flag}: not of the form key=value", _SET_HINT))
            continue
        value = _value(text.strip())
        if values.setdefault(key, value) != value:
            fact = f"{flag}: {named(key)} is given twice, as {values[key]} and {value}"
            problems.append(UsageError(fact, "give it once"))
            continue
        flags[key] = flag
        table: Any = written
        for part in key[:-1]:
            table = table.setdefault(part, {}) if isinstance(table, dict) else None
        if isinstance(table, dict):
            table[key[-1]] = value
        else:
            fact = f"{flag}: {named(key[:-1])} is not a table"
            problems.append(UsageError(fact, "set the whole value instead"))
    return flags, problems


_SET_HINT = "such as --set targets.gmv=1_400_000_000"


def _dotted(name: str) -> tuple[str, ...]:
    """Split a dotted key as TOML does; names that TOML would want quoted are split at dots."""
    try:
        inner: Any = tomllib.loads(f"{name} = 0")
    except tomllib.TOMLDecodeError:
        return tuple(part.strip() for part in name.split(".")) if name else ()
    key: list[str] = []
    while isinstance(inner, dict):
        part, inner = next(iter(inner.items()))
        key.append(part)
    return tuple(key)


def _value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return parsed["value"] if list(parsed) == ["value"] else text
