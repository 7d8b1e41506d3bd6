"""What other processes do in the tests that start some: plain functions, so that `spawn` can find them.

Here: the work. Not here: assertions.
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

from unite_pipeline import locks
from unite_pipeline.api.client import Client, Connection
from unite_pipeline.api.endpoints import LIST_SWITCHES
from unite_pipeline.api.pacing import Budget, Rate
from unite_pipeline.api.transport import HttpTransport
from unite_pipeline.clock import machine_clock
from unite_pipeline.state import State


def spend(path: Path, rate: Rate, seconds: float, begins_at: float) -> list[float]:
    """Use the budget from `begins_at` on for some seconds; returns when the server would have counted each request."""
    clock = machine_clock()
    budget = Budget(State(path), "account", rate, clock)
    time.sleep(max(begins_at - clock.boot(), 0.0))
    arrivals = []
    while clock.boot() < begins_at + seconds:
        with budget.slot():
            time.sleep(random.uniform(0.0, 0.02))
            arrivals.append(clock.boot())
            time.sleep(random.uniform(0.0, 0.02))
    budget.close()
    return arrivals


def die_with_slots(path: Path, rate: Rate) -> None:
    """Take every slot and be killed, as by the kernel, with all of them in hand."""
    budget = Budget(State(path), "account", rate, machine_clock())
    slots = [budget.slot() for _ in range(rate.limit)]
    for slot in slots:
        slot.__enter__()
    os.kill(os.getpid(), signal.SIGKILL)


def read_switches(base_url: str, login_token: str, folder: Path, requests: int) -> tuple[int, int]:
    """Read a list so many times as one of several clients of one account; returns rows and log-ins."""
    rate = Rate(limit=1000, period_s=60.0, timeout_s=20.0)
    transport = HttpTransport()
    connection = Connection(
        base_url, transport, rate, machine_clock(), State(folder / "state.db"), folder / "login.lock"
    )
    client = Client(connection, login_token)
    rows = sum(len(client.fetch(LIST_SWITCHES).rows) for _ in range(requests))
    client.close()
    transport.close()
    return rows, client.logins_sent


def open_state(path: Path) -> int:
    """Open a state.db, perhaps as the first of many, and write a row; returns our process id."""
    with State(path).transaction() as db:
        db.execute("insert or replace into waiters values (?, 'account', 'boot', 0, 1e12)", (str(os.getpid()),))
    return os.getpid()


def die_in_a_transaction(path: Path) -> None:
    """Be killed after writing a token and before committing it."""
    state = State(path)
    with state.transaction() as db:
        db.execute("delete from tokens")
        db.executemany(
            "insert into tokens values (?, 'boot', ?, 0)", [(str(at), "half-written" * 200) for at in range(2_000)]
        )
        os.kill(os.getpid(), signal.SIGKILL)


def hold_lock_and_die(path: Path, held_by: Path) -> None:
    """Hold a lock, say so by making a file, and be killed a moment later."""
    with locks.held(path):
        held_by.touch()
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
