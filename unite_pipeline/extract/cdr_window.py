"""Reading one window of call detail records, and judging which of its days are proven.

Here: the four quadrants, the control count, the judgement. Not here: which windows (`plan.py`, `cdr_logs.py`).
Source: contract 25, 42-50; vendor document, "Get all cdrlog".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import msgspec

from unite_pipeline.api.client import Client
from unite_pipeline.api.endpoints import LIST_CDR_LOGS
from unite_pipeline.api.paging import CountChangedError, LandedPage, Walk, counted, walk
from unite_pipeline.api.wire import Page, Params
from unite_pipeline.errors import ApiError, IncompleteWindowError
from unite_pipeline.extract.days import DayRange, ends_at, filter_dates, starts_at
from unite_pipeline.extract.known import FINAL_AFTER
from unite_pipeline.extract.plan import is_too_large
from unite_pipeline.extract.source import ReadInProgress, Source
from unite_pipeline.lake.manifests import Manifest, Part, Read, Window
from unite_pipeline.lake.raw import RawRead, content_hash

FEED = "cdr_logs"


def _filters(*, internal: int, external: int, answered: int) -> dict[str, str | int]:
    # All five, always: the defaults give answered outbound external calls only (contract 42).
    return {
        "filter_inbound": 1,
        "filter_outbound": 1,
        "filter_internal": internal,
        "filter_external": external,
        "filter_answered": answered,
    }


QUADRANTS: Mapping[str, dict[str, str | int]] = {
    "external_answered": _filters(internal=0, external=1, answered=1),
    "external_missed": _filters(internal=0, external=1, answered=2),
    "internal_answered": _filters(internal=1, external=0, answered=1),
    "internal_missed": _filters(internal=1, external=0, answered=2),
}
EVERYTHING = _filters(internal=1, external=1, answered=0)
UNLABELLED = "unlabelled"
CONTROL = "control"


class WindowTooLargeError(Exception):
    """The window holds so many rows that it is better cut: carries the API's count."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows


_Call = tuple[bytes, date | None]
"""What a call is known by, and its day."""


class _Row(msgspec.Struct):
    calltime: object = None


@dataclass(frozen=True, slots=True)
class _PartRead:
    """One quadrant as it was read: what the walk counted, and which calls of which day came, each as often as it did.

    A call is known by its uniqueid; `landed_rows` are more where one came again with other content.

    Args:
        has_all_of_its_start: every row came that was there when it began; for a day that is going on.
    """

    name: str
    walk: Walk
    calls: Counter[_Call]
    landed_rows: int
    hash: str
    requests: int
    has_all_of_its_start: bool

    def by_day(self) -> Counter[date | None]:
        return _by_day(self.calls)

    def part(self, raw: RawRead) -> Part:
        return Part(
            part=self.name,
            itemcount=self.walk.itemcount,
            received_rows=self.walk.received_rows,
            landed_rows=self.landed_rows,
            requests=self.requests,
            pages=tuple(page.path.name for page in raw.pages(self.name)),
            content_hash=self.hash,
            is_complete=self.walk.is_proven,
        )


class _Pages:
    """The pages of one quadrant: asks, lands, and tells whether all came that was there when it began."""

    def __init__(self, client: Client, params: Params, raw: RawRead, name: str) -> None:
        self._client, self._params, self._raw, self._name = client, params, raw, name
        self._given = 0
        self._shifted = 0
        self._itemcount: int | None = None

    def walk(self, resume: Sequence[LandedPage]) -> Walk:
        """Walk them, from the first page that is not on disk on."""
        self._shifted, self._itemcount = 0, None
        return walk(self._fetch, self._land, key=LIST_CDR_LOGS.key, resume=resume)

    def have_all_of_the_start(self, result: Walk) -> bool:
        """Whether every row came that was there when the walk began, though more were filed meanwhile.

        What is filed behind the reader's place comes along; what is filed before it is missed, and pushes a row that
        was read already to where it is read again. Any other row that was counted when the last page came, and did not
        come, is a hole.
        """
        counted = result.itemcount if self._itemcount is None else self._itemcount
        missed = 0 if counted is None else counted - result.received_rows
        return result.is_proven_as_of_start and missed <= self._shifted

    def _fetch(self, number: int) -> Page:
        page = self._client.fetch(LIST_CDR_LOGS, self._params, page=number)
        self._given = len(page.rows)
        return page

    def _land(self, number: int, itemcount: int | None, rows: Sequence[bytes]) -> None:
        self._raw.land(self._name, number, itemcount, rows)
        self._shifted += self._given - len(rows)
        self._itemcount = itemcount


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a read proves: the days whose counts do not agree (or are not known to), and why."""

    open_days: frozenset[date]
    reason: str | None


class WindowReader:
    """Reads windows of one account.

    Args:
        source: where to read and land.
        on_count: told the control count of each window, before its first page is asked for.
    """

    def __init__(self, source: Source, on_count: Callable[[DayRange, int], None] = lambda _days, _rows: None) -> None:
        self._source = source
        self._on_count = on_count

    def count(self, days: DayRange, filters: Mapping[str, str | int] = EVERYTHING, *, is_wide: bool = False) -> int:
        """The API's own count of calls: one request, one row.

        Raises:
            IncompleteWindowError: the API tells no count, so that nothing could be proven.
        """
        params = {**filter_dates(days, is_wide=is_wide), **filters}
        page = self._source.client.fetch(LIST_CDR_LOGS, params, page_size=1)
        if page.itemcount is None:
            message = f"The API tells no count of calls for {days}: nothing of them can be proven. Try again later"
            raise IncompleteWindowError(message)
        return page.itemcount

    def read(self, days: DayRange, cut_off: Read | None, already_proven: frozenset[date]) -> Manifest:
        """Read a window: control count, four quadrants, judgement, manifest.

        Args:
            days: the window.
            cut_off: an earlier read of the same window that did not reach its end, to take up.
            already_proven: days that stay proven by an earlier read if this one fails under way.

        Raises:
            WindowTooLargeError: before anything was landed.
            ApiError: after a manifest of what had come.
        """
        progress = self._source.begin(FEED, {"first_day": str(days.first), "last_day": str(days.last)})
        parts: list[_PartRead] = []
        noted: tuple[Part, ...] = ()
        try:
            control = self.count(days, is_wide=True)
            if is_too_large(control, days):
                progress.raw.discard()
                raise WindowTooLargeError(control)
            self._on_count(days, control)
            noted = (Part(part=CONTROL, itemcount=control, requests=progress.requests, is_complete=True),)
            progress.raw.note(noted)
            _take_up(progress.raw, _same(cut_off, days, control))
            for name, filters in QUADRANTS.items() if control else ():
                parts.append(self._read_part(progress, days, name, filters))
            judgement = self._judge(progress, days, control, parts)
            if all(part.name != UNLABELLED for part in parts):
                progress.raw.drop(UNLABELLED)  # taken up, but the quadrants leave no remainder now
        except (ApiError, IncompleteWindowError) as error:
            windows = self._windows(progress, days, parts, frozenset(days))
            lost = tuple(window for window in windows if window.day not in already_proven)
            progress.finish_as_failed((*noted, *(part.part(progress.raw) for part in parts)), lost, error)
            raise
        return progress.finish(
            parts=(*noted, *(part.part(progress.raw) for part in parts)),
            windows=self._windows(progress, days, parts, judgement.open_days),
            is_complete=not judgement.open_days,
            reason=judgement.reason,
        )

    def _read_part(
        self,
        progress: ReadInProgress,
        days: DayRange,
        name: str,
        filters: Mapping[str, str | int],
    ) -> _PartRead:
        params = {**filter_dates(days, is_wide=True), **filters, "sortkey": "calltime", "sorttype": 0}
        raw, before = progress.raw, progress.requests
        pages = _Pages(self._source.client, params, raw, name)
        try:
            result = pages.walk([LandedPage(page.number, page.itemcount, page.rows()) for page in raw.pages(name)])
        except CountChangedError:
            raw.drop(name)
            result = pages.walk(())
        landed = [page.rows() for page in raw.pages(name)]
        calls = Counter((known_by, _day(row)) for known_by, row in counted(landed, LIST_CDR_LOGS.key))
        rows = [row for page in landed for row in page]
        requests, has_all = progress.requests - before, pages.have_all_of_the_start(result)
        return _PartRead(name, result, calls, len(rows), content_hash(rows), requests, has_all)

    def _judge(self, progress: ReadInProgress, days: DayRange, control: int, parts: list[_PartRead]) -> Judgement:
        """Which days of the read are not proven.

        The rows that came, each once over the quadrants, must be as many as the API counts with every filter open:
        comparing sums would let an overlap hide a hole.
        """
        if _agrees(parts, control):
            return Judgement(frozenset(), None)
        again = self.count(days, is_wide=True)
        if _agrees(parts, again):
            return Judgement(frozenset(), None)  # a call was filed between the count and its quadrant
        if all(part.walk.is_proven for part in parts) and _union(parts).total() < min(control, again):
            parts.append(self._read_part(progress, days, UNLABELLED, EVERYTHING))
            if _agrees(parts, again):
                return Judgement(frozenset(), "Some calls are in none of the four quadrants; their labels are unknown")
        open_days = self._differing_days(days, control, parts)
        if not open_days:
            return Judgement(frozenset(), None)
        came = f"{_union(parts).total()} calls came of {again} that the API counts"
        return Judgement(open_days, f"{came}; open: {_named(open_days)}")

    def _differing_days(self, days: DayRange, control: int, parts: list[_PartRead]) -> frozenset[date]:
        """The days whose own counts do not agree with the rows that came; found by halving, two counts a step."""
        now, zone = self._source.clock.utc(), self._source.zone
        closed = [day for day in days if ends_at(day, zone) <= now]
        open_days = set(days) - set(closed)
        differing: set[date] = set()
        if closed:
            span = DayRange(closed[0], closed[-1])
            differing |= differing_days(span, _by_day_of_all(parts), self.count)
            for part in parts:
                if not part.walk.is_proven and part.name in QUADRANTS:
                    count_part = partial(self.count, filters=QUADRANTS[part.name])
                    differing |= differing_days(span, part.by_day(), count_part)
        # A day that is not over may grow while it is read: all that was there when reading began must have come.
        has_all_that_was = _union(parts).total() >= control and all(part.has_all_of_its_start for part in parts)
        if open_days and not has_all_that_was:
            differing |= open_days
        return frozenset(differing)

    def _windows(
        self, progress: ReadInProgress, days: DayRange, parts: list[_PartRead], open_days: frozenset[date]
    ) -> tuple[Window, ...]:
        by_day = _by_day_of_all(parts)
        zone = self._source.zone
        return tuple(
            Window(
                window_start=starts_at(day, zone),
                window_end=ends_at(day, zone),
                day=day,
                expected_rows=None if day in open_days else by_day[day],
                received_rows=by_day[day],
                is_complete=day not in open_days,
                is_final=day not in open_days and progress.raw.begun.started_at >= ends_at(day, zone) + FINAL_AFTER,
            )
            for day in days
        )


def differing_days(
    days: DayRange, rows: Mapping[date | None, int], count: Callable[[DayRange], int], total: int | None = None
) -> set[date]:
    """The days whose count at the API differs from `rows`; one request to begin with, and one for each halving.

    Args:
        days: where to look.
        rows: what came, by day.
        count: asks the API.
        total: the count over `days`, if it is known already.
    """
    total = count(days) if total is None else total
    if total == sum(rows.get(day, 0) for day in days):
        return set()
    if len(days) == 1:
        return {days.first}
    middle = days.first + (days.last - days.first) // 2
    left, right = (
        DayRange(days.first, middle),
        DayRange(middle, days.last).tail(len(days) - (middle - days.first).days - 1),
    )
    left_total = count(left)
    return differing_days(left, rows, count, left_total) | differing_days(right, rows, count, total - left_total)


def _agrees(parts: Sequence[_PartRead], control: int) -> bool:
    return all(part.walk.is_proven for part in parts) and _union(parts).total() == control


def _union(parts: Iterable[_PartRead]) -> Counter[_Call]:
    """Calls over the quadrants: the same one in two is one, but as often as one quadrant gave it."""
    union: Counter[_Call] = Counter()
    for part in parts:
        union |= part.calls
    return union


def _by_day_of_all(parts: Sequence[_PartRead]) -> Counter[date | None]:
    return _by_day(_union(parts))


def _by_day(calls: Counter[_Call]) -> Counter[date | None]:
    days: Counter[date | None] = Counter()
    for (_, day), times in calls.items():
        days[day] += times
    return days


def _day(row: bytes) -> date | None:
    try:
        return date.fromisoformat(str(msgspec.json.decode(row, type=_Row).calltime)[:10])
    except (msgspec.DecodeError, ValueError):
        return None  # counted all the same; `transform` says what is wrong with it


def _same(cut_off: Read | None, days: DayRange, control: int) -> Read | None:
    """The read that was cut off, if it asked for the same days and the API counted the same calls then."""
    if cut_off is None or asked_days(cut_off) != days:
        return None
    counted = [part.itemcount for part in cut_off.manifest.parts if part.part == CONTROL]
    return cut_off if counted == [control] else None


def asked_days(read: Read) -> DayRange:
    """The days that a read was asked for."""
    asked = read.manifest.asked
    return DayRange(date.fromisoformat(asked["first_day"]), date.fromisoformat(asked["last_day"]))


def _take_up(raw: RawRead, cut_off: Read | None) -> None:
    """Take over the pages of a read that was cut off, of each list from the first on without a hole.

    All at once, before the next request: should that one be our last, the pages stand in the newest read.
    """
    if cut_off is None:
        return
    for name in (*QUADRANTS, UNLABELLED):
        pages = RawRead(cut_off.folder, raw.begun).pages(name)
        raw.adopt(name, [page for at, page in enumerate(pages, 1) if page.number == at])


def _named(days: Iterable[date]) -> str:
    return ", ".join(str(day) for day in sorted(days))
