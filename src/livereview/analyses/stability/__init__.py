"""Stability of the stream: where it stalls, under what load, and what failures cost."""
