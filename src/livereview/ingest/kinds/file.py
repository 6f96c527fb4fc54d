"""A kind of export from its TOML file: read whole, every fault told with its line and remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, get_args

from livereview.config.places import lines_of
from livereview.errors import UsageError, UsageProblems, did_you_mean
from livereview.ingest.kinds.formula import FormulaError, names_in
from livereview.ingest.kinds.kind import Check, DateOrder, Grade, Kind, Source
from livereview.ingest.kinds.written import Written, bounds, example, is_of
from livereview.ingest.mapping import offered
from livereview.ingest.values.units import CODES, unit_of
from livereview.schema import ColumnSpec, TableSpec, tables

_NAME = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")


def packaged() -> dict[str, str]:
    """Return the text of every kind that comes with livereview, by name."""
    folder = files("livereview.ingest").joinpath("exports")
    return {
        entry.name.removesuffix(".toml"): entry.read_text("utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }


def parse(text: str, name: str, file: str) -> Kind:
    """Return the kind that a TOML text describes.

    Args:
        text: the file's content.
        name: `<platform>.<export>`, the stem of the file.
        file: as it is shown in errors.

    Raises:
        UsageProblems: everything that is wrong with it, with its line and remedy.
    """
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r" \(at line (\d+), column \d+\)", str(error))
        place = f"{file}:{at[1]}" if at else f"{file}:{text.count(chr(10)) + 1}"
        fact = re.sub(r" \(at .*\)$", "", str(error))
        raise UsageProblems([UsageError(f"{place}: {fact}", "correct the TOML")]) from error
    lines = lines_of(text)
    written = _extended(written, f"{file}:{lines.get(('extends',), 1)}")
    reader = _Reader(written=written, file=file, lines=lines, problems=[])
    kind = reader.kind(name)
    if kind is None or reader.problems:
        raise UsageProblems(reader.problems)
    return kind


def _extended(written: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return what a file says, over what the built-in kind says that it extends."""
    base = written.get("extends")
    if base is None:
        return dict(written)
    texts = packaged()
    if base not in texts:
        near = did_you_mean(str(base), texts)
        hint = f"did you mean {near}?" if near else "`livereview list sources` shows the kinds"
        raise UsageProblems([UsageError(f"{place}: extends names no built-in kind", hint)])
    merged = tomllib.loads(texts[base])
    for key, value in written.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = {**merged[key], **value} if both else value
    del merged["extends"]
    return merged


@dataclass(slots=True, kw_only=True)
class _Reader(Written):
    """A file of a kind being read."""

    def kind(self, name: str) -> Kind | None:
        """Return the kind, or None where it has no table."""
        if not _NAME.fullmatch(name):
            self.problems.append(
                UsageError(
                    f"{self.file}: the file's name is that of the kind and must be "
                    "<platform>.<export>",
                    "name it like myshop.session_list.toml",
                )
            )
        self._unknown_keys()
        table = self._canonical()
        title = self.words("title") or name
        title_zh = self.words("title_zh") or title
        if table is None:
            return None
        kind = Kind(
            name=name,
            table=table,
            title=title,
            title_zh=title_zh,
            where=self.words("where"),
            grade=self.choice("grade", get_args(Grade), "C"),
            languages=self.listed(("languages",)),
            requires=self._requires(),
            excludes=self.listed(("excludes",)),
            columns=self._columns(table),
            presets=self._presets(table),
            drop=self._values("drop"),
            keep=self._values("keep"),
            checks=self._checks(table),
            period=self._period(table),
            description_rows=self.count("description_rows", 3),
            date_order=self.choice("date_order", get_args(DateOrder), ""),
            files=self.listed(("files",)),
            currency=self._currency(),
        )
        self._reaches(kind)
        return replace(kind, columns=_with_bounds(kind))

    def _canonical(self) -> TableSpec | None:
        known = len(self.problems)
        word = self.words("table")
        table = tables().get(word)
        if table is None:
            near = did_you_mean(word, tables())
            if len(self.problems) == known:
                hint = f"did you mean {near}?" if near else f"it may be {', '.join(tables())}"
                self.wrong(("table",), "names no table", hint)
            self.words("title"), self.words("title_zh"), self.words("where")
        return table

    def _currency(self) -> str:
        code = self.words("currency")
        if code and code not in CODES:
            self.wrong(("currency",), "is no code of a currency", 'such as "CNY"')
        return code

    def _unknown_keys(self) -> None:
        for key in self.written:
            if key not in _KEYS:
                near = did_you_mean(key, (*_KEYS, "extends"))
                hint = f"did you mean {near}?" if near else f"it may hold {', '.join(_KEYS)}"
                self.wrong((key,), "is not known", hint)

    def _requires(self) -> tuple[tuple[str, ...], ...]:
        value = self.written.get("requires", [])
        if not isinstance(value, list) or not 2 <= len(value) <= 8:
            self.wrong(
                ("requires",),
                "must list 4 to 8 headers that tell this export from others",
                'of headers that stand for each other write a list: ["GMV", ["Views", "Viewers"]]',
            )
            return ()
        return tuple(self.listed(("requires",), item or 0) for item in value)

    def _period(self, table: TableSpec) -> tuple[str, ...]:
        names = self.listed(("period",))
        days = [name for name, column in table.columns.items() if column.kind == "date"]
        if len(names) > 2 or not set(names) <= set(days):
            hint = f"such as {days[:2]}" if days else f"{table.name} has no column of a day"
            self.wrong(("period",), "must name the columns of the first and the last day", hint)
            return ()
        return names

    def _values(self, key: str) -> dict[str, tuple[str, ...]]:
        return {
            header: self.listed((key, header), value) for header, value in self.table(key).items()
        }

    def _columns(self, table: TableSpec) -> dict[str, Source]:
        found = {}
        for name, value in self.table("columns").items():
            if name not in offered(table):
                near = did_you_mean(name, table.columns)
                self.wrong(
                    ("columns", name),
                    f"is no column of {table.name}",
                    f"did you mean {near}?" if near else "`livereview list sources` shows them",
                )
                continue
            spec = offered(table)[name]
            found[name] = self._source(table, spec, value)
        if not found:
            self.wrong(("columns",), "is empty", "map at least the columns the table requires")
        return found

    def _source(self, table: TableSpec, spec: ColumnSpec, value: object) -> Source:
        key = ("columns", spec.name)
        if not isinstance(value, Mapping):
            return Source(headers=self._headers(key, value))
        for word in value:
            if word not in ("from", "unit", "clock", "range", "fill", "values"):
                hint = "a column has from, unit, clock, range, fill and values"
                self.wrong((*key, word), "is not known", hint)
        clock = value.get("clock", "")
        if clock not in ("", "h:m", "m:s"):
            self.wrong((*key, "clock"), 'must be "h:m" or "m:s"', "it says what 03:20 means")
            clock = ""
        return Source(
            headers=self._headers(key, value.get("from", [])),
            unit=self._unit((*key, "unit"), value.get("unit", ""), spec.kind),
            clock=clock,
            is_range=self._is_range(table, spec, value.get("range", False)),
            fills=value.get("fill", False) is True,
            values=self._words((*key, "values"), value.get("values", {})),
        )

    def _headers(self, key: tuple[str, ...], value: object) -> tuple[str, ...]:
        if value == []:
            self.wrong(key, "must name a header", 'write it as the console does: from = ["GMV"]')
            return ()
        return self.listed(key, value)

    def _unit(self, key: tuple[str, ...], value: object, kind: str) -> str:
        if isinstance(value, str) and unit_of(value, kind, None) is not None:
            return value
        self.wrong(key, "is no unit of this column", "such as 分钟, %, 万分比, 万元, cent")
        return ""

    def _is_range(self, table: TableSpec, spec: ColumnSpec, value: object) -> bool:
        key = ("columns", spec.name, "range")
        if not isinstance(value, bool):
            self.wrong(key, "must be true or false", "without quotes")
        elif value and not set(bounds(table, spec.name)) <= table.columns.keys():
            self.wrong(key, f"has no columns for its bounds in {table.name}", "leave it out")
        else:
            return value
        return False

    def _words(self, key: tuple[str, ...], value: object) -> dict[str, str]:
        if isinstance(value, Mapping) and all(isinstance(word, str) for word in value.values()):
            return dict(value)
        self.wrong(key, "must be a table of texts", 'write values = { "已完成" = "completed" }')
        return {}

    def _presets(self, table: TableSpec) -> dict[str, str]:
        found = {}
        for name, value in self.table("presets").items():
            if name not in table.columns:
                near = did_you_mean(name, table.columns)
                hint = f"did you mean {near}?" if near else "remove it"
                self.wrong(("presets", name), f"is no column of {table.name}", hint)
            elif not is_of(table.columns[name], value):
                hint = f"such as {example(table.columns[name])}"
                self.wrong(("presets", name), "is nothing its column can hold", hint)
            else:
                found[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return found

    def _checks(self, table: TableSpec) -> tuple[Check, ...]:
        found = []
        for header, value in self.table("checks").items():
            key = ("checks", header)
            said = value if isinstance(value, Mapping) else {"is": value}
            formula = said.get("is")
            if not isinstance(formula, str) or not said.keys() <= {"is", "unit"}:
                hint = 'write "buyers / viewers_uv" or { is = "...", unit = "%" }'
                self.wrong(key, "must be a formula", hint)
                continue
            try:
                columns, _ = names_in(formula)
            except FormulaError as error:
                self.wrong(key, str(error), 'such as "buyers / viewers_uv"')
                continue
            for column in columns:
                if column not in table.columns:
                    near = did_you_mean(column, table.columns)
                    hint = f"did you mean {near}?" if near else "put a header in brackets: [GMV]"
                    self.wrong(key, f"names {column}, no column of {table.name}", hint)
            unit = self._unit(key, said.get("unit", ""), "number")
            found.append(Check(header=header, formula=formula, unit=unit))
        return tuple(found)

    def _reaches(self, kind: Kind) -> None:
        """Note what the table requires and the kind cannot give."""
        given = {*kind.columns, *kind.presets, *kind.period}
        for names in kind.table.lacking(given):
            wanted = " or ".join(names)
            self.wrong(("columns",), f"lacks {wanted}", f"{kind.table.name} requires it")


def _with_bounds(kind: Kind) -> dict[str, Source]:
    """Return the columns with the bounds of those that may be ranges."""
    found = dict(kind.columns)
    for name, source in kind.columns.items():
        if source.is_range:
            found.update(dict.fromkeys(bounds(kind.table, name), source))
    return found


_KEYS = (
    "table", "title", "title_zh", "where", "grade", "languages", "requires", "excludes",
    "columns", "presets", "drop", "keep", "checks", "period", "description_rows", "date_order",
    "files", "currency",
)  # fmt: skip
