"""Where templates are found and how they are compiled.

Templates hold layout only; a name they do not know is an error, and every value is escaped for
its format unless it is markup already.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined

from livereview.errors import RenderError
from livereview.model import Arg, Message, Quantity
from livereview.report.words import is_signed

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from jinja2.bccache import Bucket

    from livereview.report.words import Words

Kind: TypeAlias = Literal["html", "md"]


class _Compiled(BytecodeCache):
    """Templates compiled once a process: the result is the same in every language."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._held.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._held[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


def folder() -> Path:
    """Return the templates' folder: beside this module when installed, else in the checkout.

    Raises RenderError when there is none.
    """
    packaged = Path(__file__).parent / "templates"
    checkout = Path(__file__).parents[3] / "reports" / "templates"
    for place in (packaged, checkout):
        if place.is_dir():
            return place
    raise RenderError("The report templates are not there.", "Install livereview again.")


def environment(
    kind: Kind, words: Words, escape: Callable[[object], object] | None = None
) -> Environment:
    """Return the templates of one format, in one language.

    Templates know `_("text {name}", name=...)` and `many("{n} row", "{n} rows", n)` for their own
    words, `say(message)`, `quantity(value, unit)`, `interval(low, high, unit)`, `term(id, within)`,
    `label(name)`, `cell(value, column)`, `is_signed(name)`, `day(date)` and `moment(time)`. Values
    are escaped as HTML; `escape` returns markup for a plain value where the format needs more.
    """
    templates = Environment(
        loader=FileSystemLoader(folder() / kind),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=escape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=_COMPILED,
    )

    def translated(msgid: str, /, **args: Arg) -> str:
        return words.say(Message(msgid, args))

    def counted(one: str, many: str, n: int, /, **args: Arg) -> str:
        return words.say(Message(one, {"n": Quantity(n, "count"), **args}, many, n))

    templates.globals.update(
        _=translated,
        many=counted,
        say=words.say,
        quantity=words.quantity,
        interval=words.interval,
        term=words.term,
        label=words.label,
        cell=words.cell,
        day=words.numbers.day,
        moment=words.numbers.moment,
        lang=words.lang,
        is_signed=lambda name: is_signed(name.rpartition(".")[2]),
    )
    return templates
