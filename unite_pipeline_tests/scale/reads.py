"""Manifests as years of hourly syncs would have left them, without the pages they speak of.

Here: one read of each feed an hour. Not here: reads whose pages are read again (`lists.py`, `one_day.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from unite_pipeline.extract.cdr_window import CONTROL, QUADRANTS
from unite_pipeline.extract.days import ends_at, starts_at
from unite_pipeline.lake.manifests import MANIFEST_NAME, Manifest, Part, Window
from unite_pipeline.lake.places import Places
from unite_pipeline_tests.scale.traffic import CALLS_A_DAY, EXTENSIONS, TIMEZONE

ZONE = ZoneInfo(TIMEZONE)
LISTS = ("extensions", "phonebook", "call_flows", "switches", "cdr_flows", "extension_status")
_PAGES = tuple(f"{number:04d}-of-2000.ndjson.zst" for number in range(1, 8))


def write_reads(places: Places, days: list[date], reads_a_day: int, holders: dict[str, str]) -> dict[str, list[str]]:
    """Write the manifests of these days; `holders` names, by list, the read that has its rows.

    Returns:
        Read ids by feed; those of calls are followed by their day (`feed/day`).
    """
    written: dict[str, list[str]] = {}
    for day in days:
        for hour in range(24 - reads_a_day, 24):
            moment = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) + timedelta(minutes=30)
            for manifest in _of_an_hour(places.tenant, day, moment, holders):
                put_manifest(places, manifest)
                key = manifest.feed if manifest.feed != "cdr_logs" else f"cdr_logs/{day}"
                written.setdefault(key, []).append(manifest.read_id)
    return written


def put_manifest(places: Places, manifest: Manifest) -> Path:
    """Put a manifest where its read would stand."""
    folder = places.feed(manifest.feed) / f"{manifest.started_at:%Y-%m}" / manifest.read_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST_NAME).write_bytes(msgspec.json.encode(manifest))
    return folder


def manifest_of(tenant: str, feed: str, moment: datetime, **facts: object) -> Manifest:
    """A complete read that took nine seconds."""
    return Manifest(
        feed=feed, tenant=tenant, read_id=f"{moment:%Y%m%dT%H%M%S.%fZ}-{feed[:2]}00", timezone=TIMEZONE,
        started_at=moment, fetched_at=moment + timedelta(seconds=9), requests=5, is_complete=True, **facts,
    )  # type: ignore[arg-type]  # fmt: skip


def window_of(day: date, rows: int, *, is_presumed: bool = False, is_final: bool = False) -> Window:
    """A local day of calls, proven."""
    return Window(
        window_start=starts_at(day, ZONE), window_end=ends_at(day, ZONE), day=day, expected_rows=rows,
        received_rows=rows, is_complete=True, is_presumed=is_presumed, is_final=is_final,
    )  # fmt: skip


def of_a_list(tenant: str, feed: str, moment: datetime, holder: str) -> Manifest:
    """A list that is as it was."""
    part = Part(part="list", received_rows=9, requests=1, content_hash="0" * 64, is_complete=True, rows_from=holder)
    counts = {f"R{number}": 9 for number in range(EXTENSIONS)} if feed == "extensions" else None
    window = Window(window_start=moment, window_end=moment, received_rows=9, is_complete=True)
    return manifest_of(tenant, feed, moment, parts=(part,), windows=(window,), callrecordcounts=counts)


def _of_an_hour(tenant: str, day: date, moment: datetime, holders: dict[str, str]) -> Iterator[Manifest]:
    asked = {"first_day": str(day), "last_day": str(day)}
    pages = _PAGES[: 1 + moment.hour // 4]
    quadrants = [
        Part(part=name, itemcount=1500, received_rows=1500, landed_rows=1500, requests=len(pages), pages=pages,
             content_hash="0" * 64, is_complete=True)
        for name in QUADRANTS
    ]  # fmt: skip
    parts = (Part(part=CONTROL, itemcount=6000, requests=1, is_complete=True), *quadrants)
    yield manifest_of(tenant, "cdr_logs", moment, asked=asked, parts=parts, windows=(window_of(day, CALLS_A_DAY),))
    before = [day - timedelta(days=back) for back in (1, 2)]
    windows = tuple(window_of(each, CALLS_A_DAY, is_presumed=True, is_final=True) for each in before)
    earlier = {"first_day": str(before[1]), "last_day": str(before[0])}
    yield manifest_of(tenant, "cdr_logs", moment - timedelta(minutes=1), asked=earlier, windows=windows)
    for feed in LISTS:
        yield of_a_list(tenant, feed, moment, holders[feed])
    listed = tuple(
        Part(part=f"R{each % EXTENSIONS}", extension_id=f"R{each % EXTENSIONS}", itemcount=300, received_rows=5,
             landed_rows=5, known_rows=295, requests=1, pages=("0001-of-300.ndjson.zst",), content_hash="0" * 64,
             is_complete=True, callrecordcount=300, listed_at=moment)
        for each in range(moment.hour * 5, moment.hour * 5 + 10)
    )  # fmt: skip
    window = Window(window_start=moment, window_end=moment, received_rows=50, is_complete=True, is_presumed=True)
    yield manifest_of(tenant, "call_records", moment, parts=listed, windows=(window,))
    window = Window(window_start=moment, window_end=moment, received_rows=1, is_complete=True)
    part = Part(part="R0", extension_id="R0", received_rows=1, requests=1, is_complete=True,
                rows_from=holders["extension_properties"])  # fmt: skip
    yield manifest_of(tenant, "extension_properties", moment, parts=(part,), windows=(window,))
