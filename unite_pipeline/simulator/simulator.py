"""The door of the simulated API: request in, answer out, everything counted.

`Simulator.handle` does no I/O and waits for nobody; `server` puts it on a socket. Order at the door: path, method,
size, injected refusals, request budget, token, endpoint, damage.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock

from unite_pipeline.simulator.company.company import Company
from unite_pipeline.simulator.faults import CutConnectionError, Faults, FaultsOfRequest, HangingConnectionError
from unite_pipeline.simulator.protocol.access import Access, TokenState
from unite_pipeline.simulator.protocol.calls import window_days
from unite_pipeline.simulator.protocol.damage import damaged
from unite_pipeline.simulator.protocol.endpoints import ENDPOINTS, OPEN_ENDPOINTS, READ_ENDPOINTS
from unite_pipeline.simulator.protocol.exchange import (
    ENDPOINT_NOT_ALLOWED,
    INVALID_TOKEN,
    RENEW_TOKEN,
    Form,
    Options,
    RefusalError,
    Reply,
    Request,
    World,
    failure,
)
from unite_pipeline.simulator.protocol.limits import MAX_REQUEST_BYTES, RequestLimit, Window, request_size
from unite_pipeline.simulator.tenant import Tenant
from unite_pipeline.simulator.truth import Truth

ROOT = "/unite/v1/"
_SECRETS = frozenset(("accesstoken", "logintoken", "invitationid", "password"))
_PHRASES = {
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Payload too large",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request as it was received and answered; the form is without tokens and other secrets.

    Attributes:
        at: When.
        endpoint: Last part of the path.
        status: HTTP status; 0 if the connection was cut or hung.
        error_code: errorCode of an error envelope.
        form: Values by name; names ending in [] hold lists.
    """

    at: datetime
    endpoint: str
    status: int
    error_code: int | None
    form: dict[str, str | list[str]] = field(hash=False)


def system_clock() -> datetime:
    """Returns the real time."""
    return datetime.now(UTC)


class Simulator:
    """The simulated Unite API over one company; safe to call from many threads."""

    def __init__(
        self,
        company: Company | None = None,
        clock: Callable[[], datetime] = system_clock,
        *,
        limit: int = 30,
        period_s: float = 60.0,
        token_life_s: float = 1800.0,
        faults: Faults | None = None,
        window: Window = "sliding",
        single_token: bool = False,
        phonebook_shared_only: bool = False,
    ) -> None:
        """Opens the API over a company.

        Args:
            company: The default company if None.
            clock: Returns the present instant, aware; calls ahead of it have not happened yet.
            limit: Requests admitted per login in a period.
            period_s: Length of that period, seconds.
            token_life_s: Life of an access token, seconds.
            faults: What goes wrong; more may be added at any time.
            window: Whether the period slides or ticks with the clock.
            single_token: Whether a login ends the login's older access tokens.
            phonebook_shared_only: Whether listphonebookitems without extensionid gives the shared level only.
        """
        self.company = company or Company()
        self.faults = faults if faults is not None else Faults()
        self._clock, self._lock = clock, RLock()
        self._limit = RequestLimit(limit, period_s, window)
        self._access = Access(self.company.plan.seed, token_life_s, single_token=single_token)
        self.tenant = Tenant(self.company, lambda: self.now)
        self._world = World(
            self.company, self.tenant, self._access, Options(phonebook_shared_only=phonebook_shared_only)
        )
        self._requests: list[RequestRecord] = []
        self.truth = Truth(self.company, self.tenant, clock, self._lock)

    @property
    def now(self) -> datetime:
        """The simulator's clock, in UTC."""
        return self._clock().astimezone(UTC)

    @property
    def invitation_id(self) -> str | None:
        """The open invitation, or None once it is used."""
        return self._access.invitation_id

    @property
    def issued_secrets(self) -> list[tuple[str, str]]:
        """Every invitation, login token and access token given so far, kind and value, for checks that none leaks."""
        with self._lock:
            return list(self._access.issued)

    @property
    def requests(self) -> list[RequestRecord]:
        """Every request so far, refused ones included, in order."""
        with self._lock:
            return list(self._requests)

    @property
    def refused_count(self) -> int:
        """How many requests were refused for being too many; injected refusals are not counted."""
        return self._limit.refused_count

    @property
    def write_count(self) -> int:
        """How many requests went to endpoints that change something or ring telephones, refused ones included."""
        return sum(item.endpoint in ENDPOINTS and item.endpoint not in READ_ENDPOINTS for item in self.requests)

    @property
    def lock(self) -> RLock:
        """Held while a request is answered; hold it to change `tenant` while the simulator is being served."""
        return self._lock

    @property
    def webhook_url(self) -> str | None:
        """What setapptemplatesettings has set."""
        return self.tenant.webhook_url

    def enable_invitation(self) -> str:
        """Opens a new invitation and returns it."""
        with self._lock:
            return self._access.enable_invitation()

    def new_login_token(self) -> str:
        """Returns a good login token without a request."""
        with self._lock:
            return self._access.new_login_token()

    def revoke_login_token(self) -> None:
        """Makes every token given so far unknown, as removing the App in the portal would."""
        with self._lock:
            self._access.revoke_login_tokens()

    def handle(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        method: str = "POST",
        remote: str = "127.0.0.1",
    ) -> Answer:
        """Answers one request.

        Args:
            path: Path of the URL, with or without a query.
            headers: Request headers.
            body: Form-encoded body.
            method: HTTP method.
            remote: Whose budget a request without a known token uses.

        Raises:
            HangingConnectionError: (a TimeoutError) for the fault timeout.
            CutConnectionError: (a ConnectionError) for the fault cut_connection.
        """
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        endpoint = path.partition("?")[0].removeprefix(ROOT)
        is_known = path.startswith(ROOT) and endpoint in ENDPOINTS
        with self._lock:
            form = Form(body)
            met = FaultsOfRequest(self.faults, endpoint, window_days(form))
            request = Request(endpoint, form, lowered, self.now, met, self._world)
            refused = _refused_at_once(lowered, body, method) if is_known else _plain(404)
            hanging = met.hit("timeout") if refused is None else None
            reply = refused or self._reply(request, remote)
            cut = met.hit("cut_connection") if refused is None and hanging is None else None
            status = reply.status if hanging is None and cut is None else 0
            self._requests.append(RequestRecord(request.now, endpoint, status, reply.error_code, _recorded(form)))
        if hanging is not None:
            raise HangingConnectionError(hanging.fault.delay_s)
        if cut is not None:
            raise CutConnectionError(reply.status, dict(reply.headers), reply.body)
        return Answer(reply.status, dict(reply.headers), reply.body)

    def _reply(self, request: Request, remote: str) -> Reply:
        refused = _injected_refusal(request.faults)
        if refused is not None:
            return refused
        if not self._limit.admits(self._client(request.form, remote), request.now):
            return _plain(429)
        if request.faults.hit("server_error") is not None:
            return _plain(500)
        try:
            self._admit(request)
            reply = ENDPOINTS[request.endpoint](request)
        except RefusalError as refusal:
            reply = failure(refusal.code, refusal.message, refusal.status)
        return damaged(reply, request.faults)

    def _client(self, form: Form, remote: str) -> str:
        """Returns whose budget a request uses: its login's, or its address's if no login is known."""
        login_token = form.text("logintoken")
        if self._access.knows_login_token(login_token):
            return login_token
        return self._access.login_token_of(form.text("accesstoken")) or remote

    def _admit(self, request: Request) -> None:
        """Checks the token and injects what the token's endpoints may answer.

        Raises:
            RefusalError: 21 for an unknown token, 90 for an expired one, or the injected error.
        """
        endpoint, token = request.endpoint, request.form.text("accesstoken")
        for name, code, message in (
            ("status_false", None, "Operation Failed."),
            ("not_allowed", ENDPOINT_NOT_ALLOWED, "The endpoint you want to reach is not allowed"),
        ):
            item = request.faults.hit(name)
            if item is not None:
                raise RefusalError(item.fault.error_code if code is None else code, message, item.fault.http_status)
        if endpoint in OPEN_ENDPOINTS:
            return
        status = 200
        for name, change in (("token_expired", self._expire), ("token_invalid", self._forget)):
            item = request.faults.hit(name)
            if item is not None:
                change(token, request.now)
                status = item.fault.http_status
        state = self._access.state(token, request.now)
        if state is TokenState.EXPIRED:
            raise RefusalError(RENEW_TOKEN, "Access token value renew", status)
        if state is TokenState.UNKNOWN:
            raise RefusalError(INVALID_TOKEN, "Invalid Access Token", status)

    def _expire(self, token: str, now: datetime) -> None:
        self._access.expire(token, now)

    def _forget(self, token: str, _: datetime) -> None:
        self._access.forget(token)


def _injected_refusal(faults: FaultsOfRequest) -> Reply | None:
    """Returns what stands before the request budget."""
    too_many = faults.hit("too_many_requests")
    if too_many is not None:
        wait_s = too_many.fault.retry_after_s
        return _plain(429, {} if wait_s is None else {"retry-after": str(wait_s)})
    if faults.hit("payload_too_large") is not None:
        return _plain(413)
    if faults.hit("unauthorized") is not None:
        return _plain(401)
    return None


def _refused_at_once(headers: Mapping[str, str], body: bytes, method: str) -> Reply | None:
    """Returns what no fault and no budget comes into: wrong method, too large."""
    if method != "POST":
        return _plain(405)
    return _plain(413) if request_size(headers, body) > MAX_REQUEST_BYTES else None


def _plain(status: int, headers: Mapping[str, str] | None = None) -> Reply:
    phrase = _PHRASES[status]
    body = f"<html><head><title>{status} {phrase}</title></head><body><h1>{status} {phrase}</h1></body></html>"
    return Reply(body.encode(), {"content-type": "text/html; charset=UTF-8", **(headers or {})}, status)


def _recorded(form: Form) -> dict[str, str | list[str]]:
    kept: dict[str, str | list[str]] = {}
    for name, value in form.pairs:
        if name in _SECRETS:
            continue
        if name.endswith("[]"):
            values = kept.setdefault(name, [])
            with suppress(AttributeError):
                values.append(value)  # type: ignore[union-attr]
        else:
            kept[name] = value
    return kept
