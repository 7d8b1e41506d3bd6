"""The feed call_records: metadata of recordings, one list per extension, asked where its count moved.

Here: which extensions to list, when a list may end early, what is known. Not here: the audio.
Source: vendor document, "Get callrecord list"; contract 57, 62-65.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path

import msgspec

from unite_pipeline.api.endpoints import LIST_CALL_RECORDS, PAGE_SIZE
from unite_pipeline.api.paging import CountChangedError, LandedPage, Walk, other_page_size, walk
from unite_pipeline.errors import ApiError
from unite_pipeline.extract.lists import EXTENSIONS, observe_list
from unite_pipeline.extract.rotation import PERIOD, whose_turn
from unite_pipeline.extract.snapshots import Failures, done_since, outcome
from unite_pipeline.extract.source import FeedOutcome, ReadInProgress, Source
from unite_pipeline.lake.manifests import Manifest, Part, Read
from unite_pipeline.lake.raw import RawRead, content_hash, part_name, read_rows

FEED = "call_records"


@dataclass(slots=True)
class Known:
    """What is known of one extension's recordings.

    Args:
        callrecordcount: what the list of extensions told when they were last listed, or the list, if that told nothing.
        listed_at: when they were last listed to the end; None if never.
        tried_at: when they were last listed in vain; None if never.
        row_count: recordings known.
        lag: by how many that was ahead of the list's own count.
        is_settled: whether it was not, or by as many as the time before: then it is how this API counts.
        has_strays: a list that did not reach its end has landed rows since the last that landed in full: whether these
            are still listed only another one in full can tell.
        pages: the files that hold their rows, oldest first.
    """

    callrecordcount: int = 0
    listed_at: datetime | None = None
    tried_at: datetime | None = None
    row_count: int = 0
    lag: int = 0
    is_settled: bool = True
    has_strays: bool = False
    pages: list[Path] = field(default_factory=list)

    def note(self, read: Read, part: Part) -> None:
        """Take in one more listing."""
        pages = read.page_files(part)
        self.pages = [*self.pages, *pages] if part.known_rows else pages
        self.row_count = part.known_rows + part.landed_rows
        itemcount = part.itemcount or 0
        self.callrecordcount = itemcount if part.callrecordcount is None else part.callrecordcount
        lag = self.callrecordcount - itemcount
        self.is_settled = lag in (0, self.lag)
        self.lag = lag
        self.has_strays = self.has_strays and bool(part.known_rows)
        self.listed_at = part.listed_at or read.fetched_at

    def rows(self) -> dict[str, bytes]:
        """The hash of the newest row of each key."""
        return {_key(row): hashlib.sha256(row).digest() for page in self.pages for row in read_rows(page)}


def sync_call_records(source: Source, since: datetime, *, is_everything: bool = False) -> FeedOutcome:
    """List the recordings of every extension whose count moved, and by turns of those whose count did not.

    Args:
        source: where to read and land.
        since: start of the sync.
        is_everything: list also all others that were not read to their end within half a period.

    Returns:
        What came of it; an API that fails is a reason, not an exception.
    """
    _observe_extensions(source, since)
    read_log = source.read_log(FEED)
    with source.alone(FEED):
        reads = read_log.reads()
        # A smaller read that came between, while this one let it go first, does not answer for everything.
        if not is_everything and done_since(reads, since) is not None:
            return FeedOutcome(FEED, 0, 0, is_proven=True)
        counts, has_all = _counts(source, since)
        known = known_recordings(reads)
        swept = _swept(counts, known, reads, source.clock.utc(), is_everything=is_everything)
        due = [each for each, count in counts.items() if each in swept or _has_moved(known[part_name(each)], count)]
        presumed = [known[part_name(each)] for each in counts if each not in set(due)]
        progress = source.begin(FEED, {"extensions": str(len(counts)), "listed": str(len(due))})
        parts: list[Part] = []
        failed: list[Part] = []
        failures = Failures()
        for extension_id in due:
            try:
                held = known[part_name(extension_id)]
                turn = _Turn(extension_id, counts[extension_id], held, is_sweep=extension_id in swept)
                part = _list(source, progress, turn, _cut_off(reads, source))
            except ApiError as error:
                failed.append(progress.unfinished_part(part_name(extension_id), extension_id))
                if failures.are_enough(error):
                    break
                continue
            failures.in_a_row = 0
            parts.append(part)
            progress.raw.note(parts)
        return outcome(_finish(progress, parts, failed, presumed, failures, has_all=has_all))


def _observe_extensions(source: Source, since: datetime) -> None:
    """See to it that the counts are of this sync; where it tried already, well or badly, it does not try again."""
    reads = source.read_log(EXTENSIONS.name).reads()
    if not reads or reads[-1].manifest.started_at < since:
        observe_list(source, EXTENSIONS, since)


def known_recordings(reads: Sequence[Read]) -> defaultdict[str, Known]:
    """What earlier reads tell of each extension's recordings, by part name; `reads` oldest first."""
    known: defaultdict[str, Known] = defaultdict(Known)
    for read in reads:
        for part in read.manifest.parts:
            if part.is_presumed:
                continue
            if part.is_complete:
                known[part.part].note(read, part)
            else:
                known[part.part].tried_at = read.fetched_at
                known[part.part].has_strays |= part.landed_rows > 0
    return known


def read_to_the_end(reads: Sequence[Read], since: datetime) -> tuple[int, int]:
    """How many lists were read to their end since then, and how many there are that ever were."""
    listed = [known.listed_at for known in known_recordings(reads).values() if known.listed_at is not None]
    return sum(moment >= since for moment in listed), len(listed)


def _has_moved(known: Known, count: int | None) -> bool:
    """Whether there may be recordings that are not known; of an untold count nothing can be presumed."""
    return count is None or count != known.callrecordcount or not known.is_settled or known.has_strays


def _swept(
    counts: Mapping[str, int | None],
    known: Mapping[str, Known],
    reads: Sequence[Read],
    now: datetime,
    *,
    is_everything: bool = False,
) -> set[str]:
    """The extensions whose list is read to its end by turns.

    One recording in and one out leave the count as it was (contract 62): no list goes unread for longer than a week.
    One that was never read, since its count tells that it holds nothing, waits since the first sync.
    """
    if not reads:
        return set()
    began = reads[0].fetched_at
    read_at = {each: known[part_name(each)].listed_at or began for each in counts}
    tried = {each: known[part_name(each)].tried_at for each in counts}
    tried_at = {each: moment for each, moment in tried.items() if moment is not None}
    last_turn_at = now - PERIOD if is_everything else reads[-1].fetched_at
    return set(whose_turn(read_at, now, last_turn_at, PERIOD, tried_at))


def pages_due(counts: Mapping[str, int | None], reads: Sequence[Read], now: datetime) -> int:
    """How many pages a sync would ask for, if these are the counts."""
    known = known_recordings(reads)
    swept = _swept(counts, known, reads, now)
    moved = {each for each, count in counts.items() if _has_moved(known[part_name(each)], count)}
    all_rows = {each: counts[each] or 0 for each in swept | moved}
    rows = [some if each in swept else some - known[part_name(each)].row_count for each, some in all_rows.items()]
    return sum(max(ceil(some / PAGE_SIZE), 1) for some in rows)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One extension to list: its count now, what is known of it, and whether its list is read to the end anyhow."""

    extension_id: str
    count: int | None
    held: Known
    is_sweep: bool


def _counts(source: Source, since: datetime) -> tuple[Mapping[str, int | None], bool]:
    """Recordings per extension as the newest observation that told them, and whether that is the newest, and proven."""
    reads = source.read_log(EXTENSIONS.name).reads()
    for read in reversed(reads):
        if read.manifest.callrecordcounts is not None:
            is_fresh = read is reads[-1] and read.manifest.started_at >= since
            return read.manifest.callrecordcounts, read.manifest.is_complete and is_fresh
    return {}, False


def _list(source: Source, progress: ReadInProgress, turn: _Turn, cut_off: Read | None) -> Part:
    extension_id, name, raw = turn.extension_id, part_name(turn.extension_id), progress.raw
    before = progress.requests
    known = turn.held.rows()
    # A swap beyond the first page would hide behind an early end: the sweep has none.
    end = _EarlyEnd({} if turn.is_sweep or turn.held.has_strays else known)

    def run(resume: Sequence[LandedPage], size: int = PAGE_SIZE) -> Walk:
        params = {"extensionid": extension_id}
        return walk(
            lambda page: source.client.fetch(LIST_CALL_RECORDS, params, page=page, page_size=size),
            lambda number, itemcount, rows: raw.land(name, number, itemcount, end.worth_keeping(rows)),
            key=LIST_CALL_RECORDS.key,
            resume=resume,
            stop=end.is_reached,
        )

    # Pages of a list that was begun with rows known may lack those: only a first listing is taken up.
    resume = _take_up(raw, name, cut_off) if cut_off is not None and not known else ()
    if resume and not _begins_as_before(source, extension_id, resume):
        raw.drop(name)
        resume = ()
    try:
        result = run(resume)
    except CountChangedError:
        raw.drop(name)
        result = run(())
    if not result.is_proven and not result.stopped_early:
        raw.drop(name)
        end = _EarlyEnd({})
        result = run((), other_page_size(result) if result.has_wavered else PAGE_SIZE)
    listed_at = source.clock.utc() if result.is_proven else turn.held.listed_at
    return _part(raw, turn, known, result, progress.requests - before, listed_at)


def _part(
    raw: RawRead, turn: _Turn, known: dict[str, bytes], result: Walk, requests: int, listed_at: datetime | None
) -> Part:
    name = part_name(turn.extension_id)
    rows = [row for page in raw.pages(name) for row in read_rows(page.path)]
    is_as_known = result.is_proven and {_key(row): hashlib.sha256(row).digest() for row in rows} == known
    # A list that only refers to what is known overrides no row that a list which was cut off has landed since.
    is_same = is_as_known and not turn.held.has_strays
    if is_same:
        raw.drop(name)
    is_complete = result.is_proven or result.stopped_early
    known_rows = len(known) if is_same or result.stopped_early else 0
    return Part(
        part=name,
        extension_id=turn.extension_id,
        itemcount=result.itemcount,
        received_rows=result.received_rows,
        landed_rows=0 if is_same else len(rows),
        known_rows=known_rows,
        requests=requests,
        pages=() if is_same else tuple(page.path.name for page in raw.pages(name)),
        content_hash=content_hash(rows),
        is_complete=is_complete,
        callrecordcount=turn.count,
        listed_at=listed_at,
    )


class _EarlyEnd:
    """Whether a list that shows the newest first has reached what is known already.

    Proven only where the order was seen to hold so far, no known row changed, and known and new rows together are as
    many as the API counts (contract 62, 64).
    """

    def __init__(self, known: Mapping[str, bytes]) -> None:
        self._known = known
        self._new: set[str] = set()  # a row that comes again because pages shifted is one recording
        self._last_time: str | None = None
        self._holds = bool(known)
        self._has_ended = False

    def is_reached(self, rows: Sequence[bytes], itemcount: int | None) -> bool:
        has_met_known = False
        for row in rows:
            recording = _recording(row)
            self._check_order(recording.recordtime)
            before = self._known.get(recording.callrecordkey)
            if before is None:
                self._new.add(recording.callrecordkey)
                self._holds = self._holds and not has_met_known
            else:
                has_met_known = True
                self._holds = self._holds and before == hashlib.sha256(row).digest()
        is_counted = itemcount == len(self._known) + len(self._new)
        # A list that ends on this page is read to its end all the same: then it is proven outright.
        self._has_ended = self._holds and has_met_known and is_counted and itemcount != len(rows)
        return self._has_ended

    def worth_keeping(self, rows: Sequence[bytes]) -> list[bytes]:
        """All rows of a page, or only the new ones where the list ends early."""
        if not self._has_ended:
            return list(rows)
        return [row for row in rows if _recording(row).callrecordkey not in self._known]

    def _check_order(self, time: str) -> None:
        # Text compares as time only within one offset; across a clock change the list is read to its end.
        if self._last_time is not None and (time[-3:] != self._last_time[-3:] or time[:19] > self._last_time[:19]):
            self._holds = False
        self._last_time = time


class _Recording(msgspec.Struct):
    callrecordkey: str = ""
    recordtime: str = ""


def _recording(row: bytes) -> _Recording:
    try:
        return msgspec.json.decode(row, type=_Recording)
    except msgspec.DecodeError:
        return _Recording()


def _key(row: bytes) -> str:
    return _recording(row).callrecordkey


def _cut_off(reads: Sequence[Read], source: Source) -> Read | None:
    if not reads or not reads[-1].manifest.is_cut_off:
        return None
    is_fresh = source.clock.utc() - reads[-1].fetched_at <= timedelta(hours=1)
    return reads[-1] if is_fresh else None


def _begins_as_before(source: Source, extension_id: str, landed: Sequence[LandedPage]) -> bool:
    """Whether the first page is still the one that was landed, for one more request.

    One recording in and one out leave the count as it was, and shift the pages of a list with the newest first.
    """
    page = source.client.fetch(LIST_CALL_RECORDS, {"extensionid": extension_id}, page=1)
    return (list(page.rows), page.itemcount) == (list(landed[0].rows), landed[-1].itemcount)


def _take_up(raw: RawRead, part: str, cut_off: Read) -> list[LandedPage]:
    pages = [page for at, page in enumerate(RawRead(cut_off.folder, raw.begun).pages(part), 1) if page.number == at]
    raw.adopt(part, pages)
    return [LandedPage(page.number, page.itemcount, page.rows()) for page in pages]


def _finish(
    progress: ReadInProgress,
    parts: list[Part],
    failed: list[Part],
    presumed: Sequence[Known],
    failures: Failures,
    *,
    has_all: bool,
) -> Manifest:
    short = [part for part in parts if not part.is_complete]
    reason = None if failures.first is None else f"{failures.count} lists of recordings failed, first: {failures.first}"
    if reason is None and short:
        reason = f"The recordings of {len(short)} extensions are not as many as the API counts"
    if reason is None and not has_all:
        reason = "The list of extensions is not proven complete, so recordings of some may be missing"
    received = sum(part.known_rows + part.landed_rows for part in parts) + sum(each.row_count for each in presumed)
    window = progress.moment(
        expected=sum(part.itemcount or 0 for part in parts) + sum(each.row_count for each in presumed),
        received=received,
        is_complete=reason is None,
        is_presumed=bool(presumed),
    )
    return progress.finish(
        parts=(*parts, *failed),
        windows=(window,),
        is_complete=reason is None,
        reason=reason,
        is_cut_off=failures.first is not None,
    )
