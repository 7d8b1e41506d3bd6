"""The one seam to the network, over real sockets."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from unite_pipeline import locks
from unite_pipeline.api.client import MAX_ATTEMPTS, Client, Connection
from unite_pipeline.api.endpoints import LIST_SWITCHES
from unite_pipeline.api.pacing import Rate
from unite_pipeline.api.transport import Answer, HttpTransport, TransportError
from unite_pipeline.clock import machine_clock
from unite_pipeline.errors import RetryableApiError
from unite_pipeline.state import State

CANARY = "canary-of-the-token"


@pytest.fixture
def transport():
    """The transport, closed afterwards."""
    transport = HttpTransport()
    yield transport
    transport.close()


def _request(connection: socket.socket) -> bytes:
    text = b""
    while b"\r\n\r\n" not in text:
        text += connection.recv(65536)
    length = int(re.search(rb"content-length: (\d+)", text.lower())[1])
    while len(text.partition(b"\r\n\r\n")[2]) < length:
        text += connection.recv(65536)
    return text


@contextmanager
def talking(*pieces: bytes, pause_s: float = 0.0, is_left_open: bool = False):
    """A server that says these pieces to whoever comes, with pauses; yields its address and what it heard."""
    heard: list[bytes] = []
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                heard.append(_request(connection))
                try:
                    for piece in pieces:
                        connection.sendall(piece)
                        is_over.wait(pause_s)
                    if is_left_open:
                        is_over.wait(10.0)
                except OSError:
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/unite/v1/x", heard
        finally:
            is_over.set()
            thread.join()


def whole(body: bytes, status: bytes = b"200 OK", headers: bytes = b"") -> bytes:
    """A whole HTTP answer."""
    return b"HTTP/1.1 " + status + b"\r\ncontent-length: %d\r\n" % len(body) + headers + b"\r\n" + body


def test_an_answer_comes_whole(transport):
    """Status, headers in lower case and body come through as they were sent."""
    with talking(whole(b"\x00body", b"418 Teapot", b"Retry-After: 7\r\n")) as (url, _):
        answer = transport.send(url, {}, b"a=1", 5.0)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (418, b"\x00body", "7")


def test_the_token_is_in_the_body_only(transport):
    """What is sent is one POST whose body holds the token; request line and headers do not."""
    with talking(whole(b"{}")) as (url, heard):
        transport.send(url, {"content-type": "x"}, f"accesstoken={CANARY}".encode(), 5.0)
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /unite/v1/x HTTP/1.1\r\n")
    assert CANARY.encode() not in head
    assert body == f"accesstoken={CANARY}".encode()
    assert len(head) < 4_000


def test_no_redirect_is_followed(transport):
    """A redirect is an answer like any other: the token goes to no second address."""
    with (
        talking(whole(b"{}")) as (elsewhere, heard),
        talking(whole(b"", b"307 Moved", f"location: {elsewhere}\r\n".encode())) as (url, _),
    ):
        answer = transport.send(url, {}, b"accesstoken=x", 5.0)
        transport.send(elsewhere, {}, b"done", 5.0)
    assert answer.status == 307
    assert [each.rpartition(b"\r\n")[2] for each in heard] == [b"done"]


@pytest.mark.parametrize(
    "pieces",
    [
        (whole(b"x" * 100)[:-50],),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",),
        (b"",),
        (b"nonsense\r\n\r\n",),
        (whole(b"not gzip at all", headers=b"content-encoding: gzip\r\n"),),
    ],
    ids=["half-a-body", "half-a-chunk", "nothing", "no-http", "not-gzip"],
)
def test_no_whole_answer(transport, pieces):
    """An answer that is cut off, or is none, is a TransportError whose text names the kind of failure only."""
    with talking(*pieces) as (url, _), pytest.raises(TransportError) as raised:
        transport.send(url, {}, f"accesstoken={CANARY}".encode(), 5.0)
    assert str(raised.value).isidentifier()
    assert raised.value.__cause__ is None
    assert CANARY not in str(raised.value)


def test_nobody_listens(transport):
    """A refused connection is a TransportError."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TransportError, match="ConnectionError"):
        transport.send(f"http://127.0.0.1:{port}/", {}, b"", 5.0)


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"HTTP/1.1 200 OK\r\n",),
        (whole(b"x" * 100)[:-50],),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", *[b"x"] * 60),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 60),
        (b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 60),
        (b"HTTP/1.1 200 OK\r\nx: ", *[b"x"] * 60),
        (b"HTTP/1.1 200 OK\r\n", *[b"x: y\r\n"] * 60),
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 60,
    ],
    ids=[
        "silence", "half-a-head", "half-a-body", "trickling-body", "trickling-chunks", "trickling-to-the-end",
        "trickling-header", "trickling-headers", "continue-for-ever",
    ],
)  # fmt: skip
def test_a_slow_answer_is_given_up(transport, pieces):
    """No answer holds its slot for longer than twice the time-out: not in silence, and not byte by byte."""
    began = time.monotonic()
    with talking(*pieces, pause_s=0.1, is_left_open=True) as (url, _), pytest.raises(TransportError):
        transport.send(url, {}, b"a=1", 0.5)
    assert time.monotonic() - began < 2 * 0.5 + 0.4


def test_late_twice_is_not_later_still(transport):
    """A head that comes at the last moment, and then a body that does, take twice the time-out and no more."""
    began = time.monotonic()
    pieces = (b"", b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n", b"x", b"")
    with talking(*pieces, pause_s=0.45, is_left_open=True) as (url, _), pytest.raises(TransportError):
        transport.send(url, {}, b"a=1", 0.5)
    assert time.monotonic() - began < 2 * 0.5 + 0.25


@contextmanager
def answering_twice(first: bytes, second: list[bytes], pause_s: float):
    """A server that answers two requests on one connection, the second piece by piece; yields its address."""
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                _request(connection)
                connection.sendall(first)
                _request(connection)
                try:
                    for piece in second:
                        connection.sendall(piece)
                        is_over.wait(pause_s)
                except OSError:
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/unite/v1/x"
        finally:
            is_over.set()
            thread.join()


def test_a_request_over_in_time_ends_no_later_one(transport):
    """The end of the first request's time finds it over, and leaves its connection to the second."""
    slow = [whole(b"second")[:20], whole(b"second")[20:]]
    with answering_twice(whole(b"first"), slow, 0.5) as url:
        assert transport.send(url, {}, b"a=1", 0.3).body == b"first"
        assert transport.send(url, {}, b"a=1", 2.0).body == b"second"


def test_a_connection_that_was_kept_has_an_end_too(transport):
    """A second request on the same connection, whose answer trickles, is given up like a first one."""
    with answering_twice(whole(b"first"), [b"HTTP/1.1 200 OK\r\n", *[b"x: y\r\n"] * 60], 0.1) as url:
        assert transport.send(url, {}, b"a=1", 0.5).body == b"first"
        began = time.monotonic()
        with pytest.raises(TransportError, match="ReadTimeout"):
            transport.send(url, {}, b"a=1", 0.5)
        assert time.monotonic() - began < 2 * 0.5 + 0.4


def test_nothing_stays_open(transport):
    """Requests that end well or badly leave no thread and no descriptor behind once the transport is closed."""
    with talking(whole(b"{}")) as (url, _):
        transport.send(url, {}, b"a=1", 5.0)  # whatever is opened once only
    transport.close()
    threads, before = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with talking(whole(b"{}")) as (url, _):
            transport.send(url, {}, b"a=1", 5.0)
        with talking(whole(b"x" * 9)[:-1]) as (url, _), pytest.raises(TransportError):
            transport.send(url, {}, b"a=1", 5.0)
    transport.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert threading.active_count() == threads


def test_a_proxy_that_trickles_is_given_up(transport, monkeypatch):
    """A proxy between us and the API holds a request no longer than the API itself could."""
    with talking(b"HTTP/1.1 200 OK\r\n", *[b"x: y\r\n"] * 60, pause_s=0.1, is_left_open=True) as (proxy, _):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        began = time.monotonic()
        with pytest.raises(TransportError):
            transport.send("http://pbx.example/unite/v1/x", {}, b"a=1", 0.5)
    assert time.monotonic() - began < 2 * 0.5 + 0.4


def test_an_answer_without_an_end_frees_slot_and_lock(tmp_path):
    """A log-in that is told to continue for ever ends after its tries; then its lock is free, and its slots run out."""
    pieces = [b"HTTP/1.1 100 Continue\r\n\r\n"] * 600
    clock = replace(machine_clock(), sleep=lambda seconds: None)
    transport, lock = HttpTransport(), tmp_path / "login.lock"
    rate = Rate(limit=30, period_s=0.2, timeout_s=0.1)
    with talking_to_all(pieces, 0.01) as url:
        client = Client(Connection(url, transport, rate, clock, State(tmp_path / "state.db"), lock), "login-token")
        with pytest.raises(RetryableApiError, match="ReadTimeout"):
            client.fetch(LIST_SWITCHES)
    transport.close()
    assert client.logins_sent == MAX_ATTEMPTS
    assert not locks.is_held(lock)
    time.sleep(rate.period_s)
    assert client.budget.use().in_use == 0


@contextmanager
def talking_to_all(pieces: list[bytes], pause_s: float):
    """A server that says these pieces to everybody who comes, with pauses; yields its address."""
    is_over = threading.Event()
    threads = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                _request(connection)
                for piece in pieces:
                    connection.sendall(piece)
                    if is_over.wait(pause_s):
                        return

        def serve() -> None:
            while True:
                connection, _ = listener.accept()
                if is_over.is_set():
                    connection.close()
                    return
                threads.append(threading.Thread(target=talk, args=(connection,)))
                threads[-1].start()

        server = threading.Thread(target=serve)
        server.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/unite/v1"
        finally:
            is_over.set()
            socket.create_connection(listener.getsockname()).close()
            for thread in (server, *threads):
                thread.join()


def test_answers_hide_their_body():
    """The repr of an answer, which tracebacks show, does not hold the body."""
    assert CANARY not in repr(Answer(200, {}, CANARY.encode()))
