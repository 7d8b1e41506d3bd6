"""A back-up taken while a sync is under way, and what follows from it: all of it, without asking twice."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path

import pytest

from unite_pipeline.extract.known import known_days
from unite_pipeline.lake.manifests import finished_reads
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.end_to_end.installation import Installation, days_ago, finish, installed
from unite_pipeline_tests.end_to_end.test_backfills import asked_of_calls, days_of_form
from unite_pipeline_tests.end_to_end.truth import assert_equals_truth

pytestmark = pytest.mark.processes

PLAN = CompanyPlan(seed=23, first_day=days_ago(100), calls_per_working_day=100, extension_count=3, recording_share=0.02)
SMALL = CompanyPlan(seed=23, first_day=days_ago(4), calls_per_working_day=20, extension_count=3)


def proven(data: Path) -> set:
    """The days that the raw layer of a data directory proves for good."""
    return {
        day for day, state in known_days(finished_reads(data / "raw", "cdr_logs", "acme")).items() if state.is_final
    }


def names(folder: Path) -> set[str]:
    """All files below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def restore(installation: Installation, copy: Path) -> None:
    """What the documentation says: copy all of it into an empty data directory, and rebuild."""
    shutil.rmtree(installation.data)
    shutil.copytree(copy, installation.data)
    done = installation.run("-q", "rebuild")
    assert (done.code, done.err) == (0, "")


def test_backed_up_in_the_middle_of_a_sync(tmp_path: Path) -> None:
    """What stood when the back-up began is whole in the copy; restored, nothing of it is asked again.

    The end is the truth, though the sync went on while the copy was made, and its data directory was lost.
    """
    copy = tmp_path / "elsewhere" / "copy"
    with installed(tmp_path, PLAN) as installation:
        sync = installation.start("sync")
        while not proven(installation.data) and sync.poll() is None:
            time.sleep(0.01)
        assert sync.poll() is None, "the sync was over before it could be copied"
        done = installation.run("backup", str(copy))
        assert done.code == 0, done.err
        assert finish(sync).code == 0
        had = proven(copy)
        assert had
        restore(installation, copy)
        before = len(installation.simulator.requests)
        assert installation.run("sync").code == 0
        asked = asked_of_calls(installation, before)
        assert not [form for form in asked if form["pagelimit"] != "1" and days_of_form(form) & had]
        assert_equals_truth(installation, PLAN.first_day, days_ago(0))
        assert installation.simulator.refused_count == 0


def test_a_second_back_up_takes_what_is_new(tmp_path: Path) -> None:
    """Into the same folder only what is new is copied; what was deleted meanwhile stays in the copy."""
    with installed(tmp_path, SMALL) as installation:
        copy = tmp_path / "copy"
        assert installation.run("sync").code == 0
        assert installation.run("backup", str(copy)).code == 0
        first = {path: path.stat().st_ino for path in (copy / "raw").rglob("*") if path.is_file()}
        shutil.rmtree(installation.data / "raw" / "switches")
        assert installation.run("sync").code == 0
        done = installation.run("backup", str(copy))
        assert done.code == 0
        assert {path: path.stat().st_ino for path in first} == first
        assert names(installation.data / "raw") < names(copy / "raw")
        assert " new reads beside " in done.out
        assert "copy all of it into an empty UNITE_DATA_DIR, move .env from there to the working directory" in done.out


def test_what_is_in_a_copy(tmp_path: Path) -> None:
    """Raw layer, pin, token, settings and databases are copied, for their owner alone; lake and warehouse are not.

    Without the token no settings are copied either: they may hold it, and others.
    """
    with installed(tmp_path, SMALL) as installation:
        copy = tmp_path / "copy"
        (tmp_path / ".env").write_text("UNITE_OWNERS=team:data\n")
        assert installation.run("sync").code == 0
        assert installation.run("backup", str(copy)).code == 0
        assert {path.name for path in copy.iterdir()} == {
            ".env", "account.json", "backup.json", "dagster", "login_token", "raw", "state.db",
        }  # fmt: skip
        assert names(copy / "raw") == names(installation.data / "raw")
        for name in (".env", "login_token", "state.db"):
            assert stat.S_IMODE((copy / name).stat().st_mode) == 0o600
        assert stat.S_IMODE(copy.stat().st_mode) == 0o700
        with closing(sqlite3.connect(copy / "dagster" / "history" / "runs.db")) as runs:
            assert runs.execute("select status from runs").fetchall() == [("SUCCESS",)]
        assert (copy / ".env").read_text() == "UNITE_OWNERS=team:data\n"
        assert not [name for name in names(copy) if name.endswith((".tmp", "-wal", "-shm", "-journal"))]
        other = tmp_path / "other"
        assert installation.run("backup", "--without-token", str(other)).code == 0
        assert names(other) & {"login_token", ".env"} == set()
        said = installation.run("backup", "--without-token", str(copy)).out
        assert "still holds login_token and .env of an earlier back-up" in said


def mode_of(database: Path) -> str:
    """How a database keeps its journal."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("pragma journal_mode").fetchone()[0]


def test_restored_databases_are_as_dagster_made_them(tmp_path: Path) -> None:
    """In the copy Dagster's databases bear the journal mode that it gives them once; state.db keeps its own."""
    with installed(tmp_path, SMALL) as installation:
        copy = tmp_path / "copy"
        assert installation.run("sync").code == 0
        assert installation.run("backup", str(copy)).code == 0
        databases = [path.relative_to(copy) for path in (copy / "dagster").rglob("*.db")]
        assert len(databases) >= 4
        assert {mode_of(installation.data / path) for path in databases} == {"wal"}
        assert {mode_of(copy / path) for path in databases} == {"wal"}
        assert mode_of(copy / "state.db") == "delete"


def test_what_a_second_back_up_does_not_copy_again(tmp_path: Path) -> None:
    """Sounds and databases whose copies bear coarse times are not copied again; one that changed since is."""
    with installed(tmp_path, SMALL) as installation:
        copy = tmp_path / "copy"
        installation.environment["UNITE_AUDIO_EXTENSIONS"] = "*"
        assert installation.run("sync").code == 0
        for path in (installation.data / "dagster").rglob("*.db"):  # as if the sync had been long ago
            os.utime(path, (path.stat().st_mtime - 60,) * 2)
        assert " 0 sounds" not in installation.run("backup", str(copy)).out
        for path in (path for path in copy.rglob("*") if path.is_file()):
            coarse = path.stat().st_mtime // 2 * 2
            os.utime(path, (coarse, coarse))
        done = installation.run("backup", str(copy))
        assert (done.code, " 0 sounds, 1 databases" in done.out) == (0, True), done.out
        runs = installation.data / "dagster" / "history" / "runs.db"
        os.utime(runs)
        for _ in range(2):  # what changed a moment ago may change again within the same coarse time
            assert " 0 sounds, 2 databases" in installation.run("backup", str(copy)).out


def test_a_run_that_was_deleted_meanwhile(tmp_path: Path) -> None:
    """A database that goes while it is to be copied is passed over, and not made anew, empty."""
    with installed(tmp_path, SMALL) as installation:
        copy = tmp_path / "copy"
        assert installation.run("sync").code == 0
        gone = installation.data / "dagster" / "history" / "runs" / "gone.db"
        gone.symlink_to("nowhere")  # seen in the folder, and not there when it is opened
        assert installation.run("backup", str(copy)).code == 0
        assert not (gone.parent / "nowhere").exists()
        assert not (copy / "dagster" / "history" / "runs" / "gone.db").exists()


def test_the_root_of_a_disk(tmp_path: Path) -> None:
    """A folder that holds nothing but what a file system makes at its root is as good as empty."""
    with installed(tmp_path, SMALL) as installation:
        copy = tmp_path / "copy"
        (copy / "lost+found").mkdir(parents=True)
        assert installation.run("sync").code == 0
        assert installation.run("backup", str(copy)).code == 0


def test_what_is_no_place_for_a_copy(tmp_path: Path) -> None:
    """A folder in the data directory, around it, or with something else in it is refused with exit code 2."""
    with installed(tmp_path, SMALL) as installation:
        taken = tmp_path / "taken"
        taken.mkdir()
        (taken / "letter").touch()
        foreign = tmp_path / "foreign"
        foreign.mkdir()
        (foreign / "account.json").write_text("{}")
        for folder, said in (
            (installation.data / "copy", "within the data directory or around it"),
            (tmp_path, "within the data directory or around it"),
            (taken, "holds something else"),
            (foreign, "a copy of another account's data directory"),
        ):
            done = installation.run("backup", str(folder))
            assert (done.code, said in done.err) == (2, True), done.err


def test_a_copy_that_was_cut_off(tmp_path: Path) -> None:
    """A read whose manifest did not reach the copy is copied anew, and no half file is taken for a whole one."""
    with installed(tmp_path, SMALL) as installation:
        copy = tmp_path / "copy"
        assert installation.run("sync").code == 0
        assert installation.run("backup", str(copy)).code == 0
        manifest = next((copy / "raw").glob("cdr_logs/*/*/*/manifest.json"))
        manifest.unlink()
        page = next(manifest.parent.glob("*/*.zst"))
        content = page.read_bytes()
        os.truncate(page, 3)
        assert installation.run("backup", str(copy)).code == 0
        assert manifest.exists()
        assert page.read_bytes() == content
