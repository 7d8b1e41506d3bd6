"""Traffic reckoned by walking along time: from one start or end of a call to the next.

Here: peaks and sums by minute and hour. Not here: what a call is (`plain.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from unite_pipeline_tests.warehouse.metrics.plain import SECOND_US, ZONE, PlainCall

MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local_of(at_us: int) -> datetime:
    """The wall clock at an instant."""
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone(ZONE)


@dataclass
class Traffic:
    """What some spans of time amount to, by minute since 1970."""

    load_us: Counter[int] = field(default_factory=Counter)
    peak: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def hours(self) -> dict[int, tuple[int, int]]:
        """Sum and peak by hour since 1970."""
        return self._grouped(lambda minute: minute // 60)

    def days(self) -> dict[date, tuple[int, int]]:
        """Sum and peak by local day."""
        return self._grouped(lambda minute: local_of(minute * MINUTE_US).date())

    def _grouped(self, key):
        groups = defaultdict(list)
        for minute, load in self.load_us.items():
            groups[key(minute)].append((load, self.peak[minute]))
        return {name: (sum(load for load, _ in each), max(peak for _, peak in each)) for name, each in groups.items()}


def traffic(spans: Iterable[tuple[int, int] | None]) -> Traffic:
    """Walk along all spans, given as instants in microseconds, end not included."""
    changes: Counter[int] = Counter()
    for span in spans:
        if span is not None and span[0] < span[1]:
            changes[span[0]] += 1
            changes[span[1]] -= 1
    made, level = Traffic(), 0
    turns = sorted(changes)
    for at, until in pairwise(turns):
        level += changes[at]
        if not level:
            continue
        for minute in range(at // MINUTE_US, (until - 1) // MINUTE_US + 1):
            inside = min(until, (minute + 1) * MINUTE_US) - max(at, minute * MINUTE_US)
            made.load_us[minute] += level * inside
            made.peak[minute] = max(made.peak[minute], level)
    return made


def lines(calls: list[PlainCall]) -> Traffic:
    """Lines in use."""
    return traffic(call.line_us for call in calls)


def conversations(calls: list[PlainCall]) -> Traffic:
    """Conversations with outside."""
    return traffic(call.conversation_us for call in calls)


def lines_needed(erlang: float) -> int:
    """The fewest lines that lose at most one call in a hundred: Erlang B as the quotient of sums that it is."""
    term = total = 1.0
    lines = 0
    while term / total > 0.01:
        lines += 1
        term *= erlang / lines
        total += term
    return lines
