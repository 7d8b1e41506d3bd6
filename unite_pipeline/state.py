"""state.db: the request ledger and the access token, shared by every process of an account.

Here: the database, its shape, transactions. Not here: what the rows mean (`api/pacing.py`, `api/session.py`).
Nothing in it that one log-in would not bring back: if it is lost or damaged, delete it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from unite_pipeline.errors import LakeError

_SCHEMA = """
create table if not exists slots (
    id integer primary key, account text not null, boot_id text not null, taken_at real not null, free_at real not null
);
create index if not exists slots_by_account on slots (account, free_at);
create table if not exists waiters (
    client text primary key, account text not null, boot_id text not null, priority integer not null,
    live_until real not null
);
create table if not exists pacing (
    account text primary key, boot_id text not null, blocked_until real not null, spaced_until real not null
);
create table if not exists tokens (
    account text primary key, boot_id text not null, token text not null, obtained_at real not null
);
"""
_NOT_ITS_FAULT = (
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
)  # fmt: skip
_ABOUT_THE_DISK = "Check the disk, the permissions, and whether another process hangs."
_MAKING = threading.Lock()
_DELETE = "Delete it: it costs one log-in and nothing else."


class State:
    """state.db under a data directory.

    Made readable by its owner alone. It keeps a rollback journal, not a write-ahead log: the log would be a second file
    that holds the token. Nothing is fsynced: a process killed with -9 loses nothing by that, and after a power cut
    the ledger of the former boot is void anyway.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_if_missing(path)
        path.chmod(0o600)  # also one that a restore left readable by others
        with self._connected() as connection:
            connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One write transaction, alone over all processes; rolled back if the body raises."""
        with self._connected() as connection:
            connection.execute("begin immediate")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as connection:
                connection.execute("pragma journal_mode = delete")
                connection.execute("pragma synchronous = off")
                yield connection
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            remedy = _ABOUT_THE_DISK if code in _NOT_ITS_FAULT else _DELETE
            message = f"{self.path} cannot be used ({error}). {remedy}"
            raise LakeError(message) from error


def _make_if_missing(path: Path) -> None:
    # One that exists is opened by sqlite3 alone: to close any descriptor of a file gives up every POSIX lock that the
    # process holds on it, whoever took it (fcntl(2)), and with them the transaction of another State.
    with suppress(FileExistsError), _MAKING:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def account_key(base_url: str, login: str) -> str:
    """The name under which a login's access token is kept; tells nothing of the login token."""
    return _digest(f"{base_url}\n{login}")


def budget_key(base_url: str) -> str:
    """The name under which requests to an API are counted, whatever login they carry.

    Whom the vendor counts (login, tenant or address) is not documented (contract 13), and a new login is the same
    customer on the same machine.
    """
    return _digest(base_url)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
