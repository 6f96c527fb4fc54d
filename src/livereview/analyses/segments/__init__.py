"""Segments: who buys, by recency, frequency and money, members, and who came back."""
