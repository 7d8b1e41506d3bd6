"""How a real recorder departs from one that tapes every second of a talk and keeps the exchange's time.

Everything here is drawn from a stream of the recording's own, so that other habits change no call, and of recordings
only those they are about.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from unite_pipeline.simulator.company.chance import Stream
from unite_pipeline.simulator.company.numbers import is_full

_SHORTEST_S = 20.0
_DUTCH = "31"

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class RecorderHabits:
    """The habits of one company's recorder; shares are of its recordings, where not said otherwise.

    Attributes:
        clock_offset_s: So much its clock is ahead of the exchange's.
        clock_jitter_s: Standard deviation of the moment it notes around that.
        on_demand_share: Switched on by hand: begins in the middle of the talk and may end before it.
        pause_share: Paused and resumed, which makes two recordings of one talk.
        two_keys_share: Of internal talks that both sides record: one recording for each instead of a shared one.
        national_share: Name Dutch numbers with a trunk zero (06...) instead of the country code.
        empty_share: Hold no audio.
        unlisted_share: Of recorded calls: no call detail record of them ever appears.
    """

    clock_offset_s: float = 1.1
    clock_jitter_s: float = 0.25
    on_demand_share: float = 0.05
    pause_share: float = 0.0
    two_keys_share: float = 0.0
    national_share: float = 0.0
    empty_share: float = 0.0
    unlisted_share: float = 0.0


def spans(habits: RecorderHabits, whole: Span, rng: Stream) -> Iterator[Span]:
    """Yields what is taped of a talk: mostly all of it."""
    start, end = whole
    length = end - start
    kind, where, how_long = rng.random(), rng.random(), rng.random()
    if length.total_seconds() < _SHORTEST_S or kind >= habits.on_demand_share + habits.pause_share:
        yield whole
    elif kind < habits.on_demand_share:
        begins_at = start + length * (0.1 + 0.6 * where)
        yield begins_at, end if how_long < 0.5 else begins_at + (end - begins_at) * how_long  # noqa: PLR2004
    else:
        pauses_at = start + length * (0.2 + 0.3 * where)
        yield start, pauses_at
        yield pauses_at + (end - pauses_at) * (0.1 + 0.5 * how_long), end


def noted_at(habits: RecorderHabits, at: datetime, rng: Stream) -> datetime:
    """Returns a moment as the recorder's clock has it."""
    return at + timedelta(seconds=habits.clock_offset_s + habits.clock_jitter_s * rng.gauss(0, 1))


def as_dialled(number: str) -> str:
    """Returns a full Dutch number as it is dialled inside the country; others as they are."""
    return f"0{number.removeprefix(_DUTCH)}" if is_full(number) and number.startswith(_DUTCH) else number
