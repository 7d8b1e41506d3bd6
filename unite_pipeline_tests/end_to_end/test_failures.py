"""What an operator gets when things go wrong: one line, the right exit code, and nothing lost."""

from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path

import dagster as dg
import pytest

from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline_tests.end_to_end.installation import busiest_day, days_ago, finish, installed
from unite_pipeline_tests.end_to_end.truth import assert_equals_truth

pytestmark = pytest.mark.processes

PLAN = CompanyPlan(seed=11, first_day=days_ago(12), calls_per_working_day=40, extension_count=6)


def test_a_bad_day_hides_nothing(tmp_path: Path) -> None:
    """A day that cannot be proven ends the sync with one line and exit code 1; its rows and all else are there."""
    with installed(tmp_path, PLAN) as installation:
        bad = busiest_day(installation.simulator, 3, 9)
        fault = Fault("vanishing_row", endpoint="listcdrlogs", day=bad, times=ALWAYS)
        installation.simulator.faults.add(fault)
        done = installation.run("-q", "sync")
        assert done.code == 1
        assert (done.out, len(done.err.splitlines())) == ("", 1)
        assert f"cdr_logs: 1 days are not proven complete ({bad})" in done.err
        open_days = installation.query("select day from coverage where feed = 'cdr_logs' and not is_complete")
        assert open_days == [(bad,)]
        came = installation.query("select count(*) from calls where call_date = ?", [bad])[0][0]
        assert came == len(installation.simulator.truth.calls(bad, bad)) - 1
        others = installation.query("select count(*) from calls where call_date <> ?", [bad])[0][0]
        truth = installation.simulator.truth.calls(PLAN.first_day, days_ago(0))
        assert others >= sum(call.started_at_local.date() not in (bad, days_ago(0)) for call in truth)
        assert installation.run("status").code == 1
        with dg.DagsterInstance.from_config(str(installation.data / "dagster")) as instance:
            assert [run.status.value for run in instance.get_runs()] == ["FAILURE"]
        installation.simulator.faults.clear()
        assert installation.run("sync").code == 0
        assert_equals_truth(installation, PLAN.first_day, days_ago(1))


def test_rejected_rows_are_a_warning(tmp_path: Path) -> None:
    """A row that does not fit is told on stderr with a count and the table to look at, once and without its content.

    All came that the API counts, so the exit code is 0, also with -q.
    """
    with installed(tmp_path, PLAN) as installation:
        day = busiest_day(installation.simulator, 3, 9)
        fault = Fault("wrong_type", endpoint="listcdrlogs", day=day, field="duration", times=ALWAYS)
        installation.simulator.faults.add(fault)
        done = installation.run("-q", "sync")
        assert (done.code, done.out) == (0, "")
        assert done.err == (
            "unite-pipeline: warning: 1 row did not fit its contract; "
            f"table rejected_rows of {installation.warehouse} tells which and why\n"
        )
        assert installation.query("select feed, reason, json_extract_string(row, '$.duration') from rejected_rows") == [
            ("cdr_logs", "bad_number", "garbage")
        ]
        assert "rejected_rows" not in installation.run("sync").err


def test_refused_login_names_the_remedy(tmp_path: Path) -> None:
    """A login token that is not taken any more ends the sync at once with the remedy, and builds what is there."""
    with installed(tmp_path, PLAN) as installation:
        assert installation.run("sync").code == 0
        installation.simulator.revoke_login_token()
        before = installation.requests()
        done = installation.run("-q", "sync")
        assert done.code == 1
        assert "re-enable it in the Unite portal and run `unite-pipeline provision`" in done.err
        # One request finds the token refused, one log-in is refused, and nobody tries again.
        assert installation.requests() - before == 2
        assert installation.query("select count(*) from calls")[0][0] > 0


def test_one_feed_refused_leaves_the_others(tmp_path: Path) -> None:
    """A feed that this login may not read is named; the others come and are proven."""
    with installed(tmp_path, PLAN) as installation:
        installation.simulator.faults.add(Fault("not_allowed", endpoint="listcallrecords", times=ALWAYS))
        done = installation.run("-q", "sync")
        assert done.code == 1
        assert "call_records: not proven complete" in done.err
        assert "cdr_logs" not in done.err
        complete = "select distinct feed from coverage where is_complete order by feed"
        assert {feed for (feed,) in installation.query(complete)} == {
            "cdr_logs", "extensions", "phonebook", "call_flows", "switches", "cdr_flows", "cdr_numbers",
            "extension_status",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"UNITE_TENANT": "0042"}, ["UNITE_TENANT"]),
        ({"UNITE_TIMEZONE": "Mars/Olympus", "UNITE_RATE_LIMIT": "0"}, ["UNITE_TIMEZONE", "UNITE_RATE_LIMIT"]),
        ({"UNITE_BASE_URL": "http://example.org/unite"}, ["UNITE_BASE_URL"]),
        ({"UNITE_TENANT": "other"}, ["UNITE_TENANT", "belongs to another account"]),
        ({"UNITE_DATA_DIR": "data/account.json"}, ["UNITE_DATA_DIR"]),
        ({"UNITE_START_DATE": "2999-01-01"}, ["UNITE_START_DATE", "in the future"]),
    ],
    ids=["tenant", "two at once", "plain http", "another account", "a file", "future"],
)
def test_wrong_settings(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    named: list[str],
) -> None:
    """A wrong setting is one message that names every variable at fault, and exit code 2, without a request."""
    with installed(tmp_path, PLAN) as installation:
        before = installation.requests()
        installation.environment.update(variables)
        done = installation.run_here(monkeypatch, capsys, "sync")
        assert done.code == 2
        assert all(name in done.err for name in named)
        assert "Traceback" not in done.err
        assert installation.requests() == before


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["sync", "--from", "2001-01-01"], "UNITE_START_DATE"),
        (["sync", "--to", "2999-01-01"], "in the future"),
        (["sync", "--from", "yesterday"], "--from"),
        (["provision", "abc"], "six capitals or digits"),
        (["nonsense"], "nonsense"),
    ],
    ids=["before the start date", "future", "no date", "no invitation", "no command"],
)
def test_wrong_use(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    named: str,
) -> None:
    """Wrong use is exit code 2 with what is wrong, without a request."""
    with installed(tmp_path, PLAN) as installation:
        before = installation.requests()
        done = installation.run_here(monkeypatch, capsys, *arguments)
        assert done.code == 2
        assert named in done.err
        assert installation.requests() == before


def test_provision_tries_before_it_sends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An invitation is kept where its token could not be: with the variable set, or its file's place taken."""
    with installed(tmp_path, PLAN) as installation:
        token = (installation.data / "login_token").read_text()
        invitation, before = installation.simulator.enable_invitation(), installation.requests()
        installation.environment["UNITE_LOGIN_TOKEN"] = token
        done = installation.run_here(monkeypatch, capsys, "provision", invitation)
        assert (done.code, "UNITE_LOGIN_TOKEN is set" in done.err) == (2, True)
        assert installation.requests() == before
        # Read from the file with its line break it is as good as the file.
        assert installation.run_here(monkeypatch, capsys, "plan").code == 0
        before = installation.requests()
        del installation.environment["UNITE_LOGIN_TOKEN"]
        (installation.data / "login_token").unlink()
        (installation.data / "login_token").mkdir()
        done = installation.run_here(monkeypatch, capsys, "provision", invitation)
        assert (done.code, str(installation.data / "login_token") in done.err) == (1, True)
        assert (installation.simulator.invitation_id, installation.requests()) == (invitation, before)
        (installation.data / "login_token").rmdir()
        assert installation.run_here(monkeypatch, capsys, "provision", invitation).code == 0
        assert installation.run_here(monkeypatch, capsys, "plan").code == 0


def test_no_token_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a login token `sync` and `plan` end with exit code 2 and name `provision`."""
    with installed(tmp_path, PLAN) as installation:
        (installation.data / "login_token").unlink()
        for command in ("sync", "plan"):
            done = installation.run_here(monkeypatch, capsys, command)
            assert done.code == 2
            assert "unite-pipeline provision" in done.err


def test_plan_and_status_for_scripts(tmp_path: Path) -> None:
    """`plan --json` comes near what the sync then costs, and `status --json` says that all is proven."""
    with installed(tmp_path, PLAN) as installation:
        plan = json.loads(installation.run("plan", "--json").out)
        before = installation.requests()
        assert installation.run("sync").code == 0
        # The log-in is paid by the plan itself, if one was due.
        assert abs(plan["requests"] - (installation.requests() - before)) <= 1
        assert plan["days_to_read"] == 13
        status = installation.run("status", "--json")
        assert status.code == 0
        feeds = {feed["feed"]: feed for feed in json.loads(status.out)["feeds"]}
        assert feeds["cdr_logs"]["proven_days"] == 13
        assert feeds["cdr_logs"]["open_days"] == 0
        # The properties of extensions are read by turns, from the second sync on.
        assert {name for name, feed in feeds.items() if feed["last_read_at"] is None} == {"extension_properties"}
        assert re.fullmatch(r"(\d+) of \1 lists read to the end within a week", feeds["call_records"]["note"])
        assert re.fullmatch(r"0 of \d+ read within a week", feeds["extension_properties"]["note"])
        doctor = json.loads(installation.run("doctor", "--json").out)
        assert {finding["subject"]: finding["is_ok"] for finding in doctor["findings"]}["api"] is True


def test_interrupted_is_130_and_keeps_what_came(tmp_path: Path) -> None:
    """Ctrl-C ends a sync with exit code 130; the next one goes on."""
    with installed(tmp_path, PLAN) as installation:
        process = installation.start("sync")
        while installation.requests() < 5:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        done = finish(process)
        assert done.code == 130, done.err
        assert installation.run("sync").code == 0
        assert_equals_truth(installation, PLAN.first_day, days_ago(1))
