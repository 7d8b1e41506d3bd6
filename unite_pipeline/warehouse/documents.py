"""Pages and SQL that are made from what is declared: `python -m unite_pipeline.warehouse.documents` writes them all.

docs/metrics.md, docs/data-dictionary.md and docs/questions.md, and the SQL of marts and of `metric_values`; tests ask
that they are fresh. Here: the words around. Not here: what is declared (`marts.py`, `metrics.py`, `questions/`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from unite_pipeline.lake.table import TENANT, Column, Table
from unite_pipeline.warehouse.marts import CALLS_BY_DAY, MARTS, calls_by_day_sql
from unite_pipeline.warehouse.metrics import (
    GROUPS,
    METRIC_VALUES,
    METRICS,
    NOT_DERIVABLE,
    Metric,
    RollUp,
    metric_values_sql,
)
from unite_pipeline.warehouse.model import CALENDAR, MODELS, WAREHOUSE_TABLES
from unite_pipeline.warehouse.questions import QUESTIONS, question

_PACKAGE = Path(__file__).parent
_DOCS = _PACKAGE.parents[1] / "docs"
_MADE = "Made by `python -m unite_pipeline.warehouse.documents` from"

_METRICS = f"""\
# Metrics

Each metric is defined once, in `unite_pipeline/warehouse/metrics.py`. In the warehouse the table `metrics` has the
same definitions, and the view `metric_values` every metric of every local day.

A formula is an aggregate over the table named beside it, for any days: `select` it `from` that table. Over
`calls_by_hour`, `calls_by_extension`, `calls_by_call_flow`, `calls_by_number` or `calls_by_contact` instead of
`calls_by_day` it gives the metric by hour, extension, call flow, own number or contact, as far as these have its
columns. `calls_by_extension` has `sides` in place of `calls`, since an internal call counts there for both.

How days are put together stands under *roll-up*. *ratio*: the sum of the numerators through the sum of the
denominators. *sum*, *highest*: as they say. *not*: neither; a select below reckons it anew. Never take the mean of
ratios or of percentiles. Percentiles are by the nearest rank; since they do not add up, `durations_by_day` has
counts of seconds.

Only calls with `calls.is_counted` count: a call that the API took back counts nowhere, one that it forgot with all
that was older still does, and of an internal call with a record for either side one counts. *From outside* is inbound
and external. Days are local, by a call's start; only traffic counts a call where it stood. Thresholds stand in
`parameters`.

{_MADE} `unite_pipeline/warehouse/metrics.py`.
"""

_DICTIONARY = f"""\
# Data dictionary

The tables and views of `unite.duckdb`, schema `main`. Each table and column bears the same words as a comment in
the file.

Every table has `tenant` (slug of the tenant), and its key is unique within one. *Required* columns are never NULL;
of views DuckDB does not enforce it. Columns marked *personal* may tell of a person: a number, a name, or text that
could hold one.

A call without some key (no extension, no contact) has NULL in `calls`; in a mart it counts for the member `none`.
`labels` has that member too, so that no join to it loses a call. To other tables join with `left join`.

{_MADE} `unite_pipeline/warehouse/model.py` and what it names.
"""

_QUESTIONS = f"""\
# Twenty questions

What managers of calls and analysts ask, and the SQL that answers it. Each runs as it stands on `unite.duckdb`
([how to open it](opening.md)); narrow it down with `where call_date between …`. A test compares every answer with
the one that plain Python gives from the calls of a simulated company.

Some answers hold telephone numbers or names: they are for those who may see them.

{_MADE} `unite_pipeline/warehouse/questions/`.
"""


def statements() -> dict[Path, str]:
    """SQL files by path, with what must stand in them."""
    made = {mart.table.name: mart.sql for mart in MARTS}
    made |= {CALLS_BY_DAY.name: calls_by_day_sql(), METRIC_VALUES.name: metric_values_sql()}
    return {_PACKAGE / "sql" / f"{name}.sql": text for name, text in made.items()}


def pages() -> dict[Path, str]:
    """Pages of the documentation by path, with what must stand in them."""
    return {
        _DOCS / "metrics.md": _text(_METRICS, _metrics()),
        _DOCS / "data-dictionary.md": _text(_DICTIONARY, _dictionary()),
        _DOCS / "questions.md": _text(_QUESTIONS, _questions()),
    }


def _text(introduction: str, lines: Iterator[str]) -> str:
    return "\n".join([introduction, *lines]).rstrip() + "\n"


def _metrics() -> Iterator[str]:
    for title, group in GROUPS.items():
        if group:
            yield from (f"## {title}", "")
            yield "| Metric | Meaning | Unit | Taken over | Formula | From | Roll-up | Beware | Source |"
            yield "|---|---|---|---|---|---|---|---|---|"
            yield from (_metric(metric) for metric in group)
            yield ""
    yield from (
        "## What does not roll up",
        "",
        "Over any days; put `where call_date between …` into the innermost select.",
        "",
    )
    for metric in METRICS:
        if metric.rolls_up is RollUp.NOT:
            yield from (f"`{metric.name}`", "", "```sql", metric.formula, "```", "")
    yield from ("## What cannot be derived", "", "| Asked for | Why not |", "|---|---|")
    yield from (f"| {asked} | {reason} |" for asked, reason in NOT_DERIVABLE.items())


def _metric(metric: Metric) -> str:
    formula = "see below" if metric.rolls_up is RollUp.NOT else f"`{metric.formula}`"
    cells = (
        f"`{metric.name}`", metric.meaning, metric.unit, metric.population, formula, f"`{metric.table}`",
        metric.rolls_up.value, metric.caveat, metric.source,
    )  # fmt: skip
    return _row(*cells)


def _dictionary() -> Iterator[str]:
    views = {model.table.name for model in MODELS if model.is_view}
    loaded = {model.table.name for model in MODELS if model.is_loaded}
    fixed = {table.name for table in CALENDAR}
    made = [table for table in WAREHOUSE_TABLES if table.name not in loaded | fixed]
    sections = {
        "Marts and what follows from calls": made,
        "Calls, recordings and lists": [table for table in WAREHOUSE_TABLES if table.name in loaded],
        "Calendar, parameters and definitions": [table for table in WAREHOUSE_TABLES if table.name in fixed],
    }
    for title, tables in sections.items():
        yield from (f"## {title}", "")
        for table in sorted(tables, key=lambda table: table.name):
            yield from _table(table, is_view=table.name in views)


def _table(table: Table, *, is_view: bool) -> Iterator[str]:
    facts = (
        f"{'View' if is_view else 'Table'}, one row per {', '.join(f'`{name}`' for name in table.key)}",
        *([f"made by `{table.partition.name}`"] if table.partition and not is_view else []),
        "not personal" if table.is_impersonal else "personal data",
    )
    yield from (f"### {table.name}", "", table.description, "", f"{'; '.join(facts)}.", "")
    yield from ("| Column | Type | Required | Personal | Meaning |", "|---|---|---|---|---|")
    for column in table.all_columns:
        if column is not TENANT:
            yield _column(column, is_impersonal=table.is_impersonal)
    yield ""


def _column(column: Column, *, is_impersonal: bool) -> str:
    is_personal = not (is_impersonal or column.is_harmless)
    return _row(
        f"`{column.name}`",
        column.type,
        "yes" if column.is_required else "",
        "personal" if is_personal else "",
        column.description,
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _questions() -> Iterator[str]:
    for number, name in enumerate(QUESTIONS, 1):
        asked = question(name)
        yield from (f"## {number}. {asked.asks}", "", *([asked.shows, ""] if asked.shows else []))
        yield from ("```sql", asked.sql, "```", "")


if __name__ == "__main__":
    for path, text in {**statements(), **pages()}.items():
        path.write_text(text, encoding="utf-8")
