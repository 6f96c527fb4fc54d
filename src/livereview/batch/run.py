"""One run over many campaigns: shared out, answered one by one, entered in the ledger."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from livereview import config, headline
from livereview.batch.ledger import Ledger, Line
from livereview.batch.workers import Died, Workers
from livereview.config.places import Places
from livereview.errors import ExitCode, LiveReviewError, RenderError, UsageProblems
from livereview.job import SEALED
from livereview.narrator import Nobody
from livereview.outcome import Outcome, failure, told
from livereview.report import junit

if TYPE_CHECKING:
    from livereview.batch.ledger import Said
    from livereview.batch.roster import Entry, Roster
    from livereview.job import Job, Known
    from livereview.model import Member
    from livereview.narrator import Narrator
    from livereview.report.words import Words

Kept: TypeAlias = Literal["none", "ended", "all"]
"""What of an earlier run is kept while unchanged: nothing, reviews that ended, or failures too."""


_LABEL = 40  # signs


@dataclass(frozen=True, slots=True)
class _Task:
    """A campaign to review, and the end of an earlier run that may still hold."""

    entry: Entry
    job: Job
    known: Known | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """How a campaign came out; `said` is None where its line of the ledger holds."""

    code: int
    key: str | None
    said: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a run over many campaigns is asked to do.

    Attributes:
        roster: the campaigns, without `out`; each is reviewed as `job` says, into its own folder.
        out: the folder of the batch.
        workers: how many processes; kept: what of an earlier run is not done again.
    """

    roster: Roster
    job: Job
    out: Path
    workers: int
    kept: Kept = "none"

    def run(self, narrator: Narrator, words: Words) -> tuple[ExitCode, Sequence[Member]]:
        """Review all campaigns; return the exit code of the whole and every campaign.

        Raises UsageError or RenderError when the ledger or the index cannot be written.
        """
        ledger, tasks = self._begin()
        try:
            with narrator.progress() as bar:
                self._answer_all(ledger, tasks, narrator, bar.step)
        except KeyboardInterrupt:
            narrator.warn(f"{self.out}: not all campaigns have been reviewed; --resume goes on")
            raise
        finally:
            # whatever ends the run, what is done is shown, and can be resumed
            ledger.write()
            pages = self._show(ledger, words)
        narrator.summarised(pages["index.md"].decode("utf-8"))
        code = _code(ledger.lines.values())
        ledger.write(code)
        return code, ledger.batch().members

    def _begin(self) -> tuple[Ledger, list[_Task]]:
        """Return the ledger with all campaigns in it, and what there is to do."""
        _check(self.job)
        earlier = Ledger.read(self.out)
        folders = earlier.folders
        entries = self.roster.entries(self.out, folders)
        ledger, tasks = Ledger(self.out), []
        for entry in entries:
            folders.pop(entry.key, None)
            held = earlier.lines.get(entry.key)
            task = self._task(entry, held)
            tasks.append(task)
            if held is None or task.known is None:
                held = Line(
                    path=entry.key,
                    folder=entry.folder,
                    code=None,
                    key=None,
                    said={"name": entry.campaign.name},
                )
            ledger.lines[entry.key] = held
        ledger.former = folders
        ledger.write()
        return ledger, tasks

    def _task(self, entry: Entry, held: Line | None) -> _Task:
        keeps = {"none": (), "ended": SEALED, "all": tuple(ExitCode)}[self.kept]
        folder = self.out / entry.folder
        job = replace(
            self.job,
            sources=entry.campaign.sources,
            config_file=entry.campaign.config,
            layers=entry.campaign.layers,
            out=folder,
        )
        known = None
        if held is not None and held.key is not None and held.code in keeps:
            left = (junit.FILE, *held.member.files)
            if all((folder / name).is_file() for name in left):
                known = held.key, int(held.code)
        return _Task(entry, job, known)

    def _answer_all(
        self,
        ledger: Ledger,
        tasks: Sequence[_Task],
        narrator: Narrator,
        step: Callable[[str, int, int], None],
    ) -> None:
        running: list[str] = []
        done = 0

        def started(task: _Task) -> None:
            running.append(task.entry.campaign.name)
            step(_short(running), done, len(tasks))

        count = min(self.workers, len(tasks))
        with Workers(count, _perform, threads=self.job.threads or 1) as workers:
            for task, answer in workers.answers(tasks, started):
                done += 1
                running.remove(task.entry.campaign.name)
                step(_short(running), done, len(tasks))
                line = self._line(task, answer, ledger.lines[task.entry.key])
                ledger.enter(line)
                _tell(line, f"[{done}/{len(tasks)}]", task.entry.campaign.path, narrator)

    def _line(self, task: _Task, answer: _Answer | Died, line: Line) -> Line:
        if isinstance(answer, Died):
            answer = _buried(task, answer)
        said = line.said if answer.said is None else answer.said
        return replace(line, code=answer.code, key=answer.key, said=said)

    def _show(self, ledger: Ledger, words: Words) -> Mapping[str, bytes]:
        from livereview.report import index, reporter

        pages = index.render(ledger.batch(), words)
        reporter.write(pages, self.out)
        return pages


def _check(job: Job) -> None:
    """Raise UsageError for what no campaign could be reviewed with."""
    if problems := config.flaws({}, Path(), Places(), job.assignments):
        raise UsageProblems(problems)
    if job.select or job.exclude or job.rules:
        from livereview.review import Inquiry

        Inquiry.settle(
            config=config.Config.assumed(name="batch"),
            select=job.select,
            exclude=job.exclude,
            rules=job.rules,
        )


def _perform(task: _Task) -> _Answer:
    """Review one campaign, in a process of its own."""
    # The matrices of a review are small: threads of their own cost more than they save.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    outcome = Outcome(task.job.out, Nobody())
    try:
        ran = task.job.within(outcome, known=task.known)
    except Exception as error:  # one campaign must not stop the others
        why = failure(told(error, task.job.out))
        name = (
            outcome.config.campaign.name if outcome.config is not None else task.entry.campaign.name
        )
        errors = [f"{problem.message}; {problem.hint}".rstrip("; ") for problem in why.problems]
        return _Answer(why.code, outcome.key, {"name": name, "errors": errors})
    return _Answer(int(ran.code), outcome.key, ran.headline)


def _buried(task: _Task, died: Died) -> _Answer:
    """Record the end of a process in the folder of the campaign it was at."""
    error = RenderError(
        f"{task.entry.campaign.path}: the process that reviewed it {died.how}",
        "give it more memory with --memory-limit or run fewer at once with --jobs, and --resume",
    )
    with suppress(LiveReviewError, OSError):  # a folder that cannot be written to is told by name
        Outcome(task.job.out, Nobody()).record(error)
    said = {"name": task.entry.campaign.name, "errors": [f"{error.message}; {error.hint}"]}
    return _Answer(int(error.code), None, said)


def _code(lines: Iterable[Line]) -> ExitCode:
    """Return the exit code of a batch: partial if any campaign has no whole review, else gates."""
    codes = {line.code for line in lines}
    if codes - set(SEALED):
        return ExitCode.PARTIAL
    return ExitCode.GATE if ExitCode.GATE in codes else ExitCode.DONE


def _short(names: Sequence[str]) -> str:
    """Return names as a label that leaves room for a bar."""
    said = ", ".join(names)
    return said if len(said) <= _LABEL else f"{said[: _LABEL - 1]}…"


def _tell(line: Line, count: str, path: Path, narrator: Narrator) -> None:
    member = line.member
    what = "; ".join(headline.reasons(member))
    said = f"{count} {member.name} ({path}): exit {line.code}"
    if not line.code:
        narrator.narrate(said)
        return
    narrator.warn(f"{said}: {what}" if what else said)
    narrator.annotate("error", f"{member.name}: exit {line.code}", what or str(path))
