"""The report as whoever reads it finds it: parsed as browsers do, its tables as rows, its texts in either language.

Here: reading. Not here: what must stand in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import Element

import duckdb
import html5lib

from unite_pipeline.lake.places import Places
from unite_pipeline.report import build_report


@dataclass(frozen=True)
class Reported:
    """A data directory with its report.

    Args:
        last_day: the last local day that it must be about.
    """

    places: Places
    last_day: date = date.max

    @cached_property
    def html(self) -> str:
        return self.places.report.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> Element:
        """The page as a tree; whatever is no HTML is an error."""
        return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(self.html)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the published warehouse, whose calls end with the report's last day."""
        with duckdb.connect() as reader:
            reader.execute("set TimeZone = 'UTC'")
            reader.execute(f"attach '{self.places.warehouse}' as published (read_only)")
            for name in ("calls", "missed_episodes", "concurrency_minutes", "calls_by_extension"):
                until = f"call_date <= date '{min(self.last_day, date(2100, 1, 1))}'"
                reader.execute(f"create view {name} as select * from published.{name} where {until}")
            reader.execute("set search_path = 'memory.main,published.main'")
            return reader.execute(sql).fetchall()

    @property
    def figures(self) -> list[str]:
        """Names of the charts, from top to bottom."""
        return [figure.get("id") for figure in self.tree.iter("figure")]

    def figure(self, name: str) -> Element:
        """One chart."""
        return next(figure for figure in self.tree.iter("figure") if figure.get("id") == name)

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """The table behind a chart: figures as numbers, words in Dutch."""
        table = next(table for table in self.figure(name).iter("table") if table.get("class") == "data")
        body = next(table.iter("tbody"))
        return [tuple(_cell(cell) for cell in row.iter("td")) for row in body.iter("tr")]

    def columns(self, name: str, *places: int) -> list[tuple[Any, ...]]:
        """Some columns of that table."""
        return [tuple(row[place] for place in places) for row in self.rows(name)]

    def n(self, name: str) -> int:
        """The n that stands below a chart."""
        note = next(each for each in self.figure(name).iter("span") if each.get("class") == "n")
        return int(words(note).split()[2].replace(".", ""))

    @property
    def cards(self) -> dict[str, float | None]:
        """The key figures by metric."""
        found = [each for each in self.tree.iter("div") if each.get("class") == "card"]
        return {each.get("data-metric"): float(each.get("data-value")) if each.get("data-value") else None
                for each in found}  # fmt: skip

    def card(self, metric: str) -> Element:
        """One key figure."""
        return next(each for each in self.tree.iter("div") if each.get("data-metric") == metric)

    @property
    def warning(self) -> str | None:
        """What the head warns of."""
        return next((words(each) for each in self.tree.iter("p") if each.get("class") == "warning"), None)

    def drawn(self, name: str, kind: str) -> int:
        """How many marks of a class a chart has drawn."""
        drawings = [each for each in self.figure(name).iter("div") if each.get("class") == "drawing"]
        return sum(each.get("class") == kind for drawing in drawings for each in drawing.iter())

    def words(self, language: str = "nl") -> str:
        """All words of the page in one language."""
        return words(next(self.tree.iter("body")), language)


def reported(places: Places, *, has_names: bool = False, last_day: date = date.max) -> Reported:
    """The report of what is published there, made now."""
    build_report(places, has_names=has_names, is_forced=True)
    return Reported(places, last_day)


def words(element: Element, language: str = "nl") -> str:
    """What an element says in one language."""
    return "".join(_texts(element, language)).strip()


def _texts(element: Element, language: str) -> list[str]:
    if element.get("lang", language) != language:
        return []
    parts = [element.text or ""]
    for child in element:
        parts += [*_texts(child, language), child.tail or ""]
    return parts


def _cell(cell: Element) -> Any:
    value = cell.get("data-value")
    return words(cell) if value is None else float(value)
