"""The life of an access token: one log-in per half hour for the whole account, shared through state.db.

Here: which token to use, and getting a new one, single-flight over all processes. Not here: how it is sent.
Source: vendor document, "Accesstoken expiration" and "APP login"; contract 5-8.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from unite_pipeline import locks
from unite_pipeline.clock import Clock
from unite_pipeline.state import State

RENEW_AFTER_S = 25 * 60.0
"""A token lives 30 minutes; five are left for a request that is under way, or waits for its slot."""


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

    def token(self) -> str:
        """A token that is good for five minutes more; logs in if there is none."""
        return self._stored() or self._renew(None)

    def renew(self, failed: str) -> str:
        """A token other than `failed`, which the server did not take.

        A new log-in may end the life of the token before it (contract 8), so nobody logs in who can have a token
        that somebody else got meanwhile.
        """
        return self._renew(failed)

    def _renew(self, failed: str | None) -> str:
        with locks.held(self._lock):
            stored = self._stored()
            if stored is not None and stored != failed:
                return stored
            token = self._log_in()
            with self._state.transaction() as db:
                db.execute(
                    "insert or replace into tokens (account, boot_id, token, obtained_at) values (?, ?, ?, ?)",
                    (self._account, self._clock.boot_id, token, self._clock.boot()),
                )
            return token

    def _stored(self) -> str | None:
        with self._state.transaction() as db:
            row = db.execute(
                "select token, obtained_at from tokens where account = ? and boot_id = ?",
                (self._account, self._clock.boot_id),
            ).fetchone()
        if row is None or self._clock.boot() - row[1] >= RENEW_AFTER_S:
            return None
        return str(row[0])
