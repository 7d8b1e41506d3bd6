"""The simulator's back door under /_simulator/: truth, requests seen and faults, for checks in other processes.

GET requests, summary, faults, truth/calls?from=DAY&to=DAY, truth/recordings, truth/extensions, truth/contacts,
truth/flows, truth/switches, truth/numbers, truth/log (every change); POST faults with a JSON list of `Fault` fields;
DELETE faults. Lists come as JSON lines. Nothing here uses the request budget.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import msgspec

from unite_pipeline.simulator.faults import Fault
from unite_pipeline.simulator.simulator import Answer, Simulator

CONTROL_ROOT = "/_simulator/"
_JSON = {"content-type": "application/json"}
_LINES = {"content-type": "application/x-ndjson"}


def control(sim: Simulator, method: str, path: str, query: str, body: bytes) -> Answer:
    """Answers one request through the back door."""
    name = path.removeprefix(CONTROL_ROOT).rstrip("/")
    try:
        if name == "faults":
            return _faults(sim, method, body)
        if method == "GET" and name == "summary":
            return _json(_summary(sim))
        if method == "GET" and name == "truth/calls":
            days = parse_qs(query)
            return _lines(sim.truth.calls(_day(days, "from"), _day(days, "to")))
        if method == "GET" and name in _LISTS:
            return _lines(_LISTS[name](sim))
    except (ValueError, TypeError, KeyError) as error:
        return _json({"error": f"{type(error).__name__}: {error}"}, status=400)
    return _json({"error": f"nothing at {method} {path}"}, status=404)


_LISTS: dict[str, Callable[[Simulator], Sequence[Any]]] = {
    "requests": lambda sim: sim.requests,
    "truth/recordings": lambda sim: sim.truth.recordings(),
    "truth/extensions": lambda sim: sim.truth.extensions(),
    "truth/contacts": lambda sim: sim.truth.contacts(),
    "truth/flows": lambda sim: sim.truth.flows(),
    "truth/switches": lambda sim: sim.truth.switches(),
    "truth/numbers": lambda sim: sim.truth.numbers(),
    "truth/log": lambda sim: sim.truth.log(),
}


def _day(days: dict[str, list[str]], name: str) -> date:
    return date.fromisoformat(days[name][0])


def _summary(sim: Simulator) -> dict[str, Any]:
    requests = sim.requests
    return {
        "now": sim.now,
        "today": sim.company.today(sim.now),
        "plan": sim.company.plan,
        "invitation_id": sim.invitation_id,
        "request_count": len(requests),
        "refused_count": sim.refused_count,
        "write_count": sim.write_count,
        "requests_by_endpoint": {
            name: sum(item.endpoint == name for item in requests) for name in sorted({r.endpoint for r in requests})
        },
        "faults": sim.faults.names(),
        "webhook_url": sim.webhook_url,
    }


def _faults(sim: Simulator, method: str, body: bytes) -> Answer:
    if method == "POST":
        sim.faults.add(*msgspec.json.decode(body, type=list[Fault]))
    elif method == "DELETE":
        sim.faults.clear()
    return _json(sim.faults.names())


def _json(value: Any, status: int = 200) -> Answer:
    return Answer(status, dict(_JSON), msgspec.json.encode(value))


def _lines(rows: Sequence[Any]) -> Answer:
    return Answer(200, dict(_LINES), b"".join(msgspec.json.encode(row, enc_hook=dict) + b"\n" for row in rows))
