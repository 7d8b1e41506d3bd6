"""What a set of reads brings: each landed list once, every read that saw it, and the lines of its pages.

A list whose rows are the same as then stands in an earlier read (`rows_from`); it is parsed once and counted as seen
by both. Here: reads to Arrow. Not here: what a line means (`sql/`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.manifests import Part, Read

_LINES = pa.schema([("source_no", pa.int32()), ("position", pa.int64()), ("row", pa.string())])
_SOURCES = pa.schema(
    [
        ("source_no", pa.int32()),
        ("read_id", pa.string()),
        ("part", pa.string()),
        ("fetched_at", pa.timestamp("us", tz="UTC")),
    ]
)
_SIGHTINGS = pa.schema(
    [
        ("source_no", pa.int32()),
        ("part_no", pa.int32()),
        ("part", pa.string()),
        ("extension_id", pa.string()),
        ("read_id", pa.string()),
        ("fetched_at", pa.timestamp("us", tz="UTC")),
    ]
)
_PAGES_PER_BATCH = 25
_HEXADECIMAL = "x-"  # how `lake/raw.py` names a part after an identifier that makes no plain file name


@dataclass(frozen=True, slots=True)
class Source:
    """One landed list: a part of a read that keeps its rows itself."""

    read: Read
    part: Part

    @property
    def key(self) -> tuple[str, str]:
        """Read and part."""
        return self.read.read_id, self.part.part


@dataclass(frozen=True, slots=True)
class Catalog:
    """All finished reads of a feed, oldest first, and where the rows of each part stand."""

    reads: tuple[Read, ...]
    by_id: dict[str, Read]

    @classmethod
    def of(cls, reads: Sequence[Read]) -> Catalog:
        """The catalog of these reads, sorted as `finished_reads` sorts them."""
        return cls(tuple(reads), {read.read_id: read for read in reads})

    def source(self, read: Read, part: Part) -> Source | None:
        """Where the rows of a part stand; None if the read that holds them is gone."""
        seen = set()
        while part.rows_from is not None:
            holder = self.by_id.get(part.rows_from)
            held = None if holder is None else next((p for p in holder.manifest.parts if p.part == part.part), None)
            if holder is None or held is None or part.rows_from in seen:
                return None
            seen.add(part.rows_from)
            read, part = holder, held
        return Source(read, part)

    def is_whole(self, read: Read) -> bool:
        """Whether the rows of every part of a read are still here."""
        return all(self.source(read, part) is not None for part in read.manifest.parts)


@dataclass(frozen=True, slots=True)
class Stage:
    """The lists that some reads saw: sources (each once) and sightings (one per list and read), as Arrow tables.

    `failures` is what went wrong while lines were read by somebody who cannot pass on an error of ours.
    """

    lists: tuple[Source, ...]
    sources: pa.Table
    sightings: pa.Table
    failures: list[LakeError] = field(default_factory=list)

    @property
    def landed_rows(self) -> int:
        """Rows to parse, as the manifests tell."""
        return sum(each.part.landed_rows for each in self.lists)

    def lines(self) -> pa.RecordBatchReader:
        """Every line of every page, in order, numbered within its list from 1."""
        return pa.RecordBatchReader.from_batches(_LINES, self._batches_or_failure())

    def _batches_or_failure(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._batches()
        except LakeError as error:
            self.failures.append(error)
            raise

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for number, source in enumerate(self.lists):
            pages = source.read.page_files(source.part)
            position = 1
            for start in range(0, len(pages), _PAGES_PER_BATCH):
                rows = [line for page in pages[start : start + _PAGES_PER_BATCH] for line in _page_lines(page)]
                columns = [
                    pa.array([number] * len(rows), pa.int32()),
                    pa.array(range(position, position + len(rows)), pa.int64()),
                    _text(rows),
                ]
                position += len(rows)
                yield pa.RecordBatch.from_arrays(columns, schema=_LINES)


def stage(catalog: Catalog, reads: Sequence[Read]) -> Stage:
    """What these reads saw. Parts that were not asked (`is_presumed`) saw nothing."""
    numbers: dict[tuple[str, str], int] = {}
    lists: list[Source] = []
    sightings = []
    for read in reads:
        for part_no, part in enumerate(read.manifest.parts):
            source = None if part.is_presumed else catalog.source(read, part)
            if source is None:
                continue
            if source.key not in numbers:
                numbers[source.key] = len(lists)
                lists.append(source)
            sightings.append(
                {
                    "source_no": numbers[source.key],
                    "part_no": part_no,
                    "part": part.part,
                    "extension_id": extension_of(part),
                    "read_id": read.read_id,
                    "fetched_at": read.fetched_at,
                }
            )
    sources = [
        {
            "source_no": number,
            "read_id": source.read.read_id,
            "part": source.part.part,
            "fetched_at": source.read.fetched_at,
        }
        for number, source in enumerate(lists)
    ]
    return Stage(
        tuple(lists),
        pa.Table.from_pylist(sources, schema=_SOURCES),
        pa.Table.from_pylist(sightings, schema=_SIGHTINGS),
    )


def extension_of(part: Part) -> str:
    """The extension whose list a part is; a read that was cut off tells it only by the name of the part."""
    if part.extension_id is None and part.part.startswith(_HEXADECIMAL):
        try:
            return bytes.fromhex(part.part.removeprefix(_HEXADECIMAL)).decode()
        except ValueError:
            return part.part
    return part.extension_id or part.part


def _page_lines(page: Path) -> list[bytes]:
    try:
        with pa.input_stream(str(page), compression="zstd") as file:
            lines: list[bytes] = file.read().split(b"\n")
    except (pa.ArrowException, OSError) as error:
        message = (
            f"The raw page {page} cannot be read ({type(error).__name__}). Restore it from a back-up, or move the "
            "folder of its read out of the data directory and sync those days again."
        )
        raise LakeError(message) from error
    return [line for line in lines if line]


def _text(rows: list[bytes]) -> pa.Array:
    """Lines as text. Bytes that are no UTF-8 become an escape that no JSON parser takes: the row is rejected."""
    try:
        return pa.array(rows, pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([row.decode("utf-8", "backslashreplace") for row in rows], pa.string())
