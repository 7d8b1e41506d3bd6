"""Both languages: every sentence of the report from `texts.toml`, with its numbers, days and times written as each has it.

Here: looking texts up and writing values into them. Not here: any sentence; where it stands on the page.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

LANGUAGES = ("nl", "en")
NOTHING = "–"
FIRM = "\u00a0"
"""Between a number and its unit: no line may end there."""
_SHARES = ("pct", "pct0", "bare", "bare0")
"""0.124 as 12.4%, as 12%, and the same where a sign stands elsewhere."""
_HOUR_S, _MINUTE_S = 3600, 60
_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december".split(),
    "en": "January February March April May June July August September October November December".split(),
}
_SHORT_MONTHS = {
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec".split(),
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
}
_WEEKDAYS = {
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag".split(),
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
}
_SHORT_WEEKDAYS = {
    "nl": "ma di wo do vr za zo".split(),
    "en": "Mon Tue Wed Thu Fri Sat Sun".split(),
}


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
        if format_spec in ("weekday", "wd"):
            names = _WEEKDAYS if format_spec == "weekday" else _SHORT_WEEKDAYS
            return names[self._language][value - 1]
        if format_spec == "dur":
            return self._duration(value)
        if format_spec in _SHARES:
            return self._share(value, format_spec)
        if format_spec in ("n", "n1", "n2"):
            return self._number(value, int(format_spec[1:] or 0))
        return str(super().format_field(value, format_spec))

    def _share(self, value: float, form: str) -> str:
        share = self._number(value * 100, 0 if form in ("pct0", "bare0") else 1)
        if form in ("bare", "bare0"):
            return share
        return f"{share}{FIRM}%" if self._language == "nl" else f"{share}%"

    def _number(self, value: float, decimals: int) -> str:
        english = f"{value:,.{decimals}f}"
        return english.translate(str.maketrans(",.", ".,")) if self._language == "nl" else english

    def _day(self, value: date, form: str) -> str:
        month, short = _MONTHS[self._language][value.month - 1], _SHORT_MONTHS[self._language][value.month - 1]
        if form == "short":
            return f"{value.day} {short}"
        if form == "day":
            return f"{_SHORT_WEEKDAYS[self._language][value.weekday()]} {value.day} {short}"
        if form == "moment" and isinstance(value, datetime):
            return f"{value.day} {month} {value.year}, {value:%H:%M}"
        return f"{value.day} {month} {value.year}"

    def _duration(self, seconds: float) -> str:
        whole = round(seconds)
        if whole < _MINUTE_S:
            return f"{whole}{FIRM}s"
        if whole < _HOUR_S:
            return f"{whole // _MINUTE_S}:{whole % _MINUTE_S:02d}{FIRM}min"
        hour = "u" if self._language == "nl" else "h"
        return f"{whole // _HOUR_S}:{whole % _HOUR_S // _MINUTE_S:02d}{FIRM}{hour}"
