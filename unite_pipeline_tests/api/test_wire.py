"""Forms out, pages and precise errors in, without a network."""

from __future__ import annotations

import hashlib
import json
import re
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unite_pipeline.api import endpoints, wire
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

CANARY = "canary-of-the-body"
TOKEN = "canary-of-the-token"
CDR = endpoints.LIST_CDR_LOGS
EXTENSIONS = endpoints.LIST_EXTENSIONS
RECORDS = endpoints.LIST_CALL_RECORDS
DOWNLOAD = endpoints.DOWNLOAD_CALL_RECORD

# The vendor's two tables, 688 of its sample and two more of the web's; what each is for whoever asked.
BY_CODE = {
    1: NotPermittedError,
    21: TokenRejectedError,
    90: TokenRejectedError,
    100: PermanentApiError,
    107: PermanentApiError,
    688: PermanentApiError,
}
BY_STATUS = {
    400: PermanentApiError,
    401: TokenRejectedError,
    403: NotPermittedError,
    404: PermanentApiError,
    413: PayloadTooLargeError,
    429: RateLimitedError,
    500: RetryableApiError,
    502: RetryableApiError,
    503: RetryableApiError,
}


def body(envelope: object) -> bytes:
    """An answer's bytes."""
    return json.dumps(envelope).encode()


def read(content: bytes, endpoint=CDR, status=200, headers=None, **more):
    """An answer read as a page."""
    return wire.read(endpoint, status, headers or {}, content, **more)


def failure(content: bytes, endpoint=CDR, status=200, headers=None) -> ApiError:
    """The error that an answer is; it quotes nothing of the body."""
    with pytest.raises(ApiError) as raised:
        wire.read(endpoint, status, headers or {}, content, attempt=3)
    error = raised.value
    assert CANARY not in str(error) + repr(error) + repr(error.args)
    assert error.__cause__ is None
    assert (error.endpoint, error.http_status, error.attempt) == (endpoint.path, status, 3)
    return error


def rows(page) -> list[object]:
    """The rows of a page, parsed."""
    return [msgspec.json.decode(row) for row in page.rows]


@pytest.mark.parametrize("code", [None, 0, "0"], ids=["null", "number", "text"])
def test_three_ways_to_say_success(code):
    """`errorCode` null, 0 and "0" are all success (contract 11)."""
    assert rows(read(body({"status": True, "errorCode": code, "data": [{"a": 1}]}))) == [{"a": 1}]


def test_a_missing_error_code_is_success():
    """Fifteen of the document's 28 success samples have no `errorCode` at all (contract 11)."""
    assert rows(read(body({"status": True, "message": "Operation Successful.", "data": [{"a": 1}]}))) == [{"a": 1}]


@pytest.mark.parametrize(
    "status", [False, None, "true", 1, "1", [], {}], ids=["false", "null", "text", "one", "1", "list", "map"]
)
def test_only_status_true_is_success(status):
    """HTTP 200 with any `status` but true is a refusal, with or without rows beside it."""
    error = failure(body({"status": status, "errorCode": 0, "message": CANARY, "data": [{"a": CANARY}]}))
    assert type(error) is PermanentApiError


@pytest.mark.parametrize("code", [1, 688, "90", 3], ids=repr)
def test_status_true_with_a_code_is_no_success(code):
    """An error code wins over `status: true`."""
    assert failure(body({"status": True, "errorCode": code, "data": [{"a": 1}]})).error_code == int(code)


@pytest.mark.parametrize("as_text", [False, True], ids=["number", "text"])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_each_custom_code_has_its_class(code, status, as_text):
    """Each of the vendor's custom codes decides the error's class and is kept, at HTTP 200 and above."""
    sent = str(code) if as_text else code
    error = failure(body({"status": False, "errorCode": sent, "message": CANARY, "data": CANARY}), status=status)
    expected = BY_CODE[code] if code != 688 or status == 200 else BY_STATUS[status]
    assert type(error) is expected
    assert error.error_code == code


@pytest.mark.parametrize(
    "content",
    [
        b"",
        f"<html>{CANARY}</html>".encode(),
        body({"status": False, "message": CANARY, "data": []}),
        body({"status": False, "errorCode": 0, "message": CANARY}),
        body({"status": True, "data": [CANARY]}),
        body([CANARY]),
        b'{"status": fal',
        b"\xff\xfe" + CANARY.encode("utf-16-le"),
    ],
    ids=["empty", "html", "json", "json-0", "json-true", "json-list", "truncated", "utf-16"],
)
@pytest.mark.parametrize("status", sorted(BY_STATUS))
def test_each_http_code_has_its_class(status, content):
    """Each of the vendor's HTTP codes decides the error's class, whatever stands in the body."""
    assert type(failure(content, status=status)) is BY_STATUS[status]


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 304, 405, 418])
def test_other_statuses_are_permanent(status):
    """A status that the document does not have is never a success, and is not asked again."""
    assert type(failure(body({"status": True, "data": []}), status=status)) is PermanentApiError


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_too_many_requests_whatever_the_code(code):
    """HTTP 429 is the budget's business even where the body tells a code."""
    assert type(failure(body({"status": False, "errorCode": code}), status=429)) is RateLimitedError


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("17", 17.0), ("0", 0.0), ("-5", 0.0), ("1.5", 1.5), ("", None), (None, None), ("inf", None), ("nan", None),
        ("1e400", None), ("Wed, 21 Oct 2026 07:28:00 GMT", 90.0), ("Wed, 21 Oct 2026 07:26:29 GMT", 0.0),
        ("Wednesday, 21-Oct-26 07:28:00 GMT", 90.0), ("Wed Oct 21 07:28:00 2026", 90.0), ("tomorrow", None),
        ("Wed, 21 Oct 2026 99999999999:28:00 GMT", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [429, 500, 503])
def test_retry_after(status, told, expected):
    """`Retry-After` is kept, as seconds or as a date after the answer's own; what is neither is as good as none."""
    headers = {"date": "Wed, 21 Oct 2026 07:26:30 GMT"}
    error = failure(b"", status=status, headers=headers if told is None else {**headers, "retry-after": told})
    assert type(error) is BY_STATUS[status]
    assert error.retry_after_s == expected


def test_a_date_to_wait_for_is_measured_by_the_servers_clock():
    """Where the answer does not tell its own time, a date in `Retry-After` cannot be turned into seconds."""
    headers = {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert failure(b"", status=503, headers=headers).retry_after_s is None


@pytest.mark.parametrize("endpoint", [endpoints.APP_LOGIN, endpoints.APP_PROVISION], ids=["login", "provision"])
@pytest.mark.parametrize(
    ("status", "code"),
    [*((200, code) for code in BY_CODE), (400, None), (401, None), (403, None), (200, 0), (500, 21), (404, 1)],
)
def test_a_refused_login_says_what_to_do(endpoint, status, code):
    """A log-in that is refused is an AuthenticationError whose text tells the remedy."""
    error = failure(body({"status": False, "errorCode": code, "message": CANARY}), endpoint, status)
    assert type(error) is AuthenticationError
    assert "re-enable it in the Unite portal" in str(error)
    assert "unite-pipeline provision" in str(error)


@pytest.mark.parametrize("status", [404, 405, 302], ids=str)
def test_a_wrong_address_is_no_refused_login(status):
    """A log-in at an address that is not the API's says so, and sends nobody to the portal for a new invitation."""
    error = failure(b"<html>", endpoints.APP_LOGIN, status)
    assert type(error) is PermanentApiError
    assert "UNITE_BASE_URL" in str(error)


@pytest.mark.parametrize("noise", [b"\xef\xbb\xbf", b"\r\n  ", b"<b>Warning</b>: strlen() in /var/www/x.php\n"])
def test_noise_before_the_json(noise):
    """A byte order mark or a PHP warning before the first brace is passed over (contract 18)."""
    assert rows(read(noise + body({"status": True, "data": [{"a": 1}]}))) == [{"a": 1}]


@pytest.mark.parametrize("noise", [b"\xef\xbb\xbf", b"\r\n  "], ids=["bom", "blank"])
def test_noise_before_a_downloads_error(noise):
    """A JSON error in a download's place is an error, also behind a byte order mark: it is never taken for sound."""
    error = failure(noise + body({"status": False, "errorCode": 107, "message": CANARY}), DOWNLOAD)
    assert (type(error), error.error_code) == (PermanentApiError, 107)


WHOLE = body({"status": True, "data": [{"a": CANARY}], "pagination": {"itemcount": 1}})


@pytest.mark.parametrize("length", [0, 1, 15, len(WHOLE) // 2, len(WHOLE) - 1])
def test_truncated_json_is_retryable(length):
    """Half an answer is asked again; its length and hash are told, its text is not."""
    part = WHOLE[:length]
    error = failure(part)
    assert type(error) is RetryableApiError
    assert f"{length} bytes" in str(error)
    assert hashlib.sha256(part).hexdigest()[:12] in str(error)


@pytest.mark.parametrize(
    "content",
    [
        b"[]", b"null", b"7", b'"x"', WHOLE + b"x", WHOLE.replace(b"]", b",]"), WHOLE.replace(b"canary", b"can\xffry"),
        b'{"status": "\xff"}', b'{"status": true, "data": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"status": true, "data": "' + CANARY.encode() + b'"}', b'{"status": true, "data": 7}',
        b'{"status": true, "data": [{"a": "\\ud800"}]}', b'{"status": true, "data": [NaN]}',
    ],
    ids=[
        "list", "null", "number", "text", "text-behind", "trailing-comma", "not-utf-8", "status-not-utf-8", "deep",
        "data-text", "data-number", "half-a-surrogate", "nan",
    ],
)  # fmt: skip
def test_unreadable_answers_are_retryable(content):
    """What is not the JSON of the document is a RetryableApiError: nothing else escapes, and nothing of it is told."""
    assert type(failure(content)) is RetryableApiError
    assert type(failure(content, EXTENSIONS)) is RetryableApiError


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda some: b'{"status":true,"data":[' + some + b"]}"))
def test_no_bytes_escape_the_error_tree(content):
    """Whatever bytes come, there is a page or an ApiError, and never another exception."""
    for endpoint in (CDR, EXTENSIONS, endpoints.GET_EXTENSION, endpoints.APP_LOGIN, DOWNLOAD):
        try:
            page = wire.read(endpoint, 200, {}, content)
        except ApiError:
            continue
        assert all(b"\n" not in row for row in page.rows)


@given(code=st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=3))
def test_any_error_code_is_an_api_error(code):
    """Whatever stands in `errorCode` beside `status: false`, the error is one of ours and quotes no text of it."""
    content = json.dumps({"status": False, "errorCode": code}).encode()
    with pytest.raises(ApiError) as raised:
        wire.read(CDR, 200, {}, content)
    assert raised.value.error_code is None or type(raised.value.error_code) is int


@pytest.mark.parametrize("code", [True, False, "²", "--5", "1.0", 1.0, "CANARY", "", [90]], ids=repr)
def test_what_is_no_code_names_none(code):
    """Only a whole number, or a text that reads as one, is an error code: `true` is not code 1."""
    error = failure(body({"status": False, "errorCode": code}))
    assert (type(error), error.error_code) == (PermanentApiError, None)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("34", 34), (34, 34), ("0", 0), (0, 0), ("", None), (None, None), (True, None), (False, None),
        (-1, None), ("-1", None), ("many", None), (3.7, None), ("3.7", None), ("1_000", None), ([], None), ({}, None),
        ([34], None), ("٣", None), (10**40, None),
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("name", ["itemcount", "pagecount"])
@pytest.mark.parametrize("endpoint", [CDR, RECORDS], ids=["pagination", "items"])
def test_counts(endpoint, name, told, expected):
    """A count is a whole number, or its digits as text; anything else is as good as none (contract 21)."""
    counts = {name: told}
    envelope = {"data": {**counts, "items": []}} if endpoint is RECORDS else {"data": [], "pagination": counts}
    page = read(body({"status": True, **envelope}), endpoint)
    assert getattr(page, name) == expected


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4))
def test_any_count_is_a_whole_number_or_none(told):
    """Whatever stands for a count, the page says a whole number of 0 or more, or None."""
    text = json.dumps(told).replace("NaN", "1e999").replace("Infinity", "1e999")
    for envelope, endpoint in (
        ('{"status":true,"data":[],"pagination":{"itemcount":%s}}', CDR),
        ('{"status":true,"data":{"itemcount":%s,"items":[]}}', RECORDS),
    ):
        try:
            count = wire.read(endpoint, 200, {}, (envelope % text).encode()).itemcount
        except RetryableApiError:
            continue  # half a surrogate, or the like
        assert count is None or (type(count) is int and count >= 0)


@pytest.mark.parametrize("digits", [400, 5_000])
def test_a_count_beyond_all_numbers(digits):
    """A count of thousands of digits is no count, and no crash."""
    content = b'{"status":true,"data":[],"pagination":{"itemcount":' + b"9" * digits + b"}}"
    assert read(content).itemcount is None


def doubled(first: str, second: str, rows: int, endpoint=CDR, more: str = "") -> bytes:
    """An answer that tells `itemcount` twice, whose rows hold names of counts as well."""
    pairs = f'"itemcount": {first}, "itemcount": {second}{more}'
    held = ", ".join(['{"itemcount": 5, "pagecount": 5}'] * rows)
    if endpoint is RECORDS:
        return f'{{"status": true, "data": {{{pairs}, "items": [{held}]}}}}'.encode()
    return f'{{"status": true, "data": [{held}], "pagination": {{{pairs}}}}}'.encode()


@pytest.mark.parametrize("endpoint", [CDR, RECORDS], ids=["pagination", "items"])
@pytest.mark.parametrize(
    ("first", "second", "rows", "page_size", "expected"),
    [
        ('"34"', '"1"', 34, 300, (34, 1)),
        ('"34"', "1", 2, 300, (34, 1)),
        ("640", "3", 300, 300, (640, 3)),
        ("640", "3", 40, 300, (640, 3)),
        ("640", "7", 100, 300, (640, 7)),
        ("34", "34", 1, 1, (34, 34)),
        ("34", "1", 34, 0, (34, 1)),
        ("0", "0", 0, 300, (0, 0)),
        ("0", "1", 0, 300, (0, 1)),
    ],
    ids=["sample", "types", "full-page", "last-page", "capped", "a-row-a-page", "all", "empty", "empty-page"],
)
def test_a_second_item_count_may_be_the_page_count(endpoint, first, second, rows, page_size, expected):
    """Where `itemcount` stands twice and `pagecount` nowhere and both fit as such, they are read so (contract 20)."""
    page = read(doubled(first, second, rows, endpoint), endpoint, page_size=page_size)
    assert (page.itemcount, page.pagecount, len(page.rows)) == (*expected, rows)


@pytest.mark.parametrize("endpoint", [CDR, RECORDS], ids=["pagination", "items"])
@pytest.mark.parametrize(
    ("first", "second", "rows", "more"),
    [
        ("34", "33", 2, ""),
        ("1", "34", 1, ""),
        ("34", "2", 2, ""),
        ("34", "0", 0, ""),
        ("1", "1", 2, ""),
        ("34", "null", 2, ""),
        ('"many"', "1", 2, ""),
        ("34", "1", 2, ', "itemcount": 34'),
        ("34", "1", 2, ', "pagecount": 1'),
    ],
    ids=["other", "turned", "too-many-pages", "no-page", "more-rows", "null", "text", "three", "beside-pagecount"],
)
def test_a_doubled_count_is_none(endpoint, first, second, rows, more):
    """A name told twice cannot be trusted otherwise, though common parsers keep the last in silence (contract 20)."""
    page = read(doubled(first, second, rows, endpoint, more), endpoint)
    assert (page.itemcount, len(page.rows)) == (None, rows)


def test_no_pagination_is_no_count():
    """A list without `pagination`, or with an empty one as PHP writes it, tells no count."""
    for pagination in ({}, {"pagination": []}, {"pagination": None}, {"pagination": "34"}):
        page = read(body({"status": True, "data": [{"a": 1}], **pagination}))
        assert (page.itemcount, page.pagecount, len(page.rows)) == (None, None, 1)


@pytest.mark.parametrize("empty", [[], {}, None], ids=["list", "map", "null"])
@pytest.mark.parametrize("endpoint", [CDR, RECORDS, endpoints.DOWNLOAD_PHONEBOOK], ids=lambda e: e.path)
def test_an_empty_list_has_three_looks(endpoint, empty):
    """No rows may come as [], as {} or as null (contract 28, 30)."""
    data = {"itemcount": "0", "pagecount": 0, "items": empty} if endpoint is RECORDS else empty
    assert read(body({"status": True, "data": data}), endpoint).rows == []
    assert read(body({"status": True, "data": empty}), endpoint).rows == []


def test_a_map_where_a_list_belongs():
    """A PHP list whose keys are not 0..n comes as a map: its values are the rows, in order (contract 28, 29)."""
    held = {"3": {"a": 1}, "1": {"a": 2}}
    assert rows(read(body({"status": True, "data": held}))) == [{"a": 1}, {"a": 2}]
    assert rows(read(body({"status": True, "data": {"itemcount": 2, "items": held}}), RECORDS)) == [{"a": 1}, {"a": 2}]


def test_a_list_where_a_map_belongs():
    """An empty map comes as [] inside an answer of one object, and stays what it was (contract 28)."""
    page = read(body({"status": True, "data": {"numberlist": []}}), endpoints.LIST_CDR_NUMBERS)
    assert page.data == {"numberlist": []}
    assert read(body({"status": True, "data": []}), endpoints.LIST_CDR_NUMBERS).data == []


def test_downloads_are_bytes():
    """A file comes through to the byte, blanks and line breaks at its ends included."""
    sound = b"\n\x00ID3\x03\xff\xfb\r\n "
    assert read(sound, DOWNLOAD).content == sound
    assert read(b"", DOWNLOAD).content == b""


@pytest.mark.parametrize("before", [b"{", b" \xef\xbb\xbf{", b'{"status":'], ids=["brace", "noise", "words"])
def test_a_part_of_a_file_may_begin_like_json(before):
    """A sound is cut into parts at any byte, so one may begin with a brace: what is no text is no JSON error."""
    part = before + b"\xff\xf3\x68\xc4" + bytes(100)
    assert read(part, DOWNLOAD).content == part


def test_half_an_error_is_no_file():
    """Text that begins with a brace is an error that did not come whole, not a file."""
    assert type(failure(body({"status": False, "errorCode": 90})[:-3], DOWNLOAD)) is RetryableApiError


@pytest.mark.parametrize("status", sorted(BY_STATUS))
def test_a_file_that_is_none(status):
    """The bytes that come with an error status are no file."""
    assert type(failure(b"ID3 " + CANARY.encode(), DOWNLOAD, status)) is BY_STATUS[status]


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_a_download_that_is_refused(code):
    """A JSON error in a download's place is the same error as anywhere (contract 68)."""
    assert type(failure(body({"status": False, "errorCode": code}), DOWNLOAD)) is BY_CODE[code]


def test_a_download_that_succeeds_without_a_file():
    """`status: true` where a file belongs is no empty file but an unreadable answer."""
    assert type(failure(body({"status": True, "data": []}), DOWNLOAD)) is RetryableApiError


def test_arrays_are_repeated_pairs():
    """An array is sent as one pair an element, in order, its brackets encoded (contract 15, 16)."""
    rendered = wire.render(endpoints.LIST_EXTENSION_STATUS, {"extensionids[]": ["R1", "R2", "R1"]}, "t&=")
    assert rendered == b"accesstoken=t%26%3D&extensionids%5B%5D=R1&extensionids%5B%5D=R2&extensionids%5B%5D=R1"
    assert [value for name, value in parse_qsl(rendered.decode()) if name == "extensionids[]"] == ["R1", "R2", "R1"]


def test_an_empty_array_is_a_missing_parameter():
    """A required array without elements would vanish from the form: it is refused instead."""
    with pytest.raises(PermanentApiError, match=re.escape("extensionids[]")):
        wire.render(endpoints.LIST_EXTENSION_STATUS, {"extensionids[]": []}, "token")


def test_a_truth_value_is_sent_as_the_document_writes_it():
    """Python's True is a 1 in the form, as PHP would take the word for 0."""
    rendered = wire.render(CDR, {**dict.fromkeys(CDR.required, "x"), "filter_answered": True}, "t")
    assert b"filter_answered=1&" in rendered


def test_the_body_stops_at_sixteen_thousand_bytes():
    """A body of 16,000 bytes goes, one more is refused before it is sent, without telling what is in it."""
    room = 16_000 - len(wire.render(endpoints.GET_EXTENSION, {"extensionid": ""}, TOKEN))
    assert len(wire.render(endpoints.GET_EXTENSION, {"extensionid": "x" * room}, TOKEN)) == 16_000
    with pytest.raises(PayloadTooLargeError) as raised:
        wire.render(endpoints.GET_EXTENSION, {"extensionid": "x" * (room + 1)}, TOKEN)
    assert "16001 bytes" in str(raised.value)
    assert TOKEN not in str(raised.value)


def test_380_extension_ids_fit():
    """One request asks the status of 380 extensions, as the contract counts (contract 15)."""
    held = ["R320000003678734414445"] * 380
    assert len(wire.render(endpoints.LIST_EXTENSION_STATUS, {"extensionids[]": held}, "t" * 24)) <= 16_000


def test_the_token_stands_in_the_body_alone():
    """The token is a field of the form, and no header of ours has a place for one."""
    assert b"accesstoken=" + TOKEN.encode() in wire.render(CDR, dict.fromkeys(CDR.required, "x"), TOKEN)
    assert set(wire.FORM_HEADERS) == {"content-type", "accept"}


def test_pages_hide_what_they_hold():
    """The repr of a page, which logs and tracebacks show, has no rows, no data and no bytes of a file."""
    page = wire.Page([CANARY.encode()], 1, 1, {"accesstoken": CANARY}, CANARY.encode())
    assert CANARY not in repr(page)
