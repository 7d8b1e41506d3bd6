"""The company is the same every time it is made, and like a real one."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from statistics import mean, median

import pytest

from unite_pipeline.simulator import Company, CompanyPlan, RecorderHabits

AHEAD = timedelta(seconds=CompanyPlan().recorder.clock_offset_s)
JITTER = timedelta(seconds=2)
YEAR = [date(2025, 1, 1) + timedelta(days=number) for number in range(365)]


@pytest.fixture(scope="module")
def year():
    """One year of the default company: its days and all their calls."""
    company = Company(CompanyPlan(first_day=YEAR[0]))
    return [company.day(day) for day in YEAR]


@pytest.fixture(scope="module")
def calls(year):
    """All calls of that year."""
    return [call for day in year for call in day.calls]


@pytest.fixture(scope="module")
def inbound(calls):
    """Its inbound external calls."""
    return [call for call in calls if call.direction == "in" and call.scope == "external"]


def share(rows, test):
    """Returns the share of rows that pass a test."""
    return sum(map(bool, map(test, rows))) / len(rows)


def test_a_day_depends_on_plan_and_date_alone(company, monday):
    """A day asked for alone equals the same day made after others, in another company of the same plan."""
    other = Company(CompanyPlan())
    other.day(monday - timedelta(days=1))
    assert other.day(monday).calls == company.day(monday).calls
    assert other.day(monday).recordings == company.day(monday).recordings


def test_another_seed_is_another_company(company, monday):
    """No call, extension or contact is shared between seeds."""
    other = Company(CompanyPlan(seed=2))
    assert not {c.uniqueid for c in other.day(monday).calls} & {c.uniqueid for c in company.day(monday).calls}
    assert not {e.extension_id for e in other.people.extensions} & {e.extension_id for e in company.people.extensions}
    assert not {c.contact_id for c in other.people.contacts} & {c.contact_id for c in company.people.contacts}


def test_no_calls_outside_the_plan():
    """Days before the first and after the last planned day are empty."""
    company = Company(CompanyPlan(first_day=date(2026, 10, 5), last_day=date(2026, 10, 6)))
    counts = [len(company.day(date(2026, 10, day)).calls) for day in (4, 5, 6, 7)]
    assert [count > 0 for count in counts] == [False, True, True, False]


def test_volume_follows_plan_week_and_holidays(year):
    """A working day has about the planned 120 calls, Monday most, weekends and Christmas next to none."""
    by_weekday = {n: mean(len(day.calls) for day in year if day.day.weekday() == n) for n in range(7)}
    working = [by_weekday[number] for number in range(5)]
    assert mean(working) == pytest.approx(115, abs=8)
    assert max(working) == by_weekday[0]
    assert by_weekday[5] < 12
    assert by_weekday[6] < 4
    christmas = next(day for day in year if day.day == date(2025, 12, 25))
    assert len(christmas.calls) < 10


def test_days_vary_more_than_poisson(year):
    """The variance of working days is well above their mean, because whole days are busy or quiet."""
    tuesdays = [len(day.calls) for day in year if day.day.weekday() == 1]
    centre = mean(tuesdays)
    assert mean((count - centre) ** 2 for count in tuesdays) > 2 * centre


@pytest.mark.parametrize(
    ("low", "high", "test"),
    [
        pytest.param(0.15, 0.25, lambda c: c.scope == "internal", id="internal"),
        pytest.param(0.005, 0.02, lambda c: c.is_voicemail, id="voicemail"),
        pytest.param(0.0, 0.05, lambda c: c.started_at_local.hour not in range(8, 18), id="out-of-hours"),
        pytest.param(0.2, 0.4, lambda c: c.recording_keys, id="recorded"),
        pytest.param(0.001, 0.005, lambda c: any(leg.role == "service" for leg in c.legs), id="service-code"),
    ],
)
def test_shares_of_all_calls(calls, low, high, test):
    """The share of a year's calls that have the feature lies within the bounds named beside it."""
    assert low <= share(calls, test) <= high


@pytest.mark.parametrize(
    ("low", "high", "test"),
    [
        pytest.param(0.80, 0.92, lambda c: c.answered, id="answered"),
        pytest.param(0.03, 0.07, lambda c: not c.caller_number, id="anonymous"),
        pytest.param(0.01, 0.05, lambda c: c.legs[0].country not in ("NL", None), id="foreign"),
        pytest.param(0.55, 0.67, lambda c: len(c.legs) == 3, id="three-hops"),
        pytest.param(0.28, 0.40, lambda c: len(c.legs) == 4, id="four-hops"),
        pytest.param(0.03, 0.07, lambda c: len(c.legs) == 5, id="five-hops"),
    ],
)
def test_shares_of_inbound_calls(inbound, low, high, test):
    """The share of a year's calls from outside that have the feature lies within the bounds named beside it."""
    assert low <= share(inbound, test) <= high


def test_a_few_callers_call_often_and_most_once(inbound):
    """About three numbers in five are seen once in a year, and the ten heaviest make more than a tenth of all calls."""
    seen = Counter(call.caller_number for call in inbound if call.caller_number)
    assert 0.5 <= sum(count == 1 for count in seen.values()) / len(seen) <= 0.7
    assert sum(count for _, count in seen.most_common(10)) > 0.1 * len(inbound)


def test_talk_time_is_lognormal_with_short_calls(calls):
    """Median talk is near the planned 115 s, the mean well above it, and a few percent are under 10 s."""
    talk = [call.talk_s for call in calls if call.answered and not call.is_voicemail]
    assert median(talk) == pytest.approx(109, abs=8)
    assert mean(talk) > 1.4 * median(talk)
    assert 0.03 < share(talk, lambda seconds: seconds < 10) < 0.09


def test_a_miss_is_followed_by_redials_and_callbacks(inbound, calls):
    """More than a third of missed callers are called back or call again on the same day."""
    later = {}
    for call in calls:
        for leg in call.legs:
            later.setdefault((call.started_at_local.date(), leg.number), []).append(call)
    missed = [call for call in inbound if not call.answered and call.caller_number]
    followed = [
        call
        for call in missed
        if any(o.started_at > call.started_at for o in later[call.started_at_local.date(), call.caller_number])
    ]
    assert len(followed) / len(missed) > 0.35


def test_every_call_is_consistent(calls):
    """Keys are unique, times ordered, talk within duration, missed calls silent, and the chain has two hops or more."""
    assert len({call.uniqueid for call in calls}) == len(calls)
    for call in calls:
        assert call.started_at <= call.ended_at <= call.published_at
        assert 0 <= call.talk_s <= call.duration_s
        assert (call.answered_at is None) == (call.talk_s == 0) == (not call.answered)
        assert len(call.legs) >= 2


def test_recordings_fit_their_calls(year):
    """A recording lies within its call, has whole frames, and belongs to extensions whose policy asks for it."""
    for day in year[:60]:
        by_id = {call.uniqueid: call for call in day.calls}
        for item in day.recordings:
            call = by_id[item.uniqueid]
            assert item.callrecordkey in call.recording_keys
            assert call.answered_at - JITTER <= item.recorded_at - AHEAD <= call.ended_at + JITTER
            assert item.size_bytes % 216 == 0
            assert item.duration_s == -(-item.size_bytes // 6000)
            assert item.part_count == -(-item.size_bytes // 4_194_304)


def test_both_sides_of_an_internal_call_list_one_recording(year):
    """Some internal calls are recorded by both sides, under one key with two extensions."""
    shared = [item for day in year for item in day.recordings if len(item.extension_ids) == 2]
    assert len(shared) > 50
    assert all(item.from_number.startswith("1234*") and item.to_number.startswith("1234*") for item in shared)


def test_no_real_number_is_used(year, company):
    """Every full number is +31 6 0... or from a range kept for fiction abroad."""
    fiction = ("3160", "493023125", "3319900", "442079460", "46701740")
    numbers = {leg.number for day in year for call in day.calls for leg in call.legs}
    numbers |= {contact.phone_number for contact in company.people.contacts}
    numbers |= {item.number for item in company.people.numbers}
    assert [n for n in numbers if len(n) > 6 and not n.startswith(fiction)] == []


@pytest.mark.parametrize("day", [date(2025, 10, 26), date(2026, 10, 25)], ids=str)
def test_the_doubled_hour_has_calls_in_both_passes(day):
    """On the day the clock goes back, each pass of the doubled hour has an answered and a missed call."""
    calls = Company(CompanyPlan(first_day=day)).day(day).calls
    doubled = [call for call in calls if call.is_ambiguous_local_time]
    first = [call for call in doubled if call.started_at.hour == 0]
    second = [call for call in doubled if call.started_at.hour == 1]
    assert len(first) + len(second) == len(doubled)
    for part in (first, second):
        assert {call.answered for call in part} == {True, False}
        assert {call.started_at_local.hour for call in part} == {2}


def test_calls_are_ordered_by_wall_clock(year):
    """A day's calls are sorted by local time, so on the clock-change day the two passes interleave."""
    for day in year:
        assert all(a.started_at_local <= b.started_at_local for a, b in pairwise(day.calls))


def test_ambiguity_is_told_only_in_the_doubled_hour(calls):
    """A local time is ambiguous exactly if it lies between 02:00 and 03:00 on the October Sunday."""
    told = {
        call.started_at_local.replace(minute=0, second=0, microsecond=0)
        for call in calls
        if call.is_ambiguous_local_time
    }
    assert [str(hour) for hour in told] == ["2025-10-26 02:00:00"]


def test_internal_calls_may_have_a_row_per_side(monday):
    """With internal_rows=2 every internal call has a second row, direction in, under its own key."""
    calls = [c for c in Company(CompanyPlan(internal_rows=2)).day(monday).calls if c.scope == "internal"]
    assert Counter(call.direction for call in calls)["in"] * 2 == len(calls) > 10


def test_keys_may_match_calls(monday):
    """With keys_match a call's first recording has the UUID of its uniqueid."""
    items = Company(CompanyPlan(keys_match=True)).day(monday).recordings
    matched = [item for item in items if item.callrecordkey == "f" + item.uniqueid.partition("_")[2]]
    assert len(matched) == len({item.uniqueid for item in items}) > 5


def test_late_calls_are_published_after_their_end(monday):
    """With late_share and late_max_s that share of calls is delayed, by at most that long."""
    calls = Company(CompanyPlan(late_share=0.3, late_max_s=7200)).day(monday).calls
    delays = [(call.published_at - call.ended_at).total_seconds() for call in calls]
    assert 0.15 < share(delays, lambda delay: delay > 0) < 0.45
    assert max(delays) <= 7200


@pytest.mark.parametrize(
    "habits",
    [
        pytest.param(RecorderHabits(clock_offset_s=0, clock_jitter_s=0, on_demand_share=0), id="a perfect recorder"),
        pytest.param(
            RecorderHabits(
                pause_share=0.3, two_keys_share=0.5, national_share=0.5, empty_share=0.1, unlisted_share=0.1
            ),
            id="a bad one",
        ),
    ],
)
def test_habits_of_the_recorder_change_no_call(company, monday, habits):
    """Whatever the recorder does, the calls are the same, but for their recordings and whether they are ever shown."""
    other = Company(CompanyPlan(recorder=habits)).day(monday)
    untouched = company.day(monday)
    assert [replace(call, recording_keys=(), published_at=call.ended_at) for call in other.calls] == [
        replace(call, recording_keys=()) for call in untouched.calls
    ]
    assert {call.uniqueid for call in other.calls if call.recording_keys} == {
        call.uniqueid for call in untouched.calls if call.recording_keys
    }


def test_what_recorders_may_do(monday):
    """Paused, two-keyed, nationally numbered, empty and unlisted recordings come in about the shares asked for."""
    habits = RecorderHabits(pause_share=0.3, two_keys_share=1, national_share=0.5, empty_share=0.1, unlisted_share=0.1)
    company = Company(CompanyPlan(recorder=habits))
    days = [company.day(monday + timedelta(days=number)) for number in range(5)]
    items = [item for day in days for item in day.recordings]
    recorded = [call for day in days for call in day.calls if call.recording_keys]
    assert {len(item.extension_ids) for item in items} == {1}
    assert 0.1 < share(recorded, lambda call: len(call.recording_keys) > 1) < 0.5
    assert 0.3 < share([i for i in items if "*" not in i.to_number], lambda i: i.to_number.startswith("06")) < 0.7
    assert 0.05 < share(items, lambda item: (item.duration_s, item.size_bytes, item.part_count) == (0, 0, 1)) < 0.2
    assert 0.03 < share(recorded, lambda call: call.published_at.year == 9999) < 0.2


def test_recordings_on_demand_are_parts_of_their_call():
    """With on_demand_share such recordings begin well after the answer, and some end before the call."""
    habits = RecorderHabits(clock_offset_s=0, clock_jitter_s=0, on_demand_share=1)
    day = Company(CompanyPlan(recorder=habits)).day(date(2026, 11, 16))
    calls = {call.uniqueid: call for call in day.calls}
    long = [(item, calls[item.uniqueid]) for item in day.recordings if calls[item.uniqueid].talk_s > 60]
    assert all((item.recorded_at - call.answered_at).total_seconds() > 4 for item, call in long)
    assert any((call.ended_at - item.recorded_at).total_seconds() > item.duration_s + 5 for item, call in long)
