"""An alert as it arrives, over real connections: what it says, to whom, and what is said when it does not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from unite_pipeline.alerts import delivery
from unite_pipeline.alerts.alert import Alert, Kind
from unite_pipeline.alerts.delivery import DeliveryError, targets_of
from unite_pipeline.settings import load_settings
from unite_pipeline_tests.alerts.receivers import PASSWORD, USER, hook, post

ALERT = Alert(
    kind=Kind.FAILED,
    tenant="acme",
    at="2026-11-26T03:05:00+00:00",
    job="sync",
    run_id="0b1c",
    failure="AuthenticationError",
    reason="The log-in was refused",
    to_do="Run `unite-pipeline provision`",
    repeats=2,
)
TEXT = """[unite-pipeline acme] sync failed: AuthenticationError
The log-in was refused
What to do: Run `unite-pipeline provision`
It ended so 2 times more since it was last told
Run 0b1c, ended at 2026-11-26T03:05:00+00:00"""


def mail(port: int, **more: object):
    """The way by mail, to a server on this machine."""
    told = {"smtp_user": USER, "smtp_password": PASSWORD, **more}
    return load_settings(alert_mail_to="a@acme.example,b@acme.example", smtp_host="127.0.0.1", smtp_port=port, **told)


def test_a_webhook_gets_fields_and_text() -> None:
    """A web address gets one POST of JSON: each field by its name, and `text` that holds all of it for people."""
    with hook() as receiver:
        (target,) = targets_of(load_settings(alert_webhook_url=receiver.url))
        target.send(ALERT)
    assert receiver.got == [
        {
            "text": TEXT,
            "kind": "failed",
            "tenant": "acme",
            "at": "2026-11-26T03:05:00+00:00",
            "job": "sync",
            "run_id": "0b1c",
            "failure": "AuthenticationError",
            "reason": "The log-in was refused",
            "to_do": "Run `unite-pipeline provision`",
            "repeats": 2,
        }
    ]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_does_not_take_it(status: int) -> None:
    """Any status but 2xx is a failure that names it; no redirect is followed, and the address is not told."""
    with hook() as receiver:
        receiver.status = status
        (target,) = targets_of(load_settings(alert_webhook_url=receiver.url))
        with pytest.raises(DeliveryError) as raised:
            target.send(ALERT)
    assert str(raised.value) == f"webhook: HTTP {status}"
    assert receiver.got == []


def test_a_webhook_where_nobody_listens() -> None:
    """A web address where the connection is refused is a failure that says so, and not the address."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/canary"
        (target,) = targets_of(load_settings(alert_webhook_url=url))
        with pytest.raises(DeliveryError) as raised:
            target.send(ALERT)
    assert str(raised.value) == "webhook: nobody listens there: the connection was refused"
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    "told",
    [{"alert_webhook_url": "https://hook.invalid/canary"}, {"alert_mail_to": "a@b.example", "smtp_host": "m.invalid"}],
    ids=["webhook", "mail"],
)
def test_a_host_that_is_not_known(told: dict[str, str]) -> None:
    """A host name that nobody knows is told apart from a port where nobody listens, and is not repeated."""
    (target,) = targets_of(load_settings(**told))
    with pytest.raises(DeliveryError) as raised:
        target.send(ALERT)
    assert str(raised.value) == f"{target.name}: the name of its host is not known here"


def test_mail_under_starttls() -> None:
    """Mail goes out encrypted, with the log-in, to all recipients in one message that holds the text."""
    with post() as server:
        (target,) = targets_of(mail(server.port, smtp_from="unite@acme.example"), server.trust)
        target.send(ALERT)
    (message,) = server.got
    assert server.was_encrypted == [True]
    assert message["subject"] == "[unite-pipeline acme] sync failed: AuthenticationError"
    assert (message["from"], message["to"]) == ("unite@acme.example", "a@acme.example, b@acme.example")
    assert message["auto-submitted"] == "auto-generated"
    assert message.get_content().splitlines() == TEXT.splitlines()


def test_mail_in_the_clear_on_this_machine() -> None:
    """A server on this machine may do without encryption and log-in; the sender is the first recipient."""
    with post(security="none") as server:
        (target,) = targets_of(mail(server.port, smtp_security="none", smtp_user="", smtp_password=None))
        target.send(ALERT)
    assert (server.got[0]["from"], server.was_encrypted) == ("a@acme.example", [False])


@pytest.mark.parametrize(
    ("more", "is_trusted", "said"),
    [
        ({}, False, "mail: SSLCertVerificationError"),
        ({"smtp_password": "wrong"}, True, "mail: SMTPAuthenticationError 535"),
        ({"smtp_user": ""}, True, "mail: SMTPSenderRefused 530"),
    ],
    ids=["certificate", "password", "no log-in"],
)
def test_mail_that_does_not_get_through(more: dict[str, str], *, is_trusted: bool, said: str) -> None:
    """A wrong certificate, password or no log-in is told by its kind, without an address or a secret."""
    with post() as server:
        (target,) = targets_of(mail(server.port, **more), server.trust if is_trusted else None)
        with pytest.raises(DeliveryError) as raised:
            target.send(ALERT)
    assert str(raised.value) == said
    assert server.got == []


def test_nobody_named_is_nobody_told() -> None:
    """Without settings there is nobody to tell; with both there are two ways."""
    assert targets_of(load_settings()) == []
    names = [each.name for each in targets_of(mail(25, alert_webhook_url="https://hooks.example/x"))]
    assert names == ["webhook", "mail"]


@contextmanager
def trickling(*at_once: bytes) -> Iterator[int]:
    """A server that has an answer for each thing that it is told, and then only a byte now and then."""
    over = threading.Event()

    def talk(line: socket.socket) -> None:
        with line:
            for text in at_once:
                line.sendall(text)
                line.recv(65_536)
            while not over.wait(0.1):
                try:
                    line.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: talk(server.accept()[0]))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            thread.join()


@pytest.fixture
def in_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound of a delivery, shorter, so that the test need not wait for it."""
    monkeypatch.setattr(delivery, "TIMEOUT_S", 1.0)


@pytest.mark.usefixtures("in_a_second")
@pytest.mark.parametrize("way", ["webhook", "mail", "mail under TLS"])
def test_an_answer_that_trickles_is_not_waited_for(way: str) -> None:
    """A receiver that sends a byte now and then holds a delivery no longer than its bound, and that is what is told."""
    with trickling() as port:
        url, security = f"http://127.0.0.1:{port}/canary", "tls" if "TLS" in way else "none"
        settings = (
            load_settings(alert_webhook_url=url)
            if way == "webhook"
            else mail(port, smtp_security=security, smtp_user="", smtp_password=None)
        )
        (target,) = targets_of(settings)
        began = time.monotonic()
        with pytest.raises(DeliveryError) as raised:
            target.send(ALERT)
        assert time.monotonic() - began < 3
    # A server that does not speak TLS is noticed by what it says.
    assert str(raised.value) in {f"{target.name}: not done within 1 s", "mail: SSLError"}


@pytest.mark.usefixtures("in_a_second")
def test_a_body_is_not_read() -> None:
    """A web address that takes an alert and then goes on talking has taken it."""
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"

    def talk() -> None:
        line, _ = server.accept()
        with line:
            line.recv(65_536)
            line.sendall(answer)
            line.recv(1)  # until the other end is gone

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=talk)
        thread.start()
        (target,) = targets_of(load_settings(alert_webhook_url=f"http://127.0.0.1:{server.getsockname()[1]}/x"))
        began = time.monotonic()
        target.send(ALERT)
        assert time.monotonic() - began < 0.9
        thread.join()


@pytest.mark.usefixtures("in_a_second")
def test_a_mail_that_was_taken_is_told() -> None:
    """A mail server that takes a mail and is silent to the goodbye has taken it: it is not sent again."""
    with trickling(b"220 here\r\n", b"250 here\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n",
                   b"250 taken\r\n") as port:  # fmt: skip
        (target,) = targets_of(mail(port, smtp_security="none", smtp_user="", smtp_password=None))
        target.send(ALERT)


@pytest.mark.usefixtures("in_a_second")
def test_what_nothing_can_end_is_left() -> None:
    """Where not even a name is resolved in time the delivery is over all the same, and nothing is sent later."""
    silent, sent = threading.Event(), threading.Event()

    def resolves_late(deadline: delivery.Deadline) -> None:
        silent.wait()
        ours, others = socket.socketpair()
        with ours, others:
            deadline.watch(ours)
            try:
                ours.sendall(b"an alert")
            except OSError:
                sent.set()

    began = time.monotonic()
    with pytest.raises(DeliveryError, match=r"^webhook: not done within 1 s$"):
        delivery._within("webhook", resolves_late)
    assert time.monotonic() - began < 4
    silent.set()
    assert sent.wait(5)
