"""How much a command says: `-v` more, `-q` only what is wrong, wherever the flag stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

import dagster as dg
import pytest

from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline_tests.end_to_end.installation import Finished, Installation, days_ago, installed

pytestmark = pytest.mark.processes

PLAN = CompanyPlan(seed=17, first_day=days_ago(3), calls_per_working_day=20, extension_count=3, recording_share=0)
DAY = str(days_ago(2))
SYNCED = 2


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A small company whose phonebook is refused: something is wrong in each later sync, and nothing else to say.

    It was synced until the properties of all extensions had their turn.
    """
    with installed(tmp_path_factory.mktemp("loudness"), PLAN) as made:
        assert [made.run("sync").code for _ in range(SYNCED)] == [0] * SYNCED
        made.simulator.faults.add(Fault("status_false", endpoint="downloadphonebookdata", times=ALWAYS))
        yield made


@pytest.fixture(scope="module")
def said(installation: Installation) -> dict[str, Finished]:
    """What a sync said, by the words of its command line."""
    days = ["--from", DAY, "--to", DAY]
    commands = ["sync", "-v sync", "sync -v", "-q sync", "sync -q"]
    return {command: installation.run(*command.split(), *days) for command in commands}


def test_each_loudness_says_what_the_lesser_says(said: dict[str, Finished]) -> None:
    """`-v` says each request, and all that is said without it; `-q` says one of those lines, the one that is wrong."""
    assert [each.code for each in said.values()] == [1] * 5
    verbose, normal, quiet = (_lines(said[command]) for command in ("-v sync", "sync", "-q sync"))
    assert "# Request # of this process: listcdrlogs, attempt #" in verbose - normal
    assert verbose > normal > quiet
    wrong = "unite-pipeline: Not proven complete; what came is kept, run sync again for the rest. phonebook: "
    assert said["-q sync"].out == ""
    assert [line[: len(wrong)] for line in said["-q sync"].err.splitlines()] == [wrong]


@pytest.mark.parametrize("flag", ["-v", "-q"])
def test_a_flag_may_follow_the_command(said: dict[str, Finished], flag: str) -> None:
    """`sync -v` says what `-v sync` says, and `sync -q` what `-q sync` says."""
    assert _lines(said[f"sync {flag}"]) == _lines(said[f"{flag} sync"])


def test_dagster_keeps_no_less_where_less_is_shown(installation: Installation, said: dict[str, Finished]) -> None:
    """What came of a feed stands in Dagster's log of every sync, however little was shown of it."""
    with dg.DagsterInstance.from_config(str(installation.data / "dagster")) as instance:
        kept = [{event.user_message for event in instance.all_logs(run.run_id)} for run in instance.get_runs()]
    assert len(kept) == SYNCED + len(said)
    assert sum("phonebook: 0 rows, 1 requests, NOT proven complete" in lines for lines in kept) == len(said)


def test_rebuild(installation: Installation) -> None:
    """`rebuild` prints the rows of each table; with -q, which wins over -v, nothing at all when all goes well."""
    done = installation.run("rebuild")
    assert {"calls #", "rejected_rows #"} < _lines(done)
    assert done.out.splitlines()[-1] == f"Rebuilt without a request: {installation.warehouse}"
    assert installation.run("-v", "rebuild", "-q") == Finished(0, "", "")


def _lines(done: Finished) -> set[str]:
    """What was said, without numbers, times, durations and widths."""
    said = re.sub(r"sent in .*?,", "sent in #,", done.out + done.err).splitlines()
    return {re.sub(r"\d[\d:.,-]*", "#", re.sub(r" +", " ", line)) for line in said}
