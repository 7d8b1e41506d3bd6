"""Publishing: readers are never in the way, and never see half a warehouse."""

from __future__ import annotations

import stat
import subprocess
import sys

import duckdb
import pytest

from unite_pipeline.locks import held
from unite_pipeline.warehouse import build_warehouse

READER = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as reader:
    print(reader.sql("select count(*) from calls").fetchall()[0][0], flush=True)
    sys.stdin.readline()
    print(reader.sql("select count(*) from calls").fetchall()[0][0], flush=True)
"""

# Dies like kill -9, when a file of that name is renamed, or deleted.
DYING = """
import os, sys
from pathlib import Path
from unite_pipeline.lake.places import Places
from unite_pipeline.warehouse import build_warehouse

def die(event, arguments):
    if event == sys.argv[2] and str(arguments[0]).endswith(sys.argv[3]):
        os._exit(9)

sys.addaudithook(die)
build_warehouse(Places(Path(sys.argv[1]), "main"))
"""


def test_a_reader_keeps_what_it_opened(places, lake):
    """Another process holds the file open across a publication, blocks nobody, and still sees what it saw."""
    lake.put("calls", "2026-03-01", {"uniqueid": "a"})
    build_warehouse(places)
    command = [sys.executable, "-c", READER, str(places.warehouse)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout.readline() == "1\n"
        lake.put("calls", "2026-03-02", {"uniqueid": "b"})
        assert build_warehouse(places).is_published
        assert lake.query("select count(*) from calls") == [(2,)]
        assert reader.communicate("\n", timeout=30)[0] == "1\n"


def test_the_file_cannot_be_opened_for_writing_by_mistake(places):
    """It is read-only for everybody, so that no session locks or changes it."""
    build_warehouse(places)
    assert stat.S_IMODE(places.warehouse.stat().st_mode) == 0o444


def test_a_log_that_a_crashed_session_left_is_removed(places, lake):
    """DuckDB refuses to open a new file with the write-ahead log of the old one beside it."""
    build_warehouse(places)
    log = places.root / "unite.duckdb.wal"
    log.write_bytes(b"left by a session that died")
    lake.put("calls", "2026-03-01", {"uniqueid": "a"})
    build_warehouse(places)
    assert not log.exists()
    assert lake.query("select uniqueid from calls") == [("a",)]


@pytest.mark.parametrize(
    ("event", "file", "count"),
    [
        pytest.param("os.rename", ".build", 1, id="before the rename"),
        pytest.param("os.remove", "unite.duckdb.wal", 2, id="behind the rename"),
    ],
)
def test_killed_while_publishing(places, lake, event, file, count):
    """Readers find the old file or the new one; the next build cleans up and publishes."""
    lake.put("calls", "2026-03-01", {"uniqueid": "a"})
    build_warehouse(places)
    lake.put("calls", "2026-03-02", {"uniqueid": "b"})
    died = subprocess.run([sys.executable, "-c", DYING, str(places.root), event, file], check=False)
    assert died.returncode == 9
    assert lake.query("select count(*) from calls") == [(count,)]
    build_warehouse(places)
    assert lake.query("select count(*) from calls") == [(2,)]
    assert [path.name for path in places.root.glob(".*")] == []


def test_builders_take_turns(places, tmp_path):
    """A build waits for the lock of the one under way."""
    command = [sys.executable, "-c", DYING, str(places.root), "no event", ""]
    with held(places.locks / "warehouse.lock"):
        builder = subprocess.Popen(command)
        with pytest.raises(subprocess.TimeoutExpired):
            builder.wait(2)
        assert not places.warehouse.exists()
    assert builder.wait(30) == 0
    with duckdb.connect(str(places.warehouse), read_only=True) as reader:
        assert reader.execute("select count(*) from calls").fetchone() == (0,)
