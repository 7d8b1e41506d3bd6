"""The life of an access token: who logs in, when, and how often."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from unite_pipeline import locks
from unite_pipeline.api.client import Client
from unite_pipeline.api.endpoints import LIST_SWITCHES
from unite_pipeline.api.session import RENEW_AFTER_S, Session, Token
from unite_pipeline.errors import AuthenticationError, RetryableApiError
from unite_pipeline.simulator import Fault, Simulator
from unite_pipeline.state import State
from unite_pipeline_tests.bench import Bench, MovedClock


class LoginDesk:
    """Gives out token-1, token-2, ... and counts them."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self) -> str:
        self.given.append(f"token-{len(self.given) + 1}")
        return self.given[-1]


@pytest.fixture
def time() -> MovedClock:
    """A clock that the test moves."""
    return MovedClock(datetime(2026, 10, 28, tzinfo=UTC))


@pytest.fixture
def desk() -> LoginDesk:
    """Where one logs in."""
    return LoginDesk()


@pytest.fixture
def state(tmp_path) -> State:
    """A state.db of the test's own."""
    return State(tmp_path / "state.db")


@pytest.fixture
def new_session(state, time, desk, tmp_path):
    """Makes sessions that share one state and one desk."""

    def make(log_in=desk, account="account", clock=None) -> Session:
        return Session(state, account, log_in, clock or time.clock(), tmp_path / "login.lock")

    return make


def test_a_token_is_used_again(new_session, desk):
    """A token is shared: whoever asks next, in this session or another, logs in no more."""
    assert [new_session().token(), new_session().token()] == [Token("token-1", True), Token("token-1", False)]
    assert desk.given == ["token-1"]


@pytest.mark.parametrize(("age_s", "logins"), [(RENEW_AFTER_S - 0.1, 1), (RENEW_AFTER_S, 2), (1800.0, 2)])
def test_a_token_is_renewed_before_it_ends(new_session, time, desk, age_s, logins):
    """At 25 minutes, five before its end, a token is not given out any more."""
    assert RENEW_AFTER_S == 25 * 60
    session = new_session()
    session.token()
    time.pass_time(age_s)
    assert session.token().value == f"token-{logins}"
    assert len(desk.given) == logins


def test_the_wall_clock_does_not_age_a_token(new_session, time, desk):
    """A wall clock that jumps makes a token neither older nor younger."""
    session = new_session()
    session.token()
    time.now = datetime(2030, 1, 1, tzinfo=UTC)
    assert session.token().value == "token-1"


def test_a_token_of_a_former_boot_is_none(new_session, time, desk):
    """How old a token of a former boot is cannot be told: it is not used."""
    new_session().token()
    assert new_session(clock=replace(time.clock(), boot_id="next boot")).token().value == "token-2"


def test_each_account_has_its_token(new_session, desk):
    """Tokens are kept by account."""
    assert [new_session(account=each).token().value for each in ("account", "other")] == ["token-1", "token-2"]


def test_a_refused_token_is_replaced(new_session, desk):
    """A token that the server refused is replaced by a log-in, and the new one is everybody's."""
    first, second = new_session(), new_session()
    refused = first.token().value
    assert first.stored({refused}) is None
    assert first.token({refused}) == Token("token-2", is_own=True)
    assert second.token() == Token("token-2", is_own=False)
    assert len(desk.given) == 2


def test_somebody_elses_new_token_is_taken(new_session, desk):
    """If the stored token is not one that was refused, it is used, and nobody logs in (contract 8)."""
    first, second = new_session(), new_session()
    refused = first.token().value
    assert second.token().value == refused
    first.token({refused})
    assert second.token({refused}) == Token("token-2", is_own=False)
    assert second.token({refused, "token-2"}) == Token("token-3", is_own=True)
    assert len(desk.given) == 3


def test_a_token_shows_in_no_repr(new_session):
    """The repr of a token does not hold it."""
    assert "token-1" not in repr(new_session().token())


def test_a_failed_login_stores_nothing(new_session, desk):
    """A log-in that fails leaves the state as it was, and frees the lock for the next."""

    def fail() -> str:
        raise RetryableApiError("no", endpoint="applogin")

    with pytest.raises(RetryableApiError):
        new_session(fail).token()
    assert new_session().token().value == "token-1"


def test_threads_log_in_once(new_session, desk):
    """Sixteen threads that all need a token, and then all had it refused, cost two log-ins between them."""
    start, pause = threading.Barrier(16), threading.Event()
    came: list[tuple[str, str]] = []

    def slowly() -> str:
        pause.wait(0.05)
        return desk()

    def need() -> None:
        session = new_session(slowly)
        start.wait()
        first = session.token().value
        start.wait()
        came.append((first, session.token({first}).value))

    threads = [threading.Thread(target=need) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert came == [("token-1", "token-2")] * 16
    assert len(desk.given) == 2


def test_waiting_for_a_login_is_told(new_session, tmp_path, caplog, monkeypatch):
    """Whoever waits while another process logs in says so once, and nobody says it who does not wait."""
    logger = logging.getLogger("unite_pipeline.api.session")
    monkeypatch.setattr(logger, "handlers", [caplog.handler])
    monkeypatch.setattr(logger, "propagate", False)
    caplog.set_level(logging.INFO, logger.name)
    new_session().token()
    assert caplog.messages == []
    with locks.held(tmp_path / "login.lock"):
        waiting = threading.Thread(target=new_session(account="other").token)
        waiting.start()
        while not caplog.messages:
            waiting.join(0.01)
    waiting.join()
    assert caplog.messages == ["Waiting for another process that logs in"]


@pytest.mark.parametrize("fault", ["token_expired", "token_invalid", "unauthorized"])
def test_a_refused_token_costs_one_login(tmp_path, fault):
    """On 90, 21 and HTTP 401: exactly one log-in, and the same page asked again with the new token in the form."""
    bench = Bench(tmp_path)
    rows = bench.client.fetch(LIST_SWITCHES).rows
    bench.faults.add(Fault(fault, endpoint="listswitches"))
    before = len(bench.simulator.requests)
    assert bench.client.fetch(LIST_SWITCHES, page=1).rows == rows
    later = bench.simulator.requests[before:]
    assert [record.endpoint for record in later] == ["listswitches", "applogin", "listswitches"]
    assert later[0].form == later[2].form
    assert later[2].status == 200
    assert bench.time.sleeps_s == []


@pytest.mark.parametrize("code", [90, 21])
def test_a_second_refusal_is_final(tmp_path, code):
    """A token fresh from the log-in that is refused as well is an AuthenticationError: there is no loop."""
    bench = Bench(tmp_path)
    bench.faults.add(Fault("status_false", endpoint="listswitches", error_code=code, times=100))
    with pytest.raises(AuthenticationError, match="App template") as raised:
        bench.client.fetch(LIST_SWITCHES)
    assert (raised.value.error_code, raised.value.endpoint) == (code, "listswitches")
    assert (bench.asked("listswitches"), bench.asked("applogin")) == (2, 2)


def test_a_revoked_login_says_what_to_do(tmp_path):
    """When the portal has taken the login token back, the error tells to provision again; it is asked once."""
    bench = Bench(tmp_path)
    bench.client.fetch(LIST_SWITCHES)
    bench.simulator.revoke_login_token()
    with pytest.raises(AuthenticationError, match="unite-pipeline provision") as raised:
        bench.client.fetch(LIST_SWITCHES)
    assert raised.value.endpoint == "applogin"
    assert (bench.asked("listswitches"), bench.asked("applogin")) == (2, 2)
    assert bench.login_token not in str(raised.value)


def test_half_an_hour_is_walked_through(tmp_path):
    """A client that asks every five minutes for two hours logs in every 25 minutes, and is never refused."""
    bench = Bench(tmp_path)
    for _ in range(24):
        bench.client.fetch(LIST_SWITCHES)
        bench.time.pass_time(300.0)
    assert bench.asked("applogin") == 5
    assert {record.error_code for record in bench.simulator.requests} == {None}


def one_token(bench: Bench) -> None:
    """Let the bench's API end the older token at each log-in."""
    simulator = Simulator(bench.simulator.company, clock=bench.clock.utc, single_token=True)
    bench.simulator = simulator
    bench.login_token = simulator.new_login_token()
    bench.transport.simulator = simulator


def test_two_clients_of_one_state_share_one_token(tmp_path):
    """Where a log-in ends the older token, two clients in turn still need one log-in between them."""
    bench = Bench(tmp_path)
    one_token(bench)
    clients = [bench.new_client(), bench.new_client()]
    for at in range(20):
        clients[at % 2].fetch(LIST_SWITCHES)
    assert (bench.asked("applogin"), bench.asked("listswitches")) == (1, 20)


def test_two_states_of_one_account_do_not_loop(tmp_path):
    """Two data directories that end each other's tokens get every page, at one log-in a page and no more."""
    bench = Bench(tmp_path / "a")
    one_token(bench)
    other = replace(bench.connection, state=State(tmp_path / "b" / "state.db"), login_lock=tmp_path / "b" / "lock")
    clients = [bench.new_client(), Client(other, bench.login_token)]
    for at in range(10):
        assert clients[at % 2].fetch(LIST_SWITCHES).rows
    assert bench.asked("applogin") == 10
    assert bench.asked("listswitches") == 2 + 8 * 2
