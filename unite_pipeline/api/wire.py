"""The wire format, without I/O: a form body out; bytes in, a page or a precise error out.

Here: what a request and an answer look like. Not here: sending (`client.py`), pages together (`paging.py`).
Source: vendor document, "VOIPZeker Custom Error codes", "HTTP Error Codes"; contract 1, 9-11, 15-28.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import urlencode

import msgspec

from unite_pipeline.api.endpoints import PAGE_SIZE, Effect, Endpoint, Envelope
from unite_pipeline.api.redaction import clean_rows
from unite_pipeline.errors import (
    ApiError,
    AuthenticationError,
    NotPermittedError,
    PayloadTooLargeError,
    PermanentApiError,
    RateLimitedError,
    RetryableApiError,
    TokenRejectedError,
)

Params = Mapping[str, str | int | list[str]]

MAX_BODY_BYTES = 16_000
"""The vendor refuses headers and body of together more than 20 kB; headers get the rest (contract 15)."""

FORM_HEADERS = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}

_OK_CODES = (0, "0", None)
_BLANK = b" \t\r\n\xef\xbb\xbf"  # and the byte order mark
_COUNT = re.compile(r"\d{1,18}", re.ASCII)
_CODE = re.compile(r"-?\d{1,18}", re.ASCII)
_HTTP_OK = 200
_HTTP_TOO_MANY = 429
_HTTP_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Page:
    """One answer.

    Rows are JSON values as received, secrets removed, one line each. Counts are None where the API told none that can
    be trusted. `data` is the decoded answer of an endpoint that has no rows; `content` the bytes of a file; `served_at`
    the server's own time, if its answer tells it.
    """

    rows: list[bytes] = field(default_factory=list, repr=False)
    itemcount: int | None = None
    pagecount: int | None = None
    data: Any = field(default=None, repr=False)
    content: bytes = field(default=b"", repr=False)
    served_at: datetime | None = None


class _Answer(msgspec.Struct):
    status: Any = None
    errorCode: Any = None  # noqa: N815 - the vendor's name
    data: msgspec.Raw = msgspec.Raw(b"null")
    pagination: msgspec.Raw = msgspec.Raw(b"null")


class _Items(msgspec.Struct):
    items: msgspec.Raw = msgspec.Raw(b"[]")


def render(
    endpoint: Endpoint, params: Params, token: str | None, *, page: int = 1, page_size: int = PAGE_SIZE
) -> bytes:
    """The form body of a request; a token never goes anywhere else (contract 1).

    Raises:
        PayloadTooLargeError: the body would be refused; ask in smaller parts.
        PermanentApiError: a parameter is missing or not of this endpoint.
    """
    pairs = [
        (name, f"{one:d}" if isinstance(one, int) else one)
        for name, value in params.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    # Looked for among the pairs: an empty list leaves nothing of its parameter.
    allowed = set(endpoint.required) | set(endpoint.optional)
    wrong = sorted((set(params) - allowed) | (set(endpoint.required) - {name for name, _ in pairs}))
    # Sorting by a secret tells the secret (contract 17).
    if wrong or any(name == "sortkey" and value.strip().lower() == "password" for name, value in pairs):
        message = f"The parameters {wrong or ['sortkey']} are missing, or not ones to send"
        raise PermanentApiError(message, endpoint=endpoint.path)
    if token is not None:
        pairs.insert(0, ("accesstoken", token))
    if endpoint.is_paged:
        pairs += [("pagelimit", str(page_size)), ("showpage", str(page))]
    body = urlencode(pairs).encode()
    if len(body) > MAX_BODY_BYTES:
        message = f"The request would be {len(body)} bytes, over the vendor's limit. Ask in smaller parts"
        raise PayloadTooLargeError(message, endpoint=endpoint.path)
    return body


def read(
    endpoint: Endpoint,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Iterable[str] = (),
    attempt: int = 1,
    page_size: int = PAGE_SIZE,
) -> Page:
    """An answer as a page.

    Args:
        endpoint: what was asked.
        status: HTTP status.
        headers: response headers, names in lower case.
        body: response body.
        secrets: literal values to take out of rows.
        attempt: 1 for the first try, for the error's text.
        page_size: rows a page that were asked for.

    Raises:
        ApiError: of the class that says what to do; never with a piece of the body.
    """
    if endpoint.envelope is Envelope.BYTES and status == _HTTP_OK and not _may_be_json(body):
        return Page(content=body)
    answer = _parse(endpoint, status, headers, body, attempt)
    if not _is_success(status, answer):
        _raise_error(endpoint, status, _code(answer.errorCode), headers, attempt)
    try:
        return replace(_page(endpoint, answer, secrets, page_size), served_at=_served_at(headers))
    except (msgspec.DecodeError, RecursionError) as error:
        message = f"The answer has not the shape of the vendor's document ({type(error).__name__})"
        raise RetryableApiError(message, endpoint=endpoint.path, http_status=status, attempt=attempt) from None


def _may_be_json(body: bytes) -> bool:
    """Whether what came for a file can be an error instead: a later part of a sound may begin with a brace as well."""
    if body.lstrip(_BLANK)[:1] != b"{":
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_success(status: int, answer: _Answer) -> bool:
    return status == _HTTP_OK and answer.status is True and answer.errorCode in _OK_CODES


def _page(endpoint: Endpoint, answer: _Answer, secrets: Iterable[str], page_size: int) -> Page:
    if endpoint.envelope is Envelope.BYTES:
        raise msgspec.ValidationError  # a success without the file
    if endpoint.envelope is Envelope.ONE:
        row = clean_rows([bytes(answer.data)], endpoint.keep, () if endpoint.effect is Effect.LOGIN else secrets)[0]
        data = bytes(answer.data) if endpoint.effect is Effect.LOGIN else row
        return Page(rows=[row], data=msgspec.json.decode(data))
    items, holder = answer.data, answer.pagination
    if endpoint.envelope is Envelope.ITEMS and bytes(items).lstrip()[:1] == b"{":
        items, holder = msgspec.json.decode(items, type=_Items).items, answer.data
    rows = _rows(items)
    is_counted = endpoint.envelope in (Envelope.PAGINATION, Envelope.ITEMS)
    itemcount, pagecount = _counts(bytes(holder), len(rows), page_size) if is_counted else (None, None)
    return Page(clean_rows(rows, endpoint.keep, secrets), itemcount, pagecount)


def _rows(items: msgspec.Raw) -> list[bytes]:
    text = bytes(items).lstrip()
    if text[:1] == b"{":
        # A PHP list whose keys are not 0..n arrives as a map (contract 28, 29).
        return [bytes(row) for row in msgspec.json.decode(items, type=dict[str, msgspec.Raw]).values()]
    if text == b"null":
        return []
    return [bytes(row) for row in msgspec.json.decode(items, type=list[msgspec.Raw])]


def _counts(holder: bytes, rows: int, page_size: int) -> tuple[int | None, int | None]:
    """`itemcount` and `pagecount`, each None if it is missing, no number, or told twice (contract 20, 21).

    Save where the second of two item counts is evidently the page count that is missing, as in the document's sample of
    the phonebook: `"itemcount":"34","itemcount":"1"`.
    """
    pairs = _outermost_pairs(holder) if holder.lstrip()[:1] == b"{" else []
    items, pages = ([value for name, value in pairs if name == wanted] for wanted in ("itemcount", "pagecount"))
    if len(items) == 2 and not pages:  # noqa: PLR2004
        itemcount, pagecount = _whole_number(items[:1]), _whole_number(items[1:])
        if itemcount is None or pagecount is None or not _do_agree(itemcount, pagecount, rows, page_size):
            return None, None
        return itemcount, pagecount
    return _whole_number(items), _whole_number(pages)


def _do_agree(itemcount: int, pagecount: int, rows: int, page_size: int) -> bool:
    """Whether so many items make so many pages: of the size that was asked for, or of that of the page that came."""
    expected = {-(-itemcount // size) for size in (page_size, rows) if size} | ({1} if itemcount == 0 else set())
    return rows <= itemcount and pagecount in expected


def _outermost_pairs(text: bytes) -> list[tuple[str, Any]]:
    """Names and values of a JSON object, doubled names included, which other parsers hide; numbers as text."""
    pairs: list[tuple[str, Any]] = []

    def hook(found: list[tuple[str, Any]]) -> dict[str, Any]:
        pairs[:] = found  # the outermost object is finished last
        return {}

    json.loads(text, object_pairs_hook=hook, parse_int=str, parse_float=str)
    return pairs


def _whole_number(values: list[Any]) -> int | None:
    is_one = len(values) == 1 and isinstance(values[0], str) and _COUNT.fullmatch(values[0])
    return int(values[0]) if is_one else None


def _parse(endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes, attempt: int) -> _Answer:
    faults = []
    # Once more without a byte order mark or a PHP warning before the first brace (contract 18).
    for start in sorted({0, max(body.find(b"{"), 0)}):
        try:
            body[start:].decode()  # rows are passed on unparsed: nobody else would see that they are no text
            return msgspec.json.decode(body[start:], type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            faults.append(type(error).__name__)
    if status != _HTTP_OK:
        _raise_error(endpoint, status, None, headers, attempt)
    digest = hashlib.sha256(body).hexdigest()[:12]
    # The parser's own text is left out: it may quote the body.
    message = f"The answer is not JSON: {len(body)} bytes, sha256 {digest}…, {faults[0]}"
    raise RetryableApiError(message, endpoint=endpoint.path, http_status=status, attempt=attempt)


def _code(value: Any) -> int | str | None:
    if isinstance(value, str) and _CODE.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


_BY_CODE: dict[int, tuple[type[ApiError], str]] = {
    1: (
        NotPermittedError,
        "This login may not use the endpoint. Ask the administrator of the Unite portal to allow it",
    ),
    21: (TokenRejectedError, "The access token is not known"),
    90: (TokenRejectedError, "The access token is expired"),
    100: (
        PermanentApiError,
        "The user of this login could not be verified. Check the App template in the Unite portal",
    ),
    107: (PermanentApiError, "User, tenant and extension do not belong together. Check the extension and the login"),
}
"""The vendor's custom error codes, all but 0 (contract 9)."""

_BY_STATUS: dict[int, tuple[type[ApiError], str]] = {
    400: (PermanentApiError, "The API calls the request invalid"),
    401: (TokenRejectedError, "The API does not accept the token"),
    403: (NotPermittedError, "The endpoint is for administrators only"),
    404: (PermanentApiError, "The API does not know the endpoint. Check UNITE_BASE_URL"),
    413: (PayloadTooLargeError, "The request is too large for the API. Ask in smaller parts"),
    429: (RateLimitedError, "The API says that too many requests were sent"),
}
"""The vendor's HTTP error codes, all but 500 and above."""

_REFUSING = (_HTTP_OK, 400, 401, 403)
"""The statuses at which a log-in is refused; at others, without a code of the vendor's, it was not even asked."""


def _raise_error(
    endpoint: Endpoint, status: int, code: int | str | None, headers: Mapping[str, str], attempt: int
) -> NoReturn:
    if status == _HTTP_TOO_MANY:
        message = _BY_STATUS[status][1]
        raise RateLimitedError(
            message,
            retry_after_s=_retry_after(headers),
            endpoint=endpoint.path,
            http_status=status,
            attempt=attempt,
        )
    kind, message = _kind(status, code)
    if endpoint.effect is Effect.LOGIN and (status in _REFUSING or code in _BY_CODE):
        kind = AuthenticationError
        message = (
            "The log-in was refused. If the App template was used or disabled, re-enable it in the Unite portal and "
            "run `unite-pipeline provision` with its new invitation id"
        )
    error = kind(message, endpoint=endpoint.path, http_status=status, error_code=code, attempt=attempt)
    if isinstance(error, RetryableApiError):
        error.retry_after_s = _retry_after(headers)
    raise error


def _kind(status: int, code: int | str | None) -> tuple[type[ApiError], str]:
    if isinstance(code, int) and code in _BY_CODE:
        return _BY_CODE[code]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= _HTTP_SERVER_ERROR:
        return RetryableApiError, "The API had a problem of its own"
    if status != _HTTP_OK:
        return PermanentApiError, "The answer has a status that the API's document does not have. Check UNITE_BASE_URL"
    return PermanentApiError, "The API refused with a code that its document does not have"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait: told as such, or as a date, which its own clock is the measure of."""
    text = headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        until, now = _date(text), _served_at(headers)
        return None if until is None or now is None else max((until - now).total_seconds(), 0.0)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _served_at(headers: Mapping[str, str]) -> datetime | None:
    return _date(headers.get("date", ""))


def _date(text: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)
