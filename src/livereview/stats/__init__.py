"""Statistics of a review: pure functions, each with its source in the docstring.

`lmdi` and `intervals` load numpy and are imported by name where they are used.
"""

from livereview.stats import corrections, tiers

__all__ = ["corrections", "tiers"]
