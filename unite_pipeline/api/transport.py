"""The one seam to the network: bytes out, bytes in.

Here: HTTP over requests, bounded in time. Not here: what the bytes mean (`wire.py`), when to send (`pacing.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from unite_pipeline.api.deadline import Deadline, WatchedAdapter


class TransportError(Exception):
    """No whole answer came: not connected, cut off, or out of time. The text names the kind of failure only.

    Args:
        kind: its name.
        is_unreached: no connection came about, so nobody has seen the request.
    """

    def __init__(self, kind: str, *, is_unreached: bool = False) -> None:
        super().__init__(kind)
        self.is_unreached = is_unreached


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case. The body is kept out of `repr`: it may hold secrets."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Transport(Protocol):
    """Sends one POST and returns the answer, whatever its status; raises TransportError if none came whole."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        """Send `body` to `url`; `timeout_s` bounds each wait for the server, and twice that the whole."""


class HttpTransport:
    """HTTP and HTTPS through one kept-alive session. Follows no redirect: a token goes to no other address."""

    def __init__(self) -> None:
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, WatchedAdapter())

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        """See `Transport.send`."""
        with Deadline(2 * timeout_s) as deadline:
            try:
                answer = self._post(url, headers, body, timeout_s)
            except (requests.RequestException, HTTPError, ValueError) as error:
                # `from None`: the library's text may hold the request.
                kind = requests.ReadTimeout if deadline.is_over else type(error)
                is_unreached = kind is not requests.ReadTimeout and _is_unreached(error)
                raise TransportError(kind.__name__, is_unreached=is_unreached) from None
            if deadline.is_over:
                # Cut short by us: where the server told no length, that looks like the end of the answer.
                raise TransportError(requests.ReadTimeout.__name__)
        return answer

    def _post(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        with self._session.post(
            url, data=body, headers=dict(headers), timeout=timeout_s, stream=True, allow_redirects=False
        ) as response:
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, names, response.content)

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()


def _is_unreached(error: Exception) -> bool:
    """Whether no connection came about: no such name, no route, nobody listening."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError | ConnectTimeoutError)
