"""The tables of lake and warehouse as data: columns, types, units, meaning; defined once.

Here: what each column is, and the list of all tables. Not here: columns of lists such as extensions (`lists.py`), how
they are made (`transform/`) or loaded (`warehouse/`).
"""

from __future__ import annotations

from unite_pipeline.lake.codes import CERTAINTIES, DISPOSITIONS, FEEDS, KINDS, PARTIES, REASONS
from unite_pipeline.lake.lists import LIST_TABLES
from unite_pipeline.lake.table import FIRST_SEEN, LAST_SEEN, Column, Table, flag, key, measure, text

_READ = key("read_id", "The newest read that has it; its folder under raw/ holds the row or names the read that does")

CALLS = Table(
    "calls",
    "One call (call detail record) per uniqueid: the newest read wins, also when the call moved to another day.",
    ("uniqueid",),
    (
        key("uniqueid", "The API's identifier of the call, as sent"),
        key("started_at", "Start of the call; in the doubled hour the earlier reading", "TIMESTAMPTZ"),
        key("started_at_local", "Start of the call on the tenant's wall clock, as the API sent it", "TIMESTAMP"),
        key("started_at_us", "started_at as microseconds since 1970-01-01 UTC", "BIGINT"),
        flag("is_ambiguous_local_time", "Whether the local start occurred twice (the clock went back)"),
        text(
            "direction",
            "inbound, outbound, internal (by scope), else the API's word in lower case",
            codes=("inbound", "outbound", "internal"),
        ),
        text("direction_sent", "The API's word for the direction, as sent", codes=("in", "out")),
        key(
            "scope",
            "internal, external, mixed (both filters show it) or unknown; the filters are the only label",
            codes=("internal", "external", "mixed", "unknown"),
        ),
        Column("answered", "BOOLEAN", "Whether the filter for answered calls shows it; NULL if both or neither do"),
        measure("duration_s", "Seconds from start to end, as the API rounds them"),
        measure("talk_s", "Seconds connected (the API's billsecond); also when a menu or voicemail answered"),
        measure("ring_s", "Seconds before it was connected: duration_s less talk_s, at least 0"),
        measure("leg_count", "Rows of call_legs", is_required=True),
        text("first_number", "Number of the first leg, as sent"),
        text("last_number", "Number of the last leg, as sent"),
        FIRST_SEEN,
        LAST_SEEN,
        flag("is_gone", "Whether a newer, complete read of its day lacks it"),
        _READ,
    ),
    key("call_date", "Local day of the start", "DATE"),
    looked_up=(
        key("call_hour", "Hour of the start on the tenant's wall clock, 0 to 23", "INTEGER"),
        Column("answered_at", "TIMESTAMPTZ", "When it was connected: started_at and ring_s; NULL if it never was"),
        Column("ended_at", "TIMESTAMPTZ", "When it ended: started_at and duration_s"),
        flag("is_connected", "Whether anybody or anything spoke: talk_s is more than 0"),
        key(
            "disposition",
            "What became of it: answered or missed (inbound), connected or not_connected (outbound), "
            "internal_answered or internal_unanswered, unknown",
            codes=DISPOSITIONS,
        ),
        flag(
            "is_second_side",
            "Whether it is the other side's record of an internal call that has one already: same numbers and lengths, "
            "at most a second later, on the same day",
        ),
        flag(
            "is_counted",
            "Whether marts and metrics count it: it is no second side, and it is not gone, or gone with all of its day "
            "that is older, as when the API forgets old calls",
        ),
        flag("is_offered", "Whether it came in from outside (inbound, external): the population of most metrics"),
        flag("is_in_opening_hours", "Whether it started while the company was open (opening_hours)"),
        flag("is_anonymous", "Whether it came in from outside without a number"),
        flag("is_short_abandon", "Whether it was missed within parameters.short_abandon_s"),
        flag("is_short_call", "Whether it was connected for less than parameters.short_call_s"),
        text(
            "external_number",
            "Number of the outside party: the first of an inbound call; of an outbound one the last "
            "that is none of ours",
        ),
        text(
            "external_e164", "The same in E.164; NULL where it is none. Another notation of a number has the same one"
        ),
        text("external_country", "Country of external_number"),
        text("own_number", "The number of ours that an inbound call came in on"),
        text("call_flow_id", "The first call flow in the chain, or the one that own_number rings at"),
        text(
            "calling_extension_id", "The extension that called: the first in the chain of an outbound or internal call"
        ),
        text(
            "called_extension_id",
            "The last extension in the chain after the caller. A transfer moves the whole call to it: who answered "
            "first, or only rang, is not told",
        ),
        text("contact_id", "The contact that the outside party is"),
    ),
)

CALL_LEGS = Table(
    "call_legs",
    "One entry of a call's chain, in the API's order; it carries no role, time or outcome of its own.",
    ("uniqueid", "position"),
    (
        key("uniqueid", "The call"),
        key("position", "Place in the chain, from 1, as sent: a rejected leg leaves a gap", "INTEGER"),
        text("number", "Number as sent, leading zeros and * kept"),
        text("description", "Free text of the API: a name, a number or nothing"),
        text("number_formatted", "Number as the API formats it"),
        text("country", "CountryID of the number's formats; NULL for internal numbers"),
        key("started_at", "Start of the call", "TIMESTAMPTZ"),
    ),
    key("call_date", "Local day of the call's start", "DATE"),
    looked_up=(
        key("party_type", "Who it is: extension, flow, own_number, contact, anonymous or unknown, as of the call",
            codes=PARTIES),
        text("party_certainty", "certain, likely (one source only, or one of several), presumed (from before the first "
             "snapshot) or ambiguous; NULL where it is anonymous or unknown to every source", codes=CERTAINTIES),
        text("extension_id", "The extension, where it is one"),
        text("call_flow_id", "The call flow: the one it is, or the one that this number of ours rings at"),
        text("contact_id", "The contact ranked first of those with this number, where nobody of ours has it"),
    ),
)  # fmt: skip

NUMBER_PARTIES = Table(
    "number_parties",
    "Whose a number is and when: one period of one owner. Periods of a number do not overlap.",
    ("number", "valid_from"),
    (
        key("number", "Number as sent"),
        key("valid_from", "Start of the period; 1970 where it reaches back as far as anybody knows", "TIMESTAMPTZ"),
        Column("valid_to", "TIMESTAMPTZ", "End of the period; NULL while it holds"),
        key("party_type", "extension, flow, own_number, contact, anonymous, or unknown where sources contradict",
            codes=PARTIES),
        key("certainty", "certain, likely (one source only, or one of several contacts), presumed (from before the "
            "first snapshot) or ambiguous", codes=CERTAINTIES),
        text("extension_id", "The extension, where it is one"),
        text("call_flow_id", "The call flow: the one it is, or the one that this number of ours rings at"),
        text("contact_id", "The contact ranked first: a shared one, with a name, known longest"),
        text("party_name", "Name of the extension, flow or contact in that period"),
    ),
)  # fmt: skip

RECORDINGS = Table(
    "recordings",
    "One audio recording; the newest read wins. The sound itself is not here.",
    ("callrecordkey",),
    (
        key("callrecordkey", "The API's identifier of the recording, as sent"),
        key("recorded_at", "When it was recorded", "TIMESTAMPTZ"),
        key("recorded_at_us", "recorded_at as microseconds since 1970-01-01 UTC", "BIGINT"),
        measure("duration_s", "Seconds; about one more than the audio"),
        measure("size_bytes", "Size of the audio in bytes", "BIGINT"),
        measure("part_count", "Parts it is downloaded in"),
        measure("part_size_bytes", "Size of a part in bytes", "BIGINT"),
        text("filename", "Name the API gives the file"),
        text("from_number", "Internal user or flow on the calling side"),
        text("to_number", "Internal user or flow on the called side"),
        text("to_number_formatted", "to_number as the API formats it"),
        text("to_description", "Free text of the API for to_number"),
        text("from_callerid", "Number of the outside party"),
        text("from_callerid_formatted", "from_callerid as the API formats it"),
        text("queue_name", "Name of the queue, if it came through one"),
        FIRST_SEEN,
        LAST_SEEN,
        flag("is_gone", "Whether every extension that listed it has since been listed in full without it"),
        _READ,
    ),
    key("recorded_date", "Local day it was recorded", "DATE"),
)

RECORDING_EXTENSIONS = Table(
    "recording_extensions",
    "Which extensions list a recording: one row per recording and extension.",
    ("callrecordkey", "extension_id"),
    (
        key("callrecordkey", "The recording"),
        key("extension_id", "The extension in whose list it stands"),
        Column("first_seen_at", "TIMESTAMPTZ", "When the first list that has it was fetched", is_required=True),
        Column("last_seen_at", "TIMESTAMPTZ", "When the newest list that has it was fetched", is_required=True),
        flag("is_gone", "Whether a newer, complete list of this extension lacks it"),
    ),
    key("recorded_date", "Local day the recording was made", "DATE"),
)

RECORDING_AUDIO = Table(
    "recording_audio",
    "One recording whose audio was asked for: whether it is here, and where. The sound stands in files of its own.",
    ("callrecordkey",),
    (
        key("callrecordkey", "The recording"),
        key("extension_id", "An extension named in UNITE_AUDIO_EXTENSIONS that lists it"),
        flag("is_complete", "Whether every part came and was put together"),
        flag("is_vanished", "Whether the API refused it though it was listed; it is asked for again after a week"),
        text("sha256", "Fingerprint of the audio, in hexadecimal; NULL if it vanished"),
        measure("size_bytes", "Size of the audio in bytes, as it came; NULL if it vanished", "BIGINT"),
        measure("part_count", "Parts it came in; NULL if it vanished"),
        text("path", "The MP3, below the data directory; NULL if it does not stand there (any more)"),
        key("fetched_at", "When it was complete, or found to have vanished", "TIMESTAMPTZ"),
    ),
)

NUMBERS = Table(
    "numbers",
    "One number as sent, of all that were ever seen in legs, recordings, phonebook, extensions and call flows.",
    ("number",),
    (
        key("number", "Number as sent; the same number in another notation is another row with the same e164"),
        text("e164", "Number in E.164, with its plus; NULL for short and internal numbers and for what is none"),
        text("country", "Country of its numbering plan (ISO 3166); NULL if there is none or it cannot be told"),
        key("kind", "geographic, mobile, geographic_or_mobile, toll_free, premium, shared_cost, voip, personal, "
             "pager, uan, voicemail, short (codes of the exchange such as *301 too), internal, anonymous or unknown",
            codes=KINDS),
        flag("is_valid", "Whether a numbering plan issues such numbers; of internal numbers no plan speaks"),
        flag("is_internal", "Whether it is a number inside the exchange: kind is internal"),
        flag("is_own", "Whether it is, or was, a number of ours: a call flow's, or the one an extension shows"),
        text("api_formatted", "Number as the API formats it; of several formats the one it gave most often"),
        text("api_country", "CountryID of the API's formats; of several the one it gave most often"),
        text("api_e164", "E.164 of the API's formats; of several the one it gave most often"),
        flag("is_api_disagreement", "Whether any country or E.164 that the API ever told is another than ours"),
        flag("is_in_contacts", "Whether a phonebook item has, or had, it"),
        flag("is_in_extensions", "Whether it is, or was, an extension's number, username or caller ID"),
        flag("is_in_call_flows", "Whether a call flow has it"),
        flag("is_in_cdr_numbers", "Whether the API lists it among the numbers that calls can be filtered by"),
        key("normalised_with", "Library, and its version, whose numbering plans were used"),
    ),
    key("seen_since", "First day of the month of the first leg or recording that has it; 1970-01-01 where only "
        "lists do", "DATE"),
    is_by_day=False,
)  # fmt: skip

COVERAGE = Table(
    "coverage",
    "What is proven: one window of a feed, a local day of calls or the moment of a list, by its newest read.",
    ("feed", "window_start", "window_end"),
    (
        key("feed", "The feed, as its raw folder is called", codes=FEEDS),
        key("window_start", "Start of the window; of a list, the moment it was read", "TIMESTAMPTZ"),
        key("window_end", "End of the window, not included; of a list, the moment it was read", "TIMESTAMPTZ"),
        Column("day", "DATE", "Local day of a window of calls; NULL for a list"),
        measure("expected_rows", "Rows the API said there are; NULL if it did not say", "BIGINT"),
        measure("received_rows", "Rows that came, known ones included", "BIGINT", is_required=True),
        measure("requests", "Requests of the whole read, shared by all its windows: do not add them up", "BIGINT",
                is_required=True),
        flag("is_complete", "Whether the counts agreed when it was read"),
        flag("is_final", "Whether it was read after its end and the time allowed for late calls"),
        flag("is_presumed", "Whether nothing new was inferred from a count, without reading the rows"),
        key("fetched_at", "When the last answer of the read came", "TIMESTAMPTZ"),
        key("read_id", "The read that this is the proof of"),
        text("reason", "Why the read is not complete, if it is not"),
    ),
    key("month", "First day of the month (UTC) that the window starts in", "DATE"),
    is_impersonal=True,
    is_by_day=False,
)  # fmt: skip

REJECTED_ROWS = Table(
    "rejected_rows",
    "One row, or one leg of a call, that did not fit its contract; recorded once, with the read that landed it.",
    ("feed", "read_id", "part", "position", "leg_position", "reason"),
    (
        key("read_id", "The read that landed the row"),
        key("part", "The part of the read: a filter quadrant, an extension or the list"),
        key("position", "Place of the row in the part, from 1", "BIGINT"),
        key("leg_position", "Place of the leg in the chain, from 1; 0 where the whole row is rejected", "INTEGER"),
        key("reason", "not_json, not_an_object, missing_key, bad_time, bad_number, bad_flag, bad_chain, bad_leg, "
             "outside_days or duplicate_key", codes=REASONS),
        Column("row", "JSON", "The row, or the leg, as received (secrets were removed before it was kept)"),
        key("fetched_at", "When the last answer of that read came", "TIMESTAMPTZ"),
    ),
    key("feed", "The feed, as its raw folder is called", codes=FEEDS),
)  # fmt: skip

TABLES = (
    CALLS,
    CALL_LEGS,
    RECORDINGS,
    RECORDING_EXTENSIONS,
    RECORDING_AUDIO,
    *LIST_TABLES,
    NUMBERS,
    NUMBER_PARTIES,
    COVERAGE,
    REJECTED_ROWS,
)
