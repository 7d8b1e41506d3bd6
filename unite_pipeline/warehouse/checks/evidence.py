"""What checks need besides the warehouse: settings, the manifests' word on each reading, the newest rows as received.

Here: all of it as Arrow tables, under the names that SQL knows them by. Not here: any judgement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec
import pyarrow as pa

from unite_pipeline.lake.manifests import Read, finished_reads
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.raw import read_rows
from unite_pipeline.warehouse.checks.known import KNOWN_CODES, KNOWN_FIELDS, fields_of

CALLS_FEED = "cdr_logs"
EXCUSED_AFTER_MIDNIGHT = timedelta(hours=2)
"""Just after midnight yesterday was not read since it ended; `unite-pipeline status` excuses that too."""
_MOST_PAGES = 20

_INSTANT = pa.timestamp("us", tz="UTC")
_READINGS = pa.schema([("feed", pa.string()), ("fetched_at", _INSTANT), ("is_permitted", pa.bool_())])
_DAY_READINGS = pa.schema(
    [
        ("read_id", pa.string()),
        ("day", pa.date32()),
        ("started_at", _INSTANT),
        ("fetched_at", _INSTANT),
        ("is_complete", pa.bool_()),
        ("is_presumed", pa.bool_()),
    ]
)
_FEEDS = pa.schema([("feed", pa.string()), ("max_age_s", pa.int64()), ("is_by_turns", pa.bool_())])
_SENT_FIELDS = pa.schema([("feed", pa.string()), ("field", pa.string()), ("rows", pa.int64())])
_KNOWN_FIELDS = pa.schema([("feed", pa.string()), ("field", pa.string()), ("is_used", pa.bool_())])
_KNOWN_CODES = pa.schema([("source", pa.string()), ("name", pa.string()), ("code", pa.string())])
_DAYS = pa.schema([("day", pa.date32())])


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a feed is read.

    Args:
        feed: its name.
        every: how old a complete reading may get before a sync makes another.
        is_by_turns: a sync reads a little of it, or nothing.
    """

    feed: str
    every: timedelta
    is_by_turns: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What a check is told.

    Args:
        now: the present.
        timezone: zone of the API's naive times and of local days.
        start_date: the first local day that must be covered.
        lookback_days: closed days that each sync looks at again.
        final_after: how long after its end a day must be read to count as final.
        rhythms: how each feed is read.
        materialized_days: the partitions of raw/cdr_logs that Dagster has.
    """

    now: datetime
    timezone: str
    start_date: date
    lookback_days: int
    final_after: timedelta
    rhythms: tuple[Rhythm, ...]
    materialized_days: frozenset[date]

    @property
    def today(self) -> date:
        """The local day it is."""
        return self.now.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def last_day(self) -> date:
        """The newest local day that must be covered: yesterday, but just after midnight the day before."""
        return (self.now - EXCUSED_AFTER_MIDNIGHT).astimezone(ZoneInfo(self.timezone)).date() - timedelta(days=1)


class Evidence:
    """The tables that checks ask for by name; each is made once, when it is first asked for.

    Raises:
        LakeError: a manifest or a raw page is unreadable.
    """

    def __init__(self, places: Places, facts: Facts, slack_s: int) -> None:
        self._places = places
        self._facts = facts
        self._slack_s = slack_s
        self._tables: dict[str, pa.Table] = {}
        self._makers: dict[str, Callable[[], pa.Table]] = {
            "readings": self._readings,
            "day_readings": self._day_readings,
            "feeds": self._feeds,
            "sent_fields": self._sent_fields,
            "known_fields": _known_fields,
            "known_codes": _known_codes,
            "materialized_days": self._materialized_days,
        }

    def table(self, name: str) -> pa.Table:
        """One of them."""
        if name not in self._tables:
            self._tables[name] = self._makers[name]()
        return self._tables[name]

    @cached_property
    def _reads(self) -> dict[str, list[Read]]:
        folders = sorted(folder.name for folder in self._places.raw.glob("*") if folder.is_dir())
        return {feed: finished_reads(self._places.raw, feed, self._places.tenant) for feed in folders}

    def _readings(self) -> pa.Table:
        rows = [
            {"feed": feed, "fetched_at": read.fetched_at, "is_permitted": read.manifest.is_permitted}
            for feed, reads in self._reads.items()
            for read in reads
        ]
        return pa.Table.from_pylist(rows, schema=_READINGS)

    def _day_readings(self) -> pa.Table:
        rows = [
            {
                "read_id": read.read_id,
                "day": window.day,
                "started_at": read.manifest.started_at,
                "fetched_at": read.fetched_at,
                "is_complete": window.is_complete,
                "is_presumed": window.is_presumed,
            }
            for read in self._reads.get(CALLS_FEED, [])
            for window in read.manifest.windows
            if window.day is not None
        ]
        return pa.Table.from_pylist(rows, schema=_DAY_READINGS)

    def _feeds(self) -> pa.Table:
        rows = [
            {
                "feed": rhythm.feed,
                "max_age_s": int(rhythm.every.total_seconds()) + self._slack_s,
                "is_by_turns": rhythm.is_by_turns,
            }
            for rhythm in self._facts.rhythms
        ]
        return pa.Table.from_pylist(rows, schema=_FEEDS)

    def _sent_fields(self) -> pa.Table:
        rows = []
        for feed, fields in KNOWN_FIELDS.items():
            known = frozenset((*fields.used, *fields.others))
            counts: Counter[str] = Counter()
            for row in _newest_rows(self._reads.get(feed, [])):
                counts.update(fields_of(row, known))
            rows += [{"feed": feed, "field": field, "rows": count} for field, count in sorted(counts.items())]
        return pa.Table.from_pylist(rows, schema=_SENT_FIELDS)

    def _materialized_days(self) -> pa.Table:
        return pa.Table.from_pylist([{"day": day} for day in sorted(self._facts.materialized_days)], schema=_DAYS)


def _known_fields() -> pa.Table:
    rows = [
        {"feed": feed, "field": field, "is_used": field in fields.used}
        for feed, fields in KNOWN_FIELDS.items()
        for field in dict.fromkeys((*fields.used, *fields.others))
    ]
    return pa.Table.from_pylist(rows, schema=_KNOWN_FIELDS)


def _known_codes() -> pa.Table:
    rows = [
        {"source": table, "name": column, "code": code}
        for (table, column), codes in KNOWN_CODES.items()
        for code in codes
    ]
    return pa.Table.from_pylist(rows, schema=_KNOWN_CODES)


def _newest_rows(reads: list[Read]) -> Iterator[object]:
    """Rows of the newest read that landed any: the last page of each of its lists, but not more than `_MOST_PAGES`.

    What is no JSON is left out: it stands in rejected_rows.
    """
    for read in reversed(reads):
        pages = [read.page_files(part)[-1] for part in read.manifest.parts if part.pages]
        if not pages:
            continue
        for page in pages[:_MOST_PAGES]:
            for row in read_rows(page):
                try:
                    yield msgspec.json.decode(row)
                except msgspec.DecodeError:
                    continue
        return
