"""Hand-written servers behind the transport seam: they answer from a script and remember what reached them.

Here: fakes of the vendor. Not here: the simulator (`bench.py`), which speaks the whole API.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from unite_pipeline.api.transport import Answer, TransportError
from unite_pipeline_tests.bench import MovedClock

Step = Answer | Exception | Callable[[dict[str, str]], Answer]


@dataclass(frozen=True)
class Received:
    """One request as it reached the server, at the server's boot clock."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    at_s: float

    @property
    def endpoint(self) -> str:
        return urlsplit(self.url).path.rpartition("/")[2]

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class ScriptedServer:
    """Logs anybody in with token-1, token-2, ...; gives all else the next step of the script, the last one for ever."""

    script: list[Step]
    time: MovedClock
    latency_s: float = 0.05
    received: list[Received] = field(default_factory=list)
    log_in: Callable[[int], Step] | None = None

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        self.time.pass_time(self.latency_s)
        request = Received(url, headers, body, self.time.boot_s)
        self.received.append(request)
        if request.endpoint == "applogin":
            number = self.count("applogin")
            step = ok({"accesstoken": f"token-{number}"}) if self.log_in is None else self.log_in(number)
        else:
            step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, Answer) else step(request.form)

    def count(self, endpoint: str) -> int:
        return sum(request.endpoint == endpoint for request in self.received)


def ok(data: Any, **more: Any) -> Answer:
    """A success as the vendor wraps it."""
    return answer({"status": True, "errorCode": 0, "message": "Operation Successful.", "data": data, **more})


def refusal(code: Any, status: int = 200) -> Answer:
    """An error envelope."""
    return answer({"status": False, "errorCode": code, "message": "Operation Failed.", "data": []}, status)


def answer(envelope: Any, status: int = 200) -> Answer:
    """Any JSON at any status."""
    return Answer(status, {"content-type": "application/json"}, json.dumps(envelope).encode())


def html(status: int, headers: Mapping[str, str] | None = None) -> Answer:
    """What a web server says by itself."""
    return Answer(status, {"content-type": "text/html", **(headers or {})}, f"<h1>{status}</h1>".encode())


def cut() -> Exception:
    """A connection that was cut off."""
    return TransportError("ChunkedEncodingError")
