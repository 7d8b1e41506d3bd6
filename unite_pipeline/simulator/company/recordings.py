"""Which talks are recorded, by whom, and what the recordings look like.

An extension records by its own policy. A call between two that both record has one recording, listed by both; a
transferred call has one per person who recorded a part of it. How recorders depart from that is told in `habits`.
Audio: MP3 at 48 kbit/s, 16 kHz, frames of 216 bytes, which is what sizes and durations of the vendor's samples come to.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from unite_pipeline.simulator.company.chance import Stream, stream, uuid4
from unite_pipeline.simulator.company.habits import Span, as_dialled, noted_at, spans
from unite_pipeline.simulator.company.model import TrueFlow, TrueRecording
from unite_pipeline.simulator.company.people import People
from unite_pipeline.simulator.company.plan import CompanyPlan

BYTES_PER_SECOND = 6000
FRAME_BYTES = 216
PART_BYTES = 4_194_304


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that may be recorded.

    Attributes:
        uniqueid: Its call.
        call_date: Local day of the call's start.
        answered_at: When talking began.
        ended_at: When it ended.
        direction: As the call's.
        scope: As the call's.
        outside: The outside party's number; empty if anonymous or internal.
        caller: Caller's number or extension.
        person: Extension that talks at the end.
        first_person: Extension that talked before a transfer.
        flow: Flow the call passed.
    """

    uniqueid: str
    call_date: date
    answered_at: datetime
    ended_at: datetime
    direction: str
    scope: str
    outside: str
    caller: str
    person: str
    first_person: str | None
    flow: TrueFlow | None


class Recorder:
    """Makes recordings of talks and keeps them."""

    def __init__(self, plan: CompanyPlan, people: People, rng: Stream) -> None:
        """Takes the random stream of the day it records."""
        self.made: list[TrueRecording] = []
        self._plan, self._rng = plan, rng
        self._extensions = {item.extension_number: item for item in people.extensions}

    def record(self, talk: Talk) -> tuple[str, ...]:
        """Returns the keys of the recordings made of a talk, mostly none."""
        if talk.scope == "internal":
            sides = [(talk.caller, "out"), (talk.person, "in")]
            return self._part(talk, sides, talk.answered_at, talk.ended_at)
        if talk.first_person is None:
            return self._part(talk, [(talk.person, talk.direction)], talk.answered_at, talk.ended_at)
        length = talk.ended_at - talk.answered_at
        handed_over_at = talk.answered_at + length * (0.1 + 0.5 * self._rng.random())
        first = self._part(talk, [(talk.first_person, talk.direction)], talk.answered_at, handed_over_at)
        return first + self._part(talk, [(talk.person, talk.direction)], handed_over_at, talk.ended_at)

    def _part(self, talk: Talk, sides: list[tuple[str, str]], start: datetime, end: datetime) -> tuple[str, ...]:
        recorders = [
            self._extensions[number].extension_id
            for number, direction in sides
            if (direction, talk.scope) in self._extensions[number].records
        ]
        if not recorders:
            return ()
        own_uuid = self._plan.keys_match and not any(item.uniqueid == talk.uniqueid for item in self.made[-1:])
        key = "f" + (talk.uniqueid.partition("_")[2] if own_uuid else uuid4(self._rng))
        starts_at = start + timedelta(seconds=0.05 + 0.3 * self._rng.random())
        habits = self._plan.recorder
        own = stream(self._plan.seed, "recorder", key)
        has_two_keys = own.random() < habits.two_keys_share
        keys: list[str] = []
        for owners in [(each,) for each in recorders] if has_two_keys else [tuple(recorders)]:
            for span in spans(habits, (starts_at, end), own):
                keys.append(f"f{uuid4(own)}" if keys else key)
                self._tape(talk, sides, keys[-1], owners, span, own)
        return tuple(keys)

    def _tape(
        self, talk: Talk, sides: list[tuple[str, str]], key: str, owners: tuple[str, ...], span: Span, own: Stream
    ) -> None:
        habits = self._plan.recorder
        frames = max(1, round((span[1] - span[0]).total_seconds() * BYTES_PER_SECOND / FRAME_BYTES))
        size = 0 if own.random() < habits.empty_share else frames * FRAME_BYTES
        parties = self._parties(talk, sides)
        if own.random() < habits.national_share:
            parties = tuple(as_dialled(number) for number in parties)
        source, target, callerid = parties
        self.made.append(
            TrueRecording(
                callrecordkey=key,
                recorded_at=noted_at(habits, span[0], own),
                duration_s=math.ceil(size / BYTES_PER_SECOND),
                size_bytes=size,
                part_count=max(1, math.ceil(size / PART_BYTES)),
                filename=f"{key}.mp3",
                from_number=source,
                to_number=target,
                from_callerid=callerid,
                queue_name=talk.flow.name if talk.flow and talk.flow.is_queue else None,
                extension_ids=owners,
                uniqueid=talk.uniqueid,
                call_date=talk.call_date,
                published_at=talk.ended_at,
            )
        )

    def _parties(self, talk: Talk, sides: list[tuple[str, str]]) -> tuple[str, ...]:
        """Returns from, to and caller id in the recorder's notation."""
        own = f"{self._plan.tenant_prefix}*"
        if talk.scope == "internal":
            return f"{own}{talk.caller}", f"{own}{talk.person}", talk.caller
        side = sides[0][0]
        if talk.direction == "out":
            return f"{own}{side}", talk.outside, self._extensions[side].callerid
        source = f"{own}{talk.flow.flow_number}" if talk.flow else talk.outside
        return source, f"{own}{side}", talk.outside
