"""The company as a whole: its people, and its days, each made when first asked for and then kept.

A day depends on the plan and its date alone, so asking for one day costs one day.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from unite_pipeline.simulator.company.calendar import LocalDay
from unite_pipeline.simulator.company.calls import DayOfCalls
from unite_pipeline.simulator.company.chance import stream
from unite_pipeline.simulator.company.model import TrueCall, TrueRecording
from unite_pipeline.simulator.company.people import make_people
from unite_pipeline.simulator.company.plan import CompanyPlan
from unite_pipeline.simulator.company.routes import LegBook

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def kind_bit(call: TrueCall) -> int:
    """Returns the call's place among the eight kinds in/out, internal/external, answered/missed, as one set bit."""
    return 1 << ((call.direction == "in") * 4 + (call.scope == "internal") * 2 + call.answered)


@dataclass(slots=True)
class CompanyDay:
    """One local day of the company.

    Attributes:
        day: The local day on which its calls start.
        calls: In order of wall clock time.
        recordings: In order of time.
        all_published_at: From then on every call and recording of the day is visible.
    """

    day: date
    calls: list[TrueCall]
    recordings: list[TrueRecording]
    all_published_at: datetime
    _by_kinds: dict[int, list[TrueCall]] = field(default_factory=dict)
    _by_extension: dict[str, list[TrueRecording]] | None = None
    _by_key: dict[str, TrueRecording] | None = None

    def of_kinds(self, kinds: int) -> list[TrueCall]:
        """Returns the calls whose `kind_bit` is in a set of bits, in order of wall clock time."""
        found = self._by_kinds.get(kinds)
        if found is None:
            found = self._by_kinds[kinds] = [call for call in self.calls if kind_bit(call) & kinds]
        return found

    def recordings_by_extension(self) -> dict[str, list[TrueRecording]]:
        """Returns the recordings that each extension lists, in order of time."""
        if self._by_extension is None:
            groups = defaultdict(list)
            for item in self.recordings:
                for owner in item.extension_ids:
                    groups[owner].append(item)
            self._by_extension = dict(groups)
        return self._by_extension

    def recording(self, key: str) -> TrueRecording | None:
        """Returns one recording of the day."""
        if self._by_key is None:
            self._by_key = {item.callrecordkey: item for item in self.recordings}
        return self._by_key.get(key)


class Company:
    """A company that exists only as a plan, a seed and what follows from them."""

    def __init__(self, plan: CompanyPlan | None = None) -> None:
        """Makes the people at once and the days when they are asked for."""
        self.plan = plan or CompanyPlan()
        self.zone = ZoneInfo(self.plan.timezone)
        self.people = make_people(self.plan)
        self._legs = LegBook(self.plan, self.people)
        self._days: dict[date, CompanyDay] = {}

    def today(self, now: datetime) -> date:
        """Returns the local day at an instant."""
        return now.astimezone(self.zone).date()

    def day(self, day: date) -> CompanyDay:
        """Returns a local day, future ones included; days outside the plan are empty."""
        made = self._days.get(day)
        if made is None:
            made = self._days[day] = self._make(day)
        return made

    def days(self, first: date, last: date, now: datetime) -> Iterator[CompanyDay]:
        """Yields the planned days that have begun by now, first to last, both included."""
        last = min(last, self.today(now), self.plan.last_day or date.max)
        day = max(first, self.plan.first_day)
        while day <= last:
            yield self.day(day)
            day += timedelta(days=1)

    def _make(self, day: date) -> CompanyDay:
        if day < self.plan.first_day or (self.plan.last_day is not None and day > self.plan.last_day):
            return CompanyDay(day, [], [], _LONG_AGO)
        rng = stream(self.plan.seed, "day", day.isoformat())
        calls, recordings = DayOfCalls(self.plan, self.people, self._legs, LocalDay.of(day, self.zone), rng).make()
        calls.sort(key=lambda call: (call.started_at_local, call.uniqueid))
        published = [call.published_at for call in calls] + [item.published_at for item in recordings]
        return CompanyDay(day, calls, recordings, max(published, default=_LONG_AGO))
