"""How one call, recording, extension, contact, flow or switch is written, type mixing and all.

Source: the samples of each list endpoint. Numbers are described in libphonenumber's words under four different names.
"""

import math
import zlib
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from unite_pipeline.simulator.company.model import (
    TrueCall,
    TrueContact,
    TrueExtension,
    TrueFlow,
    TrueLeg,
    TrueRecording,
    TrueSwitch,
)
from unite_pipeline.simulator.company.numbers import facts, formatted, is_full
from unite_pipeline.simulator.company.recordings import PART_BYTES
from unite_pipeline.simulator.protocol.exchange import dumps

NEVER_REGISTERED, REGISTERED, OFFLINE = 0, 1, 2
_REGISTRATION_S = 600
_OFFLINE_ONE_IN = 12


def local_text(naive: datetime) -> str:
    """Returns a local time as PostgreSQL prints it: trailing zeros of the fraction are cut."""
    text = naive.isoformat(" ")
    return text.rstrip("0") if naive.microsecond else text


def zoned_text(instant: datetime, zone: ZoneInfo) -> str:
    """Returns an instant as PostgreSQL prints it: local time and the shortest offset."""
    local = instant.astimezone(zone)
    minutes = round((local.utcoffset() or timedelta(0)).total_seconds() / 60)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    offset = f"{sign}{hours:02d}" + (f":{rest:02d}" if rest else "")
    return local_text(local.replace(tzinfo=None)) + offset


def cdr_formats(number: str) -> dict[str, str] | list[str]:
    """Returns number_formats of a call leg: all text, no E164; an empty PHP array for no number."""
    if not number:
        return []
    if not is_full(number):
        return {"owner_country": "NL"}
    known = facts(number)
    return {
        "CountryID": known.country,
        "National": known.national,
        "International": known.international,
        "ITU": known.itu,
        "isValidNumber": "1" if known.is_valid else "0",
        "owner_country": "NL",
    }


def full_formats(number: str) -> dict[str, str | int]:
    """Returns phonenumber_formats of a contact: flags and country code as integers."""
    known = facts(number)
    return {
        "CountryID": known.country,
        "CountryCode": known.country_code,
        "National": known.national,
        "International": known.international,
        "E164": known.e164,
        "RFC3966": known.rfc3966,
        "ITU": known.itu,
        "NumberType": known.kind,
        "isValidNumber": int(known.is_valid),
        "isValidShortNumber": 0,
        "Carrier": "",
        "Location_EN": "",
        "Location_NL": "Nederland" if known.country == "NL" else "",
    }


@lru_cache(maxsize=100_000)
def _leg(leg: TrueLeg) -> str:
    return dumps(
        {
            "number": leg.number,
            "desc": leg.description,
            "number_formats": cdr_formats(leg.number),
            "number_formatted": leg.number_formatted,
        }
    )


def call_row(call: TrueCall) -> str:
    """Returns one row of listcdrlogs; it tells neither answered nor internal."""
    return (
        f'{{"uniqueid":"{call.uniqueid}","calltime":"{local_text(call.started_at_local)}",'
        f'"billsecond":"{call.talk_s}","duration":"{call.duration_s}","direction":"{call.direction}",'
        f'"call_chain":[{",".join(map(_leg, call.legs))}]}}'
    )


def recording_row(item: TrueRecording, zone: ZoneInfo) -> dict[str, Any]:
    """Returns one row of listcallrecords."""
    to_outside = is_full(item.to_number)
    return {
        "recordtime": zoned_text(item.recorded_at, zone),
        "duration": str(item.duration_s),
        "filename": item.filename,
        "from_number": item.from_number,
        "to_number": item.to_number,
        "queuename": item.queue_name,
        "callrecordkey": item.callrecordkey,
        "filesize": str(item.size_bytes),
        "file_totalpart": item.part_count,
        "file_partsize": PART_BYTES,
        "to_number_formatted": formatted(item.to_number),
        "tonumber_desc": "",
        "tonumber_formats": cdr_formats(item.to_number) if to_outside else None,
        "from_callerid": item.from_callerid,
        "from_callerid_formatted": formatted(item.from_callerid),
        "from_callerid_formats": None,
    }


def registration_status(item: TrueExtension, now: datetime) -> int:
    """Returns the status code of an extension now; it flickers from hour to hour, as telephones do."""
    if not item.is_registered:
        return NEVER_REGISTERED
    hour = math.floor(now.timestamp() / 3600)
    return OFFLINE if zlib.crc32(f"{item.extension_id}:{hour}".encode()) % _OFFLINE_ONE_IN == 0 else REGISTERED


def extension_row(item: TrueExtension, now: datetime, zone: ZoneInfo, recording_count: int) -> dict[str, Any]:
    """Returns one row of listextensions, SIP password and addresses included."""
    digest = zlib.crc32(item.extension_id.encode())
    at = now.astimezone(zone).replace(tzinfo=None, microsecond=0)
    registered = at - timedelta(seconds=(at.minute * 60 + at.second + digest) % _REGISTRATION_S)
    known = item.is_registered
    return {
        "id": item.extension_id,
        "username": item.username,
        "password": item.password,
        "calleridtype": "1",
        "callerid": item.callerid,
        "country": "NL",
        "name": item.name,
        "email": item.email,
        "exttype": "100",
        "createdate": local_text(item.created_at_local),
        "regstatus": registration_status(item, now),
        "callrecordcount": str(recording_count),
        "voicemailcount": str(digest % 4),
        "extno": item.extno,
        "extno_format": item.extension_number,
        "ri_localipport": f"{digest:08x}.invalid" if known else "",
        "ri_localtransport": "WS" if known else "",
        "ri_remoteipport": f"{item.remote_ip}:{20000 + digest % 40000}" if known else "",
        "ri_remotetransport": "WS" if known else "",
        "ri_expiresdate": local_text(registered + timedelta(seconds=_REGISTRATION_S)) if known else "",
        "ri_registereddate": local_text(registered) if known else "",
    }


def contact_row(item: TrueContact) -> dict[str, Any]:
    """Returns one phonebook item."""
    full = is_full(item.phone_number)
    return {
        "id": item.contact_id,
        "extensionid": item.extension_id,
        "name": item.first_name,
        "lastname": item.last_name,
        "companyname": item.company_name,
        "phonenumbertype": item.phone_number_type,
        "phonenumber": item.phone_number,
        "phonenumber_formats": full_formats(item.phone_number) if full else [],
        "phonenumber_formatted": formatted(item.phone_number),
    }


def flow_row(item: TrueFlow) -> dict[str, Any]:
    """Returns one row of listcallflows; the name ends in the first number, its own number lacks the trunk zero."""
    return {
        "id": item.flow_id,
        "name": f"{item.name} - {formatted(item.numbers[0])}" if item.numbers else item.name,
        "dialplanstatus": 1,
        "didnumbers": [_did(number) for number in item.numbers],
    }


def _did(number: str) -> dict[str, str]:
    known = facts(number)
    country_code = str(known.country_code)
    return {
        "fullnumber": number,
        "countrycode": country_code,
        "areacode": known.area_code,
        "number": number.removeprefix(country_code + known.area_code),
    }


def switch_row(item: TrueSwitch, tenant_id: str) -> dict[str, Any]:
    """Returns one switch."""
    return {
        "switchkey": item.switch_key,
        "tenantid": tenant_id,
        "switch_no": item.switch_number,
        "name": item.name,
        "lang": item.language,
        "state": item.is_on,
    }
