"""The truth about a company, in plain values: what really is and what really happened.

Times are aware UTC unless the name ends in `_local`; durations are whole seconds; numbers are digits without a plus.
How the API writes any of this belongs to `protocol`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class TrueExtension:
    """One telephone of the company.

    Attributes:
        extension_id: The API's opaque id.
        username: Tenant prefix, `*` and extension number, such as "1234*0203".
        extension_number: Four digits, leading zero kept.
        extno: The API's running number of the extension.
        callerid: Number shown to the outside.
        password: The SIP secret, in the clear as the API has it.
        created_at_local: When it was made, local and naive.
        records: Which of its calls it records, as (direction seen from it, scope).
        remote_ip: Public address it registered from, a documentation address.
        is_registered: Whether it ever registered.
    """

    extension_id: str
    username: str
    name: str
    extension_number: str
    email: str
    password: str
    extno: str
    callerid: str
    created_at_local: datetime
    records: frozenset[tuple[str, str]]
    remote_ip: str
    is_registered: bool


@dataclass(frozen=True, slots=True)
class TrueNumber:
    """One outside number of the company; `flow_number` or `extension_number` says where it rings."""

    number: str
    flow_number: str | None
    extension_number: str | None


@dataclass(frozen=True, slots=True)
class TrueFlow:
    """One call flow: a group, queue or announcement with numbers of its own."""

    flow_id: str
    flow_number: str
    name: str
    numbers: tuple[str, ...]
    is_queue: bool
    is_night: bool
    member_numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrueSwitch:
    """One switch that callers of `*30x` turn on and off."""

    switch_key: str
    switch_number: str
    name: str
    language: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class TrueContact:
    """One phonebook item; `extension_id` "0" means shared by all."""

    contact_id: str
    extension_id: str
    first_name: str
    last_name: str
    company_name: str
    phone_number: str
    phone_number_type: str = "0"


@dataclass(frozen=True, slots=True)
class TrueLeg:
    """One hop of a call's way.

    Attributes:
        number: As the API sends it; empty for an anonymous caller.
        description: Name of an extension, flow or contact, a number, or empty.
        number_formatted: As the API prints it.
        country: Two letters for an outside number, None for hops inside the company and anonymous callers.
        role: What the hop is; the API does not tell.
    """

    number: str
    description: str
    number_formatted: str
    country: str | None
    role: Literal["outside", "own_number", "flow", "extension", "service"]


@dataclass(frozen=True, slots=True)
class TrueCall:
    """One call detail record.

    Attributes:
        uniqueid: The API's key.
        started_at: When it began.
        started_at_local: The same on the company's wall clock, naive, with microseconds.
        is_ambiguous_local_time: Whether that wall clock time happened twice.
        direction: "in" or "out", as the API says it.
        scope: "internal" or "external".
        answered: Whether the API files it under answered; also true if only voicemail picked up.
        duration_s: From start to hang-up, rounded.
        talk_s: From answer to hang-up, rounded; 0 if not answered.
        legs: The hops, first caller to last.
        answered_at: When it was picked up.
        ended_at: Hang-up.
        published_at: When the API begins to show it.
        caller_number: Who called; empty if anonymous.
        own_number: The company's number that was called, for inbound calls.
        flow_number: The flow it passed.
        answered_by: Extension number of the person who talked at the end.
        transferred_by: Extension number of the person who talked first, for a transferred call.
        is_voicemail: Whether voicemail picked up.
        recording_keys: Recordings made of it.
    """

    uniqueid: str
    started_at: datetime
    started_at_local: datetime
    is_ambiguous_local_time: bool
    direction: Literal["in", "out"]
    scope: Literal["internal", "external"]
    answered: bool
    duration_s: int
    talk_s: int
    legs: tuple[TrueLeg, ...]
    answered_at: datetime | None
    ended_at: datetime
    published_at: datetime
    caller_number: str
    own_number: str | None
    flow_number: str | None
    answered_by: str | None
    transferred_by: str | None
    is_voicemail: bool
    recording_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrueRecording:
    """One audio recording of (a part of) a call.

    Attributes:
        callrecordkey: The API's key.
        recorded_at: When the recording began, by the recorder's clock.
        duration_s: Length of the audio, rounded up.
        size_bytes: Size of the whole file.
        part_count: Parts of 4 MiB it is downloaded in.
        filename: As the API lists it.
        from_number: Who is recorded calling, in the recorder's notation.
        to_number: Who is called.
        from_callerid: Outside caller's number; empty if anonymous.
        queue_name: Queue the call came through.
        extension_ids: Extensions that list it.
        uniqueid: Call it was made of; the API does not tell.
        call_date: Local day on which that call started.
        published_at: When the API begins to list it.
    """

    callrecordkey: str
    recorded_at: datetime
    duration_s: int
    size_bytes: int
    part_count: int
    filename: str
    from_number: str
    to_number: str
    from_callerid: str
    queue_name: str | None
    extension_ids: tuple[str, ...]
    uniqueid: str
    call_date: date
    published_at: datetime
