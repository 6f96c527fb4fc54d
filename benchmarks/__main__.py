"""Run the benchmarks: `python benchmarks [NAME...]`; figures also go to results.json."""

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import batch, battery, behaviour, ingest, rendering, review, segments, startup
from benchmarks.process import Result

BENCHMARKS = {
    "startup": startup.results,
    "rendering": rendering.results,
    "battery": battery.results,
    "review": review.results,
    "ingest": ingest.results,
    "behaviour": behaviour.results,
    "segments": segments.results,
    "batch": batch.results,
}


def main() -> None:
    """Read the command line, run, print the table and write the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"among {', '.join(BENCHMARKS)}")
    chosen = parser.parse_args().names or list(BENCHMARKS)
    if unknown := set(chosen) - BENCHMARKS.keys():
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    measured = []
    for name in chosen:
        print(f"{name} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="livereview-bench-") as folder:
            measured += BENCHMARKS[name](Path(folder))
    print(table(measured))
    record(measured, Path(__file__).with_name("results.json"))


def record(measured: list[Result], path: Path) -> None:
    """Write the figures beside those that were not measured this time."""
    held = json.loads(path.read_text("utf-8"))["results"] if path.exists() else []
    found = {result["name"]: result for result in held}
    found |= {r.name: {**asdict(r), "ratio": r.ratio} for r in measured}
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "results": list(found.values()),
    }
    path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def table(results: list[Result]) -> str:
    """Return the results as a Markdown table."""
    lines = [
        "| what | livereview | beside | ratio | figures |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for result in results:
        beside = "" if result.beside_s is None else f"{result.beside_s:.3f} s, {result.against}"
        ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
        figures = "; ".join(f"{name} {shown(value)}" for name, value in result.figures.items())
        lines.append(f"| {result.name} | {result.ours_s:.3f} s | {beside} | {ratio} | {figures} |")
    return "\n".join(lines)


def shown(value: float) -> str:
    """Return a figure with three digits or whole."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    main()
