"""The table of endpoints against the vendor's document."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from unite_pipeline.api import endpoints, wire
from unite_pipeline.api.client import Client, Connection
from unite_pipeline.api.endpoints import ALL_ENDPOINTS, CDR_FILTERS, Effect, Endpoint, Envelope
from unite_pipeline.api.pacing import Rate
from unite_pipeline.api.transport import Answer
from unite_pipeline.errors import PermanentApiError
from unite_pipeline.state import State
from unite_pipeline_tests.api.servers import ScriptedServer, ok
from unite_pipeline_tests.bench import BASE_URL, Bench, MovedClock

# Every line of the vendor's document that begins with "POST https://", as it stands there.
DOCUMENT = """
POST https://api.voipzeker.nl/unite/v1/appprovision
POST https://api.voipzeker.nl/unite/v1/applogin
POST https://api.voipzeker.nl/unite/v1/listextensions
POST https://api.voipzeker.nl/unite/v1/getextension
POST https://api.voipzeker.nl/unite/v1/extensionsstatusdescriptions
POST https://api.voipzeker.nl/unite/v1/listextensionsstatus
POST https://api.voipzeker.nl/unite/v1/getvalidextensionproperties
POST https://api.voipzeker.nl/unite/v1/getextensionproperties
POST https://api.voipzeker.nl/unite/v1/setextensionproperties
POST https://api.voipzeker.nl/unite/v1/unsetextensionproperties
POST https://api.voipzeker.nl/unite/v1/listcallflows
POST https://api.voipzeker.nl/unite/v1/listcallrecords
POST https://api.voipzeker.nl/unite/v1/downloadcallrecord
POST https://api.voipzeker.nl/unite/v1/listphonebookitems
POST https://api.voipzeker.nl/unite/v1/getphonebookitem
POST https://api.voipzeker.nl/unite/v1/newphonebookitem
POST https://api.voipzeker.nl/unite/v1/updatephonebookitem
POST https://api.voipzeker.nl/unite/v1/deletephonebookitem
POST https://api.voipzeker.nl/unite/v1/exportcsvphonebookitems
POST https://api.voipzeker.nl/unite/v1/importcsvphonebookitems
POST https://api.voipzeker.nl/unite/v1/downloadphonebookdata
POST https://api.voipzeker.nl/unite/v1/listswitches
POST https://api.voipzeker.nl/unite/v1/getswitch
POST https://api.voipzeker.nl/unite/v1/newswitch
POST https://api.voipzeker.nl/unite/v1/updateswitch
POST https://api.voipzeker.nl/unite/v1/deleteswitch
POST https://api.voipzeker.nl/unite/v1/listcdrlogs
POST https://api.voipzeker.nl/unite/v1/listcdrflows
POST https://api.voipzeker.nl/unite/v1/listcdrnumbers
POST https://api.voipzeker.nl/unite/v1/callnumber
POST https://api.voipzeker.nl/unite/v1/setapptemplatesettings
"""
DOCUMENTED_PATHS = re.findall(r"^POST https://api\.voipzeker\.nl/unite/v1/(\w+)$", DOCUMENT, re.MULTILINE)
CHANGING_PATHS = {
    "setextensionproperties", "unsetextensionproperties", "newphonebookitem", "updatephonebookitem",
    "deletephonebookitem", "importcsvphonebookitems", "newswitch", "updateswitch", "deleteswitch", "callnumber",
    "setapptemplatesettings",
}  # fmt: skip
LOGIN_PATHS = {"appprovision", "applogin"}
DATES = {"filter_datestart": "2026-10-27 00:00:00", "filter_dateend": "2026-10-28 00:00:00"}
ALL_FILTERS = dict.fromkeys(CDR_FILTERS, 1)


def by_effect(effect: Effect) -> set[str]:
    """The paths of the table with that effect."""
    return {endpoint.path for endpoint in ALL_ENDPOINTS if endpoint.effect is effect}


def plausible(endpoint: Endpoint) -> dict[str, str]:
    """A value for each required parameter."""
    return dict.fromkeys(endpoint.required, "1")


def ids(endpoint: Endpoint) -> str:
    """The name of an endpoint in a test's id."""
    return endpoint.path


READS = [endpoint for endpoint in ALL_ENDPOINTS if endpoint.effect is Effect.READ]
NOT_READS = [endpoint for endpoint in ALL_ENDPOINTS if endpoint.effect is not Effect.READ]


@pytest.fixture
def server() -> ScriptedServer:
    """A server that always succeeds with no rows."""
    return ScriptedServer([ok([])], MovedClock(datetime(2026, 10, 28, 13, 0, tzinfo=UTC)))


@pytest.fixture
def client(tmp_path, server):
    """A client of that server."""
    rate = Rate(limit=30, period_s=60.0, timeout_s=60.0)
    state = State(tmp_path / "state.db")
    return Client(Connection(BASE_URL, server, rate, server.time.clock(), state, tmp_path / "lock"), "login-token")


def test_the_table_is_the_document():
    """The table holds exactly the 31 paths of the vendor's document, each once."""
    assert len(DOCUMENTED_PATHS) == 31
    assert sorted(endpoint.path for endpoint in ALL_ENDPOINTS) == sorted(DOCUMENTED_PATHS)


def test_twenty_ask_and_eleven_change():
    """Two log-ins, eighteen reads and eleven writes: each path is filed under what asking it does."""
    assert by_effect(Effect.WRITE) == CHANGING_PATHS
    assert by_effect(Effect.LOGIN) == LOGIN_PATHS
    assert by_effect(Effect.READ) == set(DOCUMENTED_PATHS) - CHANGING_PATHS - LOGIN_PATHS
    assert (len(by_effect(Effect.READ)), len(CHANGING_PATHS)) == (18, 11)


@pytest.mark.parametrize("endpoint", NOT_READS, ids=ids)
def test_nothing_but_a_read_is_ever_sent(client, server, endpoint):
    """Neither a write nor a log-in can be fetched: nothing reaches the transport, and no slot is taken."""
    with pytest.raises(PermanentApiError, match="only reads") as raised:
        client.fetch(endpoint, plausible(endpoint))
    assert server.received == []
    assert raised.value.endpoint == endpoint.path
    assert (client.requests_sent, client.budget.use().in_use) == (0, 0)


@pytest.mark.parametrize("endpoint", NOT_READS, ids=ids)
def test_a_write_in_a_reads_clothes_is_not_sent(client, server, endpoint):
    """An endpoint that merely calls itself a read, and is not in the table, is not sent either."""
    with pytest.raises(PermanentApiError, match="only reads"):
        client.fetch(replace(endpoint, effect=Effect.READ), plausible(endpoint))
    assert server.received == []


@pytest.mark.parametrize("endpoint", READS, ids=ids)
def test_each_read_goes_to_its_documented_path(client, server, endpoint):
    """Each of the eighteen reads is sent to its own path under the base URL."""
    if endpoint.envelope is Envelope.BYTES:
        server.script = [Answer(200, {}, b"ID3 sound")]
    client.fetch(endpoint, plausible(endpoint))
    assert [request.url for request in server.received] == [
        f"{BASE_URL}/applogin",
        f"{BASE_URL}/{endpoint.path}",
    ]


@pytest.mark.parametrize("endpoint", ALL_ENDPOINTS, ids=ids)
def test_no_endpoint_searches(endpoint):
    """`stext` may search SIP passwords: no endpoint takes it (contract 17)."""
    assert "stext" not in endpoint.required + endpoint.optional
    with pytest.raises(PermanentApiError, match="stext"):
        wire.render(endpoint, {**plausible(endpoint), "stext": "hunter2"}, "token")


@pytest.mark.parametrize("value", ["password", ["password"], "Password", " password "], ids=repr)
@pytest.mark.parametrize("endpoint", [endpoints.LIST_EXTENSIONS, endpoints.LIST_CDR_LOGS], ids=ids)
def test_nothing_is_sorted_by_a_secret(endpoint, value):
    """`sortkey=password` tells passwords by their order: it is refused however it is spelt."""
    with pytest.raises(PermanentApiError, match="sortkey"):
        wire.render(endpoint, {**plausible(endpoint), "sortkey": value}, "token")


@pytest.mark.parametrize("endpoint", [e for e in ALL_ENDPOINTS if e.required], ids=ids)
def test_required_parameters_are_required(endpoint):
    """A request without one of its required parameters is not rendered, and the error names it."""
    for name in endpoint.required:
        params = {key: value for key, value in plausible(endpoint).items() if key != name}
        with pytest.raises(PermanentApiError, match=re.escape(name)):
            wire.render(endpoint, params, "token")


@pytest.mark.parametrize("endpoint", ALL_ENDPOINTS, ids=ids)
def test_unknown_parameters_are_refused(endpoint):
    """A parameter that the document does not have for the endpoint, a second token among them, is not sent."""
    for name in ("accesstoken", "webhook", "pagelimit", "showpage"):
        with pytest.raises(PermanentApiError, match=name):
            wire.render(endpoint, {**plausible(endpoint), name: "1"}, "token")


@pytest.mark.parametrize("name", CDR_FILTERS)
@pytest.mark.parametrize("how", ["absent", "empty list"])
def test_call_filters_are_never_left_to_their_defaults(name, how):
    """The defaults hide calls (contract 42): without one of the five filters a CDR request is not rendered."""
    params: dict[str, object] = {**DATES, **ALL_FILTERS}
    if how == "absent":
        del params[name]
    else:
        params[name] = []
    with pytest.raises(PermanentApiError, match=name):
        wire.render(endpoints.LIST_CDR_LOGS, params, "token")


def test_every_call_request_says_all_five_filters(tmp_path):
    """Whatever a sync of days asks of `listcdrlogs`, counts included, each form has all five filters as 0, 1 or 2."""
    bench = Bench(tmp_path)
    bench.sync_calls(bench.plan.first_day, bench.plan.first_day)
    forms = [request.form for request in bench.simulator.requests if request.endpoint == "listcdrlogs"]
    assert len(forms) >= 5
    assert all({form[name] for name in CDR_FILTERS} <= {"0", "1", "2"} for form in forms)


@pytest.mark.parametrize("endpoint", [e for e in READS if e.is_paged], ids=ids)
def test_lists_always_say_how_much(endpoint):
    """The default of `pagelimit` is not documented: it is always sent, as 300, with the page (contract 22)."""
    sent = dict(parse_qsl(wire.render(endpoint, plausible(endpoint), "token", page=7).decode()))
    assert (sent["pagelimit"], sent["showpage"]) == ("300", "7")


@pytest.mark.parametrize(
    "path", ["listcallflows", "listcallrecords", "listphonebookitems"], ids=["flows", "records", "contacts"]
)
def test_copied_sort_keys_are_not_offered(path):
    """The document's sort keys of three lists are a copy of the extensions': none is sent (contract 57)."""
    (endpoint,) = [endpoint for endpoint in ALL_ENDPOINTS if endpoint.path == path]
    assert "sortkey" not in endpoint.optional
