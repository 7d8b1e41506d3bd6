"""An alert as it arrives, over real connections: what it says, to whom, and what is said when it does not."""

from __future__ import annotations

import socket

import pytest

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
