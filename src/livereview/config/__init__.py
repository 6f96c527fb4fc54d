"""The configuration of a review: `livereview.toml`, strictly checked, frozen, with its places."""

from livereview.config.file import (
    FILE_NAME,
    Layers,
    assume,
    check_limits,
    find,
    flaws,
    load,
    name_of,
    read,
    settle,
)
from livereview.config.kinds import memory_size, moment
from livereview.config.problems import named
from livereview.config.settings import (
    WITHOUT_EFFECT,
    Anchors,
    Config,
    Funnel,
    Gates,
    Plan,
    Report,
    Sources,
)
from livereview.config.window import Campaign, Phase, Reference

__all__ = [
    "FILE_NAME",
    "WITHOUT_EFFECT",
    "Anchors",
    "Campaign",
    "Config",
    "Funnel",
    "Gates",
    "Layers",
    "Phase",
    "Plan",
    "Reference",
    "Report",
    "Sources",
    "assume",
    "check_limits",
    "find",
    "flaws",
    "load",
    "memory_size",
    "moment",
    "name_of",
    "named",
    "read",
    "settle",
]
