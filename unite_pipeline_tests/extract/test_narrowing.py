"""What failures teach a sync: fewer days, then a day elsewhere, then an end."""

from __future__ import annotations

from datetime import date

import pytest

from unite_pipeline.extract.days import DayRange
from unite_pipeline.extract.narrowing import Narrowing

MONTH = DayRange(date(2026, 10, 1), date(2026, 10, 28))
ONE = MONTH.tail(1)
ERROR = RuntimeError("the API failed")


def test_a_window_that_failed_is_followed_by_a_day_and_then_by_a_quarter():
    """After a window comes a single day, and if that goes well a quarter of the window."""
    narrowing = Narrowing()
    assert narrowing.read_failed(MONTH, ERROR) is False
    assert narrowing.most_days == 1
    narrowing.read_went_well()
    assert narrowing.most_days == 7


@pytest.mark.parametrize(("has_succeeded", "enough"), [(False, 2), (True, 5)], ids=["at first", "after a success"])
def test_days_in_a_row_call_for_a_day_elsewhere_before_the_end(has_succeeded, enough):
    """Only the day elsewhere that fails as well ends it, with its own error."""
    narrowing = Narrowing()
    if has_succeeded:
        narrowing.read_went_well()
    for number in range(1, enough + 1):
        assert narrowing.read_failed(ONE, ERROR) is True
        assert narrowing.is_probing is (number == enough)
    with pytest.raises(RuntimeError, match="the API failed"):
        narrowing.read_failed(ONE, ERROR)


def test_a_day_elsewhere_that_goes_well_begins_the_count_anew():
    """It is the days, then, and no API that is down."""
    narrowing = Narrowing()
    narrowing.read_failed(ONE, ERROR)
    narrowing.read_failed(ONE, ERROR)
    narrowing.read_went_well()
    assert not narrowing.is_probing
    assert narrowing.read_failed(ONE, ERROR) is True
    assert not narrowing.is_probing


def test_counts_are_halved_and_doubled():
    """A range that cannot be counted is halved until it can; then it doubles, so that one bad day costs no month."""
    narrowing = Narrowing()
    lengths = []
    for days in (MONTH, MONTH.tail(14), MONTH.tail(7), MONTH.tail(3)):
        assert narrowing.count_failed(days) is False
        lengths.append(narrowing.most_counted)
    narrowing.count_went_well()
    lengths.append(narrowing.most_counted)
    assert lengths == [14, 7, 3, 1, 2]
    assert narrowing.count_failed(ONE) is True


def test_without_a_failure_nothing_is_bounded():
    """Whoever never failed reads and counts as planned."""
    narrowing = Narrowing()
    narrowing.read_went_well()
    narrowing.count_went_well()
    assert (narrowing.most_days, narrowing.most_counted, narrowing.is_probing) == (None, None, False)
