"""One campaign's complete tables, which every sampled table is drawn from."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from generate.season import Season


@dataclass(frozen=True, kw_only=True)
class House:
    """A campaign, its folder, its counted sessions and what they sold."""

    season: Season
    folder: Path
    rooms: pl.DataFrame
    shelf: pl.DataFrame
