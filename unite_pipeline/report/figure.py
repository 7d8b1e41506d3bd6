"""What a chart hands to the page. Here: shapes. Not here: any chart (`charts/`), any HTML (`page.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from unite_pipeline.report.source import Period, Row, Source
from unite_pipeline.report.words import NOTHING, Both, plain, say, written

SMALL_CELL = 5
"""Of fewer calls of one person nothing is told: it could be seen what that person did (domain notes, section 5)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Args:
        text: as read.
        value: the figure itself, for whoever reads the page with a program; None for words.
    """

    text: Both
    value: float | int | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing of a figure, with a heading of its own where there are several, and what its shades stand for."""

    drawing: Markup
    heading: Both | None = None
    scale: Markup | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart, with all it takes to trust it. Title, filter, formula and caveat are texts of its name.

    Args:
        name: as `texts.toml` calls it.
        n: what it is taken over: how many calls, callers or days.
        metrics: metrics of the catalogue whose formulas it shows.
        finding: what it says, in a sentence.
        panels: drawings; none where there is nothing to draw.
        legend: class of a mark and what it stands for.
        head, rows: the figures as a table.
        is_wide: whether it takes the whole width of a laptop.
        values: what the texts of its name want written into them.
    """

    name: str
    n: int
    metrics: tuple[str, ...] = ()
    finding: Both | None = None
    panels: tuple[Panel, ...] = ()
    legend: tuple[tuple[str, Both], ...] = ()
    head: tuple[Both, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    is_wide: bool = False
    values: dict[str, Any] = field(default_factory=dict)

    def text(self, part: str) -> Both:
        """One of its texts: title, filter, formula, caveat, counted."""
        return say(f"{self.name}.{part}", n=self.n, **self.values)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.panels


@dataclass(frozen=True, slots=True)
class Request:
    """What every chart is given.

    Args:
        source: cut to the period already.
        has_names: whether extensions are shown by name.
        letters: of each extension what it is called while names are off, the same in every chart.
    """

    source: Source
    period: Period
    has_names: bool
    letters: Mapping[str, str]

    def rows(self, name: str) -> list[Row]:
        """The rows of a chart's SQL file."""
        return self.source.rows(name)


def number(value: float | None, form: str = "n") -> Cell:
    """A cell of a figure."""
    return Cell(written(value, form), value)


def label(text: Both | str) -> Cell:
    """A cell of words."""
    return Cell(plain(text) if isinstance(text, str) else text)


def hidden() -> Cell:
    """A cell that may not be told, since it would be of too few."""
    return Cell(plain(f"<{SMALL_CELL}"))


def nothing() -> Cell:
    """A cell that is empty."""
    return Cell(plain(NOTHING))


def heads(columns: Sequence[str]) -> tuple[Both, ...]:
    """The headings of a table, from the texts of columns."""
    return tuple(say(f"column.{column}") for column in columns)
