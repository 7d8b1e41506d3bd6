"""Building the warehouse aside and putting it in place at once, so that no reader ever waits or sees half of it.

Readers keep the file they opened; whoever opens it next gets the new one. Here: files. Not here: tables.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unite_pipeline.lake.durable import replace_durably, sync_folder

_FICLONE = 0x40049409  # linux/fs.h: share the blocks of another file until one of the two is written
_READ_ONLY = 0o444  # keeps an analyst's read-write session from locking the file; does not hinder replacing it


@contextmanager
def building_aside(target: Path) -> Iterator[Path]:
    """A path beside the target to build at. Use under the warehouse's lock; what is not published is deleted.

    Builds that dead processes left behind are deleted too: whoever holds the lock is the only builder.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob(f".{target.name}.*.build*"):
        _remove(leftover)
    aside = target.with_name(f".{target.name}.{os.getpid()}.build")
    try:
        yield aside
    finally:
        for leftover in target.parent.glob(f"{aside.name}*"):
            _remove(leftover)


def copy_into(source: Path, aside: Path) -> None:
    """A private, writable copy; it costs nothing where the file system can share blocks."""
    aside.unlink(missing_ok=True)
    with source.open("rb") as old, aside.open("xb") as new:
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
        except OSError:
            shutil.copyfile(source, aside)


def publish(aside: Path, target: Path) -> None:
    """Put a finished, closed database file in the target's place; on disk when this returns.

    A write-ahead log beside the target belongs to a file that is gone then, and DuckDB would refuse to open the new
    one with it; it is deleted.
    """
    aside.chmod(_READ_ONLY)
    replace_durably(aside, target)
    _log_of(target).unlink(missing_ok=True)
    sync_folder(target.parent)


def _log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
