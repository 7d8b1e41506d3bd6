"""How much a client may ask: 30 requests a minute per login, and 20 kB per request.

Source: "Rate limiting" and "Maximum request size". The document leaves open whether the minute slides or ticks.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

MAX_REQUEST_BYTES = 20_000

Window = Literal["sliding", "fixed"]


class RequestLimit:
    """Counts admitted requests per client; refused ones do not count."""

    def __init__(self, limit: int, period_s: float, window: Window) -> None:
        """Admits `limit` requests in any `period_s` seconds, or in each period of the clock if `window` is fixed."""
        self._limit, self._period_s, self._window = limit, period_s, window
        self._admitted: dict[str, deque[float]] = defaultdict(deque)
        self.refused_count = 0

    def admits(self, client: str, now: datetime) -> bool:
        """Tells whether a request may pass, and counts it if so."""
        at = now.timestamp()
        times = self._admitted[client]
        horizon = at - self._period_s if self._window == "sliding" else at - at % self._period_s
        while times and (times[0] <= horizon if self._window == "sliding" else times[0] < horizon):
            times.popleft()
        if len(times) >= self._limit:
            self.refused_count += 1
            return False
        times.append(at)
        return True


def request_size(headers: Mapping[str, str], body: bytes) -> int:
    """Returns the size of headers and body as sent, in bytes."""
    return len(body) + sum(len(name) + len(value) + 4 for name, value in headers.items())
