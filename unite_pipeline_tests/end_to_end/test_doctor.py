"""`doctor` and `status` say what is wrong and what to do about it, and a wait for the budget is told."""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from unite_pipeline.cli.doctor import _began_at
from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline_tests.alerts.receivers import hook
from unite_pipeline_tests.end_to_end.installation import Finished, Installation, days_ago, installed

pytestmark = pytest.mark.processes

PLAN = CompanyPlan(seed=19, first_day=days_ago(3), calls_per_working_day=20, extension_count=4)
Command = Callable[..., Finished]


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A small company, provisioned."""
    with installed(tmp_path, PLAN) as made:
        yield made


@pytest.fixture
def command(installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command of that installation."""
    return lambda *arguments, **how: installation.run_here(monkeypatch, capsys, *arguments, **how)


def findings(done: Finished) -> dict[str, tuple[bool | None, str]]:
    """What `doctor --json` found, by subject."""
    return {each["subject"]: (each["is_ok"], each["text"]) for each in json.loads(done.out)["findings"]}


def wrong(done: Finished) -> set[str]:
    """The subjects that are wrong."""
    return {subject for subject, (is_ok, _) in findings(done).items() if is_ok is False}


def test_doctor_costs_three_requests(installation: Installation, command: Command) -> None:
    """Where nothing is wrong `doctor` ends with 0, and sends a log-in and one request each of three lists."""
    before = installation.requests()
    done = command("doctor", "--json")
    assert (done.code, wrong(done)) == (0, set())
    sent = [record.endpoint for record in installation.simulator.requests[before:]]
    assert sent == ["applogin", "listextensions", "listcallrecords", "listcdrlogs"]


def _no_token(installation: Installation) -> None:
    (installation.data / "login_token").unlink()


def _readable_token(installation: Installation) -> None:
    (installation.data / "login_token").chmod(0o644)


def _other_account(installation: Installation) -> None:
    installation.environment["UNITE_TENANT"] = "other"


def _refused_token(installation: Installation) -> None:
    installation.simulator.revoke_login_token()


def _open_folder(installation: Installation) -> None:
    (installation.data / "raw").mkdir()
    (installation.data / "raw").chmod(0o755)


def _future_start(installation: Installation) -> None:
    installation.environment["UNITE_START_DATE"] = str(days_ago(-2))


def _no_place(installation: Installation) -> None:
    installation.environment["UNITE_DATA_DIR"] = "/proc/none/data"


def _no_database(installation: Installation) -> None:
    installation.warehouse.write_bytes(b"no database")


@pytest.mark.parametrize(
    ("break_it", "subject", "remedy"),
    [
        (_no_token, "token", "unite-pipeline provision"),
        (_readable_token, "token", "chmod 600"),
        (_other_account, "directory", "UNITE_TENANT"),
        (_refused_token, "api", "unite-pipeline provision"),
        (_open_folder, "privacy", "chmod -R go= "),
        (_future_start, "settings", "Set it to the first day that you want"),
        (_no_place, "directory", "set UNITE_DATA_DIR to a folder on a local disk"),
        (_no_database, "warehouse", "unite-pipeline rebuild"),
    ],
    ids=[
        "no token",
        "token that others can read",
        "another account",
        "refused token",
        "readable folder",
        "start in the future",
        "no place",
        "no database",
    ],
)
def test_doctor_names_what_is_wrong(
    installation: Installation,
    command: Command,
    break_it: Callable[[Installation], None],
    subject: str,
    remedy: str,
) -> None:
    """What is wrong is marked so, with what to do; the exit code is 1 and one line on stderr names it."""
    break_it(installation)
    done = command("doctor", "--json")
    assert done.code == 1
    assert subject in wrong(done)
    assert remedy in findings(done)[subject][1]
    assert len(done.err.splitlines()) == 1
    assert subject in done.err
    quiet = command("doctor", "-q")
    assert quiet.code == 1
    assert all(line.startswith("WRONG ") for line in quiet.out.splitlines())


def test_one_fault_is_told_once(installation: Installation, command: Command) -> None:
    """Without a data directory `doctor` looks at nothing that needs one, and asks the API nothing."""
    _no_place(installation)
    before = installation.requests()
    assert set(findings(command("doctor", "--json"))) == {"settings", "directory", "alerts"}
    assert installation.requests() == before


@pytest.mark.parametrize(
    ("break_it", "said"),
    [(_no_place, "/proc/none/data cannot be made"), (_future_start, "UNITE_START_DATE (")],
    ids=["no place", "start in the future"],
)
def test_status_advises_no_sync_that_is_refused(
    installation: Installation, command: Command, break_it: Callable[[Installation], None], said: str
) -> None:
    """Where a sync would be refused, `status` says why, as wrong settings, and not to run one."""
    break_it(installation)
    done = command("status")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"unite-pipeline: {said}")
    assert "Run `unite-pipeline sync`" not in done.err


def test_status_leaves_nothing_behind(installation: Installation, command: Command) -> None:
    """To find out whether a data directory can be made, none is left that was not there."""
    installation.environment["UNITE_DATA_DIR"] = str(installation.root / "new" / "data")
    assert command("status").code == 1
    assert not (installation.root / "new").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another user's identity")
def test_doctor_without_leave_to_write(installation: Installation, command: Command) -> None:
    """A data directory of another user is told as such, and not as a full disk."""
    other = installation.root / "other"
    other.mkdir(mode=0o755)
    temporary = Path(tempfile.gettempdir())
    for folder in (installation.root, *installation.root.parents):
        if folder.is_relative_to(temporary) and folder != temporary:
            folder.chmod(0o755)
    installation.environment["UNITE_DATA_DIR"] = str(other)
    os.seteuid(65534)
    try:
        done = command("doctor", "--json")
    finally:
        os.seteuid(0)
    is_ok, text = findings(done)["directory"]
    assert (done.code, is_ok) == (1, False)
    assert "cannot be written to by the user that runs this" in text
    assert "room" not in text


def test_names_that_are_no_settings_are_told(installation: Installation, command: Command) -> None:
    """A variable that is misspelt is a warning of `doctor` with the nearest name, and no failure."""
    installation.environment["UNITE_AUDIO_EXTENSION"] = "0201"
    done = command("doctor")
    assert done.code == 0
    assert "UNITE_AUDIO_EXTENSION is no setting, and does nothing: is UNITE_AUDIO_EXTENSIONS meant?" in done.out
    assert "0201" not in done.out


@pytest.mark.parametrize("name", ["wrong_type", "missing_field"])
@pytest.mark.parametrize("endpoint", ["listcdrlogs", "listcallrecords", "listextensions"])
def test_doctor_bears_odd_answers(installation: Installation, command: Command, name: str, endpoint: str) -> None:
    """A row whose time or count is missing, or no text, ends no check with a fault of ours."""
    field = {"listcdrlogs": "calltime", "listcallrecords": "recordtime", "listextensions": "callrecordcount"}[endpoint]
    installation.simulator.faults.add(Fault(name, endpoint=endpoint, field=field, times=ALWAYS))
    done = command("doctor", "--json")
    assert (done.code, wrong(done)) == (0, set())


def test_the_begin_of_a_call() -> None:
    """A call's begin is read from what the API tells, with or without an offset; what is no time is passed over."""
    times = ['"2026-03-01 10:00:00"', '"2026-03-01 10:00:00+01:00"', "null", "5", '""', '"soon"']
    begun = [_began_at(f'{{"calltime": {time}}}'.encode()) for time in times]
    assert begun == [datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 10), None, None, None, None]  # noqa: DTZ001


def test_doctor_brings_the_configuration_up_to_date(installation: Installation, command: Command) -> None:
    """`doctor` writes what is missing of the instance's configuration, and names a file that was changed by hand."""
    written = installation.data / "dagster" / "dagster.yaml"
    assert findings(command("doctor", "--json"))["instance"][0] is True
    changed = written.read_text() + "#\n"
    written.write_text(changed)
    is_ok, text = findings(command("doctor", "--json"))["instance"]
    assert is_ok is None
    assert text.startswith(f"{written} was changed by hand and is left so: compare it with ")
    assert written.read_text() == changed
    written.unlink()
    assert command("rebuild", "-q").code == 0
    assert written.exists()


def test_provision_tells_of_schedules(installation: Installation, command: Command) -> None:
    """The first login token is stored with the advice to load the pipeline anew; a later one needs none."""
    (installation.data / "login_token").unlink()
    advice = "its schedules are on once it loads the pipeline anew: restart unite-code, or choose Reload definitions"
    assert advice in command("provision", installation.simulator.enable_invitation()).out
    assert "Reload" not in command("provision", installation.simulator.enable_invitation()).out


def test_another_account_is_named_with_its_port(installation: Installation, command: Command) -> None:
    """What the data directory was begun with is told in full; another port of this machine is no other account."""
    begun = installation.environment["UNITE_BASE_URL"]
    installation.environment["UNITE_BASE_URL"] = "https://pbx.example/unite/v1"
    assert f"UNITE_BASE_URL: this data directory was begun with {begun}\n" in command("status").err
    installation.environment["UNITE_BASE_URL"] = begun.replace(f":{urlsplit(begun).port}", ":1")
    assert command("status").code == 1


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(hours=-1)], ids=["ahead", "behind"])
def test_doctor_finds_a_clock_that_is_off(command: Command, ahead: timedelta) -> None:
    """A machine whose clock is an hour off, either way, is told by how much and to set it."""
    done = command("doctor", "--json", ahead=ahead)
    assert done.code == 1
    assert "clock" in wrong(done)
    seconds, _, remedy = findings(done)["clock"][1].partition(" s from the API's: ")
    assert abs(int(seconds) - 3600) < 30
    assert remedy == "set this machine's clock (NTP)"


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "Asia/Tokyo", "Europe/London"])
def test_doctor_finds_a_wrong_zone(installation: Installation, command: Command, zone: str) -> None:
    """A zone that is not the API's is found by the offset that recordings bear, east of it and west of it."""
    (installation.data / "account.json").unlink()
    installation.environment["UNITE_TIMEZONE"] = zone
    done = command("doctor", "--json")
    assert done.code == 1
    assert "time zone" in wrong(done)
    told = (
        rf"recordings have the offset (\+0[12]:00) where {zone} has (\+0\d:00): set UNITE_TIMEZONE to the API's zone.*"
    )
    sent, here = re.fullmatch(told, findings(done)["time zone"][1]).groups()  # summer or winter, as the test is run
    assert sent != here


def test_doctor_accepts_the_right_zone(command: Command) -> None:
    """The API's own zone is confirmed by recordings, and by calls, none of which is ahead of the clock."""
    found = findings(command("doctor", "--json"))
    assert found["time zone"][0] is True
    assert found["time zone"][1].endswith(" recordings is that of Europe/Amsterdam")
    assert found["call times"][0] is not False


def test_doctor_cannot_tell_a_zone_without_recordings(tmp_path: Path, monkeypatch, capsys) -> None:
    """Where nothing is recorded, the zone is left open, not called right, and no list of recordings is asked for."""
    plan = CompanyPlan(seed=19, first_day=days_ago(3), calls_per_working_day=20, extension_count=4, recording_share=0)
    with installed(tmp_path, plan) as silent:
        found = findings(silent.run_here(monkeypatch, capsys, "doctor", "--json"))
        assert found["time zone"] == (None, "no recording to compare with")
        assert "listcallrecords" not in {record.endpoint for record in silent.simulator.requests}


def test_status_is_stale_after_a_day_and_two_hours(installation: Installation, command: Command) -> None:
    """What all is proven is due again 26 hours later, with exit code 1 and what to do; at once it is not."""
    assert command("sync").code == 0
    fresh, day_old, stale = (command("status", "--json", ahead=timedelta(hours=hours)) for hours in (0, 25, 27))
    assert fresh.code == 0
    assert [_due(each) for each in (fresh, day_old, stale)] == [
        set(),
        set(),
        {"extensions", "phonebook", "call_records", "call_flows", "switches", "cdr_flows", "extension_status"},
    ]
    assert stale.code == 1
    assert stale.err.startswith("unite-pipeline: Due: cdr_logs, extensions, ")
    assert stale.err.endswith(". Run `unite-pipeline sync`\n")


def test_status_tells_the_last_run_also_when_it_failed(installation: Installation, command: Command) -> None:
    """A feed whose last run was not complete is shown with when and why, beside its last complete reading."""
    assert command("status", "--json").code == 1
    never = {"last_read_at": None, "last_run_at": None, "last_run_is_complete": None, "reason": None}
    assert all(never.items() <= each.items() for each in json.loads(command("status", "--json").out)["feeds"])
    assert command("sync").code == 0
    good = {each["feed"]: each for each in json.loads(command("status", "--json").out)["feeds"]}
    assert good.pop("extension_properties")["last_run_at"] is None  # read by turns, from the second sync on
    assert {(each["last_run_is_complete"], each["reason"]) for each in good.values()} == {(True, None)}
    assert all(each["last_run_at"] == each["last_read_at"] is not None for each in good.values())
    assert "last run" not in command("status").out

    installation.simulator.faults.add(Fault("status_false", endpoint="downloadphonebookdata", times=ALWAYS))
    time.sleep(1.0)  # the times have whole seconds
    assert command("sync").code == 1
    bad = {each["feed"]: each for each in json.loads(command("status", "--json").out)["feeds"]}["phonebook"]
    assert bad["last_read_at"] == good["phonebook"]["last_read_at"] < bad["last_run_at"]
    assert bad["last_run_is_complete"] is False
    assert "downloadphonebookdata" in bad["reason"]
    told = [line.strip() for line in command("status").out.splitlines() if "last run" in line]
    assert told == [f"last run {bad['last_run_at']} not complete: {bad['reason']}"]


def _due(done: Finished) -> set[str]:
    """The lists that are due; calls are besides as soon as a day is over that was not read."""
    return {each["feed"] for each in json.loads(done.out)["feeds"] if each["is_due"]} - {"cdr_logs"}


def test_a_wait_is_told(installation: Installation, command: Command) -> None:
    """`doctor` and `provision` say that they wait for the budget, where it is used up."""
    installation.environment.update({"UNITE_RATE_LIMIT": "1", "UNITE_RATE_PERIOD_S": "1.5"})
    (installation.data / "state.db").unlink()  # provisioning took a slot of a longer period
    waits = "The request budget of the account is used up: waiting about "
    assert waits in command("doctor").err
    invitations = [installation.simulator.enable_invitation()]
    assert command("provision", invitations[0]).code == 0
    done = command("provision", installation.simulator.enable_invitation())
    assert done.code == 0
    assert waits in done.err


def test_a_test_alert(installation: Installation, command: Command) -> None:
    """`doctor --send-alert` sends one alert that says it is a test, asks the API nothing, and tells what came of it."""
    with hook() as receiver:
        installation.environment["UNITE_ALERT_WEBHOOK_URL"] = receiver.url
        before = installation.requests()
        done = command("doctor", "--send-alert", "--json")
        assert (done.code, findings(done)) == (0, {"webhook": (True, "the test alert was taken")})
        assert installation.requests() == before
        (alert,) = receiver.got
        assert (alert["kind"], alert["tenant"]) == ("test", "acme")
        assert "this is a test, nothing is wrong" in alert["text"]
        receiver.status = 500
        done = command("doctor", "--send-alert")
        assert done.code == 1
        assert "the test alert did not get through (webhook: HTTP 500): check its settings" in done.out
        assert receiver.url not in done.out + done.err


def test_a_test_alert_to_nobody(command: Command) -> None:
    """Without anybody to tell, `doctor --send-alert` names the settings and ends with 1."""
    done = command("doctor", "--send-alert")
    assert (done.code, "set UNITE_ALERT_WEBHOOK_URL or UNITE_ALERT_MAIL_TO" in done.out) == (1, True)
