"""Landing reads: what is on disk after each step, and what becomes of a read that was cut off."""

from __future__ import annotations

import os
import re
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unite_pipeline.errors import LakeError
from unite_pipeline.lake import raw
from unite_pipeline.lake.manifests import MANIFEST_NAME, Manifest, Part, ReadLog
from unite_pipeline.lake.raw import (
    Begun,
    RawRead,
    begin,
    close_as_cut_off,
    content_hash,
    identifier_of,
    part_name,
    unfinished_reads,
)

START = datetime(2026, 10, 31, 23, 30, 0, 123456, tzinfo=UTC)
ROWS = [b'{"a": 1}', b'{"a": "\xc3\xa9 \\n"}', b'{"a": 1}']


def begun(read_id: str = "r1", started_at: datetime = START) -> Begun:
    """What a read set out to ask."""
    return Begun(
        feed="cdr_logs",
        tenant="main",
        read_id=read_id,
        timezone="Europe/Amsterdam",
        started_at=started_at,
        asked={"first_day": "2026-10-30"},
    )


@pytest.fixture
def root(tmp_path) -> Path:
    """The folder of a feed."""
    return tmp_path / "raw" / "cdr_logs" / "tenant=main"


@pytest.fixture
def read(root) -> RawRead:
    """A read that has just begun."""
    return begin(root, begun())


def on_disk(folder: Path) -> list[str]:
    """All files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_read_begins_with_what_it_asks(root, read):
    """Before any page stands `begun.json`, in the folder of the UTC month."""
    assert on_disk(root) == ["2026-10/r1/begun.json"]
    (unfinished,) = unfinished_reads(root)
    assert unfinished.begun == begun()


def test_the_month_is_the_utc_month(root):
    """A read begun in the first local hour of November is one of October's, by UTC."""
    local = datetime(2026, 11, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert begin(root, begun(started_at=local)).folder.parent.name == "2026-10"


@pytest.mark.parametrize(
    ("number", "itemcount", "name"),
    [
        (1, 812, "0001-of-812.ndjson.zst"),
        (3, None, "0003-of-unknown.ndjson.zst"),
        (12345, 0, "12345-of-0.ndjson.zst"),
    ],
)
def test_a_page_is_landed(root, read, number, itemcount, name):
    """A page stands under its number and count, its rows to the byte and in order, and nothing is left aside."""
    assert read.land("external_answered", number, itemcount, ROWS) == name
    assert on_disk(root) == ["2026-10/r1/begun.json", f"2026-10/r1/external_answered/{name}"]
    (page,) = read.pages("external_answered")
    assert (page.number, page.itemcount, page.rows()) == (number, itemcount, ROWS)


def test_a_page_without_rows(read):
    """A page without rows is a file without rows."""
    read.land("list", 1, 0, [])
    assert [page.rows() for page in read.pages("list")] == [[]]


def test_pages_come_by_number(read):
    """Pages come in the order they were asked for, beyond 9,999 as well."""
    for number in (10_000, 2, 9_999, 1, 10):
        read.land("list", number, 5, [b"%d" % number])
    assert [page.number for page in read.pages("list")] == [1, 2, 10, 9_999, 10_000]
    assert read.pages("another") == []


def test_a_page_half_written_is_none(read):
    """What a killed process left aside is no page."""
    read.land("list", 1, 2, ROWS)
    (read.folder / "list" / ".0002-of-2.ndjson.zst.1.ab.tmp").write_bytes(b"half")
    assert [page.number for page in read.pages("list")] == [1]


@pytest.mark.parametrize("damage", [b"", b"not zstd", "cut"], ids=["empty", "foreign", "cut"])
def test_a_damaged_page_is_told(read, damage):
    """A page file that cannot be read is a LakeError that names it."""
    name = read.land("list", 1, 2, [os.urandom(400).hex().encode() for _ in range(50)])
    path = read.folder / "list" / name
    path.write_bytes(path.read_bytes()[:-200] if damage == "cut" else damage)
    with pytest.raises(LakeError, match=re.escape(str(path))):
        raw.read_rows(path)


def test_the_manifest_ends_a_read(root, read):
    """With its manifest a read is finished: it is in the log, and not among the unfinished."""
    read.land("list", 1, 3, ROWS)
    read.note([Part(part="list")])
    manifest = finished(read)
    assert on_disk(root) == [
        "2026-10/r1/begun.json", "2026-10/r1/list/0001-of-3.ndjson.zst", "2026-10/r1/manifest.json",
    ]  # fmt: skip
    assert list(unfinished_reads(root)) == []
    assert [each.manifest for each in ReadLog(root).reads()] == [manifest]


def finished(read: RawRead) -> Manifest:
    """Finish a read, and its manifest."""
    manifest = Manifest(
        feed="cdr_logs", tenant="main", read_id=read.begun.read_id, timezone="UTC", started_at=START,
        fetched_at=START, requests=1, is_complete=True,
    )  # fmt: skip
    read.finish(manifest)
    return manifest


def test_unfinished_reads_oldest_first(root):
    """Reads without a manifest come oldest first, over the end of a month as well; finished ones do not."""
    for at, day in enumerate((31, 2, 15)):
        month = 10 if day == 31 else 11
        started_at = datetime(2026, month, day, tzinfo=UTC)
        begin(root, begun(raw.new_read_id(started_at), started_at))
        assert len(list(unfinished_reads(root))) == at + 1
    finished(begin(root, begun("20261110T", datetime(2026, 11, 10, tzinfo=UTC))))
    assert [read.begun.started_at.day for read in unfinished_reads(root)] == [31, 2, 15]


def test_a_folder_in_which_nothing_was_asked_is_removed(root):
    """A read that was killed before `begun.json` stood is as if it had not been."""
    folder = root / "2026-10" / "r1"
    folder.mkdir(parents=True)
    (folder / ".begun.json.1.ab.tmp").write_bytes(b"{")
    assert list(unfinished_reads(root)) == []
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"feed": 1}', b"\xff"], ids=repr)
def test_a_damaged_beginning_is_told(root, read, content):
    """A `begun.json` that cannot be read is a LakeError that names it and removes nothing."""
    read.land("list", 1, 3, ROWS)
    (read.folder / raw.BEGUN_NAME).write_bytes(content)
    with pytest.raises(LakeError, match=re.escape(str(read.folder / raw.BEGUN_NAME))):
        list(unfinished_reads(root))
    assert len(read.pages("list")) == 1


def test_a_read_that_was_cut_off_is_closed(root, read):
    """A read that was cut off gets a manifest: its rows stay, what was noted stays noted, nothing else is proven."""
    read.land("external_answered", 1, 3, ROWS)
    noted = Part(part="external_answered", itemcount=3, received_rows=3, requests=4, pages=("0001-of-3.ndjson.zst",),
                 is_complete=True)  # fmt: skip
    control = Part(part="control", itemcount=9, requests=1, is_complete=True)
    read.note([control, noted])
    read.land("internal_missed", 1, 6, ROWS)
    read.land("internal_missed", 2, 7, ROWS[:1])
    newest = datetime(2026, 10, 31, 23, 45, tzinfo=UTC)
    for path in read.folder.rglob("*.zst"):
        os.utime(path, (newest.timestamp(), newest.timestamp()))
    (unfinished,) = unfinished_reads(root)
    manifest = close_as_cut_off(unfinished, "why")
    assert (manifest.is_complete, manifest.is_cut_off, manifest.reason, manifest.windows) == (False, True, "why", ())
    assert (manifest.read_id, manifest.asked, manifest.started_at) == ("r1", {"first_day": "2026-10-30"}, START)
    assert (manifest.fetched_at, manifest.requests) == (newest, 7)
    assert manifest.parts == (
        control,
        noted,
        Part(
            part="internal_missed", itemcount=7, received_rows=4, landed_rows=4, requests=2,
            pages=("0001-of-6.ndjson.zst", "0002-of-7.ndjson.zst"),
        ),
    )  # fmt: skip
    assert [each.manifest for each in ReadLog(root).reads()] == [manifest]
    assert list(unfinished_reads(root)) == []
    assert "parts.json" not in str(on_disk(root))


def test_a_read_without_a_page_is_removed(root, read):
    """A read that was cut off before its first page leaves nothing, whatever counts it had noted."""
    read.note([Part(part="control", itemcount=9, requests=1, is_complete=True)])
    assert close_as_cut_off(read, "why") is None
    assert not read.folder.exists()


def test_files_older_than_the_read_do_not_age_it(read):
    """A page whose file time lies before the read's start (a clock set back) does not make it end before it began."""
    read.land("list", 1, 3, ROWS)
    for path in read.folder.rglob("*.zst"):
        os.utime(path, (0, 0))
    assert close_as_cut_off(read, "why").fetched_at == START


def test_a_damaged_note_is_told(read):
    """A parts.json that cannot be read is a LakeError that names it."""
    read.land("list", 1, 3, ROWS)
    (read.folder / "parts.json").write_bytes(b"{")
    with pytest.raises(LakeError, match=r"parts\.json"):
        close_as_cut_off(read, "why")


def test_pages_are_taken_over(root, read):
    """Pages of a read that was cut off are copied to the byte, and the old read keeps its own."""
    names = [read.land("list", number, 6, ROWS) for number in (1, 2)]
    new = begin(root, begun("r2"))
    new.adopt("list", read.pages("list"))
    assert [page.path.name for page in new.pages("list")] == names
    assert [page.path.read_bytes() for page in new.pages("list")] == [
        page.path.read_bytes() for page in read.pages("list")
    ]
    assert not [name for name in on_disk(root) if name.endswith("tmp")]


def test_a_part_is_forgotten(read):
    """A part that is started afresh loses all its pages, and no other part any; forgetting nothing is no error."""
    read.land("a", 1, 3, ROWS)
    read.land("b", 1, 3, ROWS)
    read.drop("a")
    read.drop("never-there")
    assert (read.pages("a"), len(read.pages("b"))) == ([], 1)


def test_a_discarded_read_is_gone(root, read):
    """A discarded read leaves nothing behind."""
    read.land("a", 1, 3, ROWS)
    read.discard()
    assert on_disk(root) == []


def test_read_ids_sort_by_time():
    """Names of reads are the UTC start to the microsecond and four digits: they sort by time and do not meet."""
    local = timezone(timedelta(hours=2))
    earlier = raw.new_read_id(datetime(2026, 10, 25, 2, 59, 59, 999999, tzinfo=local))
    later = raw.new_read_id(datetime(2026, 10, 25, 1, 0, 0, 0, tzinfo=UTC))
    assert re.fullmatch(r"20261025T005959\.999999Z-[0-9a-f]{4}", earlier)
    assert earlier < later
    assert len({raw.new_read_id(START) for _ in range(20)}) > 1


@given(st.lists(st.binary(max_size=8), max_size=6), st.randoms())
def test_a_content_hash_knows_no_order(rows, random):
    """The same rows in any order have one fingerprint; a row more, fewer or twice has another."""
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert content_hash(shuffled) == content_hash(rows)
    assert content_hash([*rows, b"more"]) != content_hash(rows)
    assert content_hash([*rows, *rows]) != content_hash(rows) or not rows
    assert content_hash([b"".join(rows)]) != content_hash(rows) or len(rows) == 1


ODD = [
    "../x",
    "..",
    ".",
    "",
    "/",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "a\x00b",
    "a b",
    "a.b",
    "é",
    "x" * 65,
    "\n",
    "list.",
    "-",
]


@pytest.mark.parametrize("identifier", ODD, ids=repr)
def test_odd_ids_stay_in_their_folder(read, identifier):
    """Whatever the vendor calls an extension, its pages land in one folder right below the read's."""
    name = part_name(identifier)
    read.land(name, 1, 3, ROWS)
    folder = read.folder / name
    assert folder.resolve().parent == read.folder.resolve()
    assert [path.name for path in folder.iterdir()] == ["0001-of-3.ndjson.zst"]


def test_plain_ids_are_their_own_folder():
    """The vendor's ids, as documented, are folder names as they stand."""
    assert part_name("R320000003678734414445") == "R320000003678734414445"


NEAR = (
    st.sampled_from([*ODD, "x-", "x-2e", "x-2e2e", "x-782d"]) | st.text(max_size=8) | st.from_regex(r"x-[0-9a-f]{0,8}")
)


@given(NEAR, NEAR)
@example(".", "x-2e")
def test_two_ids_never_share_a_folder(one, other):
    """Different ids have different folder names, also where one looks like the other's encoding."""
    assert (part_name(one) == part_name(other)) == (one == other)


@given(NEAR)
def test_a_name_tells_its_id(identifier):
    """What a folder is named for can be told from its name."""
    assert identifier_of(part_name(identifier)) == identifier


@pytest.mark.parametrize("name", ["x-", "x-zz", "x-5", "x-ff", "x-6c697374", "a.b", "a/b", ""])
def test_a_name_of_somebody_elses_tells_nothing(name):
    """What is not written as we write names is nobody's."""
    assert identifier_of(name) is None or part_name(identifier_of(name)) == name


@given(st.text(max_size=30))
def test_any_id_is_a_safe_name(identifier):
    """A folder name is plain ASCII, has no dot or slash, and is no longer than a file system takes."""
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", part_name(identifier))


@given(st.lists(st.binary(min_size=1, max_size=50).filter(lambda row: b"\n" not in row), max_size=20))
def test_rows_come_back(rows):
    """Rows are read back to the byte and in order."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page"
        path.write_bytes(raw.compress(rows))
        assert raw.read_rows(path) == rows


def test_a_finished_read_is_never_removed(root, read):
    """A manifest is enough to keep a read's folder, even where `begun.json` is lost."""
    finished(read)
    (read.folder / raw.BEGUN_NAME).unlink()
    assert list(unfinished_reads(root)) == []
    assert (read.folder / MANIFEST_NAME).exists()
