"""Cells become values of their column's kind, or the row is rejected: SQL for every kind."""
