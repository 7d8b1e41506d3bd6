"""A bench to test on: a simulated API, a clock that the test moves, and a data directory of its own.

Here: wiring. Not here: assertions. Nothing of ours is replaced: effects are handed in where the code asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from unite_pipeline.api.client import Client, Connection, provision
from unite_pipeline.api.pacing import Priority, Rate
from unite_pipeline.api.transport import Answer, TransportError
from unite_pipeline.clock import Clock
from unite_pipeline.extract.call_records import sync_call_records
from unite_pipeline.extract.cdr_logs import sync_cdr_logs
from unite_pipeline.extract.days import DayRange, local_day
from unite_pipeline.extract.extension_properties import observe_properties
from unite_pipeline.extract.extension_status import observe_status
from unite_pipeline.extract.lists import ALL_LISTS, EXTENSIONS, observe_list
from unite_pipeline.extract.phonebook import observe_phonebook
from unite_pipeline.extract.plan import Request
from unite_pipeline.extract.source import FeedOutcome, Source, Watch
from unite_pipeline.lake.places import Places
from unite_pipeline.simulator import Company, CompanyPlan, Faults, Simulator
from unite_pipeline.state import State

BASE_URL = "http://127.0.0.1/unite/v1"
TIMEZONE = "Europe/Amsterdam"


@dataclass
class MovedClock:
    """Time that passes only when somebody sleeps, or the test says so."""

    now: datetime
    boot_s: float = 10_000.0
    sleeps_s: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(boot=lambda: self.boot_s, utc=lambda: self.now, sleep=self.sleep, boot_id="boot")

    def sleep(self, seconds: float) -> None:
        self.sleeps_s.append(seconds)
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        self.boot_s += seconds
        self.now += timedelta(seconds=seconds)


@dataclass
class InProcess:
    """The simulator as a transport, without a network; each answer takes `latency_s` of the moved clock."""

    simulator: Simulator
    time: MovedClock
    latency_s: float = 0.05

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        self.time.pass_time(self.latency_s)
        try:
            answer = self.simulator.handle(path=urlsplit(url).path, headers=dict(headers), body=body)
        except (TimeoutError, ConnectionError) as error:
            raise TransportError(type(error).__name__) from None
        return Answer(answer.status, answer.headers, answer.body)


class Bench:
    """A small company, its API and a data directory, at a moment of the test's choosing."""

    def __init__(
        self,
        root: Path,
        *,
        now: datetime = datetime(2026, 10, 28, 13, 0, tzinfo=UTC),
        plan: CompanyPlan | None = None,
        rate: Rate | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.time = MovedClock(now)
        self.clock = self.time.clock()
        self.plan = plan or CompanyPlan(seed=1, first_day=date(2026, 10, 20))
        self.faults = faults or Faults()
        self.simulator = Simulator(Company(self.plan), clock=self.clock.utc, faults=self.faults)
        self.transport = InProcess(self.simulator, self.time)
        self.places = Places(root, "main")
        self.connection = Connection(
            BASE_URL,
            self.transport,
            rate or Rate(limit=30, period_s=60.0, timeout_s=60.0),
            self.clock,
            State(self.places.state),
            self.places.locks / "login.lock",
        )
        self.login_token = provision(self.connection, self.simulator.invitation_id)
        self.client = self.new_client()
        self.source = Source(self.client, self.places, self.clock, TIMEZONE)

    def new_client(self, priority: Priority = Priority.INCREMENT) -> Client:
        return Client(self.connection, self.login_token, priority)

    def request(
        self, first: date, last: date, *, is_reread: bool = False, lookback_days: int = 2, since: datetime | None = None
    ) -> Request:
        return Request(DayRange(first, last), is_reread, since or self.clock.utc(), lookback_days)

    def sync_calls(self, first: date, last: date, watch: Watch | None = None, **how: object) -> FeedOutcome:
        return sync_cdr_logs(self.source, self.request(first, last, **how), watch)  # type: ignore[arg-type]

    def sync_everything(self) -> list[FeedOutcome]:
        """What an hourly sync asks the API, in its order, as of now."""
        since = self.clock.utc()
        today = local_day(since, ZoneInfo(TIMEZONE))
        first = min(self.plan.first_day, today)
        return [
            sync_cdr_logs(self.source, self.request(first, today, since=since)),
            *(observe_list(self.source, feed, since) for feed in ALL_LISTS),
            observe_phonebook(self.source, since),
            sync_call_records(self.source, since),
            observe_status(self.source, since),
            observe_properties(self.source, since),
        ]

    def sync_lists(self) -> list[FeedOutcome]:
        since = self.clock.utc()
        return [
            observe_list(self.source, EXTENSIONS, since),
            observe_phonebook(self.source, since),
            sync_call_records(self.source, since),
        ]

    def asked(self, endpoint: str) -> int:
        """How often an endpoint was asked, as the simulator counted."""
        return sum(record.endpoint == endpoint for record in self.simulator.requests)
