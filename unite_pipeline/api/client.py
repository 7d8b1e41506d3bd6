"""The one module that sends: a request in, a page out, retried and paced.

Here: the loop around one request. Not here: writing and reading it (`wire.py`), when it may go (`pacing.py`), the
token (`session.py`). No other layer retries.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from unite_pipeline.api import wire
from unite_pipeline.api.endpoints import ALL_ENDPOINTS, APP_LOGIN, APP_PROVISION, PAGE_SIZE, Effect, Endpoint
from unite_pipeline.api.pacing import Budget, OnWait, Priority, Rate
from unite_pipeline.api.patience import MAX_ATTEMPTS, Patience, Reach
from unite_pipeline.api.session import Session
from unite_pipeline.api.transport import Answer, Transport, TransportError
from unite_pipeline.clock import Clock
from unite_pipeline.errors import (
    ApiError,
    AuthenticationError,
    LakeError,
    PermanentApiError,
    RateLimitedError,
    RetryableApiError,
    TokenRejectedError,
    UnansweredError,
)
from unite_pipeline.state import State, account_key, budget_key

log = logging.getLogger(__name__)

_MAY_USE_UP = (200, 500, 502, 503, 504)
_USED_UP = "Take the invitation for used up: re-enable the App template in the Unite portal for a new one"
_MOST_KEPT = 50


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

    def post(self, endpoint: Endpoint, body: bytes) -> Answer:
        """Send one request, now; whoever asks holds a slot.

        Raises:
            TransportError: no whole answer came.
        """
        return self.transport.send(f"{self.base_url}/{endpoint.path}", wire.FORM_HEADERS, body, self.rate.timeout_s)


class Client:
    """Reads the API for one account. It can send the reads and the log-ins, and nothing that changes anything.

    Args:
        connection: how the account is reached.
        login_token: the long-lived secret.
        priority: whose requests go first when the budget is short.
        on_wait: told of each longer wait for the budget.

    Attributes:
        failures: the errors that requests ended with so far, the last fifty.
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
        self._refusal: AuthenticationError | None = None
        self._reach = Reach()
        self.failures: list[ApiError] = []
        self.requests_sent = 0
        self.logins_sent = 0
        self.waited_for_others_s = 0.0

    def fetch(
        self,
        endpoint: Endpoint,
        params: wire.Params | None = None,
        *,
        page: int = 1,
        page_size: int = PAGE_SIZE,
        most_requests: int | None = None,
    ) -> wire.Page:
        """One page of a read endpoint.

        Args:
            endpoint: what to ask.
            params: its parameters.
            page: from 1, where it has pages.
            page_size: rows a page.
            most_requests: what this may cost, log-ins aside; None leaves it to `patience.py`.

        Raises:
            PermanentApiError: asking again cannot help; nothing is sent for an endpoint that is not a read.
            RetryableApiError: the failure outlasted every try.
        """
        if endpoint.effect is not Effect.READ or endpoint not in ALL_ENDPOINTS:
            message = "The pipeline only reads: this endpoint is never asked"
            raise PermanentApiError(message, endpoint=endpoint.path)
        if self._refusal is not None:
            raise self._refusal  # asking again with the same login token cannot help
        try:
            return self._fetch(_Request(endpoint, params or {}, page, page_size), most_requests)
        except ApiError as error:
            self.failures = [*self.failures[1 - _MOST_KEPT :], error]
            raise

    @property
    def waited_s(self) -> float:
        """Seconds waited so far for the budget, log-ins included, or for others that read the same."""
        return self.budget.waited_s + self._login_budget.waited_s + self.waited_for_others_s

    def close(self) -> None:
        """Take this client out of the queue for the budget."""
        self.budget.close()
        self._login_budget.close()

    def _fetch(self, request: _Request, most_requests: int | None) -> wire.Page:
        tokens = _Tokens(self._session)
        patience = self._patience()
        before = self._asked
        attempt = 1
        while True:
            request.body(tokens.wanted())  # what cannot be written costs no slot
            try:
                answer = self._ask(request, tokens, attempt)
            except RetryableApiError as error:
                self._wait_after(error, patience, is_last=self._asked - before == most_requests)
                attempt += 1
                continue
            if answer is not None:
                return answer
            if tokens.refusal is not None and self._asked - before == most_requests:
                raise tokens.refusal

    @property
    def _asked(self) -> int:
        """Requests sent so far, log-ins aside."""
        return self.requests_sent - self.logins_sent

    def _ask(self, request: _Request, tokens: _Tokens, attempt: int) -> wire.Page | None:
        """Send one try of a request; None if another token is wanted first.

        Waiting for a slot may outlast a token, so the one that is sent is taken when the slot is there. If there is
        none by then, the slot is given back: a log-in needs one too, and the budget may be of a single one.
        """
        with self.budget.slot() as slot:
            token = tokens.at_hand()
            if token is None:
                slot.is_unused = True
                return None
            answer = self._post(request.endpoint, request.body(token), attempt)
        try:
            return request.page_of(answer, secrets=(token, self._login_token), attempt=attempt)
        except TokenRejectedError as error:
            tokens.refuse(token, error)
            return None

    def _log_in(self) -> str:
        attempt, patience = 0, self._patience()
        while True:
            attempt += 1
            body = wire.render(APP_LOGIN, {"logintoken": self._login_token}, None)
            self.logins_sent += 1
            try:
                with self._login_budget.slot():
                    answer = self._post(APP_LOGIN, body, attempt)
                page = wire.read(APP_LOGIN, answer.status, answer.headers, answer.body, attempt=attempt)
            except RetryableApiError as error:
                self._wait_after(error, patience)
            except AuthenticationError as error:
                self._refusal = error
                raise
            else:
                # A waiter of the highest priority must not outlive its log-in.
                self._login_budget.close()
                return _secret(page, "accesstoken", APP_LOGIN)

    def _post(self, endpoint: Endpoint, body: bytes, attempt: int) -> Answer:
        connection = self._connection
        self.requests_sent += 1
        log.debug("Request %d of this process: %s, attempt %d", self.requests_sent, endpoint.path, attempt)
        try:
            answer = connection.post(endpoint, body)
        except TransportError as error:
            what = "The API could not be reached" if error.is_unreached else "No whole answer came"
            message = f"{what} ({error}). Check the network if this goes on"
            raise UnansweredError(
                message, endpoint=endpoint.path, attempt=attempt, is_unreached=error.is_unreached
            ) from None
        self._reach.is_lost = False
        return answer

    def _patience(self) -> Patience:
        return Patience(self._reach, self._connection.clock, self._connection.rate)

    def _wait_after(self, error: RetryableApiError, patience: Patience, *, is_last: bool = False) -> None:
        is_refused = isinstance(error, RateLimitedError) and error.http_status is not None
        if is_refused:
            self.budget.refused(error.retry_after_s)
        if is_last or (isinstance(error, RateLimitedError) and not is_refused):
            raise error  # the ledger knows already that nobody is to send
        wait_s = patience.pause_s(error)
        if is_refused:
            log.info("%s; trying again", error)
            return  # the budget makes everybody wait
        log.info("%s; trying again in %.0f s", error, wait_s)
        self._connection.clock.sleep(wait_s)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked, whichever token it is asked with."""

    endpoint: Endpoint
    params: wire.Params
    page: int
    page_size: int

    def body(self, token: str) -> bytes:
        return wire.render(self.endpoint, self.params, token, page=self.page, page_size=self.page_size)

    def page_of(self, answer: Answer, secrets: tuple[str, ...], attempt: int) -> wire.Page:
        return wire.read(
            self.endpoint,
            answer.status,
            answer.headers,
            answer.body,
            secrets=secrets,
            attempt=attempt,
            page_size=self.page_size,
        )


class _Tokens:
    """The access tokens of one request: which were refused, and which of them it had logged in for itself."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._refused: set[str] = set()
        self._own: set[str] = set()
        self.refusal: TokenRejectedError | None = None

    def wanted(self) -> str:
        """A token that was not refused; logs in if there is none."""
        token = self._session.token(self._refused)
        if token.is_own:
            self._own.add(token.value)
        return token.value

    def at_hand(self) -> str | None:
        """The token that is stored just now; none if it is too old, or was refused."""
        return self._session.stored(self._refused)

    def refuse(self, token: str, error: TokenRejectedError) -> None:
        """Note that the server did not take a token: another one is wanted.

        Raises:
            AuthenticationError: it came fresh from our own log-in, and is not the first one that was refused. Another
                process's token proves nothing: it may be dead since a later log-in (contract 8).
        """
        is_final = bool(self._refused) and token in self._own
        self._refused.add(token)
        self.refusal = error
        if is_final or len(self._refused) >= MAX_ATTEMPTS:
            message = "A new access token was refused as well. Check the App template in the Unite portal"
            raise AuthenticationError(
                message, endpoint=error.endpoint, http_status=error.http_status, error_code=error.error_code
            ) from None


def provision(
    connection: Connection,
    invitation_id: str,
    store: Callable[[str], None] = lambda _token: None,
    on_wait: OnWait | None = None,
) -> str:
    """Trade a single-use invitation for the login token. Sent once: the answer is its only copy (contract 3).

    Args:
        connection: how the API is reached.
        invitation_id: the invitation.
        store: keeps the login token; called before anything else is done once the answer is there.
        on_wait: told of a longer wait for the budget.

    Raises:
        AuthenticationError: the invitation is not known or was used.
        RetryableApiError: no readable answer came; whether the invitation is used up cannot be told.
    """
    body = wire.render(APP_PROVISION, {"invitationid": invitation_id}, None)
    with _slot_of_one_request(connection.budget(Priority.LOGIN, on_wait)):
        token = _trade(connection, body)
        store(token)
    return token


def _trade(connection: Connection, body: bytes) -> str:
    try:
        answer = connection.post(APP_PROVISION, body)
    except TransportError as error:
        message = f"No whole answer came ({error}). Look in the Unite portal whether the invitation was used"
        raise RetryableApiError(message, endpoint=APP_PROVISION.path) from None
    try:
        page = wire.read(APP_PROVISION, answer.status, answer.headers, answer.body)
        return _secret(page, "logintoken", APP_PROVISION)
    except ApiError as error:
        if answer.status in _MAY_USE_UP and not isinstance(error, AuthenticationError):
            error.args = (f"{error.args[0]}. {_USED_UP}",)
        raise


@contextmanager
def _slot_of_one_request(budget: Budget) -> Iterator[None]:
    """A slot that may be given back badly: what came meanwhile is worth more than the ledger."""
    with ExitStack() as entering:
        entering.enter_context(budget.slot())
        held = entering.pop_all()
    try:
        yield
    finally:
        try:
            held.close()
            budget.close()
        except LakeError as error:
            log.warning("A request could not be noted in the ledger: %s", error)


def _secret(page: wire.Page, name: str, endpoint: Endpoint) -> str:
    value = page.data.get(name) if isinstance(page.data, dict) else None
    if not isinstance(value, str) or not value:
        message = f"The answer has no {name}"
        raise PermanentApiError(message, endpoint=endpoint.path)
    return value
