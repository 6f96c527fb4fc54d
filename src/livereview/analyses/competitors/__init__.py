"""Competitors: what is known of them, beside our figures of the same days."""
