"""The extension endpoints: lists, one extension, status and properties.

Source: "Extensions". setextensionproperties names no extension in the document; extensionid is taken as it is
everywhere else.
"""

from dataclasses import replace
from operator import attrgetter
from typing import Any

from unite_pipeline.simulator.company.model import TrueExtension
from unite_pipeline.simulator.protocol.exchange import (
    EXTENSION_MISMATCH,
    UNDOCUMENTED,
    USER_VERIFICATION,
    RefusalError,
    Reply,
    Request,
    dumps,
    success,
)
from unite_pipeline.simulator.protocol.paging import Kind, page_of
from unite_pipeline.simulator.protocol.properties import PROPERTY_NAMES, VALID_PROPERTIES
from unite_pipeline.simulator.protocol.recordings import recording_counts
from unite_pipeline.simulator.protocol.rows import extension_row, registration_status
from unite_pipeline.simulator.protocol.search import matching, sorted_rows

STATUS_LIST = {
    "1": "Registered",
    "2": "Offline",
    "3": "Inbound ringing",
    "4": "Outbound ringing",
    "5": "Outbound answered call",
    "6": "Inbound answered call",
    "0": "Never registered",
}


def known_extension(request: Request) -> TrueExtension:
    """Returns the extension a request names; none is error 100, a stranger's is error 107."""
    extension_id = request.form.text("extensionid")
    if not extension_id:
        raise RefusalError(USER_VERIFICATION, "User Verified Error")
    item = request.world.tenant.extensions.get(extension_id)
    if item is None:
        raise RefusalError(EXTENSION_MISMATCH, "API User & TenantID & ExtensionID mismatch")
    return item


def list_extensions(request: Request) -> Reply:
    """Answers listextensions; the samples carry no errorCode."""
    rows = list(request.world.tenant.extensions.values())
    counts = recording_counts(request)

    def written(item: TrueExtension) -> dict[str, Any]:
        return extension_row(item, request.now, request.world.company.zone, counts[item.extension_id])

    rows = sorted_rows(request.form, matching(request.form, rows, written), written, default="extno")
    kind: Kind[TrueExtension] = Kind(
        key=attrgetter("extension_id"),
        write=lambda item: dumps(written(item)),
        altered=lambda item: replace(item, name=f"{item.name} (2)"),
    )
    page = page_of(request, rows, kind)
    data = f'{{"itemcount":"{page.item_count}","pagecount":{page.page_count},"items":{page.rows}}}'
    return success(data, with_code=False)


def get_extension(request: Request) -> Reply:
    """Answers getextension."""
    item = known_extension(request)
    count = recording_counts(request)[item.extension_id]
    return success(dumps(extension_row(item, request.now, request.world.company.zone, count)), with_code=False)


def status_descriptions(_: Request) -> Reply:
    """Answers extensionsstatusdescriptions."""
    return success(dumps({"status_list": STATUS_LIST}), with_code=True)


def list_status(request: Request) -> Reply:
    """Answers listextensionsstatus; one id the tenant does not have refuses them all."""
    wanted = request.form.all("extensionids")
    if not wanted:
        raise RefusalError(USER_VERIFICATION, "User Verified Error")
    known = request.world.tenant.extensions
    if any(extension_id not in known for extension_id in wanted):
        raise RefusalError(EXTENSION_MISMATCH, "API User & TenantID & ExtensionID mismatch")
    items = {extension_id: registration_status(known[extension_id], request.now) for extension_id in wanted}
    return success(dumps({"items": items or [], "status_list": STATUS_LIST}), with_code=True)


def valid_properties(_: Request) -> Reply:
    """Answers getvalidextensionproperties."""
    return success(dumps({"propertiesData": VALID_PROPERTIES}), with_code=True)


def get_properties(request: Request) -> Reply:
    """Answers getextensionproperties."""
    own = dict(request.world.tenant.properties[known_extension(request).extension_id])
    return success(dumps({"extensionproperties": own or [], "propertiesData": VALID_PROPERTIES}), with_code=True)


def set_properties(request: Request) -> Reply:
    """Answers setextensionproperties: all given properties are set, or none."""
    tenant, extension_id = request.world.tenant, known_extension(request).extension_id
    given = {name: value for name in PROPERTY_NAMES if (value := request.form.given(name)) is not None}
    for name, value in given.items():
        if name in VALID_PROPERTIES and value not in VALID_PROPERTIES[name]:
            raise RefusalError(UNDOCUMENTED, f"Parameter {name} is invalid.", status=400)
    changed = {**tenant.properties[extension_id], **given}
    if changed.get("voicemail_enable", "0") != "0" and not changed.get("voicemail_email_address"):
        raise RefusalError(UNDOCUMENTED, "Parameter voicemail_email_address is required.", status=400)
    tenant.set_properties(extension_id, given)
    return success("[]", with_code=False)


def unset_properties(request: Request) -> Reply:
    """Answers unsetextensionproperties: removes the properties that are named, whatever value is sent."""
    named = [name for name in PROPERTY_NAMES if request.form.given(name) is not None]
    request.world.tenant.unset_properties(known_extension(request).extension_id, *named)
    return success("[]", with_code=False)
