"""Recordings and the calls they were made of, as tables: the API tells no link between the two.

Here: columns. Not here: the rules, which are `sql/recording_*.sql` and are told in words in docs/recordings.md.
"""

from __future__ import annotations

from unite_pipeline.lake.table import Column, Table, flag, key, measure, text

CONFIDENCES = ("strong", "weak", "ambiguous", "none")
REASONS = ("empty", "contradicted", "little_evidence", "rivals", "no_call")
SIDES = ("calling", "called")

_RECORDED = key("recorded_date", "Local day it was recorded", "DATE")
_CALLED = key("call_date", "Local day of the call's start", "DATE")

RECORDING_CLOCK = Table(
    "recording_clock",
    "What the times of a day's recordings mean, found from recordings that fit one call only, of that day and the 27 "
    "before it.",
    ("recorded_date",),
    (
        key("marks", "What recordtime marks: answer, start or end of the call; answer if it was not found out",
            codes=("answer", "start", "end")),
        flag("is_calibrated", "Whether it was found out; else the recorder's clock is taken to be right"),
        measure("offset_s", "Seconds that recordtime is later than what it marks, in the middle: the recorder's clock "
                "and how soon it starts", "DOUBLE", is_required=True),
        measure("spread_s", "Middle half of the offsets lies within so many seconds; NULL without pairs", "DOUBLE"),
        measure("pair_count", "Recordings that it was found from", "BIGINT", is_required=True),
        measure("key_tested_count", "Recordings whose key was compared with the keys of calls", "BIGINT",
                is_required=True),
        measure("key_match_count", "Of these, recordings whose key holds the UUID of a call's uniqueid", "BIGINT",
                is_required=True),
        flag("is_key_shared", "Whether at least 95 of 100 do, of at least 20: then keys decide alone"),
    ),
    key("recorded_date", "Local day of the recordings", "DATE"),
    is_impersonal=True,
)  # fmt: skip

RECORDING_CALLS = Table(
    "recording_calls",
    "One recording and the call it was made of, with the evidence; figures are meant to be made of strong ones alone.",
    ("callrecordkey",),
    (
        key("callrecordkey", "The recording"),
        text("uniqueid", "The call; of an ambiguous one the likeliest, NULL if there is none"),
        Column("call_date", "DATE", "Local day of that call's start"),
        key("confidence", "strong; weak (little evidence); ambiguous (another call, or another recording, fits about "
            "as well); none", codes=CONFIDENCES),
        text("method", "key (the recording's key holds the call's UUID) or score; NULL if there is none",
             codes=("key", "score")),
        measure("score", "Evidence for that call: parties up to 6, time up to 3, length up to 2, lying within the "
                "conversation 1, contradiction -4", "DOUBLE"),
        measure("margin", "How much more evidence there is than for the next best way to match it; NULL by key",
                "DOUBLE"),
        measure("candidate_count", "Calls with a score of 3 or more, or its key", "BIGINT", is_required=True),
        measure("time_offset_s", "Seconds that it begins after it would if it held all of the conversation, the "
                "recorder's clock put right", "DOUBLE"),
        measure("end_offset_s", "Seconds that it ends after the call, the recorder's clock put right", "DOUBLE"),
        measure("duration_difference_s", "Seconds that it is longer than the conversation"),
        measure("call_shift_s", "Seconds that the call began later than its started_at: 3600 where only that fits, in "
                "the hour that the clock repeats"),
        flag("is_extension_matched", "Whether an extension that lists it, or that it names, took part in the call"),
        flag("is_other_party_matched", "Whether the call has the outside number it names, or both sides it names"),
        flag("is_flow_matched", "Whether the call passed the call flow or queue it names"),
        flag("is_contradicted", "Whether it names outside numbers and the call has another one"),
        flag("is_within_call", "Whether it lies within the conversation"),
        key("rule_version", "Version of the rules", "INTEGER"),
    ),
    _RECORDED,
)  # fmt: skip

CALL_RECORDINGS = Table(
    "call_recordings",
    "One call that has recordings; only strong matches count.",
    ("uniqueid",),
    (
        key("uniqueid", "The call"),
        measure("recording_count", "Its recordings: several after a transfer or a pause, or one for each side",
                "BIGINT", is_required=True),
        measure("recorded_s", "Seconds of all of them together", "BIGINT", is_required=True),
        key("first_recorded_at", "When the first of them was recorded, as the API tells it", "TIMESTAMPTZ"),
    ),
    _CALLED,
)  # fmt: skip

RECORDED_CALLS_BY_DAY = Table(
    "recorded_calls_by_day",
    "Connected calls of one local day, and how many of them have recordings; only strong matches count.",
    ("call_date",),
    (
        measure("connected_calls", "Calls in which somebody talked, internal too", "BIGINT", is_required=True),
        measure("recorded_calls", "Of these, calls with a certain recording", "BIGINT", is_required=True),
        measure("unrecorded_calls", "Of these, calls without one though the extension records most such calls "
                "(unrecorded_calls)", "BIGINT", is_required=True),
        measure("recording_count", "Recordings of these calls", "BIGINT", is_required=True),
        measure("talk_s", "Seconds talked in the connected calls, in total", "BIGINT", is_required=True),
        measure("recorded_s", "Seconds of their recordings, in total; two recordings of one conversation count twice",
                "BIGINT", is_required=True),
        Column("recording_coverage", "DOUBLE", "Recorded of the connected, 0 to 1"),
    ),
    _CALLED,
    is_impersonal=True,
)  # fmt: skip

RECORDINGS_BY_EXTENSION = Table(
    "recordings_by_extension",
    "Recordings that one extension lists of one local day, by how certain their call is.",
    ("recorded_date", "extension_id"),
    (
        key("extension_id", "The extension; a recording that two list counts for both"),
        measure("recordings", "Recordings it lists", "BIGINT", is_required=True),
        measure("strong", "Of these, with a certain call", "BIGINT", is_required=True),
        measure("weak", "Of these, with little evidence for their call", "BIGINT", is_required=True),
        measure("ambiguous", "Of these, with several calls that fit", "BIGINT", is_required=True),
        measure("unmatched", "Of these, without a call", "BIGINT", is_required=True),
        measure("recorded_s", "Seconds, in total", "BIGINT", is_required=True),
    ),
    _RECORDED,
)

UNMATCHED_RECORDINGS = Table(
    "unmatched_recordings",
    "One recording without a certain call, and why.",
    ("callrecordkey",),
    (
        key("callrecordkey", "The recording"),
        key("recorded_at", "When it was recorded, as the API tells it", "TIMESTAMPTZ"),
        measure("duration_s", "Seconds"),
        key("confidence", "weak, ambiguous or none", codes=CONFIDENCES[1:]),
        key("reason", "no_call (no call there, or not yet), rivals (several fit), contradicted (the likeliest has "
            "another outside number), empty (it has no length) or little_evidence", codes=REASONS),
    ),
    _RECORDED,
)  # fmt: skip

UNRECORDED_CALLS = Table(
    "unrecorded_calls",
    "One connected call of an extension that records such calls, without a certain recording by it.",
    ("uniqueid", "extension_id"),
    (
        key("uniqueid", "The call"),
        key("extension_id", "The extension"),
        key("side", "calling or called: the extension's side of the call", codes=SIDES),
        key("scope", "internal, external, mixed or unknown, as the call's",
            codes=("internal", "external", "mixed", "unknown")),
        measure("talk_s", "Seconds connected"),
        measure("similar_call_count", "Such calls of it (extension, side and scope) on that day and the 27 before it",
                "BIGINT", is_required=True),
        measure("similar_recorded_count", "Those of them that it has a certain recording of", "BIGINT",
                is_required=True),
        flag("is_possibly_recorded", "Whether a weak or ambiguous recording may be of this call"),
    ),
    _CALLED,
)  # fmt: skip
