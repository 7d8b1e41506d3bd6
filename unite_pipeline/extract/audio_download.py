"""One recording's audio: its parts asked for one by one, each checked before it lands, then put together.

Here: asking, and what to make of what comes. Not here: which recordings, and when to end (`audio.py`). What does not
come the client asks for again; what comes and is wrong, or is refused, is asked for again here.
Source: vendor document, "Download callrecord"; contract 14, 68, 69.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from unite_pipeline.api import wire
from unite_pipeline.api.endpoints import DOWNLOAD_CALL_RECORD
from unite_pipeline.errors import (
    ApiError,
    AuthenticationError,
    NotPermittedError,
    PermanentApiError,
    RateLimitedError,
    RetryableApiError,
)
from unite_pipeline.extract.source import Source
from unite_pipeline.extract.wanted_audio import WantedAudio
from unite_pipeline.lake.audio import AudioFile, Outcome, Sidecar

TRIES = 3
"""A part that comes wrong, or is refused, is asked for so often; all must be refusals for the recording to be gone."""
RESERVE_BYTES = 1 << 30
"""Audio leaves so much of the disk to everything else."""
_SIZE_UNTOLD = 64 << 20
_NOT_VERIFIED = 100


class Kind(Enum):
    """Why a recording's audio did not come, by what to do about it."""

    REFUSED = "the API has it no more: mark it"
    WRONG = "what came is not it: leave it open"
    UNREACHABLE = "no answer came: leave it open, and do not go on like this"
    FORBIDDEN = "it is not for this recording that we may not ask: end"
    LIMIT = "a limit of ours was met: end, and go on next time"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What hindered, and why in a sentence; never with a key or a number."""

    kind: Kind
    reason: str


SPENT = Trouble(Kind.LIMIT, "the requests that a sync may spend on audio (UNITE_AUDIO_REQUESTS) are used up")


def free_bytes(folder: Path) -> int:
    """Room on the disk that a folder stands on."""
    return shutil.disk_usage(folder).free


class Download:
    """Brings recordings within a budget of requests.

    Args:
        source: where to ask.
        most_requests: what may be spent, tries included, log-ins not.
        room: tells the free bytes of the disk under a folder.
        on_part: told the bytes of each part that landed.
    """

    def __init__(
        self, source: Source, most_requests: int, room: Callable[[Path], int], on_part: Callable[[int], None]
    ) -> None:
        self._source = source
        self._most_requests = most_requests
        self._room = room
        self._on_part = on_part
        self._requests_before = source.requests_sent

    @property
    def requests(self) -> int:
        """Requests spent, log-ins not counted."""
        return self._source.requests_sent - self._requests_before

    @property
    def left(self) -> int:
        """Requests that may still be spent."""
        return self._most_requests - self.requests

    def bring(self, recording: WantedAudio, file: AudioFile) -> Trouble | None:
        """Bring the parts that do not stand yet, put all together and write the sidecar.

        Returns:
            What hindered it, or None if the recording is complete. Parts that came stay for the next time.
        """
        if recording.is_contradictory:
            return Trouble(Kind.WRONG, "The API's size, size of a part and number of parts contradict each other")
        if self._room(self._source.places.root) < RESERVE_BYTES + 2 * (recording.size_bytes or _SIZE_UNTOLD):
            return Trouble(Kind.LIMIT, f"the disk has less than {RESERVE_BYTES >> 30} GB to spare. Make room")
        standing = _standing(recording, file)
        for number in range(1, recording.count + 1):
            if number in standing:
                continue
            content = self._part(recording, number)
            if isinstance(content, Trouble):
                return content
            file.land(number, content)
            self._on_part(len(content))
        return self._finish(recording, file)

    def _finish(self, recording: WantedAudio, file: AudioFile) -> Trouble | None:
        size_bytes = sum(file.standing_parts().values())
        if recording.size_bytes not in (None, size_bytes):
            for number in file.standing_parts():
                file.drop(number)
            reason = f"The parts have {size_bytes} bytes together instead of {recording.size_bytes}"
            return Trouble(Kind.WRONG, reason)
        sound = file.assemble(recording.count)
        sidecar = Sidecar(
            callrecordkey=recording.callrecordkey,
            extension_id=recording.extension_ids[0],
            outcome=Outcome.COMPLETE,
            fetched_at=self._source.clock.utc(),
            sha256=sound.sha256,
            size_bytes=sound.size_bytes,
            part_count=recording.count,
        )
        file.settle(sidecar)
        return None

    def _part(self, recording: WantedAudio, number: int) -> bytes | Trouble:
        faults: list[str] = []
        refusal = ""
        for nth in range(TRIES):
            if self.left <= 0:
                return SPENT
            # Listed by several, it may be refused under one of them alone (contract 69).
            extension_id = recording.extension_ids[nth % len(recording.extension_ids)]
            try:
                content = self._ask(recording, number, extension_id)
            except ApiError as error:
                if not _is_of_one(error):
                    return self._unanswered(error)
                refusal = str(error)
                continue
            fault = recording.fault_of(number, content)
            if fault is None:
                return content
            faults.append(fault)
        if faults:
            return Trouble(Kind.WRONG, f"Part {number} of {recording.count} is not right: {faults[-1]}")
        return Trouble(Kind.REFUSED, refusal)

    def _ask(self, recording: WantedAudio, number: int, extension_id: str) -> bytes:
        params: wire.Params = {
            "callrecordkey": recording.callrecordkey,
            "partition_number": number,
            "extensionid": extension_id,
        }
        return self._source.client.fetch(DOWNLOAD_CALL_RECORD, params, most_requests=self.left).content

    def _unanswered(self, error: ApiError) -> Trouble:
        is_passing = isinstance(error, RetryableApiError)
        if is_passing and self.left <= 0:
            return SPENT
        is_for_all = not is_passing or isinstance(error, RateLimitedError)
        return Trouble(Kind.FORBIDDEN if is_for_all else Kind.UNREACHABLE, str(error))


def _standing(recording: WantedAudio, file: AudioFile) -> set[int]:
    """The parts that stand and are of this recording as it is listed now; others are dropped."""
    standing = set()
    for number, size_bytes in file.standing_parts().items():
        if 1 <= number <= recording.count and recording.length_of(number) in (None, size_bytes):
            standing.add(number)
        else:
            file.drop(number)
    return standing


def _is_of_one(error: ApiError) -> bool:
    """Whether a refusal can be meant for one recording."""
    is_of_all = isinstance(error, NotPermittedError | AuthenticationError) or error.error_code == _NOT_VERIFIED
    return isinstance(error, PermanentApiError) and not is_of_all
