"""What a shell offers on TAB: names out of folders and texts; no analysis is imported.

A word that is to be gone on with ends in `.` or `=`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import get_args

import typer

from livereview.report.reporter import FORMATS


def formats(incomplete: str) -> list[str]:
    """Offer output formats, also behind a comma."""
    return _listed(FORMATS, incomplete)


def analyses(incomplete: str) -> list[str]:
    """Offer the slugs of the analyses, also behind a comma."""
    return _listed(_slugs(), incomplete)


def frames(ctx: typer.Context) -> list[str]:
    """Offer the frames that have SQL of their own in the analysis that is named before."""
    from importlib.resources import files

    slug = ctx.params.get("slug")
    if slug not in _slugs():
        return []
    names = (entry.name for entry in files(f"livereview.analyses.{slug}").iterdir())
    return sorted(name.removesuffix(".sql") for name in names if name.endswith(".sql"))


def gates() -> list[str]:
    """Offer what a gate may start with: a metric, an analysis, the findings of a severity."""
    from livereview import glossary
    from livereview.model import Severity

    findings = (f"findings.{severity}" for severity in get_args(Severity))
    return [*glossary.metrics(), *findings, *(f"{slug}." for slug in _slugs())]


def keys() -> list[str]:
    """Offer the keys of the configuration."""
    from livereview import glossary

    targets = (f"targets.{metric}=" for metric in glossary.metrics())
    limits = (f"limits.{slug}." for slug in _slugs())
    return [*_template_keys(), *targets, *limits]


def _listed(names: Iterable[str], incomplete: str) -> list[str]:
    """Return what a comma-separated list becomes with each name that may come next."""
    before = incomplete[: incomplete.rfind(",") + 1]
    return [before + name for name in names if name not in before.split(",")]


def _slugs() -> list[str]:
    from pkgutil import iter_modules

    from livereview import analyses

    return [module.name for module in iter_modules(analyses.__path__)]


def _template_keys() -> Iterator[str]:
    """Yield `table.key=` for what the template of the configuration shows."""
    from livereview.cli.init import template

    table = ""
    for line in template().splitlines():
        if said := re.match(r"(?:# )?\[(\[?[\w.]+)\]", line):
            table = said[1]
        elif said := re.match(r"(?:# )?(\w+) = ", line):
            match table.partition(".")[0]:
                case "[campaign" | "targets" | "limits" | "last_year":
                    continue  # a list of tables; what others list in full
                case "previous":
                    yield f"last_year.{said[1]}="
            yield f"{table}.{said[1]}="
