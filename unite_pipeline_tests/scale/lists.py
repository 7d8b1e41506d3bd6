"""The lists of the made-up company, landed as raw reads and brought into the lake by the real path.

Here: rows as the API would send them. Not here: calls (`traffic.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from unite_pipeline.lake.manifests import Manifest, Part, Window
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.raw import Begun, begin
from unite_pipeline.transform import ALL_ANSWERS, ALL_SNAPSHOTS, transform_answers, transform_snapshots
from unite_pipeline_tests.scale.reads import manifest_of
from unite_pipeline_tests.scale.traffic import CONTACTS, EXTENSIONS, FLOWS, OWN_NUMBERS, TIMEZONE

_ROWS_A_PAGE = 300


def outside(index: int) -> str:
    """A number outside, as `traffic.py` makes it."""
    return f"3160{10000 + (index * 6700417) % 9990000:07d}"


def own(index: int) -> str:
    """A number of ours."""
    return f"3160{index:07d}"


def land_lists(places: Places, moment: datetime) -> dict[str, str]:
    """Land every list once and transform it.

    Returns:
        By feed, the read that has its rows.
    """
    holders = {}
    for feed, rows in _lists().items():
        part = "R0" if feed == "extension_properties" else "list"
        window = Window(window_start=moment, window_end=moment, received_rows=len(rows), is_complete=True)
        holders[feed] = land(places, manifest_of(places.tenant, feed, moment, windows=(window,)), {part: rows})
    for snapshots in ALL_SNAPSHOTS:
        transform_snapshots(places, TIMEZONE, snapshots)
    for answers in ALL_ANSWERS:
        transform_answers(places, answers)
    return holders


def land(places: Places, manifest: Manifest, parts: Mapping[str, Sequence[Any]], known_rows: int = 0) -> str:
    """Land a read: pages of rows (JSON text, or what becomes it), then its manifest.

    Args:
        places: the data directory.
        manifest: what it says, but for the parts that have rows.
        parts: rows by part.
        known_rows: rows of each part that were known and are not listed again.

    Returns:
        Its id.
    """
    begun = Begun(
        feed=manifest.feed, tenant=manifest.tenant, read_id=manifest.read_id, timezone=TIMEZONE,
        started_at=manifest.started_at, asked=manifest.asked,
    )  # fmt: skip
    raw = begin(places.feed(manifest.feed), begun)
    made = []
    for name, rows in parts.items():
        lines = [row.encode() if isinstance(row, str) else json.dumps(row).encode() for row in rows]
        pages = [
            raw.land(name, number, len(lines), lines[start : start + _ROWS_A_PAGE])
            for number, start in enumerate(range(0, len(lines), _ROWS_A_PAGE), 1)
        ]
        made.append(_part(name, lines, pages, known_rows))
    raw.finish(_with_parts(manifest, made))
    return manifest.read_id


def _part(name: str, lines: list[bytes], pages: list[str], known_rows: int) -> Part:
    count = len(lines)
    extension = name if name.startswith("R") else None
    return Part(
        part=name, extension_id=extension, itemcount=count, received_rows=count, landed_rows=count,
        known_rows=known_rows, requests=len(pages), pages=tuple(pages), content_hash="0" * 64, is_complete=True,
    )  # fmt: skip


def _with_parts(manifest: Manifest, parts: list[Part]) -> Manifest:
    fields = {name: getattr(manifest, name) for name in manifest.__struct_fields__}
    return Manifest(**{**fields, "parts": (*manifest.parts, *parts)})


def _lists() -> dict[str, list[Any]]:
    extensions = [_extension(index) for index in range(EXTENSIONS)]
    numbers = [f"{200 + index:04d}" for index in range(EXTENSIONS)]
    flows = [
        {"id": f"T{index}", "name": f"Flow {index} - {own(index)}", "dialplanstatus": "1",
         "didnumbers": [{"fullnumber": own(each)} for each in range(index, OWN_NUMBERS, FLOWS)]}
        for index in range(FLOWS)
    ]  # fmt: skip
    return {
        "extensions": extensions,
        "phonebook": [_contact(index) for index in range(CONTACTS)],
        "call_flows": flows,
        "switches": [{"switchkey": "S1", "switch_no": "*301", "name": "Night", "lang": "nl", "state": "0"}],
        "cdr_flows": [
            {
                "fulluserlist": {},
                "extuserlist": {number: f"Desk {number}" for number in numbers},
                "flowuserlist": {f"{index:04d}": f"Flow {index}" for index in range(FLOWS)},
            }
        ],
        "cdr_numbers": [{"numberlist": {own(each): {"fullnumber": own(each)} for each in range(OWN_NUMBERS)}}],
        "extension_status": [{"items": {f"R{each}": "1" for each in range(EXTENSIONS)}, "status_list": {"1": "idle"}}],
        "extension_properties": [
            {"extensionproperties": {"voicemail_enable": "1"}, "propertiesData": {"voicemail_enable": {"1": "on"}}}
        ],
    }


def _extension(index: int) -> dict[str, Any]:
    number = f"{200 + index:04d}"
    return {
        "id": f"R{index}", "username": f"1234*{number}", "name": f"Desk {number}", "extno_format": number,
        "extno": str(index), "email": "", "calleridtype": "1", "callerid": own(0), "country": "NL",
        "exttype": "100", "createdate": "2019-01-01 10:00:00",
    }  # fmt: skip


def _contact(index: int) -> dict[str, Any]:
    number = outside(index)
    return {
        "id": f"P{index}", "extensionid": "0", "name": f"Caller {index}", "lastname": "", "companyname": "",
        "phonenumber": number, "phonenumbertype": "0", "phonenumber_formatted": f"06 {number[-8:]}",
        "phonenumber_formats": {"CountryID": "NL", "E164": f"+{number}"},
    }  # fmt: skip
