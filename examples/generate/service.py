"""What happened beside the sale: recommendation, support, experiments, feedback, tactics.

Experiments, AI answers and tactics carry their published figures exactly.
"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from generate.season import CURRENT, PREVIOUS, Season, stream
from generate.tables import money

SLOTS = {
    "feed_card": (5_200_000, 0.062),
    "live_tab": (1_900_000, 0.094),
    "after_pay": (420_000, 0.118),
}
LATENCY = {"feed_card": 128, "live_tab": 142, "after_pay": 210}
AI_ANSWERS, AI_RIGHT, AI_HANDED = 3000, 2760, 1050
HUMAN_ONLY = 600
TOPICS = {
    "物流进度": 0.24, "优惠规则": 0.22, "退换货": 0.18, "尺码与规格": 0.15, "商品成分": 0.09,
    "发票": 0.07, "质保维修": 0.05,
}  # fmt: skip
HARD = {"优惠规则": 0.45, "退换货": 0.40, "商品成分": 0.50, "质保维修": 0.85, "发票": 0.25}
COVERED = {"质保维修": 0.42, "商品成分": 0.66, "优惠规则": 0.81}
# experiment, name, step, control n, control conversions, treated n, treated conversions, variant
EXPERIMENTS = (
    ("exp_cart", "一键加购", "add_to_cart", 40_000, 2_000, 40_000, 2_280, "one_click_add"),
    ("exp_pay", "免密支付", "pay", 20_000, 1_000, 20_000, 1_180, "password_free_pay"),
    ("exp_presale", "预售定金立减", "order", 20_000, 800, 20_000, 1_080, "preorder_discount"),
)
STARTED = datetime.fromisoformat("2026-10-21 00:00:00")
ENDED = datetime.fromisoformat("2026-11-09 00:00:00")
ORDER_VALUE = {"exp_cart": 213.0, "exp_pay": 208.0, "exp_presale": 246.0}
FEEDBACK_TOPICS = {
    "current": {"物流": 0.21, "价格": 0.20, "质量": 0.17, "主播讲解": 0.16, "直播流畅": 0.12,
                "客服": 0.08, "赠品": 0.06},
    "previous": {"物流": 0.25, "价格": 0.18, "质量": 0.18, "主播讲解": 0.17, "直播流畅": 0.07,
                 "客服": 0.10, "赠品": 0.05},
}  # fmt: skip
MOOD = {
    "物流": 3.6,
    "价格": 4.1,
    "质量": 4.0,
    "主播讲解": 4.4,
    "直播流畅": 3.1,
    "客服": 3.5,
    "赠品": 3.8,
}
# tactic, group, metric, treated, control, treated n, control n, sds, cost, note
TACTICS = (
    ("ar_try_on", "beauty", "view_pay_rate_uv", 0.0276, 0.0240, 182_000, 176_000, None, None,
     1_580_000, "美妆直播间AR试妆入口，开启与未开启的同主播场次对照"),
    ("ai_recommendation", "all", "avg_watch_s", 130.0, 100.0, 240_000, 240_000, 148.0, 121.0,
     4_510_000, "进房推荐由模型排序，按用户分流，非随机"),
    ("short_drama_room", "skincare", "gmv_per_hour", 2_410_000.0, 1_960_000.0, 12, 31, 880_000.0,
     760_000.0, 5_420_000, "短剧直播间与同品牌普通场次"),
)  # fmt: skip


def recommendation() -> pl.DataFrame:
    """Return recommendation.csv: requests, clicks and latency per day, slot and variant."""
    rng = stream("recommendation")
    rows: list[dict[str, object]] = []
    for day in range(CURRENT.days):
        peak = 1.6 if day in (CURRENT.sale_index, CURRENT.days - 1) else 1.0
        for slot, (requests, rate) in SLOTS.items():
            for variant, lift in (("baseline", 1.0), ("model_v2", 1.14)):
                asked = round(requests * peak * 0.5 * float(np.exp(0.05 * rng.standard_normal())))
                shown = round(asked * float(rng.uniform(0.975, 0.995)))
                clicks = round(shown * rate * lift * float(np.exp(0.03 * rng.standard_normal())))
                slower = 1.0 if variant == "baseline" else 1.18
                late = (
                    LATENCY[slot] * slower * peak**0.8 * float(np.exp(0.05 * rng.standard_normal()))
                )
                rows.append(
                    {
                        "measured_at": CURRENT.at(day) + timedelta(hours=21), "slot": slot,
                        "requests": asked, "impressions": shown, "clicks": clicks,
                        "latency_ms_p95": round(late), "variant": variant,
                    }
                )  # fmt: skip
    return pl.DataFrame(rows)


def _marked(rng: np.random.Generator, size: int, count: int, weight: np.ndarray) -> np.ndarray:
    """Mark exactly `count` of `size` rows, the heavier the likelier."""
    score = np.log(weight) + rng.gumbel(size=size)
    mask = np.zeros(size, dtype=bool)
    mask[np.argsort(-score)[:count]] = True
    return mask


def _answers(rng: np.random.Generator) -> pl.DataFrame:
    """Return what was asked and how it was answered, ticket by ticket."""
    size = AI_ANSWERS + HUMAN_ONLY
    by_ai = np.arange(size) < AI_ANSWERS
    topic = rng.choice(np.array(list(TOPICS)), size=size, p=np.array(list(TOPICS.values())))
    hard = rng.random(size) < np.array([HARD.get(t, 0.12) for t in topic])
    covered = rng.random(size) < np.array([COVERED.get(t, 0.95) for t in topic])
    trouble = np.where(hard, 3.0, 1.0) * np.where(covered, 1.0, 4.0)
    wrong, handed = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    wrong[by_ai] = _marked(rng, AI_ANSWERS, AI_ANSWERS - AI_RIGHT, trouble[by_ai])
    urge = trouble * np.where(wrong, 12.0, 1.0)
    handed[by_ai] = _marked(rng, AI_ANSWERS, AI_HANDED, urge[by_ai])
    human = ~by_ai | handed
    wait = np.where(human, 34 * np.where(hard, 2.2, 1.0), 2.1)
    wait *= np.exp(0.7 * rng.standard_normal(size))
    solved = rng.random(size) < np.where(hard, 0.68, 0.93) - np.where(covered, 0, 0.10)
    frame = pl.DataFrame(
        {
            "topic": topic,
            "complexity": np.where(hard, "complex", "simple"),
            "answered_by": np.where(by_ai, "ai", "human"),
            "ai_correct": ~wrong,
            "handed_over": handed,
            "response_s": np.round(np.maximum(wait, 0.6), 1),
            "resolved": solved & ~(wrong & ~handed),
            "kb_covered": covered,
        }
    )
    ai = pl.col("answered_by") == "ai"
    return frame.with_columns(
        pl.when(ai).then(pl.col(name)).alias(name) for name in ("ai_correct", "handed_over")
    )


def _numbered(frame: pl.DataFrame, name: str, letter: str) -> pl.DataFrame:
    """Put an id of letter and number in front."""
    ids = pl.Series(name, [f"{letter}{k + 1:05d}" for k in range(len(frame))])
    return frame.with_columns(ids).select(name, pl.exclude(name))


def support(rooms: pl.DataFrame) -> pl.DataFrame:
    """Return support.csv: 3000 tickets answered by the AI, the others by people."""
    rng = stream("support")
    answers = _answers(rng)
    size = len(answers)
    weight = rooms["viewers_uv"].to_numpy().astype(float)
    room = rng.choice(len(rooms), size=size, p=weight / weight.sum())
    start = rooms["start_at"].to_numpy()[room]
    offset = (rng.random(size) * rooms["duration_s"].to_numpy()[room]).astype("timedelta64[s]")
    place = pl.DataFrame(
        {"session_id": rooms["session_id"].to_numpy()[room], "asked_at": start + offset}
    )
    frame = pl.concat([place, answers], how="horizontal")
    return _numbered(frame.sort("asked_at", "session_id", "topic"), "ticket_id", "T")


def experiments() -> pl.DataFrame:
    """Return experiments.csv: two variants of each experiment, aggregated."""
    rows: list[dict[str, object]] = []
    for key, name, step, n0, c0, n1, c1, variant in EXPERIMENTS:
        for label, users, conversions in (("control", n0, c0), (variant, n1, c1)):
            value = ORDER_VALUE[key]
            rows.append(
                {
                    "experiment_id": key, "name": name, "step": step, "variant": label,
                    "started_at": STARTED, "ended_at": ENDED,
                    "is_control": label == "control", "planned_share": 0.5, "users": users,
                    "conversions": conversions, "revenue": round(conversions * value, 2),
                    "revenue_sq": round(conversions * value**2 * 1.65, 2),
                }
            )  # fmt: skip
    return pl.DataFrame(rows)


def feedback(rooms: pl.DataFrame, season: Season) -> pl.DataFrame:
    """Return feedback.csv: scores and topics; complaints about the stream grew."""
    rng = stream(f"feedback.{season.key}")
    size = 2000 if season is CURRENT else 1300
    topics = FEEDBACK_TOPICS[PREVIOUS.key if season is PREVIOUS else CURRENT.key]
    topic = rng.choice(np.array(list(topics)), size=size, p=np.array(list(topics.values())))
    mood = np.array([MOOD[t] for t in topic]) + (0.0 if season is CURRENT else 0.12)
    score = np.clip(np.rint(mood + 1.1 * rng.standard_normal(size)), 1, 5).astype(np.int64)
    weight = rooms["buyers"].to_numpy().astype(float)
    room = rng.choice(len(rooms), size=size, p=weight / weight.sum())
    end = rooms["end_at"].to_numpy()[room]
    later = (rng.exponential(86_400 * 1.5, size)).astype("timedelta64[s]")
    frame = pl.DataFrame(
        {
            "session_id": rooms["session_id"].to_numpy()[room],
            "given_at": end + later,
            "score": score,
            "topic": topic,
            "sentiment": np.select([score >= 4, score <= 2], ["positive", "negative"], "neutral"),
        }
    ).sort("given_at", "session_id")
    return _numbered(frame, "feedback_id", "F")


def tactics() -> pl.DataFrame:
    """Return tactics.csv: campaign-level strategies with a comparison group."""
    names = (
        "tactic", "group", "metric", "treated_value", "control_value", "treated_n", "control_n",
        "treated_sd", "control_sd",
    )  # fmt: skip
    rows = [dict(zip(names, row[:9], strict=True)) | {"note": row[10]} for row in TACTICS]
    cost = np.array([row[9] * 100 for row in TACTICS])
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(money("cost", cost))
    return frame.select(*names, "cost", "note")
