"""Recommendation: which slot is clicked, how fast it answers, and which variant does better."""
