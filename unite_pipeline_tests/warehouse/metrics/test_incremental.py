"""Tables by day follow the days that changed, cost a bounded number of days, and equal a build from nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest

from unite_pipeline.warehouse import build_warehouse, rebuild_warehouse
from unite_pipeline.warehouse.model import MODELS
from unite_pipeline.warehouse.terms import Terms
from unite_pipeline_tests.warehouse.metrics.awkward import awkward_calls, put_calls, put_numbers, put_owners

FIRST = date(2026, 10, 5)
DERIVED = [model.table.name for model in MODELS if not model.is_loaded]
"""Tables and views that only other tables make."""


def content_of(places):
    """All rows of what is derived."""
    with duckdb.connect(str(places.warehouse), read_only=True) as reader:
        reader.execute("set TimeZone = 'UTC'")
        return {name: reader.execute(f"from {name} order by all").fetchall() for name in DERIVED}


def made_days(report):
    """How many days of each table were made again."""
    return {table.table: table.made_days for table in report.tables if table.made_days}


@pytest.mark.parametrize("seed", range(4), ids=lambda seed: f"history {seed}")
def test_builds_step_by_step_equal_one_from_nothing(places, lake, seed):
    """Days come out of order, are read again with other calls, and lose some; after each step all tables are right."""
    rng = random.Random(seed)
    window_h = (24, 24, 1, 60)[seed]
    terms = Terms(repeat_within_h=window_h)
    calls = awkward_calls(seed + 10, FIRST, 30, 900)
    put_owners(lake)
    standing = {call.uniqueid: call for call in calls if (call.day - FIRST).days % 3}
    put_calls(lake, list(standing.values()))
    build_warehouse(places, terms)
    for _ in range(4):
        days = {FIRST + timedelta(days=rng.randrange(30)) for _ in range(rng.choice((1, 1, 2)))}
        for call in calls:
            if call.day in days and rng.random() < 0.7:
                standing[call.uniqueid] = replace(call, is_gone=rng.random() < 0.2)
            elif call.day in days:
                standing.pop(call.uniqueid, None)
        put_calls(lake, list(standing.values()), days)
        report = build_warehouse(places, terms)
        assert not report.is_from_scratch
        found = content_of(places)
        rebuild_warehouse(places, terms)
        expected = content_of(places)
        for name in DERIVED:
            assert found[name] == expected[name], name


def test_what_one_more_day_costs(places, lake):
    """After sixty days or after six, one more day makes the same days of every table again, and no others."""
    costs = []
    for days in (6, 60):
        calls = awkward_calls(1, FIRST, days + 1, 20 * days)
        newest = max(call.day for call in calls)
        put_owners(lake)
        put_calls(lake, [call for call in calls if call.day < newest])
        rebuild_warehouse(places)
        put_calls(lake, calls, {newest})
        costs.append(made_days(build_warehouse(places)))
    assert costs[0] == costs[1]
    assert costs[0] == {
        "call_legs": 1, "calls": 1, "calls_by_hour": 1, "calls_by_extension": 1, "calls_by_call_flow": 1,
        "calls_by_number": 1, "calls_by_contact": 1, "durations_by_day": 1, "duration_percentiles_by_day": 1,
        "concurrency_minutes": 2, "missed_episodes": 5, "calls_by_caller": 11,
    }  # fmt: skip


def test_a_number_read_another_way_changes_its_callers(places, lake):
    """When numbers are read at last, two notations become one caller, on the days of its calls."""
    put_owners(lake)
    put_numbers(lake, is_read=False)
    put_calls(lake, awkward_calls(5, FIRST, 20, 300))
    build_warehouse(places)
    unread = content_of(places)["callers"]
    put_numbers(lake)
    build_warehouse(places)
    found = content_of(places)
    rebuild_warehouse(places)
    assert found == content_of(places)
    assert (len(unread), [row[1] for row in found["callers"]]) == (
        8,
        ["+31600000001", "+31600000002", "+31600000003", "+31600000004"],
    )


def test_an_older_day_makes_a_caller_old(places, lake):
    """A day that is back-filled moves the first call of its callers, and the newer day loses its new caller."""
    calls = awkward_calls(6, FIRST, 30, 400)
    put_owners(lake)
    put_calls(lake, [call for call in calls if (call.day - FIRST).days >= 20])
    build_warehouse(places)
    before = lake.query("select sum(new_callers), min(call_date) filter (where new_callers > 0) from callers_by_day")
    put_calls(lake, [call for call in calls if (call.day - FIRST).days < 20])
    build_warehouse(places)
    after = lake.query("select sum(new_callers), max(call_date) filter (where new_callers > 0) from callers_by_day")
    assert (before[0][0], before[0][1] >= FIRST + timedelta(days=20)) == (4, True)
    assert (after[0][0], after[0][1] < FIRST + timedelta(days=20)) == (4, True)
