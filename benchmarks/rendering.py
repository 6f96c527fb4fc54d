"""How long each format takes to render, against the review it renders."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.process import ROOT, Result, step

ROUNDS = 3


def results(folder: Path) -> list[Result]:
    """Measure every format on the example."""
    done = step("rendering", "livereview", folder / "review.duckdb")
    review_s = done.told["review_s"]
    return [
        Result(
            name=f"render {name}",
            ours_s=figures["seconds"],
            beside_s=review_s,
            against="ingest and battery of the example",
            figures={"kilobytes": figures["bytes"] / 1000},
        )
        for name, figures in done.told["formats"].items()
    ]


def livereview(store: Path) -> None:
    """Review the example, then render it; the best of some rounds counts."""
    from livereview.report.reporter import FORMATS, reporter
    from livereview.report.words import Words
    from livereview.review import review_campaign

    campaign = ROOT / "examples" / "campaign"
    started = time.perf_counter()
    review = review_campaign(
        [campaign / "exports"], config=campaign / "livereview.toml", store=store, fresh=True
    )
    review_s = time.perf_counter() - started
    words = Words("en", review.campaign.currency)
    formats = {}
    for name in FORMATS:
        best, size = float("inf"), 0
        for _ in range(ROUNDS):
            started = time.perf_counter()
            files = reporter(name).render(review, words)
            best = min(best, time.perf_counter() - started)
            size = sum(map(len, files.values()))
        formats[name] = {"seconds": best, "bytes": size}
    print(json.dumps({"review_s": review_s, "formats": formats}))


if __name__ == "__main__":
    livereview(Path(sys.argv[2]))
