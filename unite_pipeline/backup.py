"""A copy of what cannot be made again, taken while anything runs, from which everything else follows.

Here: what is copied and in which order (docs/deploy.md). Not here: lake and warehouse, which `rebuild` makes again from
the raw layer; reads that are under way, which the next sync asks for.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from unite_pipeline import locks
from unite_pipeline.errors import ConfigurationError, LakeError
from unite_pipeline.lake.durable import replace_durably, write_durably
from unite_pipeline.lake.manifests import MANIFEST_NAME
from unite_pipeline.lake.places import Places
from unite_pipeline.state import State

LABEL_NAME = "backup.json"
SETTINGS_NAME = ".env"
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
_OF_THE_DISK = {"lost+found"}
"""What a file system makes in the folder that it is mounted at."""
_COARSE_S = 2.0
"""The coarsest file times in use, those of FAT; a copy there bears another time than what it was made of."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside a copy, written last."""

    format: int = 1
    made_at: datetime
    version: str
    tenant: str


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was copied this time, and what stood there already.

    Args:
        reads: reads of the raw layer that are new in the copy.
        reads_before: those it had.
        sounds: recordings as sound that are new in the copy.
        databases: SQLite files that were copied.
        size_bytes: of all that was copied.
    """

    reads: int
    reads_before: int
    sounds: int
    databases: int
    size_bytes: int


def back_up(
    places: Places, target: Path, now: datetime, *, settings_file: Path | None = None, with_token: bool = True
) -> BackupReport:
    """Copy what cannot be made again to a folder; into the same folder again, what is new since.

    Syncs may be under way: a read counts once its manifest stands, which is written last and never changed, so the
    reads that stood at the beginning are copied, each with its manifest last. Nothing is ever deleted in the copy.

    Args:
        places: the data directory.
        target: the folder; made if missing, readable by its owner alone.
        now: the present.
        settings_file: the `.env` that the settings come from; it may hold secrets, so it goes with the token.
        with_token: whether the login token is copied too; without it whoever restores has to provision.

    Raises:
        ConfigurationError: the folder is within the data directory or around it, or holds something else.
        LakeError: a database cannot be read.
        OSError: a file cannot be read or written; names it.
    """
    _check(places, target)
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(_PRIVATE_FOLDER)
    copying = _Copying(places.root, target, now.timestamp())
    with locks.held(places.locks / "backup.lock"):
        copying.file(places.identity)
        new, before = _raw(copying, places)
        sounds = _sounds(copying, places)
        if with_token:
            if places.login_token.exists():
                copying.file(places.login_token)
            if settings_file is not None and settings_file.exists():
                copying.file(settings_file, target / SETTINGS_NAME)
        databases = _databases(copying, places)
        label = Label(made_at=now, version=version("unite-pipeline"), tenant=places.tenant)
        write_durably(target / LABEL_NAME, msgspec.json.encode(label))
    return BackupReport(new, before, sounds, databases, copying.size_bytes)


class _Copying:
    """Copies files of one folder to the same places of another."""

    def __init__(self, root: Path, target: Path, began_at: float) -> None:
        self._root, self._target = root, target
        self.began_at = began_at
        self.size_bytes = 0

    def place(self, path: Path) -> Path:
        """Where the copy of a file stands."""
        return self._target / path.relative_to(self._root)

    def has(self, path: Path) -> bool:
        """Whether the copy of a file is of its age, as far as the disk of the copy can tell, and of its size."""
        try:
            copy, source = self.place(path).stat(), path.stat()
        except FileNotFoundError:
            return False
        return copy.st_size == source.st_size and abs(copy.st_mtime - source.st_mtime) <= _COARSE_S

    def file(self, path: Path, place: Path | None = None) -> None:
        """Copy a file with its times, for its owner alone, at once or not at all."""
        place = place or self.place(path)
        aside = self.aside(place)
        try:
            shutil.copy2(path, aside)
            aside.chmod(_PRIVATE_FILE)  # an earlier version made files that all could read
            self.put(aside, place)
        finally:
            aside.unlink(missing_ok=True)

    def aside(self, place: Path) -> Path:
        """A name beside a copy, to make it at."""
        place.parent.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
        return place.with_name(f".{place.name}.{secrets.token_hex(4)}.tmp")

    def put(self, aside: Path, place: Path) -> None:
        """Move what was made aside to its place; on disk when this returns."""
        self.size_bytes += aside.stat().st_size
        replace_durably(aside, place)


def _check(places: Places, target: Path) -> None:
    root, wanted = places.root.resolve(), target.resolve()
    if wanted == root or root in wanted.parents or wanted in root.parents:
        message = f"{target} is within the data directory or around it: name a folder elsewhere, on another disk"
        raise ConfigurationError(message)
    if not places.identity.exists():
        message = f"There is nothing to back up in {places.root} yet: run `unite-pipeline sync`, or set UNITE_DATA_DIR"
        raise ConfigurationError(message)
    with suppress(FileNotFoundError):
        if (target / places.identity.name).read_bytes() != places.identity.read_bytes():
            message = f"{target} is a copy of another account's data directory: name another folder"
            raise ConfigurationError(message)
        return
    if target.is_dir() and any(path.name not in _OF_THE_DISK for path in target.iterdir()):
        message = f"{target} holds something else: name an empty folder, or one that was a back-up before"
        raise ConfigurationError(message)


def _raw(copying: _Copying, places: Places) -> tuple[int, int]:
    """The reads that were finished when this began: what is younger may build on one that was not seen."""
    new = before = 0
    for manifest in sorted(places.raw.glob(f"*/*/*/*/{MANIFEST_NAME}")):
        if copying.place(manifest).exists():
            before += 1
        elif manifest.stat().st_mtime <= copying.began_at:
            folder = manifest.parent
            pages = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
            _all(copying, (path for path in pages if path != manifest))
            copying.file(manifest)
            new += 1
    return new, before


def _sounds(copying: _Copying, places: Places) -> int:
    """Recordings that are settled, the sidecar last: a sidecar without its sound says that the sound is not wanted."""
    new = 0
    for sidecar in sorted(places.audio.glob("*/*.json")):
        if copying.has(sidecar):
            continue
        sound = sidecar.with_suffix(".mp3")
        if sound.exists():
            copying.file(sound)
        copying.file(sidecar)
        new += 1
    return new


def _databases(copying: _Copying, places: Places) -> int:
    """Budget and token, and what Dagster keeps: runs, their logs, which schedules are on."""
    State(places.state)  # makes it, if it was lost
    _database(copying, places.state, "delete")
    copied = 1
    for path in sorted(places.dagster.rglob("*.db")):
        # Dagster sets the mode when it makes a database, and never again: a copy must bear it.
        with suppress(_GoneError):
            copied += _database(copying, path, "wal") if not _stands(copying, path) else 0
    _all(copying, places.dagster.glob("*.yaml"))
    return copied


class _GoneError(Exception):
    """A database was deleted meanwhile, as Dagster does with a run that somebody deletes."""


def _stands(copying: _Copying, path: Path) -> bool:
    """Whether the copy of a database is as new as it is: true of the logs of all runs that are over."""
    log = path.with_name(f"{path.name}-wal")
    with suppress(FileNotFoundError):  # closed by its last user just now
        if log.stat().st_size:
            return False
    return copying.has(path)


def _database(copying: _Copying, path: Path, journal: str) -> int:
    """A database as of one moment, whoever writes to it meanwhile.

    Args:
        copying: where to.
        path: the database.
        journal: the mode that the copy is left in.
    """
    place = copying.place(path)
    aside = copying.aside(place)
    try:
        changed_at = path.stat().st_mtime
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE))
        # rw: without it SQLite would make the one that is gone, empty.
        source_uri = f"{path.absolute().as_uri()}?mode=rw"
        with (
            closing(sqlite3.connect(source_uri, uri=True, timeout=60)) as source,
            closing(sqlite3.connect(aside)) as copy,
        ):
            source.backup(copy)
            copy.execute(f"pragma journal_mode = {journal}")  # closed, it leaves no log of its own beside the copy
        if copying.began_at - changed_at <= 2 * _COARSE_S:
            changed_at -= 60  # it may change again within what file times tell apart: the next back-up takes it anew
        os.utime(aside, (changed_at, changed_at))
        copying.put(aside, place)
    except (FileNotFoundError, sqlite3.DatabaseError) as error:
        if not path.exists():
            raise _GoneError from error
        message = f"{path} could not be copied ({error}). Check the disk; state.db may be deleted, it costs one log-in"
        raise LakeError(message) from error
    finally:
        for name in ("", "-journal", "-wal", "-shm"):
            aside.with_name(f"{aside.name}{name}").unlink(missing_ok=True)
    return 1


def _all(copying: _Copying, paths: Iterable[Path]) -> None:
    for path in sorted(paths):
        copying.file(path)
