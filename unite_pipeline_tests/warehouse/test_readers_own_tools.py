"""The warehouse opened with the tools that analysts have."""

from __future__ import annotations

import csv
import io
import subprocess
import sysconfig
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from unite_pipeline.warehouse import build_warehouse

DAYS = ("2026-03-01", "2026-03-02")


@pytest.fixture
def warehouse(places, lake) -> Path:
    """A published warehouse of two days with one call each, brought up to date once."""
    for day in DAYS:
        lake.put("calls", day, {"uniqueid": day})
        build_warehouse(places)
    return places.warehouse


def test_the_duckdb_command_line_of_an_older_series(warehouse):
    """The DuckDB 1.x command line reads tables, comments and all, though DuckDB 2 wrote the file."""
    command = [f"{sysconfig.get_path('scripts')}/duckdb", "-readonly", "-csv", str(warehouse)]

    def asked(query):
        done = subprocess.run([*command, "-c", query], text=True, capture_output=True, check=True)
        return list(csv.reader(io.StringIO(done.stdout)))[1:]

    assert asked("select uniqueid, call_date from calls order by all") == [[day, day] for day in DAYS]
    commented = "select count(*) from duckdb_columns() where not internal and comment is null"
    assert asked(commented) == [["0"]]
    # Whatever is in there, views included, can be read by it.
    names = [name for (name,) in asked("select table_name from information_schema.tables where table_schema = 'main'")]
    assert "calls" in names
    for name in names:
        asked(f"from {name} limit 1")


def test_python_as_pandas_and_as_arrow(warehouse):
    """A query becomes a data frame or an Arrow table, with dates as dates."""
    query = "select call_date, count(*) as calls from calls group by all order by all"
    with duckdb.connect(str(warehouse), read_only=True) as reader:
        frame = reader.sql(query).df()
        table = reader.sql(query).to_arrow_table()
    assert list(frame.itertuples(index=False, name=None)) == [(pd.Timestamp(day), 1) for day in DAYS]
    assert table.schema.types == [pa.date32(), pa.int64()]
    assert table["call_date"].to_pylist() == [date.fromisoformat(day) for day in DAYS]


def test_a_program_that_stays_open_attaches_again(places, lake, warehouse):
    """Detaching and attaching shows a notebook or a server the newest state, without starting again."""
    with duckdb.connect() as session:
        session.execute(f"attach '{warehouse}' as unite (read_only)")
        assert session.execute("select count(*) from unite.calls").fetchall() == [(2,)]
        lake.put("calls", "2026-03-03", {"uniqueid": "c"})
        build_warehouse(places)
        assert session.execute("select count(*) from unite.calls").fetchall() == [(2,)]
        session.execute("detach unite")
        session.execute(f"attach '{warehouse}' as unite (read_only)")
        assert session.execute("select count(*) from unite.calls").fetchall() == [(3,)]


def test_a_table_as_a_file_for_a_spreadsheet(warehouse, tmp_path):
    """CSV as Dutch Excel reads it: semicolons, a byte-order mark, numbers of telephones as text."""
    target = tmp_path / "calls.csv"
    with duckdb.connect(str(warehouse), read_only=True) as reader:
        reader.sql("select call_date, count(*) as calls from calls group by all order by all").df().to_csv(
            target, sep=";", index=False, encoding="utf-8-sig"
        )
    assert target.read_bytes() == b"\xef\xbb\xbfcall_date;calls\n2026-03-01;1\n2026-03-02;1\n"
