"""Legs are looked up in `number_parties`: at loading, and again when a number's owner becomes another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unite_pipeline.lake.places import Places
from unite_pipeline.warehouse import build_warehouse, rebuild_warehouse
from unite_pipeline_tests.warehouse.conftest import Writer

EVER = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEGS = """select uniqueid, position, number, party_type, party_certainty, extension_id, call_flow_id, contact_id
    from call_legs order by all"""


def leg(uniqueid, number, at=NOON, position=1):
    """A leg of a call that started then."""
    return {"uniqueid": uniqueid, "position": position, "number": number, "started_at": at}


def owner(number, party_type, since=EVER, until=None, certainty="certain", **ids):
    """A period of a number."""
    nobody = {"extension_id": None, "call_flow_id": None, "contact_id": None}
    facts = {"number": number, "party_type": party_type, "certainty": certainty}
    return {**nobody, **facts, "valid_from": since, "valid_to": until, **ids}


def test_each_kind_of_party(places, lake):
    """A leg has the owner of its number, nobody where the number is not known, and is anonymous without one."""
    rows = [leg("a", "0200"), leg("b", "0001"), leg("c", "31309999901"), leg("d", "31612345678"), leg("e", "3161"),
            leg("f", None)]  # fmt: skip
    lake.put("call_legs", "2026-03-01", *rows)
    lake.put(
        "number_parties",
        None,
        owner("0200", "extension", extension_id="R1"),
        owner("0001", "flow", call_flow_id="T1"),
        owner("31309999901", "own_number", call_flow_id="T1", certainty="likely"),
        owner("31612345678", "contact", contact_id="P1"),
    )
    build_warehouse(places)
    assert lake.query(LEGS) == [
        ("a", 1, "0200", "extension", "certain", "R1", None, None),
        ("b", 1, "0001", "flow", "certain", None, "T1", None),
        ("c", 1, "31309999901", "own_number", "likely", None, "T1", None),
        ("d", 1, "31612345678", "contact", "certain", None, None, "P1"),
        ("e", 1, "3161", "unknown", None, None, None, None),
        ("f", 1, None, "anonymous", None, None, None, None),
    ]


def test_the_owner_at_the_start_of_the_call_counts(places, lake):
    """Before, at and after the moment a number changes hands, and after its last owner is gone."""
    moments = [NOON - HOUR, NOON, NOON + HOUR, NOON + 2 * HOUR]
    lake.put("call_legs", "2026-03-01", *(leg(str(n), "0200", at) for n, at in enumerate(moments)))
    lake.put(
        "number_parties",
        None,
        owner("0200", "extension", until=NOON, extension_id="R1"),
        owner("0200", "extension", since=NOON, until=NOON + 2 * HOUR, extension_id="R2"),
    )
    build_warehouse(places)
    assert lake.query("select uniqueid, party_type, extension_id from call_legs order by uniqueid") == [
        ("0", "extension", "R1"),
        ("1", "extension", "R2"),
        ("2", "extension", "R2"),
        ("3", "unknown", None),
    ]


def test_a_new_contact_reaches_old_calls(places, lake):
    """A contact that is entered today names the calls of last week, without their files being loaded again."""
    lake.put("call_legs", "2026-03-01", leg("a", "31612345678"), leg("b", "31687654321"))
    build_warehouse(places)
    lake.put("number_parties", None, owner("31612345678", "contact", contact_id="P1"))
    report = build_warehouse(places)
    assert {table.table: table.loaded for table in report.tables if table.loaded} == {"number_parties": 1}
    assert lake.query("select uniqueid, party_type, contact_id from call_legs order by uniqueid") == [
        ("a", "contact", "P1"),
        ("b", "unknown", None),
    ]


def test_a_contact_that_is_gone_leaves_old_calls(places, lake):
    """When nobody has a number any more, its legs are nobody's again."""
    lake.put("call_legs", "2026-03-01", leg("a", "31612345678"))
    lake.put("number_parties", None, owner("31612345678", "contact", contact_id="P1"))
    build_warehouse(places)
    lake.put("number_parties", None, owner("0200", "extension", extension_id="R1"))
    build_warehouse(places)
    assert lake.query("select uniqueid, party_type, party_certainty, contact_id from call_legs") == [
        ("a", "unknown", None, None)
    ]


NUMBERS = st.sampled_from(["0200", "0001", "31612345678"])
PERIODS = st.lists(
    st.tuples(NUMBERS, st.integers(0, 5), st.integers(1, 3), st.sampled_from(["extension", "flow", "contact"])),
    max_size=5,
)


def _owners(periods):
    """Periods that do not overlap, as `number_parties` has them."""
    made, until = [], {}
    for number, begins, lasts, party_type in sorted(periods):
        since = max(begins, until.get(number, 0))
        until[number] = since + lasts
        made.append(
            owner(number, party_type, NOON + since * HOUR, NOON + (since + lasts) * HOUR, extension_id=party_type)
        )
    return made


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=PERIODS, after=PERIODS, legs=st.lists(st.tuples(NUMBERS, st.integers(-1, 9)), max_size=6))
def test_looking_up_again_is_as_good_as_loading_anew(tmp_path_factory, before, after, legs):
    """Whatever owners were before and are after: legs that stayed equal those of a warehouse built from nothing."""
    places = Places(tmp_path_factory.mktemp("parties") / "data", "main")
    lake = Writer(places)
    lake.put("call_legs", "2026-03-01", *(leg(str(n), number, NOON + at * HOUR) for n, (number, at) in enumerate(legs)))
    lake.put("number_parties", None, *_owners(before))
    build_warehouse(places)
    lake.put("number_parties", None, *_owners(after))
    build_warehouse(places)
    again = lake.query(LEGS)
    rebuild_warehouse(places)
    assert lake.query(LEGS) == again


@pytest.mark.parametrize("column", ["party_type", "party_certainty", "extension_id", "call_flow_id", "contact_id"])
def test_looked_up_columns_are_not_in_the_lake(places, lake, column):
    """A leg's file does not change when somebody's phonebook does."""
    lake.put("call_legs", "2026-03-01", leg("a", "0200"))
    assert column not in lake.schema("call_legs")
