"""listcallrecords and downloadcallrecord tell the truth."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from unite_pipeline.simulator import Company, CompanyPlan
from unite_pipeline.simulator.protocol.rows import zoned_text

RECORDING_KEYS = [
    "recordtime", "duration", "filename", "from_number", "to_number", "queuename", "callrecordkey", "filesize",
    "file_totalpart", "file_partsize", "to_number_formatted", "tonumber_desc", "tonumber_formats", "from_callerid",
    "from_callerid_formatted", "from_callerid_formats",
]  # fmt: skip


def listed(api, extension_id):
    """Returns all rows an extension lists, walked in pages of 300."""
    rows, page = [], 1
    while True:
        items = api.post("listcallrecords", extensionid=extension_id, pagelimit=300, showpage=page)["data"]["items"]
        if not items:
            return rows
        rows += items
        page += 1


def test_every_list_is_the_truth_newest_first(api, sim):
    """Over all extensions the lists hold exactly the true recordings, newest first, each under its extensions."""
    owners = {}
    true = {item.callrecordkey: item for item in sim.truth.recordings()}
    for extension in sim.truth.extensions():
        rows = listed(api, extension.extension_id)
        times = [datetime.fromisoformat(row["recordtime"]) for row in rows]
        assert times == sorted(times, reverse=True)
        for row, at in zip(rows, times, strict=True):
            item = true[row["callrecordkey"]]
            assert at == item.recorded_at
            assert (row["duration"], row["filesize"]) == (str(item.duration_s), str(item.size_bytes))
            assert (row["file_totalpart"], row["file_partsize"]) == (item.part_count, 4_194_304)
            assert (row["filename"], row["queuename"]) == (item.filename, item.queue_name)
            told = (row["from_number"], row["to_number"], row["from_callerid"])
            assert told == (item.from_number, item.to_number, item.from_callerid)
            owners.setdefault(row["callrecordkey"], []).append(extension.extension_id)
    assert {key: sorted(ids) for key, ids in owners.items()} == {
        key: sorted(item.extension_ids) for key, item in true.items()
    }
    assert len(true) > 1000


def test_rows_have_the_samples_fields(api, sim):
    """Rows have the sample's fields in order; the outside number of an outbound call has formats, others null."""
    rows = listed(api, sim.truth.recordings()[0].extension_ids[0])
    assert {tuple(row) for row in rows} == {tuple(RECORDING_KEYS)}
    for row in rows:
        assert (row["tonumber_formats"] is None) == ("*" in row["to_number"] or row["to_number"] == "112")


def test_inbound_recordings_name_flow_extension_and_caller(api, sim, company):
    """An inbound call through a flow is from the flow to the extension, with the caller in from_callerid."""
    calls = {
        call.uniqueid: call
        for day in company.days(company.plan.first_day, sim.now.date(), sim.now)
        for call in day.calls
    }
    item = next(
        i for i in sim.truth.recordings() if calls[i.uniqueid].direction == "in" and calls[i.uniqueid].flow_number
    )
    call = calls[item.uniqueid]
    assert item.from_number == f"1234*{call.flow_number}"
    assert item.from_callerid == call.caller_number


def test_recordings_appear_at_hang_up(api, sim, clock, company, monday):
    """A recording is listed, and can be downloaded, from the end of its call on."""
    item = company.day(monday).recordings[5]
    owner = item.extension_ids[0]
    clock.now = item.published_at.replace(microsecond=0)
    before = {row["callrecordkey"] for row in listed(api, owner)}
    assert api.post("downloadcallrecord", callrecordkey=item.callrecordkey, partition_number=1)["status"] is False
    clock.now = item.published_at
    assert {row["callrecordkey"] for row in listed(api, owner)} - before == {item.callrecordkey}
    assert item.callrecordkey in {i.callrecordkey for i in sim.truth.recordings()}
    assert api.answer("downloadcallrecord", callrecordkey=item.callrecordkey, partition_number=1).status == 200


def test_parts_make_up_the_file(api, sim):
    """The parts of a long recording together have the listed size and are whole MP3 frames of one stream."""
    item = max(sim.truth.recordings(), key=lambda item: item.size_bytes)
    assert item.part_count > 1
    parts = [
        api.answer("downloadcallrecord", callrecordkey=item.callrecordkey, partition_number=number).body
        for number in range(1, item.part_count + 1)
    ]
    assert [len(part) for part in parts[:-1]] == [4_194_304] * (item.part_count - 1)
    audio = b"".join(parts)
    assert len(audio) == item.size_bytes
    assert {audio[start : start + 4] for start in range(0, len(audio), 216)} == {bytes.fromhex("fff368c4")}


def test_audio_depends_on_the_key_alone(make_api, sim):
    """Two downloads of one part are equal, also from another simulator; another key gives other bytes."""
    one, other = sim.truth.recordings()[:2]
    form = {"callrecordkey": one.callrecordkey, "partition_number": 1}
    bodies = {make_api().answer("downloadcallrecord", **form).body for _ in range(2)}
    assert len(bodies) == 1
    assert make_api().answer("downloadcallrecord", **{**form, "callrecordkey": other.callrecordkey}).body not in bodies


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"partition_number": 99}, 688, id="no-such-part"),
        pytest.param({"partition_number": 0}, 688, id="part-0"),
        pytest.param({"callrecordkey": "f0"}, 688, id="no-such-key"),
        pytest.param({"extensionid": "R000000000000000000000"}, 107, id="stranger"),
    ],
)
def test_a_download_that_fails_answers_json(api, sim, changes, code):
    """What cannot be downloaded is a JSON error at HTTP 200."""
    form = {"callrecordkey": sim.truth.recordings()[0].callrecordkey, "partition_number": 1, **changes}
    answer = api.answer("downloadcallrecord", **form)
    assert (answer.status, json.loads(answer.body)["errorCode"]) == (200, code)


def test_old_recordings_may_be_purged(make_api):
    """With a retention of 7 days nothing older is listed, counted or true."""
    api = make_api(company=Company(CompanyPlan(recording_retention_days=7)))
    oldest = min(item.recorded_at for item in api.sim.truth.recordings())
    assert (api.sim.now - oldest).days <= 7
    rows = api.post("listextensions", pagelimit=0)["data"]["items"]
    assert sum(int(row["callrecordcount"]) for row in rows) == sum(
        len(item.extension_ids) for item in api.sim.truth.recordings()
    )


def test_a_company_that_records_nothing_lists_nothing(make_api):
    """With recording_share 0 every list is empty."""
    api = make_api(company=Company(CompanyPlan(recording_share=0.0)))
    assert api.sim.truth.recordings() == []
    assert listed(api, api.sim.truth.extensions()[0].extension_id) == []


@pytest.mark.parametrize(
    ("zone", "month", "text"),
    [
        ("Europe/Amsterdam", 12, "2026-12-03 15:23:42.7+01"),
        ("Europe/Amsterdam", 7, "2026-07-03 16:23:42.7+02"),
        ("Asia/Kolkata", 12, "2026-12-03 19:53:42.7+05:30"),
        ("America/New_York", 12, "2026-12-03 09:23:42.7-05"),
    ],
)
def test_recordtime_has_the_shortest_offset(zone, month, text):
    """An instant is printed in local time with hours, and minutes only if there are any."""
    assert zoned_text(datetime(2026, month, 3, 14, 23, 42, 700_000, tzinfo=UTC), ZoneInfo(zone)) == text
