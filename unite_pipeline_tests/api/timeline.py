"""Many clients on one moved clock: threads of which one runs at a time, until it sleeps.

Here: virtual time. Not here: what the clients do, or what is asserted.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from unite_pipeline.clock import Clock


class Timeline:
    """A clock that jumps to the next sleeper's waking as soon as everybody sleeps; the order follows from the times."""

    def __init__(self, start_s: float = 10_000.0) -> None:
        self.now = start_s
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, threading.Semaphore]] = []
        self._failures: list[BaseException] = []
        self._all_done = threading.Semaphore(0)

    def clock(self) -> Clock:
        day = datetime(2026, 10, 28, tzinfo=UTC)
        return Clock(
            boot=lambda: self.now,
            utc=lambda: day + timedelta(seconds=self.now),
            sleep=self.sleep,
            boot_id="boot",
        )

    def sleep(self, seconds: float) -> None:
        turn = threading.Semaphore(0)
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), turn))
        self._wake_next()
        turn.acquire()

    def run(self, *jobs: Callable[[], None]) -> None:
        """Run the jobs from now on, together, and return when all are done."""
        threads = [threading.Thread(target=self._live, args=(job, turn)) for job, turn in self._enrolled(jobs)]
        for thread in threads:
            thread.start()
        self._wake_next()
        self._all_done.acquire()
        for thread in threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def _enrolled(self, jobs: tuple[Callable[[], None], ...]) -> list[tuple[Callable[[], None], threading.Semaphore]]:
        turns = [(job, threading.Semaphore(0)) for job in jobs]
        for _, turn in turns:
            heapq.heappush(self._sleepers, (self.now, next(self._order), turn))
        return turns

    def _live(self, job: Callable[[], None], turn: threading.Semaphore) -> None:
        turn.acquire()
        try:
            job()
        except BaseException as failure:  # noqa: BLE001 - raised again by run()
            self._failures.append(failure)
        self._wake_next()

    def _wake_next(self) -> None:
        if not self._sleepers:
            self._all_done.release()
            return
        at, _, turn = heapq.heappop(self._sleepers)
        self.now = max(self.now, at)
        turn.release()
