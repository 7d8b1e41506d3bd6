"""Every endpoint of the vendor's document, as data: path, parameters, answer shape, whether it changes anything.

Here: facts of the document, one line an endpoint. Not here: how a request is written or an answer read (`wire.py`).
Source: vendor document, all sections; contract 1.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Effect(Enum):
    """What asking does at the vendor."""

    LOGIN = "login"
    READ = "read"
    WRITE = "write"


class Envelope(Enum):
    """How an answer is wrapped (contract 19)."""

    ITEMS = "items"  # data: {itemcount, pagecount, items: [...]}
    PAGINATION = "pagination"  # pagination: {itemcount, pagecount}, data: [...]
    LIST = "list"  # data: [...], no paging
    ONE = "one"  # data: one object
    BYTES = "bytes"  # the file itself, or a JSON error
    NOTHING = "nothing"  # data: []


PAGE_SIZE = 300
"""Rows a page: the most the vendor gives. Always sent, as the default is not documented (contract 22)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint.

    Args:
        path: below the base URL.
        effect: what asking does.
        envelope: how the answer is wrapped.
        required: parameters that must be there (the token aside).
        optional: parameters that may be there. A name that ends in `[]` may be repeated.
        keep: the only fields of a row that pass, where rows hold secrets (contract 58); None lets all pass.
        is_paged: whether `pagelimit` and `showpage` apply.
        key: the field by which a row of a list is known again; None where a list may hold a row twice (contract 70).
    """

    path: str
    effect: Effect
    envelope: Envelope
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    keep: frozenset[str] | None = None
    is_paged: bool = False
    key: str | None = None


# SIP password and the ri_* addresses are not on this list, and neither is anything the vendor may add (contract 58).
EXTENSION_FIELDS = frozenset({
    "id", "username", "calleridtype", "callerid", "country", "name", "email", "exttype", "createdate", "regstatus",
    "callrecordcount", "voicemailcount", "extno", "extno_format",
})  # fmt: skip

_SORT = ("sortkey", "sorttype")
_PROPERTIES = (
    "extensionid", "voicemail_enable", "voicemail_email_address", "callrecord_inbound", "callrecord_outbound",
    "callrecord_email_address", "disable_anonymous", "clicktocall_enable", "disable_hold_music", "max_call_duration",
    "phonebook_tenantview", "cid_external_callerid", "cid_externalrouting_callerid", "isuser_dnd",
)  # fmt: skip
_CONTACT = ("name", "lastname", "companyname", "phonenumbertype", "phonenumber")

CDR_FILTERS = ("filter_inbound", "filter_outbound", "filter_internal", "filter_external", "filter_answered")
"""The filters whose defaults hide calls: always sent, all five (contract 42)."""


def _login(path: str, required: str) -> Endpoint:
    return Endpoint(path, Effect.LOGIN, Envelope.ONE, (required,))


def _list(
    path: str,
    envelope: Envelope,
    required: tuple[str, ...] = (),
    optional: tuple[str, ...] = (),
    keep: frozenset[str] | None = None,
    key: str | None = None,
) -> Endpoint:
    return Endpoint(path, Effect.READ, envelope, required, optional, keep, is_paged=True, key=key)


def _one(path: str, *required: str, optional: tuple[str, ...] = (), keep: frozenset[str] | None = None) -> Endpoint:
    return Endpoint(path, Effect.READ, Envelope.ONE, required, optional, keep)


def _write(path: str, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> Endpoint:
    return Endpoint(path, Effect.WRITE, Envelope.NOTHING, required, optional)


# Heading of the document says /appplogin, its sample /applogin: the sample is right (contract 4).
APP_PROVISION = _login("appprovision", "invitationid")
APP_LOGIN = _login("applogin", "logintoken")

LIST_EXTENSIONS = _list("listextensions", Envelope.ITEMS, optional=_SORT, keep=EXTENSION_FIELDS, key="id")
GET_EXTENSION = _one("getextension", "extensionid", keep=EXTENSION_FIELDS)
EXTENSION_STATUS_DESCRIPTIONS = _one("extensionsstatusdescriptions")
LIST_EXTENSION_STATUS = _one("listextensionsstatus", "extensionids[]")
VALID_EXTENSION_PROPERTIES = _one("getvalidextensionproperties")
EXTENSION_PROPERTIES = _one("getextensionproperties", "extensionid")
LIST_CALL_FLOWS = _list("listcallflows", Envelope.PAGINATION, optional=("sorttype",), key="id")
# Its documented sort keys are a copy of the extensions' (contract 57): none is offered.
LIST_CALL_RECORDS = _list("listcallrecords", Envelope.ITEMS, ("extensionid",), ("sorttype",), key="callrecordkey")
DOWNLOAD_CALL_RECORD = Endpoint(
    "downloadcallrecord", Effect.READ, Envelope.BYTES, ("callrecordkey", "partition_number"), ("extensionid",)
)
LIST_PHONEBOOK_ITEMS = _list("listphonebookitems", Envelope.PAGINATION, optional=("extensionid", "sorttype"))
GET_PHONEBOOK_ITEM = _one("getphonebookitem", "itemid", optional=("extensionid",))
DOWNLOAD_PHONEBOOK = Endpoint("downloadphonebookdata", Effect.READ, Envelope.LIST)
EXPORT_PHONEBOOK_CSV = Endpoint("exportcsvphonebookitems", Effect.READ, Envelope.BYTES, ("extensionid",))
LIST_SWITCHES = _list("listswitches", Envelope.PAGINATION, optional=_SORT, key="switchkey")
GET_SWITCH = _one("getswitch", "switchkey")
LIST_CDR_LOGS = _list(
    "listcdrlogs",
    Envelope.PAGINATION,
    ("filter_datestart", "filter_dateend", *CDR_FILTERS),
    ("usernamelist[]", "phonenumberlist[]", *_SORT),
    key="uniqueid",
)
LIST_CDR_FLOWS = _one("listcdrflows", optional=("flowlisttype",))
LIST_CDR_NUMBERS = _one("listcdrnumbers")

SET_EXTENSION_PROPERTIES = _write("setextensionproperties", optional=_PROPERTIES)
UNSET_EXTENSION_PROPERTIES = _write("unsetextensionproperties", optional=_PROPERTIES)
NEW_PHONEBOOK_ITEM = _write("newphonebookitem", _CONTACT, ("extensionid",))
UPDATE_PHONEBOOK_ITEM = _write("updatephonebookitem", ("itemid", *_CONTACT), ("extensionid",))
DELETE_PHONEBOOK_ITEM = _write("deletephonebookitem", optional=("itemids[]", "deletetype", "extensionid"))
IMPORT_PHONEBOOK_CSV = _write("importcsvphonebookitems", ("extensionid", "csv_file"))
NEW_SWITCH = _write("newswitch", ("name", "state"), ("lang",))
UPDATE_SWITCH = _write("updateswitch", ("switchkey",), ("name", "lang", "state"))
DELETE_SWITCH = _write("deleteswitch", ("switchkey",))
CALL_NUMBER = _write("callnumber", ("username", "call_number"))
SET_APP_TEMPLATE_SETTINGS = _write("setapptemplatesettings", optional=("webhook_url",))

ALL_ENDPOINTS: tuple[Endpoint, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Endpoint))
"""The 31 endpoints in the order above: two log-ins, eighteen reads, eleven writes."""
