"""The manifest of a read: there and back, and in which order reads count."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.durable import write_durably
from unite_pipeline.lake.manifests import MANIFEST_NAME, Manifest, Part, ReadLog, Window, encode, finished_reads

START = datetime(2026, 10, 28, 13, 0, 0, 123456, tzinfo=UTC)
SMALL = Manifest(
    feed="cdr_logs",
    tenant="main",
    read_id="r1",
    timezone="Europe/Amsterdam",
    started_at=START,
    fetched_at=START,
    requests=1,
    is_complete=True,
)
FULL = Manifest(
    feed="call_records",
    tenant="main",
    read_id="20261028T130000.123456Z-1f3a",
    timezone="Europe/Amsterdam",
    started_at=START,
    fetched_at=START + timedelta(seconds=9),
    requests=7,
    is_complete=False,
    is_cut_off=True,
    reason="why — in words",
    asked={"first_day": "2026-10-27", "last_day": "2026-10-27"},
    parts=(
        Part(part="list", itemcount=0, pages=("0001-of-0.ndjson.zst",), is_complete=True, content_hash="e3"),
        Part(
            part="x-2e2e",
            extension_id="..",
            received_rows=3,
            known_rows=2,
            requests=2,
            rows_from="r0",
            is_presumed=True,
            callrecordcount=5,
            listed_at=START,
        ),
    ),
    windows=(Window(window_start=START, window_end=START, day=date(2026, 10, 27), expected_rows=3, received_rows=3),),
    callrecordcounts={"R1": 0, "R2": None},
)


@pytest.mark.parametrize("manifest", [SMALL, FULL], ids=["small", "full"])
def test_there_and_back(tmp_path, manifest):
    """A manifest is read back as it was written, field by field."""
    write_durably(tmp_path / manifest.feed / "tenant=main" / "2026-10" / "r" / MANIFEST_NAME, encode(manifest))
    (read,) = finished_reads(tmp_path, manifest.feed, "main")
    assert read.manifest == manifest
    assert read.folder == tmp_path / manifest.feed / "tenant=main" / "2026-10" / "r"


def test_as_the_documentation_says():
    """Instants are ISO 8601 in UTC with Z, days are days, and the format has a number (docs/raw-layer.md)."""
    written = json.loads(encode(FULL))
    assert (written["format"], written["started_at"], written["windows"][0]["day"]) == (
        1, "2026-10-28T13:00:00.123456Z", "2026-10-27",
    )  # fmt: skip
    assert list(written["asked"]) == ["first_day", "last_day"]


TEXT = st.text(max_size=10).filter(lambda text: text.isprintable())
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PARTS = st.builds(
    Part,
    part=TEXT,
    extension_id=st.none() | TEXT,
    itemcount=st.none() | st.integers(0, 10**9),
    pages=st.lists(TEXT, max_size=3).map(tuple),
    content_hash=st.none() | TEXT,
    listed_at=st.none() | INSTANTS,
)


@given(
    st.lists(PARTS, max_size=3),
    INSTANTS,
    st.none() | TEXT,
    st.none() | st.dictionaries(TEXT, st.none() | st.integers(0, 9)),
)
def test_any_manifest_comes_back(parts, at, reason, counts):
    """Null, zero, empty and text stay what they are in any manifest."""
    manifest = msgspec.structs.replace(SMALL, parts=tuple(parts), fetched_at=at, reason=reason, callrecordcounts=counts)
    assert msgspec.json.decode(encode(manifest), type=Manifest) == manifest


def place(root, name, fetched_at, read_id, month="2026-10"):
    """Put a finished read on disk."""
    manifest = msgspec.structs.replace(SMALL, fetched_at=fetched_at, read_id=read_id)
    write_durably(root / month / name / MANIFEST_NAME, encode(manifest))


def test_the_newest_read_is_last(tmp_path):
    """Reads come by the moment of their last answer, then by name, whatever their folders are called."""
    place(tmp_path, "a", START + timedelta(hours=2), "r3", "2026-09")
    place(tmp_path, "b", START, "r2")
    place(tmp_path, "c", START, "r1")
    assert [read.manifest.read_id for read in ReadLog(tmp_path).reads()] == ["r1", "r2", "r3"]


def test_unfinished_reads_are_not_there(tmp_path):
    """A folder without a manifest, and a feed without a folder, hold no finished read."""
    (tmp_path / "cdr_logs" / "tenant=main" / "2026-10" / "r1").mkdir(parents=True)
    assert finished_reads(tmp_path, "cdr_logs", "main") == []
    assert finished_reads(tmp_path, "phonebook", "main") == []


def test_tenants_are_apart(tmp_path):
    """The reads of another tenant are not one's own."""
    place(tmp_path / "cdr_logs" / "tenant=other", "a", START, "r1")
    assert finished_reads(tmp_path, "cdr_logs", "main") == []
    assert len(finished_reads(tmp_path, "cdr_logs", "other")) == 1


def test_a_log_sees_what_is_new(tmp_path):
    """Somebody who looks again sees what was finished meanwhile; what is known is not read a second time."""
    log = ReadLog(tmp_path)
    place(tmp_path, "a", START, "r1")
    assert [read.manifest.read_id for read in log.reads()] == ["r1"]
    place(tmp_path, "b", START, "r2")
    (tmp_path / "2026-10" / "a" / MANIFEST_NAME).write_bytes(b"no longer readable")
    assert [read.manifest.read_id for read in log.reads()] == ["r1", "r2"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"feed": 7}', encode(SMALL)[:-20], b"\xff\xfe"],
    ids=["empty", "half", "list", "nothing", "wrong-type", "cut", "binary"],
)  # fmt: skip
def test_a_damaged_proof_is_told(tmp_path, content):
    """A manifest that cannot be read is an error that names the file and what to do, never a missing read."""
    path = tmp_path / "2026-10" / "r" / MANIFEST_NAME
    write_durably(path, content)
    with pytest.raises(LakeError, match="move its folder out") as raised:
        ReadLog(tmp_path).reads()
    assert str(path) in str(raised.value)


def test_page_files_in_order(tmp_path):
    """A part's page files come in the manifest's order; a part whose rows stand elsewhere has none."""
    write_durably(tmp_path / "call_records" / "tenant=main" / "2026-10" / "r" / MANIFEST_NAME, encode(FULL))
    (read,) = finished_reads(tmp_path, "call_records", "main")
    assert [read.page_files(part) for part in read.manifest.parts] == [
        [read.folder / "list" / "0001-of-0.ndjson.zst"],
        [],
    ]
