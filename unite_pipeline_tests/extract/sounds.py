"""Audio on disk and as the simulator knows it to be, and companies that talk long enough for several parts.

Here: set-up and reading back. Not here: assertions of one test.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from unite_pipeline.api.client import Client
from unite_pipeline.api.pacing import Priority
from unite_pipeline.api.transport import Transport
from unite_pipeline.extract.audio import sync_audio
from unite_pipeline.extract.source import FeedOutcome, Source
from unite_pipeline.simulator import CompanyPlan, TrueRecording
from unite_pipeline.simulator.protocol.recordings import audio_part
from unite_pipeline.transform import SNAPSHOTS_OF, transform_recordings, transform_snapshots
from unite_pipeline_tests.bench import TIMEZONE, Bench

DAY = date(2026, 11, 2)
NEXT_DAY = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
TALKATIVE = CompanyPlan(
    seed=27,
    first_day=DAY,
    last_day=DAY,
    calls_per_working_day=8,
    extension_count=5,
    recording_share=1.0,
    talk_median_s=400,
)
"""Nine recordings in thirteen parts, one of them listed by two extensions."""
FEW = replace(TALKATIVE, seed=18)
"""Four recordings in five parts."""
MANY = replace(TALKATIVE, seed=1, calls_per_working_day=40, extension_count=9)
"""So many that every third request is a good number."""
ALL = frozenset({"*"})


@dataclass(frozen=True)
class Asked:
    """One request for a part, as the simulator saw it."""

    key: str
    part: int
    extension: str


def learn(bench: Bench) -> None:
    """Bring the metadata, and the lake that audio is asked from."""
    for outcome in bench.sync_lists():
        assert outcome.is_proven
    transform_snapshots(bench.places, TIMEZONE, SNAPSHOTS_OF["extensions"])
    transform_recordings(bench.places, TIMEZONE)


def audio_source(bench: Bench, transport: Transport | None = None) -> Source:
    """A new process's source for audio."""
    connection = replace(bench.connection, transport=transport or bench.transport)
    return Source(Client(connection, bench.login_token, Priority.AUDIO), bench.places, bench.clock, TIMEZONE)


def download(
    bench: Bench,
    numbers: frozenset[str] = ALL,
    most: int = 1000,
    *,
    after_s: float = 60,
    transport: Transport | None = None,
    **more: object,
) -> tuple[FeedOutcome, list[Asked]]:
    """Sync audio in a new process; what came of it, and every part that was asked for, in order."""
    bench.time.pass_time(after_s)
    before = len(bench.simulator.requests)
    outcome = sync_audio(audio_source(bench, transport), numbers, most, **more)  # type: ignore[arg-type]
    return outcome, asked(bench, before)


def asked(bench: Bench, since: int = 0) -> list[Asked]:
    """The parts that were asked for from the `since`-th request on."""
    return [
        Asked(str(each.form["callrecordkey"]), int(str(each.form["partition_number"])), str(each.form["extensionid"]))
        for each in bench.simulator.requests[since:]
        if each.endpoint == "downloadcallrecord"
    ]


def parts_of(bench: Bench) -> set[tuple[str, int]]:
    """Every part of every recording: key and number."""
    recordings = bench.simulator.truth.recordings()
    return {(item.callrecordkey, number) for item in recordings for number in range(1, item.part_count + 1)}


def true_sound(item: TrueRecording) -> bytes:
    """A recording's audio as the simulator has it."""
    return b"".join(audio_part(item, number) for number in range(1, item.part_count + 1))


def true_sounds(bench: Bench, extension: str | None = None) -> dict[str, bytes]:
    """The audio of all recordings, or of those one extension lists, by key."""
    recordings = bench.simulator.truth.recordings()
    return {i.callrecordkey: true_sound(i) for i in recordings if extension is None or extension in i.extension_ids}


def sidecars(bench: Bench) -> dict[str, dict]:
    """What stands beside the sounds, by key."""
    found = [json.loads(path.read_text()) for path in bench.places.audio.glob("*/*.json")]
    return {each["callrecordkey"]: each for each in found}


def sounds(bench: Bench) -> dict[str, bytes]:
    """The audio that stands, by key: of every sound that has a sidecar."""
    found = {}
    for path in bench.places.audio.glob("*/*.mp3"):
        sidecar = json.loads(path.with_suffix(".json").read_text())
        found[sidecar["callrecordkey"]] = path.read_bytes()
    return found


def standing_parts(bench: Bench) -> set[tuple[str, int]]:
    """Parts that stand: those of recordings under way, and those that a sound was made of."""
    under_way = {(path.parent.stem, int(path.name)) for path in bench.places.audio.glob("*/*.parts/[0-9]*")}
    whole = {
        (key, number)
        for key, sidecar in sidecars(bench).items()
        for number in range(1, (sidecar["part_count"] or 0) + 1)
    }
    return under_way | whole


def left_overs(bench: Bench) -> list[Path]:
    """What stands in the audio folder besides sounds and sidecars."""
    return sorted(
        path
        for path in bench.places.audio.rglob("*")
        if path.suffix not in (".mp3", ".json") and path.parent != bench.places.audio
    )
