"""What the warehouse derives of a call from itself, its legs and the calendar."""

# ruff: noqa: DTZ001  wall-clock times have no zone

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from unite_pipeline.warehouse import build_warehouse, rebuild_warehouse
from unite_pipeline.warehouse.terms import Terms

EVER = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = "2026-03-02"
"""A Monday."""


def call(uniqueid="a", **facts):
    """An inbound call from outside, answered after 8 of 68 seconds."""
    usual = {"direction": "inbound", "scope": "external", "answered": True, "started_at": NOON,
             "started_at_local": datetime(2026, 3, 2, 13), "duration_s": 68, "talk_s": 60, "ring_s": 8,
             "first_number": "31611111111", "last_number": "0200"}  # fmt: skip
    return {"uniqueid": uniqueid, **usual, **facts}


def leg(position, number, country=None, uniqueid="a"):
    """A leg of it."""
    return {"uniqueid": uniqueid, "position": position, "number": number, "country": country, "started_at": NOON}


def put_owners(lake, *contacts):
    """Extensions 0200 and 0201, the flow 0001 with the number 31309999901; contacts by number."""
    nobody = {"certainty": "certain", "valid_from": EVER, "valid_to": None, "extension_id": None,
              "call_flow_id": None, "contact_id": None}  # fmt: skip
    lake.put(
        "number_parties",
        None,
        {**nobody, "number": "0001", "party_type": "flow", "call_flow_id": "T1"},
        {**nobody, "number": "0200", "party_type": "extension", "extension_id": "R1"},
        {**nobody, "number": "0201", "party_type": "extension", "extension_id": "R2"},
        {**nobody, "number": "31309999901", "party_type": "own_number", "call_flow_id": "T1"},
        *({**nobody, "number": number, "party_type": "contact", "contact_id": f"P{number}"} for number in contacts),
    )


def derived(lake, columns, *, order="uniqueid"):
    """Rows of calls in the published warehouse."""
    return lake.query(f"select {columns} from calls order by {order}")


def test_who_took_part_in_an_inbound_call(places, lake):
    """Caller, own number, flow and the extension it went to, each from its place in the chain."""
    lake.put("calls", DAY, call())
    chain = [("31611111111", "NL"), ("31309999901", "NL"), ("0001", None), ("0200", None), ("0201", None)]
    lake.put("call_legs", DAY, *(leg(place, *who) for place, who in enumerate(chain, 1)))
    put_owners(lake, "31611111111")
    build_warehouse(places)
    columns = "external_number, external_country, own_number, call_flow_id, calling_extension_id, called_extension_id"
    assert derived(lake, f"{columns}, contact_id") == [
        ("31611111111", "NL", "31309999901", "T1", None, "R2", "P31611111111")
    ]


def test_who_took_part_in_an_outbound_call(places, lake):
    """The first leg is the extension that called, the last the outside party."""
    lake.put("calls", DAY, call(direction="outbound", first_number="0200", last_number="4930231250"))
    lake.put("call_legs", DAY, leg(1, "0200"), leg(2, "4930231250", "DE"))
    put_owners(lake, "4930231250")
    build_warehouse(places)
    columns = "external_number, external_country, own_number, call_flow_id, calling_extension_id, called_extension_id"
    assert derived(lake, f"{columns}, contact_id") == [("4930231250", "DE", None, None, "R1", None, "P4930231250")]


def test_a_call_to_outside_that_was_handed_on(places, lake):
    """Its last leg is the colleague it went to; the outside party is the last that is none of ours."""
    lake.put("calls", DAY, call(direction="outbound", first_number="0200", last_number="0201"))
    lake.put("call_legs", DAY, leg(1, "0200"), leg(2, "4930231250", "DE"), leg(3, "0201"))
    put_owners(lake)
    build_warehouse(places)
    assert derived(lake, "external_number, external_country, calling_extension_id, called_extension_id") == [
        ("4930231250", "DE", "R1", "R2")
    ]


def test_the_outside_number_in_e164(places, lake):
    """As the table of numbers reads it; NULL where it is not there, or has none."""
    lake.put("calls", DAY, call("a"), call("b", first_number="0611111111"), call("c", first_number="112"), call("d"))
    lake.put("numbers", None, {"number": "0611111111", "e164": "+31611111111"}, {"number": "112", "e164": None})
    build_warehouse(places)
    assert derived(lake, "external_number, external_e164") == [
        ("31611111111", None), ("0611111111", "+31611111111"), ("112", None), ("31611111111", None)
    ]  # fmt: skip


def test_who_took_part_in_an_internal_call(places, lake):
    """Two extensions, and nobody outside."""
    lake.put("calls", DAY, call(direction="internal", scope="internal", first_number="0200", last_number="0201"))
    lake.put("call_legs", DAY, leg(1, "0200"), leg(2, "0201"))
    put_owners(lake)
    build_warehouse(places)
    assert derived(lake, "external_number, calling_extension_id, called_extension_id, disposition") == [
        (None, "R1", "R2", "internal_answered")
    ]


def test_a_call_without_legs_stays(places, lake):
    """Nothing is lost for want of a chain."""
    lake.put("calls", DAY, call(first_number=None, last_number=None))
    build_warehouse(places)
    assert derived(lake, "uniqueid, external_number, is_anonymous, called_extension_id") == [("a", None, True, None)]


@pytest.mark.parametrize(
    ("facts", "disposition", "is_offered"),
    [
        pytest.param({}, "answered", True, id="answered"),
        pytest.param({"answered": False, "talk_s": 0}, "missed", True, id="missed"),
        pytest.param({"answered": False, "talk_s": 12}, "missed", True, id="the filter wins over the conversation"),
        pytest.param({"answered": None}, "answered", True, id="no filter, but a conversation"),
        pytest.param({"answered": None, "talk_s": 0}, "missed", True, id="no filter, no conversation"),
        pytest.param({"answered": None, "talk_s": None}, "unknown", True, id="nothing known"),
        pytest.param({"scope": "mixed"}, "answered", False, id="both filters"),
        pytest.param({"direction": "outbound"}, "connected", False, id="outbound"),
        pytest.param({"direction": "outbound", "answered": False}, "not_connected", False, id="outbound in vain"),
        pytest.param({"direction": "internal", "answered": False}, "internal_unanswered", False, id="internal in vain"),
        pytest.param({"direction": "sideways"}, "unknown", False, id="a word we do not know"),
        pytest.param({"direction": None}, "unknown", False, id="no direction"),
    ],
)
def test_what_became_of_it(places, lake, facts, disposition, is_offered):
    """The disposition follows from direction, filter and conversation; offered is what came in from outside."""
    lake.put("calls", DAY, call(**facts))
    build_warehouse(places)
    assert derived(lake, "disposition, is_offered") == [(disposition, is_offered)]


def test_when_it_was_connected_and_ended(places, lake):
    """Both are instants; a call that nobody took was never connected."""
    lake.put("calls", DAY, call("a"), call("b", answered=False, talk_s=0, ring_s=68))
    build_warehouse(places)
    assert derived(lake, "is_connected, answered_at, ended_at, call_hour") == [
        (True, datetime(2026, 3, 2, 12, 0, 8, tzinfo=UTC), datetime(2026, 3, 2, 12, 1, 8, tzinfo=UTC), 13),
        (False, None, datetime(2026, 3, 2, 12, 1, 8, tzinfo=UTC), 13),
    ]


def test_short_calls_and_short_abandons(places, lake):
    """The thresholds themselves are not short."""
    lake.put(
        "calls",
        DAY,
        call("a", talk_s=9),
        call("b", talk_s=10),
        call("c", answered=False, talk_s=0, duration_s=4),
        call("d", answered=False, talk_s=0, duration_s=5),
    )
    build_warehouse(places)
    expected = [("a", True, False), ("b", False, False), ("c", False, True), ("d", False, False)]
    assert derived(lake, "uniqueid, is_short_call, is_short_abandon") == expected


@pytest.mark.parametrize(
    ("local", "is_open"),
    [
        pytest.param(datetime(2026, 3, 2, 8, 29, 59), False, id="before"),
        pytest.param(datetime(2026, 3, 2, 8, 30), True, id="first second"),
        pytest.param(datetime(2026, 3, 2, 17, 29, 59), True, id="last second"),
        pytest.param(datetime(2026, 3, 2, 17, 30), False, id="after"),
    ],
)
def test_in_opening_hours_by_the_wall_clock(places, lake, local, is_open):
    """The span's end is not part of it."""
    lake.put("calls", DAY, call(started_at_local=local))
    build_warehouse(places)
    assert derived(lake, "is_in_opening_hours") == [(is_open,)]


def test_other_terms_make_everything_again(places, lake):
    """New opening hours change calls of long ago, and `parameters` says what holds."""
    lake.put("calls", DAY, call())
    build_warehouse(places)
    report = build_warehouse(places, Terms(opening_hours="Mo 18:00-19:00", short_call_s=61))
    assert report.is_from_scratch
    assert derived(lake, "is_in_opening_hours, is_short_call") == [(False, True)]
    assert lake.query("select opening_hours, short_call_s from parameters") == [("Mo 18:00-19:00", 61)]


def test_a_number_that_changes_hands_changes_only_its_calls(places, lake):
    """A new contact reaches the calls of its number, on their days alone, and as a build from nothing would."""
    for day in (DAY, "2026-03-03", "2026-03-04"):
        number = "31611111111" if day != "2026-03-03" else "31622222222"
        lake.put("calls", day, call(day, first_number=number))
        lake.put("call_legs", day, leg(1, number, uniqueid=day), leg(2, "0200", uniqueid=day))
    put_owners(lake)
    build_warehouse(places)
    put_owners(lake, "31611111111")
    made = {table.table: table.made_days for table in build_warehouse(places).tables}
    assert (made["call_legs"], made["calls"]) == (2, 2)
    found = derived(lake, "uniqueid, contact_id")
    assert found == [(DAY, "P31611111111"), ("2026-03-03", None), ("2026-03-04", "P31611111111")]
    rebuild_warehouse(places)
    assert derived(lake, "uniqueid, contact_id") == found


def test_calls_follow_their_legs(places, lake):
    """A day whose legs changed alone has its calls made again."""
    lake.put("calls", DAY, call())
    lake.put("call_legs", DAY, leg(1, "31611111111"))
    put_owners(lake)
    build_warehouse(places)
    lake.put("call_legs", DAY, leg(1, "31611111111"), leg(2, "0201"))
    build_warehouse(places)
    assert derived(lake, "called_extension_id") == [("R2",)]
