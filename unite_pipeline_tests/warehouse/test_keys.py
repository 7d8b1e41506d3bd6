"""Keys that stand twice: found by a look at what a build has changed, wherever the other row stands."""

from __future__ import annotations

import pytest

from unite_pipeline.errors import WarehouseError
from unite_pipeline.warehouse import build_warehouse

FIRST, SECOND, LATER = "2026-03-01", "2026-03-02", "2026-05-05"


def test_a_call_on_two_days_is_found_however_far_they_lie_apart(places, lake):
    """The other day is not made again, and is named by the prints of its keys."""
    lake.put("calls", FIRST, {"uniqueid": "a"}, {"uniqueid": "b"})
    lake.put("calls", SECOND, {"uniqueid": "c"})
    build_warehouse(places)
    lake.put("calls", LATER, {"uniqueid": "b"}, {"uniqueid": "d"})
    with pytest.raises(WarehouseError, match=r"in table calls, 1 values of its key \(uniqueid\)"):
        build_warehouse(places)


def test_a_call_that_moves_to_another_day_is_no_double(places, lake):
    """Both days change in one build: the print of the former day goes with its row."""
    lake.put("calls", FIRST, {"uniqueid": "a"}, {"uniqueid": "b"})
    build_warehouse(places)
    lake.put("calls", FIRST, {"uniqueid": "a"})
    lake.put("calls", LATER, {"uniqueid": "b"})
    build_warehouse(places)
    assert lake.query("select uniqueid, call_date::varchar from calls order by 1") == [("a", FIRST), ("b", LATER)]
    lake.put("calls", SECOND, {"uniqueid": "b"})
    with pytest.raises(WarehouseError, match="in table calls, 1 values"):
        build_warehouse(places)


def test_a_leg_without_a_call_is_looked_for_on_all_days(places, lake):
    """Legs are as unique as their calls; where one has none, every leg is looked at."""
    lake.put("call_legs", FIRST, {"uniqueid": "a", "position": 1})
    build_warehouse(places)
    lake.put("call_legs", LATER, {"uniqueid": "a", "position": 2})
    build_warehouse(places)
    lake.put("call_legs", SECOND, {"uniqueid": "a", "position": 1})
    with pytest.raises(WarehouseError, match=r"in table call_legs, 1 values of its key \(uniqueid, position\)"):
        build_warehouse(places)


def test_a_number_in_two_partitions_is_found(places, lake):
    """A number stands in one partition only, whichever."""
    lake.put("numbers", "1970-01-01", {"number": "0200"})
    build_warehouse(places)
    lake.put("numbers", "2026-03-01", {"number": "0200"})
    with pytest.raises(WarehouseError, match="in table numbers, 1 values"):
        build_warehouse(places)


def test_prints_follow_their_days(places, lake):
    """There is one print for each call and recording, also after a day was made again and another was dropped."""
    lake.put("calls", FIRST, {"uniqueid": "a"}, {"uniqueid": "b"})
    lake.put("calls", SECOND, {"uniqueid": "c"})
    lake.put("recordings", FIRST, {"callrecordkey": "f1"})
    build_warehouse(places)
    lake.put("calls", FIRST, {"uniqueid": "b"})
    (places.table("calls") / f"call_date={SECOND}" / "part.parquet").unlink()
    build_warehouse(places)
    prints = "select table_name, day::varchar, print = md5_number_lower(key) from internal.key_prints"
    keys = "(select 'calls' as table_name, 'b' as key union all select 'recordings', 'f1')"
    assert lake.query(f"{prints} join {keys} using (table_name) order by 1") == [
        ("calls", FIRST, True),
        ("recordings", FIRST, True),
    ]
