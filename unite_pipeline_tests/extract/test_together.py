"""Two processes on one data directory at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import pytest

from unite_pipeline.api.client import Client
from unite_pipeline.api.pacing import Rate
from unite_pipeline.api.transport import Answer, Transport
from unite_pipeline.extract.cdr_logs import sync_cdr_logs
from unite_pipeline.extract.days import DayRange
from unite_pipeline.extract.lists import EXTENSIONS, observe_list
from unite_pipeline.extract.phonebook import observe_phonebook
from unite_pipeline.extract.source import Source
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.extract.landed import landed, manifests, requests_in_manifests, sent, true, windows_asked


@dataclass
class TakingTurns:
    """One request at a time, with a moment in which the other thread may go on."""

    inner: Transport
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        with self.lock:
            answer = self.inner.send(url, headers, body, timeout_s)
        time.sleep(0.002)
        return answer


def together(bench: Bench, *jobs):
    """Run each job on a Source of its own, all starting at the same moment; their results in order."""
    turns = TakingTurns(bench.transport)
    barrier = threading.Barrier(len(jobs))
    connection = bench.connection.__class__(
        bench.connection.base_url,
        turns,
        Rate(limit=10_000, period_s=60.0, timeout_s=60.0),
        bench.clock,
        bench.connection.state,
        bench.connection.login_lock,
    )

    def run(job):
        source = Source(Client(connection, bench.login_token), bench.places, bench.clock, TIMEZONE)
        barrier.wait()
        return job(source)

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def days_asked(asked) -> list[str]:
    """First and last filter of every control count: each window that was read has one."""
    return sorted(start for start, _ in windows_asked(asked))


@pytest.mark.parametrize("is_reread", [False, True], ids=["open-ended", "re-read"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param((date(2026, 7, 1), date(2026, 9, 15)), (date(2026, 8, 1), date(2026, 10, 20)), id="overlapping"),
        pytest.param((date(2026, 7, 1), date(2026, 10, 20)), (date(2026, 7, 1), date(2026, 10, 20)), id="the-same"),
        pytest.param((date(2026, 8, 10), date(2026, 8, 20)), (date(2026, 7, 1), date(2026, 10, 20)), id="one-within"),
    ],
)
def test_what_one_has_proven_the_other_does_not_ask(make_bench, one, other, is_reread):
    """Two syncs on overlapping days read each day once between them, and both end with everything proven."""
    plan = CompanyPlan(seed=3, first_day=date(2026, 7, 1), calls_per_working_day=15)
    bench = make_bench(plan=plan)
    requests = [bench.request(*days, is_reread=is_reread) for days in (one, other)]
    outcomes = together(bench, *[lambda source, each=each: sync_cdr_logs(source, each) for each in requests])
    everything = DayRange(min(one[0], other[0]), max(one[1], other[1]))
    assert [outcome.is_proven for outcome in outcomes] == [True, True]
    assert landed(bench, everything) == true(bench, everything)
    read = [window.day for manifest in manifests(bench) for window in manifest.windows]
    assert sorted(read) == list(everything)
    asked = sent(bench)
    assert len(asked) == requests_in_manifests(bench) == sum(outcome.requests for outcome in outcomes)
    assert len(days_asked(asked)) == len(set(days_asked(asked)))
    assert bench.asked("applogin") == 1


def _observe_extensions(source, since):
    return observe_list(source, EXTENSIONS, since)


@pytest.mark.parametrize(("observe", "requests"), [(_observe_extensions, 1), (observe_phonebook, 2)])
def test_one_observation_serves_both(bench, observe, requests):
    """Of two who want a list at the same moment one asks for it, and the other takes what came."""
    since = bench.clock.utc()
    outcomes = together(bench, *[lambda source: observe(source, since)] * 2)
    assert sorted(outcome.requests for outcome in outcomes) == [0, requests]
    assert [outcome.is_proven for outcome in outcomes] == [True, True]
    assert len(sent(bench)) == requests
