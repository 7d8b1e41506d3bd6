"""DuckDB as an engine over files: one way to open a connection, one way to find shipped SQL.

Here: limits, UTC sessions, SQL files. Not here: any statement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import duckdb

STORAGE = "v1.0.0"
"""Format of database files. By default DuckDB 2 writes one that no reader of the 1.x series opens, and the drivers and
command lines that people open files with are often of that series."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one piece of work may take: memory as DuckDB writes it, and threads (0: as many as there are cores)."""

    memory: str = "2GB"
    threads: int = 0


@contextmanager
def connection(
    limits: Limits, spill: Path | None = None, database: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection with a UTC session, closed after the body.

    Args:
        limits: memory and threads.
        spill: folder for what does not fit in memory.
        database: file to open for writing; None for one in memory.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.memory,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if limits.threads:
        settings["threads"] = limits.threads
    if spill is not None:
        settings["temp_directory"] = str(spill)
    if database is not None:
        settings["storage_compatibility_version"] = STORAGE
    opened = duckdb.connect(":memory:" if database is None else str(database), config=settings)
    try:
        opened.execute("set TimeZone = 'UTC'")
        yield opened
    finally:
        opened.close()


def failure(error: duckdb.Error) -> str:
    """What may be told of an engine's error: its kind, and its text only where that cannot quote a row."""
    is_harmless = isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException)
    return f"{type(error).__name__}: {error}" if is_harmless else type(error).__name__


def statement(package: str, name: str) -> str:
    """The SQL shipped as `sql/<name>.sql` in a package of ours."""
    return resources.files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def digest(package: str, *also: str) -> str:
    """A hash of all SQL a package ships and of whatever else decides the result."""
    content = hashlib.sha256()
    files = [file for file in resources.files(package).joinpath("sql").iterdir() if file.name.endswith(".sql")]
    for file in sorted(files, key=lambda each: each.name):
        content.update(f"{file.name}\0{file.read_text(encoding='utf-8')}\0".encode())
    for text in also:
        content.update(f"{text}\0".encode())
    return content.hexdigest()
