"""An API that writes some of its answers differently than the simulator does, between it and the client.

Here: the transport, and reaching a bench through it. Not here: what is written differently.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from unite_pipeline.api.client import Client
from unite_pipeline.api.transport import Answer, Transport
from unite_pipeline.extract.source import Source
from unite_pipeline_tests.bench import TIMEZONE, Bench

Change = Callable[[dict[str, str], dict[str, Any]], dict[str, Any] | None]
"""Told the form that was sent and the envelope that comes back; gives the envelope to send instead, or None."""


@dataclass
class Rewriting:
    """A transport that changes the JSON answers of one endpoint."""

    inner: Transport
    endpoint: str
    change: Change

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        answer = self.inner.send(url, headers, body, timeout_s)
        if not url.endswith(f"/{self.endpoint}"):
            return answer
        form = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
        changed = self.change(form, json.loads(answer.body))
        return answer if changed is None else replace(answer, body=json.dumps(changed).encode())


def through(bench: Bench, transport: Transport) -> None:
    """Reach the API through another transport from now on."""
    bench.client = Client(replace(bench.connection, transport=transport), bench.login_token)
    bench.source = Source(bench.client, bench.places, bench.clock, TIMEZONE)


def rewrite(bench: Bench, endpoint: str, change: Change) -> None:
    """Let one endpoint answer differently from now on."""
    through(bench, Rewriting(bench.transport, endpoint, change))
