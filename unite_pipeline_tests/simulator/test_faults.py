"""Each named fault shows what its line in the table says, where and as often as it is told to."""

import json
from datetime import date

import pytest

from unite_pipeline.simulator import ALWAYS, CutConnectionError, Fault, Faults, HangingConnectionError
from unite_pipeline.simulator import faults as faults_module
from unite_pipeline.simulator.faults import FAULT_NAMES

DAY = date(2026, 11, 16)
QUADRANTS = [(internal, answered) for internal in (0, 1) for answered in (1, 2)]


def keys(envelope):
    """Returns the keys of a page of calls."""
    return [row["uniqueid"] for row in envelope["data"]]


def count(envelope):
    """Returns what pagination counts."""
    return int(envelope["pagination"]["itemcount"])


def quadrants(api, day=DAY):
    """Returns the four quadrants of a day."""
    return [
        api.calls(day, day, filter_internal=internal, filter_external=1 - internal, filter_answered=answered)
        for internal, answered in QUADRANTS
    ]


@pytest.fixture
def truth(sim):
    """The keys of the day's true calls."""
    return [call.uniqueid for call in sim.truth.calls(DAY, DAY)]


def test_the_table_lists_every_fault():
    """The module's docstring has one line for each name and no other."""
    lines = [line.split("|")[1].strip() for line in faults_module.__doc__.splitlines() if line.startswith("| ")]
    assert sorted(lines[1:]) == sorted(FAULT_NAMES)


def test_an_unknown_name_is_an_error():
    """A misspelt fault does not pass silently."""
    with pytest.raises(ValueError, match="no fault is called 'sever_error'"):
        Fault("sever_error")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault("too_many_requests"), 429, None),
        (Fault("server_error"), 500, None),
        (Fault("unauthorized"), 401, None),
        (Fault("payload_too_large"), 413, None),
        (Fault("status_false"), 200, 688),
        (Fault("status_false", error_code=107, http_status=403), 403, 107),
        (Fault("not_allowed", times=1), 200, 1),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_refusals(api, sim, fault, status, code):
    """A refusal has its HTTP status and errorCode, happens once, and only at its endpoint."""
    sim.faults.add(Fault(**{**{f: getattr(fault, f) for f in Fault.__slots__}, "endpoint": "listswitches"}))
    assert api.answer("listcdrflows").status == 200
    answer = api.answer("listswitches")
    assert answer.status == status
    if code is not None:
        assert json.loads(answer.body)["errorCode"] == code
    assert api.post("listswitches")["status"] is True
    assert sim.requests[-2].error_code == code


def test_an_injected_429_uses_no_budget_and_may_say_when(make_api):
    """An injected 429 is not counted as a request or as a refusal, and carries Retry-After if asked to."""
    api = make_api(limit=2)
    api.log_in()
    api.sim.faults.add(Fault("too_many_requests", retry_after_s=7))
    refused = api.answer("listswitches")
    assert (refused.status, refused.headers["retry-after"]) == (429, "7")
    assert [api.answer("listswitches").status for _ in range(2)] == [200, 429]
    assert api.sim.refused_count == 1


@pytest.mark.parametrize(("name", "code"), [("token_expired", 90), ("token_invalid", 21)])
def test_token_faults_need_a_new_login(api, sim, name, code):
    """The token really is gone: the code comes again with the same token, and a new login mends it."""
    sim.faults.add(Fault(name))
    assert [api.post("listswitches")["errorCode"] for _ in range(2)] == [code, code]
    api.log_in()
    assert api.post("listswitches")["status"] is True


@pytest.mark.parametrize(
    ("name", "error", "kind"),
    [
        ("timeout", HangingConnectionError, TimeoutError),
        ("cut_connection", CutConnectionError, ConnectionError),
    ],
)
def test_transport_faults_raise_in_process(api, sim, name, error, kind):
    """In process a hanging line is a TimeoutError, a cut one a ConnectionError, and the request has been served."""
    api.log_in()
    sim.faults.add(Fault(name, endpoint="deletephonebookitem"))
    with pytest.raises(kind) as caught:
        api.answer("deletephonebookitem", deletetype=1)
    assert caught.type is error
    assert sim.truth.contacts() == []
    assert sim.requests[-1].status == 0


def test_after_times_and_every():
    """A fault lets `after` requests pass, then hits every so-manieth, `times` in all."""
    faults = Faults(Fault("server_error", after=2, times=3, every=2))
    met = faults_module.FaultsOfRequest(faults, "listcdrlogs", None)
    assert [met.hit("server_error") is not None for _ in range(12)] == [n in (2, 4, 6) for n in range(12)]
    assert faults.fired("server_error") == 3


def test_faults_can_be_cleared(api, sim):
    """Clearing by name leaves the others, clearing all leaves none."""
    sim.faults.add(Fault("not_allowed"), Fault("server_error", times=ALWAYS))
    sim.faults.clear("server_error")
    assert sim.faults.names() == ["not_allowed"]
    sim.faults.clear()
    assert api.post("listswitches")["status"] is True


def test_a_fault_of_one_day_spares_windows_without_it(api, sim):
    """With `day` only windows that touch the day are hit, and no endpoint without a window."""
    api.log_in()
    sim.faults.add(Fault("server_error", day=DAY, times=ALWAYS))
    assert api.post("listswitches")["status"] is True
    assert count(api.calls("2026-11-17", "2026-11-18")) > 0
    window = {"filter_datestart": "2026-11-10 00:00:00", "filter_dateend": "2026-11-16 00:00:01"}
    assert api.answer("listcdrlogs", **window).status == 500


@pytest.mark.parametrize("name", ["truncated_json", "leading_noise"])
def test_broken_text(api, sim, name):
    """A truncated body is half the true one, a noisy one the true one behind a byte order mark; the next is whole."""
    whole = api.answer("listswitches").body
    sim.faults.add(Fault(name))
    broken = api.answer("listswitches").body
    assert broken == (whole[: len(whole) // 2] if name == "truncated_json" else b"\xef\xbb\xbf" + whole)
    assert api.answer("listswitches").body == whole


def test_duplicate_key(api, sim):
    """The body has itemcount twice and a normal parser keeps the page count."""
    sim.faults.add(Fault("duplicate_key"))
    answer = api.answer("listphonebookitems", pagelimit=10)
    assert answer.body.count(b'"itemcount"') == 2
    assert json.loads(answer.body)["pagination"] == {"itemcount": "6"}
    sim.faults.clear()
    sim.faults.add(Fault("duplicate_key", count=77))
    assert json.loads(api.answer("listphonebookitems", pagelimit=10).body)["pagination"] == {"itemcount": "77"}


def test_types_flip(api, sim):
    """Numbers become text, or text that reads as a number becomes one; keys and leading zeros survive."""
    sim.faults.add(Fault("numbers_as_text"))
    row = api.post("listextensions")["data"]["items"][0]
    assert isinstance(row["regstatus"], str)
    sim.faults.clear()
    sim.faults.add(Fault("text_as_numbers"))
    envelope = api.calls(DAY, DAY)
    assert {type(row["billsecond"]) for row in envelope["data"]} == {int}
    assert type(envelope["pagination"]["itemcount"]) is int
    inside = [
        leg["number"] for row in envelope["data"] for leg in row["call_chain"] if str(leg["number"]).startswith("0")
    ]
    assert inside
    assert all(isinstance(number, str) for number in inside)


def test_maps_become_lists(api, sim):
    """Every map of number formats is an empty list, and the rest of the row is untouched."""
    true = api.calls(DAY, DAY)["data"]
    sim.faults.add(Fault("empty_map_as_list"))
    told = api.calls(DAY, DAY)["data"]
    assert all(leg["number_formats"] == [] for row in told for leg in row["call_chain"])
    for row in (*true, *told):
        for leg in row["call_chain"]:
            del leg["number_formats"]
    assert told == true


def test_missing_error_code(api, sim):
    """The envelope loses errorCode and stays a success."""
    sim.faults.add(Fault("missing_error_code"))
    envelope = api.post("listswitches")
    assert (envelope["status"], "errorCode" in envelope) == (True, False)


@pytest.mark.parametrize(
    ("fault", "fits"),
    [
        (Fault("missing_field", field="billsecond", day=DAY), lambda row: "billsecond" not in row),
        (Fault("wrong_type", day=DAY), lambda row: row["calltime"] == "garbage"),
    ],
    ids=["missing_field", "wrong_type"],
)
def test_one_row_is_spoilt(api, sim, fault, fits):
    """One row of the day is spoilt, the same one in every request, and no other."""
    sim.faults.add(fault)
    spoilt = [row["uniqueid"] for _ in range(2) for row in api.calls("2026-11-15", DAY)["data"] if fits(row)]
    assert len(spoilt) == 2
    assert len(set(spoilt)) == 1
    assert spoilt[0] in {call.uniqueid for call in sim.truth.calls(DAY, DAY)}


def test_short_page(api, sim, truth):
    """Pages are capped silently, and walking them by what is counted still gives everything."""
    sim.faults.add(Fault("short_page", count=20))
    first = api.calls(DAY, DAY, pagelimit=300)
    assert (len(first["data"]), count(first)) == (20, len(truth))
    pages = [keys(api.calls(DAY, DAY, pagelimit=300, showpage=n)) for n in range(1, -(-len(truth) // 20) + 1)]
    assert [key for page in pages for key in page] == truth


def test_repeated_last_page(api, sim, truth):
    """Past the end the last page comes again."""
    sim.faults.add(Fault("repeated_last_page"))
    last = -(-len(truth) // 50)
    assert keys(api.calls(DAY, DAY, pagelimit=50, showpage=last + 5)) == truth[(last - 1) * 50 :]


def test_page_drift(api, sim, truth):
    """Before page 2 the first row is not there; from page 2 on it is, so page 2 begins with page 1's last row."""
    sim.faults.add(Fault("page_drift"))
    control = api.calls(DAY, DAY, pagelimit=1)
    assert count(control) == len(truth)
    first, second, third = (api.calls(DAY, DAY, pagelimit=30, showpage=number) for number in (1, 2, 3))
    assert keys(first) == truth[1:31]
    assert keys(second) == truth[30:60]
    assert keys(third) == truth[60:90]
    assert [count(page) for page in (first, second, third)] == [len(truth) - 1, len(truth), len(truth)]
    assert keys(api.calls(DAY, DAY)) == truth
    assert sim.faults.fired("page_drift") == 1


def test_unstable_order(api, sim, truth):
    """Each page but the first begins with the row that ended the one before; counts and first pages are right."""
    sim.faults.add(Fault("unstable_order"))
    pages = [api.calls(DAY, DAY, pagelimit=30, showpage=number) for number in range(1, -(-len(truth) // 30) + 2)]
    expected = [truth[start : start + 30] for start in range(0, len(truth), 30)]
    assert keys(pages[0]) == expected[0]
    for page, here, before in zip(pages[1:-1], expected[1:], expected, strict=False):
        assert keys(page) == [before[-1], *here[1:]]
    assert keys(pages[-1]) == []
    assert {count(page) for page in pages} == {len(truth)}
    assert keys(api.calls(DAY, DAY)) == truth


def test_repeated_row(api, sim, truth):
    """One row stands once more at the end, the same to the byte, and is counted twice in its quadrant, too."""
    sim.faults.add(Fault("repeated_row", day=DAY))
    assert count(api.calls(DAY, DAY, pagelimit=1)) == len(truth) + 1
    rows = api.calls(DAY, DAY)["data"]
    assert [row["uniqueid"] for row in rows[:-1]] == truth
    assert rows[-1] in rows[:-1]
    assert sum(count(quadrant) for quadrant in quadrants(api)) == len(truth) + 1


def test_vanishing_row(api, sim, truth):
    """One row is counted and never delivered, whichever way it is asked for, also after a control count."""
    sim.faults.add(Fault("vanishing_row"))
    assert count(api.calls(DAY, DAY, pagelimit=1)) == len(truth)
    for size in (300, 50):
        pages = [api.calls(DAY, DAY, pagelimit=size, showpage=n) for n in range(1, -(-len(truth) // size) + 1)]
        got = [key for page in pages for key in keys(page)]
        assert {count(page) for page in pages} == {len(truth)}
        assert len(got) == len(truth) - 1


def test_count_too_high(api, sim, truth):
    """The count promises more rows than there are."""
    sim.faults.add(Fault("count_too_high", count=3))
    envelope = api.calls(DAY, DAY)
    assert (count(envelope), keys(envelope)) == (len(truth) + 3, truth)


def test_late_rows(api, sim, truth):
    """The last rows are missing from list and count until the fault is cleared."""
    sim.faults.add(Fault("late_rows", day=DAY, count=4))
    envelope = api.calls(DAY, "2026-11-17")
    assert set(truth[-4:]) & set(keys(envelope)) == set()
    assert keys(api.calls(DAY, DAY)) == truth[:-4]
    sim.faults.clear("late_rows")
    assert keys(api.calls(DAY, DAY)) == truth


def test_duplicate_uniqueid(api, sim, truth):
    """One row comes twice with different content and is counted twice, in the control and in its quadrant."""
    sim.faults.add(Fault("duplicate_uniqueid", day=DAY))
    envelope = api.calls(DAY, DAY)
    rows = {}
    for row in envelope["data"]:
        rows.setdefault(row["uniqueid"], []).append(row)
    ((first, second),) = [found for found in rows.values() if len(found) > 1]
    assert int(second["billsecond"]) == int(first["billsecond"]) + 1
    assert count(envelope) == len(envelope["data"]) == len(truth) + 1
    assert sum(count(quadrant) for quadrant in quadrants(api)) == len(truth) + 1


def test_overlap(api, sim, truth):
    """One call is in an external and in an internal quadrant; the control counts it once."""
    sim.faults.add(Fault("overlap", day=DAY))
    assert count(api.calls(DAY, DAY, pagelimit=1)) == len(truth)
    together = [key for quadrant in quadrants(api) for key in keys(quadrant)]
    assert len(together) == len(truth) + 1
    assert set(together) == set(truth)


def test_remainder(api, sim, truth):
    """One call is in no quadrant, but counted and delivered with every filter open."""
    sim.faults.add(Fault("remainder", day=DAY))
    together = {key for quadrant in quadrants(api) for key in keys(quadrant)}
    assert len(set(truth) - together) == 1
    assert keys(api.calls(DAY, DAY)) == truth


def test_purged_recording(api, sim):
    """A purged recording is still listed, and its download is a JSON error; others are not touched."""
    one, other = sim.truth.recordings()[:2]
    sim.faults.add(Fault("purged_recording", key=one.callrecordkey))
    listed = api.post("listcallrecords", extensionid=one.extension_ids[0], stext=one.callrecordkey)["data"]["items"]
    assert [row["callrecordkey"] for row in listed] == [one.callrecordkey]
    statuses = [
        api.answer("downloadcallrecord", callrecordkey=item.callrecordkey, partition_number=1).headers["content-type"]
        for item in (one, other)
    ]
    assert statuses == ["application/json; charset=UTF-8", "audio/mpeg"]


@pytest.mark.parametrize("name", ["truncated_part", "json_instead_of_mp3"])
def test_a_part_that_is_not_right_once(api, sim, name):
    """One download comes at half length, or as JSON at HTTP 200; the next is right."""
    item = sim.truth.recordings()[0]
    form = {"callrecordkey": item.callrecordkey, "partition_number": 1}
    sim.faults.add(Fault(name))
    wrong, right = api.answer("downloadcallrecord", **form), api.answer("downloadcallrecord", **form)
    assert len(right.body) == item.size_bytes
    if name == "truncated_part":
        assert wrong.body == right.body[: item.size_bytes // 2]
    else:
        assert (wrong.status, json.loads(wrong.body)["status"]) == (200, False)


@pytest.mark.parametrize("endpoint", ["listextensions", "listphonebookitems"])
def test_rows_of_other_lists_can_be_doubled(api, sim, endpoint):
    """A duplicate row with other content happens to extensions and contacts, too."""
    sim.faults.add(Fault("duplicate_uniqueid", endpoint=endpoint))
    data = api.post(endpoint, pagelimit=0)["data"]
    rows = data["items"] if endpoint == "listextensions" else data
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)) + 1


def test_the_truth_is_not_touched_by_faults(api, sim, truth):
    """Faults change what is told, not what is true."""
    sim.faults.add(*(Fault(name) for name in ("late_rows", "duplicate_uniqueid", "remainder", "wrong_type")))
    api.calls(DAY, DAY)
    assert [call.uniqueid for call in sim.truth.calls(DAY, DAY)] == truth
