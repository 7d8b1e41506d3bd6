"""Whose turn it is: everything about once a period, and no hour pays for all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from unite_pipeline.extract.rotation import whose_turn

START = datetime(2026, 3, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 400), every_h=st.sampled_from([0.25, 1, 6, 24, 100]), spread_h=st.sampled_from([0, 24, 160])
)
def test_everything_is_read_within_the_period(count, every_h, spread_h):
    """Whatever the number of items and the pace of syncs, none goes unread for longer than a period and a sync."""
    step = timedelta(hours=every_h)
    read_at = {f"R{n}": START + timedelta(hours=spread_h * n / count) for n in range(count)}
    now = last = max(read_at.values())
    for _ in range(int(3 * WEEK / step) + 1):
        now += step
        for item in whose_turn(read_at, now, last, WEEK):
            read_at[item] = now
        last = now
        assert now - min(read_at.values()) <= WEEK + step


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 1000), every_h=st.sampled_from([0.25, 1, 6]))
def test_no_sync_pays_for_all(count, every_h):
    """Items that were all read at once come back spread evenly: no sync reads more than its share, rounded up."""
    step = timedelta(hours=every_h)
    read_at = dict.fromkeys((f"R{n}" for n in range(count)), START)
    now = last = START
    most = 0
    for _ in range(int(2 * WEEK / step)):
        now += step
        turn = whose_turn(read_at, now, last, WEEK)
        most = max(most, len(turn))
        for item in turn:
            read_at[item] = now
        last = now
    assert most <= ceil(count * (step / (WEEK / 2)))


def test_the_longest_unread_comes_first():
    """Of those whose turn it is the one that was read longest ago comes first, and one just read not at all."""
    read_at = {
        "new": START + timedelta(days=6),
        "older": START + timedelta(days=1),
        "oldest": START,
    }
    assert whose_turn(read_at, START + WEEK, START, WEEK) == ["oldest", "older"]


def test_a_clock_that_was_set_back_has_nobodys_turn():
    """A last turn in the future asks for nothing, and fails nothing."""
    assert whose_turn({"a": START}, START + WEEK, START + 2 * WEEK, WEEK) == []


def test_what_was_tried_in_vain_goes_behind():
    """An item that cannot be read waits for those that were read or tried longer ago, and for no others."""
    read_at = {"refused": START, "older": START + timedelta(days=1), "newer": START + timedelta(days=3)}
    tried_at = {"refused": START + timedelta(days=2)}
    now = START + WEEK
    assert whose_turn(read_at, now, START, WEEK, tried_at) == ["older", "refused", "newer"]
