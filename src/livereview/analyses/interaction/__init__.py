"""Interaction tactics: their cost, and the minutes after them against matched minutes."""
