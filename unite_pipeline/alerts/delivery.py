"""How an alert travels: a POST of JSON to a web address, and mail.

Here: the two ways, each bounded in time. Not here: when they are tried again (`book.py`). No address and no secret
stands in an error.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

import requests
from pydantic import SecretStr
from urllib3.exceptions import NameResolutionError

from unite_pipeline.alerts.alert import Alert
from unite_pipeline.api.deadline import Deadline, WatchedAdapter
from unite_pipeline.settings import Settings

TIMEOUT_S = 10.0
"""For all of one delivery: the name server, connecting, sending, and being told that it was taken."""
_GRACE_S = 1.0
_HTTP_OK = range(200, 300)


class DeliveryError(Exception):
    """An alert did not get through; the text says how, and no address."""


class Target(Protocol):
    """Somebody who is told."""

    @property
    def name(self) -> str:
        """What the way is called, in what is said of it."""

    def send(self, alert: Alert) -> None:
        """Tell him.

        Raises:
            DeliveryError: it did not get through.
        """


@dataclass(frozen=True, slots=True)
class Webhook:
    """A web address that takes JSON: fields for programs, and `text`, which chat programs show."""

    url: SecretStr
    name: str = "webhook"

    def send(self, alert: Alert) -> None:
        """See `Target.send`."""
        _within(self.name, lambda _deadline: self._post(alert))

    def _post(self, alert: Alert) -> None:
        try:
            with requests.Session() as session:
                for scheme in ("https://", "http://"):
                    session.mount(scheme, WatchedAdapter())
                # The status says it all; a body is left where it is, since it may come for ever.
                address, fields = self.url.get_secret_value(), alert.fields()
                with session.post(
                    address, json=fields, timeout=TIMEOUT_S, allow_redirects=False, stream=True
                ) as answer:
                    status = answer.status_code
        except (requests.RequestException, ValueError) as error:
            message = f"{self.name}: {_cause_of(error)}"
            raise DeliveryError(message) from None  # the library's text holds the address, which is a secret
        if status not in _HTTP_OK:
            message = f"{self.name}: HTTP {status}"
            raise DeliveryError(message)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server, and who is written to.

    Args:
        settings: server, sender, recipients.
        context: whose certificates are believed.
    """

    settings: Settings
    context: ssl.SSLContext
    name: str = "mail"

    def send(self, alert: Alert) -> None:
        """See `Target.send`."""
        _within(self.name, lambda deadline: self._mail(alert, deadline))

    def _mail(self, alert: Alert, deadline: Deadline) -> None:
        try:
            server = self._connected(deadline)
            try:
                server.send_message(self._message(alert))
                with suppress(smtplib.SMTPException, OSError):  # it was taken: what the goodbye comes to is no matter
                    server.quit()
            finally:
                server.close()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
            message = f"{self.name}: {_cause_of(error)}{code}"
            raise DeliveryError(message) from None  # the library's text may hold addresses

    def _connected(self, deadline: Deadline) -> smtplib.SMTP:
        settings = self.settings
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = _WatchedTLS(deadline, settings, self.context)
        else:
            server = _Watched(deadline, settings)
        try:
            if settings.smtp_security == "starttls":
                server.starttls(context=self.context)
            if settings.smtp_user and settings.smtp_password is not None:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, alert: Alert) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = alert.subject
        message["From"] = self.settings.smtp_from or self.settings.alert_recipients[0]
        message["To"] = ", ".join(self.settings.alert_recipients)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(alert.text)
        return message


class _Watched(smtplib.SMTP):
    """A connection that the deadline can end from the first byte on."""

    def __init__(self, deadline: Deadline, settings: Settings) -> None:
        self._deadline = deadline
        super().__init__(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._deadline.watch(made)
        return made


class _WatchedTLS(smtplib.SMTP_SSL, _Watched):
    def __init__(self, deadline: Deadline, settings: Settings, context: ssl.SSLContext) -> None:
        self._deadline = deadline
        smtplib.SMTP_SSL.__init__(self, settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S, context=context)


def _within(name: str, send: Callable[[Deadline], None]) -> None:
    """Send, and be back in time.

    In a thread of its own: a name server that is silent can be left, and not ended. What such a thread would still
    send is kept back by the deadline, so that nothing arrives that counts as not sent.

    Raises:
        DeliveryError: it did not get through, or not in time.
    """
    ends: list[Exception | None] = []

    def work() -> None:
        with Deadline(TIMEOUT_S) as deadline:
            try:
                send(deadline)
            except Exception as error:  # noqa: BLE001 - told by the thread that waits
                message = f"{name}: not done within {TIMEOUT_S:.0f} s"
                ends.append(DeliveryError(message) if deadline.is_over else error)
            else:
                ends.append(None)

    thread = threading.Thread(target=work, name=f"alert by {name}", daemon=True)
    thread.start()
    thread.join(TIMEOUT_S + _GRACE_S)
    if not ends:
        message = f"{name}: not done within {TIMEOUT_S:.0f} s"
        raise DeliveryError(message)
    if ends[0] is not None:
        raise ends[0]


def _cause_of(error: Exception) -> str:
    """Why nothing got through, as far as that can be told without an address."""
    each: object = error
    seen: list[object] = []
    while isinstance(each, BaseException) and each not in seen:
        seen.append(each)
        each = getattr(each, "reason", None) or each.__cause__ or each.__context__ or next(iter(each.args), None)
    for kinds, words in _CAUSES:
        if any(isinstance(one, kinds) for one in seen):
            return words
    return type(error).__name__


_CAUSES: Sequence[tuple[tuple[type[BaseException], ...], str]] = (
    ((socket.gaierror, NameResolutionError), "the name of its host is not known here"),
    ((ConnectionRefusedError,), "nobody listens there: the connection was refused"),
    ((TimeoutError, requests.Timeout), "no answer in time"),
)


def targets_of(settings: Settings, context: ssl.SSLContext | None = None) -> Sequence[Target]:
    """Everybody whom the settings name.

    Args:
        settings: what the installation is told.
        context: whose certificates a mail server may have; the machine's by default.
    """
    targets: list[Target] = []
    if settings.alert_webhook_url is not None:
        targets.append(Webhook(settings.alert_webhook_url))
    if settings.alert_recipients:
        targets.append(Mail(settings, context or ssl.create_default_context()))
    return targets
