"""Twenty readers at once while the warehouse is published again and again: nobody waits, nobody sees half a state."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta

import pytest

from unite_pipeline.warehouse import build_warehouse

READERS = 20
PUBLICATIONS = 8
# Opens, asks twice within one connection, closes, until it sees the last state; tells every state it saw.
READER = """
import json, sys, time, duckdb
path, last = sys.argv[1], int(sys.argv[2])
states, opens = [], 0
print("ready", flush=True)
sys.stdin.readline()
while not states or states[-1] < last:
    with duckdb.connect(path, read_only=True) as reader:
        opens += 1
        calls, days, legs, said = reader.execute(
            "select count(*), count(distinct call_date), sum(leg_count), (select count(*) from call_legs) from calls"
        ).fetchone()
        state = int(reader.execute("select name from extensions").fetchone()[0])
        again = reader.execute("select count(*) from calls").fetchone()[0]
    if not (calls == 2 * days == 2 * state == again and legs == said):
        sys.exit(f"torn: {calls} calls, {days} days, {legs} or {said} legs, state {state}, then {again} calls")
    if not states or states[-1] != state:
        states.append(state)
    time.sleep(0.3)
print(json.dumps({"states": states, "opens": opens}), flush=True)
"""
# Holds the file open until it is told to go on, and asks once more.
HOLDER = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as reader:
    print(reader.execute("select count(*) from calls").fetchone()[0], flush=True)
    sys.stdin.readline()
    print(reader.execute("select count(*) from calls").fetchone()[0], flush=True)
"""


def put_state(lake, state):
    """One more day of two calls with three legs each, and the state's number as the name of the only extension."""
    day = str(date(2026, 3, 1) + timedelta(days=state))
    ids = [f"{state}a", f"{state}b"]
    lake.put("calls", day, *({"uniqueid": each, "leg_count": 3} for each in ids))
    lake.put("call_legs", day, *({"uniqueid": each, "position": n} for each in ids for n in (1, 2, 3)))
    lake.put("extensions", None, {"extension_id": "R1", "name": str(state)})


@pytest.mark.processes
def test_twenty_readers_while_it_is_published(places, lake):
    """No open is refused, no query fails, each connection sees one state over all tables, and no reader goes back."""
    put_state(lake, 1)
    build_warehouse(places)
    command = [sys.executable, "-c", READER, str(places.warehouse), str(PUBLICATIONS)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    readers = [subprocess.Popen(command, text=True, **pipes) for _ in range(READERS)]
    try:
        assert [reader.stdout.readline() for reader in readers] == ["ready\n"] * READERS
        for reader in readers:
            reader.stdin.write("\n")
            reader.stdin.flush()
        for state in range(2, PUBLICATIONS + 1):
            put_state(lake, state)
            assert build_warehouse(places).is_published
        told = [reader.communicate(timeout=120) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
    assert [(reader.returncode, error) for reader, (_, error) in zip(readers, told, strict=True)] == [(0, "")] * READERS
    seen = [json.loads(output) for output, _ in told]
    assert all(each["states"] == sorted(each["states"]) and each["states"][-1] == PUBLICATIONS for each in seen)
    # Readers that all came too late, or too early, would prove nothing.
    assert len({state for each in seen for state in each["states"]}) > PUBLICATIONS // 2
    assert sum(each["opens"] for each in seen) > READERS * 2


@pytest.mark.processes
def test_a_publication_does_not_wait_for_readers(places, lake):
    """It ends while twenty processes hold the file open, and none of them lets go before it has."""
    put_state(lake, 1)
    build_warehouse(places)
    command = [sys.executable, "-c", HOLDER, str(places.warehouse)]
    readers = [
        subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(READERS)
    ]
    try:
        assert [reader.stdout.readline() for reader in readers] == ["2\n"] * READERS
        put_state(lake, 2)
        assert build_warehouse(places).is_published
        assert lake.query("select count(*) from calls") == [(4,)]
        assert [reader.communicate("\n", timeout=60)[0] for reader in readers] == ["2\n"] * READERS
    finally:
        for reader in readers:
            reader.kill()
