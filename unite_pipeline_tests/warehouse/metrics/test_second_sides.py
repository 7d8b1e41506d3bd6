"""An internal call that the exchange wrote down for either side is one call everywhere."""

# ruff: noqa: DTZ001  wall-clock times have no zone

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from unite_pipeline.simulator import CompanyPlan
from unite_pipeline.transform import rebuild_lake
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.warehouse.conftest import Writer
from unite_pipeline_tests.warehouse.metrics.awkward import put_calls, put_owners
from unite_pipeline_tests.warehouse.metrics.plain import PlainCall, earlier_us

FIRST = date(2026, 10, 20)
MONDAY = datetime(2026, 10, 19, 10)


@pytest.fixture(scope="module")
def written_twice(tmp_path_factory):
    """The warehouse of a company whose exchange writes each internal call down twice, and its true internal calls."""
    plan = CompanyPlan(seed=1, first_day=FIRST, internal_rows=2, internal_share=0.3)
    bench = Bench(tmp_path_factory.mktemp("twice") / "data", now=datetime(2026, 10, 24, 2, tzinfo=UTC), plan=plan)
    bench.sync_everything()
    rebuild_lake(bench.places, TIMEZONE)
    build_warehouse(bench.places)
    internal = [call for call in bench.simulator.truth.calls(FIRST, date(2026, 10, 24)) if call.scope == "internal"]
    return Writer(bench.places), internal


def test_every_second_record_is_found(written_twice):
    """Flagged are the records of the sides that were called, and no others; the API has them as inbound."""
    lake, internal = written_twice
    second = {call.uniqueid for call in internal if call.direction == "in"}
    assert len(second) > 50
    assert {name for (name,) in lake.query("select uniqueid from calls where is_second_side")} == second


def test_a_conversation_is_one_call(written_twice):
    """Calls by day, by extension and those with recordings count conversations, not records."""
    lake, internal = written_twice
    made = [call for call in internal if call.direction == "out"]
    ((records,),) = lake.query("select count(*) from calls")
    assert lake.query("select sum(internal_calls), sum(calls) from calls_by_day") == [
        (len(made), records - len(internal) + len(made))
    ]
    assert lake.query("select sum(internal_calls), sum(internal_received) from calls_by_extension") == [
        (len(made), len(made))
    ]
    connected = sum(call.talk_s > 0 for call in made)
    query = "select sum(connected_calls) from recorded_calls_by_day"
    ((others,),) = lake.query("select count(*) from calls where is_connected and scope <> 'internal'")
    assert lake.query(query) == [(connected + others,)]


def internal_call(name, seconds=0.0, **facts):
    """R1 calls R2 for a minute, so many seconds after Monday at ten."""
    local = MONDAY + timedelta(seconds=seconds)
    usual = {"answered": True, "duration_s": 60, "talk_s": 50, "caller_extension": "R1", "called_extension": "R2"}
    return PlainCall(name, local, earlier_us(local), "internal", "internal", **{**usual, **facts})


@pytest.mark.parametrize(
    ("calls", "counted"),
    [
        pytest.param([internal_call("a"), internal_call("b", 1)], ["a"], id="a second later"),
        pytest.param([internal_call("a"), internal_call("b", 1.001)], ["a", "b"], id="more than a second later"),
        pytest.param([internal_call("a"), internal_call("b", 0.1, talk_s=49)], ["a", "b"], id="another length"),
        pytest.param(
            [internal_call("a"), internal_call("b", 0.1, called_extension="R3")], ["a", "b"], id="to somebody else"
        ),
        pytest.param(
            [internal_call("a", answered=False, talk_s=0), internal_call("b", 0.1, answered=False, talk_s=0)],
            ["a"],
            id="nobody answered",
        ),
        pytest.param(
            [internal_call("z", -60), internal_call("a", is_gone=True), internal_call("b", 0.1)],
            ["b", "z"],
            id="the first was taken back",
        ),
        pytest.param(
            [
                replace(internal_call(name, seconds), direction="inbound", scope="external", outside="31600000001")
                for name, seconds in (("a", 0), ("b", 0.1))
            ],
            ["a", "b"],
            id="from outside",
        ),
    ],
)
def test_what_is_another_record_of_a_call(lake, calls, counted):
    """The same two numbers, legs and lengths within a second; a record that was taken back leaves the other alone."""
    put_owners(lake)
    put_calls(lake, calls)
    build_warehouse(lake.places)
    assert lake.query("select uniqueid from calls where is_counted order by all") == [(name,) for name in counted]
