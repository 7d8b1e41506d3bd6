"""The twenty questions, each answered once more in plain Python from the simulated company's truth."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import datetime

import pytest

from unite_pipeline.warehouse.questions import QUESTIONS, question
from unite_pipeline_tests.warehouse.metrics.reckoning import percentile, talk_by_extension
from unite_pipeline_tests.warehouse.metrics.recovery import by_number
from unite_pipeline_tests.warehouse.metrics.traffic import HOUR_US, MINUTE_US, lines_needed, local_of

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HALF = 0.0500001
"""Answers are rounded to one digit behind the point."""


def pct(part, whole):
    """Of a hundred."""
    return 100 * part / whole


def month_of(day):
    """Its first day."""
    return day.replace(day=1)


def groups_of(calls, key):
    """Calls by a key, in order of it."""
    groups = defaultdict(list)
    for call in calls:
        groups[key(call)].append(call)
    return sorted(groups.items())


def offered_of(company):
    """Calls from outside."""
    return [call for call in company.reckoning.calls if call.is_offered]


def missed(calls):
    """How many were missed."""
    return sum(call.is_missed for call in calls)


def chances(calls):
    """How many gave us the chance to answer in time."""
    return sum((call.is_answered or call.is_missed) and not call.is_short_abandon for call in calls)


def in_time(calls):
    """How many were answered in time."""
    return sum(call.is_in_time for call in calls)


def weeks(company):
    """By ISO week."""
    for (year, week), calls in groups_of(offered_of(company), lambda call: call.day.isocalendar()[:2]):
        answered = sum(call.is_answered for call in calls)
        opened = [call for call in calls if call.is_open]
        levels = (pct(in_time(some), chances(some)) for some in (calls, opened))
        yield year, week, len(calls), pct(answered, len(calls)), *levels


def missed_by_hour_of_week(company):
    """Most missed first; while the company was open."""
    opened = [call for call in offered_of(company) if call.is_open]
    found = [
        (-missed(calls), weekday, hour, len(calls))
        for (weekday, hour), calls in groups_of(opened, lambda call: (call.day.weekday(), call.local.hour))
    ]
    for lost, weekday, hour, offered in sorted(found)[:10]:
        yield WEEKDAYS[weekday], hour, offered, -lost, pct(-lost, offered)


def worst_days(company):
    """There is no holiday in these weeks."""
    days = [(day, calls) for day, calls in groups_of(offered_of(company), lambda call: call.day) if len(calls) >= 30]
    days.sort(key=lambda each: (-missed(each[1]) / len(each[1]), each[0]))
    for day, calls in days[:5]:
        yield day, WEEKDAYS[day.weekday()], False, len(calls), missed(calls), pct(missed(calls), len(calls))


def waiting(company):
    """By month."""
    answered = [call for call in offered_of(company) if call.is_answered]
    for month, calls in groups_of(answered, lambda call: month_of(call.day)):
        rings = [call.ring_s for call in calls]
        yield month, len(calls), percentile(rings, 50), percentile(rings, 90)


def targets(company):
    """Of those who gave us the chance, and of those who were answered."""
    offered = offered_of(company)
    rings = [call.ring_s for call in offered if call.is_answered]
    for target in (5, 10, 15, 20, 30, 60):
        within = sum(ring <= target for ring in rings)
        yield target, within, pct(within, chances(offered)), pct(within, len(rings))


def never_called_back(company):
    """Newest first; a call of ours or an answer at any later time is enough."""
    later = {
        number: max((call.at_us for call in calls if call.is_outbound or call.is_answered), default=0)
        for number, calls in by_number(company.reckoning.calls).items()
    }
    lost = [
        each
        for each in company.reckoning.episodes
        if company.reckoning.outcome(each) == "lost" and later[each.first.outside] <= each.first.at_us
    ]
    lost.sort(key=lambda each: (-each.first.at_us, each.first.uniqueid))
    for each in lost[:20]:
        label = company.names.get(each.first.contact, "unknown")
        yield f"+{each.first.outside}", label, each.first.local, each.missed_calls


def calling_back(company):
    """By month of the miss."""
    for month, each in groups_of(company.reckoning.episodes, lambda episode: month_of(episode.day)):
        tried = [episode.first_attempt_s for episode in each if episode.first_attempt is not None]
        opened = [episode.first_attempt_open_s for episode in each if episode.first_attempt is not None]
        soon = pct(sum(seconds < 3600 for seconds in tried), len(each))
        yield month, len(each), len(tried), soon, percentile(tried, 50) / 60, percentile(opened, 50) / 60


def lost_callers(company):
    """Open first."""
    for is_closed, each in groups_of(company.reckoning.episodes, lambda episode: not episode.first.is_open):
        ends = Counter(company.reckoning.outcome(episode) for episode in each)
        counts = (ends["callback"], ends["caller_reached"], ends["lost"])
        yield not is_closed, len(each), *counts, pct(ends["lost"], sum(map(company.reckoning.is_decided, each)))


def lines_needed_by_month(company):
    """The same clock hour over the open days of a month that were read whole."""
    lines = company.reckoning.lines
    loads, peaks, days = defaultdict(Counter), Counter(), defaultdict(set)
    for day in company.read.whole_days():
        if day.weekday() < 5:
            days[month_of(day)].add(day)
    for hour, (load_us, peak) in lines.hours().items():
        local = local_of(hour * HOUR_US)
        if local.date() in days[month_of(local.date())]:
            month = month_of(local.date())
            loads[month][local.hour] += load_us
            peaks[month] = max(peaks[month], peak)
    for month in sorted(loads):
        busy = min(loads[month], key=lambda hour: (-loads[month][hour], hour))
        erlang = loads[month][busy] / HOUR_US / len(days[month])
        yield month, len(days[month]), busy, round(erlang, 2), lines_needed(erlang), peaks[month]


def fullest_minutes(company):
    """Of each hour the fullest minute: most lines first, then most conversations, then the earliest."""
    lines, talks = company.reckoning.lines.peak, company.reckoning.conversations.peak
    hours = set()
    for minute in sorted(lines, key=lambda minute: (-lines[minute], -talks.get(minute, 0), minute)):
        if minute // 60 not in hours and len(hours) < 5:
            hours.add(minute // 60)
            yield local_of(minute * MINUTE_US).replace(tzinfo=None), lines[minute], talks.get(minute, 0)


def call_flows(company):
    """Worst first."""
    found = [
        (-missed(calls) / len(calls), company.names.get(flow, "none"), len(calls), missed(calls))
        for flow, calls in groups_of(offered_of(company), lambda call: call.flow or "")
    ]
    for ratio, name, offered, lost in sorted(found):
        yield name, offered, lost, -100 * ratio


def own_numbers(company):
    """Most called first."""
    found = groups_of(offered_of(company), lambda call: call.own_number)
    for number, calls in sorted(found, key=lambda each: (-len(each[1]), each[0]))[:10]:
        answered = [call for call in calls if call.is_answered]
        rings = sum(call.ring_s for call in answered) / len(answered)
        yield number, len(calls), pct(len(answered), len(calls)), rings


def load(company):
    """Most talk first."""
    talked = sorted(talk_by_extension(company.reckoning.calls).items(), key=lambda each: (-each[1], each[0]))
    total, running = sum(talk for _, talk in talked), 0
    for extension, talk in talked:
        running += talk
        yield company.names[extension], talk / 60, pct(talk, total), pct(running, total)


def calling_out(company):
    """Most calls first."""
    outbound = [call for call in company.reckoning.calls if call.is_outbound]
    found = groups_of(outbound, lambda call: call.caller_extension)
    for extension, calls in sorted(found, key=lambda each: (-len(each[1]), each[0])):
        got_through = sum(call.is_taken is True for call in calls)
        yield (
            company.names[extension],
            len(calls),
            pct(got_through, len(calls)),
            sum(call.talk_s for call in calls) / 60,
        )


def contacts(company):
    """Most talk first."""
    known = [call for call in company.reckoning.calls if call.contact and (call.is_offered or call.is_outbound)]
    found = [
        (-sum(call.talk_s for call in calls), number, sum(call.is_offered for call in calls), len(calls))
        for number, calls in groups_of(known, lambda call: call.contact)
    ]
    for talk, number, incoming, together in sorted(found)[:10]:
        yield company.names[number], incoming, together - incoming, -talk / 60


def again_and_again(company):
    """Most repeats first."""
    found = []
    for number, each in groups_of(company.reckoning.returns, lambda each: each.call.outside):
        repeats = sum(one.is_repeat for one in each)
        if repeats:
            found.append((-repeats, -len(each), f"+{number}", sum(one.call.is_missed for one in each)))
    for repeats, calls, number, lost in sorted(found)[:10]:
        yield number, -calls, -repeats, lost


def new_callers(company):
    """By ISO week."""
    seen = set()
    for (year, week), each in groups_of(company.reckoning.returns, lambda each: each.call.day.isocalendar()[:2]):
        callers = {one.call.outside for one in each}
        yield year, week, len(callers - seen), len(each)
        seen |= callers


def out_of_hours(company):
    """By hour."""
    closed = [call for call in offered_of(company) if not call.is_open]
    for hour, calls in groups_of(closed, lambda call: call.local.hour):
        yield hour, len(calls), sum(call.is_answered for call in calls)


def short_calls(company):
    """Largest share first."""
    found = []
    for number, calls in groups_of(offered_of(company), lambda call: call.own_number):
        connected = [call for call in calls if call.is_connected]
        short = sum(call.talk_s < 10 for call in connected)
        if len(connected) >= 10:
            found.append((-short / len(connected), number, len(connected), short))
    for ratio, number, connected, short in sorted(found)[:10]:
        yield number, connected, short, -100 * ratio


def mix(company):
    """By month."""
    for month, calls in groups_of(company.reckoning.calls, lambda call: month_of(call.day)):
        kinds = ("is_offered", "is_outbound", "is_internal")
        yield month, len(calls), *(pct(sum(getattr(call, kind) for call in calls), len(calls)) for kind in kinds)


ANSWERS = {each.__name__: each for each in (
    weeks, missed_by_hour_of_week, worst_days, waiting, targets, never_called_back, calling_back, lost_callers,
    fullest_minutes, call_flows, own_numbers, load, calling_out, contacts, again_and_again, new_callers, out_of_hours,
    short_calls, mix,
)} | {"lines_needed": lines_needed_by_month}  # fmt: skip


def same(found, expected):
    """Numbers that are rounded in the answer may differ by the rounding; all else not at all."""
    if isinstance(expected, float):
        return math.isclose(found, expected, abs_tol=HALF)
    return found == expected and type(found) is type(expected)


@pytest.mark.parametrize("name", QUESTIONS)
def test_answer(company, name):
    """The SQL's answer is the one that plain Python gives, row by row, in the same order."""
    found, expected = company.query(question(name).sql), list(ANSWERS[name](company))
    assert len(expected) > 1
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        assert len(row) == len(wanted)
        assert all(same(*each) for each in zip(row, wanted, strict=True)), (row, wanted)


def test_the_target_of_the_settings_is_the_service_level(company):
    """The row of parameters.service_level_s has what the metric of that name is, over the same days."""
    ((level,),) = company.query(
        "select sum(numerator) / sum(denominator) from metric_values where metric = 'service_level'"
    )
    (row,) = [row for row in company.query(question("targets").sql) if row[0] == 20]
    assert row[2] == pytest.approx(100 * level, abs=HALF)


def test_wall_clock_times_are_naive(company):
    """What is shown of the wall clock bears no zone that a reader's session could shift."""
    ((local, *_), *_) = company.query(question("fullest_minutes").sql)
    assert isinstance(local, datetime)
    assert local.tzinfo is None
