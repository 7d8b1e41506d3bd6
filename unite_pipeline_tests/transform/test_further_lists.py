"""Call flows, switches, the directories, properties and status: typed, and told apart from the vendor's oddities."""

from __future__ import annotations

import pytest

from unite_pipeline.transform import ALL_ANSWERS, SNAPSHOTS_OF, rebuild_lake, transform_answers, transform_snapshots

TIMEZONE = "Europe/Amsterdam"
ANSWERS = {each.raw: each for each in ALL_ANSWERS}
STATUS_WORDS = {"0": "Never registered", "1": "Registered", "2": "Offline"}


@pytest.fixture
def take_in(places):
    """Take in what is there of one feed."""
    return lambda feed: transform_snapshots(places, TIMEZONE, SNAPSHOTS_OF[feed])


def flow(key, name, *numbers, **more):
    """A call flow as the API lists it."""
    dids = [{"fullnumber": n, "countrycode": "31", "areacode": "30", "number": n[-7:]} for n in numbers]
    return {"id": key, "name": name, "dialplanstatus": 1, "didnumbers": dids, **more}


def test_call_flows_and_their_numbers(raw, lake, take_in):
    """A call flow keeps its numbers as text, sorted, and each state of it has a row for each of its numbers."""
    first = raw.at(raw.read("call_flows", {"list": [flow("T1", "Sales", "31309999902", "31309999901")]}))
    second = raw.at(raw.read("call_flows", {"list": [flow("T1", "Sales", "31309999901")]}))
    take_in("call_flows")
    assert lake.rows("call_flows", "call_flow_id", "name", "dialplan_status", "numbers", "is_deleted") == [
        ("T1", "Sales", "1", "31309999901", False)
    ]
    assert lake.rows("call_flow_numbers") == [
        ("T1", "31309999901", first, second, False),
        ("T1", "31309999901", second, None, True),
        ("T1", "31309999902", first, second, False),
    ]


@pytest.mark.parametrize(
    ("dids", "numbers"),
    [
        ([], None),
        (None, None),
        ({"1": {"fullnumber": "31309999901"}, "5": {"fullnumber": "31309999903"}}, "31309999901,31309999903"),
        ([{"fullnumber": "31309999901"}, {"fullnumber": "31309999901"}], "31309999901"),
        ([{"fullnumber": ""}, {"number": "7810030"}], None),
    ],
    ids=["no numbers", "null", "a map for a list", "twice the same", "entries without a full number"],
)
def test_odd_lists_of_numbers(raw, lake, take_in, dids, numbers):
    """PHP's ways to write a list of numbers all mean the same, and none of them is a rejected row."""
    raw.read("call_flows", {"list": [flow("T1", "Sales", didnumbers=dids)]})
    take_in("call_flows")
    assert lake.rows("call_flows", "call_flow_id", "numbers") == [("T1", numbers)]
    assert lake.rows("rejected_rows", "reason") == []


@pytest.mark.parametrize(
    ("sent", "is_on"), [(True, True), (False, False), ("1", True), (0, False), ("true", True)], ids=repr
)
def test_a_switch_is_on_or_off(raw, lake, take_in, sent, is_on):
    """A switch's state is a truth value however the API writes it."""
    item = {"switchkey": "k", "tenantid": "9", "switch_no": "*301", "name": "Night", "lang": "nl", "state": sent}
    raw.read("switches", {"list": [item]})
    take_in("switches")
    assert lake.rows("switches", "switch_key", "switch_number", "name", "language", "is_on") == [
        ("k", "*301", "Night", "nl", is_on)
    ]


def test_a_switch_that_is_neither_on_nor_off_is_rejected(raw, lake, take_in):
    """A state that is no truth value rejects the row with its reason; the switch stays as it was last seen."""
    item = {"switchkey": "k", "switch_no": "*301", "name": "Night", "lang": "nl", "state": True}
    raw.read("switches", {"list": [item]})
    raw.read("switches", {"list": [{**item, "state": "maybe"}]})
    take_in("switches")
    assert lake.rows("switches", "switch_key", "is_on", "is_deleted") == [("k", True, False)]
    assert lake.rows("rejected_rows", "feed", "reason") == [("switches", "bad_flag")]


def test_the_directory_tells_extensions_from_flows(raw, lake, take_in):
    """Each number of the directory is an extension's or a flow's; blanks are dropped, and leading zeros kept."""
    answer = {
        "fulluserlist": {"0200": "Anna", "0001": "Sales", "0900": "Lost", "n": ""},
        "extuserlist": {"0200": "Anna", "n": "", "": "nobody"},
        "flowuserlist": {"0001": "Sales", "n": ""},
    }
    raw.read("cdr_flows", {"list": [answer]})
    take_in("cdr_flows")
    assert lake.rows("cdr_flows", "kind", "number", "name") == [
        ("extension", "0200", "Anna"),
        ("flow", "0001", "Sales"),
        ("unknown", "0900", "Lost"),
    ]


def test_one_number_may_be_an_extension_and_a_flow(raw, lake, take_in):
    """A number that stands in both lists is two entries, one of each kind."""
    answer = {"fulluserlist": {"0200": "Anna"}, "extuserlist": {"0200": "Anna"}, "flowuserlist": {"0200": "Sales"}}
    raw.read("cdr_flows", {"list": [answer]})
    take_in("cdr_flows")
    assert lake.rows("cdr_flows", "kind", "number", "name") == [
        ("extension", "0200", "Anna"),
        ("flow", "0200", "Sales"),
    ]


def test_empty_maps_and_lists_in_the_directory(raw, lake, take_in):
    """An empty map that arrives as a list is empty, and a list is a map whose keys run from 0."""
    raw.read("cdr_flows", {"list": [{"fulluserlist": [], "extuserlist": ["Anna", "Bert"], "flowuserlist": []}]})
    take_in("cdr_flows")
    assert lake.rows("cdr_flows", "kind", "number", "name") == [("extension", "0", "Anna"), ("extension", "1", "Bert")]


def test_a_name_in_the_directory_has_its_history(raw, lake, take_in):
    """A number that goes to somebody else, and one that goes away, leave their former states behind."""
    before = {"fulluserlist": {}, "extuserlist": {"0200": "Anna", "0201": "Bert"}, "flowuserlist": []}
    after = {"fulluserlist": {}, "extuserlist": {"0200": "Carla"}, "flowuserlist": []}
    first = raw.at(raw.read("cdr_flows", {"list": [before]}))
    second = raw.at(raw.read("cdr_flows", {"list": [after]}))
    take_in("cdr_flows")
    columns = ("number", "name", "valid_from", "valid_to", "is_current", "is_deleted")
    assert lake.rows("cdr_flow_history", *columns) == [
        ("0200", "Anna", first, second, False, False),
        ("0200", "Carla", second, None, True, False),
        ("0201", "Bert", first, second, False, True),
    ]


def test_the_companys_numbers(raw, lake, take_in):
    """A number of the company is text, with the country of its formats and the owner's apart."""
    formats = {"CountryID": "BE", "ITU": "32470123456", "isValidNumber": "1", "owner_country": "NL"}
    entry = {"fullnumber": "32470123456", "phonenumber_formats": formats, "number_formatted": "+32 470 12 34 56"}
    bare = {"phonenumber_formats": [], "number_formatted": ""}
    raw.read("cdr_numbers", {"list": [{"numberlist": {"32470123456": entry, "0301234567": bare}}]})
    take_in("cdr_numbers")
    assert lake.rows("cdr_numbers", "number", "number_formatted", "country", "owner_country") == [
        ("0301234567", None, None, None),
        ("32470123456", "+32 470 12 34 56", "BE", "NL"),
    ]


def properties(**values):
    """An answer with the properties of one extension."""
    words = {"isuser_dnd": {"0": "accepted", "1": "not disturbed"}, "flat": ["none", "all"]}
    return {"extensionproperties": values or [], "propertiesData": words}


def test_only_an_answer_about_the_same_extension_ends_a_property(raw, lake, take_in):
    """A property ends when its own extension's answer lacks it, never because another extension was read."""
    first = raw.at(raw.read("extension_properties", {"R1": [properties(isuser_dnd="1", voicemail_enable="2")]}))
    raw.read("extension_properties", {"R2": [properties(isuser_dnd="0")]})
    third = raw.at(raw.read("extension_properties", {"R1": [properties(isuser_dnd=0)]}))
    take_in("extension_properties")
    columns = ("extension_id", "property", "value", "valid_from", "valid_to", "is_deleted")
    of_first = [row for row in lake.rows("extension_property_history", *columns) if row[0] == "R1"]
    assert of_first == [
        ("R1", "isuser_dnd", "1", first, third, False),
        ("R1", "isuser_dnd", "0", third, None, False),
        ("R1", "voicemail_enable", "2", first, third, True),
    ]
    assert lake.rows("extension_properties", "extension_id", "property", "value", "is_deleted") == [
        ("R1", "isuser_dnd", "0", False),
        ("R1", "voicemail_enable", "2", True),
        ("R2", "isuser_dnd", "0", False),
    ]


def test_words_for_codes(raw, places, lake):
    """The values that a property may have come from the newest answer, lists in place of maps included."""
    raw.read("extension_properties", {"R1": [properties(isuser_dnd="1")]})
    transform_answers(places, ANSWERS["extension_properties"])
    assert lake.rows("extension_property_values") == [
        ("flat", "0", "none"),
        ("flat", "1", "all"),
        ("isuser_dnd", "0", "accepted"),
        ("isuser_dnd", "1", "not disturbed"),
    ]


def test_status_is_that_of_the_newest_complete_observation(raw, places, lake):
    """An observation over several answers shows every extension once; an incomplete one changes nothing."""
    raw.read("extension_status", {"0001": [{"items": {"R9": 1}, "status_list": STATUS_WORDS}]})
    parts = {
        "0001": [{"items": {"R1": 2}, "status_list": STATUS_WORDS}],
        "0002": [{"items": {"R2": "0"}, "status_list": list(STATUS_WORDS.values())}],
    }
    newest = raw.at(raw.read("extension_status", parts))
    raw.read("extension_status", {"0001": [{"items": {"R1": 1}, "status_list": []}]}, is_complete=False)
    transform_answers(places, ANSWERS["extension_status"])
    assert lake.rows("extension_status") == [
        ("R1", "2", "Offline", newest),
        ("R2", "0", "Never registered", newest),
    ]


def test_rebuilding_gives_the_same(raw, places, lake, take_in):
    """Made again from the raw layer every table of the further lists is the same."""
    raw.read("call_flows", {"list": [flow("T1", "Sales", "31309999901")]})
    raw.read("call_flows", {"list": [flow("T2", "Help", "31309999901")]})
    raw.read("extension_properties", {"R1": [properties(isuser_dnd="1")]})
    raw.read("extension_properties", {"R2": [properties()]})
    raw.read("cdr_flows", {"list": [{"fulluserlist": {}, "extuserlist": {"0200": "Anna"}, "flowuserlist": []}]})
    for feed in ("call_flows", "extension_properties", "cdr_flows"):
        take_in(feed)
    transform_answers(places, ANSWERS["extension_properties"])
    made = lake.everything()
    rebuild_lake(places, TIMEZONE)
    assert {path: rows for path, rows in lake.everything().items() if path in made} == made
