"""How long a request is waited for: how many tries, the pauses between them, what a server may ask for, an outage.

Here: whether to try again, and after how many seconds. Not here: sending (`client.py`), the budget (`pacing.py`).
Why these bounds: decision 0012.
"""

from __future__ import annotations

import random
from datetime import timedelta

from unite_pipeline.api.pacing import Rate, longest_block_s
from unite_pipeline.clock import Clock
from unite_pipeline.errors import RateLimitedError, RetryableApiError, UnansweredError

MAX_ATTEMPTS = 5
"""Tries of one request, the first included; a try again with another access token is not counted, but as bounded.

Nor are tries that reached nobody: an outage is waited for by the clock."""
OUTAGE_S = 300.0
"""For so long the first request that meets an outage is tried."""
_BACKOFF_S = 2.0
_MAX_BACKOFF_S = 60.0


class Reach:
    """Whether the API is known to be out of reach: then each further request is tried once, until one is answered."""

    def __init__(self) -> None:
        self.is_lost = False


class Patience:
    """With one request: made for it, and asked after each failed try.

    Args:
        reach: shared by the requests of one client.
        clock: the present.
        rate: its period is waited for after a 429, however long that is.
    """

    def __init__(self, reach: Reach, clock: Clock, rate: Rate) -> None:
        self._reach, self._clock = reach, clock
        self._longest_s = longest_block_s(rate)
        self._began_s = clock.boot()
        self._asked_s = 0.0
        self._tries = 0
        self._tries_that_reached_nobody = 0

    def pause_s(self, error: RetryableApiError) -> float:
        """How long to wait before the next try; nothing after a 429, since the budget then makes everybody wait.

        Raises:
            RetryableApiError: `error`, where enough was tried or waited.
        """
        is_unanswered = isinstance(error, UnansweredError)
        if is_unanswered and self._reach.is_lost:
            raise error
        self._reach.is_lost = False
        is_unreached = isinstance(error, UnansweredError) and error.is_unreached
        if is_unreached:
            self._tries_that_reached_nobody += 1
        else:
            self._tries += 1
        left_s = self._began_s + OUTAGE_S - self._clock.boot()
        if self._tries >= MAX_ATTEMPTS or (is_unreached and left_s <= 0):
            self._reach.is_lost = is_unanswered
            raise error
        asked_s = self._asked(error)
        if isinstance(error, RateLimitedError):
            return 0.0
        failed = self._tries + self._tries_that_reached_nobody
        backoff_s: float = min(_BACKOFF_S * 2 ** (failed - 1), _MAX_BACKOFF_S)
        pause_s = max(backoff_s * random.uniform(0.5, 1.0), asked_s)  # noqa: S311 - jitter
        return min(pause_s, left_s) if is_unreached else pause_s

    def _asked(self, error: RetryableApiError) -> float:
        """What the server asks to wait, all told no longer than a run may stand still with its locks held."""
        asked_s = error.retry_after_s or 0.0
        self._asked_s += asked_s
        if self._asked_s > self._longest_s:
            in_all = " in all" if self._asked_s > asked_s else ""
            until = self._clock.utc() + timedelta(seconds=asked_s)
            text = (
                f"{error.args[0]}. It asks to wait {self._asked_s:.0f} s{in_all}; "
                f"a run waits {self._longest_s:.0f} s at most, since it holds locks meanwhile. "
                f"Runs go on by themselves from {until:%Y-%m-%d %H:%M} UTC"
            )
            error.args = (text,)
            raise error
        return asked_s
