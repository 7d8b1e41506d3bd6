"""The feed audio: recordings as sound, newest first, within a budget of its own, off unless extensions are named.

Here: in which order, when to end, what it came to. Not here: which are wanted (`wanted_audio.py`), how one is brought
(`audio_download.py`), files (`lake/audio.py`).
Source: vendor document, "Download callrecord"; contract 14, 64-69.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from unite_pipeline import locks
from unite_pipeline.extract.audio_download import Download, Kind, Trouble, free_bytes
from unite_pipeline.extract.source import FeedOutcome, Source
from unite_pipeline.extract.wanted_audio import Wanted, WantedAudio, wanted_audio
from unite_pipeline.lake.audio import AudioFile, Failure, Outcome, Sidecar, audio_file, tidy

log = logging.getLogger(__name__)

FEED = "audio"
UNREACHABLE_IN_A_ROW = 2
BAD_IN_A_ROW = 10
"""So many recordings in a row that cannot be had are no matter of these recordings."""
PARTS_A_LINE = 25


def sync_audio(
    source: Source, numbers: Collection[str], most_requests: int, *, room: Callable[[Path], int] = free_bytes
) -> FeedOutcome:
    """Download what is wanted and not here yet, as far as the budget goes. The lake tells what there is.

    Args:
        source: with a client of the priority `AUDIO`, so that everything else goes first.
        numbers: extensions whose audio is wanted (`settings.audio_numbers`); none: nothing is asked, audio is off.
        most_requests: what this sync may spend, tries included, log-ins not.
        room: tells the free bytes of the disk under a folder.

    Returns:
        What came of it; its rows are the recordings that are complete now. An API that fails is a reason, not an
        exception.

    Raises:
        LakeError: a file of the lake, or a sidecar, cannot be read.
        OSError: the disk does not take what came.
    """
    if not numbers:
        return FeedOutcome(FEED, 0, 0, is_proven=True)
    path = source.places.locks / f"{source.places.tenant}.{FEED}.lock"
    with locks.held(path, on_wait=lambda: log.info("%s: waiting for another process that downloads", FEED)):
        tidy(source.places)
        wanted = wanted_audio(source.places, numbers, source.clock.utc())
        tally = _Tally(source, len(wanted))
        download = Download(source, most_requests, room, tally.note_part)
        _bring_all(download, wanted, tally)
    return tally.outcome(download.requests, wanted.unknown_count)


def _bring_all(download: Download, wanted: Wanted, tally: _Tally) -> None:
    refused: list[_Refused] = []
    for recording in wanted:
        file = audio_file(tally.source.places, recording.callrecordkey, recording.recorded_date)
        trouble = download.bring(recording, file)
        if trouble is None:
            tally.note_complete()
            _mark(refused, tally)
        elif trouble.kind is Kind.REFUSED:
            refused.append(_Refused(recording, file, trouble))
            tally.note_trouble(trouble)
        elif trouble.kind is Kind.LIMIT:
            tally.end = trouble
        else:
            _leave_open(file, trouble, tally)
            tally.note_trouble(trouble)
        if tally.end is not None:
            break
    if tally.end is None or tally.end.kind is Kind.LIMIT:
        _mark(refused, tally)
    for each in refused:
        _leave_open(each.file, each.trouble, tally)


@dataclass(frozen=True, slots=True)
class _Refused:
    """A recording that the API refused; believed to be gone only while the API gives others."""

    recording: WantedAudio
    file: AudioFile
    trouble: Trouble


def _mark(refused: list[_Refused], tally: _Tally) -> None:
    for each in refused:
        sidecar = Sidecar(
            callrecordkey=each.recording.callrecordkey,
            extension_id=each.recording.extension_ids[0],
            outcome=Outcome.VANISHED,
            fetched_at=tally.source.clock.utc(),
        )
        each.file.settle(sidecar)
    tally.vanished += len(refused)
    refused.clear()


def _leave_open(file: AudioFile, trouble: Trouble, tally: _Tally) -> None:
    file.note_failure(Failure(failed_at=tally.source.clock.utc(), reason=trouble.reason))
    tally.failures.append(trouble)


@dataclass(slots=True)
class _Tally:
    """What a sync came to so far, and whether it is to end."""

    source: Source
    total: int
    completed: int = 0
    vanished: int = 0
    part_count: int = 0
    size_bytes: int = 0
    failures: list[Trouble] = field(default_factory=list)
    in_a_row: list[Kind] = field(default_factory=list)
    end: Trouble | None = None

    def note_part(self, size_bytes: int) -> None:
        """Count a part, and say now and then how far it is."""
        self.part_count += 1
        self.size_bytes += size_bytes
        if self.part_count % PARTS_A_LINE == 0:
            so_far = (self.completed, self.total, self.part_count, self.size_bytes / 1e6)
            log.info("audio: %d of %d recordings, %d parts, %.1f MB so far", *so_far)

    def note_complete(self) -> None:
        """Count a recording that is complete now."""
        self.completed += 1
        self.in_a_row.clear()

    def note_trouble(self, trouble: Trouble) -> None:
        """Judge after a recording that could not be had whether to go on."""
        self.in_a_row.append(trouble.kind)
        is_down = self.in_a_row[-UNREACHABLE_IN_A_ROW:] == [Kind.UNREACHABLE] * UNREACHABLE_IN_A_ROW
        if trouble.kind is Kind.FORBIDDEN or is_down:
            self.end = trouble
        elif len(self.in_a_row) >= BAD_IN_A_ROW:
            self.end = Trouble(trouble.kind, f"{BAD_IN_A_ROW} in a row could not be had, the last: {trouble.reason}")

    def outcome(self, requests: int, unknown_count: int) -> FeedOutcome:
        """What it came to."""
        left = self.total - self.completed - self.vanished - len(self.failures)
        reasons = []
        if self.failures:
            reasons.append(f"{len(self.failures)} recordings could not be had, first: {self.failures[0].reason}")
        if left and self.end is not None:
            reasons.append(f"The audio of {left} recordings is still to come: {self.end.reason}")
        if unknown_count:
            reasons.append(f"{unknown_count} extensions in UNITE_AUDIO_EXTENSIONS are not known, or deleted")
        is_proven = not reasons
        if self.vanished:
            reasons.append(f"{self.vanished} recordings are listed, but the API says that their audio is gone")
        is_limit = self.end is not None and self.end.kind is Kind.LIMIT
        return FeedOutcome(
            feed=FEED,
            requests=requests,
            received_rows=self.completed,
            is_proven=is_proven,
            reasons=tuple(reasons),
            has_more=is_limit and not self.failures and not unknown_count,
        )
