"""Locks that belong to the kernel: `flock` on an empty file, freed by itself when its holder dies, even by kill -9.

Here: taking and freeing one. Not here: which locks there are; each is named where it is needed.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def held(path: Path, *, on_wait: Callable[[], None] | None = None, sign: Path | None = None) -> Iterator[None]:
    """Hold the lock named by `path` for the body; waits until it is free.

    Args:
        path: the lock's file, made if missing.
        on_wait: called once if somebody else holds the lock, before waiting.
        sign: another lock, held together with others who wait, while this one is waited for: `is_held` of it tells the
            holder that somebody does.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _try(descriptor):
            if on_wait is not None:
                on_wait()
            with _shared(sign):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock just now; asking takes it for an instant."""
    return _state(path) is True


def is_left(path: Path) -> bool:
    """Whether the lock's file stands there and nobody holds it; asking takes it for an instant.

    A holder that removes the file before it frees the lock never leaves it so, unless it dies.
    """
    return _state(path) is False


def let_others_in(pause_s: float = 0.02) -> None:
    """Give a process that waits for a lock we just freed the moment it needs to take it."""
    time.sleep(pause_s)


@contextmanager
def _shared(path: Path | None) -> Iterator[None]:
    """Hold a lock that any number may hold so; nothing without a path."""
    with ExitStack() as held_open:
        if path is not None:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            held_open.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_SH)  # somebody who looks whether it is held has it for an instant
        yield


def _state(path: Path) -> bool | None:
    """Whether the lock is held; None where its file is not there, or was removed while this looked."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        if not _try(descriptor):
            return True
        return False if os.fstat(descriptor).st_nlink else None
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
