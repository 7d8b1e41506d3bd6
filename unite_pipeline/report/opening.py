"""Opening hours in words: the usual notation as people write it, any other as it stands.

Here: weeks of days and spans, and public holidays that are off. Not here: which hours these are, day by day
(`warehouse/calendar.py`).
"""

from __future__ import annotations

import re

from unite_pipeline.report.words import LANGUAGES, Both, plain, say, written

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY = "|".join(_DAYS)
_HOURS = r"\d\d:\d\d-\d\d:\d\d"
_RULE = re.compile(rf"((?:{_DAY})(?:[-,](?:{_DAY}))*) ({_HOURS}(?:, ?{_HOURS})*)")
_NO_HOLIDAYS = "PH off"
_DASH = "\u2013"


def opening_words(notation: str) -> Both:
    """Opening hours as words; what is not days, hours or `PH off` leaves all of it as it is."""
    rules = [each.strip() for each in notation.split(";") if each.strip()]
    parts: list[Both] = []
    for rule in rules:
        found = _RULE.fullmatch(rule)
        if found is not None:
            parts.append(_span(found[1], found[2]))
        elif rule == _NO_HOLIDAYS and parts:
            parts.append(say("opening.no_holidays"))
        else:
            return plain(notation)
    return Both(*(", ".join(each.of(language) for each in parts) for language in LANGUAGES))


def _span(days: str, hours: str) -> Both:
    return Both(*(_firm(_in(language, days)) + " " + _firm(hours) for language in LANGUAGES))


def _in(language: str, days: str) -> str:
    for place, day in enumerate(_DAYS, 1):
        days = days.replace(day, written(place, "wd").of(language))
    return days


def _firm(text: str) -> str:
    return re.sub(", ?", ", ", text).replace("-", _DASH)
