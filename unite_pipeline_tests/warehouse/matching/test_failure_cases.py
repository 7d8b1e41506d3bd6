"""How each case ends in which it is hard to tell which call a recording was made of (docs/recordings.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from unite_pipeline.warehouse import build_warehouse
from unite_pipeline_tests.warehouse.matching.conftest import CALLER, OWN, THROUGH_FLOW, Match

WITHHELD = {"source": "", "callerid": ""}


def uuid(number):
    """A UUID of its own for each number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def test_the_plain_case(scene):
    """Extension, caller, time and length agree: a score near the most there is, and the evidence beside it."""
    scene.call("a")
    scene.recording("r")
    assert scene.build() == {"r": Match("strong", "a")}
    assert scene.evidence("r", "method, score, margin, candidate_count, time_offset_s, duration_difference_s") == (
        "score", 11.0, 11.0, 1, 0.0, 0
    )  # fmt: skip
    flags = "is_extension_matched, is_other_party_matched, is_flow_matched, is_contradicted, is_within_call"
    assert scene.evidence("r", flags) == (True, True, False, False, True)


def test_a_caller_who_withholds_the_number(scene):
    """Extension and time suffice; somebody else's call at that time does not come near."""
    scene.call("a", chain=(None, OWN, "0200"))
    scene.call("b", at=1, chain=(None, OWN, "0201"))
    scene.recording("r", **WITHHELD)
    assert scene.build() == {"r": Match("strong", "a")}


def test_short_calls_of_an_extension_to_one_number(scene):
    """Each recording finds its own of three calls of six seconds, nine seconds apart."""
    for number in range(3):
        scene.call(f"a{number}", at=9 * number, ring=2, talk=6, chain=("0200", CALLER))
        scene.recording(f"r{number}", at=9 * number + 2, length=6, source="1234*0200", target=CALLER, callerid=OWN)
    assert scene.build() == {f"r{number}": Match("strong", f"a{number}") for number in range(3)}


def test_on_demand_in_the_middle_of_a_call(scene):
    """A recording that neither begins nor ends with the talk is known by both parties and by lying within it."""
    scene.call("a", talk=300)
    scene.recording("r", at=100, length=60)
    assert scene.build() == {"r": Match("strong", "a")}
    assert scene.evidence("r", "time_offset_s, duration_difference_s, is_within_call") == (92.0, -240, True)


def test_on_demand_with_a_withheld_number(scene):
    """With the extension alone, and no time that fits, it is weak."""
    scene.call("a", talk=300, chain=(None, OWN, "0200"))
    scene.recording("r", at=100, length=60, **WITHHELD)
    assert scene.build() == {"r": Match("weak", "a")}
    assert scene.lake.query("select confidence, reason from unmatched_recordings") == [("weak", "little_evidence")]


def test_paused_and_resumed(scene):
    """Both parts are of the one call, which counts two recordings."""
    scene.call("a", talk=300)
    scene.recording("r1", length=100)
    scene.recording("r2", at=208, length=100)
    assert scene.build() == {"r1": Match("strong", "a"), "r2": Match("strong", "a")}
    assert scene.lake.query("select uniqueid, recording_count, recorded_s from call_recordings") == [("a", 2, 200)]


def test_transferred(scene):
    """Each extension's part is of the one call, also where one began late and the other ended early."""
    scene.call("a", talk=300, chain=(CALLER, OWN, "0001", "0200", "0201"))
    scene.recording("r1", length=100)
    scene.recording("r2", at=108, length=200, by=("R2",), target="1234*0201")
    assert scene.build() == {"r1": Match("strong", "a"), "r2": Match("strong", "a")}


@pytest.mark.parametrize("rows", [1, 2], ids=["one row", "a row for either side"])
def test_an_internal_call_recorded_on_both_sides(scene, rows):
    """Two recordings at the same time are of one call; of two rows of it the first stands for both."""
    for row in range(rows):
        direction = ("internal", "inbound")[row]
        scene.call(f"a{row}", at=row / 100, chain=("0200", "0201"), scope="internal", direction=direction)
    parties = {"source": "1234*0200", "target": "1234*0201", "callerid": "0200"}
    scene.recording("r1", by=("R1",), **parties)
    scene.recording("r2", by=("R2",), **parties)
    assert scene.build() == {"r1": Match("strong", "a0"), "r2": Match("strong", "a0")}


def test_an_internal_call_under_one_key(scene):
    """One recording that both extensions list is one row."""
    scene.call("a", chain=("0200", "0201"), scope="internal", direction="internal")
    scene.recording("r", by=("R1", "R2"), source="1234*0200", target="1234*0201", callerid="0200")
    assert scene.build() == {"r": Match("strong", "a")}
    assert scene.evidence("r", "is_extension_matched, is_other_party_matched") == (True, True)


def test_forwarded_to_a_mobile(scene):
    """The caller is enough: that the mobile is not in the chain contradicts nothing."""
    scene.call("a")
    scene.recording("r", target="31622222222")
    assert scene.build() == {"r": Match("strong", "a")}


def test_another_number_contradicts(scene):
    """A recording that names one outside number, in a call with another, is never strong however well it fits."""
    scene.call("a")
    scene.recording("r", source="31622222222", callerid="31622222222")
    assert scene.build() == {"r": Match("weak", "a")}
    assert scene.evidence("r", "is_contradicted, is_other_party_matched") == (True, False)
    assert scene.lake.query("select reason from unmatched_recordings") == [("contradicted",)]


def test_a_call_that_was_not_pulled(scene):
    """Without its call a recording has none: calls of others at that time are not taken for it."""
    scene.call("b", at=-20, talk=200, chain=("31622222222", OWN, "0201"))
    scene.recording("r")
    assert scene.build() == {"r": Match("none", None)}
    assert scene.lake.query("select confidence, reason from unmatched_recordings") == [("none", "no_call")]


def test_a_call_that_comes_late(scene):
    """The recording stands alone until its call is there, and then is matched as if it had been there before."""
    scene.recording("r")
    assert scene.build() == {"r": Match("none", None)}
    scene.call("a")
    assert scene.build() == {"r": Match("strong", "a")}


def test_a_call_that_is_gone(scene):
    """A call that the API has purged is still the recording's call."""
    scene.call("a", is_gone=True)
    scene.recording("r", is_gone=True)
    assert scene.build() == {"r": Match("strong", "a")}


def test_a_call_that_was_taken_back(scene):
    """A call that the API no longer has, though it still has an older one of that day, has no recording."""
    scene.call("older", at=-3600)
    scene.call("a", is_gone=True)
    scene.recording("r")
    assert scene.build() == {"r": Match("none", None)}


def test_a_call_beside_one_that_was_taken_back(scene):
    """Of two calls that fit alike the one that the API still has is the recording's, for certain."""
    for name, facts in (("older", {"at": -3600}), ("a", {"is_gone": True}), ("b", {})):
        scene.call(name, chain=(None, OWN, "0200"), **facts)
    scene.recording("r", **WITHHELD)
    assert scene.build() == {"r": Match("strong", "b")}


def test_an_extension_that_nobody_knows_any_more(scene):
    """Without the list of extensions the outside number decides; where that is withheld too, it is weak."""
    scene.call("a")
    scene.call("b", at=600, chain=(None, OWN, "0200"))
    scene.recording("r1")
    scene.recording("r2", at=608, **WITHHELD)
    assert scene.build(extensions=()) == {"r1": Match("strong", "a"), "r2": Match("weak", "b")}


def test_the_hour_that_comes_twice(scene):
    """A call whose clock time came twice is found in either pass, and the recording tells which it was."""
    scene.start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    for name in ("a", "b"):
        scene.call(name, at=0 if name == "a" else 60, is_ambiguous_local_time=True)
    scene.recording("r1")
    scene.recording("r2", at=3668)
    assert scene.build() == {"r1": Match("strong", "a"), "r2": Match("strong", "b")}
    assert [scene.evidence(key, "call_shift_s")[0] for key in ("r1", "r2")] == [0, 3600]


@pytest.mark.parametrize("skew", [-47.5, 0.4, 40, 3600])
def test_a_recorder_with_another_clock(scene, skew):
    """Twelve calls are enough to find out by how much; it then counts for nothing."""
    for number in range(12):
        scene.call(f"a{number:02}", at=300 * number, ring=3 + number, talk=50 + 4 * number)
        scene.recording(f"r{number:02}", at=300 * number + 3 + number + skew, length=50 + 4 * number)
    assert scene.build() == {f"r{number:02}": Match("strong", f"a{number:02}") for number in range(12)}
    clock = "select marks, is_calibrated, offset_s, spread_s, pair_count from recording_clock"
    assert scene.lake.query(clock) == [("answer", True, skew, 0.0, 12)]
    assert {scene.evidence(f"r{number:02}", "time_offset_s") for number in range(12)} == {(0.0,)}


@pytest.mark.parametrize("marks", ["start", "end"])
def test_times_that_mark_something_else(scene, marks):
    """Where recordtime is the start of the whole call, or the end of the talk, that is found out too."""
    for number in range(12):
        ring, talk = 5 + 3 * number, 50 + 5 * number
        scene.call(f"a{number:02}", at=300 * number, ring=ring, talk=talk)
        at, length = (0, ring + talk) if marks == "start" else (ring + talk, talk)
        scene.recording(f"r{number:02}", at=300 * number + at, length=length)
    assert scene.build() == {f"r{number:02}": Match("strong", f"a{number:02}") for number in range(12)}
    assert scene.lake.query("select marks, offset_s from recording_clock") == [(marks, 0.0)]


def test_calls_that_hardly_rang_do_not_mislead(scene):
    """Six calls answered at once look as if times marked their start; the many others tell that they do not."""
    for number in range(20):
        ring = 1 if number < 6 else 2 * number
        scene.call(f"a{number:02}", at=300 * number, ring=ring, talk=50 + 4 * number)
        scene.recording(f"r{number:02}", at=300 * number + ring + number % 3, length=50 + 4 * number)
    scene.build()
    assert scene.lake.query("select marks, offset_s, pair_count from recording_clock") == [("answer", 1.0, 20)]


@pytest.mark.parametrize("callerid", ["31611111111", "0611111111", "0031611111111", "+31611111111"])
@pytest.mark.parametrize("target", ["1234*0200", "0200"])
def test_notations_of_numbers(scene, callerid, target):
    """However caller and extension are written, they are the ones in the chain."""
    scene.call("a")
    scene.recording("r", source=callerid, target=target, callerid=callerid, by=())
    assert scene.build() == {"r": Match("strong", "a")}
    assert scene.evidence("r", "is_extension_matched, is_other_party_matched") == (True, True)


def test_short_numbers(scene):
    """A call to 112 has both sides that its recording names, and our own number beside them contradicts nothing."""
    scene.call("a", chain=("0200", "112"))
    scene.recording("r", source="1234*0200", target="112", callerid=OWN)
    assert scene.build() == {"r": Match("strong", "a")}
    assert scene.evidence("r", "is_other_party_matched, is_contradicted") == (True, False)


@pytest.mark.parametrize(
    ("told", "others"),
    [
        pytest.param({"source": "1234*0001"}, (True, True), id="number of the flow, caller beside it"),
        pytest.param({"source": "1234*0001", "callerid": ""}, (False, True), id="number of the flow, caller withheld"),
        pytest.param({"source": "", "callerid": "", "queue": "Sales"}, (False, True), id="name of the queue"),
    ],
)
def test_the_flow_in_place_of_the_caller(scene, told, others):
    """A flow that the call passed is evidence, and no contradiction."""
    scene.call("a", chain=THROUGH_FLOW)
    scene.recording("r", **told)
    assert scene.build() == {"r": Match("strong", "a")}
    assert scene.evidence("r", "is_other_party_matched, is_flow_matched") == others


@pytest.mark.parametrize(("ring", "talk", "length"), [(9, 59, 60), (8, 60, 61), (7, 61, 60)])
def test_rounded_durations(scene, ring, talk, length):
    """A second more or less costs next to nothing."""
    scene.call("a", ring=ring, talk=talk)
    scene.recording("r", at=8.3, length=length)
    assert scene.build() == {"r": Match("strong", "a")}
    assert scene.evidence("r", "score > 9.5") == (True,)


@pytest.mark.parametrize("length", [0, None])
def test_an_empty_recording(scene, length):
    """A recording without length is never strong, so that nothing counts as recorded that cannot be heard."""
    scene.call("a")
    scene.recording("r", length=length)
    assert scene.build() == {"r": Match("weak", "a")}
    assert scene.lake.query("select reason from unmatched_recordings") == [("empty",)]
    assert scene.lake.query("from call_recordings") == []


def test_one_file_over_two_calls(scene):
    """A recording that goes on after its call into the next one lies in neither."""
    scene.call("a")
    scene.call("b", at=70)
    scene.recording("r", length=130)
    assert scene.build() == {"r": Match("none", None)}


def test_a_call_over_midnight(scene):
    """Call and recording may stand in two days."""
    scene.start = datetime(2026, 3, 2, 22, 59, 55, tzinfo=UTC)
    scene.call("a")
    scene.recording("r")
    assert scene.build() == {"r": Match("strong", "a")}
    found = scene.lake.query("select cast(recorded_date - call_date as integer) from recording_calls")
    assert found == [(1,)]
    assert scene.lake.query("select uniqueid from call_recordings") == [("a",)]


def test_two_calls_that_fit_alike(scene):
    """Which of two calls at once it was cannot be told: the likeliest is named, and it is ambiguous."""
    for name in ("a", "b"):
        scene.call(name, chain=(None, OWN, "0200"))
    scene.recording("r", **WITHHELD)
    assert scene.build() == {"r": Match("ambiguous", "a")}
    assert scene.evidence("r", "margin, candidate_count") == (0.0, 2)
    assert scene.lake.query("select reason from unmatched_recordings") == [("rivals",)]


def test_rivals_are_assigned_together(scene):
    """Of two recordings that both fit b best, the one that fits a too goes there, since the other fits b alone."""
    scene.call("a", talk=300)
    scene.call("b", at=6, talk=386)
    scene.recording("r1", at=12, length=200)
    assert scene.build() == {"r1": Match("ambiguous", "b")}
    scene.recording("r2", at=14, length=386)
    assert scene.build() == {"r1": Match("strong", "a"), "r2": Match("strong", "b")}


def test_rivals_in_a_row(scene):
    """Three recordings, each at the same time as the next, and three calls: each its own."""
    for number, name in enumerate("abc"):
        scene.call(name, at=40 * number, talk=60, chain=(None, OWN, "0200"))
        scene.recording(f"r{number}", at=40 * number + 8, **WITHHELD)
    assert scene.build() == {f"r{number}": Match("strong", name) for number, name in enumerate("abc")}


def test_a_recording_that_rivals_leave_nothing(scene):
    """Of two recordings of the same seconds one has the call; the other is of none."""
    scene.call("a", chain=(None, OWN, "0200"))
    scene.recording("r1", **WITHHELD)
    scene.recording("r2", at=14, length=30, **WITHHELD)
    assert scene.build() == {"r1": Match("strong", "a"), "r2": Match("none", None)}


def test_more_rivals_than_are_tried(scene):
    """Five or more rivals are not solved: all of them are ambiguous."""
    for number in range(6):
        scene.call(f"a{number}", at=number, talk=300, chain=(None, OWN, "0200"))
        scene.recording(f"r{number}", at=number + 8, length=300, **WITHHELD)
    assert {match.confidence for match in scene.build().values()} == {"ambiguous"}


def test_keys_that_are_shared(scene):
    """Where keys hold the UUIDs of calls they decide, also against every other evidence; without one, evidence does."""
    for number in range(30):
        scene.call(f"192.0.2.1_{uuid(number)}", at=300 * number)
        scene.recording(f"f{uuid(number)}", at=300 * number + 8)
    scene.recording(f"f{uuid(99)}", at=8, by=("R2",), target="1234*0201")
    scene._recordings[0]["recorded_at"] += timedelta(hours=9)
    found = scene.build()
    assert found[f"f{uuid(0)}"] == Match("strong", f"192.0.2.1_{uuid(0)}")
    assert scene.evidence(f"f{uuid(1)}", "method, margin, candidate_count") == ("key", None, 1)
    assert scene.evidence(f"f{uuid(99)}", "method, uniqueid") == ("score", f"192.0.2.1_{uuid(0)}")
    clock = "select is_key_shared, key_tested_count, key_match_count from recording_clock"
    assert scene.lake.query(clock) == [(True, 31, 30)]


def test_keys_that_are_not_shared(scene):
    """A UUID that two or three keys share by accident of the recorder decides nothing."""
    for number in range(30):
        scene.call(f"192.0.2.1_{uuid(number)}", at=300 * number)
        scene.recording(f"f{uuid(number + 1 if number < 2 else 100 + number)}", at=300 * number + 8)
    assert scene.build()[f"f{uuid(1)}"] == Match("strong", f"192.0.2.1_{uuid(0)}")
    assert scene.lake.query("select is_key_shared, key_match_count from recording_clock") == [(False, 2)]


def test_nothing_to_match(scene):
    """Without recordings the tables are empty, and calls are not called unrecorded."""
    scene.call("a")
    assert scene.build() == {}
    tables = ("recording_clock", "call_recordings", "unmatched_recordings", "unrecorded_calls")
    assert [scene.lake.query(f"from {table}") for table in tables] == [[]] * 4


def test_calls_without_the_recording_they_should_have(scene):
    """An extension that records its inbound calls and not its outbound ones is missed on an inbound one alone."""
    for number in range(8):
        scene.call(f"in{number}", at=600 * number)
        scene.call(f"out{number}", at=600 * number + 300, chain=("0200", CALLER))
        if number:
            scene.recording(f"r{number}", at=600 * number + 8)
    scene.call("missed", at=9000, talk=0, ring=20, answered=False)
    scene.build()
    columns = "uniqueid, extension_id, side, similar_call_count, similar_recorded_count, is_possibly_recorded"
    assert scene.lake.query(f"select {columns} from unrecorded_calls") == [("in0", "R1", "called", 8, 7, False)]


def test_a_call_that_was_taken_back_lacks_no_recording(scene):
    """Of an extension that records its calls, one without a recording that the API took back is not missed."""
    for number in range(8):
        scene.call(f"a{number}", at=600 * number, is_gone=number == 3)
        if number not in (3, 5):
            scene.recording(f"r{number}", at=600 * number + 8)
    scene.build()
    columns = "uniqueid, similar_call_count, similar_recorded_count"
    assert scene.lake.query(f"select {columns} from unrecorded_calls") == [("a5", 7, 6)]


def test_a_listing_that_comes_later(scene):
    """A recording that turns up in another extension's list is matched again, on its day alone."""
    scene.call("a", chain=(None, OWN, "0201"))
    scene.recording("r", **WITHHELD)
    assert scene.build() == {"r": Match("weak", "a")}
    scene._recordings[0]["by"] = ("R1", "R2")
    scene.put_listings()
    build_warehouse(scene.lake.places)
    assert scene.evidence("r", "confidence, is_extension_matched") == ("strong", True)
