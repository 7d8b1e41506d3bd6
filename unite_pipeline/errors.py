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
    """Root of the tree. Its text is shown to the operator as it stands: what was tried, what came, what to do next.

    Attributes:
        to_do: what to do about errors of this kind, in a sentence; the text may know better.
    """

    to_do = "Do what the message says; if that does not help, report it"


class ConfigurationError(UnitePipelineError):
    """Wrong use or wrong settings. The text names every fault at once and no value that could be a secret."""

    to_do = "Correct the settings that the message names, then load the code location again"


class ApiError(UnitePipelineError):
    """The API did not give what was asked.

    Args:
        message: what was attempted and what to do next; never a body or a token.
        endpoint: path of the endpoint, such as `listcdrlogs`.
        http_status: status of the answer, or None if none came.
        error_code: the vendor's `errorCode`, or None if none was told.
        attempt: 1 for the first try.
    """

    to_do = "Run `unite-pipeline doctor`"

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

    to_do = "Nothing at first: the next run asks again. If it goes on, run `unite-pipeline doctor`"

    def __init__(self, message: str, *, retry_after_s: float | None = None, **facts: object) -> None:
        super().__init__(message, **facts)  # type: ignore[arg-type]
        self.retry_after_s = retry_after_s


class UnansweredError(RetryableApiError):
    """No whole answer came: out of reach, cut off, or out of time.

    Args:
        is_unreached: no connection came about, so nobody has seen the request.
    """

    to_do = "Nothing at first: the next run asks again. If it goes on, check network, name resolution and proxy"

    def __init__(self, message: str, *, is_unreached: bool = False, **facts: object) -> None:
        super().__init__(message, **facts)  # type: ignore[arg-type]
        self.is_unreached = is_unreached


class RateLimitedError(RetryableApiError):
    """HTTP 429: the account's budget is used up in the server's eyes. Wait one full period."""

    to_do = "Nothing: runs go on when the API lets them. If it comes again, see who else uses this account"


class TokenRejectedError(RetryableApiError):
    """The access token is expired or not known (90, 21, HTTP 401). One log-in, one more try."""


class PermanentApiError(ApiError):
    """Asking again cannot help."""

    to_do = "Run `unite-pipeline doctor`, and compare UNITE_BASE_URL and the App template in the Unite portal"


class NotPermittedError(PermanentApiError):
    """The endpoint is not allowed for this login (1, HTTP 403)."""

    to_do = "Ask the administrator of the Unite portal to allow the endpoint to this login"


class PayloadTooLargeError(PermanentApiError):
    """HTTP 413: the request is over the vendor's 20 kB; ask in smaller parts."""

    to_do = "Report it: we ask in parts that are smaller than the limit"


class AuthenticationError(PermanentApiError):
    """The login token is not accepted. Re-enable the App template in the Unite portal and run `provision`."""

    to_do = (
        "Re-enable the App template in the Unite portal, and run `unite-pipeline provision` with its new invitation id"
    )


class IncompleteWindowError(UnitePipelineError):
    """What was asked could not be proven complete; the rows that came are kept."""

    to_do = "Nothing at first: the next run asks for these days again"


class LakeError(UnitePipelineError):
    """A file under the data directory is missing, unreadable or not what it says."""

    to_do = "Do what the message says about the file that it names"


class WarehouseError(UnitePipelineError):
    """The warehouse could not be built or published; the last one stays as it was."""

    to_do = "Run `unite-pipeline rebuild`; readers keep the last warehouse meanwhile"
