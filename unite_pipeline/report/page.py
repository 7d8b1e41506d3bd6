"""The page: key figures and charts put into `templates/page.html`, as one file that needs nothing else.

Here: putting together. Not here: words (`texts.toml`), figures (`charts/`), where the file goes (`build.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import metadata, resources
from typing import Any

import jinja2
from markupsafe import Markup

from unite_pipeline.report.charts import CHAPTERS
from unite_pipeline.report.charts.distribution import letters_of
from unite_pipeline.report.drawing import both
from unite_pipeline.report.figure import Figure, Request
from unite_pipeline.report.headline import headline
from unite_pipeline.report.opening import opening_words
from unite_pipeline.report.source import Period, Source
from unite_pipeline.report.words import Both, joined, plain, say


@dataclass(frozen=True, slots=True)
class Page:
    """The finished page and what can be told of it."""

    html: str
    period: Period
    figures: tuple[str, ...]


def render(source: Source, *, has_names: bool, stamp: str) -> Page:
    """Make the page of an open warehouse.

    Args:
        source: the warehouse.
        has_names: whether extensions are shown by name.
        stamp: what the page was made from, to be found in it again.
    """
    period = source.period
    chapters: list[tuple[str, list[Figure]]] = []
    head = None
    unread = 0
    if period.first_day is not None and period.last_day is not None and period.whole_days:
        head = headline(source, period)
        source.cut(period.first_day, period.last_day)
        unread = len(source.rows("unread_days"))
        request = Request(source, period, has_names, letters_of(source))
        for name, charts in CHAPTERS.items():
            made = [figure for chart in charts if (figure := chart(request)) is not None]
            chapters.append((name, _laid_out(made)))
    html = _template().render(
        style=Markup(_file("style.css")),  # noqa: S704  our own file
        stamp=stamp,
        period=period,
        head=head,
        chapters=chapters,
        catalogue=source.metrics,
        names=say("page.names_on" if has_names else "page.names_off"),
        version=metadata.version("unite-pipeline"),
        nothing=_nothing_of(period),
        **_words_of(period, unread),
    )
    return Page(html, period, tuple(figure.name for _, figures in chapters for figure in figures))


def _laid_out(figures: list[Figure]) -> list[Figure]:
    """Figures of half the width in pairs; one that has no neighbour takes all of it."""
    laid: list[Figure] = []
    for i, figure in enumerate(figures):
        is_right = bool(laid) and not laid[-1].is_wide and sum(not each.is_wide for each in laid) % 2 == 1
        has_neighbour = is_right or (i + 1 < len(figures) and not figures[i + 1].is_wide)
        laid.append(figure if figure.is_wide or has_neighbour else replace(figure, is_wide=True))
    return laid


def _nothing_of(period: Period) -> Both:
    """Why there is no figure to show: nothing was read, no day is over yet, or none was read whole."""
    if period.read_at_local is None:
        return say("page.empty")
    if period.first_day is None:
        return say("page.running", moment=period.read_at_local, offered=period.offered_so_far)
    return say("page.unread", first=period.first_day, last=period.last_day)


def _words_of(period: Period, unread: int) -> dict[str, Any]:
    days = {"first": period.first_day, "last": period.last_day}
    is_told = period.first_day is not None and period.last_day is not None and period.whole_days
    terms = {name: getattr(period, name) for name in _TERMS} | {"opening_hours": opening_words(period.opening_hours)}
    short = say("page.period_short", **days, year=period.last_day.year) if period.last_day else None
    return {
        "period_words": say("page.period", **days) if is_told else None,
        "period_short": joined(short, say("page.without", unread=unread)) if unread else short,
        "read_words": say("page.read", moment=period.read_at_local) if period.read_at_local else None,
        "terms": say("page.terms", **terms),
    }


_TERMS = ("opening_hours", "service_level_s", "short_abandon_s", "short_call_s", "repeat_within_h", "timezone")


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.globals.update(say=say, plain=plain)
    environment.filters["both"] = both
    return environment.from_string(_file("page.html"))


def _file(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
