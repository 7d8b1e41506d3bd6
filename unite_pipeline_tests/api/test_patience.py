"""What is waited for and what is not: what a server asks for, an outage, and what one request's failure teaches."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from unite_pipeline.api.client import Client, Connection
from unite_pipeline.api.endpoints import LIST_EXTENSIONS, LIST_SWITCHES
from unite_pipeline.api.pacing import Priority, Rate
from unite_pipeline.api.patience import MAX_ATTEMPTS, OUTAGE_S
from unite_pipeline.api.transport import HttpTransport, TransportError
from unite_pipeline.errors import ApiError, RateLimitedError, RetryableApiError, UnansweredError
from unite_pipeline.state import State
from unite_pipeline_tests.api.servers import ScriptedServer, cut, html, ok, refusal
from unite_pipeline_tests.bench import BASE_URL, MovedClock

ROWS = ok([{"switchkey": "a"}], pagination={"itemcount": "1"})
BEGAN = datetime(2026, 10, 28, 12, 0, tzinfo=UTC)
UNREACHED = TransportError("ConnectionError", is_unreached=True)


@pytest.fixture
def time() -> MovedClock:
    """A clock that the test moves."""
    return MovedClock(BEGAN)


@pytest.fixture
def meet(tmp_path, time):
    """A client of a server that answers from a script; asked again, another client of the same account."""

    def make(*script, log_in=None, priority=Priority.INCREMENT):
        server = ScriptedServer(list(script), time, log_in=log_in)
        rate = Rate(limit=1000, period_s=60.0, timeout_s=60.0)
        connection = Connection(
            BASE_URL, server, rate, time.clock(), State(tmp_path / "state.db"), tmp_path / "login.lock"
        )
        return Client(connection, "canary-login-token", priority), server

    return make


@pytest.mark.parametrize(("status", "error"), [(429, RateLimitedError), (503, RetryableApiError)])
def test_an_hour_is_not_waited_for(meet, time, status, error):
    """A server that asks for an hour ends the request at once, with the moment from which on runs go on."""
    client, server = meet(html(status, {"retry-after": "3600"}), ROWS)
    with pytest.raises(error) as raised:
        client.fetch(LIST_SWITCHES)
    assert server.count("listswitches") == 1
    assert sum(time.sleeps_s) == 0
    assert "It asks to wait 3600 s; a run waits 300 s at most" in str(raised.value)
    assert "Runs go on by themselves from 2026-10-28 13:00 UTC" in str(raised.value)


def test_what_is_asked_adds_up(meet, time):
    """A server that asks for two minutes again and again is waited for twice, and what is told of it is the sum."""
    client, server = meet(html(429, {"retry-after": "120"}))
    with pytest.raises(RateLimitedError, match=r"It asks to wait 360 s in all; a run waits 300 s at most"):
        client.fetch(LIST_SWITCHES)
    assert server.count("listswitches") == 3
    assert 240 <= (time.now - BEGAN).total_seconds() <= 250


def test_nobody_sends_while_the_api_says_so(meet, time):
    """After a 429 that asks for half an hour another client sends nothing and says until when; then it does."""
    first, _ = meet(html(429, {"retry-after": "1800"}))
    second, server = meet(ROWS, priority=Priority.BACKFILL)
    with pytest.raises(RateLimitedError):
        first.fetch(LIST_SWITCHES)
    with pytest.raises(
        RateLimitedError, match=r"Nothing is sent before 2026-10-28 12:30 UTC; runs go on by themselves"
    ):
        second.fetch(LIST_SWITCHES)
    assert server.received == []
    time.pass_time(1600.0)
    first.close()
    assert second.fetch(LIST_SWITCHES).itemcount == 1  # what is left is short enough to be waited for


def test_no_server_can_stop_us_for_ever(meet, time):
    """Whatever a server asks for, one request is sent an hour later to see."""
    client, _ = meet(html(429, {"retry-after": "99999999"}), ROWS)
    with pytest.raises(RateLimitedError):
        client.fetch(LIST_SWITCHES)
    time.pass_time(3600.0)
    assert client.fetch(LIST_SWITCHES).itemcount == 1


def test_a_network_that_is_back_after_minutes(meet, time):
    """A network that is down for four minutes costs the request nothing but time."""
    up_at = BEGAN + timedelta(minutes=4)

    def answer(_form):
        if time.now < up_at:
            raise UNREACHED
        return ROWS

    client, server = meet(answer)
    assert client.fetch(LIST_SWITCHES).itemcount == 1
    assert server.count("listswitches") > MAX_ATTEMPTS
    assert 240 <= (time.now - BEGAN).total_seconds() <= 310


def test_a_network_that_stays_down_is_waited_for_once(meet, time):
    """The first request waits five minutes, each further one is tried once, and none is held up any more."""
    client, server = meet(UNREACHED)
    with pytest.raises(UnansweredError, match="The API could not be reached"):
        client.fetch(LIST_SWITCHES)
    waited_s = (time.now - BEGAN).total_seconds()
    assert OUTAGE_S <= waited_s <= OUTAGE_S + 10
    tried = server.count("listswitches")
    assert tried <= 16  # all pauses as short as chance makes them
    for _ in range(10):
        with pytest.raises(UnansweredError):
            client.fetch(LIST_EXTENSIONS)
    assert server.count("listextensions") == 10
    assert (time.now - BEGAN).total_seconds() - waited_s < 10


def test_an_answer_ends_the_outage(meet):
    """A request that is answered, even badly, gives the next ones their tries back."""
    client, server = meet(*[cut()] * MAX_ATTEMPTS, html(500), ROWS, cut(), ROWS)
    with pytest.raises(UnansweredError):
        client.fetch(LIST_SWITCHES)
    assert client.fetch(LIST_SWITCHES).itemcount == 1
    assert client.fetch(LIST_SWITCHES).itemcount == 1
    assert server.count("listswitches") == MAX_ATTEMPTS + 4


def test_failures_are_remembered(meet):
    """What requests ended with is there to be told, with its facts; what passed within its tries is not."""
    client, _ = meet(html(500), ROWS, refusal(1), html(413))
    client.fetch(LIST_SWITCHES)
    for _ in range(2):
        with pytest.raises(ApiError):
            client.fetch(LIST_SWITCHES)
    assert [(each.endpoint, each.http_status, each.error_code) for each in client.failures] == [
        ("listswitches", 200, 1),
        ("listswitches", 413, None),
    ]


@pytest.mark.parametrize(
    ("url", "is_unreached"),
    [
        ("http://127.0.0.1:{port}/x", True),
        ("http://no-such-name.invalid/x", True),
        ("http://127.0.0.1:{mute}/x", False),
    ],
    ids=["nobody listens", "no such name", "no answer"],
)
def test_what_reached_nobody_is_told_from_what_was_not_answered(url, is_unreached):
    """Over real sockets: a refused connection and an unknown name reached nobody; a mute server was reached."""
    with socket.create_server(("127.0.0.1", 0)) as mute, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = url.format(port=unused.getsockname()[1], mute=mute.getsockname()[1])
        transport = HttpTransport()
        try:
            with pytest.raises(TransportError) as raised:
                transport.send(address, {}, b"", 0.3)
        finally:
            transport.close()
    assert raised.value.is_unreached is is_unreached
