"""The one module that sends: a request in, a page out, retried and paced.

Here: the loop around one request. Not here: writing and reading it (`wire.py`), when it may go (`pacing.py`), the
token (`session.py`). No other layer retries.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from pathlib import Path

from unite_pipeline.api import wire
from unite_pipeline.api.endpoints import ALL_ENDPOINTS, APP_LOGIN, APP_PROVISION, PAGE_SIZE, Effect, Endpoint
from unite_pipeline.api.pacing import Budget, OnWait, Priority, Rate
from unite_pipeline.api.session import Session
from unite_pipeline.api.transport import Transport, TransportError
from unite_pipeline.clock import Clock
from unite_pipeline.errors import (
    AuthenticationError,
    PermanentApiError,
    RateLimitedError,
    RetryableApiError,
    TokenRejectedError,
)
from unite_pipeline.state import State, account_key, budget_key

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
"""Tries of one request, the first included; new log-ins are not counted, but there is only one a request."""
_BACKOFF_S = 2.0
_MAX_BACKOFF_S = 60.0


@dataclass(frozen=True, slots=True)
class Connection:
    """What it takes to reach one account: everything but the login token."""

    base_url: str
    transport: Transport
    rate: Rate
    clock: Clock
    state: State
    login_lock: Path

    def budget(self, priority: Priority, on_wait: OnWait | None = None) -> Budget:
        """Access to the request budget, which everybody who reaches this API shares."""
        return Budget(self.state, budget_key(self.base_url), self.rate, self.clock, priority, on_wait)


class Client:
    """Reads the API for one account. It can send the reads and the log-ins, and nothing that changes anything.

    Args:
        connection: how the account is reached.
        login_token: the long-lived secret.
        priority: whose requests go first when the budget is short.
        on_wait: told of each longer wait for the budget.
    """

    def __init__(
        self,
        connection: Connection,
        login_token: str,
        priority: Priority = Priority.INCREMENT,
        on_wait: OnWait | None = None,
    ) -> None:
        self._connection = connection
        self._login_token = login_token
        self.budget = connection.budget(priority, on_wait)
        # A log-in goes before everything: without it nobody can use the slots that are free.
        self._login_budget = connection.budget(Priority.LOGIN, on_wait)
        account = account_key(connection.base_url, login_token)
        self._session = Session(connection.state, account, self._log_in, connection.clock, connection.login_lock)
        self.requests_sent = 0
        self.logins_sent = 0

    def fetch(
        self, endpoint: Endpoint, params: wire.Params | None = None, *, page: int = 1, page_size: int = PAGE_SIZE
    ) -> wire.Page:
        """One page of a read endpoint.

        Raises:
            PermanentApiError: asking again cannot help; nothing is sent for an endpoint that is not a read.
            RetryableApiError: the failure outlasted every try.
        """
        if endpoint.effect is not Effect.READ or endpoint not in ALL_ENDPOINTS:
            message = "The pipeline only reads: this endpoint is never asked"
            raise PermanentApiError(message, endpoint=endpoint.path)
        attempt = 0
        rejected: str | None = None
        while True:
            attempt += 1
            token = self._session.token() if rejected is None else self._session.renew(rejected)
            body = wire.render(endpoint, params or {}, token, page=page, page_size=page_size)
            try:
                return self._send(endpoint, body, self.budget, attempt, secrets=(token, self._login_token))
            except TokenRejectedError as error:
                if rejected is not None:
                    message = "A new access token was refused as well. Check the App template in the Unite portal"
                    raise AuthenticationError(
                        message, endpoint=endpoint.path, http_status=error.http_status, error_code=error.error_code
                    ) from None
                rejected = token
                attempt -= 1
            except RetryableApiError as error:
                self._wait_after(error, attempt)

    def close(self) -> None:
        """Take this client out of the queue for the budget."""
        self.budget.close()
        self._login_budget.close()

    def _log_in(self) -> str:
        attempt = 0
        while True:
            attempt += 1
            body = wire.render(APP_LOGIN, {"logintoken": self._login_token}, None)
            self.logins_sent += 1
            try:
                page = self._send(APP_LOGIN, body, self._login_budget, attempt)
            except RetryableApiError as error:
                self._wait_after(error, attempt)
            else:
                # A waiter of the highest priority must not outlive its log-in.
                self._login_budget.close()
                return _secret(page, "accesstoken", APP_LOGIN)

    def _send(
        self, endpoint: Endpoint, body: bytes, budget: Budget, attempt: int, secrets: tuple[str, ...] = ()
    ) -> wire.Page:
        connection = self._connection
        self.requests_sent += 1
        log.debug("Request %d of this process: %s, attempt %d", self.requests_sent, endpoint.path, attempt)
        try:
            with budget.slot():
                answer = connection.transport.send(
                    f"{connection.base_url}/{endpoint.path}", wire.FORM_HEADERS, body, connection.rate.timeout_s
                )
        except TransportError as error:
            message = f"No whole answer came ({error}). Check the network if this goes on"
            raise RetryableApiError(message, endpoint=endpoint.path, attempt=attempt) from None
        return wire.read(endpoint, answer.status, answer.headers, answer.body, secrets=secrets, attempt=attempt)

    def _wait_after(self, error: RetryableApiError, attempt: int) -> None:
        if isinstance(error, RateLimitedError):
            self.budget.refused(error.retry_after_s)
        if attempt >= MAX_ATTEMPTS:
            raise error
        log.info("%s; trying again", error)
        if not isinstance(error, RateLimitedError):
            backoff = min(_BACKOFF_S * 2 ** (attempt - 1), _MAX_BACKOFF_S)
            self._connection.clock.sleep(max(backoff * random.uniform(0.5, 1.0), error.retry_after_s or 0.0))  # noqa: S311 - jitter


def provision(connection: Connection, invitation_id: str) -> str:
    """Trade a single-use invitation for the login token. Sent once: the answer is its only copy (contract 3).

    Raises:
        AuthenticationError: the invitation is not known or was used.
        RetryableApiError: no readable answer came; whether the invitation is used up cannot be told.
    """
    budget = connection.budget(Priority.LOGIN)
    body = wire.render(APP_PROVISION, {"invitationid": invitation_id}, None)
    try:
        with budget.slot():
            answer = connection.transport.send(
                f"{connection.base_url}/{APP_PROVISION.path}", wire.FORM_HEADERS, body, connection.rate.timeout_s
            )
    except TransportError as error:
        message = f"No whole answer came ({error}). Look in the Unite portal whether the invitation was used"
        raise RetryableApiError(message, endpoint=APP_PROVISION.path) from None
    finally:
        budget.close()
    return _secret(wire.read(APP_PROVISION, answer.status, answer.headers, answer.body), "logintoken", APP_PROVISION)


def _secret(page: wire.Page, name: str, endpoint: Endpoint) -> str:
    value = page.data.get(name) if isinstance(page.data, dict) else None
    if not isinstance(value, str) or not value:
        message = f"The answer has no {name}"
        raise PermanentApiError(message, endpoint=endpoint.path)
    return value
