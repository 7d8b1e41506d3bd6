"""The lake's other tables to `numbers`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.engine import Limits
from unite_pipeline.lake.lists import CONTACT_HISTORY, EXTENSION_HISTORY
from unite_pipeline.lake.partitions import Staging, lake_lock
from unite_pipeline.lake.table import Column, Table
from unite_pipeline.lake.tables import CALL_LEGS, NUMBERS, RECORDINGS, TABLES
from unite_pipeline.simulator.company.numbers import facts, is_full
from unite_pipeline.transform import (
    SNAPSHOTS_OF,
    rebuild_lake,
    transform_calls,
    transform_numbers,
    transform_recordings,
    transform_snapshots,
)
from unite_pipeline.transform.numbers import make_numbers
from unite_pipeline_tests.bench import Bench

TIMEZONE = "Europe/Amsterdam"
transform_extensions = partial(transform_snapshots, snapshots=SNAPSHOTS_OF["extensions"])
transform_contacts = partial(transform_snapshots, snapshots=SNAPSHOTS_OF["phonebook"])
DAY = "2026-02-03"
EVER, FEBRUARY = date(1970, 1, 1), date(2026, 2, 1)
LIBRARY = f"phonenumbers {phonenumbers.__version__}"
FLOW_NUMBERS = Table(
    "call_flow_numbers",
    "Numbers that lead to a call flow.",
    ("call_flow_id", "number"),
    (Column("call_flow_id", "VARCHAR", "The flow"), Column("number", "VARCHAR", "The number")),
)
CDR_NUMBERS = Table(
    "cdr_numbers",
    "Numbers that calls can be filtered by.",
    ("number",),
    (
        Column("number", "VARCHAR", "The number"),
        Column("number_formatted", "VARCHAR", "The number as the API formats it"),
        Column("country", "VARCHAR", "CountryID of its formats"),
    ),
)


def leg(number, formatted="", country=None):
    """An entry of a call chain; one that is inside the exchange has no country."""
    formats = {"owner_country": "NL"} if country is None else {"CountryID": country, "owner_country": "NL"}
    return {"number": number, "desc": "", "number_formats": formats, "number_formatted": formatted}


def call(uniqueid, *legs, day=DAY):
    """A call detail record."""
    times = {"calltime": f"{day} 09:00:00", "billsecond": 1, "duration": 1}
    return {"uniqueid": uniqueid, "direction": "in", **times, "call_chain": list(legs)}


def recording(key, **fields):
    """A row of a list of recordings."""
    return {"callrecordkey": key, "recordtime": f"{DAY} 09:00:00+01", "duration": 1, **fields}


def extension(key, number, callerid="", **fields):
    """A row of a snapshot of extensions."""
    names = {"username": f"1234*{number}", "extno_format": number, "callerid": callerid}
    return {"id": key, "name": "", "createdate": "2026-01-01 10:00:00", **names, **fields}


def contact(key, number, formatted="", **formats):
    """A phonebook item."""
    written = {"phonenumber": number, "phonenumber_formatted": formatted, "phonenumber_formats": formats}
    return {"id": key, "extensionid": "0", "name": "", **written}


def transform(places):
    """Bring everything that numbers come from up to date."""
    for each in (transform_calls, transform_recordings, transform_extensions, transform_contacts):
        each(places, TIMEZONE)


def put(places, table, *made, value=None):
    """Put rows into a file of a lake table, without a raw layer."""
    with lake_lock(places), Staging(places) as staging:
        staging.put(table, value, pa.Table.from_pylist(list(made), schema=table.schema))
        staging.commit()


def rows(lake, *columns):
    """Rows of `numbers`, in the order of their numbers whatever partition they stand in."""
    return sorted(lake.rows("numbers", *columns), key=lambda row: row[0])


def told(lake):
    """Numbers with what the API told of each, and whether we disagree."""
    return rows(lake, "number", "api_formatted", "api_country", "api_e164", "is_api_disagreement")


def kinds(lake):
    """Kind by number."""
    return dict(rows(lake, "number", "kind"))


def own(lake):
    """Numbers that are ours."""
    return [number for number, is_own in rows(lake, "number", "is_own") if is_own]


def test_a_number_arrives_with_every_column(places, raw, lake):
    """An outside number that legs and the phonebook have, and an extension that all of them have."""
    raw.calls([DAY], {"external_answered": [call("a", leg("31201234567", "020 123 4567", "NL"), leg("0200"))]})
    raw.read("call_records", {"R1": [recording("f1", to_number="0200")]})
    raw.read("extensions", {"list": [extension("R1", "0200")]})
    book = contact("P1", "31201234567", "020 123 4567", CountryID="NL", E164="+31201234567")
    raw.read("phonebook", {"list": [book]})
    transform(places)
    report = transform_numbers(places, "NL")
    yes, no = True, False
    nothing = (None, None, None, no)
    assert rows(lake) == [
        ("0200", None, None, "internal", no, yes, no, *nothing, no, yes, no, no, LIBRARY, FEBRUARY),
        ("1234*0200", None, None, "internal", no, yes, no, *nothing, no, yes, no, no, LIBRARY, EVER),
        ("31201234567", "+31201234567", "NL", "geographic", yes, no, no, "020 123 4567", "NL", "+31201234567", no,
         yes, no, no, no, LIBRARY, FEBRUARY),
    ]  # fmt: skip
    assert (report.tables[0].rows, report.normalised_numbers, report.disagreements) == (3, 3, 0)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A company of the simulator, nine days of it synced and brought into the lake."""
    bench = Bench(tmp_path_factory.mktemp("company") / "data")
    bench.sync_calls(date(2026, 10, 20), date(2026, 10, 28))
    bench.sync_lists()
    transform(bench.places)
    return bench


@pytest.fixture
def truth(company):
    """Every number that is true of the company, by the column that tells that it stands there."""
    known = company.simulator.truth
    calls = known.calls(date(2026, 10, 20), date(2026, 10, 28))
    sides = [(each.from_number, each.to_number, each.from_callerid) for each in known.recordings()]
    phones = [(each.extension_number, each.username, each.callerid) for each in known.extensions()]
    return {
        "seen_since": {each.number for one in calls for each in one.legs}
        | {number for side in sides for number in side},
        "is_in_contacts": {each.phone_number for each in known.contacts()},
        "is_in_extensions": {number for phone in phones for number in phone},
    }


def test_every_number_of_a_company_is_there_once(company, truth, lake):
    """No number is missing, none stands twice, each knows where it was seen."""
    transform_numbers(company.places, "NL")
    lake = replace(lake, places=company.places)
    numbers = [number for (number,) in rows(lake, "number")]
    assert numbers == sorted(set().union(*truth.values()) - {""})
    for flag, expected in truth.items():
        assert {number for number, seen in rows(lake, "number", flag) if seen not in (False, EVER)} == expected - {""}


def test_a_company_and_its_api_agree_with_us(company, lake):
    """Full numbers read as the simulator's libphonenumber reads them; what is inside the exchange is told apart."""
    report = transform_numbers(company.places, "NL")
    lake = replace(lake, places=company.places)
    known = company.simulator.truth
    inside = {each.extension_number for each in known.extensions()} | {each.flow_number for each in known.flows()}
    for number, e164, country, kind, is_valid in rows(lake, "number", "e164", "country", "kind", "is_valid"):
        if is_full(number):
            assert (e164, country, is_valid) == (f"+{number}", facts(number).country, facts(number).is_valid)
        else:
            assert e164 is None
            is_internal = number in inside or number.partition("*")[2] in inside
            assert kind == ("internal" if is_internal else "short"), number
    assert report.disagreements == 0
    assert set(own(lake)) == {each.callerid for each in known.extensions()}


@pytest.mark.parametrize(
    ("answer", "is_wrong"),
    [
        pytest.param(contact("P", "31201234567", CountryID="NL", E164="+31201234567"), False, id="right"),
        pytest.param(contact("P", "31201234567"), False, id="told nothing"),
        pytest.param(contact("P", "31201234567", CountryID="BE", E164="+31201234567"), True, id="another country"),
        pytest.param(contact("P", "31201234567", CountryID="NL", E164="+31201234568"), True, id="another number"),
        pytest.param(contact("P", "31201234567", CountryID="NL", E164="31201234567"), True, id="without plus"),
        pytest.param(contact("P", "144", CountryID="NL"), False, id="short, its country"),
        pytest.param(contact("P", "14020", CountryID="NL", E164="+3114020"), True, id="short, an E.164 forced on it"),
        pytest.param(contact("P", "0200", CountryID="NL"), True, id="internal, a country"),
        pytest.param(contact("P", "31600000100", CountryID="NL", E164="+31600000100"), False, id="never issued"),
    ],
)
def test_disagreements_are_counted(places, raw, lake, answer, is_wrong):
    """Where the API told a country or an E.164 that is not ours, both stand side by side; silence is no answer."""
    raw.read("phonebook", {"list": [answer]})
    transform_contacts(places, TIMEZONE)
    report = transform_numbers(places, "NL")
    formats = answer["phonenumber_formats"]
    assert told(lake) == [(answer["phonenumber"], None, formats.get("CountryID"), formats.get("E164"), is_wrong)]
    assert report.disagreements == is_wrong


def test_of_several_answers_the_most_frequent_is_shown(places, raw, lake):
    """Of equally frequent ones the smallest; one wrong answer among right ones is a disagreement all the same."""
    legs = [leg("31201234567", "020 123 4567", "NL")] * 2 + [leg("31201234567", "+31 20", "BE")]
    even = [leg("31612345678", "b", "NL"), leg("31612345678", "a", "NL"), leg("31612345678", "", None)]
    raw.calls([DAY], {"external_answered": [call("a", *legs, *even)]})
    transform_calls(places, TIMEZONE)
    assert transform_numbers(places, "NL").disagreements == 1
    assert told(lake) == [
        ("31201234567", "020 123 4567", "NL", None, True),
        ("31612345678", "a", "NL", None, False),
    ]


def test_a_number_of_ours_is_ours_in_every_notation(places, raw, lake):
    """What an extension shows, or once showed, is ours if it is a full number; words and extensions are not."""
    raw.read("extensions", {"list": [extension("R1", "0200", "31201234567"), extension("R2", "0201", "anonymous")]})
    raw.read("extensions", {"list": [extension("R1", "0200", "31207654321"), extension("R2", "0201", "0201")]})
    raw.read("phonebook", {"list": [contact("P1", "020 123 4567"), contact("P2", "0612345678")]})
    transform(places)
    transform_numbers(places, "NL")
    assert own(lake) == ["020 123 4567", "31201234567", "31207654321"]


def test_tables_to_come_are_sources_as_soon_as_they_are_there(places, raw, lake):
    """A flow's number is ours, short or not; the numbers that calls can be filtered by are not all ours (trap 55)."""
    raw.read("phonebook", {"list": [contact("P1", "0201234567")]})
    transform(places)
    transform_numbers(places, "NL")
    assert own(lake) == []
    put(places, FLOW_NUMBERS, *({"call_flow_id": "T1", "number": number} for number in ("31201234567", "14020")))
    put(places, CDR_NUMBERS, {"number": "32470123456", "number_formatted": "+32 470 12 34 56", "country": "NL"})
    with lake_lock(places):
        report = make_numbers(places, "NL", Limits(), tables=(*TABLES, FLOW_NUMBERS, CDR_NUMBERS))
    flags = ("is_own", "is_in_contacts", "is_in_call_flows", "is_in_cdr_numbers", "is_api_disagreement")
    assert rows(lake, "number", *flags) == [
        ("0201234567", True, True, False, False, False),
        ("14020", True, False, True, False, False),
        ("31201234567", True, False, True, False, False),
        ("32470123456", False, False, False, True, True),
    ]
    assert report.normalised_numbers == 3


def test_known_internal_wins(places, raw, lake):
    """An extension's number is internal even if it looks like another; so is what the API writes as a username."""
    raw.calls(
        [DAY],
        {"internal_answered": [call("a", leg("144", "1237*0144"), leg("145", "145"), leg("2001", "1237*2001"))]},
    )
    raw.read("extensions", {"list": [extension("R1", "31201234567")]})
    transform(places)
    transform_numbers(places, "NL")
    assert kinds(lake) == {
        "1234*31201234567": "internal",
        "144": "internal",
        "145": "short",
        "2001": "internal",
        "31201234567": "internal",
    }


def test_only_what_is_new_is_normalised(places, raw, lake):
    """Numbers that are known are not read again, unless it turns out that they are internal, or that they are not."""
    raw.calls(
        [DAY], {"external_missed": [call("a", leg("31201234567"), leg("112")), call("b", leg("145", "1237*145"))]}
    )
    transform(places)
    assert transform_numbers(places, "NL").normalised_numbers == 3
    again = transform_numbers(places, "NL")
    assert (again.normalised_numbers, again.has_changed) == (0, False)
    raw.calls([DAY], {"external_missed": [call("a", leg("31201234567"), leg("113")), call("b", leg("145", "145"))]})
    raw.read("extensions", {"list": [extension("R1", "112")]})
    transform(places)
    report = transform_numbers(places, "NL")
    assert kinds(lake) == {
        "112": "internal",
        "113": "short",
        "1234*112": "internal",
        "145": "short",
        "31201234567": "geographic",
    }
    assert (report.normalised_numbers, report.is_from_scratch) == (4, False)


def test_what_is_no_longer_seen_is_no_longer_there(places, raw, lake):
    """A call that was corrected takes its old number along."""
    raw.calls([DAY], {"external_missed": [call("a", leg("31201234567"))]})
    transform(places)
    transform_numbers(places, "NL")
    raw.calls([DAY], {"external_missed": [call("a", leg("31207654321"))]})
    transform(places)
    transform_numbers(places, "NL")
    assert rows(lake, "number") == [("31207654321",)]


def test_another_country_reads_all_again(places, raw, lake):
    """The country is part of how numbers are normalised; a rebuild is told it too."""
    raw.read("phonebook", {"list": [contact("P1", "0470123456"), contact("P2", "31201234567")]})
    transform(places)
    transform_numbers(places, "NL")
    report = transform_numbers(places, "BE")
    belgian = [("0470123456", "+32470123456"), ("31201234567", "+31201234567")]
    assert (report.normalised_numbers, report.is_from_scratch) == (2, True)
    assert rows(lake, "number", "e164") == belgian
    assert transform_numbers(places, "BE").is_from_scratch is False
    rebuild_lake(places, TIMEZONE)
    assert rows(lake, "number", "country") == [("0470123456", "NL"), ("31201234567", "NL")]
    rebuild_lake(places, TIMEZONE, "BE")
    assert rows(lake, "number", "e164") == belgian


def test_without_any_number_there_is_an_empty_table(places, lake):
    """No number is a fact too, and the second time nothing is written."""
    assert transform_numbers(places, "NL").tables[0].written == 1
    assert rows(lake) == []
    assert transform_numbers(places, "NL").tables[0].written == 0


def test_a_damaged_file_of_the_lake(places, raw, lake):
    """The error tells of the rebuild, quotes no number, and the rebuild reads neither that file nor the old numbers."""
    raw.calls([DAY], {"external_missed": [call("a", leg("31201234567"))]})
    transform(places)
    transform_numbers(places, "NL")
    before = rows(lake)
    legs = places.table("call_legs") / f"call_date={DAY}" / "part.parquet"
    legs.write_bytes(b"no Parquet")
    with pytest.raises(LakeError, match="unite-pipeline rebuild") as raised:
        transform_numbers(places, "NL")
    assert "31201234567" not in str(raised.value)
    assert rows(lake) == before
    (places.table(NUMBERS.name) / "part.parquet").write_bytes(b"no Parquet")
    with pytest.raises(LakeError, match="unite-pipeline rebuild"):
        transform_numbers(places, "NL")
    rebuild_lake(places, TIMEZONE)
    assert rows(lake) == before


some_number = st.sampled_from(["0200", "145", "31201234567", "0201234567", "1234*0200", "+31 6 0", "anonymous", "2001"])
formats = st.sampled_from([None, "x", "y", "1237*0009"])
countries = st.sampled_from([None, "NL", "BE"])
legs = st.fixed_dictionaries({"number": some_number, "number_formatted": formats, "country": countries})
phones = st.fixed_dictionaries({"extension_number": some_number, "caller_id": some_number})
contacts = st.fixed_dictionaries({"phone_number": some_number, "phone_number_e164": formats, "country": countries})
sounds = st.fixed_dictionaries({"from_number": some_number, "from_callerid": some_number})
days = st.sampled_from(["2026-02-03", "2026-02-04", "2026-03-05"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just(CALL_LEGS), days, st.lists(legs, max_size=4)),
        st.tuples(st.just(RECORDINGS), days, st.lists(sounds, max_size=2)),
        st.tuples(st.just(EXTENSION_HISTORY), st.none(), st.lists(phones, max_size=2)),
        st.tuples(st.just(CONTACT_HISTORY), st.none(), st.lists(contacts, max_size=2)),
        st.tuples(st.just(NUMBERS), st.sampled_from(["NL", "NL", "NL", "BE"]), st.just([])),
    ),
    min_size=2,
    max_size=10,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_steps=steps)
def test_step_by_step_is_from_scratch(fresh, given_steps):
    """However the lake changed, and however often numbers were made in between: the same table as from scratch."""
    places, _, lake = fresh()
    for table, value, content in given_steps:
        if table is NUMBERS:
            transform_numbers(places, value)
        else:
            put(places, table, *content, value=value)
    transform_numbers(places, "NL")
    step_by_step = rows(lake)
    with lake_lock(places):
        report = make_numbers(places, "NL", Limits(), is_from_scratch=True)
    assert (report.normalised_numbers, report.has_changed) == (len(step_by_step), False)
    assert rows(lake) == step_by_step
