"""Taking reads into the lake: the state of a table is its own files, and new reads are folded into them.

Because the newest read of a key wins wherever it stands, the order and the grouping in which reads are taken in do
not matter, and taking one in twice changes nothing. Here: what the feeds share. Not here: any feed's rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.engine import Limits, connection, digest, failure, statement
from unite_pipeline.lake.manifests import Read, finished_reads
from unite_pipeline.lake.partitions import Staging, partition_file, partition_files, read
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table
from unite_pipeline.lake.tables import REJECTED_ROWS
from unite_pipeline.transform.progress import Progress, encode_progress, load_progress, progress_file
from unite_pipeline.transform.reports import Tally, TransformReport
from unite_pipeline.transform.sources import Catalog, stage

_PACKAGE = "unite_pipeline.transform"
_ROWS_PER_BATCH = 500_000
_PROOF_LISTS = pa.schema([("subject", pa.string()), ("read_id", pa.string()), ("part", pa.string())])


@dataclass(frozen=True, slots=True)
class Feed:
    """What a group of tables is made of.

    Args:
        name: the feed, as its raw folder is called.
        key_path: JSON path of the key of its rows.
        tables: made together; the first one carries the progress file.
    """

    name: str
    key_path: str
    tables: tuple[Table, ...]


@dataclass(slots=True)
class Fold:
    """One transformation under way.

    Args:
        progress: what the tables held when it began.
        code: hash of the SQL, the columns and the time zone it works with.
        files: by table, the partitions that count as state. From scratch these are, to begin with, only the ones
            that cannot be made again.
    """

    places: Places
    feed: Feed
    limits: Limits
    staging: Staging
    catalog: Catalog
    progress: Progress
    code: str
    is_from_scratch: bool
    files: dict[str, dict[str, Path]]
    tally: Tally = field(default_factory=Tally)
    taken_in: dict[str, tuple[date, ...]] = field(default_factory=dict)
    raw_rows: int = 0
    rejected_rows: int = 0

    def is_taken_in(self, read: Read) -> bool:
        """Whether the state we stand on has this read."""
        read_id = read.read_id
        return read_id in self.taken_in or (not self.is_from_scratch and read_id in self.progress.reads)

    @property
    def gone_reads(self) -> set[str]:
        """Reads that were taken in once and whose raw files are gone."""
        return self.progress.gone_reads(set(self.catalog.by_id))

    def new_reads(self) -> list[Read]:
        """Reads that are not taken in yet, oldest first."""
        known: Collection[str] = () if self.is_from_scratch else self.progress.reads
        return [each for each in self.catalog.reads if each.read_id not in known]

    @contextmanager
    def engine(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A fresh engine with our macros."""
        with connection(self.limits, self.staging.spill) as engine:
            engine.execute("set asof_loop_join_threshold = 0")
            engine.execute(statement(_PACKAGE, "macros"))
            yield engine

    def stage(self, engine: duckdb.DuckDBPyConnection, reads: Sequence[Read], rows: str) -> None:
        """Bring in what these reads saw: `sources`, `sightings`, and their rows, typed by the shipped SQL `rows`.

        Raises:
            LakeError: a raw page cannot be read.
        """
        staged = stage(self.catalog, reads)
        engine.register("sources", staged.sources)
        engine.register("sightings", staged.sightings)
        engine.register("lines", staged.lines())
        try:
            make(engine, rows)
        except LakeError as error:  # what a page's reader raises inside the engine comes out as the engine's own
            raise staged.failures[0] if staged.failures else error from None
        engine.unregister("lines")
        self.raw_rows += staged.landed_rows

    def keep(self, engine: duckdb.DuckDBPyConnection, table: Table, values: Iterable[str]) -> None:
        """Register what is known of some partitions as `kept_<table>`."""
        engine.register(f"kept_{table.name}", read(table, self.current(table, values)))

    def current(self, table: Table, values: Iterable[str]) -> list[Path]:
        """The files of these partitions, as far as there are any, aside or in the lake."""
        files = self.files[table.name]
        return [self.staging.current(files[value]) for value in values if value in files]

    def reject(
        self, engine: duckdb.DuckDBPyConnection, new: str, proofs: Iterable[tuple[str, Read, Collection[str]]]
    ) -> None:
        """Merge newly rejected rows with the known ones, put them, and make `rejected_keys`.

        Args:
            engine: where everything was made.
            new: name of the shipped SQL that tells what did not fit.
            proofs: a subject, the read that is its newest proof, and the parts of the read that prove it.
        """
        known = self._known_rejections()
        make(engine, new)
        engine.execute(f"create or replace temp view new_rejected_rows as from {new}")
        engine.register("kept_rejected_rows", known)
        engine.register("proof_lists", self._proof_lists(proofs))
        engine.register("key_path", pa.table({"path": [self.feed.key_path]}))
        make(engine, "rejected_keys")
        make(engine, "rejected_rows")
        names = REJECTED_ROWS.schema.names
        rows = rows_of(engine, REJECTED_ROWS.name, names, names[:5]).cast(REJECTED_ROWS.schema)
        self.rejected_rows += rows.num_rows - known.num_rows
        self.put(REJECTED_ROWS, self.feed.name, rows)

    def put(self, table: Table, value: str, rows: pa.Table) -> None:
        """Stage one partition, or the one file of a table without partitions (value '')."""
        self._note(table, value, rows.num_rows, is_written=self.staging.put(table, value or None, rows))

    def put_partitions(
        self, engine: duckdb.DuckDBPyConnection, table: Table, values: Iterable[str], order: Sequence[str]
    ) -> None:
        """Stage partitions of the table that was made in the engine; those without rows become empty files."""
        column = table.read_schema.names[-1]
        rows = rows_of(engine, table.name, table.read_schema.names, (column, *order)).cast(table.read_schema)
        nothing = table.schema.empty_table()
        parts = dict.fromkeys(values, nothing)
        parts.update({day.isoformat(): part.select(table.schema.names) for day, part in runs(rows, column)})
        with ThreadPoolExecutor(self.limits.threads or None) as pool:  # compressing leaves Python's lock to others
            written = pool.map(lambda value: self.staging.put(table, value, parts[value]), sorted(parts))
            for value, is_written in zip(sorted(parts), written, strict=True):
                self._note(table, value, parts[value].num_rows, is_written=is_written)

    def put_whole(self, engine: duckdb.DuckDBPyConnection, table: Table, order: Sequence[str]) -> None:
        """Stage the one file of a table without partitions, as it was made in the engine."""
        self.put(table, "", rows_of(engine, table.name, table.schema.names, order).cast(table.schema))

    def take_in(self, reads: Mapping[str, tuple[date, ...]]) -> None:
        """Reads are folded in now, with the days they cover; commits, unless everything is made again."""
        self.taken_in.update(reads)
        if not self.is_from_scratch:
            self.finish()

    def finish(self) -> None:
        """Commit what was staged, together with the memory of what it was made of."""
        remembered = {read_id: list(days) for read_id, days in self.taken_in.items()}
        progress = Progress(self.code, {**self.progress.reads, **remembered})
        if progress != load_progress(self.places, self.feed.tables[0]):
            self.staging.put_bytes(progress_file(self.places, self.feed.tables[0]), encode_progress(progress))
        self.staging.commit()

    def report(self, days: Iterable[date] = (), kept_days: Iterable[date] = ()) -> TransformReport:
        """What was done."""
        return TransformReport(
            tables=self.tally.reports(tuple(table.name for table in self.feed.tables)),
            reads=len(self.taken_in),
            raw_rows=self.raw_rows,
            rejected_rows=self.rejected_rows,
            days=tuple(sorted(days)),
            kept_days=tuple(sorted(kept_days)),
            is_from_scratch=self.is_from_scratch,
        )

    def _note(self, table: Table, value: str, rows: int, *, is_written: bool) -> None:
        self.tally.add(table.name, rows, is_written=is_written)
        self.files[table.name][value] = partition_file(self.places, table, value or None)

    def _known_rejections(self) -> pa.Table:
        """Rejected rows of this feed; from scratch, until they were made once, only those that cannot come again."""
        rows = read(REJECTED_ROWS, self.current(REJECTED_ROWS, [self.feed.name])).select(REJECTED_ROWS.schema.names)
        if self.is_from_scratch and not self.tally.has(REJECTED_ROWS.name):
            gone = pa.array(sorted(self.gone_reads), pa.string())
            return rows.filter(pyarrow.compute.is_in(rows["read_id"], value_set=gone))
        return rows

    def _proof_lists(self, proofs: Iterable[tuple[str, Read, Collection[str]]]) -> pa.Table:
        lists = []
        for subject, proof, parts in proofs:
            for part in proof.manifest.parts:
                source = self.catalog.source(proof, part)
                if part.part in parts and source is not None:
                    lists.append({"subject": subject, "read_id": source.key[0], "part": source.key[1]})
        return pa.Table.from_pylist(lists, schema=_PROOF_LISTS)


@contextmanager
def folding(places: Places, feed: Feed, timezone: str, limits: Limits, *, is_from_scratch: bool) -> Iterator[Fold]:
    """Open a transformation; use under `lake_lock`. What it staged is committed after the body."""
    catalog = Catalog.of(finished_reads(places.raw, feed.name, places.tenant))
    progress = load_progress(places, feed.tables[0])
    code = digest(_PACKAGE, timezone, repr(feed.tables), repr(REJECTED_ROWS))
    files = {table.name: partition_files(places, table) for table in (*feed.tables, REJECTED_ROWS)}
    with Staging(places) as staging:
        has_state = bool(progress.code) or any(files[table.name] for table in feed.tables)
        anew = is_from_scratch or (has_state and progress.code != code)
        fold = Fold(places, feed, limits, staging, catalog, progress, code, anew, files)
        yield fold
        if fold.taken_in:
            fold.finish()


def batches(catalog: Catalog, reads: Iterable[Read]) -> Iterator[list[Read]]:
    """Reads in groups whose rows are handled at once, order kept; a list that several of them saw counts once."""
    group: list[Read] = []
    rows: dict[tuple[str, str], int] = {}
    for each in reads:
        sources = [catalog.source(each, part) for part in each.manifest.parts if not part.is_presumed]
        more = {source.key: source.part.landed_rows for source in sources if source is not None}
        if group and sum({**rows, **more}.values()) > _ROWS_PER_BATCH:
            yield group
            group, rows = [], {}
        group.append(each)
        rows.update(more)
    if group:
        yield group


def make(engine: duckdb.DuckDBPyConnection, name: str) -> None:
    """Run the shipped SQL of this name and keep its rows under it.

    Raises:
        LakeError: the engine failed; without any row in the text.
    """
    try:
        engine.execute(f"create or replace temp table {name} as {statement(_PACKAGE, name)}")
    except duckdb.Error as error:
        message = (
            f"The rows of {name} could not be made ({failure(error)}); the lake stays as it was, and nothing was lost. "
            "If memory or disk ran out, make room and run it again. If a file of the lake is damaged, `unite-pipeline "
            "rebuild` makes it again. If neither, it is a fault of ours: please report it."
        )
        raise LakeError(message) from None  # the engine's own text may quote a row


def rows_of(engine: duckdb.DuckDBPyConnection, name: str, columns: Iterable[str], order: Iterable[str]) -> pa.Table:
    """Columns of a table in the engine, ordered."""
    quoted = ", ".join(f'"{column}"' for column in columns)
    keys = ", ".join(f'"{column}"' for column in order)
    return engine.sql(f"select {quoted} from {name} order by {keys}").to_arrow_table()


def runs(rows: pa.Table, column: str) -> Iterator[tuple[date, pa.Table]]:
    """Stretches of equal value of a sorted column, without copying."""
    counts = rows[column].value_counts().to_pylist()
    start = 0
    for each in sorted(counts, key=lambda count: count["values"]):
        yield each["values"], rows.slice(start, each["counts"])
        start += each["counts"]
