"""Writes really change what later reads tell."""

import base64
from dataclasses import replace

import pytest


def csv_file(*lines):
    """Returns lines as importcsvphonebookitems takes them."""
    return base64.b64encode("\r\n".join(lines).encode()).decode()


@pytest.fixture
def extension_id(sim):
    """Some extension."""
    return sim.truth.extensions()[0].extension_id


def test_a_contact_can_be_made_changed_and_deleted(api, sim):
    """New, update and delete show in list, item and truth, and all answer an empty array."""
    before = {contact.contact_id for contact in sim.truth.contacts()}
    made = api.post("newphonebookitem", companyname="Nieuw B.V.", phonenumbertype=0, phonenumber="31600099999")
    assert made == {"status": True, "message": "Operation Successful.", "data": []}
    (new_id,) = {contact.contact_id for contact in sim.truth.contacts()} - before
    api.post("updatephonebookitem", itemid=new_id, name="An", lastname="Vis", phonenumber="493023125001")
    row = api.post("getphonebookitem", itemid=new_id)["data"]
    told = (row["name"], row["lastname"], row["companyname"], row["phonenumber_formatted"], row["extensionid"])
    assert told == ("An", "Vis", "Nieuw B.V.", "+49 30 23125001", "0")
    api.post("deletephonebookitem", itemids=[new_id])
    assert {contact.contact_id for contact in sim.truth.contacts()} == before
    assert sim.write_count == 3


def test_delete_type_1_wipes_the_whole_book(api, sim):
    """One request with deletetype 1 leaves no contact at all."""
    api.post("deletephonebookitem", deletetype=1)
    assert sim.truth.contacts() == []
    envelope = api.post("listphonebookitems")
    assert (envelope["data"], envelope["pagination"]["itemcount"]) == ([], "0")


@pytest.mark.parametrize(
    "fields",
    [
        {"companyname": "X", "phonenumber": "0600012345"},
        {"companyname": "X", "phonenumber": ""},
        {"name": "An", "phonenumber": "31600012345"},
    ],
    ids=["leading-zero", "no-number", "no-last-name"],
)
def test_an_unfit_contact_is_refused(api, sim, fields):
    """A contact without a name or with a number that cannot be stored is status false, and nothing changes."""
    before = sim.truth.contacts()
    assert api.post("newphonebookitem", phonenumbertype=0, **fields)["status"] is False
    assert sim.truth.contacts() == before


def test_csv_goes_out_and_in_again(api, sim, extension_id):
    """What is exported can be imported; the copies belong to the extension that imported them."""
    text = api.answer("exportcsvphonebookitems", extensionid=extension_id).body.decode()
    visible = [c for c in sim.truth.contacts() if c.extension_id in (extension_id, "0")]
    lines = text.splitlines()
    assert lines[0] == "name;lastname;companyname;phonenumbertype;phonenumber"
    assert len(lines) == len(visible) + 1
    api.post("deletephonebookitem", deletetype=1)
    answer = api.post("importcsvphonebookitems", extensionid=extension_id, csv_file=csv_file(*lines))
    assert answer["status"] is True
    assert len(answer["data"]["success_details"]) == len(visible)
    assert [(c.phone_number, c.extension_id) for c in sim.truth.contacts()] == [
        (c.phone_number, extension_id) for c in visible
    ]


def test_an_import_tells_row_by_row_what_failed(api, sim, extension_id):
    """One bad row makes status false; the good rows are stored and listed with their ids."""
    count = len(sim.truth.contacts())
    rows = csv_file(";;Goed B.V.;0;31600011111", ";;Fout B.V.;0;0612345678")
    answer = api.post("importcsvphonebookitems", extensionid=extension_id, csv_file=rows)
    assert (answer["status"], answer["message"]) == (False, "FAILED Details")
    (done,), (failed,) = answer["data"]["success_details"], answer["data"]["failed_details"]
    assert (done["csvrow"], done["value"], done["errorcode"]) == (1, "31600011111", 0)
    assert failed == {"csvrow": 2, "value": "0612345678", "errorcode": 688, "errormsg": None}
    assert sim.truth.contacts()[-1].contact_id == done["itemid"]
    assert len(sim.truth.contacts()) == count + 1


def test_a_switch_can_be_made_changed_and_deleted(api, sim):
    """A new switch gets the next number, an update changes only what is sent, a delete removes it."""
    made = api.post("newswitch", name="Lunch", state="true")["data"]
    assert made["switch_no"] == "4"
    api.post("updateswitch", switchkey=made["switchkey"], lang="en")
    row = api.post("getswitch", switchkey=made["switchkey"])["data"]
    assert (row["name"], row["lang"], row["state"]) == ("Lunch", "en", True)
    api.post("deleteswitch", switchkey=made["switchkey"])
    assert made["switchkey"] not in {switch.switch_key for switch in sim.truth.switches()}


def test_properties_can_be_set_and_unset(api, sim, extension_id):
    """Set stores codes, unset removes the key, and a wrong code changes nothing."""
    api.post("setextensionproperties", extensionid=extension_id, isuser_dnd=1, max_call_duration=600)
    own = sim.truth.properties()[extension_id]
    assert (own["isuser_dnd"], own["max_call_duration"]) == ("1", "600")
    refused = api.answer("setextensionproperties", extensionid=extension_id, isuser_dnd=7, disable_anonymous=1)
    assert refused.status == 400
    assert sim.truth.properties()[extension_id] == own
    api.post("unsetextensionproperties", extensionid=extension_id, isuser_dnd="")
    assert (
        "isuser_dnd" not in api.post("getextensionproperties", extensionid=extension_id)["data"]["extensionproperties"]
    )


def test_an_extension_without_an_address_has_no_voicemail(api, sim):
    """Voicemail needs an address, so a new extension without one begins without it, and its properties can be set."""
    new = replace(sim.truth.extensions()[0], extension_id=sim.tenant.new_extension_id(), email="")
    sim.tenant.add_extension(new)
    assert sim.truth.properties()[new.extension_id]["voicemail_enable"] == "0"
    assert api.post("setextensionproperties", extensionid=new.extension_id, isuser_dnd=1)["status"] is True


def test_the_webhook_is_kept(api, sim):
    """The address given to setapptemplatesettings is stored, an empty one drops it."""
    api.post("setapptemplatesettings", webhook_url="https://hook.example/x")
    assert sim.webhook_url == "https://hook.example/x"
    api.post("setapptemplatesettings", webhook_url="")
    assert sim.webhook_url is None


def test_click_to_call_needs_a_telephone(api, sim):
    """A call is accepted for a username that exists and refused for one that does not; no call is made."""
    username = sim.truth.extensions()[0].username
    assert api.post("callnumber", username=username, call_number="31600012345")["status"] is True
    assert api.post("callnumber", username="1234*9999", call_number="31600012345")["errorCode"] == 100


def test_a_removed_extension_is_gone_with_its_list(api, sim):
    """After an extension is removed, its row is gone and its recordings cannot be listed."""
    item = next(item for item in sim.truth.recordings() if len(item.extension_ids) == 1)
    sim.tenant.remove_extension(item.extension_ids[0])
    rows = api.post("listextensions", pagelimit=0)["data"]["items"]
    assert item.extension_ids[0] not in {row["id"] for row in rows}
    assert api.post("listcallrecords", extensionid=item.extension_ids[0])["errorCode"] == 107
    assert item.callrecordkey not in {other.callrecordkey for other in sim.truth.recordings()}


def test_two_simulators_of_one_company_do_not_share_writes(make_api, company):
    """A write to one simulator leaves another over the same company as the plan made it."""
    first, second = make_api(), make_api()
    first.post("deletephonebookitem", deletetype=1)
    assert second.sim.truth.contacts() == list(company.people.contacts)
