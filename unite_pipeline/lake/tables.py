"""The tables of lake and warehouse as data: columns, types, units, meaning; defined once.

Here: what each column is. Not here: how it is made (`transform/`) or loaded (`warehouse/`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

_ARROW_TYPES = {
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "INTEGER": pa.int32(),
    "JSON": pa.string(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    "VARCHAR": pa.string(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `type` is DuckDB's; a required one is never NULL."""

    name: str
    type: str
    description: str
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Args:
        name: asset, lake folder, SQL file and table alike.
        description: the grain in words.
        key: columns that are unique within a tenant.
        columns: in the order they stand in files.
        partition: the column whose value is the folder instead of a column of the file, or None for a single file.
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    partition: Column | None = None

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of a file: no tenant, no partition column, no dictionaries, signed integers."""
        return pa.schema([(column.name, _ARROW_TYPES[column.type]) for column in self.columns])

    @property
    def read_schema(self) -> pa.Schema:
        """Arrow schema of what a reader sees: the file's, and the partition column."""
        if self.partition is None:
            return self.schema
        return self.schema.append(pa.field(self.partition.name, _ARROW_TYPES[self.partition.type]))

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Columns of the warehouse table: tenant, key, partition, the rest."""
        partition = () if self.partition is None else (self.partition,)
        return (TENANT, *self.columns[:1], *partition, *self.columns[1:])


def _key(name: str, description: str, type_: str = "VARCHAR") -> Column:
    return Column(name, type_, description, is_required=True)


def _text(name: str, description: str) -> Column:
    return Column(name, "VARCHAR", description)


def _flag(name: str, description: str) -> Column:
    return Column(name, "BOOLEAN", description, is_required=True)


TENANT = _key("tenant", "Slug of the tenant (UNITE_TENANT)")

_FIRST_SEEN = Column("first_seen_at", "TIMESTAMPTZ", "When the first read that has it was fetched", is_required=True)
_LAST_SEEN = Column("last_seen_at", "TIMESTAMPTZ", "When the newest read that has it was fetched", is_required=True)
_READ = _key("read_id", "The newest read that has it; its folder under raw/ holds the row or names the read that does")
_VALIDITY = (
    _key("valid_from", "When the first snapshot that shows this state was fetched", "TIMESTAMPTZ"),
    Column("valid_to", "TIMESTAMPTZ", "When the first snapshot that shows another state, or a complete one that lacks "
           "it, was fetched; NULL while it holds"),
    _flag("is_current", "Whether this state holds as far as is known"),
)  # fmt: skip

CALLS = Table(
    "calls",
    "One call (call detail record) per uniqueid: the newest read wins, also when the call moved to another day.",
    ("uniqueid",),
    (
        _key("uniqueid", "The API's identifier of the call, as sent"),
        _key("started_at", "Start of the call; in the doubled hour the earlier reading", "TIMESTAMPTZ"),
        _key("started_at_local", "Start of the call on the tenant's wall clock, as the API sent it", "TIMESTAMP"),
        _key("started_at_us", "started_at as microseconds since 1970-01-01 UTC", "BIGINT"),
        _flag("is_ambiguous_local_time", "Whether the local start occurred twice (the clock went back)"),
        _text("direction", "inbound, outbound, internal (by scope), else the API's word in lower case"),
        _text("direction_sent", "The API's word for the direction, as sent"),
        _key("scope", "internal, external, mixed (both filters show it) or unknown; the filters are the only label"),
        Column("answered", "BOOLEAN", "Whether the filter for answered calls shows it; NULL if both or neither do"),
        Column("duration_s", "INTEGER", "Seconds from start to end, as the API rounds them"),
        Column("talk_s", "INTEGER", "Seconds connected (the API's billsecond); also when a menu or voicemail answered"),
        Column("ring_s", "INTEGER", "Seconds before it was connected: duration_s less talk_s, at least 0"),
        Column("leg_count", "INTEGER", "Rows of call_legs", is_required=True),
        _text("first_number", "Number of the first leg, as sent"),
        _text("last_number", "Number of the last leg, as sent"),
        _FIRST_SEEN,
        _LAST_SEEN,
        _flag("is_gone", "Whether a newer, complete read of its day lacks it"),
        _READ,
    ),
    _key("call_date", "Local day of the start", "DATE"),
)

CALL_LEGS = Table(
    "call_legs",
    "One entry of a call's chain, in the API's order; it carries no role, time or outcome of its own.",
    ("uniqueid", "position"),
    (
        _key("uniqueid", "The call"),
        _key("position", "Place in the chain, from 1, as sent: a rejected leg leaves a gap", "INTEGER"),
        _text("number", "Number as sent, leading zeros and * kept"),
        _text("description", "Free text of the API: a name, a number or nothing"),
        _text("number_formatted", "Number as the API formats it"),
        _text("country", "CountryID of the number's formats; NULL for internal numbers"),
    ),
    _key("call_date", "Local day of the call's start", "DATE"),
)

RECORDINGS = Table(
    "recordings",
    "One audio recording; the newest read wins. The sound itself is not here.",
    ("callrecordkey",),
    (
        _key("callrecordkey", "The API's identifier of the recording, as sent"),
        _key("recorded_at", "When it was recorded", "TIMESTAMPTZ"),
        _key("recorded_at_us", "recorded_at as microseconds since 1970-01-01 UTC", "BIGINT"),
        Column("duration_s", "INTEGER", "Seconds; about one more than the audio"),
        Column("size_bytes", "BIGINT", "Size of the audio in bytes"),
        Column("part_count", "INTEGER", "Parts it is downloaded in"),
        Column("part_size_bytes", "BIGINT", "Size of a part in bytes"),
        _text("filename", "Name the API gives the file"),
        _text("from_number", "Internal user or flow on the calling side"),
        _text("to_number", "Internal user or flow on the called side"),
        _text("to_number_formatted", "to_number as the API formats it"),
        _text("to_description", "Free text of the API for to_number"),
        _text("from_callerid", "Number of the outside party"),
        _text("from_callerid_formatted", "from_callerid as the API formats it"),
        _text("queue_name", "Name of the queue, if it came through one"),
        _FIRST_SEEN,
        _LAST_SEEN,
        _flag("is_gone", "Whether every extension that listed it has since been listed in full without it"),
        _READ,
    ),
    _key("recorded_date", "Local day it was recorded", "DATE"),
)

RECORDING_EXTENSIONS = Table(
    "recording_extensions",
    "Which extensions list a recording: one row per recording and extension.",
    ("callrecordkey", "extension_id"),
    (
        _key("callrecordkey", "The recording"),
        _key("extension_id", "The extension in whose list it stands"),
        Column("first_seen_at", "TIMESTAMPTZ", "When the first list that has it was fetched", is_required=True),
        Column("last_seen_at", "TIMESTAMPTZ", "When the newest list that has it was fetched", is_required=True),
        _flag("is_gone", "Whether a newer, complete list of this extension lacks it"),
    ),
)

EXTENSION_STATE = (
    _text("username", "Account name, such as 1234*0200"),
    _text("name", "Display name"),
    _text("extension_number", "Number as dialled inside (the API's extno_format), such as 0200"),
    _text("extension_no", "The API's extno, such as 1"),
    _text("email", "E-mail address"),
    _text("caller_id_type", "The API's code for what is shown to the called party"),
    _text("caller_id", "Number shown to the called party"),
    _text("country", "Country of the extension"),
    _text("extension_type", "The API's code for the kind of extension"),
    Column("created_at_local", "TIMESTAMP", "When it was made, on the tenant's wall clock, as sent"),
)

CONTACT_STATE = (
    _text("extension_id", "Extension whose book it stands in; 0 is the shared one"),
    _text("first_name", "First name"),
    _text("last_name", "Last name"),
    _text("company_name", "Company"),
    _text("phone_number", "Number as sent"),
    _text("phone_number_type", "The API's code for the kind of number"),
    _text("phone_number_formatted", "Number as the API formats it"),
    _text("phone_number_e164", "Number in E.164, as the API gives it"),
    _text("country", "CountryID of the number's formats"),
)

_LIFE = (_flag("is_deleted", "Whether the newest complete snapshot lacks it"), _FIRST_SEEN, _LAST_SEEN)

EXTENSIONS = Table(
    "extensions",
    "One extension as last seen. No password and no address of a device ever gets here.",
    ("extension_id",),
    (_key("extension_id", "The API's identifier of the extension"), *EXTENSION_STATE, *_LIFE),
)

EXTENSION_HISTORY = Table(
    "extension_history",
    "One state of an extension and how long snapshots showed it.",
    ("extension_id", "valid_from"),
    (_key("extension_id", "The API's identifier of the extension"), *EXTENSION_STATE, *_VALIDITY),
)

CONTACTS = Table(
    "contacts",
    "One phonebook item as last seen.",
    ("contact_id",),
    (_key("contact_id", "The API's identifier of the item"), *CONTACT_STATE, *_LIFE),
)

CONTACT_HISTORY = Table(
    "contact_history",
    "One state of a phonebook item and how long snapshots showed it.",
    ("contact_id", "valid_from"),
    (_key("contact_id", "The API's identifier of the item"), *CONTACT_STATE, *_VALIDITY),
)

NUMBERS = Table(
    "numbers",
    "One number as sent, of all that were ever seen in legs, recordings, phonebook, extensions and call flows.",
    ("number",),
    (
        _key("number", "Number as sent; the same number in another notation is another row with the same e164"),
        _text("e164", "Number in E.164, with its plus; NULL for short and internal numbers and for what is none"),
        _text("country", "Country of its numbering plan (ISO 3166); NULL if there is none or it cannot be told"),
        _key("kind", "geographic, mobile, geographic_or_mobile, toll_free, premium, shared_cost, voip, personal, "
             "pager, uan, voicemail, short (codes of the exchange such as *301 too), internal, anonymous or unknown"),
        _flag("is_valid", "Whether a numbering plan issues such numbers; of internal numbers no plan speaks"),
        _flag("is_internal", "Whether it is a number inside the exchange: kind is internal"),
        _flag("is_own", "Whether it is, or was, a number of ours: a call flow's, or the one an extension shows"),
        _text("api_formatted", "Number as the API formats it; of several formats the one it gave most often"),
        _text("api_country", "CountryID of the API's formats; of several the one it gave most often"),
        _text("api_e164", "E.164 of the API's formats; of several the one it gave most often"),
        _flag("is_api_disagreement", "Whether any country or E.164 that the API ever told is another than ours"),
        _flag("is_in_legs", "Whether a call leg has it"),
        _flag("is_in_recordings", "Whether a recording has it, on either side or as caller ID"),
        _flag("is_in_contacts", "Whether a phonebook item has, or had, it"),
        _flag("is_in_extensions", "Whether it is, or was, an extension's number, username or caller ID"),
        _flag("is_in_call_flows", "Whether a call flow has it"),
        _flag("is_in_cdr_numbers", "Whether the API lists it among the numbers that calls can be filtered by"),
        _key("normalised_with", "Library, and its version, whose numbering plans were used"),
    ),
)  # fmt: skip

COVERAGE = Table(
    "coverage",
    "What is proven: one window of a feed, a local day of calls or the moment of a list, by its newest read.",
    ("feed", "window_start", "window_end"),
    (
        _key("feed", "cdr_logs, call_records, extensions or phonebook"),
        _key("window_start", "Start of the window; of a list, the moment it was read", "TIMESTAMPTZ"),
        _key("window_end", "End of the window, not included; of a list, the moment it was read", "TIMESTAMPTZ"),
        Column("day", "DATE", "Local day of a window of calls; NULL for a list"),
        Column("expected_rows", "BIGINT", "Rows the API said there are; NULL if it did not say"),
        Column("received_rows", "BIGINT", "Rows that came, known ones included", is_required=True),
        Column("requests", "BIGINT", "Requests of the whole read, shared by all its windows: do not add them up",
               is_required=True),
        _flag("is_complete", "Whether the counts agreed when it was read"),
        _flag("is_final", "Whether it was read after its end and the time allowed for late calls"),
        _flag("is_presumed", "Whether nothing new was inferred from a count, without reading the rows"),
        _key("fetched_at", "When the last answer of the read came", "TIMESTAMPTZ"),
        _key("read_id", "The read that this is the proof of"),
        _text("reason", "Why the read is not complete, if it is not"),
    ),
)  # fmt: skip

REJECTED_ROWS = Table(
    "rejected_rows",
    "One row, or one leg of a call, that did not fit its contract; recorded once, with the read that landed it.",
    ("feed", "read_id", "part", "position", "leg_position", "reason"),
    (
        _key("read_id", "The read that landed the row"),
        _key("part", "The part of the read: a filter quadrant, an extension or the list"),
        _key("position", "Place of the row in the part, from 1", "BIGINT"),
        _key("leg_position", "Place of the leg in the chain, from 1; 0 where the whole row is rejected", "INTEGER"),
        _key("reason", "not_json, not_an_object, missing_key, bad_time, bad_number, bad_chain, bad_leg, outside_days "
             "or duplicate_key"),
        Column("row", "JSON", "The row, or the leg, as received (secrets were removed before it was kept)"),
        _key("fetched_at", "When the last answer of that read came", "TIMESTAMPTZ"),
    ),
    _key("feed", "cdr_logs, call_records, extensions or phonebook"),
)  # fmt: skip

TABLES = (
    CALLS,
    CALL_LEGS,
    RECORDINGS,
    RECORDING_EXTENSIONS,
    EXTENSIONS,
    EXTENSION_HISTORY,
    CONTACTS,
    CONTACT_HISTORY,
    NUMBERS,
    COVERAGE,
    REJECTED_ROWS,
)
