"""The tenant's clock against Python's zoneinfo."""

# ruff: noqa: DTZ001  wall-clock times have no zone

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unite_pipeline.lake.engine import statement
from unite_pipeline.transform.zones import clock_table

ZONES = ["Europe/Amsterdam", "Australia/Lord_Howe", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo", "UTC"]
# Where clocks change: Amsterdam and New York, Lord Howe by half an hour, Sao Paulo at midnight.
CHANGES = [
    datetime(2025, 3, 30, 2),
    datetime(2025, 10, 26, 2),
    datetime(2025, 3, 9, 2),
    datetime(2025, 11, 2, 1),
    datetime(2025, 4, 6, 1, 30),
    datetime(2025, 10, 5, 2),
    datetime(2018, 11, 4),
    datetime(2018, 2, 17, 23),
]
near_changes = st.builds(
    lambda moment, delta: moment + timedelta(microseconds=delta),
    st.sampled_from(CHANGES),
    st.integers(-3 * 3_600_000_000, 3 * 3_600_000_000),
)
any_time = st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30))


def read_clock(timezone, times):
    """UTC and ambiguity of local times, as the shipped SQL looks them up."""
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        engine.register("clock", clock_table(timezone))
        engine.execute(f"create table clock_days as {statement('unite_pipeline.transform', 'clock_days')}")
        engine.register("times", pa.table({"n": range(len(times)), "t": pa.array(times, pa.timestamp("us"))}))
        return engine.execute(
            "select epoch_us(t) - offset_us, coalesce(t >= doubled_from, false) from times "
            "left join clock_days as c on cast(t as date) = c.day and t >= local_from and t < local_until order by n"
        ).fetchall()


@pytest.mark.parametrize("timezone", ZONES)
@settings(max_examples=25, deadline=None)
@given(times=st.lists(st.one_of(near_changes, any_time), min_size=1, max_size=60))
def test_local_times_are_read_as_zoneinfo_reads_them(timezone, times):
    """The earlier reading of a doubled time, the offset before the jump for one that never was, in any zone."""
    zone = ZoneInfo(timezone)
    expected = []
    for time in times:
        first, second = time.replace(tzinfo=zone), time.replace(tzinfo=zone, fold=1)
        instant = first.astimezone(UTC)
        micros = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        expected.append((micros, second.utcoffset() < first.utcoffset()))
    assert read_clock(timezone, times) == expected


def test_the_doubled_half_hour_of_lord_howe():
    """The clock goes back by thirty minutes at 02:00, so that 01:30 to 02:00 occurs twice."""
    times = [datetime(2025, 4, 6, 1, 29, 59), datetime(2025, 4, 6, 1, 30), datetime(2025, 4, 6, 1, 59, 59, 999999),
             datetime(2025, 4, 6, 2)]  # fmt: skip
    assert [ambiguous for _, ambiguous in read_clock("Australia/Lord_Howe", times)] == [False, True, True, False]
