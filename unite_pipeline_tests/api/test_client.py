"""The one module that sends: how often it tries, how long it waits, what it never tells."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from unite_pipeline.api.client import Client, Connection, provision
from unite_pipeline.api.endpoints import LIST_EXTENSIONS, LIST_SWITCHES
from unite_pipeline.api.pacing import Priority, Rate
from unite_pipeline.api.patience import MAX_ATTEMPTS
from unite_pipeline.api.transport import Answer
from unite_pipeline.clock import machine_clock
from unite_pipeline.errors import (
    ApiError,
    AuthenticationError,
    LakeError,
    NotPermittedError,
    PayloadTooLargeError,
    PermanentApiError,
    RateLimitedError,
    RetryableApiError,
)
from unite_pipeline.simulator import Fault, Simulator
from unite_pipeline.state import State
from unite_pipeline_tests.api.servers import ScriptedServer, answer, cut, html, ok, refusal
from unite_pipeline_tests.api.test_pacing import most_in_any_window
from unite_pipeline_tests.bench import BASE_URL, Bench, MovedClock

LOGIN_TOKEN = "canary-login-token"
ROWS = ok([{"switchkey": "a"}], pagination={"itemcount": "1"})


@pytest.fixture
def time() -> MovedClock:
    """A clock that the test moves."""
    return MovedClock(datetime(2026, 10, 28, tzinfo=UTC))


@pytest.fixture
def meet(tmp_path, time):
    """A client of a server that answers from a script."""

    def make(*script, log_in=None, limit=1000):
        server = ScriptedServer(list(script), time, log_in=log_in)
        rate = Rate(limit=limit, period_s=60.0, timeout_s=60.0)
        state = State(tmp_path / "state.db")
        connection = Connection(BASE_URL, server, rate, time.clock(), state, tmp_path / "login.lock")
        return Client(connection, LOGIN_TOKEN), server

    return make


PASSING = {
    "500": html(500),
    "502": html(502),
    "503": html(503),
    "time-out": cut(),
    "cut": cut(),
    "truncated": replace(ROWS, body=ROWS.body[:-5]),
    "html-at-200": html(200),
}


@pytest.mark.parametrize("failure", PASSING.values(), ids=PASSING)
def test_a_passing_failure_is_tried_five_times(meet, time, failure):
    """A passing failure that does not pass is sent exactly five times, with four waits, and then told."""
    client, server = meet(failure)
    with pytest.raises(RetryableApiError) as raised:
        client.fetch(LIST_SWITCHES)
    assert raised.value.attempt == MAX_ATTEMPTS == 5
    assert server.count("listswitches") == 5
    assert len(time.sleeps_s) == 4
    for slept_s, longest_s in zip(time.sleeps_s, (2.0, 4.0, 8.0, 16.0), strict=True):
        assert longest_s / 2 <= slept_s <= longest_s


@pytest.mark.parametrize("failures", [1, 2, 3, 4])
@pytest.mark.parametrize("failure", PASSING.values(), ids=PASSING)
def test_a_failure_that_passes(meet, time, failure, failures):
    """What passes within five tries is as if it had not been, but for the requests and waits it cost."""
    client, server = meet(*[failure] * failures, ROWS)
    assert client.fetch(LIST_SWITCHES).itemcount == 1
    assert (server.count("listswitches"), len(time.sleeps_s)) == (failures + 1, failures)


@pytest.mark.parametrize("retry_after", [None, "7"], ids=["none", "short"])
def test_a_429_waits_a_full_period(meet, time, retry_after):
    """After a 429 nothing is sent for a full period, and at most a second longer."""
    client, server = meet(html(429, {} if retry_after is None else {"retry-after": retry_after}), ROWS)
    client.fetch(LIST_SWITCHES)
    refused, again = [request.at_s for request in server.received if request.endpoint == "listswitches"]
    assert 60.0 <= again - refused <= 61.2


def test_a_429_is_tried_five_times(meet, time):
    """A server that always says 429 is asked five times, a period apart, and then told."""
    client, server = meet(html(429))
    with pytest.raises(RateLimitedError):
        client.fetch(LIST_SWITCHES)
    at = [request.at_s for request in server.received if request.endpoint == "listswitches"]
    assert len(at) == 5
    assert all(later - earlier >= 60.0 for earlier, later in itertools.pairwise(at))
    assert client.budget.use().in_use >= 1


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize(
    "script", [[html(500)], [refusal(90), html(500)], [html(500), refusal(90), html(500)]], ids=["500", "90", "both"]
)
def test_a_request_costs_no_more_than_it_may(meet, script, most):
    """Where the caller says what a request may cost, neither tries nor a repeat after a log-in cost more."""
    client, server = meet(*script)
    with pytest.raises(RetryableApiError):
        client.fetch(LIST_SWITCHES, most_requests=most)
    assert server.count("listswitches") == most == client.requests_sent - client.logins_sent


PERMANENT = {
    "not-allowed": (refusal(1), NotPermittedError),
    "unverified": (refusal(100), PermanentApiError),
    "mismatch": (refusal(107), PermanentApiError),
    "undocumented": (refusal(688), PermanentApiError),
    "400": (html(400), PermanentApiError),
    "403": (html(403), NotPermittedError),
    "404": (html(404), PermanentApiError),
    "413": (html(413), PayloadTooLargeError),
    "redirect": (html(302), PermanentApiError),
}


@pytest.mark.parametrize(("failure", "kind"), PERMANENT.values(), ids=PERMANENT)
def test_a_permanent_failure_is_sent_once(meet, time, failure, kind):
    """What asking again cannot help is asked once: one request, no wait."""
    client, server = meet(failure)
    with pytest.raises(ApiError) as raised:
        client.fetch(LIST_SWITCHES)
    assert type(raised.value) is kind
    assert (server.count("listswitches"), time.sleeps_s) == (1, [])


def test_failures_and_a_refused_token_together(meet, time):
    """A new log-in does not use up a try, and tries do not buy a second new log-in."""
    client, server = meet(html(500), html(500), refusal(90), html(500), html(500), ROWS)
    client.fetch(LIST_SWITCHES)
    assert (server.count("listswitches"), server.count("applogin"), len(time.sleeps_s)) == (6, 2, 4)
    client, server = meet(refusal(21), html(500), refusal(21), ROWS)
    with pytest.raises(AuthenticationError):
        client.fetch(LIST_SWITCHES)
    assert server.count("listswitches") == 3


def test_the_new_token_is_in_the_form(meet):
    """After a refused token the form is written again: the same page, with the new token in the body."""
    client, server = meet(refusal(90), ROWS)
    client.fetch(LIST_SWITCHES, {"sortkey": "name"}, page=3)
    forms = [request.form for request in server.received if request.endpoint == "listswitches"]
    assert [form.pop("accesstoken") for form in forms] == ["token-1", "token-2"]
    assert forms == [{"sortkey": "name", "pagelimit": "300", "showpage": "3"}] * 2


def test_tokens_travel_in_the_body_only(meet):
    """Neither token stands in an address or a header of any request."""
    client, server = meet(refusal(90), ROWS)
    client.fetch(LIST_SWITCHES)
    for request in server.received:
        around = request.url + str(dict(request.headers))
        assert "token-1" not in around
        assert "token-2" not in around
        assert LOGIN_TOKEN not in around


def store(client: Client, token: str) -> None:
    """Put a token into state.db, as another process that has just logged in does."""
    session, clock = client._session, client._connection.clock
    with client._connection.state.transaction() as db:
        db.execute(
            "insert or replace into tokens (account, boot_id, token, obtained_at) values (?, ?, ?, ?)",
            (session._account, clock.boot_id, token, clock.boot()),
        )


def sent_tokens(server: ScriptedServer) -> list[str]:
    """The access token of each request that carried one, in order."""
    return [request.form["accesstoken"] for request in server.received if "accesstoken" in request.form]


@pytest.mark.parametrize("limit", [1, 30])
def test_a_wait_that_outlasts_a_token(meet, time, limit):
    """A request held back for longer than a token lives, twice, goes out with a token that is young each time."""
    client, server = meet(html(429), html(429), ROWS, limit=limit)
    slept: set[int] = set()

    def fall_asleep() -> None:
        """The machine sleeps for 40 minutes after each refusal, while the request waits for its slot."""
        refused = server.count("listswitches")
        if refused and refused not in slept:
            slept.add(refused)
            time.pass_time(2400.0)

    client.budget.before_each_try = fall_asleep
    assert client.fetch(LIST_SWITCHES).itemcount == 1
    assert sent_tokens(server) == ["token-1", "token-2", "token-3"]
    assert (server.count("applogin"), client.budget.use().in_use) == (3, 1 if limit == 1 else 2)
    at = [request.at_s for request in server.received]
    assert max(after - before for before, after in zip(at[0::2], at[1::2], strict=True)) <= 62.0


def test_a_token_that_changed_while_the_request_waited(meet, time, tmp_path):
    """The form holds the token that is stored when the slot is there, not the one from before the wait."""
    client, server = meet(ROWS, limit=2)
    client.fetch(LIST_SWITCHES)
    late = Client(client._connection, LOGIN_TOKEN, on_wait=lambda seconds: store(client, "newer"))
    late.fetch(LIST_SWITCHES)
    assert sent_tokens(server) == ["token-1", "newer"]
    assert server.count("applogin") == 1


def test_dead_tokens_of_other_processes_are_no_refused_login(meet):
    """Tokens that others stored and that are refused, one after the other, are followed by a log-in of our own."""

    def refuse_and_store(form: dict[str, str]) -> Answer:
        store(client, f"after-{form['accesstoken']}")
        return refusal(90)

    client, server = meet(refuse_and_store, refuse_and_store, refusal(21), ROWS)
    store(client, "dead")
    assert client.fetch(LIST_SWITCHES).itemcount == 1
    assert sent_tokens(server) == ["dead", "after-dead", "after-after-dead", "token-1"]
    assert server.count("applogin") == 1


def test_refusals_end(meet):
    """Where every token is refused that anybody stores, the request is sent five times and no more."""

    def refuse_and_store(form: dict[str, str]) -> Answer:
        store(client, f"{form['accesstoken']}x")
        return refusal(90)

    client, server = meet(refuse_and_store)
    with pytest.raises(AuthenticationError):
        client.fetch(LIST_SWITCHES)
    assert (server.count("listswitches"), server.count("applogin")) == (5, 1)


def test_nobody_waits_for_a_slot_while_holding_the_only_one(tmp_path):
    """Three clients on a budget of one a period, whose token dies under way, all come to an end."""
    server = OneDyingToken()
    rate = Rate(limit=1, period_s=0.02, timeout_s=5.0)
    connection = Connection(BASE_URL, server, rate, machine_clock(), State(tmp_path / "state.db"), tmp_path / "lock")

    def read() -> list[int | None]:
        client = Client(connection, LOGIN_TOKEN)
        try:
            return [client.fetch(LIST_SWITCHES).itemcount for _ in range(4)]
        finally:
            client.close()

    with ThreadPoolExecutor(3) as pool:
        work = [pool.submit(read) for _ in range(3)]
        assert [each.result(timeout=30.0) for each in work] == [[1] * 4] * 3
    assert server.logins == 2


class OneDyingToken:
    """A server for several threads whose first token dies after its fifth request, and whose second lives on."""

    def __init__(self) -> None:
        self.logins = self.requests = 0
        self._lock = threading.Lock()

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        with self._lock:
            if url.endswith("applogin"):
                self.logins += 1
                return ok({"accesstoken": f"token-{self.logins}"})
            self.requests += 1
            return refusal(90) if self.requests > 5 and b"token-1" in body else ROWS


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "90"}, 90.0),
        ({"retry-after": "Wed, 28 Oct 2026 07:02:00 GMT", "date": "Wed, 28 Oct 2026 07:00:00 GMT"}, 120.0),
        ({"retry-after": "1"}, 2.0),
    ],
    ids=["seconds", "date", "shorter-than-ours"],
)
def test_a_busy_server_is_given_the_time_it_asks_for(meet, time, headers, seconds):
    """A 503 that says when to come again is asked again then, and not before; our own wait is the least."""
    client, server = meet(html(503, headers), ROWS)
    client.fetch(LIST_SWITCHES)
    (slept_s,) = time.sleeps_s
    assert slept_s == seconds if seconds > 2.0 else 1.0 <= slept_s <= 2.0
    assert server.count("listswitches") == 2


def test_every_request_is_in_the_ledger(meet):
    """Log-ins, failed tries and the one that succeeded are all counted: in the client and in the account's ledger."""
    client, server = meet(html(500), cut(), refusal(90), refusal(90), ROWS)
    with pytest.raises(AuthenticationError):
        client.fetch(LIST_SWITCHES)
    assert len(server.received) == 6
    assert (client.requests_sent, client.logins_sent, client.budget.use().in_use) == (6, 2, 6)


def test_a_login_that_fails_passingly(meet, time):
    """A log-in is tried five times as well, and counts each."""
    client, server = meet(ROWS, log_in=lambda number: html(500))
    with pytest.raises(RetryableApiError) as raised:
        client.fetch(LIST_SWITCHES)
    assert (raised.value.endpoint, raised.value.attempt) == ("applogin", 5)
    assert (server.count("applogin"), server.count("listswitches"), len(time.sleeps_s)) == (5, 0, 4)


def test_a_login_that_is_told_to_wait(meet, time):
    """A 429 at the log-in holds the whole account for a period, and then goes on."""
    client, server = meet(ROWS, log_in=lambda number: html(429) if number == 1 else ok({"accesstoken": "t"}))
    client.fetch(LIST_SWITCHES)
    at = [request.at_s for request in server.received]
    assert len(at) == 3
    assert at[1] - at[0] >= 60.0


@pytest.mark.parametrize(
    "data", [{}, [], None, {"accesstoken": ""}, {"accesstoken": None}, {"accesstoken": 7}, "canary"], ids=repr
)
def test_a_login_without_a_token(meet, data):
    """A log-in that succeeds and gives no token is one clear error, asked once."""
    client, server = meet(ROWS, log_in=lambda number: ok(data))
    with pytest.raises(ApiError, match="has no accesstoken") as raised:
        client.fetch(LIST_SWITCHES)
    assert "canary" not in str(raised.value)
    assert server.count("applogin") == 1


@pytest.mark.parametrize("failure", [*PASSING.values(), html(429), refusal(21), refusal(688), answer([], 403)])
def test_nothing_secret_is_told(meet, caplog, failure):
    """Neither an error's text nor any log line holds a token or a piece of a body, whatever went wrong."""
    client, _ = meet(failure)
    with caplog.at_level(logging.DEBUG), pytest.raises(ApiError) as raised:
        client.fetch(LIST_EXTENSIONS)
    told = f"{raised.value} {raised.value!r} {caplog.text}"
    for secret in (LOGIN_TOKEN, "token-1", "token-2", "<h1>", "switchkey", "Operation"):
        assert secret not in told


def test_a_token_that_the_server_echoes_is_masked(meet):
    """A row that quotes the access token or the login token loses both before anybody sees it."""
    client, _ = meet(lambda form: ok([{"desc": f"{form['accesstoken']} {LOGIN_TOKEN}"}]))
    assert client.fetch(LIST_SWITCHES).rows == [b'{"desc": "[removed] [removed]"}']


def test_a_closed_client_keeps_nobody_waiting(meet, time):
    """After `close` a client of lower priority has the next slot at once."""
    client, _ = meet(ROWS, limit=3)
    client.fetch(LIST_SWITCHES)
    client.close()
    late = Client(client._connection, LOGIN_TOKEN, Priority.BACKFILL)
    late.fetch(LIST_SWITCHES)
    assert time.sleeps_s == []


class TestProvisioning:
    """The one-shot trade of an invitation for the login token."""

    def connect(self, server: ScriptedServer, tmp_path) -> Connection:
        rate = Rate(limit=30, period_s=60.0, timeout_s=60.0)
        return Connection(BASE_URL, server, rate, server.time.clock(), State(tmp_path / "state.db"), tmp_path / "lock")

    def test_it_gives_the_login_token(self, tmp_path, time):
        """The answer's login token is returned; one request with the invitation, and no token, was sent."""
        server = ScriptedServer([ok({"logintoken": "secret"})], time)
        assert provision(self.connect(server, tmp_path), "AB12CD") == "secret"
        assert [(request.endpoint, request.form) for request in server.received] == [
            ("appprovision", {"invitationid": "AB12CD"})
        ]

    @pytest.mark.parametrize(
        ("failure", "kind"),
        [
            *((failure, RetryableApiError) for failure in PASSING.values()),
            (html(429), RateLimitedError),
            (refusal(21), AuthenticationError),
            (refusal(90), AuthenticationError),
            (refusal(688), AuthenticationError),
            (html(401), AuthenticationError),
            (ok({}), PermanentApiError),
        ],
    )
    def test_it_never_asks_twice(self, tmp_path, time, failure, kind):
        """The invitation is good for one use: whatever comes back, one request is sent and nothing is waited for."""
        server = ScriptedServer([failure], time)
        with pytest.raises(ApiError) as raised:
            provision(self.connect(server, tmp_path), "AB12CD")
        assert type(raised.value) is kind
        assert "AB12CD" not in str(raised.value)
        assert (len(server.received), time.sleeps_s) == (1, [])

    @pytest.mark.parametrize(
        ("failure", "is_said"),
        [
            *((failure, True) for name, failure in PASSING.items() if isinstance(failure, Answer)),
            (ok({}), True),
            (ok({"logintoken": ""}), True),
            (html(404), False),
            (html(429), False),
        ],
    )
    def test_an_invitation_that_may_be_used_up_is_said_to_be(self, tmp_path, time, failure, is_said):
        """Where the one answer came and gave no token, the error says to take the invitation for used up."""
        with pytest.raises(ApiError) as raised:
            provision(self.connect(ScriptedServer([failure], time), tmp_path), "AB12CD")
        assert ("Take the invitation for used up" in str(raised.value)) is is_said

    def test_the_token_is_stored_before_the_ledger_is_asked(self, tmp_path, time):
        """When the answer is there the token is stored first, while the slot still counts as under way."""
        server = ScriptedServer([ok({"logintoken": "secret"})], time)
        connection, told = self.connect(server, tmp_path), []

        def store(token: str) -> None:
            with connection.state.transaction() as db:
                ((free_at,),) = db.execute("select free_at from slots").fetchall()
            told.append((token, free_at - connection.clock.boot() > connection.rate.period_s))

        provision(connection, "AB12CD", store)
        assert told == [("secret", True)]
        assert connection.budget(Priority.INCREMENT).use().in_use == 1

    def test_a_broken_ledger_costs_no_token(self, tmp_path, time, caplog, monkeypatch):
        """If state.db breaks while the answer is under way, the token is stored all the same, and the log says so."""

        def break_state(form: dict[str, str]) -> Answer:
            connection.state.path.write_bytes(b"no database" * 1000)
            return ok({"logintoken": "secret"})

        monkeypatch.setattr(logging.getLogger("unite_pipeline.api.client"), "handlers", [caplog.handler])
        connection, stored = self.connect(ScriptedServer([break_state], time), tmp_path), []
        assert provision(connection, "AB12CD", stored.append) == "secret"
        assert stored == ["secret"]
        assert "could not be noted in the ledger" in caplog.text

    def test_a_broken_ledger_hides_no_other_failure(self, tmp_path, time):
        """If storing fails, or the answer is none, that is what is raised, whatever the ledger has to say."""

        def break_state(form: dict[str, str]) -> Answer:
            connection.state.path.write_bytes(b"no database" * 1000)
            return html(200)

        connection = self.connect(ScriptedServer([break_state], time), tmp_path)
        with pytest.raises(RetryableApiError, match="Take the invitation for used up"):
            provision(connection, "AB12CD")

    def test_a_ledger_that_is_broken_before_sends_nothing(self, tmp_path, time):
        """If no slot can be had, the invitation is not sent."""
        server = ScriptedServer([ok({"logintoken": "secret"})], time)
        connection = self.connect(server, tmp_path)
        connection.state.path.write_bytes(b"no database" * 1000)
        with pytest.raises(LakeError):
            provision(connection, "AB12CD")
        assert server.received == []

    def test_an_invitation_is_good_once(self, tmp_path):
        """A used invitation is refused with the remedy."""
        bench = Bench(tmp_path)
        with pytest.raises(AuthenticationError, match="re-enable it in the Unite portal"):
            provision(bench.connection, "AAAAAA")
        assert bench.asked("appprovision") == 2


def arrivals(bench: Bench) -> list[float]:
    """When the simulator counted each request."""
    return [record.at.timestamp() for record in bench.simulator.requests]


def test_provisioning_and_work_share_one_budget(tmp_path):
    """The request that provisions and those of the new login are together no more than the limit in any minute."""
    bench = Bench(tmp_path)
    for _ in range(40):
        bench.client.fetch(LIST_SWITCHES)
    assert most_in_any_window(arrivals(bench), 60.0) == 30
    assert bench.simulator.requests[0].endpoint == "appprovision"


def test_a_new_login_has_no_new_budget(tmp_path):
    """Whoever provisions again in the middle of a minute finds it as full as it was."""
    bench = Bench(tmp_path)
    for _ in range(28):
        bench.client.fetch(LIST_SWITCHES)
    bench.login_token = provision(bench.connection, bench.simulator.enable_invitation())
    again = bench.new_client()
    for _ in range(31):
        again.fetch(LIST_SWITCHES)
    assert most_in_any_window(arrivals(bench), 60.0) == 30


@pytest.mark.parametrize("fault", ["server_error", "timeout", "cut_connection", "truncated_json", "too_many_requests"])
def test_one_fault_of_the_simulator_is_survived(tmp_path, fault):
    """Each passing fault of the simulated API costs one request more, and no row."""
    bench = Bench(tmp_path)
    rows = bench.client.fetch(LIST_EXTENSIONS).rows
    bench.faults.add(Fault(fault, endpoint="listextensions"))
    assert bench.client.fetch(LIST_EXTENSIONS).rows == rows
    assert bench.asked("listextensions") == 3


@pytest.mark.parametrize("window", ["sliding", "fixed"])
def test_the_simulator_never_refuses(tmp_path, window):
    """Ninety requests in a row meet no 429, whichever way the server counts its minute."""
    bench = Bench(tmp_path)
    bench.simulator = Simulator(bench.simulator.company, clock=bench.clock.utc, window=window)
    bench.login_token = bench.simulator.new_login_token()
    bench.transport.simulator = bench.simulator
    client = bench.new_client()
    for _ in range(90):
        client.fetch(LIST_SWITCHES)
    assert bench.simulator.refused_count == 0
    assert {record.status for record in bench.simulator.requests} == {200}
