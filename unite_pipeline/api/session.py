"""The life of an access token: one log-in per half hour for the whole account, shared through state.db.

Here: which token to use, and getting a new one, single-flight over all processes. Not here: how it is sent.
Source: vendor document, "Accesstoken expiration" and "APP login"; contract 5-8.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from unite_pipeline import locks
from unite_pipeline.clock import Clock
from unite_pipeline.state import State

log = logging.getLogger(__name__)

RENEW_AFTER_S = 25 * 60.0
"""A token lives 30 minutes; five are left for a request that is under way."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, and whether it was logged in for just now by whoever asked."""

    value: str = field(repr=False)
    is_own: bool


class Session:
    """The access token of one account.

    Args:
        state: where the token is shared.
        account: whose token it is (`state.account_key`).
        log_in: trades the login token for a new access token; costs one request of the budget.
        clock: measures the token's age on the boot clock.
        lock: file of the kernel lock that only one process logs in under.
    """

    def __init__(self, state: State, account: str, log_in: Callable[[], str], clock: Clock, lock: Path) -> None:
        self._state = state
        self._account = account
        self._log_in = log_in
        self._clock = clock
        self._lock = lock

    def token(self, refused: Collection[str] = ()) -> Token:
        """A token that is good for five minutes more and none of `refused`; logs in if none is stored.

        A new log-in may end the life of the token before it (contract 8), so nobody logs in who can have a token
        that somebody else got meanwhile.
        """
        stored = self.stored(refused)
        if stored is not None:
            return Token(stored, is_own=False)
        with locks.held(self._lock, on_wait=lambda: log.info("Waiting for another process that logs in")):
            stored = self.stored(refused)
            if stored is not None:
                return Token(stored, is_own=False)
            token = self._log_in()
            with self._state.transaction() as db:
                db.execute(
                    "insert or replace into tokens (account, boot_id, token, obtained_at) values (?, ?, ?, ?)",
                    (self._account, self._clock.boot_id, token, self._clock.boot()),
                )
            return Token(token, is_own=True)

    def stored(self, refused: Collection[str] = ()) -> str | None:
        """The stored token, if it is good for five minutes more and none of `refused`."""
        with self._state.transaction() as db:
            row = db.execute(
                "select token, obtained_at from tokens where account = ? and boot_id = ?",
                (self._account, self._clock.boot_id),
            ).fetchone()
        if row is None or row[0] in refused or self._clock.boot() - row[1] >= RENEW_AFTER_S:
            return None
        return str(row[0])
