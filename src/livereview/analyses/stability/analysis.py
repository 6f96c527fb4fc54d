"""Stability of the stream: where it stalls, under what load, and what failures went with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livereview.analyses.stability import losses, places, starts
from livereview.analyses.stability.answer import answer
from livereview.analyses.stability.incidents import INCIDENTS, priced
from livereview.analyses.stability.quality import bottleneck, by_city_network, by_load, by_region
from livereview.analyses.stability.spells import spells
from livereview.analysis import Analysis, Chart, Frames, FrameSchema, Limits, Seed, Table, frame
from livereview.model import Message, money, share, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.model import Finding

_PLACED = """
    viewers first_frame_ms_p50 first_frame_ms_p95 stall_ratio start_failure_rate viewers_share
    previous_stall_ratio previous_start_failure_rate measurements
"""
_FRAMES: Mapping[str, FrameSchema] = {
    "by_region": frame(f"region:text city_tier:term network:term {_PLACED}"),
    "by_load": frame(
        """
        load:count concurrent_low concurrent_high viewers first_frame_ms_p50 first_frame_ms_p95
        stall_ratio start_failure_rate viewers_share measurements
        """
    ),
    "incidents": INCIDENTS,
    "bottleneck": frame(
        """
        dimension member viewers_share stall_ratio rest_stall_ratio stall_multiple stalled_share
        stall_excess measurements
        """
    ),
    "by_city_network": frame(f"city_tier:term network:term {_PLACED}"),
}
_PLACES = {
    "by_region": by_region,
    "by_load": by_load,
    "bottleneck": bottleneck,
    "by_city_network": by_city_network,
}


def _derive(frames: Frames, limits: Limits, seed: Seed) -> Frames:
    incidents, total = priced(spells(frames, limits), frames["minutes"], limits, seed)
    made = {name: place(frames["cells"]) for name, place in _PLACES.items()}
    return {
        **{name: rows.select(one.name for one in _FRAMES[name]) for name, rows in made.items()},
        "loads": made["by_load"],
        "incidents": incidents,
        "total": total,
    }


def _find(frames: Frames, limits: Limits) -> Sequence[Finding]:
    rooms = (places, starts, losses)
    return [
        answer(frames, limits),
        *(one for room in rooms for one in room.findings(frames, limits)),
    ]


def _titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    titles: dict[str, Message] = {}
    worst = places.worst_place(frames["bottleneck"], limits)
    if worst is not None and worst["dimension"] == "city_network":
        titles["places"] = text(
            "Worst for {place}: {ratio} stalled",
            place=places.called(worst),
            ratio=share(worst["stall_ratio"]),
        )
    peak = places.peak_load(frames["loads"], limits)
    if peak is not None:
        titles["load"] = text(
            "Under the highest load {ratio} stalled, in the lower half {base}",
            ratio=share(peak[0]["stall_ratio"]),
            base=share(peak[1]),
        )
    total = frames["total"].filter(pl.col("low") > 0)
    if total.height:
        titles["incidents"] = text(
            "{lost} less than in matched minutes while the stream failed",
            lost=money(total["lost_gmv"][0]),
        )
    return titles


ANALYSIS = Analysis(
    title=text("Stability of the stream"),
    question=text("Where does the stream fail, and what was sold less meanwhile?"),
    chapter=4,
    order=20,
    needs=("stream_quality.measured_at|session_minutes.stall_ratio|markers.kind",),
    wants={
        "by_region": ("stream_quality.viewers",),
        "by_load": ("stream_quality.concurrent",),
        "lost_gmv": ("session_minutes.gmv",),
    },
    frames=_FRAMES,
    inner={
        "cells": frame(
            """
            campaign:text cut:text region:text city_tier:text network:text device:text load:count
            concurrent_low concurrent_high measurements viewers watched:count stalled:number
            first_frame_ms_p50 first_frame_ms_p95 failures:count starts:count
            """
        ),
        "failures": frame(
            "session_id:text start_at:time kind minutes:count stall_ratio session:text"
        ),
        "minutes": frame(
            "session_id:text minute_at:time online:number gmv stall_ratio is_marked session:text"
        ),
        "basis": frame(
            """
            sessions gmv sessions_measured:count minutes_measured:count stall_ratio
            previous_stall_ratio failing:count
            """
        ),
    },
    sources={**dict.fromkeys(_PLACES, ("cells",)), "incidents": ("failures", "minutes")},
    limits={
        "stall_watch": 0.02,  # of watch time
        "stall_act": 0.05,
        "starts_watch": 0.01,  # of starts
        "starts_act": 0.03,
        "stands_out": 1.5,  # times the stall ratio of the rest
        "least_share": 0.01,  # of the viewers, for a place to count
        "least_measurements": 30,
        "least_starts": 1000,
        "stall_ratio": 0.05,  # of a minute, for an incident; below 0.03 it changes nothing
        "stalled_minutes": 3,  # in a row
        "merge_minutes": 3,  # windows of one session no further apart are one
        "assumed_minutes": 5,  # of a marker that does not say how long
        "least_matched": 8,  # windows it is held against, for a figure
        "least_apart": 4,  # of a session's clear windows side by side, for its range
        "trend_noise": 4.0,  # how far trends may lie apart, in scatter of a minute
        "level_noise": 8.0,
        "lost_share_watch": 0.001,  # of GMV
        "lost_share_act": 0.01,
    },
    derive=_derive,
    find=_find,
    titles=_titles,
    tables=(
        Table(
            frame="incidents",
            title=text("When the stream failed, against matched minutes"),
            columns=(
                *("incident", "what", "incident_minutes", "peak_stall_ratio", "lost_gmv"),
                *("low", "high", "recovered_low", "recovered_high", "matched_blocks", "reason"),
            ),
        ),
        Table(
            frame="bottleneck",
            title=text("Who carries the stalled time"),
            columns=(
                *("dimension", "member", "viewers_share", "stall_ratio", "rest_stall_ratio"),
                *("stall_multiple", "stalled_share", "stall_excess"),
            ),
            limit=12,
        ),
        Table(
            frame="by_region",
            title=text("The stream by region, tier of city and network"),
            columns=(
                *("region", "city_tier", "network", "viewers", "first_frame_ms_p50"),
                *("first_frame_ms_p95", "stall_ratio", "previous_stall_ratio"),
                "start_failure_rate",
            ),
            limit=15,
        ),
    ),
    charts=(
        Chart(
            name="places",
            kind="heat",
            frame="by_city_network",
            x="network",
            by="city_tier",
            y=("stall_ratio",),
            title=text("Share of watch time that stalled, by tier of city and network"),
            unit="share",
            down=True,
        ),
        Chart(
            name="load",
            kind="columns",
            frame="by_load",
            x="load",
            y=("stall_ratio",),
            title=text("Share of watch time that stalled, by tenths of the load"),
            unit="share",
            down=True,
        ),
        Chart(
            name="incidents",
            kind="bars",
            frame="incidents",
            x="incident",
            y=("lost_gmv", "low", "high"),
            title=text("GMV missing while the stream failed, against matched minutes"),
            unit="money",
        ),
    ),
)
