"""Who may come in: the single-use invitation, the login token it buys, and access tokens of half an hour.

Source: "Authentication" and "Accesstoken expiration".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from unite_pipeline.simulator.company.chance import code, stream


class TokenState(Enum):
    """What the server thinks of an access token."""

    GOOD = "good"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class _AccessToken:
    login_token: str
    expires_at: datetime


class Access:
    """The tokens of one simulated customer; the simulator's lock guards them."""

    def __init__(self, seed: int, token_life_s: float, *, single_token: bool) -> None:
        """Token values follow from the seed, so that a run can be told again."""
        self._rng = stream(seed, "tokens")
        self._life = timedelta(seconds=token_life_s)
        self._single_token = single_token
        self._login_tokens: set[str] = set()
        self._access_tokens: dict[str, _AccessToken] = {}
        self.issued: list[tuple[str, str]] = []
        self.invitation_id: str | None = None
        self.enable_invitation()

    def enable_invitation(self) -> str:
        """Makes a new invitation, as re-enabling the App template does."""
        self.invitation_id = self._issue("invitation", code(self._rng, 6))
        return self.invitation_id

    def use_invitation(self, invitation_id: str) -> str | None:
        """Returns a login token for the open invitation, which is then used up; None for any other."""
        if self.invitation_id is None or invitation_id != self.invitation_id:
            return None
        self.invitation_id = None
        return self.new_login_token()

    def new_login_token(self) -> str:
        """Returns a login token without any request."""
        token = self._issue("login token", f"{self._rng.getrandbits(256):064x}")
        self._login_tokens.add(token)
        return token

    def revoke_login_tokens(self) -> None:
        """Makes every login token and access token unknown."""
        self._login_tokens.clear()
        self._access_tokens.clear()

    def log_in(self, login_token: str, now: datetime) -> str | None:
        """Returns an access token, or None for an unknown login token."""
        if login_token not in self._login_tokens:
            return None
        if self._single_token:
            self._access_tokens = {
                key: item for key, item in self._access_tokens.items() if item.login_token != login_token
            }
        token = self._issue("access token", f"{self._rng.getrandbits(192):048x}")
        self._access_tokens[token] = _AccessToken(login_token, now + self._life)
        return token

    def state(self, access_token: str, now: datetime) -> TokenState:
        """Returns what the server thinks of an access token now."""
        item = self._access_tokens.get(access_token)
        if item is None:
            return TokenState.UNKNOWN
        return TokenState.GOOD if now < item.expires_at else TokenState.EXPIRED

    def knows_login_token(self, login_token: str) -> bool:
        """Tells whether a login token is good."""
        return login_token in self._login_tokens

    def login_token_of(self, access_token: str) -> str | None:
        """Returns whose access token it is, expired or not."""
        item = self._access_tokens.get(access_token)
        return item.login_token if item else None

    def expire(self, access_token: str, now: datetime) -> None:
        """Ends an access token's life."""
        if access_token in self._access_tokens:
            self._access_tokens[access_token].expires_at = now

    def forget(self, access_token: str) -> None:
        """Makes an access token unknown."""
        self._access_tokens.pop(access_token, None)

    def _issue(self, kind: str, secret: str) -> str:
        self.issued.append((kind, secret))
        return secret
