"""The one seam to the network: bytes out, bytes in.

Here: HTTP over requests, bounded in time. Not here: what the bytes mean (`wire.py`), when to send (`pacing.py`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import requests
from urllib3.exceptions import HTTPError


class TransportError(Exception):
    """No whole answer came: not connected, cut off, or out of time. The text names the kind of failure only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case. The body is kept out of `repr`: it may hold secrets."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Transport(Protocol):
    """Sends one POST and returns the answer, whatever its status; raises TransportError if none came whole."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        """Send `body` to `url`; `timeout_s` bounds the wait for the first byte, and then the reading of the rest."""


class HttpTransport:
    """HTTP and HTTPS through one kept-alive session. Follows no redirect: a token goes to no other address."""

    def __init__(self) -> None:
        self._session = requests.Session()

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        """See `Transport.send`."""
        try:
            with self._session.post(
                url, data=body, headers=dict(headers), timeout=timeout_s, stream=True, allow_redirects=False
            ) as response:
                content = _read(response, timeout_s)
                names = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, names, content)
        except (requests.RequestException, HTTPError, ValueError) as error:
            # `from None`: the library's text may hold the request.
            raise TransportError(type(error).__name__) from None

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()


def _read(response: requests.Response, timeout_s: float) -> bytes:
    # requests bounds each look at the socket, not the whole: an answer that trickles would hold its slot for ever.
    # `read1` gives what has come; `iter_content` would go on looking until its chunk is full.
    deadline = time.monotonic() + timeout_s
    chunks = []
    while chunk := response.raw.read1(64 * 1024, decode_content=True):
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise requests.ReadTimeout
    return b"".join(chunks)
