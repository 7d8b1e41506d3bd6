"""Every endpoint of the vendor's document answers, in the shape of its sample."""

import json
import re

import pytest

from unite_pipeline.simulator.protocol.endpoints import ENDPOINTS, READ_ENDPOINTS

READS = [
    "appprovision", "applogin", "listextensions", "getextension", "extensionsstatusdescriptions",
    "listextensionsstatus", "getvalidextensionproperties", "getextensionproperties", "listcallflows",
    "listcallrecords", "downloadcallrecord", "listphonebookitems", "getphonebookitem", "downloadphonebookdata",
    "exportcsvphonebookitems", "listswitches", "getswitch", "listcdrlogs", "listcdrflows", "listcdrnumbers",
]  # fmt: skip
WRITES = [
    "setextensionproperties", "unsetextensionproperties", "newphonebookitem", "updatephonebookitem",
    "deletephonebookitem", "importcsvphonebookitems", "newswitch", "updateswitch", "deleteswitch", "callnumber",
    "setapptemplatesettings",
]  # fmt: skip
EXTENSION_KEYS = [
    "id", "username", "password", "calleridtype", "callerid", "country", "name", "email", "exttype", "createdate",
    "regstatus", "callrecordcount", "voicemailcount", "extno", "extno_format", "ri_localipport", "ri_localtransport",
    "ri_remoteipport", "ri_remotetransport", "ri_expiresdate", "ri_registereddate",
]  # fmt: skip
CONTACT_KEYS = [
    "id", "extensionid", "name", "lastname", "companyname", "phonenumbertype", "phonenumber", "phonenumber_formats",
    "phonenumber_formatted",
]  # fmt: skip
FORMAT_KEYS = [
    "CountryID", "CountryCode", "National", "International", "E164", "RFC3966", "ITU", "NumberType", "isValidNumber",
    "isValidShortNumber", "Carrier", "Location_EN", "Location_NL",
]  # fmt: skip
SWITCH_KEYS = ["switchkey", "tenantid", "switch_no", "name", "lang", "state"]


def test_all_31_endpoints_and_no_other_are_served():
    """The simulator serves the 20 reads and 11 writes of the document, and knows which is which."""
    assert len(READS) + len(WRITES) == 31
    assert sorted(ENDPOINTS) == sorted(READS + WRITES)
    assert frozenset(READS) == READ_ENDPOINTS


@pytest.fixture
def form(api, sim):
    """What every endpoint needs, all at once: each takes its own of it."""
    item = sim.truth.recordings()[0]
    return {
        "invitationid": sim.invitation_id,
        "logintoken": api.login_token,
        "extensionid": item.extension_ids[0],
        "extensionids": list(item.extension_ids),
        "callrecordkey": item.callrecordkey,
        "partition_number": 1,
        "itemid": next(c.contact_id for c in sim.truth.contacts() if c.extension_id == "0"),
        "itemids": [sim.truth.contacts()[-1].contact_id],
        "switchkey": sim.truth.switches()[0].switch_key,
        "filter_datestart": "2026-11-16 00:00:00",
        "filter_dateend": "2026-11-16 23:59:59",
        "name": "Name",
        "lastname": "Last",
        "companyname": "Company",
        "phonenumber": "31600012345",
        "phonenumbertype": 0,
        "state": 1,
        "csv_file": "OztDb21wYW55OzA7MzE2MDAwMTIzNDU=",
        "username": sim.truth.extensions()[0].username,
        "call_number": "31600012345",
    }


@pytest.mark.parametrize("endpoint", READS + WRITES)
def test_every_endpoint_answers_when_asked_rightly(api, form, endpoint):
    """Each endpoint, given what it needs, answers HTTP 200 with a success envelope or bytes."""
    answer = api.answer(endpoint, **form)
    assert answer.status == 200
    if endpoint == "downloadcallrecord":
        assert answer.headers["content-type"] == "audio/mpeg"
    elif endpoint == "exportcsvphonebookitems":
        assert answer.headers["content-type"] == "text/csv; charset=UTF-8"
    else:
        assert json.loads(answer.body)["status"] is True


WITH_CODE = {
    "extensionsstatusdescriptions", "listextensionsstatus", "getvalidextensionproperties", "getextensionproperties",
    "listcallflows", "listphonebookitems", "downloadphonebookdata", "listswitches", "listcdrlogs", "listcdrflows",
    "listcdrnumbers", "callnumber", "setapptemplatesettings",
}  # fmt: skip


@pytest.mark.parametrize("endpoint", sorted({*READS, *WRITES} - {"downloadcallrecord", "exportcsvphonebookitems"}))
def test_error_code_is_missing_where_the_samples_lack_it(api, form, endpoint):
    """A success has errorCode 0 where the vendor's sample has it, and none where that has none, writes included."""
    envelope = api.post(endpoint, **form)
    assert envelope["status"] is True
    assert ("errorCode" in envelope) == (endpoint in WITH_CODE)
    assert envelope.get("errorCode", 0) == 0


@pytest.mark.parametrize(
    ("endpoint", "parameter"),
    [
        ("newswitch", "name"),
        ("newswitch", "state"),
        ("newphonebookitem", "phonenumbertype"),
        ("getswitch", "switchkey"),
        ("getphonebookitem", "itemid"),
        ("callnumber", "username"),
        ("callnumber", "call_number"),
        ("importcsvphonebookitems", "csv_file"),
    ],
)
@pytest.mark.parametrize("is_there", [False, True], ids=["absent", "empty"])
def test_what_is_required_is_required(api, sim, form, endpoint, parameter, is_there):
    """A request without one of its required parameters, or with an empty one, is HTTP 400 and changes nothing."""
    before = (sim.truth.switches(), sim.truth.contacts())
    del form[parameter]
    answer = api.answer(endpoint, **form, **({parameter: ""} if is_there else {}))
    envelope = json.loads(answer.body)
    assert (answer.status, envelope["status"]) == (400, False)
    assert envelope["message"] == f"Parameter {parameter} is required."
    assert (sim.truth.switches(), sim.truth.contacts()) == before


@pytest.mark.parametrize(
    ("endpoint", "page_count_type"),
    [("listcallflows", int), ("listphonebookitems", str), ("listswitches", str), ("listcdrlogs", str)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_paging_stands_at_the_top_of_four_lists(api, endpoint, page_count_type):
    """Four lists have pagination beside data, itemcount as text and pagecount in the sample's type."""
    window = {"filter_datestart": "2026-11-16 00:00:00", "filter_dateend": "2026-11-16 23:59:59"}
    envelope = api.post(endpoint, pagelimit=2, **window)
    assert isinstance(envelope["data"], list)
    assert list(envelope["pagination"]) == ["itemcount", "pagecount"]
    assert isinstance(envelope["pagination"]["itemcount"], str)
    assert type(envelope["pagination"]["pagecount"]) is page_count_type


@pytest.mark.parametrize("endpoint", ["listextensions", "listcallrecords"])
def test_paging_stands_inside_data_of_two_lists(api, sim, endpoint):
    """Two lists have itemcount (text), pagecount (integer) and items inside data."""
    envelope = api.post(endpoint, pagelimit=2, extensionid=sim.truth.recordings()[0].extension_ids[0])
    assert list(envelope["data"]) == ["itemcount", "pagecount", "items"]
    assert isinstance(envelope["data"]["itemcount"], str)
    assert type(envelope["data"]["pagecount"]) is int
    assert len(envelope["data"]["items"]) == 2


def test_extensions_have_the_samples_fields(api, sim):
    """Each row has the sample's fields in order, the SIP password in the clear, and extno as the default order."""
    rows = api.post("listextensions", pagelimit=0)["data"]["items"]
    truth = sim.truth.extensions()
    assert [list(row) for row in rows] == [EXTENSION_KEYS] * len(truth)
    told = [(r["id"], r["username"], r["password"], r["name"], r["extno_format"], r["email"]) for r in rows]
    expected = [(e.extension_id, e.username, e.password, e.name, e.extension_number, e.email) for e in truth]
    assert told == expected
    assert [int(row["extno"]) for row in rows] == list(range(1, len(rows) + 1))
    assert {type(row["regstatus"]) for row in rows} == {int}
    assert all(re.fullmatch(r"[A-Z]\d{21}", row["id"]) for row in rows)
    assert api.post("getextension", extensionid=truth[3].extension_id)["data"] == rows[3]


def test_the_recording_count_of_an_extension_is_the_length_of_its_list(api, sim):
    """Field callrecordcount is, as text, what listcallrecords counts and the truth holds."""
    for row in api.post("listextensions", pagelimit=0)["data"]["items"]:
        listed = api.post("listcallrecords", extensionid=row["id"])["data"]["itemcount"]
        true = sum(row["id"] in item.extension_ids for item in sim.truth.recordings())
        assert row["callrecordcount"] == listed == str(true)


def test_statuses_come_for_the_extensions_asked(api, sim):
    """The status of each extension asked for is an integer of the status list, the same as in its row."""
    wanted = [item.extension_id for item in sim.truth.extensions()[:3]]
    data = api.post("listextensionsstatus", extensionids=wanted)["data"]
    rows = {row["id"]: row["regstatus"] for row in api.post("listextensions", pagelimit=0)["data"]["items"]}
    assert data["items"] == {extension_id: rows[extension_id] for extension_id in wanted}
    assert data["status_list"] == api.post("extensionsstatusdescriptions")["data"]["status_list"]
    assert list(data["status_list"]) == ["1", "2", "3", "4", "5", "6", "0"]


def test_properties_are_codes_of_the_valid_ones(api, sim):
    """Each property of an extension is text and, where codes are listed, one of them; unset keys are absent."""
    for extension in sim.truth.extensions():
        data = api.post("getextensionproperties", extensionid=extension.extension_id)["data"]
        valid = data["propertiesData"]
        assert valid == api.post("getvalidextensionproperties")["data"]["propertiesData"]
        for name, value in data["extensionproperties"].items():
            assert value in valid.get(name, {value: ""})
        records_out = any(direction == "out" for direction, _ in extension.records)
        assert ("callrecord_outbound" in data["extensionproperties"]) == records_out


def test_contacts_have_the_samples_fields(api, sim):
    """The phonebook has the sample's fields, flags as integers, and the same rows whole and paged."""
    rows = api.post("listphonebookitems", pagelimit=0)["data"]
    truth = sim.truth.contacts()
    assert [list(row) for row in rows] == [CONTACT_KEYS] * len(truth)
    assert [list(row["phonenumber_formats"]) for row in rows] == [FORMAT_KEYS] * len(truth)
    told = [(r["id"], r["extensionid"], r["name"], r["lastname"], r["companyname"], r["phonenumber"]) for r in rows]
    expected = [
        (c.contact_id, c.extension_id, c.first_name, c.last_name, c.company_name, c.phone_number) for c in truth
    ]
    assert told == expected
    assert {type(row["phonenumber_formats"]["isValidNumber"]) for row in rows} == {int}
    assert api.post("downloadphonebookdata")["data"] == rows
    assert api.post("getphonebookitem", itemid=truth[0].contact_id)["data"] == rows[0]


def test_an_extension_sees_its_own_and_the_shared_contacts(api, make_api, sim):
    """With extensionid the list is own plus shared; without, the whole book, or the shared level by option."""
    owner = next(c.extension_id for c in sim.truth.contacts() if c.extension_id != "0")
    seen = {row["extensionid"] for row in api.post("listphonebookitems", extensionid=owner, pagelimit=0)["data"]}
    assert seen == {owner, "0"}
    assert {row["extensionid"] for row in api.post("listphonebookitems", pagelimit=0)["data"]} > {owner, "0"}
    narrow = make_api(phonebook_shared_only=True).post("listphonebookitems", pagelimit=0)["data"]
    assert {row["extensionid"] for row in narrow} == {"0"}


def test_the_whole_book_is_not_sent_again_unless_changed(api, sim, clock):
    """If-Modified-Since at the last-modified time gives 304 and no body, before it the book."""
    first = api.answer("downloadphonebookdata")
    stamp = first.headers["last-modified"]
    again = api.answer("downloadphonebookdata", {"If-Modified-Since": stamp})
    assert (again.status, again.body) == (304, b"")
    assert api.answer("downloadphonebookdata", {"If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"}).status == 200
    clock.move(5)
    sim.tenant.remove_contact(sim.truth.contacts()[0].contact_id)
    assert api.answer("downloadphonebookdata", {"if-modified-since": stamp}).status == 200


def test_flows_numbers_and_users_fit_together(api, sim):
    """Call flows carry their numbers in parts, listcdrnumbers lists them, listcdrflows names flows and extensions."""
    flows = api.post("listcallflows", pagelimit=0)["data"]
    assert {flow["id"] for flow in flows} == {flow.flow_id for flow in sim.truth.flows()}
    dids = [did for flow in flows for did in flow["didnumbers"]]
    assert all(did["countrycode"] + did["areacode"] + did["number"] == did["fullnumber"] for did in dids)
    numbers = api.post("listcdrnumbers")["data"]["numberlist"]
    assert {did["fullnumber"] for did in dids} < set(numbers)
    assert {item.number for item in sim.truth.numbers()} < set(numbers)
    users = api.post("listcdrflows")["data"]
    assert users["extuserlist"] == {e.extension_number: e.name for e in sim.truth.extensions()}
    assert users["flowuserlist"] == {f.flow_number: f.name for f in sim.truth.flows()}
    assert users["fulluserlist"] == users["extuserlist"] | users["flowuserlist"]


def test_an_empty_map_is_phps_empty_array(api):
    """Asking for extension users only leaves the flows as [] rather than {}."""
    assert api.post("listcdrflows", flowlisttype=1)["data"]["flowuserlist"] == []
    assert api.post("listcdrflows", flowlisttype=2)["data"]["extuserlist"] == []


def test_switches_have_the_samples_fields(api, sim):
    """Switches come in order of their number, with a boolean state."""
    rows = api.post("listswitches", pagelimit=0)["data"]
    assert [list(row) for row in rows] == [SWITCH_KEYS] * 3
    assert [(r["switchkey"], r["state"]) for r in rows] == [(s.switch_key, s.is_on) for s in sim.truth.switches()]
    assert [row["switch_no"] for row in rows] == ["1", "2", "3"]
    assert api.post("getswitch", switchkey=rows[1]["switchkey"])["data"] == rows[1]


def test_small_lists_are_searched_and_sorted(api):
    """Stext keeps rows with the text in any field, sortkey and sorttype order them."""
    names = [
        row["name"] for row in api.post("listextensions", pagelimit=0, sortkey="name", sorttype=1)["data"]["items"]
    ]
    assert names == sorted(names, key=str.lower, reverse=True)
    found = api.post("listextensions", stext=names[0].upper(), pagelimit=0)["data"]
    assert {row["name"] for row in found["items"]} == {names[0]}


@pytest.mark.parametrize(
    "endpoint",
    ["getextension", "getextensionproperties", "listcallrecords", "exportcsvphonebookitems", "setextensionproperties"],
)
def test_unknown_extensions_are_refused(api, endpoint):
    """No extension is error 100, one of another tenant error 107."""
    assert api.post(endpoint)["errorCode"] == 100
    assert api.post(endpoint, extensionid="R000000000000000000000")["errorCode"] == 107


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        pytest.param("/unite/v1/listvoicemails", "POST", 404, id="unknown-endpoint"),
        pytest.param("/unite/v2/listcdrlogs", "POST", 404, id="unknown-version"),
        pytest.param("/listcdrlogs", "POST", 404, id="no-root"),
        pytest.param("/unite/v1/listcdrlogs", "GET", 405, id="get"),
    ],
)
def test_wrong_paths_and_methods(sim, path, method, status):
    """Unknown paths are 404 and GET is 405, as pages and not as JSON."""
    answer = sim.handle(path=path, headers={}, body=b"", method=method)
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=UTF-8")


def test_json_is_spelled_as_php_does(api, sim):
    r"""Answers are ASCII with \u escapes, escaped slashes and no spaces after separators."""
    contact = sim.truth.contacts()[0]
    sim.tenant.change_extension(sim.truth.extensions()[0].extension_id, name="Zoë / “balie”")
    body = api.answer("listcdrflows").body
    assert b'"0200":"Zo\\u00eb \\/ \\u201cbalie\\u201d"' in body
    assert contact.contact_id.encode() in api.answer("downloadphonebookdata").body
