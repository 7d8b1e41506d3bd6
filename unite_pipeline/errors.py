"""Every error this package raises, grouped by what its reader can do about it.

UnitePipelineError
├── ConfigurationError        wrong use or settings; names the setting, never its value; exit code 2
├── ApiError                  endpoint, http_status, error_code, attempt; never a body or a token
│   ├── RetryableApiError     passing: transport, 429, 5xx, token expired (90), unreadable answer
│   └── PermanentApiError     asking again cannot help: not permitted, refused, bad request, unknown code
│       └── AuthenticationError   the login token is not accepted: provision again
├── IncompleteWindowError     what was asked, what came, what is missing
├── LakeError                 a file of ours is missing, unreadable or not what it says
└── WarehouseError            the warehouse could not be built or published
"""

from __future__ import annotations


class UnitePipelineError(Exception):
    """Root of the tree. Its text is shown to the operator as it stands: what was tried, what came, what to do next."""


class ConfigurationError(UnitePipelineError):
    """Wrong use or wrong settings. The text names every fault at once and no value that could be a secret."""


class ApiError(UnitePipelineError):
    """The API did not give what was asked.

    Args:
        message: what was attempted and what to do next; never a body or a token.
        endpoint: path of the endpoint, such as `listcdrlogs`.
        http_status: status of the answer, or None if none came.
        error_code: the vendor's `errorCode`, or None if none was told.
        attempt: 1 for the first try.
    """

    def __init__(
        self,
        message: str,
        *,
        endpoint: str,
        http_status: int | None = None,
        error_code: int | str | None = None,
        attempt: int = 1,
    ) -> None:
        super().__init__(message)
        self.endpoint = endpoint
        self.http_status = http_status
        self.error_code = error_code
        self.attempt = attempt

    def __str__(self) -> str:
        facts = [f"endpoint {self.endpoint}"]
        if self.http_status is not None:
            facts.append(f"HTTP {self.http_status}")
        if self.error_code is not None:
            facts.append(f"errorCode {self.error_code}")
        if self.attempt > 1:
            facts.append(f"attempt {self.attempt}")
        return f"{self.args[0]} ({', '.join(facts)})"


class RetryableApiError(ApiError):
    """A passing failure: the client asks again, a bounded number of times.

    Args:
        retry_after_s: seconds the server asked us to wait, if it did.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None, **facts: object) -> None:
        super().__init__(message, **facts)  # type: ignore[arg-type]
        self.retry_after_s = retry_after_s


class RateLimitedError(RetryableApiError):
    """HTTP 429: the account's budget is used up in the server's eyes. Wait one full period."""


class TokenRejectedError(RetryableApiError):
    """The access token is expired or not known (90, 21, HTTP 401). One log-in, one more try."""


class PermanentApiError(ApiError):
    """Asking again cannot help."""


class NotPermittedError(PermanentApiError):
    """The endpoint is not allowed for this login (1, HTTP 403)."""


class PayloadTooLargeError(PermanentApiError):
    """HTTP 413: the request is over the vendor's 20 kB; ask in smaller parts."""


class AuthenticationError(PermanentApiError):
    """The login token is not accepted. Re-enable the App template in the Unite portal and run `provision`."""


class IncompleteWindowError(UnitePipelineError):
    """What was asked could not be proven complete; the rows that came are kept."""


class LakeError(UnitePipelineError):
    """A file under the data directory is missing, unreadable or not what it says."""


class WarehouseError(UnitePipelineError):
    """The warehouse could not be built or published; the last one stays as it was."""
