"""Whose a number is, and when: made of the histories, the phonebook and the numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest

from unite_pipeline.lake.partitions import Staging, lake_lock
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.tables import TABLES
from unite_pipeline.transform import (
    ALL_SNAPSHOTS,
    transform_calls,
    transform_numbers,
    transform_parties,
    transform_recordings,
    transform_snapshots,
)
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.warehouse.conftest import Writer

EVER = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, SECOND, THIRD = (datetime(2026, 3, day, 8, tzinfo=UTC) for day in (1, 5, 9))
COLUMNS = ("number", "valid_from", "valid_to", "party_type", "certainty", "extension_id", "call_flow_id", "contact_id")


@dataclass(frozen=True)
class Known:
    """Puts what is known into lake files; what a row does not say is NULL, or false, or the first moment."""

    places: Places

    def put(self, name: str, *rows: dict[str, Any]) -> None:
        table = next(each for each in TABLES if each.name == name)
        defaults = {"BOOLEAN": False, "TIMESTAMPTZ": FIRST}
        filled = [
            {
                column.name: row.get(column.name, defaults.get(column.type) if column.is_required else None)
                for column in table.columns
            }
            for row in rows
        ]
        with lake_lock(self.places), Staging(self.places) as staging:
            value = None if table.partition is None else "1970-01-01"
            staging.put(table, value, pa.Table.from_pylist(filled, schema=table.schema))
            staging.commit()


@pytest.fixture
def known(places):
    """A writer of the tables that owners are made of."""
    return Known(places)


def extension(key, number, since=FIRST, until=None, name="Anna"):
    """A state of an extension."""
    return {"extension_id": key, "extension_number": number, "name": name, "valid_from": since, "valid_to": until,
            "username": f"1234*{number}"}  # fmt: skip


def listed(kind, number, since=FIRST, until=None, name="Anna"):
    """A state of an entry of the directory."""
    return {"kind": kind, "number": number, "name": name, "valid_from": since, "valid_to": until}


def number(text, e164=None, **facts):
    """What is known of a number itself."""
    return {"number": text, "e164": e164, "kind": facts.pop("kind", "unknown"), **facts}


def contact(key, phone, extension_id="0", **facts):
    """A phonebook item."""
    return {"contact_id": key, "phone_number": phone, "extension_id": extension_id, **facts}


def of(lake, text):
    """The periods of a number, without the number itself."""
    return [row[1:] for row in lake.rows("number_parties", *COLUMNS) if row[0] == text]


def test_an_extension_is_certain_where_two_sources_agree(places, known, lake):
    """Listed as an extension and in the directory it is certain; before the first snapshot it is presumed."""
    known.put("extension_history", extension("R1", "0200"))
    known.put("cdr_flow_history", listed("extension", "0200"))
    transform_parties(places)
    assert of(lake, "0200") == [
        (EVER, FIRST, "extension", "presumed", "R1", None, None),
        (FIRST, None, "extension", "certain", "R1", None, None),
    ]
    assert of(lake, "1234*0200")[-1] == (FIRST, None, "extension", "likely", "R1", None, None)


def test_a_number_that_goes_to_another_extension(places, known, lake):
    """A number that is handed on has each of its owners for as long as snapshots showed it, and nobody between."""
    known.put("extension_history", extension("R1", "0200", FIRST, SECOND), extension("R2", "0200", THIRD, None, "Bert"))
    transform_parties(places)
    assert of(lake, "0200") == [
        (EVER, FIRST, "extension", "presumed", "R1", None, None),
        (FIRST, SECOND, "extension", "likely", "R1", None, None),
        (THIRD, None, "extension", "likely", "R2", None, None),
    ]


def test_sources_that_began_one_after_the_other_are_presumed_together(places, known, lake):
    """Calls from before the first sync have their extension, though the directory was read a moment before the list."""
    known.put("extension_history", extension("R1", "0200", SECOND))
    known.put("cdr_flow_history", listed("extension", "0200", FIRST))
    transform_parties(places)
    assert of(lake, "0200") == [
        (EVER, SECOND, "extension", "presumed", "R1", None, None),
        (SECOND, None, "extension", "certain", "R1", None, None),
    ]


def test_a_number_that_came_later_was_nobodys_before(places, known, lake):
    """An extension that was made after the first snapshot did not take the calls of the time before."""
    known.put("extension_history", extension("R1", "0200", FIRST), extension("R2", "0201", SECOND))
    transform_parties(places)
    assert of(lake, "0201") == [(SECOND, None, "extension", "likely", "R2", None, None)]


def test_a_renamed_extension_keeps_its_number(places, known, lake):
    """A new name begins a new period of the same owner, so that the name of a leg is the one of its day."""
    known.put("extension_history", extension("R1", "0200", FIRST, SECOND), extension("R1", "0200", SECOND, None, "Zoe"))
    transform_parties(places)
    names = [row for row in lake.rows("number_parties", "number", "valid_from", "party_name") if row[0] == "0200"]
    assert [row[1:] for row in names] == [(EVER, "Anna"), (FIRST, "Anna"), (SECOND, "Zoe")]


def test_extension_and_flow_with_one_number_contradict(places, known, lake):
    """Where the sources say both, it is nobody's for certain: ambiguous, until one of them is gone."""
    known.put("extension_history", extension("R1", "0200"))
    known.put("cdr_flow_history", listed("flow", "0200", FIRST, SECOND, "Sales"))
    transform_parties(places)
    assert of(lake, "0200") == [
        (EVER, SECOND, "unknown", "ambiguous", None, None, None),
        (SECOND, None, "extension", "likely", "R1", None, None),
    ]


def test_a_flow_is_found_by_its_name(places, known, lake):
    """The directory's flow is the call flow of that name, whether or not its number stands behind it."""
    known.put("cdr_flow_history", listed("flow", "0001", name="Sales"), listed("flow", "0002", name="Help"))
    known.put(
        "call_flows",
        {"call_flow_id": "T1", "name": "Sales - 030 999 9901"},
        {"call_flow_id": "T2", "name": "Help"},
        {"call_flow_id": "T3", "name": "Help - 030 999 9902"},
    )
    transform_parties(places)
    assert of(lake, "0001")[-1] == (FIRST, None, "flow", "certain", None, "T1", None)
    assert of(lake, "0002")[-1] == (FIRST, None, "flow", "certain", None, None, None)


def test_own_numbers(places, known, lake):
    """A number that rings at one flow is certainly ours; one that only an extension shows is likely ours."""
    known.put("call_flow_numbers", {"call_flow_id": "T1", "number": "31309999901", "valid_from": FIRST})
    known.put("numbers", number("31309999901", is_own=True), number("31309999950", is_own=True))
    transform_parties(places)
    assert of(lake, "31309999901") == [
        (EVER, FIRST, "own_number", "presumed", None, "T1", None),
        (FIRST, None, "own_number", "certain", None, "T1", None),
    ]
    assert of(lake, "31309999950") == [(EVER, None, "own_number", "likely", None, None, None)]


def test_a_contact_in_any_notation(places, known, lake):
    """Every notation of a number belongs to the contact that has it in another one."""
    e164 = "+31612345678"
    known.put("numbers", *(number(text, e164) for text in ("31612345678", "0612345678", "+31 6 12345678")))
    known.put("contacts", contact("P1", "+31 6 12345678", last_name="Jansen"))
    transform_parties(places)
    for text in ("31612345678", "0612345678"):
        assert of(lake, text) == [(EVER, None, "contact", "certain", None, None, "P1")]


def test_one_contact_is_ranked_first(places, known, lake):
    """Of several contacts with one number one is chosen: shared, with a name, known longest; and it is only likely."""
    known.put("numbers", number("31612345678", "+31612345678"))
    known.put(
        "contacts",
        contact("P1", "31612345678", "R1", last_name="Private", first_seen_at=FIRST),
        contact("P2", "31612345678", first_seen_at=FIRST),
        contact("P3", "31612345678", company_name="Young", first_seen_at=THIRD),
        contact("P4", "31612345678", company_name="Old", first_seen_at=SECOND),
        contact("P5", "31612345678", company_name="Gone", first_seen_at=FIRST, is_deleted=True),
    )
    transform_parties(places)
    assert of(lake, "31612345678") == [(EVER, None, "contact", "likely", None, None, "P4")]


def test_a_colleague_in_the_phonebook_stays_a_colleague(places, known, lake):
    """An internal number is an extension's even if a contact has it, and a number of ours is ours."""
    known.put("extension_history", extension("R1", "0200"))
    known.put("numbers", number("0200", is_internal=True, kind="internal"), number("31309999950", is_own=True))
    known.put("contacts", contact("P1", "0200"), contact("P2", "31309999950"))
    transform_parties(places)
    assert {row[2] for row in of(lake, "0200")} == {"extension"}
    assert of(lake, "31309999950") == [(EVER, None, "own_number", "likely", None, None, None)]


def test_words_for_a_withheld_number_are_anonymous(places, known, lake):
    """What stands for a withheld number is nobody's number."""
    known.put("numbers", number("anonymous", kind="anonymous"))
    transform_parties(places)
    assert of(lake, "anonymous") == [(EVER, None, "anonymous", "certain", None, None, None)]


def test_no_number_has_two_owners_at_once(places, known, lake):
    """Whatever histories overlap, the periods of a number follow each other, so that a join never multiplies calls."""
    moments = [FIRST + timedelta(hours=n) for n in range(8)]
    known.put(
        "extension_history",
        extension("R1", "0200", moments[0], moments[4]),
        extension("R2", "0200", moments[2], moments[6]),
        extension("R3", "0200", moments[6]),
    )
    known.put(
        "cdr_flow_history", listed("extension", "0200", moments[1], moments[5]), listed("flow", "0200", moments[3])
    )
    transform_parties(places)
    periods = of(lake, "0200")
    assert periods[0][0] == EVER
    assert all(before[1] <= after[0] for before, after in pairwise(periods))
    assert periods[-1][1] is None


def test_legs_of_a_company_are_who_they_are(tmp_path):
    """Every leg of a simulated company is resolved to what it truly is, and outside callers to the right contact."""
    bench = Bench(tmp_path / "data")
    today = bench.clock.utc().date()
    assert all(outcome.is_proven for outcome in bench.sync_everything())
    transform_calls(bench.places, TIMEZONE)
    transform_recordings(bench.places, TIMEZONE)
    for snapshots in ALL_SNAPSHOTS:
        transform_snapshots(bench.places, TIMEZONE, snapshots)
    transform_numbers(bench.places, "NL")
    transform_parties(bench.places)
    build_warehouse(bench.places)
    found = {
        (uniqueid, position): row
        for uniqueid, position, *row in Writer(bench.places).query(
            "select uniqueid, position, party_type, extension_id, call_flow_id, contact_id from call_legs"
        )
    }
    truth = bench.simulator.truth
    ids = {item.extension_number: item.extension_id for item in truth.extensions()}
    flows = {item.flow_number: item.flow_id for item in truth.flows()}
    ringing = {number: item.flow_id for item in truth.flows() for number in item.numbers}
    contacts = {item.contact_id: item.phone_number for item in truth.contacts()}
    phones = set(contacts.values())
    kinds: Counter[str] = Counter()
    for call in truth.calls(date(2026, 10, 20), today):
        for position, leg in enumerate(call.legs, 1):
            party, extension_id, call_flow_id, contact_id = found.pop((call.uniqueid, position))
            kinds[party] += 1
            if leg.role == "extension":
                assert (party, extension_id) == ("extension", ids[leg.number])
            elif leg.role == "flow":
                assert (party, call_flow_id) == ("flow", flows[leg.number])
            elif leg.role == "own_number":
                assert (party, call_flow_id) == ("own_number", ringing.get(leg.number))
            elif leg.number == "":
                assert party == "anonymous"
            elif leg.number in phones:
                assert (party, contacts[contact_id]) == ("contact", leg.number)
            else:
                assert party == "unknown"
    assert found == {}
    assert set(kinds) == {"extension", "flow", "own_number", "anonymous", "contact", "unknown"}
    assert kinds.total() > 1000
