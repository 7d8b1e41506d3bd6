"""The marts of calls: by hour, day, extension, call flow, own number and contact; each by local day.

Here: what each is split by, its columns, and the SQL that follows from both; `documents.py` writes that SQL to `sql/`.
A key that a call does not have is the member `none`, so that every mart adds up to all calls; `labels` has it too.
Not here: what is counted (`measures.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from unite_pipeline.lake.table import Column, Table, key
from unite_pipeline.warehouse.measures import (
    CALLS_COUNTED,
    HANDED_ON,
    INBOUND,
    INTERNAL,
    INTERNAL_RECEIVED,
    OUTBOUND,
    RATIOS,
    SIDES_COUNTED,
    UNLABELLED,
    Measure,
)

DAY = key("call_date", "Local day of the calls' start", "DATE")
NONE = "none"
"""The member of calls that have no such key: no extension took part, the caller is nobody's contact."""


@dataclass(frozen=True, slots=True)
class Mart:
    """Calls, counted by local day and one thing more.

    Args:
        table: the columns.
        by: the column it is split by, besides the day.
        by_sql: that column, of a call; None where it has the name already.
        measures: what is counted.
        relation: where the calls come from; `calls`, or a step of the model.
        where: which calls, beyond those that are not gone.
    """

    table: Table
    by: str
    by_sql: str
    measures: tuple[Measure, ...]
    relation: str = "calls"
    where: str = ""

    @property
    def sql(self) -> str:
        """The select that makes it, for the days in question."""
        counted = ",\n".join(f"        {each.sql} as {each.name}" for each in self.measures)
        ratios = ",\n".join(f"    {each.sql} as {each.name}" for each in RATIOS)
        where = f"\n        and {self.where}" if self.where else ""
        return f"""\
-- {self.table.description}
-- Grain: {", ".join(self.table.key)}.
-- Sources: {self.relation}, parameters, days.
-- Made from warehouse/marts.py by `python -m unite_pipeline.warehouse.documents`; change it there.
with counted as (
    select
        c.call_date,
        {self.by_sql} as {self.by},
{counted}
    from {self.relation} as c
    cross join parameters as p
    where c.call_date in (select day from days)
        and c.is_counted{where}
    group by c.call_date, {self.by_sql}
)
select
    *,
{ratios}
from counted
"""


def _columns(measures: tuple[Measure, ...]) -> tuple[Column, ...]:
    """What adds up, and the ratios beside it."""
    return (*(each.column for each in measures), *(each.column for each in RATIOS))


def _mart(
    name: str,
    description: str,
    by: Column,
    by_sql: str,
    measures: tuple[Measure, ...],
    *,
    relation: str = "calls",
    where: str = "",
    is_impersonal: bool = False,
) -> Mart:
    columns = (by, *_columns(measures))
    table = Table(name, description, (DAY.name, by.name), columns, DAY, is_impersonal=is_impersonal)
    return Mart(table, by.name, by_sql, measures, relation, where)


BY_HOUR = _mart(
    "calls_by_hour",
    "Calls of one local hour of a local day, by their start; only hours with calls.",
    key("call_hour", "Hour of the start on the wall clock, 0 to 23; the hour that came twice is one", "INTEGER"),
    "c.call_hour",
    (CALLS_COUNTED, *INBOUND, *OUTBOUND, *INTERNAL, *UNLABELLED),
    is_impersonal=True,
)
BY_EXTENSION = _mart(
    "calls_by_extension",
    "Calls of one extension on one local day: inbound ones of the last extension in their chain, to which a transfer "
    "moves the whole call; the others of the one that made them; internal ones also of the one they went to.",
    key("extension_id", "The extension; none where a call reached or has none that is known"),
    "c.extension_id",
    (SIDES_COUNTED, *INBOUND, *HANDED_ON, *OUTBOUND, *INTERNAL, *INTERNAL_RECEIVED, *UNLABELLED),
    relation="extension_calls",
)
BY_CALL_FLOW = _mart(
    "calls_by_call_flow",
    "Calls from outside by the first call flow they passed, on one local day.",
    key("call_flow_id", "The call flow; none where they went straight to an extension"),
    f"coalesce(c.call_flow_id, '{NONE}')",
    INBOUND,
    where="c.is_offered",
)
BY_NUMBER = _mart(
    "calls_by_number",
    "Calls from outside by the number of ours that was called, on one local day.",
    key("own_number", "The number as sent; none where the chain does not tell"),
    f"coalesce(c.own_number, '{NONE}')",
    INBOUND,
    where="c.is_offered",
)
BY_CONTACT = _mart(
    "calls_by_contact",
    "Calls from and to one contact of the phonebook on one local day.",
    key("contact_id", "The contact; none where the outside party is nobody's"),
    f"coalesce(c.contact_id, '{NONE}')",
    (*INBOUND, *OUTBOUND),
    where="(c.is_offered or c.direction = 'outbound')",
)

MARTS = (BY_HOUR, BY_EXTENSION, BY_CALL_FLOW, BY_NUMBER, BY_CONTACT)

CALLS_BY_DAY = Table(
    "calls_by_day",
    "Calls of one local day, by their start. A day that was read whole has a row also without a call, others have none "
    "then: take means over these rows.",
    (DAY.name,),
    (DAY, *_columns(BY_HOUR.measures)),
    is_impersonal=True,
)


def calls_by_day_sql() -> str:
    """The view over the hours."""
    counted = ",\n".join(
        f"        cast(coalesce(sum({each.name}), 0) as bigint) as {each.name}" for each in BY_HOUR.measures
    )
    ratios = ",\n".join(f"    {each.sql} as {each.name}" for each in RATIOS)
    return f"""\
-- {CALLS_BY_DAY.description}
-- Grain: {DAY.name}. A view over calls_by_hour and covered_days.
-- Made from warehouse/marts.py by `python -m unite_pipeline.warehouse.documents`; change it there.
with hours as (
    select * from calls_by_hour
    union all by name
    select tenant, call_date
    from covered_days
    where is_complete and is_over
),

counted as (
    select
        tenant,
        call_date,
{counted}
    from hours
    group by tenant, call_date
)
select
    *,
{ratios}
from counted
"""
