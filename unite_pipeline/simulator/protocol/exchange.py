"""One request and its reply, as the endpoints see them: the form in, JSON in the vendor's spelling out.

Source: "Introduction" and "VOIPZeker Custom Error codes". Success envelopes differ per endpoint, as the samples do:
half of them lack errorCode, and paging stands at the top or inside data.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from unite_pipeline.simulator.company.company import Company
from unite_pipeline.simulator.faults import FaultsOfRequest
from unite_pipeline.simulator.protocol.access import Access
from unite_pipeline.simulator.tenant import Tenant

ENDPOINT_NOT_ALLOWED = 1
INVALID_TOKEN = 21
RENEW_TOKEN = 90
USER_VERIFICATION = 100
EXTENSION_MISMATCH = 107
UNDOCUMENTED = 688
JSON_HEADERS = {"content-type": "application/json; charset=UTF-8"}


class RefusalError(Exception):
    """The endpoint answers with an error envelope."""

    def __init__(self, code: int, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Form:
    """A form body: the last value of a name counts, names ending in [] collect."""

    def __init__(self, body: bytes) -> None:
        """Decodes a form; bytes that are no UTF-8 are replaced."""
        self.pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        self._values = dict(self.pairs)

    def text(self, name: str, default: str = "") -> str:
        """Returns a value, or the default if it is absent."""
        return self._values.get(name, default)

    def given(self, name: str) -> str | None:
        """Returns a value, or None if it is absent."""
        return self._values.get(name)

    def required(self, name: str) -> str:
        """Returns a value that must be there and not empty."""
        value = self._values.get(name, "")
        if not value:
            raise RefusalError(UNDOCUMENTED, f"Parameter {name} is required.", status=400)
        return value

    def integer(self, name: str, default: int, *, lowest: int = 0, highest: int | None = None) -> int:
        """Returns an integer in bounds, or the default if absent or empty."""
        value = self._values.get(name, "")
        if not value:
            return default
        if not value.isascii() or not value.isdigit() or int(value) < lowest:
            raise RefusalError(UNDOCUMENTED, f"Parameter {name} is invalid.", status=400)
        if highest is not None and int(value) > highest:
            raise RefusalError(UNDOCUMENTED, f"Parameter {name} is invalid.", status=400)
        return int(value)

    def all(self, name: str) -> list[str]:
        """Returns every value of an array parameter, sent as name[] or name[0]."""
        return [value for key, value in self.pairs if key.endswith("]") and key.partition("[")[0] == name]


@dataclass(frozen=True, slots=True)
class Options:
    """Readings of the document that a test may want the other way round."""

    single_token: bool = False
    phonebook_shared_only: bool = False


@dataclass(slots=True)
class World:
    """All that endpoints may look at and change."""

    company: Company
    tenant: Tenant
    access: Access
    options: Options


@dataclass(frozen=True, slots=True)
class Request:
    """One request that has passed the door."""

    endpoint: str
    form: Form
    headers: Mapping[str, str]
    now: datetime
    faults: FaultsOfRequest
    world: World


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, ready to send but for the faults of its body."""

    body: bytes
    headers: Mapping[str, str]
    status: int = 200
    error_code: int | None = None

    @property
    def is_json(self) -> bool:
        """Whether the body is a JSON envelope."""
        return self.headers.get("content-type") == JSON_HEADERS["content-type"]


def dumps(value: Any) -> str:
    r"""Returns JSON as PHP's json_encode spells it: no spaces, \u for all that is not ASCII, \/ for a slash."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def success(data: str, *, with_code: bool, pagination: str | None = None) -> Reply:
    """Returns a success envelope around data that is JSON already."""
    code = '"errorCode":0,' if with_code else ""
    paging = f'"pagination":{pagination},' if pagination is not None else ""
    body = f'{{"status":true,{code}"message":"Operation Successful.",{paging}"data":{data}}}'
    return Reply(body.encode(), JSON_HEADERS)


def failure(code: int, message: str, status: int = 200) -> Reply:
    """Returns an error envelope; the vendor shows none, so it has status, errorCode and message."""
    body = dumps({"status": False, "errorCode": code, "message": message})
    return Reply(body.encode(), JSON_HEADERS, status, code)
