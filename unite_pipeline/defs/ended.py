"""Which runs have ended since a sensor last looked: each once, also one whose end came to light late.

Here: the window that is looked at. Not here: what is made of a run (`sensors.py`, `alerts.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

LOOK_BACK_S = 120.0
"""Dagster dates the end of a run by its event, and writes it after that: where the database is busy, behind the end of
another run. So each look goes back by this much, and runs that were seen are left out."""


@dataclass(frozen=True, slots=True)
class Window:
    """What one look found.

    Args:
        fresh: runs that were not seen before, in the order in which they changed.
        since: what the next look is told.
        seen: runs, by id, that the next look will find again.
    """

    fresh: Sequence[dg.RunRecord]
    since: float
    seen: list[str]


def ended_since(
    instance: dg.DagsterInstance,
    since: float,
    seen: Iterable[str],
    statuses: list[dg.DagsterRunStatus],
    most: int | None = None,
) -> Window:
    """The runs that have ended.

    Args:
        instance: whose runs.
        since: what the last look came to; seconds since 1970.
        seen: the runs that it saw.
        statuses: how they ended.
        most: so many runs at a time; the others come with the next look.
    """
    known = set(seen)
    after = dg.RunsFilter(statuses=statuses, updated_after=datetime.fromtimestamp(since - LOOK_BACK_S, UTC))
    limit = None if most is None else most + len(known)  # however many of them are known, so many fresh ones are found
    found = instance.get_run_records(after, limit=limit, order_by="update_timestamp", ascending=True)
    fresh = [record for record in found if record.dagster_run.run_id not in known][:most]
    until = max([since, *(changed_at(record) for record in fresh)])
    looked_at = known | {record.dagster_run.run_id for record in fresh}
    again = [
        record.dagster_run.run_id
        for record in found
        if record.dagster_run.run_id in looked_at and changed_at(record) > until - LOOK_BACK_S
    ]
    return Window(fresh, until, again)


def changed_at(record: dg.RunRecord) -> float:
    """When the run last changed; seconds since 1970."""
    return record.update_timestamp.replace(tzinfo=UTC).timestamp()
