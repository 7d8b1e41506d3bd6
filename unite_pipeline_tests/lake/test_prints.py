"""In which partitions a key may stand: told by prints that follow their files, without opening these."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from unite_pipeline.lake.engine import Limits, connection
from unite_pipeline.lake.partitions import Staging, lake_lock, partition_files
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.prints import partitions_with
from unite_pipeline.lake.tables import RECORDINGS

MOMENT = datetime(2026, 3, 1, 8, tzinfo=UTC)
MARCH, OTHER, APRIL = "2026-03-01", "2026-03-02", "2026-04-09"


@pytest.fixture
def places(tmp_path):
    """Recordings on three days of two months."""
    made = Places(tmp_path / "data", "main")
    for day, *keys in ((MARCH, "a", "b"), (OTHER, "c"), (APRIL, "d")):
        put(made, day, *keys)
    return made


def put(places, day, *keys):
    """Recordings of a day."""
    defaults = {pa.timestamp("us", tz="UTC"): MOMENT, pa.string(): "x", pa.bool_(): False}
    rows = [{field.name: defaults.get(field.type, 1) for field in RECORDINGS.schema} | {"callrecordkey": key}
            for key in keys]  # fmt: skip
    with lake_lock(places), Staging(places) as staging:
        staging.put(RECORDINGS, day, pa.Table.from_pylist(rows, schema=RECORDINGS.schema))
        staging.commit()


def days_with(places, *keys, is_committed=True):
    """The days that hold any of these keys."""
    with lake_lock(places), Staging(places) as staging, connection(Limits()) as engine:
        engine.register("wanted", pa.table({"key": pa.array(keys, pa.string())}))
        files = partition_files(places, RECORDINGS)
        found = partitions_with(engine, staging, places, RECORDINGS, files, "select key from wanted")
        if is_committed:
            staging.commit()
    return found


def test_the_days_that_hold_a_key(places):
    """Each key's day, over months; none for a key that is nowhere; the same the second time."""
    for _ in range(2):
        assert days_with(places, "a", "d") == {MARCH, APRIL}
        assert days_with(places, "nowhere") == set()


def test_a_day_that_changed_is_printed_again(places):
    """What has left a day is no longer told of it, and what has come is."""
    assert days_with(places, "a") == {MARCH}
    put(places, MARCH, "b", "e")
    assert days_with(places, "a") == set()
    assert days_with(places, "e", "b") == {MARCH}


def test_a_day_without_a_file_is_forgotten(places):
    """Prints of a partition that is gone name nothing."""
    assert days_with(places, "c") == {OTHER}
    partition_files(places, RECORDINGS)[OTHER].unlink()
    assert days_with(places, "c", "a") == {MARCH}


def test_files_that_did_not_change_are_not_opened(places):
    """Once printed, a partition may even be unreadable."""
    days_with(places, "a")
    file = partition_files(places, RECORDINGS)[APRIL]
    facts = file.stat()
    with file.open("r+b") as opened:
        opened.write(bytes(facts.st_size))
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert days_with(places, "d", "c") == {APRIL, OTHER}


def test_prints_that_were_not_committed_are_made_again(places):
    """A change of the lake that came to nothing leaves no prints behind."""
    assert days_with(places, "a", is_committed=False) == {MARCH}
    assert not list(places.lake.rglob("*.arrow"))
    assert days_with(places, "a") == {MARCH}


def test_damaged_prints_cost_time_only(places):
    """They are made again from the partitions."""
    days_with(places, "a")
    for file in places.lake.rglob("*.arrow"):
        file.write_bytes(b"damaged")
    assert days_with(places, "a", "d") == {MARCH, APRIL}
