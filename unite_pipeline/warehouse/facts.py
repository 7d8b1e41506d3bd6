"""Tables that follow from calls over time: traffic by the minute, missed callers, callers, durations, and their views.

Here: columns. Not here: how they are made (`sql/`, one file a table), plain counts of calls (`marts.py`).
"""

from __future__ import annotations

from unite_pipeline.lake.table import Column, Table, flag, key, measure, text
from unite_pipeline.warehouse.marts import DAY

RESOLUTIONS = ("callback", "caller_reached", "none")
OUTCOMES = ("callback", "caller_reached", "lost", "undecided")
DURATION_KINDS = ("ring", "missed", "talk", "outbound_talk", "internal_talk")
LABEL_KINDS = ("extension", "call_flow", "own_number", "contact")

COVERED_DAYS = Table(
    "covered_days",
    "One local day whose calls were asked for, and how far they are proven: where a sum has no row, this tells a day "
    "without calls from a day that nobody has read.",
    ("call_date",),
    (
        key("call_date", "The local day", "DATE"),
        flag("is_complete", "Whether the API's own counts agreed when it was last read"),
        flag("is_over", "Whether it was last read after its end. A call is filed when it is over, so the last minutes "
             "of a day may still grow until is_final"),
        flag("is_final", "Whether that was so long after its end that no late call can follow"),
        key("checked_at", "When its newest answer came", "TIMESTAMPTZ"),
        Column("covered_until", "TIMESTAMPTZ", "All calls that the API had filed up to this instant, from this day's "
               "start on, are proven to be here, without a day left out; NULL where those of the day itself are not"),
    ),
    is_impersonal=True,
)  # fmt: skip

_MINUTE_DAY = key("call_date", "Local day of the minute", "DATE")
_TRAFFIC = (
    measure("line_us", "Microseconds that calls with outside took up a line, from start to end, in total", "BIGINT",
            is_required=True),
    measure("talk_us", "Microseconds of conversation with outside, in total", "BIGINT", is_required=True),
    measure("line_peak", "Most calls with outside at the same time", is_required=True),
    measure("talk_peak", "Most conversations with outside at the same time", is_required=True),
)  # fmt: skip
_ERLANG = (
    measure("line_erlang", "Mean number of lines in use (ITU-T B.18)", "DOUBLE", is_required=True),
    measure("talk_erlang", "Mean number of conversations with outside", "DOUBLE", is_required=True),
)

CONCURRENCY_MINUTES = Table(
    "concurrency_minutes",
    "One minute with traffic: how many calls with outside stood at once. A call counts up to the end of the day after "
    "its start; one that ends when another starts does not meet it.",
    ("minute_at",),
    (
        key("minute_at", "Start of the minute", "TIMESTAMPTZ"),
        key("minute_local", "Start of the minute on the wall clock", "TIMESTAMP"),
        *_TRAFFIC,
    ),
    _MINUTE_DAY,
    is_impersonal=True,
)

TRAFFIC_BY_HOUR = Table(
    "traffic_by_hour",
    "One hour with traffic: what calls with outside took up, wherever they started; an hour that came twice is two.",
    ("hour_at",),
    (
        key("hour_at", "Start of the hour", "TIMESTAMPTZ"),
        key("call_date", "Local day of the hour", "DATE"),
        key("call_hour", "Hour on the wall clock, 0 to 23", "INTEGER"),
        *_TRAFFIC,
        *_ERLANG,
    ),
    is_impersonal=True,
)

TRAFFIC_BY_DAY = Table(
    "traffic_by_day",
    "One local day with traffic: its busiest clock hour, and the lines that hour takes.",
    ("call_date",),
    (
        key("call_date", "The local day", "DATE"),
        *_TRAFFIC,
        key("busy_hour_at", "Start of the clock hour with most line traffic; of equal ones the first", "TIMESTAMPTZ"),
        key("busy_hour", "The same on the wall clock, 0 to 23", "INTEGER"),
        measure("busy_hour_erlang", "Mean number of lines in use in that hour", "DOUBLE", is_required=True),
        measure("lines_needed", "Lines that lose at most 1 % of that traffic (Erlang B); NULL beyond erlang_b"),
    ),
    is_impersonal=True,
)

BUSY_HOURS = Table(
    "busy_hours",
    "One calendar month: its time-consistent busy hour, which is the same clock hour averaged over the days that were "
    "open, are over and were read whole; no row where there is none.",
    ("month",),
    (
        key("month", "First day of the month", "DATE"),
        key("busy_hour", "Hour on the wall clock, 0 to 23, with the highest mean; of equal ones the first", "INTEGER"),
        measure("open_days", "Open days of the month that are over and proven complete in covered_days",
                is_required=True),
        measure("busy_hour_erlang", "Mean number of lines in use in that hour over those days", "DOUBLE",
                is_required=True),
        measure("lines_needed", "Lines that lose at most 1 % of that traffic (Erlang B); NULL beyond erlang_b"),
        measure("line_peak", "Most calls with outside at the same time, on any of those days", is_required=True),
    ),
    is_impersonal=True,
)  # fmt: skip

MISSED_EPISODES = Table(
    "missed_episodes",
    "One episode: from the first missed call of an outside number until it was talked to, or until parameters."
    "repeat_within_h passed. A missed call opens one unless a missed call less than that before it still waits.",
    ("uniqueid",),
    (
        key("uniqueid", "The first missed call"),
        key("caller", "The number: in E.164, as sent where it has none; callers without a number have no episodes"),
        key("started_at", "Start of the first missed call", "TIMESTAMPTZ"),
        key("started_at_local", "The same on the wall clock", "TIMESTAMP"),
        flag("is_in_opening_hours", "Whether the first missed call came while the company was open"),
        text("own_number", "The number of ours that the first missed call came in on"),
        text("call_flow_id", "The call flow of the first missed call"),
        text("contact_id", "The contact that the caller is"),
        measure("missed_calls", "Missed calls of the number in the episode, the first included", is_required=True),
        key("resolved_by", "callback (we reached the number), caller_reached (it was answered when it called again) or "
            "none; which of these are lost missed_outcomes tells", codes=RESOLUTIONS),
        key("window_ends_at", "parameters.repeat_within_h after started_at", "TIMESTAMPTZ"),
        Column("first_attempt_at", "TIMESTAMPTZ", "Start of the first call of ours to the number in the episode, "
               "answered or not; NULL if there was none"),
        Column("contact_at", "TIMESTAMPTZ", "Start of the call in which it was talked to; NULL if it was not"),
        text("contact_uniqueid", "That call"),
        measure("first_attempt_after_s", "Whole seconds from started_at to first_attempt_at"),
        measure("first_attempt_after_open_s", "The same, counting only seconds in which the company was open"),
        measure("contact_after_s", "Whole seconds from started_at to contact_at"),
    ),
    key("call_date", "Local day of the first missed call", "DATE"),
)  # fmt: skip

MISSED_OUTCOMES = Table(
    "missed_outcomes",
    "What became of one episode of missed_episodes, as far as the calls that were read can tell.",
    ("uniqueid",),
    (
        key("uniqueid", "The first missed call"),
        key("call_date", "Its local day", "DATE"),
        key(
            "outcome",
            "callback, caller_reached, lost (no contact, and every day up to window_ends_at was read) or "
            "undecided (the window is not over, or a day in it was not read)",
            codes=OUTCOMES,
        ),
        flag(
            "is_decided",
            "Whether the window is over and every day of it was read, whatever the outcome: shares of "
            "lost callers are of these, since of younger ones only contact can be known",
        ),
    ),
)

MISSED_EPISODES_BY_DAY = Table(
    "missed_episodes_by_day",
    "Missed callers of one local day, by the first missed call, and what became of them.",
    ("call_date",),
    (
        key("call_date", "Local day of the first missed call", "DATE"),
        measure("episodes", "Episodes of missed callers", "BIGINT", is_required=True),
        measure("called_back", "Of these, resolved by a call of ours", "BIGINT", is_required=True),
        measure("caller_reached", "Of these, resolved by the caller, who was answered", "BIGINT", is_required=True),
        measure("lost", "Of these, without contact within parameters.repeat_within_h", "BIGINT", is_required=True),
        measure("decided", "Of the episodes, those whose window is over and was read; lost ones are a share of these",
                "BIGINT", is_required=True),
        measure("undecided", "Of the episodes, without contact so far; the window is not over, or a day in it was not "
                "read", "BIGINT", is_required=True),
        measure("attempted", "Of these, those that we called, answered or not", "BIGINT", is_required=True),
        measure("attempted_within_1h", "Of these, those that we called within an hour", "BIGINT", is_required=True),
        measure("first_attempt_total_s", "Seconds to our first call, in total", "BIGINT", is_required=True),
        measure("first_attempt_median_s", "Median seconds to our first call; does not add up"),
        measure("first_attempt_open_median_s", "The same in opening hours only; does not add up"),
        measure("contact_median_s", "Median seconds to contact, by either side; does not add up"),
    ),
    is_impersonal=True,
)  # fmt: skip

CALLS_BY_CALLER = Table(
    "calls_by_caller",
    "Calls from one outside number on one local day; callers without a number are not here.",
    ("call_date", "caller"),
    (
        key("caller", "The number: in E.164, as sent where it has none"),
        measure("offered", "Its calls", is_required=True),
        measure("answered", "Of these, answered", is_required=True),
        measure("missed", "Of these, missed", is_required=True),
        measure("repeats", "Of these, less than parameters.repeat_within_h after another of its calls",
                is_required=True),
        measure("repeats_7d", "Of these, less than 7 times 24 hours after another of its calls", is_required=True),
        measure("answered_once", "Of the answered, those that it did not follow by another call within "
                "parameters.repeat_within_h", is_required=True),
    ),
    DAY,
)  # fmt: skip

CALLERS = Table(
    "callers",
    "One outside number that ever called, as far as history reaches.",
    ("caller",),
    (
        key("caller", "The number: in E.164, as sent where it has none"),
        key("first_call_date", "Local day of its first call; history begins somewhere, so early ones look new", "DATE"),
        key("last_call_date", "Local day of its last call", "DATE"),
        measure("days", "Local days on which it called", "BIGINT", is_required=True),
        measure("offered", "Its calls", "BIGINT", is_required=True),
        measure("answered", "Of these, answered", "BIGINT", is_required=True),
        measure("missed", "Of these, missed", "BIGINT", is_required=True),
    ),
)

CALLERS_BY_DAY = Table(
    "callers_by_day",
    "Outside numbers that called on one local day. Days do not add up: count numbers in calls_by_caller.",
    ("call_date",),
    (
        key("call_date", "The local day", "DATE"),
        measure("callers", "Numbers that called", "BIGINT", is_required=True),
        measure("new_callers", "Of these, never before seen; adds up", "BIGINT", is_required=True),
        measure("repeat_callers", "Of these, with a call less than parameters.repeat_within_h after another", "BIGINT",
                is_required=True),
        measure("repeat_callers_7d", "Of these, with a call less than 7 times 24 hours after another", "BIGINT",
                is_required=True),
        measure("identified", "Calls with a number; adds up, as the next ones do", "BIGINT", is_required=True),
        measure("repeats", "Of these, less than parameters.repeat_within_h after another", "BIGINT", is_required=True),
        measure("repeats_7d", "Of these, less than 7 times 24 hours after another", "BIGINT", is_required=True),
        measure("identified_answered", "Of the calls with a number, answered", "BIGINT", is_required=True),
        measure("answered_once", "Of these, not followed by another call of the number within "
                "parameters.repeat_within_h", "BIGINT", is_required=True),
    ),
    is_impersonal=True,
)  # fmt: skip

DURATIONS_BY_DAY = Table(
    "durations_by_day",
    "How many calls of a local day rang or talked for so many seconds: adds up over days, so that medians and "
    "percentiles of any period can be had.",
    ("call_date", "kind", "seconds"),
    (
        key("kind", "ring (of calls from outside that were answered), missed (until they were given up), talk "
            "(from outside), outbound_talk, internal_talk", codes=DURATION_KINDS),
        measure("seconds", "Whole seconds", is_required=True),
        measure("calls", "Calls that lasted so long", "BIGINT", is_required=True),
    ),
    DAY,
    is_impersonal=True,
)  # fmt: skip

DURATION_PERCENTILES_BY_DAY = Table(
    "duration_percentiles_by_day",
    "Median and 90th percentile of ring and talk times of one local day, by the nearest rank; of several days take "
    "durations_by_day.",
    ("call_date", "kind"),
    (
        key("kind", "As in durations_by_day", codes=DURATION_KINDS),
        measure("calls", "Calls", "BIGINT", is_required=True),
        measure("total_s", "Seconds in total", "BIGINT", is_required=True),
        measure("median_s", "Half of the calls lasted so long or shorter", is_required=True),
        measure("p90_s", "Nine tenths of the calls lasted so long or shorter", is_required=True),
        measure("longest_s", "The longest", is_required=True),
    ),
    DAY,
    is_impersonal=True,
)

EXTENSION_LOAD_BY_DAY = Table(
    "extension_load_by_day",
    "How the talk of one local day is spread over the extensions that took or made calls; one that only rang is not "
    "among them.",
    ("call_date",),
    (
        key("call_date", "Local day of the calls' start", "DATE"),
        measure("extensions", "Extensions that took or made a call", "BIGINT", is_required=True),
        measure("talk_s", "Seconds they talked, in total; a call between two counts for both", "BIGINT",
                is_required=True),
        measure("busiest_ratio", "What the busiest of them talked, of that total, 0 to 1", "DOUBLE"),
        measure("gini", "How uneven it is: 0 where all talk the same, towards 1 where one talks alone", "DOUBLE"),
    ),
    is_impersonal=True,
)  # fmt: skip

LABELS = Table(
    "labels",
    "What to call a key of a mart: extensions, call flows, own numbers, contacts, deleted ones too, and of each the "
    "member none, so that an inner join on kind and id loses no call.",
    ("kind", "id"),
    (
        key("kind", "What the key is of", codes=LABEL_KINDS),
        key("id", "The key, or none"),
        key("label", "Its name as last seen; its number or key where it has none"),
        text("number", "Its number: of an extension as dialled inside, of a contact as sent"),
    ),
)
