"""What kind of export a grid is: by whole headers, never by a part of one and never by position.

A kind fits where every header it requires stands in one row; of several that fit, the one whose
matched headers are a strict superset of the others' wins. Only a tie is ambiguous.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from livereview.ingest.kinds.kind import Kind
from livereview.ingest.values.units import is_unit, normal, split

Row: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A row of a grid read as headers.

    Attributes:
        row: index in the grid's head.
        titles: the header of each column as it is shown.
        places: comparable form of a header -> the column it stands at; of columns that share
            a header the first, the second as `header#2`.
        twins: column -> later ones of its header, in the same group.
    """

    row: int
    titles: Row
    places: Mapping[str, int]
    twins: Mapping[int, Sequence[int]] = field(default_factory=dict)

    def find(self, header: str) -> int | None:
        """Return the column that bears a header, whole or without its unit."""
        return next((self.places[form] for form in forms(header) if form in self.places), None)

    def bears(self, header: str) -> bool:
        """Say whether a column bears exactly this header."""
        return normal(header) in self.places


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A kind and the row of headers it fits."""

    kind: Kind
    header: Header
    matched: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """The kind that a grid comes nearest to, and the headers it lacks or may not have."""

    kind: Kind
    missing: tuple[str, ...]
    foreign: tuple[str, ...] = ()


class TieError(Exception):
    """Several kinds fit equally well."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        super().__init__(", ".join(kind.name for kind in kinds))
        self.kinds = tuple(kinds)


@lru_cache(maxsize=8192)
def forms(header: str) -> tuple[str, ...]:
    """Return the forms a header is compared in: whole, then without the unit in its brackets."""
    whole = normal(header)
    name, suffix = split(whole)
    return (whole, name) if name and is_unit(suffix, name) else (whole,)


def unit_in(header: str) -> str:
    """Return the unit in a header's brackets, '' without one."""
    name, suffix = split(normal(header))
    return suffix if name and is_unit(suffix, name) else ""


def headers(head: Sequence[Row]) -> Iterator[Header]:
    """Yield every row of a head read as headers, together with the groups above it."""
    for index, cells in enumerate(head):
        if any(cell.strip() for cell in cells):
            yield _header(index, cells, head[index - 1] if index else ())


def fit(head: Sequence[Row], kinds: Iterable[Kind]) -> Fit | None:
    """Return the kind that a grid is, None if it is none.

    Raises:
        TieError: several kinds fit equally well.
    """
    found = [
        Fit(kind=kind, header=header, matched=matched)
        for header in headers(head)
        for kind in kinds
        if (matched := _matched(kind, header)) is not None
    ]
    if not found:
        return None
    # Data below a header never bear more of its names than the header does.
    row = max(found, key=lambda one: (len(one.matched), _known(one), -one.header.row)).header.row
    rivals = [one for one in found if one.header.row == row]
    for one in rivals:
        if all(one is other or one.matched > other.matched for other in rivals):
            return one
    best = [one for one in rivals if not any(other.matched > one.matched for other in rivals)]
    raise TieError([one.kind for one in best])


def nearest(head: Sequence[Row], kinds: Iterable[Kind]) -> Near | None:
    """Return the kind that lacks the smallest part of what it requires, if it has at least half."""
    best: tuple[float, int, Near] | None = None
    for header in headers(head):
        for kind in kinds:
            missing = tuple(
                " or ".join(alternatives)
                for alternatives in kind.requires
                if not any(header.find(name) is not None for name in alternatives)
            )
            foreign = tuple(name for name in kind.excludes if header.bears(name))
            lack = (len(missing) + len(foreign)) / len(kind.requires)
            known = sum(
                any(header.find(name) is not None for name in source.headers)
                for source in kind.columns.values()
            )
            if lack <= 1 / 2 and (best is None or (lack, -known) < best[:2]):
                best = (lack, -known, Near(kind=kind, missing=missing, foreign=foreign))
    return best[2] if best else None


def turned(head: Sequence[Row], kinds: Iterable[Kind]) -> Fit | None:
    """Return the kind of a sheet whose headers stand in a column; its row is that column."""
    width = max(map(len, head), default=0)
    columns = [tuple(row[i] if i < len(row) else "" for row in head) for i in range(width)]
    return fit(columns, kinds) if len(head) > 1 else None


def _header(index: int, cells: Row, above: Row) -> Header:
    titles: list[str] = []
    whole: dict[str, int] = {}
    loose: dict[str, int] = {}
    counts: Counter[str] = Counter()
    firsts: dict[str, int] = {}
    twins: dict[int, list[int]] = {}
    group = ""
    for position, cell in enumerate(cells):
        over = above[position].strip() if position < len(above) else ""
        group = over or group
        title = cell.strip() or over
        titles.append(title)
        joined = f"{group} {title}" if group and cell.strip() else ""
        for name in filter(None, (title, joined)):
            key, *rest = forms(name)
            counts[key] += 1
            whole[key if counts[key] == 1 else f"{key}#{counts[key]}"] = position
            for form in rest:
                loose.setdefault(form, position)
        if title and (first := firsts.setdefault(normal(joined or title), position)) != position:
            twins.setdefault(first, []).append(position)
    return Header(row=index, titles=tuple(titles), places={**loose, **whole}, twins=twins)


def _matched(kind: Kind, header: Header) -> frozenset[int] | None:
    """Return the columns that bear what a kind requires, None where something is amiss."""
    if any(header.bears(name) for name in kind.excludes):
        return None
    found = set()
    for alternatives in kind.requires:
        place = next(
            (at for name in alternatives if (at := header.find(name)) is not None),
            None,
        )
        if place is None:
            return None
        found.add(place)
    return frozenset(found)


def _known(one: Fit) -> int:
    return sum(
        any(one.header.find(name) is not None for name in source.headers)
        for source in one.kind.columns.values()
    )
