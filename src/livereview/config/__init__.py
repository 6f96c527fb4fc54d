"""The configuration of a review: `livereview.toml`, strictly checked, frozen, with its places."""

from livereview.config.file import FILE_NAME, assume, check_limits, find, load, settle
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
    "Phase",
    "Plan",
    "Reference",
    "Report",
    "Sources",
    "assume",
    "check_limits",
    "find",
    "load",
    "settle",
]
