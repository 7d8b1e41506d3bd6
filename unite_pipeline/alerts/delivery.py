"""How an alert travels: a POST of JSON to a web address, and mail.

Here: the two ways, each bounded in time. Not here: when they are tried again (`book.py`). No address and no secret
stands in an error.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

import requests
from pydantic import SecretStr
from urllib3.exceptions import NameResolutionError

from unite_pipeline.alerts.alert import Alert
from unite_pipeline.settings import Settings

TIMEOUT_S = 10.0
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
        try:
            answer = requests.post(
                self.url.get_secret_value(), json=alert.fields(), timeout=TIMEOUT_S, allow_redirects=False
            )
        except (requests.RequestException, ValueError) as error:
            message = f"{self.name}: {_cause_of(error)}"
            raise DeliveryError(message) from None  # the library's text holds the address, which is a secret
        if answer.status_code not in _HTTP_OK:
            message = f"{self.name}: HTTP {answer.status_code}"
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
        try:
            with self._connected() as server:
                server.send_message(self._message(alert))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
            message = f"{self.name}: {_cause_of(error)}{code}"
            raise DeliveryError(message) from None  # the library's text may hold addresses

    def _connected(self) -> smtplib.SMTP:
        settings = self.settings
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S, context=self.context
            )
        else:
            server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S)
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
