"""The closed sets of values that columns take, where we or the vendor's document define them.

Here: the values. Not here: which column takes which (`tables.py`), codes that the API may add to (`warehouse/checks/`).
"""

PARTIES = ("extension", "flow", "own_number", "contact", "anonymous", "unknown")
CERTAINTIES = ("certain", "likely", "presumed", "ambiguous")
FEEDS = (
    "cdr_logs", "call_records", "extensions", "phonebook", "call_flows", "switches", "cdr_flows", "cdr_numbers",
    "extension_status", "extension_properties",
)  # fmt: skip
KINDS = (
    "geographic", "mobile", "geographic_or_mobile", "toll_free", "premium", "shared_cost", "voip", "personal", "pager",
    "uan", "voicemail", "short", "internal", "anonymous", "unknown",
)  # fmt: skip
REASONS = (
    "not_json", "not_an_object", "missing_key", "bad_time", "bad_number", "bad_flag", "bad_chain", "bad_leg",
    "outside_days", "duplicate_key",
)  # fmt: skip
DISPOSITIONS = (
    "answered", "missed", "connected", "not_connected", "internal_answered", "internal_unanswered", "unknown",
)  # fmt: skip
