"""The request budget on a moved clock, as the server counts it."""

from __future__ import annotations

import itertools
import random
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unite_pipeline.api import pacing
from unite_pipeline.api.pacing import Budget, Priority, Rate
from unite_pipeline.state import State
from unite_pipeline_tests.api.timeline import Timeline
from unite_pipeline_tests.bench import MovedClock

RATE = Rate(limit=5, period_s=10.0, timeout_s=20.0)
ACCOUNT = "account"
ROUNDING_S = 1e-6


@contextmanager
def ledger():
    """A state.db of its own: hypothesis may not use the fixture `tmp_path`."""
    with tempfile.TemporaryDirectory() as folder:
        yield State(Path(folder) / "state.db")


def most_in_any_window(arrivals: list[float], period_s: float) -> int:
    """The most arrivals in any half-open window of `period_s`; a clock's minute is one of these windows."""
    ordered = sorted(arrivals)
    return max(
        (sum(start <= at < start + period_s - ROUNDING_S for at in ordered[i:]) for i, start in enumerate(ordered)),
        default=0,
    )


class Server:
    """Counts a request at a moment of its choosing between the sending and the answer."""

    def __init__(self, timeline: Timeline, latencies: list[tuple[float, float]]) -> None:
        self.timeline = timeline
        self.arrivals: list[float] = []
        self.by: list[str] = []
        self._latencies = itertools.cycle(latencies)

    def answer(self, who: str = "") -> None:
        latency_s, share_before = next(self._latencies)
        self.timeline.sleep(latency_s * share_before)
        self.arrivals.append(self.timeline.now)
        self.by.append(who)
        self.timeline.sleep(latency_s * (1 - share_before))


def busy(budget: Budget, server: Server, until: float, who: str = "") -> Callable[[], None]:
    """A client that always has work."""

    def work() -> None:
        while server.timeline.now < until:
            with budget.slot():
                server.answer(who)
        budget.close()

    return work


LATENCIES = st.lists(
    st.tuples(
        st.one_of(st.just(0.0), st.floats(0.0, 1.0), st.floats(0.0, 2 * RATE.timeout_s)),
        st.one_of(st.just(0.0), st.just(1.0), st.floats(0.0, 1.0)),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=30, deadline=None)
@given(latencies=LATENCIES, clients=st.integers(1, 4), priorities=st.lists(st.sampled_from(Priority), min_size=4))
def test_never_more_than_the_limit_in_any_window(latencies, clients, priorities):
    """Wherever between sending and answer the server counts, and however long it takes, no window is over budget."""
    timeline = Timeline()
    server = Server(timeline, latencies)
    with ledger() as state:
        budgets = [Budget(state, ACCOUNT, RATE, timeline.clock(), priorities[i]) for i in range(clients)]
        timeline.run(*(busy(budget, server, timeline.now + 60.0) for budget in budgets))
    assert most_in_any_window(server.arrivals, RATE.period_s) <= RATE.limit


@pytest.mark.parametrize("clients", [1, 2, 4])
@pytest.mark.parametrize("latency_s", [0.0, 0.02, 0.1])
def test_the_budget_is_used(tmp_path, clients, latency_s):
    """While there is work at least 95 % of the budget go out: 30 a minute, over five minutes, from 1 to 4 clients."""
    rate = Rate(limit=30, period_s=60.0, timeout_s=60.0)
    timeline = Timeline()
    server = Server(timeline, [(latency_s, 0.5)])
    began = timeline.now
    state = State(tmp_path / "state.db")
    timeline.run(*(busy(Budget(state, ACCOUNT, rate, timeline.clock()), server, began + 299.0) for _ in range(clients)))
    sent = sum(at < began + 300.0 for at in server.arrivals)
    assert 0.95 * 150 <= sent <= 150
    assert most_in_any_window(server.arrivals, 60.0) == 30


class TestOneClient:
    """A single client that asks and answers at once, but for the time the test lets pass."""

    @pytest.fixture
    def time(self) -> MovedClock:
        return MovedClock(datetime(2026, 10, 28, tzinfo=UTC))

    @pytest.fixture
    def state(self, tmp_path) -> State:
        return State(tmp_path / "state.db")

    @pytest.fixture
    def budget(self, state, time) -> Budget:
        return Budget(state, ACCOUNT, RATE, time.clock())

    def take(self, budget: Budget, time: MovedClock, times: int) -> list[float]:
        began, at = time.boot_s, []
        for _ in range(times):
            with budget.slot():
                at.append(round(time.boot_s - began, 1))
        return at

    def test_the_first_window(self, budget, time):
        """A fresh ledger lets the limit go at once and the next exactly a period later (Airbyte's first window bug)."""
        assert self.take(budget, time, 11) == [0.0] * 5 + [10.0] * 5 + [20.0]

    @pytest.mark.parametrize("idle_periods", [1, 2, 10, 1000])
    def test_idle_windows_save_nothing_up(self, budget, time, idle_periods):
        """After any idle time the limit goes out, not one more for each idle window (Airbyte's +1 bug)."""
        self.take(budget, time, 5)
        time.pass_time(idle_periods * RATE.period_s)
        assert self.take(budget, time, 6) == [0.0] * 5 + [10.0]

    def test_a_slot_counts_from_its_answer(self, budget, time):
        """A slot is held while the answer is under way, and a period after that: not from when it was taken."""
        with budget.slot():
            time.pass_time(7.0)
        assert budget.use().in_use == 1
        time.pass_time(9.9)
        assert budget.use().in_use == 1
        time.pass_time(0.1)
        assert (budget.use().in_use, budget.use().left) == (0, 5)

    def test_a_slot_is_given_back_though_sending_failed(self, budget, time):
        """A request that ends in an exception counts for a period like any other: the server may have seen it."""
        with pytest.raises(ConnectionError), budget.slot():
            raise ConnectionError
        assert budget.use().in_use == 1
        time.pass_time(RATE.period_s)
        assert budget.use().in_use == 0

    def test_a_dead_holders_slot(self, state, budget, time):
        """A slot that was taken and never given back frees itself after 2 * time-out + period, and not before."""
        other = Budget(state, ACCOUNT, RATE, time.clock())
        dead = [other.slot() for _ in range(RATE.limit)]
        for slot in dead:
            slot.__enter__()
        assert self.take(budget, time, 1) == [2 * 20.0 + 10.0]

    def test_an_answer_later_than_any_bound_still_counts(self, budget, time):
        """A holder taken for dead that gives its slot back after all makes it count for a period again."""
        with budget.slot():
            time.pass_time(RATE.dead_after_s + 1.0)
            assert budget.use().in_use == 0
        assert budget.use().in_use == 1

    def test_a_late_answer_touches_nobody_elses_slot(self, state, budget, time):
        """A slot given back after it was dropped counts beside the one that was taken meanwhile, not in its place."""
        other = Budget(state, ACCOUNT, RATE, time.clock())
        with budget.slot():
            time.pass_time(RATE.dead_after_s + 1.0)
            under_way = other.slot()
            under_way.__enter__()
        assert budget.use().in_use == 2
        time.pass_time(RATE.period_s)
        assert budget.use().in_use == 1

    def test_another_start_of_the_machine(self, state, budget, time):
        """Slots of a former boot count until this boot is older than any of them could be; then they are void."""
        for slot in [budget.slot() for _ in range(RATE.limit)]:
            slot.__enter__()
        rebooted = MovedClock(time.now, boot_s=1.0)
        later = Budget(state, ACCOUNT, RATE, replace(rebooted.clock(), boot_id="next boot"))
        assert later.use().in_use == RATE.limit
        assert self.take(later, rebooted, 1) == [RATE.dead_after_s - 1.0]

    @pytest.mark.parametrize("boot_s", [20_000.0, 5.0], ids=["old-slots-ahead", "old-slots-behind"])
    def test_waiting_for_a_former_boot_is_no_busy_loop(self, state, time, boot_s):
        """Whoever waits for slots of a former boot looks about once a second, not hundreds of times."""
        time.boot_s = boot_s
        before = Budget(state, ACCOUNT, RATE, time.clock())
        self.take(before, time, RATE.limit)
        rebooted = MovedClock(time.now, boot_s=20.0)
        later = Budget(state, ACCOUNT, RATE, replace(rebooted.clock(), boot_id="next boot"))
        assert self.take(later, rebooted, 1) == [RATE.dead_after_s - 20.0]
        assert len(rebooted.sleeps_s) <= 40

    @pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=-400), timedelta(hours=1)], ids=str)
    def test_the_wall_clock_may_jump(self, budget, time, jump):
        """No adjustment of the wall clock frees a slot or holds one longer."""
        self.take(budget, time, 5)
        time.now += jump
        assert self.take(budget, time, 1) == [10.0]

    def test_each_account_has_its_budget(self, state, budget, time):
        """The ledger is kept by account: what one has used up another has in full."""
        self.take(budget, time, 5)
        other = Budget(state, "other", RATE, time.clock())
        assert (other.use().left, budget.use().left) == (5, 0)
        assert self.take(other, time, 5) == [0.0] * 5

    def test_all_of_an_account_share_it(self, state, budget, time):
        """Two clients of one account have one budget together."""
        self.take(budget, time, 3)
        assert self.take(Budget(state, ACCOUNT, RATE, time.clock()), time, 3) == [0.0, 0.0, 10.0]

    def test_an_unforeseen_429(self, budget, time):
        """After a 429 nobody sends for a period (and up to a second), and then one every period / limit."""
        self.take(budget, time, 1)
        budget.refused()
        at = self.take(budget, time, 8)
        assert 10.0 <= at[0] <= 11.1
        assert [round(later - earlier, 1) for earlier, later in itertools.pairwise(at)] == [2.0] * 7

    def test_even_spacing_ends(self, budget, time):
        """Ten periods after a 429 bursts are allowed again."""
        budget.refused()
        time.pass_time(11 * RATE.period_s + 1.0)
        assert self.take(budget, time, 5) == [0.0] * 5

    def test_a_429_stops_everybody(self, state, budget, time):
        """A 429 that one client met holds all clients of the account, whatever their priority."""
        budget.refused()
        (waited_s,) = self.take(Budget(state, ACCOUNT, RATE, time.clock(), Priority.LOGIN), time, 1)
        assert 10.0 <= waited_s <= 11.1

    def test_retry_after_is_honoured(self, budget, time):
        """A server that asks for longer than a period gets it."""
        budget.refused(25.0)
        assert 25.0 <= self.take(budget, time, 1)[0] <= 26.1

    def test_a_short_retry_after_is_not(self, budget, time):
        """A server that asks for less than a period is given the period all the same."""
        budget.refused(1.0)
        assert 10.0 <= self.take(budget, time, 1)[0] <= 11.1

    def test_a_second_429_shortens_nothing(self, budget, time):
        """Of two refusals the longer wait holds, whichever is recorded last."""
        budget.refused(100.0)
        budget.refused()
        assert self.take(budget, time, 1)[0] >= 100.0

    def test_a_block_is_seen_from_outside(self, state, budget, time):
        """While a 429 blocks the account no request is left, and the use says for how many seconds more."""
        assert (budget.use().blocked_for_s, budget.use().left) == (0.0, 5)
        budget.refused(25.0)
        use = Budget(state, ACCOUNT, RATE, time.clock()).use()
        assert (use.in_use, use.left) == (0, 0)
        assert 25.0 <= use.blocked_for_s <= 26.0
        time.pass_time(10.0)
        assert budget.use().blocked_for_s == pytest.approx(use.blocked_for_s - 10.0)
        time.pass_time(16.0)
        assert (budget.use().blocked_for_s, budget.use().left) == (0.0, 5)

    def test_waiting_is_told_once_a_slot(self, state, time):
        """A wait of a second or more is told when it begins, with its seconds; shorter ones are not."""
        told: list[float] = []
        budget = Budget(state, ACCOUNT, RATE, time.clock(), on_wait=told.append)
        self.take(budget, time, 5)
        assert told == []
        self.take(budget, time, 5)
        assert [round(seconds) for seconds in told] == [10]
        assert round(budget.waited_s) == 10


class TestPriorities:
    """Who goes first."""

    def race(self, state: State, *jobs: tuple[str, Priority, float]) -> list[tuple[str, float]]:
        """Who was sent when, of clients that have work until a moment; the slots come free one by one, 2 s apart."""
        timeline = Timeline()
        server = Server(timeline, [(0.1, 0.5)])
        began = timeline.now
        before = Budget(state, ACCOUNT, RATE, timeline.clock())

        def one_by_one() -> None:
            for _ in range(RATE.limit):
                with before.slot():
                    server.answer("before")
                timeline.sleep(1.9)
            before.close()

        timeline.run(one_by_one)
        timeline.run(
            *(
                busy(Budget(state, ACCOUNT, RATE, timeline.clock(), priority), server, began + until, who)
                for who, priority, until in jobs
            )
        )
        return [(who, at - began) for who, at in zip(server.by, server.arrivals, strict=True) if who != "before"]

    def test_increments_go_before_back_fills(self, tmp_path):
        """Each slot that comes free goes to the increment that waits for it, and none to the back-fill."""
        sent = self.race(
            State(tmp_path / "state.db"),
            ("back-fill", Priority.BACKFILL, 98.0),
            ("increment", Priority.INCREMENT, 100.0),
        )
        assert len([who for who, at in sent if at < 98.0]) >= 0.95 * 5 * 8.8
        assert {who for who, at in sent if at < 98.0} == {"increment"}

    @pytest.mark.parametrize("other", [Priority.BACKFILL, Priority.INCREMENT], ids=lambda each: each.name)
    def test_audio_lets_everything_else_go_first(self, tmp_path, other):
        """Each slot that comes free goes to the back-fill or increment that is alive; then audio has them all."""
        sent = self.race(State(tmp_path / "state.db"), ("audio", Priority.AUDIO, 100.0), ("other", other, 50.0))
        assert {who for who, at in sent if at < 48.0} == {"other"}
        later = [who for who, at in sent if 55.0 < at < 98.0]
        assert set(later) == {"audio"}
        assert len(later) >= 0.95 * 5 * 3.3

    def test_a_busy_increment_is_not_slowed_by_a_back_fill(self, tmp_path):
        """While an increment is at work every slot is its own, also where many come free at once."""
        timeline = Timeline()
        server = Server(timeline, [(0.1, 0.5)])
        state, began = State(tmp_path / "state.db"), timeline.now
        timeline.run(
            *(
                busy(Budget(state, ACCOUNT, RATE, timeline.clock(), priority), server, began + until, who)
                for who, priority, until in (
                    ("increment", Priority.INCREMENT, 60.0),
                    ("back-fill", Priority.BACKFILL, 60.0),
                )
            )
        )
        sent = [who for who, at in zip(server.by, server.arrivals, strict=True) if at - began < 55.0]
        # The back-fill may have asked once before the increment had shown itself.
        assert sent.count("back-fill") <= 1
        assert sent.count("increment") >= 25

    def test_a_back_fill_has_the_budget_when_increments_are_done(self, tmp_path):
        """As soon as the increment has closed, the back-fill has the whole budget."""
        sent = self.race(
            State(tmp_path / "state.db"),
            ("increment", Priority.INCREMENT, 30.0),
            ("back-fill", Priority.BACKFILL, 100.0),
        )
        later = [who for who, at in sent if 45.0 < at < 95.0]
        assert set(later) == {"back-fill"}
        assert len(later) >= 0.95 * 25

    def test_a_dead_waiter_starves_nobody(self, tmp_path):
        """A waiter of higher priority that died is yielded to for its linger time and no longer."""
        state = State(tmp_path / "state.db")
        time = MovedClock(datetime(2026, 10, 28, tzinfo=UTC))
        rate = replace(RATE, limit=1)
        dead = Budget(state, ACCOUNT, rate, time.clock(), Priority.INCREMENT)
        with state.transaction() as db:
            dead._show_life(db, time.boot_s)
        with Budget(state, ACCOUNT, rate, time.clock(), Priority.BACKFILL).slot():
            waited_s = time.boot_s - 10_000.0
        assert pacing._LINGER_S <= waited_s <= pacing._LINGER_S + pacing._POLL_S

    def test_letting_somebody_go_first_is_told_without_seconds(self, tmp_path):
        """Whoever yields to a live client of higher priority is told so once, and of no seconds nobody can know."""
        timeline, state = Timeline(), State(tmp_path / "state.db")
        server = Server(timeline, [(0.1, 0.5)])
        told: list[tuple[str, float | None]] = []

        def client(who: str, priority: Priority, starts_s: float, until: float) -> Callable[[], None]:
            budget = Budget(
                state, ACCOUNT, RATE, timeline.clock(), priority, lambda seconds: told.append((who, seconds))
            )

            def work() -> None:
                timeline.sleep(starts_s)
                busy(budget, server, until, who)()

            return work

        began = timeline.now
        timeline.run(
            client("increment", Priority.INCREMENT, 0.0, began + 25.0),
            client("back-fill", Priority.BACKFILL, 0.3, began + 26.0),
        )
        assert [seconds for who, seconds in told if who == "back-fill"][:1] == [None]
        assert sum(who == "back-fill" and seconds is None for who, seconds in told) == 1
        assert all(seconds is not None and seconds > 8.0 for who, seconds in told if who == "increment")

    def test_a_live_waiter_outlasts_a_slow_poll(self):
        """The linger time is two polls at least, so that a waiter keeps its turn though one poll of its is slow."""
        assert pacing._LINGER_S >= 2 * pacing._POLL_S


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), clients=st.integers(1, 3))
def test_deaths_and_refusals_break_no_window(seed, clients):
    """Clients that die with a slot in hand, and 429s at any moment, never bring a window over budget."""
    rng = random.Random(seed)
    timeline = Timeline()
    server = Server(timeline, [(rng.uniform(0, 3), rng.random()) for _ in range(7)])
    dead = []

    def live(budget: Budget) -> Callable[[], None]:
        def work() -> None:
            while timeline.now < 10_080.0:
                chance = rng.random()
                if chance < 0.1:
                    slot = budget.slot()
                    slot.__enter__()
                    dead.append(slot)
                    server.answer()
                elif chance < 0.15:
                    budget.refused(rng.choice([None, 3.0, 20.0]))
                else:
                    with budget.slot():
                        server.answer()
            budget.close()

        return work

    with ledger() as state:
        timeline.run(*(live(Budget(state, ACCOUNT, RATE, timeline.clock())) for _ in range(clients)))
        assert most_in_any_window(server.arrivals, RATE.period_s) <= RATE.limit
        dead.clear()
