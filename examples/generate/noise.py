"""Chance with limits: noise never leaves its bounds, and can be freed of what it must not carry."""

import numpy as np


def standardise(values: np.ndarray) -> np.ndarray:
    """Return values with mean 0 and population standard deviation 1."""
    spread: np.ndarray = (values - values.mean()) / values.std()
    return spread


def orthogonal(values: np.ndarray, against: np.ndarray) -> np.ndarray:
    """Return standardised values with the linear part in `against` taken out."""
    axis = standardise(against)
    rest = values - values.mean()
    return standardise(rest - axis * float(rest @ axis) / len(axis))


def noise(rng: np.random.Generator, sigma: float, size: int) -> np.ndarray:
    """Return log-normal multipliers around 1, cut at two and a half sigma."""
    return np.exp(sigma * np.clip(rng.standard_normal(size), -2.5, 2.5))


def ripple(rng: np.random.Generator, size: int, sigma: float, keep: float) -> np.ndarray:
    """Return first-order autoregressive noise in logs."""
    shock = sigma * np.sqrt(1 - keep**2) * rng.standard_normal(size)
    level = np.zeros(size)
    for i in range(1, size):
        level[i] = keep * level[i - 1] + shock[i]
    return level
