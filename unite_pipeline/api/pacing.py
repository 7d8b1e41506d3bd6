"""The account's request budget: a ledger in state.db that every process of the account takes its slots from.

Here: when a request may go out. Not here: what is sent, or how often it is tried (`client.py`).
Source: vendor document, "Rate limiting": 30 requests in 1 minute; contract 13, 14.
"""

from __future__ import annotations

import random
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from unite_pipeline.clock import Clock
from unite_pipeline.errors import RateLimitedError
from unite_pipeline.state import State

_POLL_S = 1.0
"""A waiter looks again at least this often, and so shows that it lives."""
_LINGER_S = 2.5
"""How long a client counts as waiting after its last sign: one poll, and room for a slow one."""
_SPACED_PERIODS = 10
"""For so many periods requests are evenly spaced after a 429 that the ledger did not foresee."""
_MAX_WAIT_S = 300.0
_MAX_BLOCK_S = 3600.0
"""Whatever the server asks for, after so long one request is sent to see (decision 0012)."""

OnWait = Callable[[float | None], None]
"""Told of a wait for the budget when it begins: its seconds, or None while a client of higher priority goes first."""


class Priority(IntEnum):
    """Who goes first when the budget is short."""

    AUDIO = -10
    BACKFILL = 0
    BY_HAND = 5
    INCREMENT = 10
    LOGIN = 20


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """Requests taken and left in the running window, as the ledger sees them.

    Args:
        limit: requests a period.
        period_s: its length, seconds.
        in_use: requests taken.
        blocked_for_s: seconds for which nobody sends since the API refused one; 0 if nothing is blocked.
    """

    limit: int
    period_s: float
    in_use: int
    blocked_for_s: float = 0.0

    @property
    def left(self) -> int:
        """Requests that could go out at once."""
        return 0 if self.blocked_for_s > 0 else max(self.limit - self.in_use, 0)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `limit` requests in any `period_s` seconds; a request is over after `timeout_s` at the latest, twice."""

    limit: int
    period_s: float
    timeout_s: float

    @property
    def dead_after_s(self) -> float:
        """A slot whose holder never reported back counts for this long after it was taken.

        Twice the time-out is what the transport bounds a whole request by.
        """
        return 2 * self.timeout_s + self.period_s


def longest_block_s(rate: Rate) -> float:
    """How long a client stands still because the API said so, seconds; what lasts longer ends the run (decision 0012).

    A period is always waited for: that is what a 429 means.
    """
    return max(_MAX_WAIT_S, rate.period_s)


@dataclass(frozen=True, slots=True)
class _Wait:
    """How long until a slot may come free, in seconds; 0 for at once."""

    seconds: float
    is_for_others: bool = False

    @property
    def is_worth_telling(self) -> bool:
        return self.is_for_others or self.seconds >= 1.0


@dataclass(slots=True)
class Slot:
    """Leave to send one request.

    Args:
        is_unused: set by a holder that sent nothing after all; then it is free again at once.
    """

    is_unused: bool = False


class Budget:
    """One client's access to the account's ledger.

    A slot is taken before a request is sent and counts until one period after its answer came, however the server
    counts (sliding or by the minute), so that no jitter of the network makes a 31st.

    Args:
        state: the shared ledger.
        account: whose budget it is (`state.budget_key`).
        rate: the budget.
        clock: measured on the boot clock, which no adjustment of the wall clock moves.
        priority: increments go before what is started by hand, this before back-fills, and these before audio, while
            they are alive.
        on_wait: told of each wait of a second or more, and of each for somebody more urgent, once a slot.

    Attributes:
        waited_s: seconds waited for slots so far.
        before_each_try: called before each try to get a slot, every second at least; what it raises ends the wait.
    """

    def __init__(
        self,
        state: State,
        account: str,
        rate: Rate,
        clock: Clock,
        priority: Priority = Priority.INCREMENT,
        on_wait: OnWait | None = None,
    ) -> None:
        self._state = state
        self._account = account
        self._rate = rate
        self._clock = clock
        self.priority = priority
        self._on_wait = on_wait
        self._client = secrets.token_hex(8)
        self.waited_s = 0.0
        self.before_each_try: Callable[[], None] | None = None

    @contextmanager
    def slot(self) -> Iterator[Slot]:
        """Wait for a slot, hold it while the body sends and receives, and let it run out a period later.

        Raises:
            RateLimitedError: the API has asked everybody to wait for longer than a run may stand still.
        """
        slot_id, slot = self._wait_for_slot(), Slot()
        try:
            yield slot
        finally:
            with self._state.transaction() as db:
                if slot.is_unused:
                    db.execute("delete from slots where id = ?", (slot_id,))
                else:
                    # Put back if it was dropped: an answer later than any bound counts for a period all the same.
                    self._put_slot(db, slot_id, self._clock.boot() + self._rate.period_s)

    def refused(self, retry_after_s: float | None = None) -> None:
        """Record a 429: nobody sends for a full period (or as long as the server asked, up to an hour), then evenly."""
        wait = max(self._rate.period_s, min(retry_after_s or 0.0, _MAX_BLOCK_S)) + random.uniform(0.0, 1.0)  # noqa: S311 - jitter
        until = self._clock.boot() + wait
        with self._state.transaction() as db:
            blocked_until, spaced_until = self._pacing(db)
            db.execute(
                "insert or replace into pacing (account, boot_id, blocked_until, spaced_until) values (?, ?, ?, ?)",
                (
                    self._account,
                    self._clock.boot_id,
                    max(until, blocked_until),
                    max(until + _SPACED_PERIODS * self._rate.period_s, spaced_until),
                ),
            )

    def use(self) -> BudgetUse:
        """What is in use just now."""
        now = self._clock.boot()
        with self._state.transaction() as db:
            self._drop_expired(db, now)
            blocked_until, _ = self._pacing(db)
            return BudgetUse(
                self._rate.limit, self._rate.period_s, self._taken(db), blocked_for_s=max(blocked_until - now, 0.0)
            )

    def seconds_for(self, requests: int) -> float:
        """How long so many requests wait for the budget, if nobody else uses it."""
        use = self.use()
        return max(-(-(requests - use.left) // use.limit), 0) * use.period_s + use.blocked_for_s

    def close(self) -> None:
        """Stop counting as somebody who waits."""
        with self._state.transaction() as db:
            db.execute("delete from waiters where client = ?", (self._client,))

    def _wait_for_slot(self) -> int:
        began = self._clock.boot()
        try:
            return self._wait()
        finally:
            self.waited_s += self._clock.boot() - began

    def _wait(self) -> int:
        told: set[bool] = set()
        while True:
            if self.before_each_try is not None:
                self.before_each_try()
            with self._state.transaction() as db:
                slot_id, wait = self._try(db)
            if slot_id is not None:
                return slot_id
            if wait.is_worth_telling and self._on_wait is not None and wait.is_for_others not in told:
                told.add(wait.is_for_others)
                self._on_wait(None if wait.is_for_others else wait.seconds)
            self._clock.sleep(min(max(wait.seconds, 0.005), _POLL_S))

    def _try(self, db: sqlite3.Connection) -> tuple[int | None, _Wait]:
        """A slot's id, or None and how long it may be until another try succeeds."""
        now = self._clock.boot()
        self._drop_expired(db, now)
        self._show_life(db, now)
        wait = self._wait_for_turn(db, now)
        if wait.seconds > 0:
            return None, wait
        slot_id = secrets.randbits(62)  # not the next number: that of a slot that was dropped would come again
        self._put_slot(db, slot_id, now + self._rate.dead_after_s)
        return slot_id, wait

    def _put_slot(self, db: sqlite3.Connection, slot_id: int, free_at: float) -> None:
        db.execute(
            "insert into slots (id, account, boot_id, taken_at, free_at) values (?, ?, ?, ?, ?)"
            " on conflict (id) do update set free_at = excluded.free_at",
            (slot_id, self._account, self._clock.boot_id, self._clock.boot(), free_at),
        )

    def _wait_for_turn(self, db: sqlite3.Connection, now: float) -> _Wait:
        blocked_until, spaced_until = self._pacing(db)
        if blocked_until > now:
            self._give_up_if_too_long(blocked_until - now)
            return _Wait(blocked_until - now)
        if spaced_until > now:
            gap = self._last_taken(db) + self._rate.period_s / self._rate.limit - now
            if gap > 0:
                return _Wait(gap)
        if self._is_somebody_ahead(db, now):
            return _Wait(_POLL_S, is_for_others=True)
        if self._taken(db) < self._rate.limit:
            return _Wait(0.0)
        earliest = db.execute(
            "select min(case when boot_id = ? then free_at else ? end) from slots where account = ?",
            (self._clock.boot_id, self._rate.dead_after_s, self._account),
        ).fetchone()[0]
        return _Wait(max(earliest - now, 0.0) + 0.001 if earliest is not None else _POLL_S)

    def _give_up_if_too_long(self, blocked_s: float) -> None:
        longest_s = longest_block_s(self._rate)
        if blocked_s > longest_s + 1.0:  # the jitter of `refused`
            until = self._clock.utc() + timedelta(seconds=blocked_s)
            message = (
                "The API has said that too many requests were sent, and asked everybody to wait. Nothing is sent "
                f"before {until:%Y-%m-%d %H:%M} UTC; runs go on by themselves from then on"
            )
            raise RateLimitedError(message, endpoint="*", retry_after_s=blocked_s)

    def _drop_expired(self, db: sqlite3.Connection, now: float) -> None:
        db.execute("delete from slots where boot_id = ? and free_at <= ?", (self._clock.boot_id, now))
        # A slot of a former boot was taken before this boot's clock began.
        if now >= self._rate.dead_after_s:
            db.execute("delete from slots where boot_id <> ?", (self._clock.boot_id,))
        db.execute("delete from waiters where boot_id <> ? or live_until <= ?", (self._clock.boot_id, now))

    def _show_life(self, db: sqlite3.Connection, now: float) -> None:
        db.execute(
            "insert or replace into waiters (client, account, boot_id, priority, live_until) values (?, ?, ?, ?, ?)",
            (self._client, self._account, self._clock.boot_id, int(self.priority), now + _LINGER_S),
        )

    def _taken(self, db: sqlite3.Connection) -> int:
        return int(db.execute("select count(*) from slots where account = ?", (self._account,)).fetchone()[0])

    def _last_taken(self, db: sqlite3.Connection) -> float:
        row = db.execute(
            "select max(taken_at) from slots where account = ? and boot_id = ?", (self._account, self._clock.boot_id)
        ).fetchone()
        return float("-inf") if row[0] is None else float(row[0])

    def _is_somebody_ahead(self, db: sqlite3.Connection, now: float) -> bool:
        """Whether a live client of higher priority is at work: it gets every slot while it is."""
        row = db.execute(
            "select count(*) from waiters where account = ? and priority > ? and live_until > ?",
            (self._account, int(self.priority), now),
        ).fetchone()
        return int(row[0]) > 0

    def _pacing(self, db: sqlite3.Connection) -> tuple[float, float]:
        row = db.execute(
            "select blocked_until, spaced_until from pacing where account = ? and boot_id = ?",
            (self._account, self._clock.boot_id),
        ).fetchone()
        return (0.0, 0.0) if row is None else (float(row[0]), float(row[1]))
