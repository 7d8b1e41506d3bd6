"""No secret in any file under the data directory but login_token and state.db, nor in anything that is printed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline_tests.end_to_end.installation import Installation, days_ago, installed

pytestmark = pytest.mark.processes

PLAN = CompanyPlan(seed=9, first_day=days_ago(10), calls_per_working_day=40, extension_count=8)


def test_no_secret_anywhere(tmp_path: Path) -> None:
    """SIP passwords, tokens, the invitation and device addresses stand in no file but the two that are for tokens.

    Compressed files are read through; the syncs include one that is refused and one that gets unreadable answers.
    """
    with installed(tmp_path, PLAN) as installation:
        invitation = installation.simulator.enable_invitation()
        said = [installation.run("provision", invitation), installation.run("-v", "sync")]
        faults = installation.simulator.faults
        faults.add(Fault("truncated_json", endpoint="listextensions", times=ALWAYS))
        faults.add(Fault("status_false", endpoint="downloadphonebookdata", times=ALWAYS))
        said.append(installation.run("-v", "sync"))
        faults.clear()
        said += [installation.run("status"), installation.run("doctor"), installation.run("-v", "sync")]
        assert [each.code for each in said] == [0, 0, 1, 0, 0, 0], [each.err for each in said]
        secrets = _secrets(installation, invitation)
        assert len(secrets) > 16
        for path, content in _contents(installation.data):
            found = [kind for kind, secret in secrets if secret.encode() in content]
            assert not found, f"{path} holds {found}"
        for each in said:
            assert not [kind for kind, secret in secrets if secret in each.out + each.err]


def test_files_of_secrets_are_private(tmp_path: Path) -> None:
    """login_token and state.db can be read by their owner alone, from the first byte on."""
    with installed(tmp_path, PLAN) as installation:
        assert installation.run("sync").code == 0
        for name in ("login_token", "state.db"):
            assert (installation.data / name).stat().st_mode & 0o777 == 0o600


def _secrets(installation: Installation, invitation: str) -> list[tuple[str, str]]:
    extensions = installation.simulator.truth.extensions()
    with sqlite3.connect(installation.data / "state.db") as state:
        tokens = [row[0] for row in state.execute("select token from tokens")]
    state.close()
    assert tokens
    return [
        *(("SIP password", each.password) for each in extensions),
        *(("device address", each.remote_ip) for each in extensions if each.is_registered),
        *(("access token", token) for token in tokens),
        ("login token", (installation.data / "login_token").read_text().strip()),
        ("invitation", invitation),
    ]


def _contents(root: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file's bytes, and what compressed ones hold, but for the two that may hold tokens."""
    for path in root.rglob("*"):
        if not path.is_file() or path.name in ("login_token", "state.db"):
            continue
        yield path, path.read_bytes()
        if path.suffix == ".zst":
            with pa.input_stream(path, compression="zstd") as stream:
                yield path, stream.read()
        elif path.suffix == ".parquet":
            yield path, str(pq.read_table(path).to_pylist()).encode()
        elif path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as warehouse:
                for names in warehouse.execute("select schema_name, table_name from duckdb_tables()").fetchall():
                    yield path, str(warehouse.execute(f"from {'.'.join(names)}").fetchall()).encode()
