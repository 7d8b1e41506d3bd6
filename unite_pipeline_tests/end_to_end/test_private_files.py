"""Whatever the shell's mask is: what is made on disk can be read by its user alone, but for one file."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.end_to_end.installation import days_ago, installed

pytestmark = pytest.mark.processes

PLAN = CompanyPlan(seed=29, first_day=days_ago(3), calls_per_working_day=20, extension_count=3)
OPEN_TO_ALL = 0o000


@contextmanager
def mask(wanted: int) -> Iterator[None]:
    """A mask for what is started meanwhile."""
    was = os.umask(wanted)
    try:
        yield
    finally:
        os.umask(was)


def open_to_others(folder: Path) -> set[str]:
    """Files and folders below a folder that anybody but their user can read, write or enter."""
    return {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if stat.S_IMODE(path.lstat().st_mode) & 0o077
    }


def test_made_by_the_command_line(tmp_path: Path) -> None:
    """Under a mask that hides nothing, a sync with audio, a back-up and a rebuild leave only the warehouse readable."""
    with installed(tmp_path, PLAN) as installation, mask(OPEN_TO_ALL):
        installation.environment["UNITE_AUDIO_EXTENSIONS"] = "*"
        (installation.data / "login_token").unlink()
        (installation.data / "account.json").unlink()
        assert installation.run("provision", installation.simulator.enable_invitation()).code == 0
        installation.data.chmod(0o700)  # made by the test's own process
        assert installation.run("sync").code == 0
        assert installation.run("rebuild").code == 0
        assert installation.run("doctor").code == 0
        assert installation.run("backup", str(tmp_path / "copy")).code == 0
        assert open_to_others(installation.data) == {"unite.duckdb"}
        assert stat.S_IMODE(installation.warehouse.stat().st_mode) == 0o444
        assert open_to_others(tmp_path / "copy") == set()


def test_made_by_dagster(tmp_path: Path) -> None:
    """A process of Dagster that loads the pipeline makes nothing for others either."""
    made = "import os, dagster; from unite_pipeline.definitions import defs; defs(); open('made', 'w').close()"
    with installed(tmp_path, PLAN) as installation, mask(OPEN_TO_ALL):
        done = subprocess.run([sys.executable, "-c", made], cwd=tmp_path, env=installation.environment, check=False)
        assert done.returncode == 0
        assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o600
