"""Writing files so that a reader, or a crash, finds the old one or the new one and nothing between.

Here: write aside, fsync, rename, fsync the folder; who may read what is made. Not here: what is written.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path


def keep_private() -> None:
    """Whatever this process and its children make from now on is for their user alone.

    Calls are personal data, and a shell's usual mask lets everybody on the machine read new files. Each entry into the
    program calls this before it writes anything. DuckDB, Dagster and SQLite make files by themselves: only the mask
    reaches those too. The warehouse's file is given its mode when it is published, whatever the mask.
    """
    os.umask(0o077)


def write_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put `content` at `path` at once or not at all; it is on disk when this returns.

    The file is made with `mode` before anything is written to it, so that a secret is never readable by others.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = _aside(path)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@dataclass(slots=True)
class Reserved:
    """A place on disk that is kept for something small and precious.

    Args:
        path: where it is to stand.
        aside: where it stands until it is renamed; left there if the renaming fails.
    """

    path: Path
    aside: Path
    _file: FileIO = field(repr=False)
    is_filled: bool = False

    def fill(self, content: bytes) -> None:
        """Put `content` at the path; it is on disk when this returns. Once."""
        self.is_filled = True
        self._file.seek(0)
        self._file.write(content)
        self._file.truncate(len(content))
        os.fsync(self._file.fileno())
        self.aside.replace(self.path)
        sync_folder(self.path.parent)


@contextmanager
def reserved(path: Path, *, room_bytes: int, mode: int) -> Iterator[Reserved]:
    """Try now whether something can be written to `path`, and keep the room, before it is had.

    Raises:
        OSError: it cannot be; names the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    aside = _aside(path)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with FileIO(descriptor, "wb") as file:
        place = Reserved(path, aside, file)
        try:
            file.write(bytes(room_bytes))
            os.fsync(descriptor)
            sync_folder(path.parent)
            yield place
        finally:
            if not place.is_filled:
                aside.unlink(missing_ok=True)


def replace_durably(aside: Path, path: Path) -> None:
    """Move a finished file over `path` at once; both are on disk when this returns."""
    with aside.open("rb") as file:
        os.fsync(file.fileno())
    path.parent.mkdir(parents=True, exist_ok=True)
    aside.replace(path)
    sync_folder(path.parent)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, not only the contents of its files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
