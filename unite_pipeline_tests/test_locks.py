"""Locks that belong to the kernel. A killed holder is in `api/test_processes.py`."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from unite_pipeline import locks


@contextmanager
def when_opened(path: Path, happens: Callable[[], None]) -> Iterator[None]:
    """Let something happen in the moment in which a file is about to be opened, once."""
    waiting = [happens]

    def look(event: str, arguments: tuple) -> None:
        if event == "open" and waiting and str(arguments[0]) == str(path):
            waiting.pop()()

    sys.addaudithook(look)  # it stays as long as the process, and does nothing after the body
    try:
        yield
        assert waiting == []
    finally:
        waiting.clear()


def test_a_lock_is_held_for_the_body(tmp_path):
    """The lock is held within the body and free after it; its file and folders are made, closed to others."""
    path = tmp_path / "locks" / "a.lock"
    with locks.held(path):
        assert locks.is_held(path)
    assert not locks.is_held(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_asking_makes_no_file(tmp_path):
    """A lock that nobody ever took is free, and asking leaves no file behind."""
    assert not locks.is_held(tmp_path / "a.lock")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_is_removed_while_somebody_asks(tmp_path):
    """A lock whose file is removed in the moment in which it is looked at is free, and not left behind."""
    for asked in (locks.is_held, locks.is_left):
        path = tmp_path / "a.lock"
        path.touch()
        with when_opened(path, path.unlink):
            assert not asked(path)


def test_a_lock_that_was_given_back_is_not_left(tmp_path):
    """What a holder leaves when it dies is its file; one that removed it first has given the lock back."""
    path = tmp_path / "a.lock"
    assert not locks.is_left(path)
    with locks.held(path):
        assert not locks.is_left(path)
        path.unlink()
    assert not locks.is_left(path)
    path.touch()
    assert locks.is_left(path)


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt, SystemExit], ids=lambda error: error.__name__)
def test_a_failed_body_frees_the_lock(tmp_path, error):
    """Whatever ends the body, the lock is free afterwards and no descriptor stays open."""
    path = tmp_path / "a.lock"
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(error), locks.held(path):
        raise error
    assert not locks.is_held(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_failed_word_to_who_waits_frees_nothing_it_does_not_hold(tmp_path):
    """If `on_wait` raises (somebody will not wait), the lock stays with its holder."""
    path = tmp_path / "a.lock"

    def refuse() -> None:
        raise KeyError

    with locks.held(path):
        with pytest.raises(KeyError), locks.held(path, on_wait=refuse):
            pytest.fail("two hold it")
        assert locks.is_held(path)


def test_one_at_a_time(tmp_path):
    """Of eight threads one is in the body at a time, and each gets there."""
    inside, most, done = [], [], []

    def work(number: int) -> None:
        with locks.held(tmp_path / "a.lock"):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.005)
            inside.remove(number)
        done.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (max(most), sorted(done)) == (1, list(range(8)))


def test_who_waits_is_told_once(tmp_path):
    """`on_wait` is called once, before waiting, and only if somebody else holds the lock."""
    path = tmp_path / "a.lock"
    told: list[str] = []
    with locks.held(path, on_wait=lambda: told.append("free")):
        waiter = threading.Thread(target=lambda: _hold(path, told))
        waiter.start()
        while not told:
            time.sleep(0.001)
        assert told == ["taken"]
    waiter.join()
    assert told == ["taken", "mine"]


def _hold(path, told) -> None:
    with locks.held(path, on_wait=lambda: told.append("taken")):
        told.append("mine")


def test_locks_of_different_names_are_apart(tmp_path):
    """Holding one lock does not hold another."""
    with locks.held(tmp_path / "a.lock"), locks.held(tmp_path / "b.lock"):
        assert not locks.is_held(tmp_path / "c.lock")


def test_who_waited_gets_a_lock_that_is_freed_and_wanted_again(tmp_path):
    """A holder that lets others in before it takes the lock again does not starve who waits."""
    path = tmp_path / "a.lock"
    got = threading.Event()

    def wait() -> None:
        with locks.held(path):
            got.set()

    waiter = threading.Thread(target=wait)
    with locks.held(path):
        waiter.start()
        time.sleep(0.05)
    for _ in range(50):
        locks.let_others_in()
        with locks.held(path):
            if got.is_set():
                break
    waiter.join()
    assert got.is_set()
