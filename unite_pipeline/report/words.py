"""Both languages: every sentence of the report from `texts.toml`, its numbers, days and times written as each has it.

Here: looking texts up and writing values into them. Not here: any sentence; where it stands on the page.
"""

from __future__ import annotations

import math
import string
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, partial
from importlib import resources
from typing import Any

LANGUAGES = ("nl", "en")
NOTHING = "\u2013"
FIRM = "\u00a0"
"""Between a number and its unit: no line may end there."""
_SHARES = ("pct", "pct0", "bare", "bare0")
"""0.124 as 12.4%, as 12%, and the same where a sign stands elsewhere."""
_PLURAL = "|"
"""Between two words in a form, as in `{days:dag|dagen}`: the first is written for one, the second for any other."""
_HOUR_S, _MINUTE_S = 3600, 60
_NAMES = "names"
"""The part of `texts.toml` that names months and weekdays, in order, with blanks between."""


@dataclass(frozen=True, slots=True)
class Both:
    """One text in both languages."""

    nl: str
    en: str

    def of(self, language: str) -> str:
        """The text in one of them."""
        return self.nl if language == "nl" else self.en

    @property
    def is_same(self) -> bool:
        """Whether it reads the same in both."""
        return self.nl == self.en


@lru_cache(maxsize=1)
def texts() -> dict[str, Both]:
    """Every text of `texts.toml` by its dotted name."""
    content = resources.files(__package__).joinpath("texts.toml").read_text(encoding="utf-8")
    found: dict[str, Both] = {}
    _collect(tomllib.loads(content), "", found)
    return found


def say(name: str, /, **values: Any) -> Both:
    """A text with its values; how each is written stands in the text, as in `{share:pct}`.

    Raises:
        KeyError: there is no such text, or a value of it is not given.
    """
    text = texts()[name]
    return Both(*(_Writer(language).vformat(text.of(language), (), values) for language in LANGUAGES))


def plain(text: str) -> Both:
    """A text that is the same in both: a name, a code."""
    return Both(text, text)


def joined(*sentences: Both | None) -> Both:
    """Sentences one after the other; those that are None are left out."""
    told = [each for each in sentences if each is not None]
    return Both(*(" ".join(each.of(language) for each in told) for language in LANGUAGES))


def written(value: Any, form: str) -> Both:
    """One value, written as each language does: forms are those of `say`."""
    return Both(*(_Writer(language).format_field(value, form) for language in LANGUAGES))


def _collect(node: Mapping[str, Any], path: str, found: dict[str, Both]) -> None:
    if set(node) == set(LANGUAGES) and all(isinstance(each, str) for each in node.values()):
        found[path] = Both(node["nl"].strip(), node["en"].strip())
        return
    for key, value in node.items():
        _collect(value, f"{path}.{key}" if path else key, found)


class _Writer(string.Formatter):
    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            return NOTHING
        if isinstance(value, Both):
            return value.of(self._language)
        if isinstance(value, date):
            return self._day(value, format_spec)
        if _PLURAL in format_spec:
            one, many = format_spec.split(_PLURAL)
            return one if value == 1 else many
        if format_spec in _FORMS:
            return _FORMS[format_spec](self, value)
        return str(super().format_field(value, format_spec))

    def weekday(self, number: int, names: str) -> str:
        return self._name(names, number - 1)

    def _name(self, names: str, place: int) -> str:
        return texts()[f"{_NAMES}.{names}"].of(self._language).split()[place]

    def share(self, value: float, form: str) -> str:
        share = self.number(_exact(value) * 100, 0 if form in ("pct0", "bare0") else 1)
        if form in ("bare", "bare0"):
            return share
        return f"{share}{FIRM}%" if self._language == "nl" else f"{share}%"

    def number(self, value: float | Decimal, decimals: int) -> str:
        english = f"{_rounded(value, decimals):,}"
        return english.translate(str.maketrans(",.", ".,")) if self._language == "nl" else english

    def _day(self, value: date, form: str) -> str:
        month, short = (self._name(names, value.month - 1) for names in ("months", "short_months"))
        if form == "short":
            return f"{value.day} {short}"
        if form == "day":
            return f"{self.weekday(value.isoweekday(), 'short_weekdays')} {value.day} {short}"
        if form == "moment" and isinstance(value, datetime):
            return f"{value.day} {month} {value.year}, {value:%H:%M}"
        return f"{value.day} {month} {value.year}"

    def duration(self, seconds: float) -> str:
        whole = int(_rounded(seconds, 0))
        if whole < _MINUTE_S:
            return f"{whole}{FIRM}s"
        if whole < _HOUR_S:
            return f"{whole // _MINUTE_S}:{whole % _MINUTE_S:02d}{FIRM}min"
        hour = self._name("hour", 0)
        return f"{whole // _HOUR_S}:{whole % _HOUR_S // _MINUTE_S:02d}{FIRM}{hour}"

    def within(self, seconds: float) -> str:
        """A time that something was done within: whole minutes, rounded up, where it is some minutes."""
        if not 2 * _MINUTE_S <= seconds < _HOUR_S - _MINUTE_S:
            return self.duration(seconds)
        return f"{math.ceil(seconds / _MINUTE_S)}{FIRM}{self._name('minutes', 0)}"


def _exact(value: float | Decimal) -> Decimal:
    """The decimal number that is meant: 0.285, and not the nearest one that a computer has."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _rounded(value: float | Decimal, decimals: int) -> Decimal:
    """A half goes up, as whoever checks a figure by hand does it, and not to the even neighbour."""
    return _exact(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


_FORMS: dict[str, Callable[[_Writer, Any], str]] = {
    "n": lambda writer, value: writer.number(value, 0),
    "n1": lambda writer, value: writer.number(value, 1),
    "n2": lambda writer, value: writer.number(value, 2),
    **{form: partial(_Writer.share, form=form) for form in _SHARES},
    "dur": _Writer.duration,
    "within": _Writer.within,
    "weekday": partial(_Writer.weekday, names="weekdays"),
    "wd": partial(_Writer.weekday, names="short_weekdays"),
}
