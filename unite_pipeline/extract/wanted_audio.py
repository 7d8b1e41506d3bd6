"""Whose audio is wanted and not here yet, and what the lake tells of its parts.

Here: reading the lake and the audio folder; whether bytes can be a part. Not here: asking for one (`audio.py`).
Source: vendor document, "Get callrecord list", "Download callrecord"; contract 67-69.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil

import duckdb
import pyarrow as pa

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.audio import shelf
from unite_pipeline.lake.engine import Limits, connection, failure, statement
from unite_pipeline.lake.lists import EXTENSIONS
from unite_pipeline.lake.partitions import dataset, lake_lock, partition_files
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.raw import identifier_of
from unite_pipeline.lake.table import Table
from unite_pipeline.lake.tables import RECORDING_EXTENSIONS, RECORDINGS

ASK_AGAIN_AFTER = timedelta(days=7)
"""What had vanished is asked for again so often, as long as the lists show it."""
_PACKAGE = "unite_pipeline.extract"
_TABLES = (RECORDINGS, RECORDING_EXTENSIONS, EXTENSIONS)
_FAILED = pa.schema([("callrecordkey", pa.string()), ("failed_at", pa.timestamp("us", tz="UTC"))])
_LAYER_III_TAG = b"ID3"
_SYNC_BYTE, _SYNC_BITS = 0xFF, 0xE0


@dataclass(frozen=True, slots=True)
class WantedAudio:
    """One recording whose audio is wanted; what the API did not tell of it is None.

    Args:
        callrecordkey: the recording.
        recorded_date: its local day.
        extension_ids: the extensions named in the setting that list it.
        size_bytes: length of the audio.
        part_count: parts it comes in.
        part_size_bytes: length of every part but the last.
    """

    callrecordkey: str = field(repr=False)
    recorded_date: date
    extension_ids: tuple[str, ...]
    size_bytes: int | None
    part_count: int | None
    part_size_bytes: int | None

    @property
    def count(self) -> int:
        """Parts to ask for: as told, else as the sizes tell, else one."""
        if self.part_count is not None:
            return self.part_count
        return ceil(self.size_bytes / self.part_size_bytes) if self.size_bytes and self.part_size_bytes else 1

    @property
    def is_contradictory(self) -> bool:
        """Whether size, size of a part and number of parts cannot all be true."""
        last = self.length_of(self.count)
        most = last if self.part_size_bytes is None else self.part_size_bytes
        return self.count < 1 or not (last is None or most is None or 0 < last <= most)

    def length_of(self, number: int) -> int | None:
        """Bytes that a part must have, or None where the API did not tell."""
        if number < self.count:
            return self.part_size_bytes
        if self.size_bytes is None or (self.part_size_bytes is None and self.count > 1):
            return None
        return self.size_bytes - (self.count - 1) * (self.part_size_bytes or 0)

    def fault_of(self, number: int, content: bytes) -> str | None:
        """Why these bytes cannot be that part, in words; None if nothing speaks against it."""
        expected = self.length_of(number)
        if not content:
            return "it is empty"
        if expected is not None and len(content) != expected:
            return f"it has {len(content)} bytes instead of {expected}"
        if self.part_size_bytes is not None and len(content) > self.part_size_bytes:
            return f"it has {len(content)} bytes, more than the {self.part_size_bytes} of a part"
        if number == 1 and not _begins_like_mp3(content):
            return "it does not begin like an MP3"
        return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """All recordings to ask for, in the order to ask in.

    Args:
        rows: one row a recording, as `WantedAudio`.
        unknown_count: extensions named in the setting that are not in the lake, or only as deleted ones.
    """

    rows: pa.Table
    unknown_count: int

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def __iter__(self) -> Iterator[WantedAudio]:
        for batch in self.rows.to_batches(max_chunksize=1000):
            for row in batch.to_pylist():
                yield WantedAudio(**{**row, "extension_ids": tuple(row["extension_ids"])})


def wanted_audio(places: Places, numbers: Collection[str], now: datetime) -> Wanted:
    """Recordings of these extensions whose audio is neither here nor found to have vanished of late.

    Args:
        places: the data directory; its lake tells what recordings there are.
        numbers: extension numbers, or `settings.ALL_EXTENSIONS`.
        now: what is late.

    Raises:
        LakeError: a file of the lake, or a sidecar, cannot be read.
    """
    found = shelf(places)
    settled = [identifier_of(name) for name in found.settled(now - ASK_AGAIN_AFTER)]
    failed = [
        {"callrecordkey": identifier_of(name), "failed_at": each.failed_at} for name, each in found.failures().items()
    ]
    with lake_lock(places), connection(Limits()) as engine:
        for table in _TABLES:
            engine.register(table.name, _lake_rows(places, table))
        engine.register("wish", pa.table({"number": pa.array(sorted(numbers), pa.string())}))
        engine.register("settled", pa.table({"callrecordkey": pa.array(settled, pa.string())}))
        engine.register("failed", pa.Table.from_pylist(failed, schema=_FAILED))
        try:
            rows = engine.sql(statement(_PACKAGE, "wanted_audio")).to_arrow_table()
            unknown = engine.sql(statement(_PACKAGE, "unknown_extensions")).fetchall()[0][0]
        except (pa.ArrowException, OSError, duckdb.Error) as error:
            kind = failure(error) if isinstance(error, duckdb.Error) else type(error).__name__
            message = (
                f"The lake's recordings and extensions cannot be read ({kind}). "
                "`unite-pipeline rebuild` makes the lake again from the raw layer, without one request"
            )
            raise LakeError(message) from None  # the engine's own text may quote a row
    return Wanted(rows, unknown)


def _lake_rows(places: Places, table: Table) -> object:
    files = list(partition_files(places, table).values())
    return dataset(table, files) if files else table.read_schema.empty_table()


def _begins_like_mp3(content: bytes) -> bool:
    """Whether it begins with a frame's sync word (eleven set bits), or with a tag before it."""
    is_frame = len(content) > 1 and content[0] == _SYNC_BYTE and content[1] & _SYNC_BITS == _SYNC_BITS
    return is_frame or content.startswith(_LAYER_III_TAG)
