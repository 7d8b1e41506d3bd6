"""Raw `extensions` and `phonebook` to what is there now and to histories."""

# ruff: noqa: DTZ001  wall-clock times have no zone

from __future__ import annotations

from datetime import datetime

import pyarrow.parquet as pq
import pytest

from unite_pipeline.transform import transform_contacts, transform_extensions

TIMEZONE = "Europe/Amsterdam"


def extension(key, name="Reception", **fields):
    """An extension as the API sends it, after secrets are removed."""
    return {
        "id": key,
        "username": "1234*0200",
        "calleridtype": "1",
        "callerid": "31880660550",
        "country": "NL",
        "name": name,
        "email": "",
        "exttype": "100",
        "createdate": "2019-11-27 15:34:22",
        "regstatus": 2,
        "callrecordcount": "0",
        "voicemailcount": "0",
        "extno": "1",
        "extno_format": "0200",
        **fields,
    }


def contact(key, name="Ann", **fields):
    """A phonebook item as the API sends it."""
    return {
        "id": key,
        "extensionid": "0",
        "name": name,
        "lastname": "",
        "companyname": "",
        "phonenumbertype": "0",
        "phonenumber": "31880660550",
        "phonenumber_formats": {"CountryID": "NL", "E164": "+31880660550"},
        "phonenumber_formatted": "088 066 0550",
        **fields,
    }


def states(lake):
    """The history."""
    return lake.rows("extension_history", "extension_id", "name", "valid_from", "valid_to", "is_current")


def now(lake):
    """What is there as last seen."""
    return lake.rows("extensions", "extension_id", "name", "is_deleted", "first_seen_at", "last_seen_at")


@pytest.fixture(params=["at once", "one by one"])
def run(request, raw, places):
    """Take reads in one transformation at the end, or after every read: the result must be the same."""

    class Run:
        def read(self, rows, **facts):
            read_id = raw.read("extensions", {"list": rows}, **facts)
            if request.param == "one by one":
                transform_extensions(places, TIMEZONE)
            return raw.at(read_id)

        def end(self):
            return transform_extensions(places, TIMEZONE)

    return Run()


def test_an_extension_arrives_typed(raw, places, lake):
    """Every column of both tables has the value that the API's row tells; what flickers or is secret has no column."""
    read_id = raw.read("extensions", {"list": [extension("R1")]})
    transform_extensions(places, TIMEZONE)
    state = (
        "1234*0200",
        "Reception",
        "0200",
        "1",
        None,
        "1",
        "31880660550",
        "NL",
        "100",
        datetime(2019, 11, 27, 15, 34, 22),
    )
    assert lake.rows("extensions") == [("R1", *state, False, raw.at(read_id), raw.at(read_id))]
    assert lake.rows("extension_history") == [("R1", *state, raw.at(read_id), None, True)]
    schema = pq.read_schema(places.table("extensions") / "part.parquet")
    assert not {"password", "regstatus", "callrecordcount"} & set(schema.names)


def test_a_state_lasts_while_snapshots_show_it(run, lake):
    """A change ends one state and begins the next at the same moment; flicker is no change."""
    first = run.read([extension("R1")])
    run.read([extension("R1", regstatus=0, callrecordcount="9")])
    third = run.read([extension("R1", name="Desk")])
    run.end()
    assert states(lake) == [("R1", "Reception", first, third, False), ("R1", "Desk", third, None, True)]
    assert now(lake) == [("R1", "Desk", False, first, third)]


def test_only_a_complete_snapshot_ends_what_it_lacks(run, lake):
    """An incomplete one ends nothing; an item that returns opens a new state, even one that looks the same."""
    first = run.read([extension("R1"), extension("R2")])
    run.read([extension("R2")], is_complete=False)
    third = run.read([extension("R2")])
    run.read([extension("R2")])
    fifth = run.read([extension("R1"), extension("R2")])
    run.end()
    assert states(lake) == [
        ("R1", "Reception", first, third, False),
        ("R1", "Reception", fifth, None, True),
        ("R2", "Reception", first, None, True),
    ]


def test_an_incomplete_snapshot_changes_what_it_shows(run, lake):
    """Another state in an incomplete snapshot is another state."""
    first = run.read([extension("R1"), extension("R2")])
    second = run.read([extension("R1", name="Desk")], is_complete=False)
    run.end()
    assert states(lake) == [
        ("R1", "Reception", first, second, False),
        ("R1", "Desk", second, None, True),
        ("R2", "Reception", first, None, True),
    ]


def test_what_the_newest_complete_snapshot_lacks_is_deleted(run, lake):
    """The row stays as last seen."""
    first = run.read([extension("R1"), extension("R2")])
    second = run.read([extension("R2")])
    run.end()
    assert now(lake) == [("R1", "Reception", True, first, first), ("R2", "Reception", False, first, second)]


def test_a_rejected_row_ends_nothing(run, lake):
    """The item is there, in a row that does not fit: its last good state holds."""
    first = run.read([extension("R1")])
    run.read([extension("R1", createdate="never")])
    third = run.read([extension("R1")])
    run.end()
    assert states(lake) == [("R1", "Reception", first, None, True)]
    assert now(lake) == [("R1", "Reception", False, first, third)]
    assert lake.rows("rejected_rows", "reason") == [("bad_time",)]


def test_unchanged_snapshots_stand_in_an_earlier_read(raw, places, lake):
    """Rows that are the same as then are seen again, and lack what they lacked then."""
    first = raw.read("extensions", {"list": [extension("R1")]})
    second = raw.read("extensions", {"list": [extension("R2")]})
    transform_extensions(places, TIMEZONE)
    third = raw.read("extensions", {"list": first})
    transform_extensions(places, TIMEZONE)
    assert states(lake) == [
        ("R1", "Reception", raw.at(first), raw.at(second), False),
        ("R1", "Reception", raw.at(third), None, True),
        ("R2", "Reception", raw.at(second), raw.at(third), False),
    ]


def test_a_snapshot_that_comes_late_takes_its_place(raw, places, lake):
    """A history is made again when a read turns up that is older than those taken in."""
    late = raw.now.replace(hour=1)
    newer = raw.read("extensions", {"list": [extension("R1")]})
    transform_extensions(places, TIMEZONE)
    raw.read("extensions", {"list": [extension("R1", name="Old")]}, fetched_at=late)
    transform_extensions(places, TIMEZONE)
    assert states(lake) == [("R1", "Old", late, raw.at(newer), False), ("R1", "Reception", raw.at(newer), None, True)]


def test_a_contact_arrives_typed(raw, places, lake):
    """Every column has the value that the API's row tells, whether its formats are a map, an empty list or nothing."""
    rows = [contact("P1"), contact("P2", phonenumber_formats=[]), contact("P3", phonenumber_formats=None)]
    read_id = raw.read("phonebook", {"list": rows})
    transform_contacts(places, TIMEZONE)
    seen = raw.at(read_id)
    first = ("0", "Ann", None, None, "31880660550", "0", "088 066 0550")
    assert lake.rows("contacts") == [
        ("P1", *first, "+31880660550", "NL", False, seen, seen),
        ("P2", *first, None, None, False, seen, seen),
        ("P3", *first, None, None, False, seen, seen),
    ]
    assert lake.rows("contact_history", "contact_id", "valid_from", "is_current") == [
        ("P1", seen, True),
        ("P2", seen, True),
        ("P3", seen, True),
    ]


def test_of_a_repeated_id_the_last_in_the_list_wins(raw, places, lake):
    """The others are duplicates, even if they look the same; the same row in two parts of a book is none."""
    raw.read(
        "phonebook",
        {"list": [contact("P1", "Ann"), contact("P1", "Bob"), contact("P2"), contact("P2")], "R1": [contact("P2")]},
    )
    transform_contacts(places, TIMEZONE)
    assert lake.rows("contacts", "contact_id", "first_name") == [("P1", "Bob"), ("P2", "Ann")]
    assert lake.rows("rejected_rows", "part", "position", "reason") == [
        ("list", 1, "duplicate_key"),
        ("list", 3, "duplicate_key"),
    ]


def test_the_book_is_the_union_of_its_parts(raw, places, lake):
    """An item that only an extension's part shows is in the book."""
    raw.read("phonebook", {"list": [contact("P1")], "R1": [contact("P2", extensionid="R1")]})
    transform_contacts(places, TIMEZONE)
    assert lake.rows("contacts", "contact_id", "extension_id") == [("P1", "0"), ("P2", "R1")]
