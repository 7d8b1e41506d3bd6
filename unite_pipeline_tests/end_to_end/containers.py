"""What stands in files, whatever it is packed in: searched by value, not only by byte.

Here: reading through containers. Not here: what is looked for, or where it may stand.
"""

from __future__ import annotations

import gzip
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

Canaries = Iterable[tuple[str, str]]
"""Kind and value of what is looked for."""


def found_in(root: Path, canaries: Canaries) -> set[tuple[str, str]]:
    """Where something stands: file, relative to the folder, and kind of what stands in it."""
    wanted = [(kind, value.encode()) for kind, value in canaries]
    return {
        (path.relative_to(root).as_posix(), kind)
        for path in root.rglob("*")
        if path.is_file()
        for reading in readings(path)
        for kind, value in wanted
        if value in reading
    }


def readings(path: Path) -> Iterator[bytes]:
    """A file's bytes, and everything in it that they hide; what it is, its first bytes tell."""
    content = path.read_bytes()
    yield from _unpacked(content)
    if content.startswith(b"SQLite format 3\0"):
        yield from _sqlite(path)
    elif content.startswith(b"PAR1"):
        yield b"\n".join(_flat(pq.ParquetFile(path).read().to_pylist()))
    elif content[8:12] == b"DUCK":
        yield from _duckdb(path)


def _unpacked(content: bytes) -> Iterator[bytes]:
    """The bytes, and those they are the compressed form of, as deep as that goes."""
    yield content
    if content.startswith(b"\x1f\x8b"):
        yield from _unpacked(gzip.decompress(content))
    elif content.startswith(b"\x28\xb5\x2f\xfd"):
        with pa.CompressedInputStream(pa.BufferReader(content), "zstd") as stream:
            yield from _unpacked(stream.read())
    elif content[:1] == b"\x78":
        try:
            inflated = zlib.decompress(content)
        except zlib.error:  # a text that begins with the letter x
            return
        yield from _unpacked(inflated)


def _sqlite(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        database.text_factory = bytes
        tables = [row[0].decode() for row in database.execute("select name from sqlite_master where type = 'table'")]
        for table in ("sqlite_master", *tables):
            values = list(_flat(database.execute(f'select * from "{table}"').fetchall()))
            yield b"\n".join(values)
            for value in values:
                yield from _unpacked(value)


def _duckdb(path: Path) -> Iterator[bytes]:
    with duckdb.connect(str(path), read_only=True) as database:
        tables = database.execute("select schema_name, table_name, comment from duckdb_tables()").fetchall()
        yield b"\n".join(_flat(tables))
        for schema, table, _ in tables:
            yield b"\n".join(_flat(database.execute(f'from "{schema}"."{table}"').fetchall()))


def _flat(value: Any) -> Iterator[bytes]:
    """Every value within, as bytes."""
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        yield from _flat([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _flat(each)
    else:
        yield str(value).encode()
