"""The rules of the SWOT, declared: every cell of it follows from one of them and from nothing else.

Internal rules hold our figures against the previous campaign and the target; external ones
against competitors, whose ranges count with the end that is nearer to us.
"""

from __future__ import annotations

from typing import NamedTuple

QUADRANTS = ("strength", "weakness", "opportunity", "threat")


class Rule(NamedTuple):
    """One rule: where its condition holds at the named limit, its statement is in the quadrant.

    The metric of an internal rule is what it looks at; an external one names it with what it
    finds. Ids and statements stay with their rule.
    """

    id: str
    quadrant: str
    statement: str
    condition: str
    limit: str
    metric: str | None = None


RULES = (
    Rule("S1", "strength", "conversion_rose", "better", "trend", "view_pay_rate_uv"),
    Rule("S2", "strength", "orders_grew_larger", "better", "trend", "aov"),
    Rule("S3", "strength", "refunds_fell", "better", "trend", "refund_rate"),
    Rule("S4", "strength", "interaction_rose", "better", "trend", "interaction_rate"),
    Rule("S5", "strength", "ads_return_more", "better", "trend", "roi_ad"),
    Rule("S6", "strength", "new_buyers_cheaper", "better", "trend", "cac"),
    Rule("S7", "strength", "more_new_buyers", "better", "trend", "new_buyers"),
    Rule("S8", "strength", "more_came_back", "better", "trend", "repurchase_rate"),
    Rule("S9", "strength", "leans_less_on_one", "better", "concentration", "cr1"),
    Rule("W1", "weakness", "conversion_fell", "worse", "trend", "view_pay_rate_uv"),
    Rule("W2", "weakness", "orders_became_smaller", "worse", "trend", "aov"),
    Rule("W3", "weakness", "refunds_rose", "worse", "trend", "refund_rate"),
    Rule("W4", "weakness", "interaction_fell", "worse", "trend", "interaction_rate"),
    Rule("W5", "weakness", "ads_return_less", "worse", "trend", "roi_ad"),
    Rule("W6", "weakness", "new_buyers_dearer", "worse", "trend", "cac"),
    Rule("W7", "weakness", "fewer_new_buyers", "worse", "trend", "new_buyers"),
    Rule("W8", "weakness", "fewer_came_back", "worse", "trend", "repurchase_rate"),
    Rule("W9", "weakness", "leans_more_on_one", "worse", "concentration", "cr1"),
    Rule("O1", "opportunity", "ahead_of_most", "ahead_of_most", "most"),
    Rule("O2", "opportunity", "competitor_shrinks", "competitor_shrinks", "shrinking"),
    Rule("O3", "opportunity", "competitor_dearer", "price_rise", "price_move"),
    Rule("O4", "opportunity", "lower_tier_gap", "lower_tier_gap", "lower_tier_gap"),
    Rule("O5", "opportunity", "share_gained", "share_gained", "share_change"),
    Rule("T1", "threat", "behind_most", "behind_most", "most"),
    Rule("T2", "threat", "larger_grows_faster", "larger_grows_faster", "share_gap"),
    Rule("T3", "threat", "competitor_cheaper", "price_cut", "price_move"),
    Rule("T4", "threat", "share_lost", "share_lost", "share_change"),
)
