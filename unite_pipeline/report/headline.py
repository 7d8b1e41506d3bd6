"""The key figures at the head: the last week that was read whole, beside the week before and the weeks before that.

Here: which figures, how a week compares, and whether a difference is more than chance. Not here: their formulas (the
catalogue in the warehouse).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from unite_pipeline.report.drawing import spark
from unite_pipeline.report.source import Period, Source, Spread
from unite_pipeline.report.words import LANGUAGES, Both, joined, say, written

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_MOST_RANGES = 4
"""So many stretches of unread days are named, before it is only their number."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A metric of the head.

    Args:
        form: how it is written.
        better: whether more of it is better (1), worse (-1) or neither (0).
        least: what the height of its small line stands for at least.
        least_share: the same as a share of its highest value.
    """

    metric: str
    form: str
    better: int = 0
    least: float = 0.0
    least_share: float = 0.5


_SHOWN = (
    _Shown("offered", "n"),
    _Shown("answer_ratio", "pct", 1, least=0.1, least_share=0.0),
    _Shown("service_level", "pct", 1, least=0.1, least_share=0.0),
    _Shown("lost_ratio", "pct", -1, least=0.1, least_share=0.0),
    _Shown("ring_median_s", "dur", -1, least=5.0),
    _Shown("line_peak", "n"),
)
_MEDIAN = "ring_median_s"


@dataclass(frozen=True, slots=True)
class _Week:
    """One metric over one week."""

    value: float | None
    spread: Spread | None


@dataclass(frozen=True, slots=True)
class Card:
    """One key figure.

    Args:
        metric: its name in the catalogue.
        value: of the week, or of all days where no week was read whole.
        counted: what it is taken over, as words; None for what is a count itself.
        before: of the week before, as words; None where that was not read whole.
        trend: class: better, worse, more, less, chance or same.
        arrow: an arrow for it.
        spread: lowest and highest of the weeks, as words.
    """

    metric: str
    title: Both
    value: Both
    number: float | None
    counted: Both | None
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
    formula: Both | None
    cards: tuple[Card, ...]


def headline(source: Source, period: Period) -> Headline:
    """The key figures; leaves the source cut to some week."""
    warning = None
    if period.first_day is not None and period.last_day is not None:
        source.cut(period.first_day, period.last_day)
        warning = _warning(source, (period.last_day - period.first_day).days + 1)
    if period.last_week is None or period.first_week is None:
        cards = tuple(_card(shown, [_week(source, shown)], period) for shown in _SHOWN)
        return Headline(say("headline.no_week", days=period.whole_days), None, warning, None, cards)
    mondays = _mondays(period.first_week, period.last_week)
    source.cut(mondays[0], mondays[-1] + 6 * _DAY)
    whole = {row["week"] for row in source.rows("whole_weeks")}
    weeks: dict[str, list[_Week | None]] = {shown.metric: [] for shown in _SHOWN}
    for monday in mondays:
        source.cut(monday, monday + 6 * _DAY)
        for shown in _SHOWN:
            weeks[shown.metric].append(_week(source, shown) if monday in whole else None)
    last = period.last_week
    return Headline(
        say("headline.week", week=last.isocalendar().week, first=last, last=last + 6 * _DAY),
        _note(len(whole), has_before=last - _WEEK in whole),
        warning,
        say("headline.formula") if last - _WEEK in whole else None,
        tuple(_card(shown, weeks[shown.metric], period) for shown in _SHOWN),
    )


def _note(weeks: int, *, has_before: bool) -> Both:
    if weeks == 1:
        return say("headline.alone")
    return say("headline.against" if has_before else "headline.without_before", weeks=weeks)


def _warning(source: Source, days: int) -> Both | None:
    """Which days are in no figure, since they were not read whole."""
    unread: list[date] = [row["call_date"] for row in source.rows("unread_days")]
    if not unread:
        return None
    stretches: list[list[date]] = []
    for day in unread:
        if stretches and day - stretches[-1][-1] == _DAY:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    named = [
        written(each[0], "short") if len(each) == 1 else say("headline.stretch", first=each[0], last=each[-1])
        for each in stretches
    ]
    which = Both(*(", ".join(each.of(language) for each in named) for language in LANGUAGES))
    return joined(
        say("headline.unread_which", unread=len(unread), days=days, which=which)
        if len(named) <= _MOST_RANGES
        else say("headline.unread", unread=len(unread), days=days),
        say("headline.left_out"),
    )


def _mondays(first: date, last: date) -> list[date]:
    return [first + _WEEK * i for i in range((last - first) // _WEEK + 1)]


def _week(source: Source, shown: _Shown) -> _Week:
    spread = (
        Spread(**source.rows("ring_median_interval")[0]) if shown.metric == _MEDIAN else source.spread(shown.metric)
    )
    return _Week(source.value(shown.metric), spread)


def _card(shown: _Shown, weeks: list[_Week | None], period: Period) -> Card:
    now, before = weeks[-1], weeks[-2] if len(weeks) > 1 else None
    values = [None if each is None else each.value for each in weeks]
    known = [each for each in values if each is not None]
    value = values[-1]
    trend, arrow = _trend(shown, now, before)
    return Card(
        shown.metric,
        say(f"headline.{shown.metric}", target=period.service_level_s),
        written(value, shown.form),
        value,
        say(f"headline.n_{shown.metric}", n=now.spread.n) if now is not None and now.spread is not None else None,
        say("headline.before", value=written(before.value, shown.form)) if before is not None else None,
        trend,
        arrow,
        say(f"headline.{trend}") if trend != "same" else None,
        say(
            "headline.range",
            weeks=len(known),
            low=written(min(known), "bare" if shown.form == "pct" else shown.form),
            high=written(max(known), shown.form),
        )
        if len(known) > 1
        else None,
        spark(values, max(shown.least, shown.least_share * max(known, default=0.0), 1e-9)),
    )


def _trend(shown: _Shown, now: _Week | None, before: _Week | None) -> tuple[str, str]:
    """The class of the arrow, and the arrow; it has a colour only where the difference is more than chance."""
    if now is None or before is None or now.value is None or before.value is None:
        return "same", ""
    if written(now.value, shown.form) == written(before.value, shown.form):
        return "same", ""
    rises = now.value > before.value
    arrow = "▲" if rises else "▼"
    if not shown.better:
        return ("more" if rises else "less"), arrow
    if now.spread is None or before.spread is None or not now.spread.is_apart_from(before.spread):
        return "chance", arrow
    return ("better" if rises == (shown.better > 0) else "worse"), arrow
