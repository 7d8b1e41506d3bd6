"""Faults that change an answer that was right: its types, its keys, its bytes.

Faults that refuse a request belong to `door`, faults of paging to `paging`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from unite_pipeline.simulator.faults import ActiveFault, FaultsOfRequest
from unite_pipeline.simulator.protocol.exchange import Reply, dumps

_MAPS = frozenset(
    (
        "number_formats", "phonenumber_formats", "tonumber_formats", "from_callerid_formats", "status_list",
        "propertiesData", "extensionproperties", "numberlist", "fulluserlist", "extuserlist", "flowuserlist",
    )
)  # fmt: skip
_ROW_KEYS = ("uniqueid", "callrecordkey", "switchkey", "id")


def damaged(reply: Reply, faults: FaultsOfRequest) -> Reply:
    """Returns a JSON answer with every fault that hits it; other answers stay as they are."""
    if not reply.is_json or faults.are_quiet:
        return reply
    for name, change in _CHANGES.items():
        item = faults.due(name)
        if item is None:
            continue
        envelope = json.loads(reply.body)
        before = dumps(envelope)
        after = dumps(change(envelope, item))
        if after != before:
            item.fired += 1
            reply = replace(reply, body=after.encode())
    return replace(reply, body=_damaged_text(reply.body, faults))


def _damaged_text(body: bytes, faults: FaultsOfRequest) -> bytes:
    doubled = faults.hit("duplicate_key") if b'"pagecount":' in body else None
    if doubled is not None:
        count = rb"\2" if doubled.fault.count is None else str(doubled.fault.count).encode()
        body = re.sub(rb'"pagecount":("?)(\d+)', rb'"itemcount":\g<1>' + count, body, count=1)
    if faults.hit("truncated_json") is not None:
        body = body[: len(body) // 2]
    noise = faults.hit("leading_noise")
    return body if noise is None else noise.fault.text.encode() + body


def _every_value(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _every_value(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_every_value(item, change) for item in value]
    return change(value)


def _numbers_as_text(envelope: Any, _: ActiveFault) -> Any:
    return _every_value(envelope, lambda value: str(value) if type(value) is int else value)


def _text_as_numbers(envelope: Any, _: ActiveFault) -> Any:
    def change(value: Any) -> Any:
        return (
            int(value)
            if isinstance(value, str) and value.isascii() and value.isdigit() and str(int(value)) == value
            else value
        )

    return _every_value(envelope, change)


def _empty_map_as_list(envelope: Any, item: ActiveFault) -> Any:
    if isinstance(envelope, dict):
        return {
            key: [] if key in _MAPS and isinstance(value, dict) else _empty_map_as_list(value, item)
            for key, value in envelope.items()
        }
    if isinstance(envelope, list):
        return [_empty_map_as_list(value, item) for value in envelope]
    return envelope


def _missing_error_code(envelope: Any, _: ActiveFault) -> Any:
    return {key: value for key, value in envelope.items() if key != "errorCode"}


def _rows(envelope: dict[str, Any]) -> list[dict[str, Any]]:
    data = envelope.get("data")
    rows = data.get("items") if isinstance(data, dict) else data
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _chosen_row(envelope: dict[str, Any], item: ActiveFault) -> dict[str, Any] | None:
    """Returns the row a fault keeps to, chosen at its first chance, if this page has it."""
    for row in _rows(envelope):
        key = next((str(row[name]) for name in _ROW_KEYS if name in row), "")
        day = item.fault.day
        if not item.picked and (day is None or str(row.get("calltime", ""))[:10] == day.isoformat()):
            item.picked = (key,)
        if key in item.picked:
            return row
    return None


def _missing_field(envelope: Any, item: ActiveFault) -> Any:
    row = _chosen_row(envelope, item)
    if row is not None:
        row.pop(item.fault.field or list(row)[1], None)
    return envelope


def _wrong_type(envelope: Any, item: ActiveFault) -> Any:
    row = _chosen_row(envelope, item)
    if row is not None:
        row[item.fault.field or ("calltime" if "calltime" in row else list(row)[1])] = "garbage"
    return envelope


_CHANGES: dict[str, Callable[[Any, ActiveFault], Any]] = {
    "missing_field": _missing_field,
    "wrong_type": _wrong_type,
    "empty_map_as_list": _empty_map_as_list,
    "numbers_as_text": _numbers_as_text,
    "text_as_numbers": _text_as_numbers,
    "missing_error_code": _missing_error_code,
}
