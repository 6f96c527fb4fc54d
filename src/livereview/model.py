"""The review as a value: frozen, without I/O, in no language yet.

Words are `Message`s (English source text plus typed arguments); reporters translate and format
them, so one `Review` renders in every language.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import polars as pl

Unit: TypeAlias = Literal[
    "money",  # campaign currency
    "count",  # whole things or times
    "persons",  # distinct persons, never additive over sessions
    "share",  # fraction 0..1, shown as a percentage
    "points",  # difference of two shares, shown in percentage points
    "ratio",  # a multiple such as ROI
    "number",  # a plain decimal
    "seconds",
    "hours",
    "days",
    "text",
    "term",  # text that is an id of the glossary and is shown by its label
    "bool",
    "date",
    "time",
]
Type: TypeAlias = Literal["text", "int", "float", "bool", "date", "datetime"]
Severity: TypeAlias = Literal["note", "watch", "act"]
_SEVERITIES: tuple[Severity, ...] = ("act", "watch", "note")
Grade: TypeAlias = Literal["fact", "estimate", "hypothesis"]
Status: TypeAlias = Literal["good", "watch", "act", "none"]
GateStatus: TypeAlias = Literal["passed", "failed", "missing", "skipped"]
Role: TypeAlias = Literal[
    "anchor", "operator", "merchandiser", "ads", "customer_service", "tech", "analyst"
]
Number: TypeAlias = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, formatted by the reporter in the reader's language."""

    value: Number | None
    unit: Unit
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """An id of the glossary or of a vocabulary (`head`, `gmv`), shown by its label.

    `within` names the column whose own vocabulary goes first (`step`).
    """

    id: str
    within: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence not yet said: English source text with named placeholders, and its arguments.

    A plain `str` argument is a name from the data and stays as it is; every reporter escapes it.
    """

    msgid: str
    args: Mapping[str, Arg] = field(default_factory=dict)
    plural: str | None = None
    count: int | None = None


Arg: TypeAlias = (
    str | int | Quantity | Term | Message | date | datetime | Sequence[str | Term | Message]
)


def text(msgid: str, /, **args: Arg) -> Message:
    """Mark an English sentence for translation; placeholders are `{named}`."""
    return Message(msgid, MappingProxyType(args))


def plural(one: str, many: str, n: int, /, **args: Arg) -> Message:
    """Mark a sentence whose words depend on the count `n` (available as `{n}`)."""
    return Message(one, MappingProxyType({"n": Quantity(n, "count"), **args}), many, n)


def paragraph(sentences: Iterable[Message | None]) -> Message | None:
    """Return the sentences as one message, without those that are None; None when none is left."""
    said: Message | None = None
    for sentence in sentences:
        if said is None or sentence is None:
            said = said or sentence
        else:
            said = text("{before} {after}", before=said, after=sentence)
    return said


def money(value: Number | None, *, signed: bool = False) -> Quantity:
    """Return `value` as an amount of the campaign currency."""
    return Quantity(value, "money", signed)


def share(value: Number | None, *, signed: bool = False) -> Quantity:
    """Return a fraction 0..1, shown as a percentage."""
    return Quantity(value, "share", signed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a frame: its name, storage type, unit and label."""

    name: str
    type: Type
    unit: Unit
    label: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlFile:
    """A SQL text that a frame is derived from."""

    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A checked table of raw figures: not rounded, not formatted, in a total order."""

    name: str
    columns: tuple[Column, ...]
    rows: pl.DataFrame
    sql: tuple[SqlFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure behind a finding, with its interval and n where sampling matters."""

    name: str
    value: Number | None
    unit: Unit
    low: Number | None = None
    high: Number | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What a finding is worth in money, signed: a loss is negative."""

    value: Number
    unit: Unit = "money"
    low: Number | None = None
    high: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A judgement on figures: what, how much, how sure, whose job, what to do.

    A `blocking` one says that the data contradict themselves: nothing after it is worked out.
    Findings of one `topic` tell of the same money; a summary shows the weightiest of them.
    """

    code: str
    subject: str
    severity: Severity
    grade: Grade
    headline: Message
    detail: Message | None = None
    measures: tuple[Measure, ...] = ()
    impact: Impact | None = None
    owner_role: Role = "operator"
    advice: Message | None = None
    frame: str | None = None
    blocking: bool = False
    topic: str | None = None

    @property
    def id(self) -> str:
        """Ten hex digits, stable for the same code and subject."""
        return hashlib.sha256(f"{self.code}\n{self.subject}".encode()).hexdigest()[:10]

    @property
    def rank(self) -> int:
        """Place of the severity, the most severe first."""
        return _SEVERITIES.index(self.severity)

    @property
    def weight(self) -> float:
        """The part of the impact that can be relied on, in its unit.

        All of it for a fact. Of an estimate the end of the interval that is nearest to zero, none
        where the interval holds zero, half of it without an interval; of a hypothesis half as
        much, and nothing without an interval.
        """
        if self.impact is None:
            return 0.0
        value, low, high = abs(float(self.impact.value)), self.impact.low, self.impact.high
        if self.grade == "fact":
            return value
        part = 1.0 if self.grade == "estimate" else 0.5
        if low is not None and high is not None:
            return 0.0 if low <= 0 <= high else part * min(abs(float(low)), abs(float(high)))
        return value / 2 if self.grade == "estimate" else 0.0


MATERIAL = 0.0005
"""The share of GMV from which on an amount decides what matters most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """How a frame is shown: which columns, how many rows; the whole frame is in JSON and XLSX."""

    frame: str
    title: Message
    columns: tuple[str, ...] = ()
    limit: int = 20


ChartKind: TypeAlias = Literal[
    "bars",  # horizontal bars, one row per x, one series per y
    "columns",  # vertical bars over an ordered x
    "lines",  # lines over an ordered x
    "bullet",  # actual (y[0]) against target (y[1])
    "funnel",  # one bar per step, y[0] the count
    "heat",  # x by `by`, colour y[0]
    "waterfall",  # signed steps that add up
    "scatter",  # y[0] against x, optional `by` group
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A declared picture of a frame.

    `where` keeps the rows whose column equals the value; `down` says that less is better.
    """

    name: str
    kind: ChartKind
    frame: str
    x: str
    y: tuple[str, ...]
    title: Message
    unit: Unit
    by: str | None = None
    where: tuple[tuple[str, str], ...] = ()
    limit: int = 20
    down: bool = False


SectionStatus: TypeAlias = Literal["ok", "empty", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One analysis in the review: its answer, its evidence, or why there is none.

    `remark` is what the analyst wrote on it, in Markdown.
    """

    slug: str
    chapter: int
    order: int
    title: Message
    question: Message
    status: SectionStatus
    reason: Message | None = None
    cause: Exception | None = None
    notes: tuple[Message, ...] = ()
    findings: tuple[Finding, ...] = ()
    frames: Mapping[str, Frame] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A named stretch of the campaign."""

    name: str
    kind: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What is reviewed: its window (end exclusive) and the conventions of its figures."""

    name: str
    start: datetime
    end: datetime
    currency: str
    timezone: str
    gmv_level: str
    phases: tuple[Phase, ...] = ()
    refund_maturity_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One row or file that was not taken, and why."""

    path: str
    row: int | None
    column: str | None
    value: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to know of a file: its code, the column, how many rows, the first of them."""

    code: str
    column: str | None = None
    rows: int | None = None
    first_row: int | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """A published figure worked out again: rows compared, rows that differ, by what part at most.

    `ratio`: median of published to computed where they differ; 100 tells of percent for shares.
    """

    header: str
    formula: str
    rows: int
    violations: int
    worst: float | None = None
    first_row: int | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The receipt of one file: rows in = rows + rejected + duplicates + dropped.

    `headers`, `units`: the file's own header of each mapped column, and the unit it is in where
    that is not the stored one; `header_row`: where they stand.
    """

    path: str
    kind: str
    table: str
    campaign: str
    rows: int
    rejected: int
    duplicates: int
    dropped: int
    period: tuple[date, date] | None
    encoding: str
    sha256: str
    exported_at: datetime | None
    mapped: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    header_row: int | None = None
    rejections: tuple[Rejection, ...] = ()
    notices: tuple[Notice, ...] = ()
    recomputed: tuple[Recomputed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One line of the scorecard; `change` is relative to the previous campaign."""

    metric: str
    label: Message
    value: Number | None
    unit: Unit
    target: Number | None
    attainment: float | None
    previous: Number | None
    change: float | None
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A business rule and how it came out; `name` is the rule as it was written.

    `unit`: of value and limit. `reason`: why there is no value; `ambiguous`: because several rows
    answer to the rule, which is the rule's fault.
    """

    name: str
    metric: str
    op: str
    limit: float
    value: Number | None
    status: GateStatus
    unit: Unit = "number"
    reason: Message | None = None
    ambiguous: bool = False

    @property
    def distance(self) -> float | None:
        """How far the value lies above the limit, in its unit; negative below."""
        return None if self.value is None else float(self.value) - self.limit

    @property
    def distance_unit(self) -> Unit:
        """The unit of `distance`: two shares lie points apart."""
        return "points" if self.unit == "share" else self.unit

    @property
    def is_failing(self) -> bool:
        """Whether the run fails by it."""
        return self.status in ("failed", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to do next time."""

    id: str
    finding: str
    text: Message
    owner_role: Role
    metric: str | None = None
    baseline: float | None = None
    target: float | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A small picture of the brand: its media type and its bytes."""

    media: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a report presents itself; `accent` is a colour `#rrggbb`."""

    title: str | None = None
    brand: str | None = None
    accent: str | None = None
    logo: Logo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Everything a reporter needs, and nothing it has to work out.

    `stopped` says why the battery was not run to its end, when the data contradict themselves;
    `remark` is what the analyst wrote on the whole, in Markdown.
    """

    version: str
    campaign: Campaign
    as_of: datetime
    sources: tuple[Source, ...]
    scorecard: tuple[Score, ...]
    sections: tuple[Section, ...]
    notes: tuple[Message, ...] = ()
    stopped: Message | None = None
    actions: tuple[Action, ...] = ()
    gates: tuple[Gate, ...] = ()
    previous_actions: tuple[Action, ...] = ()
    look: Look = Look()
    remark: str | None = None

    @property
    def title(self) -> str:
        """What stands at the top of the report: the title that was set, else the name."""
        return self.look.title or self.campaign.name

    def findings(self) -> list[tuple[Section, Finding]]:
        """Return all findings, what matters most first.

        Problems before notes, those priced in money before the others, the largest amount that
        can be relied on first, then the more severe, then in the order of the report. An amount
        below `MATERIAL` of GMV counts as none.
        """
        pairs = [(section, finding) for section in self.sections for finding in section.findings]
        gmv = next((score.value for score in self.scorecard if score.metric == "gmv"), None)
        least = MATERIAL * abs(float(gmv or 0))

        def place(pair: tuple[Section, Finding]) -> tuple[bool, bool, float, int]:
            finding = pair[1]
            worth = finding.weight if finding.weight >= least else 0.0
            return finding.severity == "note", worth == 0.0, -worth, finding.rank

        return sorted(pairs, key=place)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that stopped a run: a sentence of fact and one of remedy."""

    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}".rstrip("; ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a run came to no end: its exit code and everything that is wrong."""

    code: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One campaign of a batch and how its review came out.

    `path`: where it was found; `folder`: where its review is, relative to the batch's own.
    `code`: the exit code of its run, None while it has not run. `start`, `end`: its first and last
    business day; `daily`: GMV of each of them. `files`: what was written into `folder`. `errors`:
    what stopped it, a sentence each.
    """

    path: str
    folder: str
    name: str
    code: int | None = None
    currency: str = ""
    start: date | None = None
    end: date | None = None
    gmv: Number | None = None
    target: Number | None = None
    attainment: float | None = None
    change: float | None = None
    daily: tuple[float | None, ...] = ()
    act: int = 0
    watch: int = 0
    gates: tuple[Gate, ...] = ()
    failed_analyses: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Many campaigns reviewed in one run, in the order they were asked for."""

    version: str
    members: tuple[Member, ...]
