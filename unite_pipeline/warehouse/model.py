"""The tables of the warehouse in the order they are made, and what each is made from.

Here: which table follows from which. Not here: columns (`lake/tables.py` and the modules beside this one), SQL (`sql/`,
one file a table), execution (`loading.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from unite_pipeline.lake.lists import CALL_FLOWS, CONTACTS, EXTENSIONS
from unite_pipeline.lake.table import Table
from unite_pipeline.lake.tables import (
    CALL_LEGS,
    CALLS,
    COVERAGE,
    NUMBER_PARTIES,
    NUMBERS,
    RECORDING_EXTENSIONS,
    RECORDINGS,
    TABLES,
)
from unite_pipeline.warehouse import facts, marts
from unite_pipeline.warehouse.calendar import DATES, OPENING_HOURS
from unite_pipeline.warehouse.erlang import ERLANG_B
from unite_pipeline.warehouse.matching import (
    CALL_RECORDINGS,
    RECORDED_CALLS_BY_DAY,
    RECORDING_CALLS,
    RECORDING_CLOCK,
    RECORDINGS_BY_EXTENSION,
    UNMATCHED_RECORDINGS,
    UNRECORDED_CALLS,
)
from unite_pipeline.warehouse.metrics import METRIC_VALUES, METRICS, METRICS_TABLE
from unite_pipeline.warehouse.terms import PARAMETERS


@dataclass(frozen=True, slots=True)
class Model:
    """How one table of the warehouse comes about.

    A table with a day column (its `partition`) is made again for the days that changed, and only for them: the days of
    its own lake files, and the days of its dated sources with their `reach`. Sources without days count only through
    `affected`. A table without a day column is made again as a whole when its file or any source changed. Its SQL,
    `sql/<table>.sql`, is one select; it may read its sources, the calendar, `parameters`, `lake_rows` (the rows of
    its own lake files, for the days in question) and `days` (column `day`: the days to make).

    Args:
        table: its columns; `partition` is its day column.
        is_loaded: whether it has files in the lake. Without SQL these are the table.
        sources: tables whose changed days, or change, it follows. They stand before it in `MODELS`.
        reach: so many days before and after a changed day of a source are made again as well.
        has_window: whether a day depends on calls within parameters.repeat_within_h of its own, before or after; its
            reach is then as many days as that can touch, or `reach` where that is more.
        affected: name of an SQL file that tells, as `day`, which days a change of the undated sources affects; it may
            read `former_<source>`, what stood before in the partitions that changed, and `newer_<source>`, what stands
            there now.
        steps: names of SQL files whose results stand as temporary tables of that name for the SQL, made in this order.
        is_view: whether it is a view over its sources: always up to date, and no row of its own.
    """

    table: Table
    is_loaded: bool = False
    sources: tuple[str, ...] = ()
    reach: tuple[int, int] = (0, 0)
    has_window: bool = False
    affected: str | None = None
    steps: tuple[str, ...] = ()
    is_view: bool = False

    @property
    def has_sql(self) -> bool:
        """Whether a select of ours makes it, and not its files alone."""
        return not self.is_loaded or bool(self.table.looked_up)


_LOOKED_UP = (
    Model(CALL_LEGS, is_loaded=True, sources=(NUMBER_PARTIES.name,), affected="call_legs_affected"),
    Model(CALLS, is_loaded=True, sources=(CALL_LEGS.name, NUMBERS.name), affected="calls_affected"),
)
_MATCHED = (
    # 28 days of recordings set the clock of a day, and calls count for recordings of the day before and after.
    Model(
        RECORDING_CLOCK,
        sources=(RECORDINGS.name, RECORDING_EXTENSIONS.name, CALLS.name, CALL_LEGS.name),
        reach=(1, 28),
        steps=("recording_pairs",),
    ),
    Model(
        RECORDING_CALLS,
        sources=(RECORDINGS.name, RECORDING_EXTENSIONS.name, CALLS.name, CALL_LEGS.name, RECORDING_CLOCK.name),
        reach=(2, 2),  # a rival of the next day, and its calls of the day after that
        steps=(
            "recording_window",
            "recording_names",
            "recording_spoken",
            "recording_fits",
            "recording_candidates",
            "recording_conflicts",
            "recording_solutions",
            "recording_choices",
        ),
    ),
    Model(CALL_RECORDINGS, sources=(RECORDINGS.name, RECORDING_CALLS.name), reach=(1, 1)),
    Model(UNMATCHED_RECORDINGS, sources=(RECORDINGS.name, RECORDING_CALLS.name)),
    Model(UNRECORDED_CALLS, sources=(CALLS.name, RECORDING_CALLS.name, RECORDING_EXTENSIONS.name), reach=(1, 28)),
    Model(RECORDED_CALLS_BY_DAY, sources=(CALLS.name, CALL_RECORDINGS.name, UNRECORDED_CALLS.name)),
    Model(
        RECORDINGS_BY_EXTENSION,
        sources=(RECORDINGS.name, RECORDING_EXTENSIONS.name, RECORDING_CALLS.name),
    ),
)
_PLAIN = tuple(Model(table, is_loaded=True) for table in TABLES if table not in (CALLS, CALL_LEGS))
_OF_CALLS = (CALLS.name,)
_DERIVED = (
    *(
        Model(mart.table, sources=_OF_CALLS)
        if mart.relation == CALLS.name
        else Model(mart.table, sources=(CALLS.name, CALL_LEGS.name), steps=(mart.relation,))
        for mart in marts.MARTS
    ),
    Model(facts.DURATIONS_BY_DAY, sources=_OF_CALLS),
    Model(facts.DURATION_PERCENTILES_BY_DAY, sources=(facts.DURATIONS_BY_DAY.name,)),
    Model(facts.CONCURRENCY_MINUTES, sources=_OF_CALLS, reach=(0, 1)),
    Model(facts.MISSED_EPISODES, sources=_OF_CALLS, has_window=True),
    Model(facts.CALLS_BY_CALLER, sources=_OF_CALLS, reach=(0, 8), has_window=True),
)


def _view(table: Table, *sources: Table) -> Model:
    return Model(table, sources=tuple(source.name for source in sources), is_view=True)


_VIEWS = (
    _view(facts.COVERED_DAYS, COVERAGE),
    _view(marts.CALLS_BY_DAY, marts.BY_HOUR.table, facts.COVERED_DAYS),
    _view(facts.TRAFFIC_BY_HOUR, facts.CONCURRENCY_MINUTES),
    _view(facts.TRAFFIC_BY_DAY, facts.TRAFFIC_BY_HOUR, ERLANG_B),
    _view(facts.BUSY_HOURS, facts.TRAFFIC_BY_HOUR, DATES, facts.COVERED_DAYS, ERLANG_B),
    _view(facts.MISSED_OUTCOMES, facts.MISSED_EPISODES, facts.COVERED_DAYS),
    _view(facts.MISSED_EPISODES_BY_DAY, facts.MISSED_EPISODES, facts.COVERED_DAYS),
    _view(facts.CALLERS, facts.CALLS_BY_CALLER),
    _view(facts.CALLERS_BY_DAY, facts.CALLS_BY_CALLER),
    _view(facts.EXTENSION_LOAD_BY_DAY, marts.BY_EXTENSION.table),
    _view(facts.LABELS, EXTENSIONS, CALL_FLOWS, CONTACTS, NUMBER_PARTIES, NUMBERS),
)
_BY_NAME = {model.table.name: model.table for model in (*_MATCHED, *_DERIVED, *_VIEWS)}
_VALUES = _view(METRIC_VALUES, *(_BY_NAME[name] for name in dict.fromkeys(metric.table for metric in METRICS)))

CALENDAR = (PARAMETERS, DATES, OPENING_HOURS, ERLANG_B, METRICS_TABLE)
"""Made in Python, before everything else; no model, since nothing of the lake but the span of its days decides them."""

MODELS: tuple[Model, ...] = (*_PLAIN, *_LOOKED_UP, *_MATCHED, *_DERIVED, *_VIEWS, _VALUES)
"""In the order they are made: what a table reads stands before it."""

STORED_TABLES: tuple[Table, ...] = (*CALENDAR, *(model.table for model in MODELS if not model.is_view))
"""Every table that has rows of its own, in the order they are made."""

WAREHOUSE_TABLES: tuple[Table, ...] = (*CALENDAR, *(model.table for model in MODELS))
"""Every table and view that readers find, in the order they are made."""

TABLE_OF = {table.name: table for table in WAREHOUSE_TABLES}
