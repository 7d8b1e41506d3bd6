"""The truth at the simulator's clock, or as it was, in plain values and none of the API's encodings.

What a client has learnt is compared with this. Faults change answers, never the truth.
"""

from collections.abc import Callable
from datetime import date, datetime
from threading import RLock

from unite_pipeline.simulator.company.company import Company
from unite_pipeline.simulator.company.model import (
    TrueCall,
    TrueContact,
    TrueExtension,
    TrueFlow,
    TrueNumber,
    TrueRecording,
    TrueSwitch,
)
from unite_pipeline.simulator.log import Change, State, ThingKind
from unite_pipeline.simulator.tenant import Tenant


class Truth:
    """Tells what is true now, and what was before."""

    def __init__(self, company: Company, tenant: Tenant, clock: Callable[[], datetime], lock: RLock) -> None:
        """Shares the simulator's company, tenant, clock and lock."""
        self._company, self._tenant, self._clock, self._lock = company, tenant, clock, lock

    def calls(self, first_day: date, last_day: date) -> list[TrueCall]:
        """Returns the visible calls that started on these local days, both included, by wall clock time."""
        now = self._clock()
        with self._lock:
            days = self._company.days(first_day, last_day, now)
            return [call for day in days for call in day.calls if call.published_at <= now]

    def recordings(self) -> list[TrueRecording]:
        """Returns every recording that can be listed now, by time."""
        now = self._clock()
        with self._lock:
            if not self._company.plan.recording_share:
                return []
            days = self._company.days(self._first_recording_day(now), date.max, now)
            return [
                item
                for day in days
                for item in day.recordings
                if item.published_at <= now
                and item.callrecordkey not in self._tenant.purged_recordings
                and any(owner in self._tenant.extensions for owner in item.extension_ids)
            ]

    def _first_recording_day(self, now: datetime) -> date:
        kept = self._company.plan.recording_retention_days
        first = self._company.plan.first_day
        if kept is None:
            return first
        return max(first, date.fromordinal(self._company.today(now).toordinal() - kept))

    def extensions(self) -> list[TrueExtension]:
        """Returns the extensions as they are now."""
        with self._lock:
            return list(self._tenant.extensions.values())

    def properties(self) -> dict[str, dict[str, str]]:
        """Returns the properties of each extension as they are now, by extension id."""
        with self._lock:
            return {extension_id: dict(own) for extension_id, own in self._tenant.properties.items()}

    def contacts(self) -> list[TrueContact]:
        """Returns the phonebook as it is now."""
        with self._lock:
            return list(self._tenant.contacts.values())

    def flows(self) -> list[TrueFlow]:
        """Returns the call flows as they are now."""
        with self._lock:
            return list(self._tenant.flows.values())

    def switches(self) -> list[TrueSwitch]:
        """Returns the switches as they are now."""
        with self._lock:
            return list(self._tenant.switches.values())

    def numbers(self) -> list[TrueNumber]:
        """Returns the company's own numbers."""
        with self._lock:
            return self._tenant.numbers

    def log(self, kind: ThingKind | None = None) -> list[Change]:
        """Returns everything that happened to one kind of thing, or to all, since the simulator opened, in order."""
        with self._lock:
            return self._tenant.log.changes(kind)

    def as_of(self, kind: ThingKind, instant: datetime) -> dict[str, State]:
        """Returns what there was of a kind of thing at an instant, by id; nothing before the simulator opened."""
        with self._lock:
            return self._tenant.log.as_of(kind, instant)
