"""Messages become sentences here: translated, with numbers and names in the reader's language.

What comes out is plain text, one line, without control characters and not escaped: a reporter
escapes it for its format. A message without a translation stays English. Where a reporter asks
for it, figures stand between marks that no text holds, so that it can keep each on one line.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from livereview import glossary
from livereview.model import Message, Number, Quantity, Term, text
from livereview.report.numbers import NBSP, NOTHING, Numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from livereview.model import Arg, Column, Unit

Value: TypeAlias = Number | str | bool | date | datetime | None

LOCALES = Path(__file__).parents[1] / "locale"

HOLD, LOOSE = "\ufdd0", "\ufdd1"
"""Non-characters around what must not be broken; `clean` takes them out of every name."""

_PLACEHOLDER = re.compile(r"( ?)\{(\w+)\}((?: (?!\{))?)")
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
# C0 and C1 controls, line and paragraph separators, marks that reorder a line, lone surrogates,
# non-characters: none of them has a place in a line of text.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]+"
)
_DIFFERENCE = re.compile(r"(^|_)(change|effect|lift)($|_(rel|abs)$)|^(gap|gmv_moved)$")
_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…]")
_NO_MEMBER = {"unknown", "unattributed"}  # members of every additive dimension
_P_VALUE = re.compile("(^|_)p($|_)")  # names of p-values
_LEAST_P = 0.001  # less is not told apart
_SPACES = re.compile("  +")


def clean(name: str) -> str:
    """Return a text from the data as one line: no control characters, no reordering marks."""
    return _SPACES.sub(" ", _CONTROL.sub(" ", _TERMINAL.sub("", name))).strip()


def is_signed(name: str) -> bool:
    """Return whether a column of this name holds differences, which show a plus on gains."""
    return bool(_DIFFERENCE.search(name.rpartition(".")[2]))


class Words:
    """Says messages, quantities, terms and cells in one language and one currency.

    Raises UsageError for a language that is not there.
    """

    def __init__(self, lang: str, currency: str) -> None:
        self.numbers = Numbers(lang, currency)
        self.lang = lang
        self.currency = currency
        self._catalog = _translations(LOCALES / self.numbers.style.locale)

    def gettext(self, msgid: str) -> str:
        """Return the translation of an English source text."""
        # an empty msgid is where gettext keeps the head of the catalog
        return self._catalog.gettext(msgid) if msgid else ""

    def say(self, message: Message, *, held: bool = False) -> str:
        """Return the sentence of a message; its arguments are formatted for the reader.

        A name from the data stays as it is, but for control characters; a word of ours that opens
        a sentence has a capital. With `held`, figures and dates stand between `HOLD` and `LOOSE`.
        """
        return self._said(message, held=held, opens=True)

    def _said(self, message: Message, *, held: bool, opens: bool) -> str:
        if message.plural is None or message.count is None:
            pattern = self.gettext(message.msgid)
        else:
            pattern = self._catalog.ngettext(message.msgid, message.plural, message.count)
        opens = opens or pattern.endswith(".")
        return _fill(pattern, message.args, lambda arg: self._argument(arg, held=held), opens=opens)

    def quantity(
        self, value: Number | None, unit: Unit, *, signed: bool = False, exact: bool = False
    ) -> str:
        """Return a number in the words of its unit; None reads as an en dash.

        Amounts are compact (`¥1.20B`, `12.0 亿元`) unless `exact`.
        """
        return self.numbers.quantity(value, unit, signed=signed, exact=exact)

    def interval(
        self, low: Number | None, high: Number | None, unit: Unit, *, signed: bool = False
    ) -> str:
        """Return an interval such as `1.2 % to 3.4 %`, or an en dash when a bound is missing."""
        if low is None or high is None:
            return NOTHING
        ends = {
            "low": Quantity(low, unit, signed=signed),
            "high": Quantity(high, unit, signed=signed),
        }
        return self.say(text("{low} to {high}", **ends))

    def term(self, id: str, within: str = "") -> str:  # noqa: A002
        """Return the label of a metric, a vocabulary word or a column, else the id itself.

        A dotted id, such as `head.gmv_share`, reads part by part.
        """
        label = glossary.label(id, within)
        if label is None and (entry := glossary.find(id)):
            label = entry.label
        if label is not None:
            return self.say(label)
        first, dot, rest = id.partition(".")
        if dot and first and rest:
            return f"{self.term(first)} · {self.label(rest)}"
        return clean(id)

    def label(self, id: str) -> str:  # noqa: A002
        """Return the label of a column or measure by its name, else as `term` reads it."""
        entry = glossary.find(id)
        return self.say(entry.label) if entry else self.term(id)

    def cell(self, value: Value, column: Column, unit: Unit | None = None) -> str:
        """Return the text of one table cell; dates are ISO so that columns align.

        `unit` overrides the column's unit where the row decides it (see `grid`).
        """
        if value is None:
            return NOTHING
        if isinstance(value, bool):
            return self.gettext("yes") if value else self.gettext("no")
        if isinstance(value, str):
            named = column.unit == "term" or column.name == "platform" or value in _NO_MEMBER
            return (self.term(value, column.name) if named else clean(value)) or NOTHING
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M")
        if isinstance(value, date):
            return value.isoformat()
        if _P_VALUE.search(column.name) and 0 <= value < _LEAST_P:
            return f"<{NBSP}{_LEAST_P}"
        return self.quantity(value, unit or column.unit, signed=is_signed(column.name))

    def _argument(self, arg: Arg, *, held: bool) -> str:
        match arg:
            case str():
                return clean(arg)
            case Term():
                return self.term(arg.id, arg.within)
            case Message():
                return self._said(arg, held=held, opens=False)
            case Quantity() | date() | int():
                figure = self._figure(arg)
                return f"{HOLD}{figure}{LOOSE}" if held else figure
            case _:
                return self._listed([self._argument(part, held=held) for part in arg])

    def _figure(self, arg: Quantity | date | int) -> str:
        match arg:
            case Quantity():
                return self.quantity(arg.value, arg.unit, signed=arg.signed)
            case datetime():
                return self.numbers.moment(arg)
            case date():
                return self.numbers.day(arg)
            case _:
                return self.quantity(arg, "count", exact=True)

    def _listed(self, parts: Sequence[str]) -> str:
        if not parts:
            return NOTHING
        if len(parts) == 1:
            return parts[0]
        start = self.gettext(", ").join(parts[:-1])
        return _fill(self.gettext("{start} and {end}"), {"start": start, "end": parts[-1]}, str)


@cache
def _translations(folder: Path) -> NullTranslations:
    """Read the catalog of a locale; one without a catalog, and a missing entry, yield English."""
    path = folder / "LC_MESSAGES" / "livereview.po"
    if not path.is_file():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    catalog = read_po(BytesIO(path.read_bytes()), locale=folder.name)
    for message in list(catalog):
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and not all(texts):  # would be written as its singular, whatever the number
            catalog.delete(message.id, context=message.context)
    binary = BytesIO()
    write_mo(binary, catalog)
    binary.seek(0)
    return GNUTranslations(binary)


def _fill(
    pattern: str, args: Mapping[str, Arg], say: Callable[[Arg], str], *, opens: bool = False
) -> str:
    """Put arguments into `{named}` places, once: text inside an argument is never a pattern.

    A word of ours at the start of a sentence gets a capital, a name from the data does not;
    `opens`: the pattern starts a sentence.

    Chinese sets Latin words and figures off by a space and Chinese words by none: a space beside
    a place goes where both of its neighbours are Chinese.
    """

    def place(match: re.Match[str]) -> str:
        before, name, after = match.groups()
        if name not in args:
            return match[0]
        said = say(args[name])
        start = pattern[: match.start()]
        arg = args[name]
        if isinstance(arg, Term) and said != arg.id and (start.endswith(".") if start else opens):
            said = said[:1].upper() + said[1:]
        if before and _meet(pattern[match.start() - 1 : match.start()], said.lstrip(HOLD)[:1]):
            before = ""
        if after and _meet(said.rstrip(LOOSE)[-1:], pattern[match.end() : match.end() + 1]):
            after = ""
        return f"{before}{said}{after}"

    return _PLACEHOLDER.sub(place, pattern)


def _meet(left: str, right: str) -> bool:
    return bool(_HAN.match(left) and _HAN.match(right))
