"""`unite-pipeline dev` in a process of its own, on a served simulator, until the test is done with it.

Here: starting it, waiting for its page, ending it. Not here: what is clicked (`dagster_ui.py`).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.end_to_end.installation import Installation, days_ago, free_port, installed

CLOSED_DAYS = 60
COMES_S = 90.0
ENDS_S = 60.0
TICKS = (2, 5, 32)
"""Minutes of an hour at which `nightly`, `hourly` and `weekly` may start a sync."""
STARTS_S = 60
"""Within so many seconds the UI is there, and a test has switched off the schedules that it does not want."""


@dataclass(frozen=True)
class Operated:
    """An installation whose UI answers, and the closed days that are there to be back-filled."""

    installation: Installation
    address: str
    first: date
    last: date


@contextmanager
def operated(root: Path, *, period_s: float) -> Iterator[Operated]:
    """A new installation with 60 closed days and today, nothing of it read yet, and its UI.

    Args:
        root: an empty folder.
        period_s: 30 requests are sent in so many seconds; longer than the simulator's, it makes the client wait. In one
            period the first 31 days are read, and the rest is not.
    """
    first = days_ago(CLOSED_DAYS)
    plan = CompanyPlan(
        seed=17, first_day=first, calls_per_working_day=260, extension_count=8, recording_share=0.1, contact_count=40
    )
    with installed(root, plan, is_silent=False) as installation:
        _let_ticks_pass()
        installation.environment["UNITE_RATE_PERIOD_S"] = str(period_s)
        with _dev(installation) as address:
            yield Operated(installation, address, first, first + timedelta(days=CLOSED_DAYS - 1))


def _let_ticks_pass() -> None:
    """Wait while a schedule is about to tick: it would begin to read what the test is to see read."""
    while any((minute * 60 - time.time()) % 3600 < STARTS_S for minute in TICKS):
        time.sleep(1)


@contextmanager
def _dev(installation: Installation) -> Iterator[str]:
    port = free_port()
    log = installation.root / "dev.log"
    command = [sys.executable, "-u", "-c", "from unite_pipeline.cli import main; main()", "dev", "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, env=installation.environment, cwd=installation.root, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + COMES_S
        while not _answers(f"{address}/server_info"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, f"the UI did not answer in time: {log.read_text()}"
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()  # not killed: it ends what it started
        process.wait(ENDS_S)


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False
