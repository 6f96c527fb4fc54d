"""Which campaigns a batch reviews, each once, and the folder that each review gets.

Every campaign has a folder of its own, whatever it is called, and keeps it from run to run.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from livereview.batch import agenda
from livereview.batch.agenda import Settings
from livereview.batch.campaign import LIST_NAME, Campaign, campaign, is_list, matches, why_not
from livereview.errors import ExportError, LiveReviewError, Problems, UsageError, UsageProblems

_UNFIT = re.compile(r"[^\w.-]+")
_LONGEST = 80  # bytes of a folder's name before what tells it apart
_DIGITS = range(8, 65, 8)  # hex digits that tell it apart, more where that is not enough
# Names that systems keep for devices, and those of the batch's own files.
_TAKEN = re.compile(
    r"(?i)(con|prn|aux|nul|(com|lpt)[\d¹²³])(\..*)?|batch\.json|index\.html|index\.md"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A campaign to review.

    Attributes:
        key: where it is, seen from the folder of the batch: the same from one run to the next.
        folder: the folder of its review, under that of the batch.
    """

    campaign: Campaign
    key: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The campaigns of a batch, in the order they are asked for, and its settings.

    `skipped`: what a pattern matched that is no campaign, each with the reason.
    """

    campaigns: tuple[Campaign, ...]
    settings: Settings = field(default_factory=Settings)
    skipped: tuple[str, ...] = ()

    def into(self, out: Path) -> Roster:
        """Return the roster without the folder of the reviews, should a pattern have matched it.

        Raises:
            Problems: nothing is left.
            UsageError: there are exports in that folder.
        """
        own = os.path.realpath(out)
        kept = tuple(one for one in self.campaigns if one.home != own)
        if len(kept) < len(self.campaigns) and not _is_empty(own):
            raise _among(out)
        if not kept:
            hint = "name folders of exports"
            raise Problems([ExportError(f"{out}: there is no campaign but this folder", hint)])
        return replace(self, campaigns=kept)

    def entries(self, out: Path, held: Mapping[str, str]) -> tuple[Entry, ...]:
        """Give every campaign a folder: the one it had, else one of its name that no other has.

        `held`: the folders of earlier runs by `Entry.key`. Raises UsageError when a review would
        be written to where a campaign is.
        """
        own = os.path.realpath(out)
        slugs = [_slug(one.name) for one in self.campaigns]
        alike = Counter(map(folded, slugs))
        taken = set(map(folded, held.values()))
        entries = []
        for one, slug in zip(self.campaigns, slugs, strict=True):
            key = _seen_from(own, one.home)
            folder = held.get(key)
            if folder is None:
                digest = hashlib.sha256(key.encode()).hexdigest()
                apart = [f"{slug}-{digest[:digits]}" for digits in _DIGITS]
                names = [slug, *apart] if alike[folded(slug)] == 1 else apart
                folder = next(name for name in names if folded(name) not in taken)
                taken.add(folded(folder))
            entries.append(Entry(campaign=one, key=key, folder=folder))
        homes = {one.home for one in self.campaigns}
        if any(os.path.realpath(Path(own, entry.folder)) in homes for entry in entries):
            raise _among(out)
        return tuple(entries)


def enlist(patterns: Sequence[str]) -> Roster:
    """Return the campaigns that patterns name: folders, configurations, lists, or globs of them.

    Without a pattern, those of the list here. A campaign counts once, and as a list has it.

    Raises:
        UsageError: a list is wrong, or there is none here; UsageProblems for several problems.
        Problems: a pattern names nothing.
    """
    if not patterns and not Path(LIST_NAME).is_file():
        hint = "name the campaigns, such as 'campaigns/*'"
        raise UsageError(f"there is no {LIST_NAME} here", hint)
    search = _Search()
    for pattern in patterns or [LIST_NAME]:
        search.look(pattern)
    search.complain()
    once: dict[str, Campaign] = {}
    for one in search.found:
        if one.home not in once or (one.is_listed and not once[one.home].is_listed):
            once[one.home] = one
    return Roster(
        campaigns=tuple(once.values()),
        settings=next(iter(search.settings.values()), Settings()),
        skipped=tuple(search.skipped),
    )


@dataclass(slots=True)
class _Search:
    """What has been found so far, in what lists, and what is wrong with it."""

    found: list[Campaign] = field(default_factory=list)
    settings: dict[Path, Settings] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    nothing: list[LiveReviewError] = field(default_factory=list)
    wrong: list[UsageError] = field(default_factory=list)

    def look(self, pattern: str) -> None:
        """Take up what a pattern names."""
        paths = matches(pattern)
        known = len(self.found), len(self.wrong)
        for path in paths:
            if path.is_file() and is_list(path):
                self._read(path)
            elif (one := campaign(path)) is not None:
                self.found.append(one)
            else:
                self.skipped.append(f"{path}: {why_not(path)}")
        if known == (len(self.found), len(self.wrong)):
            self.nothing.append(_nothing(pattern, paths))

    def complain(self) -> None:
        """Raise everything that is wrong, if anything is."""
        if self.nothing:
            raise Problems([*self.nothing, *self.wrong])
        if self.wrong:
            raise UsageProblems(self.wrong)

    def _read(self, path: Path) -> None:
        try:
            listed = agenda.read(path)
        except UsageError as error:
            self.wrong += getattr(error, "problems", [error])
            return
        self.found += listed.campaigns
        if listed.settings == Settings():
            return
        if other := next(iter(self.settings), None):
            fact = f"{path}: {other} has a table batch too"
            self.wrong.append(UsageError(fact, "leave one of them out"))
        self.settings[path] = listed.settings


def is_folder(name: str) -> bool:
    """Whether a name is one that a campaign may get for its folder."""
    return name == _fit(name) != "" and not _TAKEN.fullmatch(name)


def folded(folder: str) -> str:
    """Return a folder's name as a system sees it that ignores case and forms of letters."""
    plain = unicodedata.normalize("NFKC", folder).upper().casefold()
    return unicodedata.normalize("NFKC", plain)


def _slug(name: str) -> str:
    """Return a name as a folder that every system can have."""
    words = _fit(unicodedata.normalize("NFC", name))
    words = words.encode()[:_LONGEST].decode(errors="ignore").rstrip("-.") or "campaign"
    return f"review-{words}" if _TAKEN.fullmatch(words) else words


def _fit(name: str) -> str:
    return _UNFIT.sub("-", name).strip("-.")


def _seen_from(folder: str, home: str) -> str:
    try:
        path = os.path.relpath(home, folder)
    except ValueError:  # on another drive
        path = home
    return os.fsencode(Path(path).as_posix()).decode(errors="backslashreplace")


def _is_empty(place: str) -> bool:
    return os.path.isdir(place) and not os.listdir(place)  # noqa: PTH112, PTH208


def _nothing(pattern: str, paths: Sequence[Path]) -> ExportError:
    if not paths:
        fact = f"{pattern}: there is no such campaign"
        return ExportError(fact, "name folders of exports or livereview.toml")
    return ExportError(f"{paths[0]}: {why_not(paths[0])}", "name a folder of exports")


def _among(out: Path) -> UsageError:
    return UsageError(
        f"{out}: reviews would be written into the folder of a campaign",
        "choose another with --out",
    )
