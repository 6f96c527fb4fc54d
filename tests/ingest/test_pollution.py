"""Polluted files: a row that is kept is the clean one, any other is counted, or all is refused."""

# ruff: noqa: DTZ007 - times are local, as in the store
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from livereview.errors import Problems
from livereview.ingest import Settings, ingest
from livereview.model import Source
from livereview.schema import tables
from livereview.store import Store
from tests.ingest.pollution import Case, cases
from tests.stores import created

BATCH = 24


@dataclass(frozen=True, kw_only=True)
class Score:
    case: Case
    outcome: str
    kept: int
    sound: int
    why: str = ""


def expected(kind: str, text: str) -> Any:
    """Return what a cell means, worked out by hand."""
    said = " ".join(text.split())
    if said in ("", "-"):
        return None
    if kind == "money":
        return round(float(said.replace(",", "")), 2)
    if kind == "count":
        return int(said.replace(",", ""))
    if kind == "time":
        return datetime.strptime(said.replace("/", "-"), "%Y-%m-%d %H:%M:%S")
    return said


def stored(store: Store, case: Case, columns: Sequence[str], shown: str) -> list[tuple[Any, ...]]:
    names = ", ".join(
        f"{name}::double" if tables()[case.table.name].columns[name].kind == "money" else name
        for name in columns
    )
    return store.execute(
        f"select {names} from raw.{case.table.name} where source_file = ? order by source_row",
        [shown],
    )


def judge(store: Store, case: Case, path: Path) -> Score:
    clean = set(range(len(case.table.rows))) - case.touched
    try:
        (source,) = ingest(store, [path], settings=Settings())
    except Problems as problems:
        named = all(path.name in p.message and p.hint for p in problems.problems)
        outcome = "refused" if named else "WRONG"
        return Score(case=case, outcome=outcome, kept=0, sound=len(clean), why=str(problems))
    specs = tables()[case.table.name].columns
    positions = [i for i, name in enumerate(case.table.header) if name in specs]
    columns = [case.table.header[i] for i in positions]
    found = stored(store, case, columns, source.path)
    why, kept = compared(case, positions, [specs[name].kind for name in columns], found)
    lost = len(case.table.rows) - len(found)
    if not why and source.rejected + source.dropped < lost:
        why = f"{lost} rows lost, {source.rejected} rejected, {source.dropped} dropped"
    if not why and source.rejected and not source.rejections:
        why = "rejected rows without a reason"
    outcome = "WRONG" if why else "right" if clean <= kept else "partial"
    return Score(
        case=case, outcome=outcome, kept=len(clean & kept), sound=len(clean),
        why=why or told(source),
    )  # fmt: skip


def compared(
    case: Case, positions: Sequence[int], kinds: Sequence[str], found: list[tuple[Any, ...]]
) -> tuple[str, set[int]]:
    """Return the first cell that differs from the clean table, and the rows that were kept."""
    clean = {
        row: tuple(
            expected(kind, cells[i]) for i, kind in zip(positions, kinds, strict=True)
        )
        for row, cells in enumerate(case.table.rows)
    }  # fmt: skip
    by_key = {values[0]: row for row, values in clean.items()}
    by_key |= {" ".join(text.split()): row for (row, i), text in case.literal.items() if i == 0}
    kept: set[int] = set()
    for values in found:
        row = by_key.get(values[0])
        if row is None or row in kept:
            return f"a row that is not in the clean table: {values}", kept
        kept.add(row)
        for i, seen, wanted in zip(positions, values, clean[row], strict=True):
            literal = case.literal.get((row, i))
            if seen != wanted and (literal is None or seen != expected("text", literal)):
                return f"row {row}, column {case.table.header[i]}: {seen!r}, not {wanted!r}", kept
    return "", kept


def told(source: Source) -> str:
    return f"{source.rows}/{source.rejected}/{source.dropped} " + "; ".join(
        f"{r.row}: {r.reason}" for r in source.rejections[:3]
    )


def score(folder: Path, chosen: Sequence[Case]) -> list[Score]:
    return [
        found
        for first in range(0, len(chosen), BATCH)
        for found in scored(folder / str(first), chosen[first : first + BATCH])
    ]


def scored(folder: Path, chosen: Sequence[Case]) -> list[Score]:
    scores = []
    folder.mkdir()
    with created(folder / "store.duckdb") as store:
        for number, case in enumerate(chosen):
            path = folder / str(number) / f"{case.table.name}.{case.dialect.suffix}"
            path.parent.mkdir()
            path.write_bytes(case.content)
            scores.append(judge(store, case, path))
    return scores


def check(scores: Sequence[Score]) -> None:
    outcomes = Counter(score.outcome for score in scores)
    by_pollution = Counter((score.case.pollution, score.outcome) for score in scores)
    kept, sound = sum(score.kept for score in scores), sum(score.sound for score in scores)
    print(f"\n{len(scores)} files: {dict(outcomes)}; {kept}/{sound} sound rows kept")
    for (pollution, outcome), count in sorted(by_pollution.items()):
        print(f"  {pollution:34} {outcome:8} {count}")
    wrong = [
        f"{s.case.pollution} {s.case.dialect} width {len(s.case.table.header)}: {s.why}"
        for s in scores
        if s.outcome == "WRONG"
    ]
    assert not wrong
    assert kept >= 0.95 * sound


PARTS = 9


@pytest.mark.parametrize(
    "part", [pytest.param(n, marks=[pytest.mark.slow] if n else []) for n in range(PARTS)]
)
def test_polluted_files(tmp_path: Path, part: int) -> None:
    every = list(cases())
    assert len(every) >= 500
    check(score(tmp_path, every[part::PARTS]))
