"""Writing raw reads by hand, and reading the lake back, for the tests of raw → lake."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unite_pipeline.lake.manifests import MANIFEST_NAME, Manifest, Part, Window, encode
from unite_pipeline.lake.partitions import partition_files, read
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.tables import TABLES

TIMEZONE = "Europe/Amsterdam"


def page_bytes(rows: list[Any]) -> bytes:
    """Rows as a zstd NDJSON page; text and bytes are taken as lines that stand already."""
    lines = [row if isinstance(row, bytes) else row.encode() if isinstance(row, str) else json.dumps(row).encode()
             for row in rows]  # fmt: skip
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(b"".join(line + b"\n" for line in lines))
    return sink.getvalue().to_pybytes()


@dataclass
class Raw:
    """A raw layer in the making; every read gets the next hour of a clock, unless told otherwise."""

    places: Places
    now: datetime = datetime(2026, 3, 1, 8, tzinfo=UTC)
    count: int = 0
    reads: dict[str, datetime] = field(default_factory=dict)

    def at(self, read_id: str) -> datetime:
        """When that read was fetched."""
        return self.reads[read_id]

    def calls(self, days: list[str], parts: dict[str, Any], **facts: Any) -> str:
        """A read of whole days of calls."""
        local = [date.fromisoformat(day) for day in days]
        presumed = facts.pop("is_presumed", False)
        complete = facts.get("is_complete", True)
        windows = tuple(
            Window(
                window_start=_midnight(day),
                window_end=_midnight(day + timedelta(days=1)),
                day=day,
                is_complete=complete,
                is_presumed=presumed,
            )
            for day in local
        )
        asked = {"first_day": min(days), "last_day": max(days)}
        return self.read("cdr_logs", parts, windows=windows, asked=asked, **facts)

    def read(self, feed: str, parts: dict[str, Any], **facts: Any) -> str:
        """A read. A part is its rows, the id of the read that holds them, or a whole Part (with rows, if any)."""
        self.count += 1
        fetched_at = facts.pop("fetched_at", None) or self.now + timedelta(hours=self.count)
        read_id = facts.pop("read_id", f"{fetched_at:%Y%m%dT%H%M%S.%fZ}-{self.count:04x}")
        complete = facts.pop("is_complete", True)
        folder = self.places.feed(feed) / f"{fetched_at:%Y-%m}" / read_id
        folder.mkdir(parents=True)
        made = tuple(self._part(folder, name, part, complete=complete) for name, part in parts.items())
        windows = facts.pop("windows", (Window(window_start=fetched_at, window_end=fetched_at, is_complete=complete),))
        manifest = Manifest(
            feed=feed,
            tenant=self.places.tenant,
            read_id=read_id,
            timezone=TIMEZONE,
            started_at=fetched_at - timedelta(seconds=9),
            fetched_at=fetched_at,
            requests=len(made),
            is_complete=complete,
            parts=made,
            windows=windows,
            **facts,
        )
        (folder / MANIFEST_NAME).write_bytes(encode(manifest))
        self.reads[read_id] = fetched_at
        return read_id

    def _part(self, folder: Path, name: str, part: Any, *, complete: bool) -> Part:
        facts: dict[str, Any] = {"is_complete": complete}
        if isinstance(part, tuple):
            part, facts = part[0], {**facts, **part[1]}
        if isinstance(part, str):
            return Part(part=name, rows_from=part, **facts)
        pages = []
        for number, start in enumerate(range(0, len(part), 2), 1):
            pages.append(f"{number:04d}-of-{len(part)}.ndjson.zst")
            file = folder / name / pages[-1]
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(page_bytes(part[start : start + 2]))
        counts = {"itemcount": len(part), "received_rows": len(part), "landed_rows": len(part)}
        return Part(**{"part": name, "pages": tuple(pages), **counts, **facts})


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(TIMEZONE)).astimezone(UTC)


@dataclass(frozen=True)
class Lake:
    """The lake, read back."""

    places: Places

    def rows(self, name: str, *columns: str) -> list[tuple[Any, ...]]:
        """Rows of a table over all partitions, in the order they stand in the files."""
        table = next(each for each in TABLES if each.name == name)
        found = read(table, list(partition_files(self.places, table).values()))
        picked = found.select(list(columns) or found.schema.names)
        return [tuple(row.values()) for row in picked.to_pylist()]

    def everything(self) -> dict[str, Any]:
        """Content of every Parquet file of the lake by its path."""
        files = sorted(self.places.lake.glob("*/tenant=*/**/part.parquet"))
        return {str(file.relative_to(self.places.lake)): pq.ParquetFile(file).read().to_pylist() for file in files}


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """An empty data directory."""
    return Places(tmp_path / "data", "main")


@pytest.fixture
def raw(places: Places) -> Raw:
    """A writer of its raw layer."""
    return Raw(places)


@pytest.fixture
def lake(places: Places) -> Lake:
    """A reader of its lake."""
    return Lake(places)


@pytest.fixture(scope="session")
def fresh(tmp_path_factory):
    """Makes data directories: each call gives the places, the raw writer and the lake of a new one."""

    def make() -> tuple[Places, Raw, Lake]:
        made = Places(tmp_path_factory.mktemp("fresh") / "data", "main")
        return made, Raw(made), Lake(made)

    return make
