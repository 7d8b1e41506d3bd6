"""Keys that stand twice: found by a look at what a build has changed, and at the days around it."""

from __future__ import annotations

import pytest

from unite_pipeline.errors import WarehouseError
from unite_pipeline.warehouse import build_warehouse, rebuild_warehouse

FIRST, SECOND, LATER, FAR = "2026-03-01", "2026-03-02", "2026-04-01", "2026-05-05"


def test_a_call_on_two_days_is_found_a_month_apart(places, lake):
    """The other day is not made again, and its keys are looked at all the same."""
    lake.put("calls", FIRST, {"uniqueid": "a"}, {"uniqueid": "b"})
    lake.put("calls", SECOND, {"uniqueid": "c"})
    build_warehouse(places)
    lake.put("calls", LATER, {"uniqueid": "b"}, {"uniqueid": "d"})
    with pytest.raises(WarehouseError, match=r"in table calls, 1 values of its key \(uniqueid\)"):
        build_warehouse(places)


def test_a_call_on_two_days_far_apart_is_found_from_scratch(places, lake):
    """A build of one more day looks around it only; `rebuild` looks at everything, as the check `keys_unique` does."""
    lake.put("calls", FIRST, {"uniqueid": "a"})
    build_warehouse(places)
    lake.put("calls", FAR, {"uniqueid": "a"})
    build_warehouse(places)
    with pytest.raises(WarehouseError, match="in table calls, 1 values"):
        rebuild_warehouse(places)


def test_a_call_that_moves_to_another_day_is_no_double(places, lake):
    """Both days change in one build."""
    lake.put("calls", FIRST, {"uniqueid": "a"}, {"uniqueid": "b"})
    build_warehouse(places)
    lake.put("calls", FIRST, {"uniqueid": "a"})
    lake.put("calls", LATER, {"uniqueid": "b"})
    build_warehouse(places)
    assert lake.query("select uniqueid, call_date::varchar from calls order by 1") == [("a", FIRST), ("b", LATER)]
    lake.put("calls", SECOND, {"uniqueid": "b"})
    with pytest.raises(WarehouseError, match="in table calls, 1 values"):
        build_warehouse(places)


def test_a_leg_without_a_call_is_looked_for_on_the_days_around(places, lake):
    """Legs are as unique as their calls; where one has none, the legs of other days are looked at."""
    lake.put("call_legs", FIRST, {"uniqueid": "a", "position": 1})
    build_warehouse(places)
    lake.put("call_legs", LATER, {"uniqueid": "a", "position": 2})
    build_warehouse(places)
    lake.put("call_legs", SECOND, {"uniqueid": "a", "position": 1})
    with pytest.raises(WarehouseError, match=r"in table call_legs, 1 values of its key \(uniqueid, position\)"):
        build_warehouse(places)


def test_a_number_in_two_partitions_is_found_by_its_calls(places, lake):
    """Calls look their number up: a call whose number stands in two partitions would stand twice itself."""
    lake.put("numbers", "1970-01-01", {"number": "31600000001"})
    build_warehouse(places)
    lake.put("numbers", "2026-03-01", {"number": "31600000001"})
    lake.put("calls", FIRST, {"uniqueid": "a", "direction": "inbound", "first_number": "31600000001"})
    with pytest.raises(WarehouseError, match="in table calls, 1 values"):
        build_warehouse(places)


def test_a_number_in_two_partitions_is_found_from_scratch(places, lake):
    """A build of what changed looks at the partitions that did; `rebuild` at all, as the check `keys_unique` does."""
    lake.put("numbers", "1970-01-01", {"number": "0200"})
    build_warehouse(places)
    lake.put("numbers", "2026-03-01", {"number": "0200"})
    build_warehouse(places)
    with pytest.raises(WarehouseError, match="in table numbers, 1 values"):
        rebuild_warehouse(places)
