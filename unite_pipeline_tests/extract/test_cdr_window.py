"""Finding the days whose counts do not agree, by halving."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unite_pipeline.extract.cdr_window import EVERYTHING, QUADRANTS, differing_days
from unite_pipeline.extract.days import DayRange

FIRST = date(2026, 3, 20)


@settings(deadline=None)
@given(counts=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=92))
def test_halving_finds_days_that_differ_where_the_sum_shows_it(counts):
    """Every day that is found differs, and with rows only missing, never too many, every day that differs is found."""
    days = DayRange(FIRST, FIRST + timedelta(days=len(counts) - 1))
    at_the_api = {day: came + missing for day, (came, missing) in zip(days, counts, strict=True)}
    rows = {day: came for day, (came, _) in zip(days, counts, strict=True)}
    asked = []

    def count(span: DayRange) -> int:
        assert days.first <= span.first <= span.last <= days.last
        asked.append(span)
        return sum(at_the_api[day] for day in span)

    found = differing_days(days, rows, count)
    assert found == {day for day in days if at_the_api[day] != rows[day]}
    assert len(asked) <= 1 + len(found) * ceil(log2(len(counts)) or 1)
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("length", [1, 2, 3, 31, 92])
def test_one_day_costs_a_count_for_each_halving(length):
    """A single day among many is found with one count and one more for each halving; none if all agree."""
    days = DayRange(FIRST, FIRST + timedelta(days=length - 1))
    for odd in (*days, None):
        asked = []

        def count(span: DayRange, odd: date | None = odd, asked: list[DayRange] = asked) -> int:
            asked.append(span)
            return len(span) + (odd is not None and odd in span)

        assert differing_days(days, dict.fromkeys(days, 1), count) == ({odd} if odd else set())
        assert len(asked) <= 1 + (ceil(log2(length)) if odd else 0)


def test_rows_without_a_day_belong_to_none():
    """Rows whose time could not be read make no day agree or differ."""
    days = DayRange(FIRST, FIRST)
    assert differing_days(days, {FIRST: 3, None: 2}, lambda _: 3) == set()


def test_the_quadrants_are_disjoint_and_together_everything():
    """Each of internal and external meets each of answered and missed once, and the control leaves all open."""
    kinds = [(f["filter_internal"], f["filter_external"], f["filter_answered"]) for f in QUADRANTS.values()]
    assert sorted(kinds) == [(0, 1, 1), (0, 1, 2), (1, 0, 1), (1, 0, 2)]
    assert EVERYTHING == {
        "filter_inbound": 1, "filter_outbound": 1, "filter_internal": 1, "filter_external": 1, "filter_answered": 0,
    }  # fmt: skip
