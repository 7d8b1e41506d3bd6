"""The phonebook endpoints: lists, one item, the whole book, and the four writes.

Source: "Phonebook". The columns of the CSV are not documented; ours carry the names of the form fields. The sample of
listphonebookitems has itemcount twice and no pagecount; ours has each once, as the other lists do, and the fault
duplicate_key gives the sample's. The request header Request-Max-Age (HTTP-Request-Max-Age in the table) is not
modelled: the document does not say the age of what.
"""

import base64
import binascii
import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from operator import attrgetter

from unite_pipeline.simulator.company.model import TrueContact
from unite_pipeline.simulator.protocol.exchange import (
    EXTENSION_MISMATCH,
    JSON_HEADERS,
    UNDOCUMENTED,
    RefusalError,
    Reply,
    Request,
    dumps,
    success,
)
from unite_pipeline.simulator.protocol.extensions import known_extension
from unite_pipeline.simulator.protocol.paging import Kind, page_of
from unite_pipeline.simulator.protocol.rows import contact_row
from unite_pipeline.simulator.protocol.search import matching, sorted_rows

SHARED = "0"
_COLUMNS = ("name", "lastname", "companyname", "phonenumbertype", "phonenumber")

CONTACTS: Kind[TrueContact] = Kind(
    key=attrgetter("contact_id"),
    write=lambda item: dumps(contact_row(item)),
    altered=lambda item: replace(item, company_name=f"{item.company_name} (2)"),
)


def list_items(request: Request) -> Reply:
    """Answers listphonebookitems: the whole book, or what one extension sees of its own and the shared level."""
    rows = list(request.world.tenant.contacts.values())
    if request.form.text("extensionid") not in ("", SHARED):
        own = known_extension(request).extension_id
        rows = [item for item in rows if item.extension_id in (own, SHARED)]
    elif request.form.text("extensionid") == SHARED or request.world.options.phonebook_shared_only:
        rows = [item for item in rows if item.extension_id == SHARED]
    rows = sorted_rows(request.form, matching(request.form, rows, contact_row), contact_row, default=None)
    page = page_of(request, rows, CONTACTS)
    pagination = f'{{"itemcount":"{page.item_count}","pagecount":"{page.page_count}"}}'
    return success(page.rows, with_code=True, pagination=pagination)


def get_item(request: Request) -> Reply:
    """Answers getphonebookitem."""
    return success(dumps(contact_row(_known_item(request))), with_code=False)


def _known_item(request: Request) -> TrueContact:
    item = request.world.tenant.contacts.get(request.form.required("itemid"))
    if item is None:
        raise RefusalError(UNDOCUMENTED, "Phonebook item not found.")
    if request.form.text("extensionid") not in ("", SHARED, item.extension_id):
        known_extension(request)
        if item.extension_id != SHARED:
            raise RefusalError(EXTENSION_MISMATCH, "API User & TenantID & ExtensionID mismatch")
    return item


def download(request: Request) -> Reply:
    """Answers downloadphonebookdata: the whole book, or 304 if it is as old as the client's copy."""
    tenant = request.world.tenant
    changed_at = int(tenant.contacts_changed_at.timestamp())
    headers = {"last-modified": str(changed_at), "cache-control": "max-age-17200,private"}
    seen_at = _modified_since(request.headers)
    if seen_at is not None and seen_at >= changed_at:
        return Reply(b"", headers, status=304)
    rows = ",".join(map(CONTACTS.write, tenant.contacts.values()))
    reply = success(f"[{rows}]", with_code=True)
    return replace(reply, headers={**JSON_HEADERS, **headers})


def _modified_since(headers: Mapping[str, str]) -> int | None:
    """Reads If-Modified-Since, as a date or, like our own last-modified, as seconds; nonsense counts as absent."""
    value = headers.get("if-modified-since", "").strip()
    if value.isdigit():
        return int(value)
    try:
        parsed = parsedate_to_datetime(value) if value else None
    except ValueError:
        return None
    return int(parsed.replace(tzinfo=parsed.tzinfo or UTC).timestamp()) if parsed else None


def new_item(request: Request) -> Reply:
    """Answers newphonebookitem."""
    owner = SHARED if request.form.text("extensionid") in ("", SHARED) else known_extension(request).extension_id
    request.form.required("phonenumbertype")
    fields = {name: request.form.text(name) for name in _COLUMNS}
    _store(request, fields, request.world.tenant.new_contact_id(), owner)
    return success("[]", with_code=False)


def update_item(request: Request) -> Reply:
    """Answers updatephonebookitem; fields that are not sent stay, though the document calls all of them required."""
    item = _known_item(request)
    now = contact_row(item)
    fields = {name: request.form.text(name, str(now[name])) for name in _COLUMNS}
    _store(request, fields, item.contact_id, item.extension_id)
    return success("[]", with_code=False)


def _store(request: Request, fields: Mapping[str, str], contact_id: str, owner: str) -> None:
    if not ((fields["name"] and fields["lastname"]) or fields["companyname"]):
        raise RefusalError(UNDOCUMENTED, "Either name and lastname or companyname is required.")
    number = fields["phonenumber"]
    if not number.isascii() or not number.isdigit() or number.startswith("0"):
        raise RefusalError(UNDOCUMENTED, "Parameter phonenumber is invalid.")
    contact = TrueContact(
        contact_id=contact_id,
        extension_id=owner,
        first_name=fields["name"],
        last_name=fields["lastname"],
        company_name=fields["companyname"],
        phone_number=number,
        phone_number_type=fields["phonenumbertype"] or "0",
    )
    request.world.tenant.put_contact(contact)


def delete_items(request: Request) -> Reply:
    """Answers deletephonebookitem: the chosen items, or with deletetype 1 all of them."""
    tenant = request.world.tenant
    if request.form.integer("deletetype", 0, highest=1) == 1:
        wanted = list(tenant.contacts)
    else:
        wanted = request.form.all("itemids")
        if not wanted or any(contact_id not in tenant.contacts for contact_id in wanted):
            raise RefusalError(UNDOCUMENTED, "Phonebook item not found.")
    for contact_id in dict.fromkeys(wanted):
        tenant.remove_contact(contact_id)
    return success("[]", with_code=False)


def export_csv(request: Request) -> Reply:
    """Answers exportcsvphonebookitems with what the extension sees."""
    own = known_extension(request).extension_id
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for item in request.world.tenant.contacts.values():
        if item.extension_id in (own, SHARED):
            row = contact_row(item)
            writer.writerow([row[name] for name in _COLUMNS])
    return Reply(text.getvalue().encode(), {"content-type": "text/csv; charset=UTF-8"})


def import_csv(request: Request) -> Reply:
    """Answers importcsvphonebookitems: every row on its own, the failed ones listed; one failure is status false."""
    owner = known_extension(request).extension_id
    done, failed = [], []
    for number, fields in enumerate(_csv_rows(request.form.required("csv_file")), start=1):
        detail: dict[str, object] = {"csvrow": number, "value": fields["phonenumber"]}
        contact_id = request.world.tenant.new_contact_id()
        try:
            _store(request, fields, contact_id, owner)
        except RefusalError as refusal:
            failed.append({**detail, "errorcode": refusal.code, "errormsg": None})
        else:
            done.append({**detail, "itemid": contact_id, "errorcode": 0, "errormsg": "Operation Successful."})
    data = {"success_details": done, "failed_details": failed}
    if not failed:
        return success(dumps(data), with_code=False)
    body = dumps({"status": False, "message": "FAILED Details", "data": data})
    return Reply(body.encode(), JSON_HEADERS)


def _csv_rows(encoded: str) -> list[dict[str, str]]:
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8-sig")
    except (binascii.Error, UnicodeDecodeError):
        raise RefusalError(UNDOCUMENTED, "Parameter csv_file is invalid.", status=400) from None
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=";") if row]
    if rows and tuple(rows[0]) == _COLUMNS:
        rows = rows[1:]
    padded = (row + [""] * len(_COLUMNS) for row in rows)
    return [dict(zip(_COLUMNS, row, strict=False)) for row in padded]
