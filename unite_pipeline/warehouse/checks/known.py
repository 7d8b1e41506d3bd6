"""What this version knows of the API's answers: the fields of each feed's rows, and the codes of columns.

Here: data, and reading the fields of a row off it. A `*` stands for keys that are data themselves, such as numbers.
Not here: comparing (`sql/schema_drift.sql`).
Source: vendor document, the sample of each endpoint; contract 1.3, 26-33.
"""

from __future__ import annotations

from dataclasses import dataclass

from unite_pipeline.api.endpoints import EXTENSION_FIELDS

_CDR_FORMATS = ("CountryID", "National", "International", "ITU", "isValidNumber", "owner_country")
_CONTACT_FORMATS = (
    "CountryID", "CountryCode", "National", "International", "E164", "RFC3966", "ITU", "NumberType", "isValidNumber",
    "isValidShortNumber", "Carrier", "Location_EN", "Location_NL",
)  # fmt: skip
PROPERTIES = (
    "voicemail_enable", "voicemail_email_address", "callrecord_inbound", "callrecord_outbound",
    "callrecord_email_address", "disable_anonymous", "clicktocall_enable", "disable_hold_music", "max_call_duration",
    "phonebook_tenantview", "cid_external_callerid", "cid_externalrouting_callerid", "isuser_dnd",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a feed's rows, nested ones with dots.

    Args:
        used: those that our tables are made of; every row of the samples has them.
        others: those that are known besides.
    """

    used: tuple[str, ...]
    others: tuple[str, ...] = ()


def _below(field: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return (field, *(f"{field}.{name}" for name in names))


_USED_OF_EXTENSIONS = (
    "id", "username", "name", "extno_format", "extno", "email", "calleridtype", "callerid", "country", "exttype",
    "createdate",
)  # fmt: skip

KNOWN_FIELDS = {
    "cdr_logs": Fields(
        used=(
            "uniqueid", "calltime", "billsecond", "duration", "direction", "call_chain", "call_chain.number",
            "call_chain.desc", "call_chain.number_formatted", "call_chain.number_formats",
        ),
        others=_below("call_chain.number_formats", _CDR_FORMATS),
    ),
    "call_records": Fields(
        used=(
            "recordtime", "duration", "filename", "from_number", "to_number", "queuename", "callrecordkey", "filesize",
            "file_totalpart", "file_partsize", "to_number_formatted", "tonumber_desc", "from_callerid",
            "from_callerid_formatted",
        ),
        others=(*_below("tonumber_formats", _CDR_FORMATS), *_below("from_callerid_formats", _CDR_FORMATS)),
    ),
    # Whatever is on no list is gone before a row is kept (contract 58).
    "extensions": Fields(
        used=_USED_OF_EXTENSIONS, others=tuple(sorted(EXTENSION_FIELDS - set(_USED_OF_EXTENSIONS)))
    ),
    "phonebook": Fields(
        used=(
            "id", "extensionid", "name", "lastname", "companyname", "phonenumbertype", "phonenumber",
            "phonenumber_formatted", "phonenumber_formats",
        ),
        others=_below("phonenumber_formats", _CONTACT_FORMATS),
    ),
    "call_flows": Fields(
        used=("id", "name", "dialplanstatus", "didnumbers"),
        others=_below("didnumbers", ("fullnumber", "countrycode", "areacode", "number")),
    ),
    "switches": Fields(used=("switchkey", "switch_no", "name", "lang", "state"), others=("tenantid",)),
    "cdr_flows": Fields(
        used=("fulluserlist", "extuserlist", "flowuserlist"),
        others=("fulluserlist.*", "extuserlist.*", "flowuserlist.*"),
    ),
    "cdr_numbers": Fields(
        used=("numberlist",),
        others=(
            *_below("numberlist.*", ("fullnumber", "number_formatted")),
            *_below("numberlist.*.phonenumber_formats", _CDR_FORMATS),
        ),
    ),
    "extension_status": Fields(used=("items", "status_list"), others=("items.*", "status_list.*")),
    # New properties and values are told by the tables, where they stand as rows.
    "extension_properties": Fields(
        used=("extensionproperties", "propertiesData"),
        others=("extensionproperties.*", "propertiesData.*", "propertiesData.*.*"),
    ),
}  # fmt: skip

KNOWN_CODES = {
    ("calls", "direction_sent"): ("in", "out"),
    ("extensions", "extension_type"): ("100",),
    ("extensions", "caller_id_type"): ("1",),
    ("contacts", "phone_number_type"): ("0",),
    ("call_flows", "dialplan_status"): ("1",),
    ("switches", "language"): ("nl", "en"),
    ("extension_status", "status_code"): ("0", "1", "2", "3", "4", "5", "6"),
    ("extension_properties", "property"): PROPERTIES,
}
"""By table and column. Codes of properties are compared with extension_property_values, which the API itself tells."""


def fields_of(value: object, known: frozenset[str], at: str = "") -> set[str]:
    """The fields of a JSON value, nested ones with dots; what stands below a field that is not known is not looked at.

    Args:
        value: a row.
        known: the fields of its feed; `*` stands for keys that are data.
        at: the field that holds the value.
    """
    below = f"{at}.*" if at else "*"
    found: set[str] = set()
    if isinstance(value, list):  # of objects, or a map whose keys run from 0 (contract 29)
        for held in value:
            found |= fields_of(held, known, below if below in known else at)
    elif isinstance(value, dict):
        for name, held in value.items():
            field = f"{at}.{name}" if at else name
            if field not in known and below in known:
                field = below
            elif field not in known and at and name.isdecimal():  # a list that came as a map
                field = at
            found.add(field)
            if field in known:
                found |= fields_of(held, known, field)
    return found
