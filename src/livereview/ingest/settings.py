"""What the configuration says about reading files; the same files and settings give the same rows.

Nothing here comes from the clock or from the file system's times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from livereview.ingest.pseudonym import Secret

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

# Part of the fingerprint: raised when the same file would be read in another way.
_READING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How files are read.

    Attributes:
        base: folder that shown paths are relative to; a file elsewhere is shown relative to the
            parent of the source it was found in.
        currency: campaign currency; None when the files decide.
        rates: units of campaign currency for one unit of another currency.
        accounts: glob on the shown path -> account of that file's rows; the first match wins.
        include: globs a file found in a folder must match; none means all.
        exclude: globs of files found in a folder that are left out.
        mappings: files of kinds of exports beside the built-in ones.
        secret: of the buyers' pseudonyms.
        timezone: times with an offset are converted to this zone.
        as_of, campaign_end: stand in for the time of export where a file does not say it.
    """

    base: Path | None = None
    currency: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    mappings: tuple[Path, ...] = ()
    secret: Secret = field(default_factory=Secret)
    timezone: str = "Asia/Shanghai"
    as_of: datetime | None = None
    campaign_end: datetime | None = None

    def exported_at(self, stated: datetime | None) -> datetime | None:
        """Return when a file was exported: as it states, else as of, else at the campaign's end."""
        return stated or self.as_of or self.campaign_end

    def account(self, shown: str) -> str | None:
        """Return the account configured for a file, by its shown path."""
        return next((to for glob, to in self.accounts.items() if matches(shown, glob)), None)

    def fingerprint(self) -> str:
        """Return a digest of everything that decides how a given file is read."""
        said = (
            _READING,
            self.currency,
            sorted(self.rates.items()),
            list(self.accounts.items()),
            [hashlib.sha256(path.read_bytes()).hexdigest() for path in self.mappings],
            self.timezone,
            str(self.as_of),
            str(self.campaign_end),
        )
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def matches(shown: str, glob: str) -> bool:
    """Say whether a path with `/` matches a glob, as a whole or by its file name."""
    return (
        fnmatchcase(shown, glob)
        or fnmatchcase("/" + shown, glob.replace("**/", "*/"))
        or fnmatchcase(shown.rpartition("/")[2], glob)
    )
