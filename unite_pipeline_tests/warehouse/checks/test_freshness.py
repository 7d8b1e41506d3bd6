"""Each feed was read complete lately, by its own rhythm."""

from __future__ import annotations

from datetime import timedelta

import pytest

from unite_pipeline.simulator import ALWAYS, Fault
from unite_pipeline.warehouse.checks import Rhythm
from unite_pipeline_tests.bench import Bench
from unite_pipeline_tests.warehouse.checks.conftest import PLAN, Checked, Doctor, built

NAME = "freshness"


def test_good(good: Checked):
    """All feeds that a sync asks for are looked at, and the age of the calls is measured."""
    result = good.run(NAME)
    assert result.says == "10 feeds looked at."
    assert 0 <= result.numbers["calls_age_s"] < 60


@pytest.mark.parametrize(
    ("later", "stale"),
    [
        (timedelta(hours=22), 0),
        (timedelta(hours=27), 8),
        (timedelta(days=2, hours=3), 9),  # the company's own numbers are read once a day
        (timedelta(days=9), 10),  # properties are read by turns, a round a week
    ],
    ids=["within a day", "a day and three hours", "two days and three hours", "nine days"],
)
def test_without_a_sync(good: Checked, later, stale):
    """As time passes without a sync, one feed after the other is out of date."""
    assert good.run(NAME, now=good.facts.now + later).violations == stale


def test_the_words(good: Checked):
    """A feed that is out of date is told with its age, its last complete reading on the wall clock, and what is due."""
    result = good.run(NAME, now=good.facts.now + timedelta(days=3))
    assert result.findings[0] == (
        "call_flows: last read complete 3 days ago, on 2026-10-28 17:00; no older than 26 hours is expected; "
        "not tried since"
    )


def test_a_feed_that_fails(tmp_path):
    """A feed that is tried at every sync and never read complete is told with the last attempt."""
    bench = Bench(tmp_path, plan=PLAN)
    bench.faults.add(Fault("status_false", endpoint="listswitches", times=ALWAYS))
    bench.sync_everything()
    result = built(bench).run(NAME)
    assert result.findings == ("switches: never read complete; last tried on 2026-10-28 14:00",)


def test_a_feed_that_fails_since(tmp_path):
    """One that was read before and fails now is told when it gets old, and that it is being tried."""
    bench = Bench(tmp_path, plan=PLAN)
    bench.sync_everything()
    bench.faults.add(Fault("status_false", endpoint="listswitches", times=ALWAYS))
    bench.time.pass_time(27 * 3600)
    bench.sync_everything()
    result = built(bench).run(NAME)
    assert len(result.findings) == 1
    assert result.findings[0].startswith("switches: last read complete 27 hours ago, on 2026-10-28 14:00; no older")
    assert result.findings[0].endswith("last tried on 2026-10-29 17:00")


def test_a_feed_that_is_not_permitted(tmp_path):
    """A feed that this login may not use is not out of date, and the check says that it is left out."""
    bench = Bench(tmp_path, plan=PLAN)
    bench.faults.add(Fault("not_allowed", endpoint="listswitches"))
    bench.sync_everything()
    assert built(bench).run(NAME).says == "9 feeds looked at; not permitted for this login: switches."


def test_a_feed_that_was_never_asked_for(good: Checked):
    """A feed that a new version asks for is told until it was read."""
    rhythms = (*good.facts.rhythms, Rhythm("new_feed", timedelta()))
    result = good.run(NAME, rhythms=rhythms)
    assert result.findings == ("new_feed: never read complete, and no attempt is on record",)


def test_nothing_to_read_by_turns(doctored: Doctor):
    """A company without extensions, or with new ones only, has no properties that could be out of date."""
    checked = doctored("delete from coverage where feed = 'extension_properties'")
    assert checked.run(NAME).passed
    assert doctored("delete from extensions").run(NAME, now=checked.facts.now + timedelta(days=9)).violations == 9
