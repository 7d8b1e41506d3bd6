"""The choice of days and windows, and what it is estimated to cost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unite_pipeline.extract.days import DayRange, ends_at, starts_at
from unite_pipeline.extract.known import FINAL_AFTER, KnownDay, is_proven, known_days
from unite_pipeline.extract.plan import (
    FIRST_WINDOW_DAYS,
    MAX_WINDOW_DAYS,
    WINDOW_ROWS,
    Request,
    Work,
    cost,
    is_too_large,
    next_window,
    unproven,
    window_days,
    work,
)
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.extract.landed import reads, sent

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 10, 28, 13, 0, tzinfo=UTC)
TODAY = date(2026, 10, 28)
EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(minutes=1)
DAYS = DayRange(date(2026, 10, 20), TODAY)


def known_day(at, *, is_complete=True, is_final=True, read_from=None):
    """What a read or count at that moment tells of a day."""
    return KnownDay(10, is_complete, is_final, began_at=at, checked_at=at, read_from=read_from)


FINAL = known_day(EARLIER, read_from=EARLIER)
NOT_FINAL = known_day(EARLIER, is_final=False, read_from=EARLIER)
OPEN = known_day(EARLIER, is_complete=False, is_final=False)
READ_SINCE = known_day(LATER, read_from=LATER)
COUNTED_SINCE = known_day(LATER, read_from=EARLIER)
OPEN_SINCE = known_day(LATER, is_complete=False, is_final=False)

day = st.dates(DAYS.first - timedelta(days=5), TODAY)
state = st.sampled_from([FINAL, NOT_FINAL, OPEN, READ_SINCE, COUNTED_SINCE, OPEN_SINCE])


def request(*, is_reread=False, lookback_days=2):
    """A sync of DAYS, asked for now."""
    return Request(DAYS, is_reread=is_reread, since=NOW, lookback_days=lookback_days)


@pytest.mark.parametrize(
    ("which", "known", "expected"),
    [
        pytest.param(date(2026, 10, 21), None, "read", id="never-read"),
        pytest.param(date(2026, 10, 21), OPEN, "read", id="open"),
        pytest.param(date(2026, 10, 21), FINAL, "nothing", id="final"),
        pytest.param(date(2026, 10, 21), NOT_FINAL, "read", id="proven-before-the-lag"),
        pytest.param(date(2026, 10, 25), FINAL, "nothing", id="just-before-the-look-back"),
        pytest.param(date(2026, 10, 26), FINAL, "count", id="first-of-the-look-back"),
        pytest.param(date(2026, 10, 27), FINAL, "count", id="yesterday"),
        pytest.param(date(2026, 10, 27), NOT_FINAL, "read", id="yesterday-not-final"),
        pytest.param(date(2026, 10, 27), COUNTED_SINCE, "nothing", id="yesterday-counted-since"),
        pytest.param(date(2026, 10, 27), READ_SINCE, "nothing", id="yesterday-read-since"),
        pytest.param(date(2026, 10, 27), OPEN_SINCE, "read", id="yesterday-open-since"),
        pytest.param(TODAY, NOT_FINAL, "count", id="today"),
        pytest.param(TODAY, None, "read", id="today-never-read"),
        pytest.param(TODAY, OPEN, "read", id="today-open"),
    ],
)
def test_an_open_ended_sync_takes_what_is_unproven_or_may_move(which, known, expected):
    """Each state of a day decides by itself whether it is read, counted or left alone."""
    others = dict.fromkeys(DAYS, READ_SINCE)
    plan = work(
        request(), {**others, which: known} if known else {d: s for d, s in others.items() if d != which}, NOW, ZONE
    )
    found = "read" if which in plan.to_read else "count" if which in plan.to_count else "nothing"
    assert found == expected
    assert plan.to_read | plan.to_count <= {which}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(FINAL, True, id="final"),
        pytest.param(OPEN, True, id="open"),
        pytest.param(COUNTED_SINCE, True, id="counted-since"),
        pytest.param(READ_SINCE, False, id="read-since"),
    ],
)
def test_named_days_are_read_unless_somebody_just_has(known, expected):
    """A re-read takes every day that no full reading since its beginning proved, and counts none."""
    plan = work(request(is_reread=True), dict.fromkeys(DAYS, known), NOW, ZONE)
    assert plan == Work(frozenset(DAYS) if expected else frozenset(), frozenset())


@pytest.mark.parametrize("lookback_days", [0, 1, 2, 5])
def test_the_look_back_is_so_many_closed_days_and_today(lookback_days):
    """With everything final, exactly the look-back and today are counted."""
    plan = work(request(lookback_days=lookback_days), dict.fromkeys(DAYS, FINAL), NOW, ZONE)
    assert plan == Work(frozenset(), frozenset(DAYS.tail(lookback_days + 1)))


@pytest.mark.parametrize("lookback_days", [0, 1, 2])
def test_after_a_pause_the_end_of_the_look_back_is_made_up_for(lookback_days):
    """A day that nobody looked at since its look-back was over is counted once more, however long ago that was."""
    which = date(2026, 10, 21)
    over = ends_at(which + timedelta(days=lookback_days), ZONE)
    found = {
        seconds: work(
            Request(DayRange(which, which), is_reread=False, since=NOW, lookback_days=lookback_days),
            {which: known_day(over + timedelta(seconds=seconds))},
            NOW,
            ZONE,
        )
        for seconds in (-1, 0)
    }
    assert found == {-1: Work(frozenset(), frozenset({which})), 0: Work(frozenset(), frozenset())}


YESTERDAY = date(2026, 10, 27)
MIDNIGHT = ends_at(YESTERDAY, ZONE)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "now", "expected"),
    [
        pytest.param(None, NOW, False, id="never-read"),
        pytest.param(known_day(NOW, is_complete=False, is_final=False), NOW, False, id="open"),
        pytest.param(known_day(MIDNIGHT - 9 * MINUTE, is_final=False), MIDNIGHT - MINUTE, True, id="going-on"),
        pytest.param(known_day(MIDNIGHT - 9 * MINUTE, is_final=False), MIDNIGHT, False, id="over-since-it-was-read"),
        pytest.param(known_day(MIDNIGHT, is_final=False), MIDNIGHT, True, id="read-after-its-end"),
        pytest.param(
            known_day(MIDNIGHT, is_final=False), MIDNIGHT + FINAL_AFTER - MINUTE, True, id="just-before-the-lag"
        ),
        pytest.param(known_day(MIDNIGHT, is_final=False), MIDNIGHT + FINAL_AFTER, False, id="after-the-lag-not-final"),
        pytest.param(known_day(MIDNIGHT + FINAL_AFTER), MIDNIGHT + FINAL_AFTER, True, id="final"),
    ],
)
def test_a_day_is_proven_by_what_began_after_its_end(state, now, expected):
    """A day read while it was going on is proven until it ends; then only what began later proves it."""
    assert is_proven(state, YESTERDAY, now, ZONE) is expected


def test_a_reading_over_midnight_is_followed_by_a_count():
    """A reading that began before midnight and ended after the sync did begin is no proof: the day is counted."""
    began, since, ended = MIDNIGHT - MINUTE, MIDNIGHT + MINUTE, MIDNIGHT + 2 * MINUTE
    state = KnownDay(10, is_complete=True, is_final=False, began_at=began, checked_at=ended, read_from=began)
    asked = Request(DayRange(YESTERDAY, YESTERDAY), is_reread=False, since=since, lookback_days=2)
    assert work(asked, {YESTERDAY: state}, ended, ZONE) == Work(frozenset(), frozenset({YESTERDAY}))


@settings(deadline=None)
@given(
    which=st.dates(date(2026, 10, 20), TODAY),
    since=st.timedeltas(-timedelta(days=2), timedelta(days=1)).map(NOW.__add__),
    before=st.timedeltas(-timedelta(days=3), timedelta(days=3)),
    lasted=st.timedeltas(timedelta(), timedelta(hours=1)),
    is_complete=st.booleans(),
)
def test_a_sync_with_nothing_left_has_proven_its_days(which, since, before, lasted, is_complete):
    """What leaves no work, as of the sync's beginning, is proven as of then, whatever was read when."""
    began = since - before
    is_final = is_complete and began >= ends_at(which, ZONE) + FINAL_AFTER
    state = KnownDay(1, is_complete, is_final, began_at=began, checked_at=began + lasted, read_from=None)
    asked = Request(DayRange(which, which), is_reread=False, since=since, lookback_days=2)
    if not unproven(asked, {which: state}, ZONE):
        assert is_proven(state, which, since, ZONE)


@settings(deadline=None)
@given(which=st.dates(date(2026, 3, 25), date(2026, 10, 27)), seconds=st.integers(-50_000, 50_000))
def test_a_day_may_be_final_six_hours_after_its_own_end(which, seconds):
    """The lag is counted from the end of the local day, also where that day has 23 or 25 hours."""
    now = ends_at(which, ZONE) + FINAL_AFTER + timedelta(seconds=seconds)
    known = {which: known_day(now, is_final=False, read_from=now)}
    plan = work(Request(DayRange(which, which), is_reread=False, since=now, lookback_days=0), known, now, ZONE)
    assert plan.to_read == (frozenset([which]) if seconds >= 0 else frozenset())


@settings(deadline=None)
@given(known=st.dictionaries(day, state), is_reread=st.booleans(), lookback_days=st.integers(0, 12))
def test_no_unproven_day_is_left_out_and_none_is_taken_twice(known, is_reread, lookback_days):
    """Whatever is known: open and unknown days are read, nothing outside the request, nothing both read and counted."""
    asked = request(is_reread=is_reread, lookback_days=lookback_days)
    plan = work(asked, known, NOW, ZONE)
    unproven = {each for each in DAYS if each not in known or not known[each].is_complete}
    assert unproven <= plan.to_read <= set(DAYS)
    assert plan.to_count <= set(DAYS) - plan.to_read
    assert all(known[each].is_complete for each in plan.to_count)
    assert plan == work(asked, known, NOW, ZONE)


@settings(deadline=None)
@given(to_read=st.frozensets(day, min_size=1), rows_per_day=st.none() | st.floats(0, 1e6))
def test_the_next_window_is_the_newest_unbroken_run(to_read, rows_per_day):
    """A window ends with the newest day to read, has only such days, and is no longer than its rows allow."""
    window = next_window(to_read, rows_per_day)
    assert window.last == max(to_read)
    assert set(window) <= to_read
    assert len(window) == window_days(rows_per_day) or window.first - timedelta(days=1) not in to_read


@settings(deadline=None)
@given(to_read=st.frozensets(day, min_size=1), rows_per_day=st.floats(0, 1e6))
def test_windows_use_up_all_days_once(to_read, rows_per_day):
    """Taking one window after the other comes to an end, with every day in exactly one."""
    left, taken = to_read, []
    while left:
        window = next_window(left, rows_per_day)
        taken += list(window)
        left -= set(window)
    assert sorted(taken) == sorted(to_read)


@pytest.mark.parametrize(
    ("rows_per_day", "days"),
    [
        pytest.param(None, FIRST_WINDOW_DAYS, id="unknown"),
        pytest.param(0.0, MAX_WINDOW_DAYS, id="no-calls"),
        pytest.param(10.0, MAX_WINDOW_DAYS, id="few"),
        pytest.param(500.0, 30, id="a-month"),
        pytest.param(WINDOW_ROWS / 1.0, 1, id="one-day"),
        pytest.param(1e6, 1, id="more-than-a-window-a-day"),
    ],
)
def test_windows_are_planned_by_rows(rows_per_day, days):
    """A window is as many days as bring about WINDOW_ROWS rows, a day at least and three months at most."""
    assert window_days(rows_per_day) == days


@settings(deadline=None)
@given(rows=st.integers(0, 10**6), length=st.integers(1, 92))
def test_a_window_that_is_cut_gets_smaller(rows, length):
    """The size planned after a window proved too large is smaller than it, so that cutting comes to an end."""
    days = DayRange(TODAY - timedelta(days=length - 1), TODAY)
    assert not is_too_large(rows, DayRange(TODAY, TODAY))
    if is_too_large(rows, days):
        assert window_days(rows / length) < length


def test_cost_of_nothing_is_nothing():
    """A plan without days sends no request."""
    assert (cost(Work(frozenset(), frozenset()), 100.0).requests, cost(Work(frozenset(), frozenset()), 100.0).rows) == (
        0,
        0,
    )


def test_cost_of_a_look_back_is_one_count_a_run():
    """Days to count cost a request for each unbroken run of them."""
    days = frozenset([*DAYS.tail(3), DAYS.first])
    assert cost(Work(frozenset(), days), 100.0).requests == 2


@pytest.mark.parametrize(
    ("calls_per_working_day", "days"),
    [
        pytest.param(40, 200, id="small"),
        pytest.param(120, 120, id="medium"),
        pytest.param(520, 28, id="large"),
        pytest.param(900, 40, id="larger"),
    ],
)
def test_the_estimate_is_near_what_the_simulator_counts(make_bench, calls_per_working_day, days):
    """For a normal company the planned cost is within 15 % of the requests that are then sent."""
    last = date(2026, 10, 25)
    first = last - timedelta(days=days - 1)
    bench = make_bench(
        plan=CompanyPlan(seed=3, first_day=first, calls_per_working_day=calls_per_working_day, extension_count=60)
    )
    rows = len(bench.simulator.truth.calls(first, last))
    estimate = cost(work(bench.request(first, last), {}, bench.clock.utc(), ZONE), rows / days)
    outcome = bench.sync_calls(first, last)
    assert outcome.is_proven
    assert abs(estimate.requests - len(sent(bench))) <= 0.15 * len(sent(bench))
    assert estimate.rows == pytest.approx(rows, rel=0.01)


def test_what_is_known_of_a_day_is_its_newest_word(make_bench):
    """A full reading, a count after it and a failed re-reading each leave their own trace in what is known."""
    bench = make_bench()
    which = date(2026, 10, 27)
    started = bench.clock.utc()
    bench.sync_calls(which, which)
    first = known_days(reads(bench))[which]
    assert (first.is_complete, first.is_final) == (True, True)
    assert started <= first.read_from <= first.checked_at
    bench.time.pass_time(60)
    bench.sync_calls(which, which)
    second = known_days(reads(bench))[which]
    assert (second.rows, second.is_complete, second.is_final, second.read_from) == (
        first.rows,
        True,
        True,
        first.read_from,
    )
    assert second.checked_at > first.checked_at
    assert starts_at(which, ZONE) < first.checked_at
