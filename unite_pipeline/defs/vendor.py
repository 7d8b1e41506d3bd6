"""Where the vendor's document describes what a feed asks: chapter and heading of each endpoint.

Here: headings as they stand there; it has no section numbers, and no public address is known. Not here: what is asked
when (`docs/api-coverage.md`, which a test compares).
"""

from __future__ import annotations

from unite_pipeline.api import endpoints as api
from unite_pipeline.api.endpoints import Endpoint

SECTIONS: dict[Endpoint, tuple[str, str]] = {
    api.LIST_EXTENSIONS: ("Extensions", "Get all extensions"),
    api.GET_EXTENSION: ("Extensions", "Get a specific extension"),
    api.LIST_EXTENSION_STATUS: ("Extensions", "Get status of extensions"),
    api.EXTENSION_PROPERTIES: ("Extensions", "Get properties of extensions"),
    # The document's heading is that of the call records.
    api.LIST_CALL_FLOWS: ("Callflow list", "Get callrecord list"),
    api.LIST_CALL_RECORDS: ("Call records of extensions", "Get callrecord list"),
    api.DOWNLOAD_CALL_RECORD: ("Call records of extensions", "Download callRecord file"),
    api.LIST_PHONEBOOK_ITEMS: ("Phonebook", "Get all phonebook item"),
    api.DOWNLOAD_PHONEBOOK: ("Phonebook", "Download phonebook items"),
    api.LIST_SWITCHES: ("Switch", "Get all switch items"),
    api.GET_SWITCH: ("Switch", "Get a specific switch item"),
    api.LIST_CDR_LOGS: ("CDRLog", "Get all cdrlog"),
    api.LIST_CDR_FLOWS: ("CDRLog", "Get cdr flows"),
    api.LIST_CDR_NUMBERS: ("CDRLog", "Get cdr numbers"),
}
ASKED: dict[str, tuple[Endpoint, ...]] = {
    "cdr_logs": (api.LIST_CDR_LOGS,),
    "call_records": (api.LIST_CALL_RECORDS,),
    "extensions": (api.LIST_EXTENSIONS, api.GET_EXTENSION),
    "phonebook": (api.LIST_PHONEBOOK_ITEMS, api.DOWNLOAD_PHONEBOOK),
    "call_flows": (api.LIST_CALL_FLOWS,),
    "switches": (api.LIST_SWITCHES, api.GET_SWITCH),
    "cdr_flows": (api.LIST_CDR_FLOWS,),
    "cdr_numbers": (api.LIST_CDR_NUMBERS,),
    "extension_status": (api.LIST_EXTENSION_STATUS,),
    "extension_properties": (api.EXTENSION_PROPERTIES,),
    "audio": (api.DOWNLOAD_CALL_RECORD,),
}
"""The endpoints of each feed."""


def sections_of(feed: str) -> str:
    """Chapter and heading in the vendor's document of all that a feed asks, one a line."""
    return "\n".join(" > ".join(SECTIONS[each]) for each in ASKED[feed])


def paths_of(feed: str) -> str:
    """The endpoints of a feed, below UNITE_BASE_URL."""
    return ", ".join(f"POST /{each.path}" for each in ASKED[feed])
