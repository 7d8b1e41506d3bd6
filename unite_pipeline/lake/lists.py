"""The tables of lists (extensions, contacts, call flows, switches, directories, properties): items and their histories.

Here: what each column is. Not here: calls, recordings and what follows from them (`tables.py`).
"""

from __future__ import annotations

from unite_pipeline.lake.table import FIRST_SEEN, LAST_SEEN, Column, Table, flag, key, text

_VALIDITY = (
    key("valid_from", "When the first snapshot that shows this state was fetched", "TIMESTAMPTZ"),
    Column("valid_to", "TIMESTAMPTZ", "When the first snapshot that shows another state, or a complete one that lacks "
           "it, was fetched; NULL while it holds"),
    flag("is_current", "Whether this state holds as far as is known"),
    flag("is_deleted", "Whether this state ended because the item was gone, not because it changed"),
)  # fmt: skip

EXTENSION_STATE = (
    text("username", "Account name, such as 1234*0200"),
    text("name", "Display name"),
    text("extension_number", "Number as dialled inside (the API's extno_format), such as 0200"),
    text("extension_no", "The API's extno, such as 1"),
    text("email", "E-mail address"),
    text("caller_id_type", "The API's code for what is shown to the called party", codes=("1",)),
    text("caller_id", "Number shown to the called party"),
    text("country", "Country of the extension"),
    text("extension_type", "The API's code for the kind of extension", codes=("100",)),
    Column("created_at_local", "TIMESTAMP", "When it was made, on the tenant's wall clock, as sent"),
)

CONTACT_STATE = (
    text("extension_id", "Extension whose book it stands in; 0 is the shared one"),
    text("first_name", "First name"),
    text("last_name", "Last name"),
    text("company_name", "Company"),
    text("phone_number", "Number as sent"),
    text("phone_number_type", "The API's code for the kind of number", codes=("0",)),
    text("phone_number_formatted", "Number as the API formats it"),
    text("phone_number_e164", "Number in E.164, as the API gives it"),
    text("country", "CountryID of the number's formats"),
)

CALL_FLOW_STATE = (
    text("name", "Name, which ends in the first of its numbers"),
    text("dialplan_status", "The API's code for the state of its dial plan", codes=("1",)),
    text("numbers", "Outside numbers that ring at it, as sent, sorted and joined by commas"),
)

SWITCH_STATE = (
    text("switch_number", "What is dialled to turn it, such as *301"),
    text("name", "Name"),
    text("language", "Language of its announcements: nl or en", codes=("nl", "en")),
    flag("is_on", "Whether it was on at that moment"),
)

CDR_FLOW_STATE = (text("name", "Name of the extension or flow"),)

CDR_NUMBER_STATE = (
    text("number_formatted", "Number as the API formats it"),
    text("country", "CountryID of the number's formats"),
    text("owner_country", "owner_country of the number's formats: the company's, not the number's"),
)

EXTENSION_PROPERTY_STATE = (text("value", "The API's code, or free text where the property has no codes"),)

_LIFE = (flag("is_deleted", "Whether the newest complete snapshot lacks it"), FIRST_SEEN, LAST_SEEN)


def _items(
    name: str, description: str, keys: tuple[Column, ...], state: tuple[Column, ...], history: tuple[str, str]
) -> tuple[Table, Table]:
    """The table of a list's items as last seen, and the one of their states (its name and description)."""
    names = tuple(column.name for column in keys)
    return (
        Table(name, description, names, (*keys, *state, *_LIFE)),
        Table(history[0], history[1], (*names, "valid_from"), (*keys, *state, *_VALIDITY)),
    )


EXTENSIONS, EXTENSION_HISTORY = _items(
    "extensions",
    "One extension as last seen. No password and no address of a device ever gets here.",
    (key("extension_id", "The API's identifier of the extension"),),
    EXTENSION_STATE,
    ("extension_history", "One state of an extension and how long snapshots showed it."),
)
CONTACTS, CONTACT_HISTORY = _items(
    "contacts",
    "One phonebook item as last seen.",
    (key("contact_id", "The API's identifier of the item"),),
    CONTACT_STATE,
    ("contact_history", "One state of a phonebook item and how long snapshots showed it."),
)
CALL_FLOWS, CALL_FLOW_HISTORY = _items(
    "call_flows",
    "One call flow (group, queue, menu or announcement with numbers of its own) as last seen.",
    (key("call_flow_id", "The API's identifier of the call flow"),),
    CALL_FLOW_STATE,
    ("call_flow_history", "One state of a call flow and how long snapshots showed it."),
)
CALL_FLOW_NUMBERS = Table(
    "call_flow_numbers",
    "One outside number of one state of a call flow: which number rang at which flow, and when.",
    ("call_flow_id", "number", "valid_from"),
    (
        key("call_flow_id", "The call flow"),
        key("number", "The number as sent"),
        *_VALIDITY[:-1],
    ),
)
SWITCHES, SWITCH_HISTORY = _items(
    "switches",
    "One switch (day and night, holiday) as last seen.",
    (key("switch_key", "The API's identifier of the switch"),),
    SWITCH_STATE,
    ("switch_history", "One state of a switch and how long snapshots showed it."),
)
CDR_FLOWS, CDR_FLOW_HISTORY = _items(
    "cdr_flows",
    "The directory of the call detail records: which number is an extension's and which is a flow's, as last seen.",
    (
        key(
            "kind",
            "extension, flow, or unknown where only the full list has it",
            codes=("extension", "flow", "unknown"),
        ),
        key("number", "Number as it stands in a call's chain"),
    ),
    CDR_FLOW_STATE,
    ("cdr_flow_history", "One state of an entry of the directory and how long snapshots showed it."),
)
CDR_NUMBERS, CDR_NUMBER_HISTORY = _items(
    "cdr_numbers",
    "One number that the API calls the company's own, as last seen; it may hold a stranger's.",
    (key("number", "Number as sent"),),
    CDR_NUMBER_STATE,
    ("cdr_number_history", "One state of a number of the company and how long snapshots showed it."),
)
EXTENSION_PROPERTIES, EXTENSION_PROPERTY_HISTORY = _items(
    "extension_properties",
    "One property that is set at an extension, as last read. One that is not set has no row: that is not the code 0.",
    (key("extension_id", "The extension"), key("property", "Name of the property, as the API calls it")),
    EXTENSION_PROPERTY_STATE,
    ("extension_property_history", "One value of a property of an extension and how long reads showed it."),
)
EXTENSION_PROPERTY_VALUES = Table(
    "extension_property_values",
    "One value that a property may have, and what the API says it means.",
    ("property", "value"),
    (
        key("property", "Name of the property"),
        key("value", "The code"),
        text("description", "The API's words; those of callrecord_outbound look rotated and are not to be trusted"),
    ),
    is_impersonal=True,
)
EXTENSION_STATUS = Table(
    "extension_status",
    "What each extension did at the newest complete observation; momentary, so no history is kept of it.",
    ("extension_id",),
    (
        key("extension_id", "The extension"),
        text("status_code", "The API's code", codes=("0", "1", "2", "3", "4", "5", "6")),
        text("status", "The API's words for the code"),
        Column("observed_at", "TIMESTAMPTZ", "When it was observed", is_required=True),
    ),
)

LIST_TABLES = (
    EXTENSIONS,
    EXTENSION_HISTORY,
    CONTACTS,
    CONTACT_HISTORY,
    CALL_FLOWS,
    CALL_FLOW_HISTORY,
    CALL_FLOW_NUMBERS,
    SWITCHES,
    SWITCH_HISTORY,
    CDR_FLOWS,
    CDR_FLOW_HISTORY,
    CDR_NUMBERS,
    CDR_NUMBER_HISTORY,
    EXTENSION_PROPERTIES,
    EXTENSION_PROPERTY_HISTORY,
    EXTENSION_PROPERTY_VALUES,
    EXTENSION_STATUS,
)
