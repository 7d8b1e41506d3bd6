"""Every metric once more, in plain Python, over any days.

Here: one value a metric. Not here: the warehouse; nothing of it is imported.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from unite_pipeline_tests.warehouse.metrics import recovery, traffic
from unite_pipeline_tests.warehouse.metrics.plain import SECOND_US, SHORT_CALL_S, ZONE, PlainCall
from unite_pipeline_tests.warehouse.metrics.traffic import HOUR_US

Value = float | int | None


def quotient(part: float, whole: float) -> float | None:
    """Nothing where there is nothing to divide by."""
    return part / whole if whole else None


def percentile(values: Iterable[int], percent: int) -> int | None:
    """By the nearest rank: the least value that so many of a hundred do not exceed."""
    in_order = sorted(values)
    return in_order[math.ceil(len(in_order) * percent / 100) - 1] if in_order else None


def counted(calls: Iterable[PlainCall]) -> list[PlainCall]:
    """The calls that count: not those that the API took back, but those that it forgot with all that was older.

    Of an internal call that was written down for either side, the first record counts.
    """
    days: dict[date, list[PlainCall]] = defaultdict(list)
    for call in calls:
        days[call.day].append(call)
    found = []
    for of_day in days.values():
        oldest_us = min((call.at_us for call in of_day if not call.is_gone), default=math.inf)
        kept = [call for call in of_day if not call.is_gone or call.at_us < oldest_us]
        second = second_sides(kept)
        found += [call for call in kept if call.uniqueid not in second]
    return found


def second_sides(calls: Iterable[PlainCall]) -> set[str]:
    """Internal calls of one day that begin within a second of another that is the same in all but its name."""
    last_us: dict[tuple[object, ...], int] = {}
    found = set()
    for call in sorted(calls, key=lambda call: (call.at_us, call.uniqueid)):
        if call.scope == "internal":
            alike = (call.caller_extension, call.called_extension, call.legs, call.duration_s, call.talk_s)
            if call.at_us - last_us.get(alike, -math.inf) <= SECOND_US:
                found.add(call.uniqueid)
            last_us[alike] = call.at_us
    return found


@dataclass(frozen=True)
class Read:
    """Which days were read whole: all from the first up to an instant, but for some."""

    first: date
    until: datetime
    unread: frozenset[date] = frozenset()

    def is_whole(self, day: date) -> bool:
        return self.first <= day and day not in self.unread and self._end(day) <= self.until

    def whole_days(self) -> list[date]:
        span = range((self.until.astimezone(ZONE).date() - self.first).days + 1)
        return [day for day in (self.first + timedelta(days=number) for number in span) if self.is_whole(day)]

    def is_decided(self, day: date, at_us: int) -> bool:
        """Whether every call from a day to an instant is here."""
        while self.is_whole(day) and _us(self._end(day)) < at_us:
            day += timedelta(days=1)
        end = min(self._end(day), self.until)
        return day >= self.first and day not in self.unread and _us(end) >= at_us

    def _end(self, day: date) -> datetime:
        return datetime.combine(day + timedelta(days=1), time(), ZONE).astimezone(UTC)


def _us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


class Reckoning:
    """All calls, and what is said of some days of them."""

    def __init__(self, calls: list[PlainCall], read: Read, window_h: int = 24) -> None:
        self.window_us = window_h * HOUR_US
        self.read = read
        self.calls = counted(calls)

    @cached_property
    def days(self) -> list[date]:
        return sorted({call.day for call in self.calls} | set(self.lines.days()) | set(self.read.whole_days()))

    def outcome(self, episode: recovery.Episode) -> str:
        """What became of a missed caller, as far as the days that were read can tell."""
        if episode.resolved_by != "none":
            return episode.resolved_by
        return "lost" if self.is_decided(episode) else "undecided"

    def is_decided(self, episode: recovery.Episode) -> bool:
        """Whether the window is over and was read, whatever came of it."""
        return self.read.is_decided(episode.day, episode.first.at_us + self.window_us)

    @cached_property
    def lines(self) -> traffic.Traffic:
        return traffic.lines(self.calls)

    @cached_property
    def conversations(self) -> traffic.Traffic:
        return traffic.conversations(self.calls)

    @cached_property
    def episodes(self) -> list[recovery.Episode]:
        return recovery.episodes(self.calls, self.window_us)

    @cached_property
    def returns(self) -> list[recovery.Return]:
        return recovery.returns(self.calls, self.window_us)

    def metrics(self, days: Collection[date]) -> dict[str, Value]:
        """The metrics of these days, taken together."""
        chosen = set(days)
        calls = [call for call in self.calls if call.day in chosen]
        return {
            **_of_inbound([call for call in calls if call.is_offered]),
            **_of_mix(calls),
            **self._of_traffic(chosen),
            **self._of_callers(chosen),
            **self._of_episodes([each for each in self.episodes if each.day in chosen]),
            **_of_extensions(calls),
            **_of_recordings([call for call in calls if call.is_connected]),
        }

    def _of_traffic(self, days: set[date]) -> dict[str, Value]:
        line_days, talk_days = self.lines.days(), self.conversations.days()
        line = [line_days[day] for day in days if day in line_days]
        talk = [talk_days[day] for day in days if day in talk_days]
        hours = {hour: load_us for hour, (load_us, _) in self.lines.hours().items() if _clock(hour).date() in days}
        busiest = max(hours.values(), default=None)
        return {
            "line_erlang_hours": sum(load for load, _ in line) / HOUR_US if line else None,
            "talk_erlang_hours": sum(load for load, _ in talk) / HOUR_US if line else None,
            "busy_hour": _busy_hour(hours, is_one_day=len(days) == 1),
            "busy_hour_erlang": None if busiest is None else busiest / HOUR_US,
            "line_peak": max((peak for _, peak in line), default=None),
            "talk_peak": max((peak for _, peak in talk), default=0) if line else None,
            "lines_needed": None if busiest is None else traffic.lines_needed(busiest / HOUR_US),
        }

    def _of_callers(self, days: set[date]) -> dict[str, Value]:
        first: dict[str, date] = {}
        for each in self.returns:
            number = each.call.outside
            first[number] = min(each.call.day, first.get(number, each.call.day))
        here = [each for each in self.returns if each.call.day in days]
        callers = {each.call.outside for each in here}
        again = {each.call.outside for each in here if each.is_repeat}
        answered = [each for each in here if each.call.is_answered]
        return {
            "callers": len(callers),
            "new_callers": sum(first[number] in days for number in callers),
            "repeat_call_ratio": quotient(sum(each.is_repeat for each in here), len(here)),
            "repeat_call_ratio_7d": quotient(sum(each.is_repeat_7d for each in here), len(here)),
            "repeat_caller_ratio": quotient(len(again), len(callers)),
            "first_contact_ratio": quotient(sum(each.is_answered_once for each in answered), len(answered)),
        }

    def _of_episodes(self, episodes: list[recovery.Episode]) -> dict[str, Value]:
        ends = Counter(self.outcome(each) for each in episodes)
        tried = [each.first_attempt_s for each in episodes if each.first_attempt_s is not None]
        return {
            "missed_episodes": len(episodes),
            "called_back_ratio": quotient(ends["callback"], len(episodes)),
            "caller_reached_ratio": quotient(ends["caller_reached"], len(episodes)),
            "lost_ratio": quotient(ends["lost"], sum(map(self.is_decided, episodes))),
            "callback_attempt_ratio": quotient(len(tried), len(episodes)),
            "callback_within_1h_ratio": quotient(sum(seconds < 3600 for seconds in tried), len(episodes)),
            "callback_mean_s": quotient(sum(tried), len(tried)),
            "callback_median_s": percentile(tried, 50),
            "callback_open_median_s": percentile(
                [each.first_attempt_open_s for each in episodes if each.first_attempt_open_s is not None], 50
            ),
            "contact_median_s": percentile([each.contact_s for each in episodes if each.contact_s is not None], 50),
        }


def _clock(hour: int) -> datetime:
    return traffic.local_of(hour * HOUR_US)


def _busy_hour(hours: dict[int, int], *, is_one_day: bool) -> int | None:
    """On one day the busiest hour, of the two that are called the same one; over days the same hour of all."""
    if not hours:
        return None
    if is_one_day:
        return _clock(min(hours, key=lambda hour: (-hours[hour], hour))).hour
    by_clock: Counter[int] = Counter()
    for hour, load_us in hours.items():
        by_clock[_clock(hour).hour] += load_us
    return min(by_clock, key=lambda hour: (-by_clock[hour], hour))


def _count(calls: Iterable[PlainCall], what: Callable[[PlainCall], object]) -> int:
    return sum(bool(what(call)) for call in calls)


def _of_inbound(offered: list[PlainCall]) -> dict[str, Value]:
    answered = [call for call in offered if call.is_answered]
    missed = [call for call in offered if call.is_missed]
    connected = [call for call in offered if call.is_connected]
    opened = [call for call in offered if call.is_open]
    in_time = _count(offered, lambda call: call.is_in_time)
    opened_chances = _count(opened, lambda call: (call.is_answered or call.is_missed) and not call.is_short_abandon)
    short = _count(offered, lambda call: call.is_short_abandon)
    given_up = [call.duration_s for call in missed if call.duration_s is not None]
    rings = [call.ring_s for call in answered if call.ring_s is not None]
    talks = [call.talk_s for call in connected if call.talk_s is not None]
    return {
        "offered": len(offered),
        "answer_ratio": quotient(len(answered), len(offered)),
        "answer_ratio_in_hours": quotient(_count(opened, lambda call: call.is_answered), len(opened)),
        "missed_ratio": quotient(len(missed), len(offered)),
        "short_abandon_ratio": quotient(short, len(offered)),
        "service_level": quotient(in_time, len(answered) + len(missed) - short),
        "service_level_in_hours": quotient(_count(opened, lambda call: call.is_in_time), opened_chances),
        "service_level_of_offered": quotient(in_time, len(offered)),
        "service_level_of_answered": quotient(in_time, len(answered)),
        "ring_mean_s": quotient(sum(rings), len(rings)),
        "ring_median_s": percentile(rings, 50),
        "ring_p90_s": percentile(rings, 90),
        "given_up_mean_s": quotient(sum(given_up), len(missed)),
        "given_up_median_s": percentile(given_up, 50),
        "talk_mean_s": quotient(sum(talks), len(connected)),
        "talk_median_s": percentile(talks, 50),
        "talk_p90_s": percentile(talks, 90),
        "short_call_ratio": quotient(_count(connected, lambda call: call.talk_s < SHORT_CALL_S), len(connected)),
        "out_of_hours_ratio": quotient(len(offered) - len(opened), len(offered)),
        "anonymous_ratio": quotient(_count(offered, lambda call: call.outside is None), len(offered)),
        "extra_legs_per_call": quotient(sum(max(call.legs - 3, 0) for call in offered), len(offered)),
    }


def _of_mix(calls: list[PlainCall]) -> dict[str, Value]:
    offered = [call for call in calls if call.is_offered]
    outbound = [call for call in calls if call.is_outbound]
    talk_s = sum(call.talk_s or 0 for call in [*outbound, *(call for call in offered if call.is_connected)])
    return {
        "outbound_answer_ratio": quotient(_count(outbound, lambda call: call.is_taken), len(outbound)),
        "inbound_ratio": quotient(len(offered), len(offered) + len(outbound)),
        "internal_ratio": quotient(_count(calls, lambda call: call.is_internal), len(calls)),
        "talk_minutes": talk_s / 60 if calls else None,
    }


def _of_recordings(connected: list[PlainCall]) -> dict[str, Value]:
    talk_s = sum(call.talk_s or 0 for call in connected)
    return {
        "recording_coverage": quotient(_count(connected, lambda call: call.recorded_s), len(connected)),
        "recorded_talk_ratio": quotient(sum(sum(call.recorded_s) for call in connected), talk_s),
    }


def talk_by_extension(calls: list[PlainCall]) -> dict[str, int]:
    """What each extension talked that made or took a call; between two of them, both. Not one that only rang."""
    talked: dict[str, int] = defaultdict(int)
    active = set()
    for call in calls:
        sides: list[tuple[str | None, bool]] = []
        if call.is_offered:
            sides = [(call.called_extension, call.is_answered)]
        elif call.is_outbound or call.is_internal:
            sides = [(call.caller_extension, True)]
        if call.is_internal:
            sides.append((call.called_extension, call.is_taken is True))
        for extension, is_active in sides:
            if extension is not None:
                talked[extension] += call.talk_s or 0
                active |= {extension} if is_active else set()
    return {extension: talk_s for extension, talk_s in talked.items() if extension in active}


def _of_extensions(calls: list[PlainCall]) -> dict[str, Value]:
    talked = list(talk_by_extension(calls).values())
    total, count = sum(talked), len(talked)
    apart = sum(abs(one - other) for one in talked for other in talked)
    return {
        "active_extensions": count or None,
        "busiest_extension_ratio": quotient(max(talked), total) if talked else None,
        "extension_gini": quotient(apart, 2 * count * total),
    }
