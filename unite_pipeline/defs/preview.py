"""What the page of a warehouse table shows of its content: no row and nothing personal, and calls a day as a picture.

Here: profiles and sums as Markdown. Not here: the sums (`warehouse/profile.py`), the drawing (`plots.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from unite_pipeline.defs.plots import Bar, bars
from unite_pipeline.lake.engine import failure
from unite_pipeline.lake.table import Table
from unite_pipeline.warehouse.profile import FEWEST_ROWS, TableProfile, looked_at, profile_of

PLOT_DAYS = 92
_CALLS_A_DAY = """
select dates.date, coalesce(of_day.calls, 0), coalesce(proven.is_complete, false)
from dates
left join (
    select call_date, count(*) as calls
    from calls
    where call_date > (select max(day) from coverage where feed = 'cdr_logs') - $days
    group by all
) as of_day on of_day.call_date = dates.date
left join (
    select day, bool_and(is_complete) as is_complete from coverage where feed = 'cdr_logs' group by all
) as proven on proven.day = dates.date
where dates.date > (select max(day) from coverage where feed = 'cdr_logs') - $days
    and dates.date between (select min(day) from coverage where feed = 'cdr_logs')
        and (select max(day) from coverage where feed = 'cdr_logs')
order by 1
"""


class Previews:
    """What can be told of the tables of one published warehouse."""

    def __init__(self, reader: duckdb.DuckDBPyConnection) -> None:
        self._reader = reader

    def of(self, table: Table) -> Mapping[str, Any]:
        """The metadata of one table's page; where it cannot be looked at, why: the table is published all the same."""
        try:
            return self._of(table)
        except duckdb.Error as error:
            return {"preview": f"Not to be had: {failure(error)}"}  # the engine's own text may quote a row

    def _of(self, table: Table) -> Mapping[str, Any]:
        told = {"preview": dg.MetadataValue.md(_markdown(table, profile_of(self._reader, table)))}
        return {**told, "calls_a_day": dg.MetadataValue.md(self._plot())} if table.name == "calls" else told

    def _plot(self) -> str:
        rows = self._reader.execute(_CALLS_A_DAY, {"days": PLOT_DAYS}).fetchall()
        if not rows:
            return "No day was asked for yet"
        open_days = sum(not is_proven for _, _, is_proven in rows)
        picture = bars([Bar(calls, is_hollow=not is_proven) for _, calls, is_proven in rows])
        return (
            f"Calls a day, {rows[0][0]} to {rows[-1][0]}; {open_days} days not proven (hollow)\n\n![calls]({picture})"
        )


@contextmanager
def previews(warehouse: Path) -> Iterator[Previews]:
    """Open the published warehouse to look at."""
    with duckdb.connect(str(warehouse), read_only=True) as reader:
        reader.execute("set timezone = 'UTC'")
        yield Previews(reader)


def _markdown(table: Table, profile: TableProfile) -> str:
    which = looked_at(table)
    if profile.rows < FEWEST_ROWS:
        return f"{profile.rows:,} rows looked at ({which}): too few to tell anything of them."
    lines = [f"{profile.rows:,} rows looked at ({which}). No row is shown: sums tell of nobody."]
    told = [each for each in profile.columns if each.told]
    silent = [each for each in profile.columns if not each.told and each.filled]
    if told:
        lines += ["", "| Column | Filled | Holds |", "|---|---|---|"]
        lines += [f"| {each.name} | {_share(each.filled, profile.rows)} | {each.told} |" for each in told]
    if silent:
        filled = ", ".join(f"{each.name} ({_share(each.filled, profile.rows)})" for each in silent)
        lines += ["", f"Not told, only how far they are filled: {filled}"]
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"
