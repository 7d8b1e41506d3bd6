"""Secrets stop here: what `clean_rows` lets through, and what never."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from unite_pipeline.api import wire
from unite_pipeline.api.endpoints import APP_LOGIN, EXTENSION_FIELDS, GET_EXTENSION, LIST_CDR_LOGS, LIST_EXTENSIONS
from unite_pipeline.api.redaction import WITHHELD, clean_rows

CANARY = "hunter2-canary"
DENIED = ["password", "PASSWORD", "passWord", "passwd", "accesstoken", "AccessToken", "logintoken", "ri_remoteipport",
          "ri_localipport", "RI_expiresdate", "ri_x"]  # fmt: skip

EXTENSION = {
    "id": "R320000003678734414445", "username": "1234*0200", "password": CANARY, "calleridtype": "1",
    "callerid": "31880660550", "country": "NL", "name": "VOIPZeker B.V.", "email": "user@e-mail.nl", "exttype": "100",
    "createdate": "2019-11-27 15:34:22", "regstatus": 2, "callrecordcount": "0", "voicemailcount": "0", "extno": "1",
    "extno_format": "0200", "ri_localipport": CANARY, "ri_localtransport": CANARY, "ri_remoteipport": CANARY,
    "ri_remotetransport": CANARY, "ri_expiresdate": CANARY, "ri_registereddate": CANARY,
}  # fmt: skip


def escaped(text: str) -> str:
    """JSON text with every character as an escape."""
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def holding(name: str, value: str) -> list[bytes]:
    """Rows that hold a name and a value in odd places; both as they stand in JSON text."""
    pair = f'"{name}": "{value}"'
    return [
        text.encode()
        for text in (
            "{" + pair + "}",
            '{"a": 1, ' + pair + ', "b": 2}',
            '{"a": {"b": [{"c": {' + pair + "}}]}}",
            "[[{" + pair + "}]]",
            '{"a":\n{' + pair + "\r\n}}",
            f'{{"{name}": {{"{name}": ["{value}"]}}}}',
            f'{{"{name}": ["{value}"], {pair}}}',
        )
    ]


@pytest.mark.parametrize("spelling", ["plain", "escaped", "first-letter-escaped", "last-letter-escaped"])
@pytest.mark.parametrize("name", DENIED)
def test_denied_names_lose_their_value(name, spelling):
    """A password, a token or an ri_* address goes with its name, at any depth and however the name is spelt."""
    spelt = {
        "plain": name,
        "escaped": escaped(name),
        "first-letter-escaped": escaped(name[0]) + name[1:],
        "last-letter-escaped": name[:-1] + escaped(name[-1]).upper().replace("\\U", "\\u"),
    }[spelling]
    for row in holding(spelt, CANARY):
        (clean,) = clean_rows([row], None, ())
        assert CANARY.encode() not in clean
        assert b"\n" not in clean
        msgspec.json.decode(clean)


@pytest.mark.parametrize("name", ["a", "token", "message", "x y", "ACCESS-TOKEN", "desc"])
@pytest.mark.parametrize("token", ["abcdef0123", "ab/cd+ef==", 'a"b\\c', "tökén", "a b", "</x>"])
def test_a_literal_token_goes_from_anywhere(token, name):
    """The token in use is masked wherever it stands, also in the spellings that PHP and others give it in JSON."""
    spellings = {
        json.dumps(token)[1:-1],
        json.dumps(token, ensure_ascii=False)[1:-1],
        json.dumps(token)[1:-1].replace("/", "\\/"),
        escaped(token),
        escaped(token[0]) + json.dumps(token)[1:-1][1:],
    }
    for spelt in spellings:
        for row in [*holding(name, spelt), *holding(name, f"before {spelt} after"), *holding(spelt, "x")]:
            (clean,) = clean_rows([row], None, (token,))
            assert token not in json.dumps(_all_texts(json.loads(clean)), ensure_ascii=False).replace('\\"', '"')
            assert not any(token in text for text in _all_texts(json.loads(clean)))


def _all_texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for name, held in value.items() for text in (name, *_all_texts(held))]
    if isinstance(value, list):
        return [text for held in value for text in _all_texts(held)]
    return [value] if isinstance(value, str) else []


def test_no_secret_is_no_mask():
    """An empty secret, as of somebody who has not logged in, masks nothing."""
    assert clean_rows([b'{"a": "b"}'], None, ("",)) == [b'{"a": "b"}']


def test_extensions_pass_an_allow_list():
    """Of the document's extension exactly the fourteen harmless fields pass, in their order, values untouched."""
    (clean,) = clean_rows([json.dumps(EXTENSION).encode()], EXTENSION_FIELDS, ())
    expected = {name: value for name, value in EXTENSION.items() if value != CANARY}
    assert len(expected) == 14
    assert list(json.loads(clean).items()) == list(expected.items())


@pytest.mark.parametrize("name", ["sip_password", "secret", "newfield", "Password ", "auth"])
def test_extensions_lose_what_the_vendor_adds(name):
    """A field that the document does not have does not pass an allow-list, whatever it is called."""
    (clean,) = clean_rows([json.dumps({"id": "R1", name: CANARY}).encode()], EXTENSION_FIELDS, ())
    assert clean == b'{"id":"R1"}'


@pytest.mark.parametrize(
    "row", [CANARY, [CANARY], [{"password": CANARY}], 7, None, True], ids=["text", "list", "rows", "7", "null", "true"]
)
def test_a_row_that_is_no_object_is_withheld(row):
    """Of a feed with secrets nothing passes that fields cannot be picked from; the row still counts."""
    assert clean_rows([json.dumps(row).encode()], EXTENSION_FIELDS, ()) == [WITHHELD]


def test_denied_names_inside_allowed_fields():
    """An allowed field that holds an object loses the denied names in it."""
    (clean,) = clean_rows([b'{"name": {"password": "x", "first": "A"}}'], EXTENSION_FIELDS, ())
    assert clean == b'{"name":{"first":"A"}}'


@pytest.mark.parametrize(
    "row",
    [
        b'{"uniqueid": "195.200.82.130_90f7", "call_chain": [{"number": "0001", "number_formats": []}]}',
        b'{ "b" :1.50, "a":1e2 , "a": 12345678901234567890123456789, "x":"\\u00e9\\/\\n" }',
        b'{"desc": "the password is long", "trie_": "my ri_ver", "xri_a": 1, "my_password": 2}',
        b"[1, 2]",
        b'"text"',
        b"null",
        b"{}",
    ],
    ids=["cdr", "odd-spelling", "words-in-values", "list", "text", "null", "empty"],
)
def test_other_rows_pass_to_the_byte(row):
    """A row without secrets is passed on as it came: blanks, doubled names, number formats and escapes included."""
    assert clean_rows([row], None, ("token-in-use",)) == [row]


def test_line_breaks_between_tokens_become_blanks():
    """A row is one line: line breaks, which JSON allows between tokens only, become blanks."""
    assert clean_rows([b'{\r\n  "a":\n1}'], None, ()) == [b'{    "a": 1}']


SAFE_NAMES = st.text(max_size=12).filter(lambda name: name.lower() not in DENIED and not name.lower().startswith("ri_"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20) | st.sampled_from(["password", '"password', "ri_x", "\\u0070assword", "[removed]"]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(SAFE_NAMES, children, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(row=st.dictionaries(SAFE_NAMES, VALUES, max_size=5), indent=st.sampled_from([None, 1]), is_ascii=st.booleans())
def test_any_row_without_denied_names_is_the_same_json(row, indent, is_ascii):
    """Whatever a row without denied names looks like, it comes through equal as JSON and as one line."""
    text = json.dumps(row, indent=indent, ensure_ascii=is_ascii)
    (clean,) = clean_rows([text.encode()], None, ("a-token-that-is-nowhere",))
    assert json.loads(clean) == row
    assert b"\n" not in clean


@given(
    row=st.dictionaries(SAFE_NAMES, VALUES, max_size=4),
    denied=st.sampled_from(DENIED),
    token=st.text("abcXYZ019/+=_-", min_size=8, max_size=40),
    place=st.sampled_from(["value", "key", "inside"]),
)
def test_no_secret_survives_anywhere(row, denied, token, place):
    """Wherever a denied name or the token stands in any row, neither is left, and the rest is."""
    assume(token not in json.dumps(row))
    odd = {"value": {"x": [token]}, "key": {token: 1}, "inside": {"x": f"<{token}>"}}[place]
    text = json.dumps({**row, "nested": {denied: CANARY, "odd": odd}}).replace("/", "\\/")
    (clean,) = clean_rows([text.encode()], None, (token,))
    left = json.loads(clean)
    assert CANARY.encode() not in clean
    assert not any(token in held for held in _all_texts(left))
    nested = left.pop("nested")
    assert (left, list(nested)) == ({name: held for name, held in row.items() if name != "nested"}, ["odd"])


@pytest.mark.parametrize("endpoint", [LIST_EXTENSIONS, GET_EXTENSION], ids=lambda e: e.path)
def test_wire_cleans_extensions(endpoint):
    """Neither rows nor data of the two endpoints that tell SIP passwords hold one."""
    data = {"itemcount": "1", "items": [EXTENSION]} if endpoint is LIST_EXTENSIONS else EXTENSION
    page = wire.read(endpoint, 200, {}, json.dumps({"status": True, "data": data}).encode())
    assert CANARY not in str((page.rows, page.data))
    assert json.loads(page.rows[0])["username"] == "1234*0200"


def test_wire_masks_the_tokens_in_use():
    """A token that the server echoes in a row is masked before anybody sees the row."""
    content = json.dumps({"status": True, "data": [{"desc": f"x{CANARY}y"}]}).encode()
    assert wire.read(LIST_CDR_LOGS, 200, {}, content, secrets=(CANARY,)).rows == [b'{"desc": "x[removed]y"}']


def test_a_login_gives_its_token_in_data_only():
    """The answer of a log-in keeps the token in `data`; its row is as safe as any."""
    page = wire.read(APP_LOGIN, 200, {}, json.dumps({"status": True, "data": {"accesstoken": CANARY}}).encode())
    assert (page.data, page.rows) == ({"accesstoken": CANARY}, [b"{}"])
