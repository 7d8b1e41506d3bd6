"""Extension properties: names, codes and the vendor's texts, rotated callrecord_outbound texts included.

Source: "Get valid properties of extensions" and "Set extension properties".
"""

from unite_pipeline.simulator.company.model import TrueExtension

VALID_PROPERTIES: dict[str, dict[str, str]] = {
    "voicemail_enable": {
        "1": "Voicemail records are kept for inter-tenant calls.",
        "2": "Voicemail records are kept for external calls.",
        "3": "Voicemail records are kept for both internal and external calls.",
        "0": "Voicemail records are not kept for calls.",
    },
    "callrecord_inbound": {
        "1": "On incoming calls, records of inter-tenant calls are kept.",
        "2": "Call Records of incoming external calls are kept.",
        "3": "Call records of both internal and external inbound calls are kept.",
        "0": "Call records of incoming calls are not kept.",
    },
    "callrecord_outbound": {
        "1": "Call records of outgoing calls are not kept.",
        "2": "On outgoing calls, records of inter-tenant calls are kept.",
        "3": "Call records of outgoing external calls are kept.",
        "0": "Call records of both internal and external outbound calls are kept.",
    },
    "disable_anonymous": {
        "1": "Incoming anonymous invocations are not allowed.",
        "0": "Incoming anonymous invocations are allowed.",
    },
    "clicktocall_enable": {"1": "Enabled", "0": "Disabled"},
    "disable_hold_music": {"1": "Hold music is not played.", "0": "Hold music is played."},
    "phonebook_tenantview": {
        "1": "Receive Tenant's phonebook information",
        "0": "Does not receive Tenant's phonebook information.",
    },
    "cid_external_callerid": {"1": "Anonymous", "0": "Caller ID"},
    "cid_externalrouting_callerid": {"2": "Caller ID", "3": "Anonymous", "0": "From Caller ID"},
    "isuser_dnd": {"1": "Do not want to be disturbed(DND)", "0": "The call is accepted"},
}
FREE_PROPERTIES = ("voicemail_email_address", "callrecord_email_address", "max_call_duration")
PROPERTY_NAMES = (*VALID_PROPERTIES, *FREE_PROPERTIES)
_INBOUND = {(False, False): "0", (True, False): "1", (False, True): "2", (True, True): "3"}
_OUTBOUND = {(False, False): "1", (True, False): "2", (False, True): "3", (True, True): "0"}


def initial_properties(item: TrueExtension) -> dict[str, str]:
    """Returns a new extension's properties.

    One that never recorded outbound calls lacks the key, as in the sample; one without an address has no voicemail.
    """
    inbound, outbound = (
        ((direction, "internal") in item.records, (direction, "external") in item.records)
        for direction in ("in", "out")
    )
    properties = {
        "voicemail_enable": "2" if item.email else "0",
        "voicemail_email_address": item.email,
        "callrecord_inbound": _INBOUND[inbound],
        "callrecord_email_address": item.email,
        "disable_anonymous": "0",
        "clicktocall_enable": "1",
        "disable_hold_music": "0",
        "phonebook_tenantview": "1",
        "cid_external_callerid": "0",
        "cid_externalrouting_callerid": "2",
    }
    if any(outbound):
        properties["callrecord_outbound"] = _OUTBOUND[outbound]
    return properties
