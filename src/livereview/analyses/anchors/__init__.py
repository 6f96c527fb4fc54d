"""Anchors: who sold, by tier, host type and person."""
