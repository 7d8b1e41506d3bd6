"""The key figures at the head: the last full week, beside the week before and the weeks before that.

Here: which figures, and how a week compares. Not here: their formulas (the catalogue in the warehouse).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from unite_pipeline.report.drawing import spark
from unite_pipeline.report.source import Period, Source
from unite_pipeline.report.words import Both, say, written

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A metric of the head: how it is written, and whether more of it is better (1), worse (-1) or neither (0)."""

    metric: str
    form: str
    better: int = 0


_SHOWN = (
    _Shown("offered", "n"),
    _Shown("answer_ratio", "pct", 1),
    _Shown("service_level", "pct", 1),
    _Shown("lost_ratio", "pct", -1),
    _Shown("ring_median_s", "dur", -1),
    _Shown("line_peak", "n"),
)


@dataclass(frozen=True, slots=True)
class Card:
    """One key figure.

    Args:
        metric: its name in the catalogue.
        value: of the week, or of all days where no week is full.
        before: of the week before, as words; None where there is none.
        trend: class: better, worse, more, less or same.
        arrow: an arrow for it.
        spread: lowest and highest of the weeks, as words.
    """

    metric: str
    title: Both
    value: Both
    number: float | None
    before: Both | None
    trend: str
    arrow: str
    meaning: Both | None
    spread: Both | None
    line: Markup


@dataclass(frozen=True, slots=True)
class Headline:
    """The head of the page."""

    title: Both
    note: Both | None
    warning: Both | None
    cards: tuple[Card, ...]


def headline(source: Source, period: Period) -> Headline:
    """The key figures; leaves the source cut to some week."""
    if period.last_week is None or period.first_week is None:
        if period.first_day is not None and period.last_day is not None:
            source.cut(period.first_day, period.last_day)
        values = {shown.metric: [source.value(shown.metric)] for shown in _SHOWN}
        return Headline(say("headline.no_week"), None, None, _cards(values, period))
    mondays = _mondays(period.first_week, period.last_week)
    values = {shown.metric: [] for shown in _SHOWN}
    for monday in mondays:
        source.cut(monday, monday + timedelta(days=6))
        for shown in _SHOWN:
            values[shown.metric].append(source.value(shown.metric))
    proven = sum(row["state"] in ("final", "complete") for row in source.rows("proof_by_day"))
    last = period.last_week
    return Headline(
        say("headline.week", week=last.isocalendar().week, first=last, last=last + timedelta(days=6)),
        say("headline.against", weeks=len(mondays)) if len(mondays) > 1 else say("headline.alone"),
        say("headline.unproven", proven=proven) if proven < _WEEK.days else None,
        _cards(values, period),
    )


def _mondays(first: date, last: date) -> list[date]:
    return [first + _WEEK * i for i in range((last - first) // _WEEK + 1)]


def _cards(values: dict[str, list[float | None]], period: Period) -> tuple[Card, ...]:
    return tuple(_card(shown, values[shown.metric], period) for shown in _SHOWN)


def _card(shown: _Shown, weeks: list[float | None], period: Period) -> Card:
    now, before = weeks[-1], weeks[-2] if len(weeks) > 1 else None
    known = [each for each in weeks if each is not None]
    trend, arrow = _trend(shown, now, before)
    return Card(
        shown.metric,
        say(f"headline.{shown.metric}", target=period.service_level_s),
        written(now, shown.form),
        now,
        say("headline.before", value=written(before, shown.form)) if len(weeks) > 1 else None,
        trend,
        arrow,
        say(f"headline.{trend}") if trend != "same" else None,
        say(
            "headline.range",
            weeks=len(weeks),
            low=written(min(known), "bare" if shown.form == "pct" else shown.form),
            high=written(max(known), shown.form),
        )
        if len(known) > 1
        else None,
        spark(weeks),
    )


def _trend(shown: _Shown, now: float | None, before: float | None) -> tuple[str, str]:
    if now is None or before is None or written(now, shown.form) == written(before, shown.form):
        return "same", ""
    rises = now > before
    arrow = "▲" if rises else "▼"
    if not shown.better:
        return ("more" if rises else "less"), arrow
    return ("better" if rises == (shown.better > 0) else "worse"), arrow
