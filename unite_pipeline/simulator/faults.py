"""Named faults: what can go wrong between a client and the API, switched on at will.

| Name | What the client sees | Lasts |
|---|---|---|
| too_many_requests | HTTP 429 though within the budget (`retry_after_s` adds the header) | once |
| server_error | HTTP 500 with an HTML page | once |
| unauthorized | HTTP 401 | once |
| payload_too_large | HTTP 413 | once |
| status_false | `status: false` with an unknown code (`error_code`, 688) | once |
| not_allowed | `status: false`, code 1 | always |
| token_expired | code 90; the access token really has expired | once |
| token_invalid | code 21; the access token is really gone | once |
| timeout | no answer for `delay_s`, then a closed connection; TimeoutError in process | once |
| cut_connection | the connection closes half way through the body; ConnectionError in process | once |
| truncated_json | the second half of the body is missing, the length says nothing | once |
| leading_noise | a byte order mark, or `text`, before the JSON | once |
| duplicate_key | `itemcount` twice, the second time with the page count (or `count`) | always |
| empty_map_as_list | maps of number formats, statuses and names come as `[]` | always |
| numbers_as_text | every integer comes as text | always |
| text_as_numbers | every text that reads as an integer comes as one | always |
| missing_error_code | no `errorCode` | always |
| missing_field | one row lacks `field` (its second key unless named) | always |
| wrong_type | one row has "garbage" in `field` (`calltime`, else its second key) | always |
| short_page | pages hold at most `count` (100) rows, whatever is asked | always |
| repeated_last_page | pages past the end repeat the last one | always |
| unstable_order | the last row of a page comes again as first of the next; the row of that place never does | always |
| page_drift | between page 1 and 2 a row appears before the reader's position | once |
| vanishing_row | one row is counted but never delivered | always |
| count_too_high | `itemcount` is `count` (1) too high | always |
| late_rows | the last `count` (3) rows are not there until the fault is cleared | always |
| duplicate_uniqueid | one row comes twice, the second time with other content, and counts twice | always |
| repeated_row | one row stands in the list once more, at its end, the same to the byte, and counts twice | always |
| overlap | one external call is filed under internal, too (listcdrlogs) | always |
| remainder | one call is in no quadrant, only in the list with every filter open (listcdrlogs) | always |
| purged_recording | downloads of a listed recording (`key`, or any) answer a JSON error | always |
| truncated_part | a recording's part comes at half its length | once |
| json_instead_of_mp3 | a download answers a JSON error at HTTP 200 | once |

"Always" faults keep to the same row once they have picked one, so that counts stay consistent between requests.
"""

import threading
from dataclasses import dataclass
from datetime import date

ALWAYS = 1_000_000_000
Days = tuple[date, date]

_ONCE = (
    "too_many_requests", "server_error", "unauthorized", "payload_too_large", "status_false", "token_expired",
    "token_invalid", "timeout", "cut_connection", "truncated_json", "leading_noise", "page_drift", "truncated_part",
    "json_instead_of_mp3",
)  # fmt: skip
_STANDING = (
    "not_allowed", "duplicate_key", "empty_map_as_list", "numbers_as_text", "text_as_numbers", "missing_error_code",
    "missing_field", "wrong_type", "short_page", "repeated_last_page", "vanishing_row", "count_too_high", "late_rows",
    "unstable_order", "duplicate_uniqueid", "repeated_row", "overlap", "remainder", "purged_recording",
)  # fmt: skip
FAULT_NAMES = frozenset(_ONCE + _STANDING)


class HangingConnectionError(TimeoutError):
    """The simulated server never answered; `delay_s` is how long it holds the line over HTTP."""

    def __init__(self, delay_s: float) -> None:
        super().__init__(f"the simulated server did not answer (held for {delay_s} s over HTTP)")
        self.delay_s = delay_s


class CutConnectionError(ConnectionError):
    """The simulated server closed the connection in the middle of its answer."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__("the simulated server closed the connection in the middle of its answer")
        self.status, self.headers, self.body = status, headers, body


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        name: One of the table above.
        endpoint: Limits it to one endpoint, such as "listcdrlogs"; None means any it can happen to.
        after: So many matching requests are let through first.
        times: So many are then hit; None means as the table says, `ALWAYS` never ends.
        every: Of those only every so-manieth, the first included.
        day: For listcdrlogs: only windows that touch this local day, and only its rows.
        count: Rows, for the faults that say so.
        field: Field, for missing_field and wrong_type.
        key: Recording, for purged_recording.
        error_code: For status_false.
        http_status: HTTP status that goes with an error envelope.
        delay_s: Seconds that timeout holds a real connection.
        retry_after_s: Seconds in a Retry-After header, for too_many_requests.
        text: Noise, for leading_noise.
    """

    name: str
    endpoint: str | None = None
    after: int = 0
    times: int | None = None
    every: int | None = None
    day: date | None = None
    count: int | None = None
    field: str | None = None
    key: str | None = None
    error_code: int = 688
    http_status: int = 200
    delay_s: float = 1.0
    retry_after_s: int | None = None
    text: str = "\ufeff"

    def __post_init__(self) -> None:
        if self.name not in FAULT_NAMES:
            raise ValueError(f"no fault is called {self.name!r}; there are {', '.join(sorted(FAULT_NAMES))}")


@dataclass(slots=True, eq=False)
class ActiveFault:
    """A fault and what it has done so far; `picked` remembers the rows it keeps to."""

    fault: Fault
    seen: int = 0
    fired: int = 0
    picked: tuple[str, ...] = ()
    is_over: bool = False

    @property
    def limit(self) -> int:
        """How often it may fire."""
        if self.fault.times is not None:
            return self.fault.times
        return 1 if self.fault.name in _ONCE else ALWAYS

    def matches(self, name: str, endpoint: str, days: Days | None) -> bool:
        """Tells whether a request is one it can happen to."""
        fault = self.fault
        if fault.name != name or self.is_over or self.fired >= self.limit or fault.endpoint not in (None, endpoint):
            return False
        return fault.day is None or (days is not None and days[0] <= fault.day <= days[1])

    def is_due(self) -> bool:
        """Counts a matching request and tells whether it is hit."""
        self.seen += 1
        beyond = self.seen - 1 - self.fault.after
        return beyond >= 0 and (self.fault.every is None or beyond % self.fault.every == 0)


class Faults:
    """The faults that are switched on; may be changed at any time from any thread."""

    def __init__(self, *faults: Fault) -> None:
        """Begins with these switched on."""
        self._active: list[ActiveFault] = []
        self._lock = threading.RLock()
        self.add(*faults)

    def add(self, *faults: Fault) -> None:
        """Switches faults on."""
        with self._lock:
            self._active.extend(ActiveFault(fault) for fault in faults)

    def clear(self, name: str | None = None) -> None:
        """Switches faults of one name off, or all."""
        with self._lock:
            self._active = [item for item in self._active if name is not None and item.fault.name != name]

    def fired(self, name: str) -> int:
        """Returns how often faults of one name that are still switched on have fired."""
        with self._lock:
            return sum(item.fired for item in self._active if item.fault.name == name)

    def names(self) -> list[str]:
        """Returns the names of the faults switched on, in order."""
        with self._lock:
            return [item.fault.name for item in self._active]

    def due(self, name: str, endpoint: str, days: Days | None) -> ActiveFault | None:
        """Returns the fault of that name that hits a request; whoever lets it take effect counts it."""
        if not self._active:
            return None
        with self._lock:
            for item in self._active:
                if item.matches(name, endpoint, days) and item.is_due():
                    return item
        return None


@dataclass(frozen=True, slots=True)
class FaultsOfRequest:
    """The faults as one request meets them.

    Attributes:
        faults: All that are switched on.
        endpoint: The request's endpoint.
        days: For a window of calls its first and last local day, else None.
    """

    faults: Faults
    endpoint: str
    days: Days | None

    @property
    def are_quiet(self) -> bool:
        """Whether nothing at all is switched on."""
        return not self.faults.names()

    def due(self, name: str) -> ActiveFault | None:
        """Returns the fault of that name that hits this request, its effect not yet counted."""
        return self.faults.due(name, self.endpoint, self.days)

    def hit(self, name: str) -> ActiveFault | None:
        """Returns the fault of that name that hits this request, and counts it."""
        item = self.due(name)
        if item is not None:
            item.fired += 1
        return item
