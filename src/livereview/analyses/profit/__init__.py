"""Profit: what reaches contribution, and what loses money on the way."""
