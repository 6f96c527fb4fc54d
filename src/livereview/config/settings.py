"""The configuration as a frozen value: every table of `livereview.toml` and its keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, PrivateAttr, model_validator

from livereview.config.checks import Complaint, reject
from livereview.config.kinds import (
    Amount,
    Colour,
    ConfigPath,
    Currency,
    Figures,
    Filled,
    GmvLevel,
    Lang,
    Limits,
    OnMissing,
    Positive,
    SampleShare,
    Settings,
    Share,
    TierBy,
)
from livereview.config.places import Key, Places
from livereview.config.window import Campaign, Reference

WITHOUT_EFFECT: tuple[Key, ...] = (
    ("plan", "growth"),
    ("plan", "scenarios"),
    ("plan", "budget"),
    ("plan", "tech_share"),
    ("plan", "pilot_fund"),
)
"""Keys that are checked but that nothing reads; setting one is told, never passed over."""

# What the SQL of the event funnel has columns for.
_MOST_STEPS = 8


class Report(Settings):
    """`[report]`: how the report looks."""

    lang: Lang | None = None
    title: Filled | None = None
    brand: Filled | None = None
    logo: ConfigPath | None = None
    accent: Colour | None = None
    notes: ConfigPath | None = None


class Samples(Settings):
    """`[sources.samples]`: the share of users a table holds; None is all of them."""

    orders: SampleShare | None = None
    events: SampleShare | None = None


class Sources(Settings):
    """`[sources]`: which files are read, and what they do not say themselves."""

    include: tuple[ConfigPath, ...] = ()
    exclude: tuple[Filled, ...] = ()
    mappings: tuple[ConfigPath, ...] = ()
    rates: Mapping[Currency, Positive] = Field(default_factory=dict)
    gmv_level: GmvLevel = "gross"
    accounts: Mapping[str, Filled] = Field(default_factory=dict)
    samples: Samples = Samples()

    @model_validator(mode="after")
    def _mappings_are_there(self) -> Self:
        wrong = [
            Complaint(("mappings", index), f"names nothing: {path}", "correct the path")
            for index, path in enumerate(self.mappings)
            if not path.exists() and not _matches(path)
        ]
        if wrong:
            raise reject(*wrong)
        return self


def _matches(pattern: Path) -> bool:
    """Whether a path with wildcards names anything."""
    root = Path(pattern.anchor)
    return any(True for _ in root.glob(str(pattern.relative_to(root))))


class Anchors(Settings):
    """`[anchors]`: how anchors fall into head, mid and tail.

    `cuts`: for gmv_share the cumulative shares that close head and mid, rising; for session_gmv,
    gmv and followers the least amounts of head and mid, falling.
    """

    tier_by: TierBy = "gmv_share"
    cuts: tuple[Positive, Positive] = (0.5, 0.8)

    @model_validator(mode="after")
    def _cuts_fit(self) -> Self:
        if complaint := self._misfit():
            raise reject(complaint)
        return self

    def _misfit(self) -> Complaint | None:
        given = "cuts" in self.model_fields_set
        first, second = self.cuts
        if self.tier_by in ("given", "natural_breaks"):
            fact = f'has no use with tier_by = "{self.tier_by}"'
            return Complaint(("cuts",), fact, "leave it out") if given else None
        if self.tier_by == "gmv_share":
            fits = first < second <= 1
            fact, hint = "must be two rising shares up to 1", "such as [0.5, 0.8]"
            return None if fits else Complaint(("cuts",), fact, hint)
        if not given:
            hint = "give the least amount of head and of mid, such as [5_000_000, 500_000]"
            return Complaint((), f'with tier_by = "{self.tier_by}" needs cuts', hint)
        if first <= second:
            hint = "first the least amount of head, then of mid"
            return Complaint(("cuts",), "must be two falling amounts", hint)
        return None


class Funnel(Settings):
    """`[funnel]`: the steps of the event funnel; `benchmarks` are yardstick rates by metric."""

    steps: tuple[Filled, ...] = ()
    window_minutes: Positive = 30
    benchmarks: Figures = Field(default_factory=dict)

    @model_validator(mode="after")
    def _steps_differ(self) -> Self:
        if self.steps and len(set(self.steps)) < max(2, len(self.steps)):
            hint = 'such as ["enter", "product_click", "pay"]'
            raise reject(Complaint(("steps",), "must be at least two different steps", hint))
        if len(self.steps) > _MOST_STEPS:
            hint = "leave out those that matter least"
            raise reject(Complaint(("steps",), f"must be at most {_MOST_STEPS} steps", hint))
        return self


class Benchmarks(Settings):
    """`[benchmarks]`: a file of yardsticks with columns metric, scope, value, n, source."""

    file: ConfigPath | None = None


class Gates(Settings):
    """`[gates]`: business rules that decide the exit code."""

    rules: tuple[Filled, ...] = ()
    missing: OnMissing = "fail"


class TierMix(Settings):
    """`[plan.tier_mix]`: the share of GMV each tier is meant to have; one left out is open."""

    head: Share | None = None
    mid: Share | None = None
    tail: Share | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        given = [share for share in (self.head, self.mid, self.tail) if share is not None]
        total = sum(given)
        if total > 1 + 1e-9 or (len(given) == 3 and total < 1 - 1e-9):
            raise reject(Complaint((), f"adds up to {total:g}", "the shares of the tiers make 1"))
        return self


class Scenarios(Settings):
    """`[plan.scenarios]`: growth on this campaign, relative, in three cases."""

    below: float | None = None
    normal: float | None = None
    above: float | None = None


class Plan(Settings):
    """`[plan]`: what is settled about the next campaign; money in the campaign currency."""

    growth: float | None = None
    scenarios: Scenarios = Scenarios()
    budget: Amount | None = None
    tech_share: Share | None = None
    pilot_fund: Amount | None = None
    tier_mix: TierMix = TierMix()


class Config(Settings):
    """The whole file, and where it comes from."""

    campaign: Campaign = Campaign()
    report: Report = Report()
    targets: Figures = Field(default_factory=dict)
    previous: Reference | None = None
    last_year: Reference | None = None
    sources: Sources = Sources()
    anchors: Anchors = Anchors()
    funnel: Funnel = Funnel()
    benchmarks: Benchmarks = Benchmarks()
    gates: Gates = Gates()
    plan: Plan = Plan()
    limits: Limits = Field(default_factory=dict)

    _base: Path = PrivateAttr(default=Path())
    _places: Places = PrivateAttr(default_factory=Places)

    @property
    def base(self) -> Path:
        """The folder all relative paths start from; those in the settings are resolved."""
        return self._base

    @property
    def path(self) -> Path | None:
        """The file this was read from, if any."""
        return Path(self._places.file) if self._places.file else None

    @property
    def places(self) -> Places:
        """Where each key was written."""
        return self._places

    @property
    def open_keys(self) -> tuple[str, ...]:
        """Those of name, start, end and currency that neither file nor flag gives."""
        keys = ("name", "start", "end", "currency")
        return tuple(key for key in keys if ("campaign", key) not in self._places.written)

    @property
    def unused(self) -> tuple[str, ...]:
        """The dotted keys that file or flag give although they have no effect."""
        return tuple(
            ".".join(map(str, key))
            for key in WITHOUT_EFFECT
            if any(written[: len(key)] == key for written in self._places.written)
        )

    @classmethod
    def assumed(cls, *, name: str, base: Path = Path()) -> Self:
        """Return the configuration of a run without a file: defaults, the rest left open."""
        return cls(campaign=Campaign(name=name)).placed(base, Places())

    def placed(self, base: Path, places: Places) -> Self:
        """Return this configuration with its folder and the places of its keys."""
        copy = self.model_copy()
        copy._base, copy._places = base, places
        return copy

    @model_validator(mode="after")
    def _references_come_earlier(self) -> Self:
        start = self.campaign.start
        references = (("previous", self.previous), ("last_year", self.last_year))
        wrong = [
            Complaint(
                (key, "end"),
                f"({reference.end}) lies after the start of this campaign ({start})",
                "a campaign is compared with an earlier one",
            )
            for key, reference in references
            if reference and reference.end and start and reference.end > start
        ]
        if wrong:
            raise reject(*wrong)
        return self
