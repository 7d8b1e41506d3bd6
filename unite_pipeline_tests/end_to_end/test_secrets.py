"""No secret in any file under the data directory but login_token and state.db, nor in anything that is printed."""

from __future__ import annotations

import gzip
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unite_pipeline.lake.raw import compress
from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline.simulator.protocol.rows import extension_row
from unite_pipeline_tests.end_to_end.containers import found_in
from unite_pipeline_tests.end_to_end.installation import ZONE, Installation, days_ago, installed

PLAN = CompanyPlan(seed=9, first_day=days_ago(10), calls_per_working_day=40, extension_count=8)
CANARY = "sip-0123456789abcdef01234567"


@pytest.mark.processes
def test_no_secret_anywhere(tmp_path: Path) -> None:
    """The login token in use stands in login_token, access tokens in state.db, and no secret in anything else.

    Looked for: SIP passwords, device addresses, and every invitation, login token and access token ever given, in
    files read through, and in what is printed. One sync is refused, one gets unreadable answers, one an expired token.
    """
    with installed(tmp_path, PLAN) as installation:
        invitation = installation.simulator.enable_invitation()
        said = [installation.run("provision", invitation), installation.run("-v", "sync")]
        faults = installation.simulator.faults
        faults.add(Fault("truncated_json", endpoint="listextensions", times=ALWAYS))
        faults.add(Fault("status_false", endpoint="downloadphonebookdata", times=ALWAYS))
        said.append(installation.run("-v", "sync"))
        faults.clear()
        faults.add(Fault("token_expired", endpoint="listextensions"))
        said += [installation.run("status"), installation.run("doctor"), installation.run("-v", "sync")]
        assert [each.code for each in said] == [0, 0, 1, 0, 0, 0], [each.err for each in said]
        secrets = _secrets(installation)
        kinds = {kind.rstrip(" 0123456789") for kind, _ in secrets}
        assert kinds == {"SIP password", "device address", "local address", "invitation", "login token", "access token"}
        assert {"invitation 3", "login token 2", "access token 2"} <= {kind for kind, _ in secrets}
        found = found_in(installation.data, secrets)
        in_state = {each for each in found if each[0] == "state.db" and each[1].startswith("access token")}
        assert in_state
        assert found - in_state == {("login_token", "login token 2")}
        for each in said:
            assert not [kind for kind, secret in secrets if secret in each.out + each.err]


def _in_sqlite(path: Path, value: bytes | str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("create table snapshots (id integer, body)")
        database.execute("insert into snapshots values (1, ?)", [value])
        database.commit()


def _in_parquet(path: Path) -> None:
    # The second text is stored as what it has in common with the first, and the rest.
    table = pa.table({"text": [f"{CANARY[:-8]} and more", CANARY]})
    pq.write_table(table, path, use_dictionary=False, write_statistics=False, column_encoding="DELTA_BYTE_ARRAY")


def _in_duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as database:
        database.execute("create schema internal")
        database.execute("create table internal.planted as select [{'text': ?}] as nested", [CANARY])


PACKED: dict[str, Callable[[Path], object]] = {
    "zlib in SQLite": lambda path: _in_sqlite(path, zlib.compress(f'{{"password": "{CANARY}"}}'.encode())),
    "zstd lines": lambda path: path.write_bytes(compress([f'{{"password":"{CANARY}"}}'.encode()] * 2)),
    "gzip": lambda path: path.write_bytes(gzip.compress(f"{CANARY} {CANARY}".encode())),
    "zlib in gzip": lambda path: path.write_bytes(gzip.compress(zlib.compress(CANARY.encode()))),
    "Parquet": _in_parquet,
}
PLAIN: dict[str, Callable[[Path], object]] = {
    "plain": lambda path: path.write_text(f"token={CANARY}"),
    "text in SQLite": lambda path: _in_sqlite(path, f"a line with {CANARY} in it"),
    "DuckDB": _in_duckdb,
}


@pytest.mark.parametrize("plant", [*PACKED.values(), *PLAIN.values()], ids=[*PACKED, *PLAIN])
def test_the_search_finds_what_is_planted(tmp_path: Path, plant: Callable[[Path], object]) -> None:
    """A secret is found in every kind of container that a data directory has, and only where it stands."""
    (tmp_path / "folder").mkdir()
    plant(tmp_path / "folder" / "planted")
    (tmp_path / "other").write_text("x marks a text that is no zlib")
    assert found_in(tmp_path, [("canary", CANARY), ("absent", "not-there")]) == {("folder/planted", "canary")}


@pytest.mark.parametrize("plant", PACKED.values(), ids=PACKED.keys())
def test_looking_at_bytes_would_not_find_it(tmp_path: Path, plant: Callable[[Path], object]) -> None:
    """What is planted packed stands nowhere in the file's bytes, so that only reading through finds it."""
    plant(tmp_path / "planted")
    assert CANARY.encode() not in (tmp_path / "planted").read_bytes()


@pytest.mark.processes
def test_files_of_secrets_are_private(tmp_path: Path) -> None:
    """After a sync login_token and state.db can be read by their owner alone."""
    with installed(tmp_path, PLAN) as installation:
        assert installation.run("sync").code == 0
        for name in ("login_token", "state.db"):
            assert (installation.data / name).stat().st_mode & 0o777 == 0o600


def _secrets(installation: Installation) -> list[tuple[str, str]]:
    """Everything that must not leak, numbered within its kind."""
    simulator = installation.simulator
    registered = [each for each in simulator.truth.extensions() if each.is_registered]
    found = [
        *(("SIP password", each.password) for each in simulator.truth.extensions()),
        *(("device address", each.remote_ip) for each in registered),
        *(("local address", extension_row(each, datetime.now(UTC), ZONE, 0)["ri_localipport"]) for each in registered),
        *simulator.issued_secrets,
    ]
    assert all(value for _, value in found)
    numbers = {kind: count(1) for kind, _ in found}
    return [(f"{kind} {next(numbers[kind])}", value) for kind, value in found]
