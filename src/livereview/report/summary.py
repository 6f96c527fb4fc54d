"""summary.md: the result on half a page of Markdown, for the step summary of a CI run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livereview.report import markdown, outline, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livereview.model import Failure, Gate, Review
    from livereview.report.words import Words

FILE = "summary.md"


class SummaryReporter:
    """Writes `summary.md`."""

    name: str = "summary"
    folders: tuple[str, ...] = ()

    def render(self, review: Review, words: Words) -> Mapping[str, bytes]:
        """Return the summary of a review."""
        return {FILE: summary(review.title, review.gates, review, None, words)}


def summary(
    title: str,
    gates: Sequence[Gate],
    review: Review | None,
    failure: Failure | None,
    words: Words,
) -> bytes:
    """Return the summary of a run: what stopped it, and what is known of the review."""
    template = markdown.environment(words).get_template("summary.md.j2")
    said = template.render(
        title=title,
        gates=gates,
        outcome=verdict.outcome,
        review=review,
        failure=failure,
        verdict=None if review is None else verdict.verdict(review),
        answer=verdict.answer,
        findings=[] if review is None else outline.top(review),
        filled=lambda *names: outline.is_filled(review.scorecard if review else (), *names),
        shapes=outline.SHAPES,
        gate_shapes=outline.GATE_SHAPES,
        worth=lambda impact: markdown.worth(impact, words),
    )
    return markdown.tidy(said).encode("utf-8", errors="replace")
