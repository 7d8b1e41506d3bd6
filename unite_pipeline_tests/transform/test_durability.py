"""Dying in the middle, files that vanish, files that are damaged."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.partitions import lake_lock
from unite_pipeline.transform import (
    SNAPSHOTS_OF,
    rebuild_lake,
    transform_calls,
    transform_recordings,
    transform_snapshots,
)

TIMEZONE = "Europe/Amsterdam"

# Dies like kill -9, at the n-th rename; every change of the lake is a rename.
DYING = """
import os, sys
from pathlib import Path
from unite_pipeline.lake.places import Places
from unite_pipeline.transform import transform_calls

left = int(sys.argv[2])

def die(event, _):
    global left
    if event == "os.rename":
        left -= 1
        if left < 0:
            os._exit(9)

sys.addaudithook(die)
transform_calls(Places(Path(sys.argv[1]), "main"), "Europe/Amsterdam")
"""


def call(uniqueid, calltime="2026-02-03 09:00:00", **fields):
    """A call detail record as the API sends it."""
    return {"uniqueid": uniqueid, "calltime": calltime, "duration": 1, "billsecond": 0, "call_chain": [{}], **fields}


@pytest.mark.parametrize("renames", [0, 1, 2, 4, 6])
def test_killed_at_any_rename_the_lake_is_old_or_new(fresh, renames):
    """A call moves to another day; whoever takes the lake next finds all of the change or none of it."""
    places, raw, lake = fresh()
    raw.calls(["2026-02-03"], {"external_answered": [call("a"), call("b"), call("x", "?")]})
    transform_calls(places, TIMEZONE)
    old = lake.everything()
    raw.calls(["2026-02-04"], {"external_answered": [call("a", "2026-02-04 00:00:01"), call("y", "?")]})
    died = subprocess.run([sys.executable, "-c", DYING, str(places.root), str(renames)], check=False)
    assert died.returncode == 9
    with lake_lock(places):
        found = lake.everything()
    assert [path.name for path in places.lake.glob(".*")] == []
    transform_calls(places, TIMEZONE)
    new = lake.everything()
    assert found == (old if renames == 0 else new)
    assert sorted(lake.rows("calls", "uniqueid")) == [("a",), ("b",)]
    assert transform_calls(places, TIMEZONE).reads == 0


def test_a_commit_that_failed_half_way_is_finished(fresh):
    """A disk error between two renames: the change is not lost, and whoever takes the lake next finishes it."""
    places, raw, lake = fresh()
    raw.calls(["2026-02-03"], {"external_answered": [call("a")]})
    obstacle = places.lake / "call_legs"
    obstacle.parent.mkdir(parents=True)
    obstacle.write_text("a file where the table's folder belongs")
    with pytest.raises(OSError, match="call_legs"):
        transform_calls(places, TIMEZONE)
    obstacle.unlink()
    with lake_lock(places):
        pass
    assert lake.rows("calls", "uniqueid") == [("a",)]
    assert lake.rows("call_legs", "uniqueid", "position") == [("a", 1)]
    assert transform_calls(places, TIMEZONE).reads == 0


def test_changed_sql_makes_everything_again(fresh):
    """Another time zone, or other shipped SQL, is another function of the raw layer."""
    places, raw, lake = fresh()
    raw.calls(["2026-02-03"], {"external_answered": [call("a")]})
    transform_calls(places, TIMEZONE)
    (before,) = lake.rows("calls", "started_at")
    report = transform_calls(places, "UTC")
    (after,) = lake.rows("calls", "started_at")
    assert (report.reads, report.is_from_scratch) == (1, True)
    assert (after[0] - before[0]).total_seconds() == 3600


@pytest.mark.parametrize("rebuild", [pytest.param(True, id="rebuild"), pytest.param(False, id="next read")])
def test_rows_whose_raw_is_gone_stay(fresh, rebuild):
    """A partition that cannot be made again is not lost, neither by a rebuild nor by a new read of its day."""
    places, raw, lake = fresh()
    first = raw.calls(
        ["2026-02-02", "2026-02-03"], {"external_answered": [call("a"), call("b", "2026-02-02 08:00:00")]}
    )
    transform_calls(places, TIMEZONE)
    shutil.rmtree(next(places.feed("cdr_logs").glob(f"*/{first}")))
    second = raw.calls(["2026-02-03"], {"external_answered": [call("c")]})
    report = rebuild_lake(places, TIMEZONE)[0] if rebuild else transform_calls(places, TIMEZONE)
    assert sorted(lake.rows("calls", "uniqueid", "is_gone", "read_id")) == [
        ("a", True, first),
        ("b", False, first),
        ("c", False, second),
    ]
    assert len(lake.rows("call_legs")) == 3
    assert [day.isoformat() for day in report.kept_days] == ["2026-02-03"]


def test_recordings_and_histories_whose_raw_is_gone_stay(fresh):
    """What only a lost read showed is still there after a rebuild, and goes on from there."""
    places, raw, lake = fresh()
    rows = [{"callrecordkey": key, "recordtime": "2026-02-03 10:00:00+01"} for key in ("f1", "f2")]
    lost = raw.read("call_records", {"R1": rows})
    lost_too = raw.read("extensions", {"list": [{"id": "R1", "name": "Old"}, {"id": "R2", "name": "Left"}]})
    transform_recordings(places, TIMEZONE)
    transform_snapshots(places, TIMEZONE, SNAPSHOTS_OF["extensions"])
    for feed, read_id in (("call_records", lost), ("extensions", lost_too)):
        shutil.rmtree(next(places.feed(feed).glob(f"*/{read_id}")))
    raw.read("call_records", {"R1": rows[:1]})
    new = raw.read("extensions", {"list": [{"id": "R1", "name": "New"}]})
    rebuild_lake(places, TIMEZONE)
    assert sorted(lake.rows("recordings", "callrecordkey", "is_gone")) == [("f1", False), ("f2", True)]
    assert lake.rows("extension_history", "extension_id", "name", "valid_from", "valid_to") == [
        ("R1", "Old", raw.at(lost_too), raw.at(new)),
        ("R1", "New", raw.at(new), None),
        ("R2", "Left", raw.at(lost_too), raw.at(new)),
    ]


def test_a_read_that_holds_rows_of_others_is_lost(fresh):
    """Rows that stand in a lost read cannot be shown to be gone by those who point to it."""
    places, raw, lake = fresh()
    first = raw.calls(["2026-02-03"], {"external_answered": [call("a")]})
    transform_calls(places, TIMEZONE)
    raw.calls(["2026-02-03"], {"external_answered": first})
    shutil.rmtree(next(places.feed("cdr_logs").glob(f"*/{first}")))
    transform_calls(places, TIMEZONE)
    assert lake.rows("calls", "uniqueid", "is_gone") == [("a", False)]


@pytest.mark.parametrize(
    ("damage", "names"),
    [
        pytest.param(lambda page: page.unlink(), "raw page", id="page missing"),
        pytest.param(lambda page: page.write_bytes(b"no zstd"), "raw page", id="page damaged"),
        pytest.param(
            lambda page: (page.parents[1] / "manifest.json").write_bytes(b"{"), "manifest", id="manifest damaged"
        ),
    ],
)
def test_a_damaged_file_is_named(fresh, damage, names):
    """The error names the file and what to do, and the lake stays as it was."""
    places, raw, lake = fresh()
    raw.calls(["2026-02-03"], {"external_answered": [call("a")]})
    transform_calls(places, TIMEZONE)
    before = lake.everything()
    read_id = raw.calls(["2026-02-03"], {"external_answered": [call("a", duration=9)]})
    damage(next(places.feed("cdr_logs").glob(f"*/{read_id}/*/*.zst")))
    with pytest.raises(LakeError, match=f"{names}.*{read_id}"):
        transform_calls(places, TIMEZONE)
    assert lake.everything() == before


def test_a_damaged_lake_file_is_rebuilt(fresh):
    """The error tells of the rebuild, and the rebuild does not need the damaged file."""
    places, raw, lake = fresh()
    raw.calls(["2026-02-03"], {"external_answered": [call("a")]})
    transform_calls(places, TIMEZONE)
    before = lake.everything()
    (places.table("calls") / "call_date=2026-02-03" / "part.parquet").write_bytes(b"no Parquet")
    raw.calls(["2026-02-03"], {"external_answered": [call("a")]}, is_complete=False)
    with pytest.raises(LakeError, match="unite-pipeline rebuild"):
        transform_calls(places, TIMEZONE)
    rebuild_lake(places, TIMEZONE)
    assert lake.rows("calls", "uniqueid") == [("a",)]
    assert before.keys() <= lake.everything().keys()
