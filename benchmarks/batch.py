"""Many small campaigns: two workers against one, one against a loop of processes, and resumed.

Every worker has one thread, so that what is compared is the sharing out and nothing else.
"""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.process import Result, Run, run

CAMPAIGNS = 50
SESSIONS = 60
FIRST = datetime.fromisoformat("2026-11-01T10:00:00")
HEADER = (
    "platform", "session_id", "account_name", "anchor_name", "start_at", "end_at", "gmv_gross",
    "viewers_uv", "buyers", "orders", "ad_cost", "refund_amount",
)  # fmt: skip
OPTIONS = ("-f", "html,md,json", "--threads", "1", "-q")


def results(folder: Path) -> list[Result]:
    """Measure the same campaigns each way, every time into a new folder."""
    campaigns = [write(folder / "campaigns" / f"c{number:02}") for number in range(CAMPAIGNS)]
    one = reviewed(folder, "one", 1)
    two = reviewed(folder, "two", 2)
    again = reviewed(folder, "two", 2)
    loop = sum(
        run("-m", "livereview", "analyze", str(path), "-o", str(folder / "loop"), *OPTIONS).wall_s
        for path in campaigns
    )
    name = f"batch of {CAMPAIGNS} campaigns"
    return [
        Result(
            name=f"{name}, two workers",
            ours_s=two.wall_s,
            beside_s=one.wall_s,
            against="one worker",
            figures={"times": one.wall_s / two.wall_s, "worker_mb": two.peak_mb},
        ),
        Result(
            name=f"{name}, one worker",
            ours_s=one.wall_s,
            beside_s=loop,
            against="one process of `livereview analyze` each",
            figures={"worker_mb": one.peak_mb},
        ),
        Result(
            name=f"{name}, nothing changed",
            ours_s=again.wall_s,
            beside_s=two.wall_s,
            against="the first time",
        ),
    ]


def reviewed(folder: Path, out: str, workers: int) -> Run:
    """Review all campaigns; the peak is that of the largest process, which is a worker."""
    campaigns = folder / "campaigns" / "*"
    jobs = ("--jobs", str(workers), "--resume")
    return run(
        "-m", "livereview", "batch", str(campaigns), "-o", str(folder / out), *jobs, *OPTIONS
    )


def write(folder: Path) -> Path:
    """Write a campaign of ten days, and return its folder."""
    random = Random(folder.name)
    (folder / "exports").mkdir(parents=True)
    with (folder / "exports" / "sessions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(SESSIONS):
            start = FIRST + timedelta(hours=random.randint(0, 240))
            gmv = random.randint(1_000, 500_000)
            writer.writerow(
                ("douyin", f"{number:010}", f"account {number % 5}", f"anchor {number % 12}",
                 start, start + timedelta(hours=3), gmv, random.randint(gmv // 200, 90_000),
                 gmv // 200, gmv // 180, gmv // 10, gmv // 8)
            )  # fmt: skip
    config = (
        f'[campaign]\nname = "Campaign {folder.name}"\ncurrency = "CNY"\n'
        "start = 2026-11-01\nend = 2026-11-12\n[targets]\ngmv = 15_000_000\n"
    )
    (folder / "livereview.toml").write_text(config, "utf-8")
    return folder
