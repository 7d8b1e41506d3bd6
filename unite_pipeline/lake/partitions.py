"""Partitions of the lake: where each file stands, and changing many of them at once or not at all.

A change is staged aside, file by file; its commit is a written list of renames that whoever comes next finishes if
the process dies between two of them. Here: files. Not here: which rows are in them (`transform/`).
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.durable import replace_durably, sync_folder, write_durably
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table
from unite_pipeline.locks import held

PART_NAME = "part.parquet"


def partition_file(places: Places, table: Table, value: str | None) -> Path:
    """The file of one partition (`value` as in the folder's name), or of a table that has no partitions."""
    folder = places.table(table.name)
    if table.partition is not None:
        folder = folder / f"{table.partition.name}={value}"
    return folder / PART_NAME


def partition_files(places: Places, table: Table) -> dict[str, Path]:
    """The files of a table by partition value, in order; a table without partitions has the value ''."""
    if table.partition is None:
        file = partition_file(places, table, None)
        return {"": file} if file.exists() else {}
    prefix = f"{table.partition.name}="
    found = places.table(table.name).glob(f"{prefix}*/{PART_NAME}")
    return {file.parent.name.removeprefix(prefix): file for file in sorted(found)}


def stamp(file: Path) -> str:
    """What changes whenever a file is replaced by another."""
    facts = file.stat()
    return f"{facts.st_size}-{facts.st_mtime_ns}-{facts.st_ino}"


def row_counts(places: Places, table: Table, values: Iterable[str]) -> dict[str, int]:
    """How many rows stand in these partitions, as far as they stand; no row is read.

    Raises:
        LakeError: a file is not readable Parquet.
    """
    files = partition_files(places, table)
    try:
        return {value: pyarrow.parquet.read_metadata(files[value]).num_rows for value in values if value in files}
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(table, error) from error


def dataset(table: Table, files: list[Path]) -> pyarrow.dataset.Dataset:
    """Files of a table as one Arrow dataset with the declared schema, the partition column included."""
    hive = None
    if table.partition is not None:
        hive = pyarrow.dataset.partitioning(pa.schema([table.read_schema.field(table.partition.name)]), flavor="hive")
    named = [str(file) for file in files]
    return pyarrow.dataset.dataset(named, schema=table.read_schema, format="parquet", partitioning=hive)


def read(table: Table, files: list[Path]) -> pa.Table:
    """All rows of these files, the partition column included.

    Raises:
        LakeError: a file is not readable Parquet.
    """
    if not files:
        return table.read_schema.empty_table()
    try:
        return dataset(table, files).to_table()
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(table, error) from error


def _unreadable(table: Table, error: Exception) -> LakeError:
    return LakeError(
        f"A file of the lake table {table.name} cannot be read ({type(error).__name__}). "
        "`unite-pipeline rebuild` makes the lake again from the raw layer, without one request."
    )


@contextmanager
def lake_lock(places: Places) -> Iterator[None]:
    """Hold the lake, whoever reads several of its files together or changes them; finishes a commit left half-way."""
    with held(places.locks / "lake.lock"):
        _finish_commit(places)
        yield


class Staging:
    """A change of the lake in the making. Use under `lake_lock`, as a context; what is not committed is dropped."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._folder = _staging_root(places) / secrets.token_hex(8)
        self._moves: dict[Path, Path] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        if not _commit_file(self._places).exists():  # if it does, we were cut off in it: it needs our files
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def spill(self) -> Path:
        """A folder for an engine's temporary files, gone with this object."""
        return self._folder / "spill"

    def current(self, file: Path) -> Path:
        """Where the newest content of a lake file stands: aside, if it was staged here."""
        return self._moves.get(file, file)

    def staged(self, table: Table) -> set[str]:
        """The partitions of a table that were staged here."""
        folder = self._places.table(table.name)
        names = {file.parent.name for file in self._moves if file.parent.parent == folder and file.name == PART_NAME}
        return {name.partition("=")[2] for name in names}

    def put(self, table: Table, value: str | None, rows: pa.Table) -> bool:
        """Stage the rows of one partition, in the table's declared schema.

        Returns:
            Whether they differ from what stands there; if not, the file is left alone.
        """
        target = partition_file(self._places, table, value)
        self._moves.pop(target, None)
        if target.exists() and _holds(target, rows):
            return False
        aside = self._aside(target)
        pyarrow.parquet.write_table(rows, aside, compression="zstd")
        self._moves[target] = aside
        return True

    def put_bytes(self, target: Path, content: bytes) -> None:
        """Stage a small file of ours beside the tables."""
        aside = self._aside(target)
        aside.write_bytes(content)
        self._moves[target] = aside

    def commit(self) -> None:
        """Bring everything staged so far into the lake: all of it, or, if we die, all of it by whoever comes next."""
        if not self._moves:
            return
        lake = self._places.lake
        for aside in self._moves.values():
            with aside.open("rb") as file:
                os.fsync(file.fileno())
        _sync_folders_of(self._moves.values(), lake)
        moves = [(str(aside.relative_to(lake)), str(to.relative_to(lake))) for to, aside in self._moves.items()]
        write_durably(_commit_file(self._places), msgspec.json.encode(moves))
        self._moves = {}
        _finish_moves(self._places)

    def _aside(self, target: Path) -> Path:
        aside = self._folder / target.relative_to(self._places.lake)
        aside.parent.mkdir(parents=True, exist_ok=True)
        return aside


def _holds(file: Path, rows: pa.Table) -> bool:
    try:
        return bool(pyarrow.parquet.ParquetFile(file).read().equals(rows))
    except (pa.ArrowException, OSError):
        return False


def _staging_root(places: Places) -> Path:
    return places.lake / ".staging"


def _commit_file(places: Places) -> Path:
    return _staging_root(places) / "commit.json"


def _finish_commit(places: Places) -> None:
    if _commit_file(places).exists():
        _finish_moves(places)
    shutil.rmtree(_staging_root(places), ignore_errors=True)


def _finish_moves(places: Places) -> None:
    lake, commit = places.lake, _commit_file(places)
    moves = msgspec.json.decode(commit.read_bytes(), type=list[tuple[str, str]])
    for aside, target in moves:
        if (lake / aside).exists():
            replace_durably(lake / aside, lake / target)
    _sync_folders_of([lake / target for _, target in moves], lake)
    commit.unlink()
    sync_folder(commit.parent)


def _sync_folders_of(files: Iterable[Path], top: Path) -> None:
    """Make the names of files durable, and those of the folders they stand in, up to `top`."""
    for folder in sorted({parent for file in files for parent in file.parents if parent.is_relative_to(top)}):
        sync_folder(folder)
