"""The samples of the vendor's document, corrected by hand where they do not parse, read as the document means them."""

from __future__ import annotations

import json

import pytest

from unite_pipeline.api import endpoints, wire

# "Get all cdrlog": added a comma after `message`, removed trailing commas, closed `call_chain` with a bracket.
CDR_LOGS = b"""{
    "status": true,
    "errorCode": 0,
    "message": "Operation Successful.",
    "pagination":{
      "itemcount": "34",
      "pagecount": "1"
    },
    "data": [
        {
            "uniqueid": "195.200.82.130_90f7e83d-1348-4644-b112-71d4b286fe7f",
            "calltime": "2022-06-06 12:37:51.182661",
            "billsecond": "54",
            "duration": "62",
            "direction": "out",
            "call_chain": [
                {
                    "number": "0001",
                    "desc": "0001-Reception",
                    "number_formats": {
                        "owner_country": "NL"
                    },
                    "number_formatted": "1237*0009"
                },
                {
                    "number": "31880660573",
                    "desc": "",
                    "number_formats": {
                        "CountryID": "NL",
                        "National": "088 066 0573",
                        "International": "+31 88 066 0573",
                        "ITU": "31880660573",
                        "isValidNumber": "1",
                        "owner_country": "NL"
                    },
                    "number_formatted": "088 066 0573"
                }
            ]
        },
        {
            "uniqueid": "195.200.82.131_85551261-802f-41cc-a2e5-ba0c46f40910",
            "calltime": "2022-08-03 13:28:19.988933",
            "billsecond": "254",
            "duration": "264",
            "direction": "in",
            "call_chain": []
        }
    ]
}"""
# "Get callrecord list": added a comma after `tonumber_formats`; one of two rows.
CALL_RECORDS = b"""{
    "status": true,
    "message": "Operation Successful.",
    "data": {
        "itemcount": "116",
        "pagecount": 58,
        "items": [
            {
                "recordtime": "2019-12-03 15:23:42.707233+01",
                "duration": "33",
                "filename": "fcaab2e3b-ddee-424c-b261-45ca986cb202.mp3",
                "from_number": "1234*0002",
                "to_number": "1234*0200",
                "queuename": null,
                "callrecordkey": "fcaab2e3b-ddee-424c-b261-45ca986cb202",
                "filesize": "192456",
                "file_totalpart": 1,
                "file_partsize": 4194304,
                "to_number_formatted": "1234*0200",
                "tonumber_desc": "",
                "tonumber_formats": null,
                "from_callerid": "31880660550",
                "from_callerid_formatted": "088 066 0550",
                "from_callerid_formats": null
            }
        ]
    }
}"""
# "Get all extensions", as it stands but for a password one can look for.
EXTENSIONS = b"""{
    "status": true,
    "message": "Operation Successful.",
    "data": {
        "itemcount": "6",
        "pagecount": 6,
        "items": [
            {
                "id": "R320000003678734414445",
                "username": "1234*0200",
                "password": "canary-password",
                "calleridtype": "1",
                "callerid": "31880660550",
                "country": "NL",
                "name": "VOIPZeker B.V.",
                "email": "user@e-mail.nl",
                "exttype": "100",
                "createdate": "2019-11-27 15:34:22",
                "regstatus": 2,
                "callrecordcount": "0",
                "voicemailcount": "0",
                "extno": "1",
                "extno_format": "0200",
                "ri_localipport": "zjp2wni76dze.invalid",
                "ri_localtransport": "WS",
                "ri_remoteipport": "54.37.205.10:39825",
                "ri_remotetransport": "WS",
                "ri_expiresdate": "2020-02-28 09:29:35",
                "ri_registereddate": "2020-02-28 09:19:35"
            }
        ]
    }
}"""
# "Get all phonebook item": added a comma after `message`; `itemcount` stands there twice in the document as well.
PHONEBOOK = b"""{
    "status": true,
    "errorCode": 0,
    "message": "Operation Successful.",
    "pagination":{
      "itemcount": "34",
      "itemcount": "1"
    },
    "data": [
        {
            "id": "P310000057392932520045",
            "extensionid": "0",
            "companyname": "VOIPZeker",
            "phonenumber_formats": {
                "CountryCode": 31,
                "isValidNumber": 1
            }
        },
        {
            "id": "P310000057392932520045",
            "extensionid": "0",
            "companyname": "VOIPZeker",
            "phonenumber_formats": {
                "CountryCode": 31,
                "isValidNumber": 1
            }
        }
    ]
}"""
# "Get callrecord list" of the call flows, as it stands.
CALL_FLOWS = b"""{
  "status": true,
  "errorCode": 0,
  "message": "Operation Successful.",
  "pagination": {
    "itemcount": "1",
    "pagecount": 1
  },
  "data": [
    {
      "id": "T340000004604840016627",
      "name": "Que test - 030 781 0030",
      "dialplanstatus": 1,
      "didnumbers": [
        {
          "fullnumber": "31307810030",
          "countrycode": "31",
          "areacode": "30",
          "number": "7810030"
        }
      ]
    }
  ]
}"""
# "Get all switch items": added a comma after `message`.
SWITCHES = b"""{
    "status": true,
    "errorCode": 0,
    "message": "Operation Successful.",
    "pagination":{
      "itemcount": "2",
      "pagecount": "1"
    },
    "data": [
        {
            "switchkey": "260f17e4-d29c-2a31-eb60-f65bd2ada307",
            "tenantid": "N300000003974921616413",
            "switch_no": "1",
            "name": "SwitchName",
            "lang": "nl",
            "state": true
            },
        {
            "switchkey": "130b7e0d-29c3-ae9c-c5ff-32a4c0b98b87",
            "tenantid": "N300000003974921616413",
            "switch_no": "2",
            "name": "SwitchName2",
            "lang": "en",
            "state": false
            }
    ]
}"""
# "Get status of extensions": added the missing brace at the end.
STATUS = b"""{
    "status": true,
    "errorCode": 0,
    "message": "Operation Successful.",
    "data": {
        "items": {
            "R320000003678734414445": 2,
            "L280000004518094408485": 2
        },
        "status_list": {
        "1": "Registered",
        "2": "Offline",
        "0": "Never registered"
    }
    }
}"""
SWITCH = b"""{
    "status": true,
    "message": "Operation Successful.",
    "data": {
        "switchkey": "260f17e4-d29c-2a31-eb60-f65bd2ada307",
        "switch_no": "1",
        "tenantid": "N300000003974921616413",
        "state": true,
        "lang": "nl",
        "name": "SwitchName"
        }
}"""
LOGIN = b"""{
    "status": true,
    "message": "Operation Successful.",
    "data": {
        "accesstoken": "{ACCESSTOKEN}"
    }
}"""


@pytest.mark.parametrize(
    ("endpoint", "sample", "counts", "rows"),
    [
        (endpoints.LIST_CDR_LOGS, CDR_LOGS, (34, 1), json.loads(CDR_LOGS)["data"]),
        (endpoints.LIST_CALL_RECORDS, CALL_RECORDS, (116, 58), json.loads(CALL_RECORDS)["data"]["items"]),
        (endpoints.LIST_PHONEBOOK_ITEMS, PHONEBOOK, (34, 1), json.loads(PHONEBOOK)["data"]),
        (endpoints.LIST_CALL_FLOWS, CALL_FLOWS, (1, 1), json.loads(CALL_FLOWS)["data"]),
        (endpoints.LIST_SWITCHES, SWITCHES, (2, 1), json.loads(SWITCHES)["data"]),
    ],
    ids=lambda value: getattr(value, "path", ""),
)
def test_lists_of_the_document(endpoint, sample, counts, rows):
    """Both paging envelopes: every row of the sample comes, equal as JSON and on one line, with the counts told."""
    page = wire.read(endpoint, 200, {}, sample)
    assert (page.itemcount, page.pagecount) == counts
    assert [json.loads(row) for row in page.rows] == rows
    assert not any(b"\n" in row for row in page.rows)


def test_extensions_of_the_document():
    """The sample's extension comes without its password and addresses, and with all else."""
    page = wire.read(endpoints.LIST_EXTENSIONS, 200, {}, EXTENSIONS)
    (row,) = [json.loads(row) for row in page.rows]
    sample = json.loads(EXTENSIONS)["data"]["items"][0]
    assert (page.itemcount, page.pagecount) == (6, 6)
    assert set(sample) - set(row) == {name for name in sample if name == "password" or name.startswith("ri_")}
    assert row == {name: sample[name] for name in row}
    assert b"canary-password" not in b"".join(page.rows)


@pytest.mark.parametrize(
    ("endpoint", "sample"),
    [(endpoints.LIST_EXTENSION_STATUS, STATUS), (endpoints.GET_SWITCH, SWITCH), (endpoints.APP_LOGIN, LOGIN)],
    ids=["status", "switch", "login"],
)
def test_single_answers_of_the_document(endpoint, sample):
    """An answer of one object is its `data`, as the document shows it."""
    assert wire.read(endpoint, 200, {}, sample).data == json.loads(sample)["data"]
