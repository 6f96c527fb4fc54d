"""Tactics: which strategies of the campaign went with better figures than without them."""
