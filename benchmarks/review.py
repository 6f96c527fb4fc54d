"""A whole review of the example against the least that any program must do for it.

The floor imports the same libraries, runs the same SQL and draws as many charts of ten bars,
without recognising a file, and without intervals, findings or words.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.process import ROOT, Result, run, step

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
CAMPAIGN = ROOT / "examples" / "campaign"
LIBRARIES = (
    "typer", "rich.console", "pydantic", "babel", "jinja2", "numpy", "polars", "pyarrow",
    "matplotlib.figure", "matplotlib.backends.backend_svg",
)  # fmt: skip


def results(folder: Path) -> list[Result]:
    """Measure a review of a store, and one of the files; the best of some rounds counts."""
    store, out = folder / "review.duckdb", folder / "out"
    analyze = ["-m", "livereview", "analyze", str(CAMPAIGN / "exports"), "-q", "-f", "html,md,json"]
    report = ["-m", "livereview", "report", "-q", "-f", "html,md,json"]
    held = ["--store", str(store), "-o", str(out)]
    whole = min(run(*analyze, *held, "--force").wall_s for _ in range(ROUNDS))
    rendered = min(run(*report, *held).wall_s for _ in range(ROUNDS))
    charts = len(list((out / "charts").glob("*.svg")))
    # Charts are drawn once for the page and once for Markdown.
    least = min(step("review", "floor", store, 2 * charts).wall_s for _ in range(ROUNDS))
    filled = min(step("review", "fill", folder / "f.duckdb").told["sql_s"] for _ in range(ROUNDS))
    return [
        Result(
            name="report of the example's store",
            ours_s=rendered,
            beside_s=least,
            against="the same libraries, the same SQL, as many charts",
            figures={"charts": charts},
        ),
        Result(
            name="review of the example's files",
            ours_s=whole,
            beside_s=least + filled,
            against="the same, and the time of ingest within the database",
            figures={"ingest_sql_s": filled},
        ),
    ]


def floor(store: Path, charts: int) -> None:
    """Do the least: import, query as livereview does, draw."""
    from concurrent.futures import ThreadPoolExecutor
    from importlib import import_module

    import duckdb

    for name in LIBRARIES:
        import_module(name)
    folder = ROOT / "src" / "livereview" / "analyses"
    with duckdb.connect(str(store), read_only=True) as connection, ThreadPoolExecutor(2) as pool:
        queries = [path.read_text("utf-8") for path in sorted(folder.glob("*/*.sql"))]
        cursors = [connection.cursor() for _ in queries]
        frames = list(pool.map(lambda cursor, sql: cursor.sql(sql).pl(), cursors, queries))
    drawn = sum(len(_bars()) for _ in range(charts))
    print(json.dumps({"frames": len(frames), "drawn": drawn}))


def _bars() -> bytes:
    """Return one chart of ten bars with their names as SVG."""
    import io

    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5))
    axes = figure.subplots()
    axes.barh([f"member {number}" for number in range(10)], range(10))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def fill(path: Path) -> None:
    """Fill a store from the example and tell how long the database worked on it."""
    import time
    from functools import wraps

    from livereview import config
    from livereview.intake import Intake
    from livereview.store import Store

    spent = 0.0

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*arguments: Any) -> Any:
            nonlocal spent
            started = time.perf_counter()
            try:
                return method(*arguments)
            finally:
                spent += time.perf_counter() - started

        return call

    sources = (CAMPAIGN / "exports",)
    path.unlink(missing_ok=True)
    with Store.create(path) as store:
        for name in ("execute", "frame"):
            setattr(Store, name, timed(getattr(Store, name)))
        settled = config.settle(None, list(sources), Path())
        Intake(sources=sources, config=settled).fill(store)
    print(json.dumps({"sql_s": spent}))


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(Path(sys.argv[2]))
    else:
        floor(Path(sys.argv[2]), int(sys.argv[3]))
