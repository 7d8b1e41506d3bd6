"""How far a run of calls has come: rows, requests, waiting, and when it will be done, as Dagster's pages show it.

Here: the sums. Not here: the estimate (`extract/plan.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import dagster as dg

from unite_pipeline.clock import Clock
from unite_pipeline.extract.source import Forecast


class Progress:
    """What one run has cost since it began, and what it still wants.

    Args:
        clock: the present.
        requests: counts requests of the run so far.
        waited_s: counts seconds waited for the budget so far.
    """

    def __init__(self, clock: Clock, requests: Callable[[], int], waited_s: Callable[[], float]) -> None:
        self._clock, self._requests, self._waited_s = clock, requests, waited_s
        self._waited_before_s = waited_s()
        self._planned: Forecast | None = None
        self._left: Forecast | None = None

    def expect(self, left: Forecast) -> None:
        """Take note of what is left; the first time that is the plan."""
        self._planned = self._planned or left
        self._left = left

    def metadata(self, *, is_done: bool = False) -> dict[str, Any]:
        """Requests, waiting and the end to expect; the end is as of the newest estimate."""
        told: dict[str, Any] = {
            "requests_of_run": self._requests(),
            "waited_s": round(self._waited_s() - self._waited_before_s, 1),
        }
        if self._planned is not None:
            told["planned_requests"] = self._planned.requests
            told["planned_minutes"] = round(self._planned.seconds / 60, 1)
        if self._left is not None and not is_done:
            done_at = self._clock.utc() + timedelta(seconds=self._left.seconds)
            told["requests_left"] = self._left.requests
            told["done_at_about"] = dg.MetadataValue.timestamp(done_at.timestamp())
        return told
