"""The published warehouse as the report reads it: one period at a time, with the formulas of its table `metrics`.

Here: opening it, and views that cut its marts to the days of the period that were read whole, under their own names:
so a formula of the catalogue runs as it stands there, and every sum, mean and ratio is over the same set of days. Not
here: what a chart asks for (`sql/`, one file a chart), how it is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from unite_pipeline.errors import WarehouseError
from unite_pipeline.lake.engine import Limits, connection, failure, statement

PACKAGE = "unite_pipeline.report"
Row = dict[str, Any]

_DATED = (
    "calls",
    "calls_by_call_flow",
    "calls_by_caller",
    "calls_by_day",
    "calls_by_extension",
    "calls_by_hour",
    "calls_by_number",
    "callers_by_day",
    "concurrency_minutes",
    "duration_percentiles_by_day",
    "durations_by_day",
    "extension_load_by_day",
    "missed_episodes",
    "missed_episodes_by_day",
    "recorded_calls_by_day",
    "traffic_by_day",
    "traffic_by_hour",
)
_WHOLE = (
    "call_flow_numbers",
    "coverage",
    "erlang_b",
    "labels",
    "metrics",
    "parameters",
    "recording_calls",
    "recording_extensions",
    "rejected_rows",
)
TABLES = (*_DATED, *_WHOLE, "covered_days", "dates")
"""What it reads of the warehouse, if it is there."""
_COVERED_DAYS = "create table covered_days as select * from warehouse.covered_days"
_DATES = (
    "create view dates as select d.*, coalesce(c.is_complete and c.is_over, false) as is_read "
    "from warehouse.dates as d left join covered_days as c on d.date = c.call_date "
    "where d.date between getvariable('first_day') and getvariable('last_day') "
    "and (d.is_open_day or not getvariable('is_open_only'))"
)
_READ_DAYS = "create or replace table read_days as select date as call_date from dates where is_read"
"""A table, since every mart is cut to it: as a view it would be reckoned anew in each of some hundred queries."""
_RATIO = re.compile(r"sum\((.+)\) / nullif\(sum\((.+)\), 0\)")
"""The formula of a ratio in the catalogue: a sum through a sum."""
_WILSON = (
    "create macro wilson(hits, trials, z) as if(trials > 0, ("
    "hits / trials + z * z / (2 * trials) "
    "+ z * sqrt(hits / trials * (1 - hits / trials) / trials + z * z / (4 * trials * trials))"
    ") / (1 + z * z / trials), null)"
)


@dataclass(frozen=True, slots=True)
class Period:
    """What the report is about, and the words of its metrics; days are local, `_s` is seconds, `_h` hours.

    Args:
        first_day: None where no day is over yet.
        whole_days: how many days of the period were read whole; there are figures of these alone.
        read_at_local: when the newest calls were read; None if no read is on record.
        offered_so_far: calls from outside in the whole warehouse, those of a day that still runs included.
        first_week: Monday of the first week of seven days read whole, of those to compare with; None without any.
        last_week: Monday of the last such week.
    """

    tenant: str
    timezone: str
    opening_hours: str
    service_level_s: int
    short_abandon_s: int
    short_call_s: int
    repeat_within_h: int
    first_day: date | None
    last_day: date | None
    whole_days: int
    read_at_local: datetime | None
    offered_so_far: int
    last_week: date | None
    first_week: date | None


@dataclass(frozen=True, slots=True)
class Spread:
    """What a figure is taken over, and between which values chance may have moved it (19 times of 20)."""

    n: int
    low: float | None
    high: float | None

    def is_apart_from(self, other: Spread) -> bool:
        """Whether the two have no value in common: then the difference is more than chance."""
        ends = (self.low, self.high, other.low, other.high)
        if None in ends:
            return False
        low, high, other_low, other_high = (float(each or 0) for each in ends)
        return high < other_low or other_high < low


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table `metrics`, as far as a report needs it."""

    name: str
    table: str
    formula: str
    rolls_up: str
    source: str | None


class Source:
    """An open warehouse, cut to a period.

    Args:
        engine: with the warehouse attached under its name.
    """

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        self._engine = engine
        self.tables = {
            str(name)
            for (name,) in engine.execute(
                "select table_name from duckdb_tables() where database_name = 'warehouse' union all "
                "select view_name from duckdb_views() where database_name = 'warehouse' and not internal"
            ).fetchall()
        }
        engine.execute(_COVERED_DAYS)
        engine.execute(_DATES)
        engine.execute(_READ_DAYS)
        for name in (each for each in _DATED if each in self.tables):
            engine.execute(
                f"create view {name} as select * from warehouse.{name} "
                "where call_date between getvariable('first_day') and getvariable('last_day') "
                "and call_date in (select call_date from read_days)"
            )
        for name in (each for each in _WHOLE if each in self.tables):
            engine.execute(f"create view {name} as select * from warehouse.{name}")
        engine.execute(_WILSON)
        self.period = Period(**self.rows("period")[0])
        self.metrics = {
            row["metric"]: Metric(row["metric"], row["table_name"], row["formula"], row["rolls_up"], row["source"])
            for row in self._fetch("select * from metrics")
        }

    def cut(self, first: date, last: date) -> None:
        """From here on, marts have only these local days, both included, and of them those that were read whole."""
        self._engine.execute(f"set variable first_day = date '{first}'")
        self._engine.execute(f"set variable last_day = date '{last}'")
        self._cut_to_open(is_open_only=False)

    @contextmanager
    def open_days(self) -> Iterator[None]:
        """Inside, marts have no day on which the company is closed."""
        self._cut_to_open(is_open_only=True)
        try:
            yield
        finally:
            self._cut_to_open(is_open_only=False)

    def _cut_to_open(self, *, is_open_only: bool) -> None:
        self._engine.execute(f"set variable is_open_only = {str(is_open_only).lower()}")
        self._engine.execute(_READ_DAYS)

    def rows(self, name: str) -> list[Row]:
        """The rows of `sql/<name>.sql`."""
        return self._fetch(statement(PACKAGE, name))

    def value(self, metric: str) -> float | None:
        """A metric of the catalogue over the days it is cut to; None where there is nothing to take it over."""
        known = self.metrics[metric]
        query = known.formula if known.rolls_up == "not" else f"select {known.formula} from {known.table}"
        row = self._engine.execute(query).fetchone()
        return None if row is None or row[0] is None else float(row[0])

    def spread(self, metric: str) -> Spread | None:
        """Of a ratio of the catalogue, its denominator and Wilson interval; None of any other metric."""
        known = self.metrics[metric]
        parts = _RATIO.fullmatch(known.formula)
        if parts is None:
            return None
        (row,) = self._fetch(
            "select cast(coalesce(n, 0) as bigint) as n, wilson(hits, n, -1.96) as low, wilson(hits, n, 1.96) as high "
            f"from (select sum({parts[1]}) as hits, sum({parts[2]}) as n from {known.table})"
        )
        return Spread(**row)

    def _fetch(self, query: str) -> list[Row]:
        result = self._engine.execute(query)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@contextmanager
def reading(warehouse: Path, limits: Limits | None = None) -> Iterator[Source]:
    """The published warehouse, opened read-only; closed after the body.

    Raises:
        WarehouseError: there is none, or it cannot be read.
    """
    if not warehouse.exists():
        message = f"There is no warehouse to report on: {warehouse}. `unite-pipeline sync` makes it"
        raise WarehouseError(message)
    try:
        with connection(limits or Limits()) as engine:
            # The path is a literal of SQL here: DuckDB takes no parameter in this place.
            engine.execute(f"attach '{str(warehouse).replace(chr(39), chr(39) * 2)}' as warehouse (read_only)")
            yield Source(engine)
    except duckdb.Error as error:
        message = (
            f"The report could not be made ({failure(error)}); the last one stays as it was. "
            "`unite-pipeline rebuild` makes the warehouse again, without one request."
        )
        raise WarehouseError(message) from None  # the engine's own text may quote a row
