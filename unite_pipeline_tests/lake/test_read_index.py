"""Many manifests in one file: as quick as it is, what a manifest says is what its own file says."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.manifests import MANIFEST_NAME, Manifest, ReadLog, Window, encode
from unite_pipeline.lake.read_index import INDEX_NAME, WORTH_WRITING

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
ID = "20260301T{:06d}Z-0000"


def manifest(number, rows=1):
    """A read of a list that has so many rows."""
    moment = BEGAN + timedelta(minutes=number)
    window = Window(window_start=moment, window_end=moment, received_rows=rows, is_complete=True)
    return Manifest(
        feed="extensions", tenant="main", read_id=ID.format(number), timezone="Europe/Amsterdam", started_at=moment,
        fetched_at=moment, requests=1, is_complete=True, windows=(window,),
    )  # fmt: skip


@pytest.fixture
def month(tmp_path):
    """A month with so many reads that they are written down."""
    folder = tmp_path / "2026-03"
    for number in range(WORTH_WRITING):
        put(folder, manifest(number))
    assert len(ReadLog(tmp_path).reads()) == WORTH_WRITING
    assert (folder / INDEX_NAME).exists()
    return folder


def put(folder, made):
    """Put a manifest where its read stands."""
    (folder / made.read_id).mkdir(parents=True, exist_ok=True)
    (folder / made.read_id / MANIFEST_NAME).write_bytes(encode(made))


def read(month):
    """The manifests as somebody who has never looked sees them."""
    return [each.manifest for each in ReadLog(month.parent).reads()]


def test_what_was_written_down_is_what_the_files_say(month):
    """Every manifest comes back equal, in order, with the folder of its read."""
    assert read(month) == [manifest(number) for number in range(WORTH_WRITING)]
    assert [each.folder for each in ReadLog(month.parent).reads()] == [
        month / ID.format(number) for number in range(WORTH_WRITING)
    ]


def test_a_read_that_came_since_is_there(month):
    """A few reads more do not have the file written anew, and are seen all the same."""
    before = (month / INDEX_NAME).read_bytes()
    put(month, manifest(WORTH_WRITING))
    assert read(month)[-1] == manifest(WORTH_WRITING)
    assert (month / INDEX_NAME).read_bytes() == before


def test_a_read_that_was_moved_out_is_gone(month):
    """What stands in the index without a folder is no read."""
    shutil.rmtree(month / ID.format(3))
    assert ID.format(3) not in [each.read_id for each in read(month)]
    assert len(read(month)) == WORTH_WRITING - 1


def test_a_manifest_that_was_restored_speaks_for_itself(month):
    """A file that is another than when it was written down is read again."""
    put(month, manifest(5, rows=77))
    assert read(month)[5].windows[0].received_rows == 77


def test_a_damaged_manifest_is_named_though_it_was_written_down(month):
    """The index hides no damage."""
    (month / ID.format(7) / MANIFEST_NAME).write_bytes(b"{}")
    with pytest.raises(LakeError, match=ID.format(7)):
        read(month)


@pytest.mark.parametrize("content", [b"{", b'{"format": 1, "reason": "\xff"}'], ids=["no JSON", "no UTF-8"])
def test_a_manifest_that_is_no_text_is_named(month, content):
    """Whatever the damage, the file is told, and what to do."""
    (month / ID.format(7) / MANIFEST_NAME).write_bytes(content)
    with pytest.raises(LakeError, match=f"{ID.format(7)}.* cannot be read"):
        read(month)


def test_a_damaged_line_of_the_index_costs_time_only(month):
    """What a manifest says is read from its file where the index has it wrong."""
    index = month / INDEX_NAME
    index.write_bytes(index.read_bytes().replace(b"Europe/Amsterdam", b"Europe/\xffmsterdam"))
    assert read(month) == [manifest(number) for number in range(WORTH_WRITING)]


@pytest.mark.parametrize("content", [b"", b"no index", b"\x81\xa1\xff\x94\xa1a\xa1b\xc0\xc0"])
def test_a_damaged_index_costs_time_only(month, content):
    """The manifests are opened one by one, and written down anew."""
    (month / INDEX_NAME).write_bytes(content)
    assert len(read(month)) == WORTH_WRITING
    assert (month / INDEX_NAME).read_bytes() != content
