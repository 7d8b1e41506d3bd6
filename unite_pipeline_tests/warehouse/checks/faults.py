"""One way to make each check fail, by what is done to a good warehouse or to what the checks are told.

Here: faults as data, for what is asked of all failures alike. Not here: assertions on any one check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from unite_pipeline_tests.warehouse.checks.conftest import Checked, Doctor

REJECTED = """insert into rejected_rows (tenant, read_id, feed, part, position, leg_position, reason, row, fetched_at)
    select 'main', 'r', 'phonebook', 'list', n, 0, 'duplicate_key',
        json_object('name', contact.first_name, 'phonenumber', contact.phone_number), timestamptz '2026-10-28 10:00:00Z'
    from (select row_number() over () as n, * from contacts) as contact"""


@dataclass(frozen=True)
class Fault:
    """What is done, and what is said otherwise; `later` lets time pass without a sync."""

    statements: tuple[str, ...] = ()
    later: timedelta = timedelta()
    facts: dict[str, Any] = field(default_factory=dict)
    table: str | None = None

    def made(self, doctored: Doctor) -> Checked:
        """The warehouse in which it is so."""
        return doctored(*self.statements)


FAULTS = {
    "coverage_without_holes": Fault(("delete from coverage where day between '2026-10-20' and '2026-10-21'",)),
    "rows_equal_api_counts": Fault(
        ("delete from calls where uniqueid in (select min(uniqueid) from calls where call_date = '2026-10-20')",)
    ),
    "keys_unique": Fault(("insert into calls from calls limit 3",), table="calls"),
    "legs_belong_to_calls": Fault(("delete from calls where call_date = '2026-10-20'",)),
    "recordings_belong_to_extensions": Fault(("delete from extensions",)),
    "freshness": Fault(later=timedelta(days=3)),
    "late_arrivals": Fault(
        (
            (
                "update calls set first_seen_at = first_seen_at + interval 3 day where uniqueid in "
                "(select min(uniqueid) from calls where call_date = '2026-10-27')"
            ),
        )
    ),
    # Where the API sends a number or a name instead of a code.
    "schema_drift": Fault(
        (
            "update calls set direction_sent = first_number where call_date = '2026-10-28'",
            "update contact_history set phone_number_type = company_name",
            "update extension_status set status_code = extension_id",
            "update extension_history set extension_type = name, caller_id_type = caller_id",
        )
    ),
    "rejected_rows": Fault((REJECTED,)),
    "time_zone_self_test": Fault(("update calls set started_at = started_at - interval 1 hour",)),
    "recordings_matched": Fault(
        ("update recording_calls set confidence = 'none' where recorded_date >= '2026-10-20'",)
    ),
    "dagster_agrees_with_coverage": Fault(facts={"materialized_days": frozenset()}),
}
