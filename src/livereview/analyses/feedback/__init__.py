"""Feedback: how satisfied those are who said so, and what they complain of."""
