"""A long reading lets a more urgent one of the same feed go first, and then goes on to its own end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from unite_pipeline.api.client import Client
from unite_pipeline.api.pacing import Priority
from unite_pipeline.defs.raw import _unless_others_are_first
from unite_pipeline.extract.call_records import sync_call_records
from unite_pipeline.extract.cdr_logs import sync_cdr_logs
from unite_pipeline.extract.days import DayRange
from unite_pipeline.extract.extension_properties import observe_properties
from unite_pipeline.extract.source import FeedOutcome, Source
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.extract.landed import landed, manifests, true

EXTENSIONS = 30
PLAN = CompanyPlan(seed=1, first_day=date(2026, 7, 1), extension_count=EXTENSIONS, calls_per_working_day=60)
AT_REQUEST = 7
"""The more urgent reading comes while the other one sends this request."""
SETTLES_S = 0.5
"""So long the request takes: enough for the other thread to come and wait for the feed."""


@dataclass
class Meanwhile:
    """A transport during whose so-many-th request somebody else begins to read."""

    inner: Any
    other: Callable[[], FeedOutcome]
    sent: int = 0
    came: list[FeedOutcome] = field(default_factory=list)

    def send(self, *arguments: Any) -> Any:
        self.sent += 1
        if self.sent == AT_REQUEST:
            self.thread = threading.Thread(target=lambda: self.came.append(self.other()))
            self.thread.start()
            time.sleep(SETTLES_S)
        return self.inner.send(*arguments)


def long_reading(bench: Bench, other: Callable[[Source], FeedOutcome]) -> tuple[Source, Meanwhile]:
    """Where a reading of low priority reads, and what a more urgent one does meanwhile."""
    urgent = Source(bench.new_client(Priority.INCREMENT), bench.places, bench.clock, TIMEZONE)
    meanwhile = Meanwhile(bench.transport, lambda: other(urgent))
    connection = replace(bench.connection, transport=meanwhile)
    client = Client(connection, bench.login_token, Priority.BACKFILL)
    return Source(client, bench.places, bench.clock, TIMEZONE), meanwhile


@pytest.mark.parametrize(
    ("read", "endpoint"),
    [(observe_properties, "getextensionproperties"), (sync_call_records, "listcallrecords")],
    ids=["properties", "recordings"],
)
def test_a_sweep_that_gives_way_goes_on(tmp_path: Path, read: Callable[..., FeedOutcome], endpoint: str) -> None:
    """A sweep of all extensions asks for each of them, once, also where a refresh read a few of them in between."""
    bench = Bench(tmp_path, plan=PLAN)
    bench.sync_everything()
    bench.time.pass_time(6 * 86_400)
    since, before = bench.clock.utc(), len(bench.simulator.requests)
    source, meanwhile = long_reading(bench, lambda urgent: read(urgent, bench.clock.utc()))
    swept = _unless_others_are_first(lambda: read(source, since, is_everything=True))
    meanwhile.thread.join(60)
    assert swept.is_proven
    assert [each.is_proven for each in meanwhile.came] == [True]
    asked = [each.form["extensionid"] for each in bench.simulator.requests[before:] if each.endpoint == endpoint]
    assert len(set(asked)) == EXTENSIONS
    assert [each for each in manifests(bench, swept.feed) if each.is_cut_off], "it did not give way"


def test_a_backfill_that_gives_way_loses_nothing(tmp_path: Path) -> None:
    """A back-fill during which a refresh read its newest days is proven, and what landed equals the truth."""
    bench = Bench(tmp_path, plan=PLAN)
    first, last = PLAN.first_day, date(2026, 10, 28)
    source, meanwhile = long_reading(
        bench, lambda urgent: sync_cdr_logs(urgent, bench.request(date(2026, 10, 26), last))
    )
    filled = sync_cdr_logs(source, bench.request(first, last))
    meanwhile.thread.join(60)
    assert filled.is_proven
    assert [each.is_proven for each in meanwhile.came] == [True]
    assert [each for each in manifests(bench) if each.is_cut_off], "it did not give way"
    days = DayRange(first, last)
    assert landed(bench, days) == true(bench, days)
