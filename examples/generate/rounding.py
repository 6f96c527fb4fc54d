"""Whole numbers that add up: shares become integers whose sum is exactly the total."""

import numpy as np


def apportion(weights: np.ndarray, total: int) -> np.ndarray:
    """Split a whole total by weights with the largest-remainder method (Hamilton)."""
    weight = np.asarray(weights, dtype=float)
    if weight.sum() <= 0:
        raise ValueError("weights must have a positive sum")
    exact = weight / weight.sum() * total
    whole: np.ndarray = np.floor(exact).astype(np.int64)
    missing = int(total - whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[:missing]] += 1
    return whole


def apportion_rows(weights: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Split each row's whole total by that row's weights."""
    rows = [apportion(row, int(total)) for row, total in zip(weights, totals, strict=True)]
    return np.vstack(rows)


def systematic(expected: np.ndarray) -> np.ndarray:
    """Round expectations to whole numbers so that every running sum is off by less than one."""
    edges = np.floor(np.concatenate([[0.0], np.cumsum(expected)]) + 0.5)
    return np.diff(edges).astype(np.int64)
