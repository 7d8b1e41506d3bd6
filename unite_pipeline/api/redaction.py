"""Where secrets stop: rows on their way in lose passwords, tokens and addresses before anything else sees them.

Here: which fields pass, and taking the others out. Not here: where rows go afterwards.
Source: contract 17, 58; architecture, promise 5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

_DENIED = re.compile(r"(password|passwd|accesstoken|logintoken|ri_\w+)", re.IGNORECASE)
# Cheap look at the bytes: a denied name, or an escaped ASCII letter that could spell one.
_SUSPECT = re.compile(rb'"(?:password|passwd|accesstoken|logintoken|ri_)|\\u00[2-7]', re.IGNORECASE)
_MASK = "[removed]"

WITHHELD = b'"[withheld: not an object]"'
"""Stands for a row of a feed with secrets that was no object, so that nothing could be picked from it."""


def clean_rows(rows: Iterable[bytes], keep: frozenset[str] | None, secrets: Iterable[str]) -> list[bytes]:
    """The rows as they may be kept, each one line of JSON.

    Args:
        rows: JSON values as received.
        keep: the only top-level fields that pass; None lets all but the denied names pass.
        secrets: literal values that must appear nowhere, such as the token in use.
    """
    literal = [msgspec.json.encode(secret)[1:-1] for secret in secrets if secret]
    return [_clean(_one_line(row), keep, literal) for row in rows]


def _clean(row: bytes, keep: frozenset[str] | None, secrets: list[bytes]) -> bytes:
    if keep is not None:
        row = _pick(row, keep)
    if _SUSPECT.search(row):
        row = msgspec.json.encode(_without_denied(msgspec.json.decode(row)))
    if secrets and b"\\" in row:
        # Any letter may be written as an escape, and PHP writes "/" as "\\/": look at it in one spelling.
        plain = msgspec.json.encode(msgspec.json.decode(row))
        row = plain if any(secret in plain for secret in secrets) else row
    for secret in secrets:
        row = row.replace(secret, _MASK.encode())
    return row


def _pick(row: bytes, keep: frozenset[str]) -> bytes:
    value = msgspec.json.decode(row)
    if not isinstance(value, dict):
        return WITHHELD
    return msgspec.json.encode({name: held for name, held in value.items() if name in keep})


def _without_denied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_denied(held) for name, held in value.items() if not _DENIED.fullmatch(name)}
    if isinstance(value, list):
        return [_without_denied(held) for held in value]
    return value


def _one_line(row: bytes) -> bytes:
    # In legal JSON a bare line break stands only between tokens, where a space means the same.
    return row.replace(b"\r", b" ").replace(b"\n", b" ")
