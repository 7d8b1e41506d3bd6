"""All 31 endpoints by name, and the two that let a client in.

Source: the vendor's document, every "HTTP request" line in it; one heading spells applogin with three p's, the samples
with two, and the samples win.
"""

from collections.abc import Callable

from unite_pipeline.simulator.protocol import calls, extensions, phonebook, recordings, switches
from unite_pipeline.simulator.protocol.exchange import (
    INVALID_TOKEN,
    USER_VERIFICATION,
    RefusalError,
    Reply,
    Request,
    dumps,
    success,
)

Handler = Callable[[Request], Reply]


def app_provision(request: Request) -> Reply:
    """Answers appprovision: the invitation is used up even if the answer is lost."""
    token = request.world.access.use_invitation(request.form.text("invitationid"))
    if token is None:
        raise RefusalError(USER_VERIFICATION, "User Verified Error")
    return success(dumps({"logintoken": token}), with_code=False)


def app_login(request: Request) -> Reply:
    """Answers applogin."""
    token = request.world.access.log_in(request.form.text("logintoken"), request.now)
    if token is None:
        raise RefusalError(INVALID_TOKEN, "Invalid Access Token")
    return success(dumps({"accesstoken": token}), with_code=False)


def set_app_template_settings(request: Request) -> Reply:
    """Answers setapptemplatesettings: keeps the webhook's address, or drops it if empty."""
    url = request.form.given("webhook_url")
    if url is not None:
        request.world.tenant.webhook_url = url or None
    return success("[]", with_code=True)


OPEN_ENDPOINTS: dict[str, Handler] = {"appprovision": app_provision, "applogin": app_login}
ENDPOINTS: dict[str, Handler] = {
    **OPEN_ENDPOINTS,
    "listextensions": extensions.list_extensions,
    "getextension": extensions.get_extension,
    "extensionsstatusdescriptions": extensions.status_descriptions,
    "listextensionsstatus": extensions.list_status,
    "getvalidextensionproperties": extensions.valid_properties,
    "getextensionproperties": extensions.get_properties,
    "setextensionproperties": extensions.set_properties,
    "unsetextensionproperties": extensions.unset_properties,
    "listcallflows": calls.list_call_flows,
    "listcallrecords": recordings.list_call_records,
    "downloadcallrecord": recordings.download_call_record,
    "listphonebookitems": phonebook.list_items,
    "getphonebookitem": phonebook.get_item,
    "newphonebookitem": phonebook.new_item,
    "updatephonebookitem": phonebook.update_item,
    "deletephonebookitem": phonebook.delete_items,
    "exportcsvphonebookitems": phonebook.export_csv,
    "importcsvphonebookitems": phonebook.import_csv,
    "downloadphonebookdata": phonebook.download,
    "listswitches": switches.list_switches,
    "getswitch": switches.get_switch,
    "newswitch": switches.new_switch,
    "updateswitch": switches.update_switch,
    "deleteswitch": switches.delete_switch,
    "listcdrlogs": calls.list_cdr_logs,
    "listcdrflows": calls.list_cdr_flows,
    "listcdrnumbers": calls.list_cdr_numbers,
    "callnumber": calls.call_number,
    "setapptemplatesettings": set_app_template_settings,
}
READ_ENDPOINTS = frozenset(
    name for name in ENDPOINTS
    if name.startswith(("app", "list", "get", "download", "export")) or name == "extensionsstatusdescriptions"
)  # fmt: skip
