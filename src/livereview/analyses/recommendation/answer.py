"""The answer of the section: how often recommendations were clicked, where, and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.analyses.recommendation.prose import listed, milliseconds, named
from livereview.analyses.recommendation.verdicts import best, verdict
from livereview.model import Finding, Measure, Message, Quantity, paragraph, plural, share, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from livereview.analyses.recommendation.prose import Row
    from livereview.analysis import Frames, Limits
    from livereview.model import Arg


def recommendation(frames: Frames, limits: Limits) -> Finding:
    """Return how often recommendations were clicked, by slot, and which variant did best."""
    whole = frames["whole"].row(0, named=True)
    slots = frames["by_slot"].to_dicts()
    return Finding(
        code="recommendation",
        subject="campaign",
        severity="note",
        grade="fact",
        headline=_headline(whole, _clicked(slots), best(frames["variants"].to_dicts(), limits)),
        detail=paragraph([*_latency(whole), *_left_out(whole), *_variants(frames, limits)]),
        measures=tuple(_measures(whole)),
        owner_role="tech",
        frame="by_slot",
        topic="recommendation",
    )


def _measures(whole: Row) -> Iterator[Measure]:
    if whole["ctr"] is not None:
        yield Measure(name="ctr", value=whole["ctr"], unit="share", n=whole["seen"])
    if whole["latency_ms_p95"] is not None:
        yield Measure(name="latency_ms_p95", value=whole["latency_ms_p95"], unit="number")


def _clicked(slots: Sequence[Row]) -> list[Row]:
    """Return the slots with known clicks, the most clicked first."""
    known = [row for row in slots if row["ctr"] is not None]
    return sorted(known, key=lambda row: (-row["ctr"], row["slot"]))


def _headline(whole: Row, clicked: Sequence[Row], first: Row | None) -> Message:
    if whole["ctr"] is None:
        return _unclicked(whole)
    said: dict[str, Arg] = {
        "ctr": share(whole["ctr"]),
        "shown": Quantity(whole["seen"], "count"),
        "slot": named(clicked[0]["slot"]),
        "slots": listed(clicked, "ctr"),
        "variant": first["variant"] if first else "",
    }
    if len(clicked) == 1:
        if first is None:
            return text(
                "Recommendations in {slot} were clicked {ctr} of the {shown} times they were "
                "shown.",
                **said,
            )
        return text(
            "Recommendations in {slot} were clicked {ctr} of the {shown} times they were shown; "
            "{variant} did best.",
            **said,
        )
    if first is None:
        return text(
            "Recommendations were clicked {ctr} of the {shown} times they were shown ({slots}).",
            **said,
        )
    return text(
        "Recommendations were clicked {ctr} of the {shown} times they were shown ({slots}); "
        "{variant} did best.",
        **said,
    )


def _unclicked(whole: Row) -> Message:
    if not whole["impressions"]:
        return text("No impression of a recommendation is known.")
    return text(
        "Recommendations were shown {shown} times; how often they were clicked is not known.",
        shown=Quantity(whole["impressions"], "count"),
    )


def _latency(whole: Row) -> Iterator[Message]:
    """Yield how fast the recommendation answered, and whether load made a difference."""
    if whole["latency_ms_p95"] is None:
        return
    yield text(
        "Its p95 latency was {latency}, the mean of the measurements weighted by requests.",
        latency=milliseconds(whole["latency_ms_p95"]),
    )
    if whole["busiest_latency"] is not None and whole["other_latency"] is not None:
        yield text(
            "On the day with most requests, {day}, it was {busy}, on the other days {others}.",
            day=whole["busiest_day"],
            busy=milliseconds(whole["busiest_latency"]),
            others=milliseconds(whole["other_latency"]),
        )


def _left_out(whole: Row) -> Iterator[Message]:
    if whole["impossible"]:
        yield plural(
            "One measurement has more clicks than impressions, or a count below zero or beyond a "
            "trillion, and is left out.",
            "{n} measurements have more clicks than impressions, or a count below zero or beyond a "
            "trillion, and are left out.",
            whole["impossible"],
        )


def _variants(frames: Frames, limits: Limits) -> Iterator[Message]:
    """Yield which variants cannot be judged, and how many findings the limit leaves out."""
    variants = frames["variants"].to_dicts()
    if not variants:
        if frames["by_variant"]["baseline"].is_not_null().any():
            yield text("No two variants of a slot were measured on the same days.")
        return
    unjudged = [row["variant"] for row in variants if verdict(row, limits) == "unjudged"]
    if unjudged:
        yield text(
            "Not judged, for fewer than ten days with the baseline or too few clicks: {variants}.",
            variants=unjudged,
        )
    more = len(variants) - len(unjudged) - int(limits["findings"])
    if more > 0:
        yield plural(
            "One more variant stands in the table only.",
            "{n} more variants stand in the table only.",
            more,
        )


def titles(frames: Frames, limits: Limits) -> Mapping[str, Message]:
    """Return the messages of the charts: the most clicked slot, the best variant, the load."""
    clicked = _clicked(frames["by_slot"].to_dicts())
    whole = frames["whole"].row(0, named=True)
    said: dict[str, Message] = {}
    if len(clicked) > 1 and clicked[0]["ctr"] > clicked[-1]["ctr"]:
        said["ctr"] = text(
            "{slot} is clicked most, {most}; {last} least, {least}",
            slot=named(clicked[0]["slot"]),
            most=share(clicked[0]["ctr"]),
            last=named(clicked[-1]["slot"]),
            least=share(clicked[-1]["ctr"]),
        )
    if first := best(frames["variants"].to_dicts(), limits):
        said["lift"] = text(
            "{variant}: {lift} clicks against {baseline} at equal impressions",
            variant=first["variant"],
            lift=share(first["lift_rel"], signed=True),
            baseline=first["baseline"],
        )
    if whole["busiest_latency"] is not None and whole["other_latency"] is not None:
        said["latency"] = text(
            "p95 latency was {busy} on the busiest day and {others} on the others",
            busy=milliseconds(whole["busiest_latency"]),
            others=milliseconds(whole["other_latency"]),
        )
    return said
