"""Calls and recordings written by hand, and what the warehouse makes of them.

Here: a scene to put them in. Not here: assertions.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from unite_pipeline.warehouse import build_warehouse
from unite_pipeline_tests.warehouse.conftest import Writer

ZONE = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CALLER = "31611111111"
OWN = "31309999901"
DIRECT = (CALLER, OWN, "0200")
THROUGH_FLOW = (CALLER, OWN, "0001", "0200")
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Match(NamedTuple):
    """What became of a recording."""

    confidence: str
    uniqueid: str | None


@dataclass
class Scene:
    """Extensions 0200 (R1), 0201 (R2) and 0202 (R3), the flow 0001 "Sales" and our number; seconds are from noon."""

    lake: Writer
    start: datetime = NOON
    _calls: list[dict[str, Any]] = field(default_factory=list)
    _recordings: list[dict[str, Any]] = field(default_factory=list)

    def call(
        self,
        uniqueid: str,
        at: float = 0,
        ring: int = 8,
        talk: int = 60,
        chain: tuple[str | None, ...] = DIRECT,
        **facts: Any,
    ) -> None:
        started_at = self.start + timedelta(seconds=at)
        direction = "outbound" if (chain[0] or "").startswith("02") else "inbound"
        usual = {
            "uniqueid": uniqueid, "started_at": started_at,
            "started_at_local": started_at.astimezone(ZONE).replace(tzinfo=None), "direction": direction,
            "scope": "external", "answered": talk > 0, "duration_s": ring + talk, "talk_s": talk, "ring_s": ring,
            "leg_count": len(chain), "first_number": chain[0], "last_number": chain[-1],
        }  # fmt: skip
        self._calls.append({**usual, **facts, "chain": chain})

    def recording(
        self,
        key: str,
        at: float = 8,
        length: int = 60,
        by: tuple[str, ...] = ("R1",),
        source: str | None = CALLER,
        target: str | None = "1234*0200",
        callerid: str | None = CALLER,
        queue: str | None = None,
        **facts: Any,
    ) -> None:
        usual = {
            "callrecordkey": key, "recorded_at": self.start + timedelta(seconds=at), "duration_s": length,
            "from_number": source, "to_number": target, "from_callerid": callerid, "queue_name": queue,
        }  # fmt: skip
        self._recordings.append({**usual, **facts, "by": by})

    def build(self, *, extensions: tuple[str, ...] = ("0200", "0201", "0202")) -> dict[str, Match]:
        """Write the lake, build the warehouse; what became of each recording, by its key."""
        by_day: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for call in self._calls:
            by_day[f"{call['started_at_local']:%Y-%m-%d}"].append(call)
        for day, calls in by_day.items():
            self.lake.put("calls", day, *calls)
            self.lake.put("call_legs", day, *(leg for call in calls for leg in self._legs(call)))
        for day, items in self._recorded().items():
            self.lake.put("recordings", day, *items)
        self.put_listings()
        self.lake.put("number_parties", None, *self._parties(extensions))
        build_warehouse(self.lake.places)
        rows = self.lake.query("select callrecordkey, confidence, uniqueid from recording_calls order by all")
        return {key: Match(confidence, uniqueid) for key, confidence, uniqueid in rows}

    def evidence(self, key: str, columns: str) -> tuple[Any, ...]:
        """Columns of one row of recording_calls."""
        return self.lake.query(f"select {columns} from recording_calls where callrecordkey = '{key}'")[0]

    def _legs(self, call: dict[str, Any]) -> list[dict[str, Any]]:
        names = {"0001": "Sales"}
        return [
            {"uniqueid": call["uniqueid"], "position": place, "number": number, "description": names.get(number or ""),
             "started_at": call["started_at"]}
            for place, number in enumerate(call["chain"], 1)
        ]  # fmt: skip

    def put_listings(self) -> None:
        """Write whose lists have which recordings, each on the day of its recording."""
        for day, items in self._recorded().items():
            listings = [{"callrecordkey": item["callrecordkey"], "extension_id": extension}
                        for item in items for extension in item["by"]]  # fmt: skip
            self.lake.put("recording_extensions", day, *listings)

    def _recorded(self) -> dict[str, list[dict[str, Any]]]:
        """The recordings by local day."""
        recorded: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for item in self._recordings:
            recorded[f"{item['recorded_at'].astimezone(ZONE):%Y-%m-%d}"].append(item)
        return recorded

    def _parties(self, extensions: tuple[str, ...]) -> list[dict[str, Any]]:
        nobody = {"certainty": "certain", "valid_from": _EVER, "valid_to": None, "extension_id": None,
                  "call_flow_id": None, "contact_id": None}  # fmt: skip
        return [
            {**nobody, "number": "0001", "party_type": "flow", "call_flow_id": "T1"},
            {**nobody, "number": OWN, "party_type": "own_number", "call_flow_id": "T1"},
            *(
                {**nobody, "number": number, "party_type": "extension", "extension_id": f"R{int(number) - 199}"}
                for number in extensions
            ),
        ]


@pytest.fixture
def scene(lake: Writer) -> Scene:
    """A scene without calls."""
    return Scene(lake)
