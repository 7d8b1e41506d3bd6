"""One installation, put together: settings in, a client on its data directory out.

Here: wiring of the production parts, and the login token's place. Not here: what is done with them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

from unite_pipeline.api.client import Client, Connection
from unite_pipeline.api.pacing import Budget, OnWait, Priority, Rate
from unite_pipeline.api.transport import HttpTransport
from unite_pipeline.clock import Clock, machine_clock
from unite_pipeline.errors import ApiError, ConfigurationError, LakeError
from unite_pipeline.extract.source import FeedOutcome, Source, Watch
from unite_pipeline.lake.account import Account, is_pinned, pin_account
from unite_pipeline.lake.durable import reserved
from unite_pipeline.lake.places import Places
from unite_pipeline.settings import Settings
from unite_pipeline.state import State, budget_key

log = logging.getLogger(__name__)


def places_of(settings: Settings) -> Places:
    """Where everything of this installation stands."""
    return Places(settings.data_dir, settings.tenant)


class Unite:
    """The account of one installation, for as long as it is entered.

    Nothing is opened before `source` is first used: looking at the pipeline costs no request and needs no token.

    Args:
        settings: what the installation is told.
        clock: the machine's, unless a test moves another.
        on_wait: told of each longer wait for the budget.
        priority: increments go before what is started by hand, this before back-fills, and audio comes last.
        watch: told how the reading of calls goes on.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        on_wait: OnWait | None = None,
        priority: Priority = Priority.INCREMENT,
        watch: Watch | None = None,
    ) -> None:
        self.settings = settings
        self.watch = watch or Watch()
        self.outcomes: list[FeedOutcome] = []
        self.rejected_rows = 0
        self.places = places_of(settings)
        self.clock = clock or machine_clock()
        self._on_wait = on_wait
        self._priority = priority
        self._open = ExitStack()
        self._connection: Connection | None = None
        self._clients: dict[Priority, Client] = {}
        self._requests_before_run = 0
        self._failures_before_run: list[ApiError] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        self._connection = None
        self._clients = {}

    def note(self, outcome: FeedOutcome) -> FeedOutcome:
        """Keep what a feed came to, and say it."""
        self.outcomes.append(outcome)
        log.info("%s: %d rows, %d requests, %s", outcome.feed, outcome.received_rows, outcome.requests, _word(outcome))
        for reason in outcome.reasons:
            log.warning("%s: %s", outcome.feed, reason)
        return outcome

    def note_rejected(self, rows: int) -> None:
        """Count rows that did not fit their contract, over all that is made while this is open."""
        self.rejected_rows += rows

    @property
    def requests_sent(self) -> int:
        """Requests sent so far, retries and log-ins included."""
        return sum(client.requests_sent for client in self._clients.values())

    def check_account(self) -> None:
        """Compare the data directory with the account before anything is made of what stands there.

        Under another tenant nothing would be found and an empty warehouse published, under another zone shifted times.

        Raises:
            ConfigurationError: it belongs to another account.
        """
        check_pin(self.settings)

    def begin_run(self) -> None:
        """Count the requests of one more run; a sync may be several."""
        self._requests_before_run = self.requests_sent
        self._failures_before_run = self._failures

    @property
    def requests_of_run(self) -> int:
        """Requests sent since the run began, retries and log-ins included."""
        return self.requests_sent - self._requests_before_run

    @property
    def failures_of_run(self) -> list[ApiError]:
        """The errors that requests ended with since the run began; of one who outlasted every try, the last."""
        return [error for error in self._failures if error not in self._failures_before_run]

    @property
    def _failures(self) -> list[ApiError]:
        return [error for client in self._clients.values() for error in client.failures]

    @property
    def waited_s(self) -> float:
        """Seconds waited so far for the request budget, or for another process that reads the same feed."""
        return sum(client.waited_s for client in self._clients.values())

    @property
    def source(self) -> Source:
        """Where to read and land.

        Raises:
            ConfigurationError: no login token, or the data directory belongs to another account.
        """
        return self._source(self._priority)

    @property
    def audio_source(self) -> Source:
        """The same for audio: its requests let everything else that is alive go first.

        Raises:
            ConfigurationError: as for `source`.
        """
        return self._source(Priority.AUDIO)

    def connection(self) -> Connection:
        """How the account is reached."""
        transport = HttpTransport()
        self._open.callback(transport.close)
        return Connection(
            self.settings.base_url,
            transport,
            rate_of(self.settings),
            self.clock,
            State(self.places.state),
            self.places.locks / "login.lock",
        )

    def _source(self, priority: Priority) -> Source:
        if priority not in self._clients:
            pin(self.settings)
            token = login_token(self.settings)
            self._connection = self._connection or self.connection()
            client = Client(self._connection, token, priority, self._on_wait)
            self._open.callback(client.close)
            self._clients[priority] = client
        return Source(self._clients[priority], self.places, self.clock, self.settings.timezone)

    def budget(self) -> Budget:
        """The account's budget, to look at."""
        return Budget(State(self.places.state), budget_key(self.settings.base_url), rate_of(self.settings), self.clock)


def _word(outcome: FeedOutcome) -> str:
    if outcome.has_more:
        return "the next sync goes on"
    return "proven complete" if outcome.is_proven else "NOT proven complete"


def rate_of(settings: Settings) -> Rate:
    """The request budget that the settings tell."""
    return Rate(settings.rate_limit, settings.rate_period_s, settings.timeout_s)


def pin(settings: Settings) -> None:
    """Compare the data directory with the account, or pin it at first use.

    Raises:
        ConfigurationError: it belongs to another one.
    """
    pin_account(places_of(settings), _account(settings))


def check_pin(settings: Settings) -> None:
    """Compare the data directory with the account, and write nothing.

    Raises:
        ConfigurationError: it belongs to another one.
    """
    is_pinned(places_of(settings), _account(settings))


def _account(settings: Settings) -> Account:
    return Account(base_url=settings.base_url, tenant=settings.tenant, timezone=settings.timezone)


def login_token(settings: Settings) -> str:
    """The long-lived secret: the variable wins over the file.

    Raises:
        ConfigurationError: there is none.
    """
    if settings.login_token is not None:
        return settings.login_token.get_secret_value()
    path = places_of(settings).login_token
    try:
        token = path.read_text().strip()
    except FileNotFoundError:
        token = ""
    if not token:
        message = (
            "There is no login token. Enable the App template in the Unite portal and run "
            "`unite-pipeline provision INVITATION_ID`, or set UNITE_LOGIN_TOKEN"
        )
        raise ConfigurationError(message)
    return token


def has_login_token(settings: Settings) -> bool:
    """Whether there is a login token to use."""
    return settings.login_token is not None or places_of(settings).login_token.exists()


@contextmanager
def place_for_login_token(settings: Settings) -> Iterator[Callable[[str], None]]:
    """Make the place of a login token that is about to be obtained; what is given puts the token there, durably.

    Raises:
        ConfigurationError: UNITE_LOGIN_TOKEN is set, and would win over what is put here.
        OSError: nothing can be put there.
    """
    if settings.login_token is not None:
        message = (
            "UNITE_LOGIN_TOKEN is set, and wins over a login token that `provision` stores. Remove it from the "
            "environment and from .env first; nothing was sent, and the invitation is as good as it was"
        )
        raise ConfigurationError(message)
    with reserved(places_of(settings).login_token, room_bytes=4096, mode=0o600) as place:

        def store(token: str) -> None:
            try:
                place.fill(token.encode() + b"\n")
            except OSError as error:
                message = (
                    f"The invitation is used up, but its login token could not be put at {place.path} "
                    f"({error.strerror}). If {place.aside} holds it, move that file there; if not, re-enable the App "
                    "template in the Unite portal for a new invitation"
                )
                raise LakeError(message) from error

        yield store
