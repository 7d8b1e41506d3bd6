"""Everything that happens to the tenant stands in the log, whoever did it, and the log tells how it was."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from unite_pipeline.simulator import Change, TrueFlow, TrueNumber, TrueSwitch
from unite_pipeline.simulator.control import control

NEW_CONTACT = {"companyname": "Nieuw B.V.", "phonenumber": "31600099999", "phonenumbertype": "0"}


def now(sim):
    """What there is by the lists, by kind and id."""
    truth = sim.truth
    return {
        "extension": {item.extension_id: item for item in truth.extensions()},
        "extension_properties": truth.properties(),
        "contact": {item.contact_id: item for item in truth.contacts()},
        "call_flow": {item.flow_id: item for item in truth.flows()},
        "switch": {item.switch_key: item for item in truth.switches()},
    }


def as_of(sim, instant):
    """What there was at an instant by the log, by kind and id."""
    return {kind: sim.truth.as_of(kind, instant) for kind in now(sim)}


def happened(sim, before):
    """Kind and id of what the log has more than before, and whether the thing was removed."""
    return [(change.kind, change.thing_id, change.state is None) for change in sim.truth.log()[before:]]


def test_the_log_begins_with_the_company(sim, clock):
    """When the simulator opens there is one change for each thing, dated then; before that there was nothing."""
    assert as_of(sim, clock()) == now(sim)
    assert as_of(sim, clock() - timedelta(microseconds=1)) == {kind: {} for kind in now(sim)}
    assert len(sim.truth.log()) == sum(len(things) for things in now(sim).values()) > 0


WRITES = [
    pytest.param("newphonebookitem", NEW_CONTACT, ["contact"], id="newphonebookitem"),
    pytest.param("updatephonebookitem", {"itemid": "{contact}", "name": "An"}, ["contact"], id="updatephonebookitem"),
    pytest.param("deletephonebookitem", {"itemids": ["{contact}"]}, ["contact"], id="deletephonebookitem"),
    pytest.param("deletephonebookitem", {"deletetype": 1}, ["contact"] * 60, id="deletetype-1"),
    pytest.param(
        "importcsvphonebookitems",
        {
            "extensionid": "{extension}",
            "csv_file": base64.b64encode(b";;Een B.V.;0;31600011111\r\n;;Twee B.V.;0;31600011112").decode(),
        },
        ["contact"] * 2,
        id="importcsvphonebookitems",
    ),
    pytest.param("newswitch", {"name": "Lunch", "state": "true"}, ["switch"], id="newswitch"),
    pytest.param("updateswitch", {"switchkey": "{switch}", "state": "true"}, ["switch"], id="updateswitch"),
    pytest.param("deleteswitch", {"switchkey": "{switch}"}, ["switch"], id="deleteswitch"),
    pytest.param(
        "setextensionproperties",
        {"extensionid": "{extension}", "isuser_dnd": 1, "max_call_duration": 600},
        ["extension_properties"],
        id="setextensionproperties",
    ),
    pytest.param(
        "unsetextensionproperties",
        {"extensionid": "{extension}", "disable_anonymous": ""},
        ["extension_properties"],
        id="unsetextensionproperties",
    ),
]


def filled_in(sim, value):
    """A form value with the id of some thing in place of its name."""
    things = {kind: next(iter(found)) for kind, found in now(sim).items()}
    return [each.format(**things) for each in value] if isinstance(value, list) else str(value).format(**things)


@pytest.mark.parametrize(("endpoint", "form", "kinds"), WRITES)
def test_every_write_endpoint_is_logged(api, sim, clock, endpoint, form, kinds):
    """A write through the API is in the log at its time, and the log knows how it was before and is now."""
    before, earlier, was = len(sim.truth.log()), clock(), now(sim)
    clock.move(60)
    answer = api.post(endpoint, **{name: filled_in(sim, value) for name, value in form.items()})
    assert answer["status"] is True
    changes = sim.truth.log()[before:]
    assert [change.kind for change in changes] == kinds
    assert {change.at for change in changes} == {clock()}
    assert (as_of(sim, earlier), as_of(sim, clock())) == (was, now(sim))
    assert now(sim) != was


def test_what_changes_nothing_is_no_change(api, sim):
    """A refused write, and one that leaves a thing as it was, are not in the log."""
    before, switch, extension = len(sim.truth.log()), sim.truth.switches()[0], sim.truth.extensions()[0]
    api.post("updateswitch", switchkey=switch.switch_key, name=switch.name)
    api.post("setextensionproperties", extensionid=extension.extension_id, disable_anonymous=7)
    api.post("unsetextensionproperties", extensionid=extension.extension_id, isuser_dnd="")
    sim.tenant.change_extension(extension.extension_id, name=extension.name)
    assert sim.truth.log()[before:] == []


def test_an_extension_goes_and_returns(sim, clock):
    """One that comes back brings its old id or another, its properties begin anew, and every step is in the log."""
    old = sim.truth.extensions()[2]
    sim.tenant.set_properties(old.extension_id, {"isuser_dnd": "1"})
    before = len(sim.truth.log())
    sim.tenant.remove_extension(old.extension_id)
    clock.move(3600)
    sim.tenant.add_extension(old)
    other = replace(old, extension_id=sim.tenant.new_extension_id())
    sim.tenant.add_extension(other)
    with pytest.raises(ValueError, match=old.extension_id):
        sim.tenant.add_extension(old)
    assert happened(sim, before) == [
        ("extension", old.extension_id, True),
        ("extension_properties", old.extension_id, True),
        ("extension", old.extension_id, False),
        ("extension_properties", old.extension_id, False),
        ("extension", other.extension_id, False),
        ("extension_properties", other.extension_id, False),
    ]
    assert "isuser_dnd" not in sim.truth.properties()[old.extension_id]
    assert as_of(sim, clock()) == now(sim)
    assert old.extension_id not in sim.truth.as_of("extension", clock() - timedelta(seconds=1))


def test_the_tenants_own_methods_are_logged(sim, clock):
    """Flows and switches that a test changes are in the log with the state they have since."""
    before = len(sim.truth.log())
    flow, switch = sim.truth.flows()[1], sim.truth.switches()[1]
    clock.move(1)
    sim.tenant.put_flow(replace(flow, name="Avond"))
    clock.move(1)
    sim.tenant.remove_flow(flow.flow_id)
    sim.tenant.put_switch(replace(switch, is_on=True))
    assert sim.truth.log()[before:] == [
        Change(clock() - timedelta(seconds=1), "call_flow", flow.flow_id, replace(flow, name="Avond")),
        Change(clock(), "call_flow", flow.flow_id, None),
        Change(clock(), "switch", switch.switch_key, replace(switch, is_on=True)),
    ]
    assert sim.truth.log("switch")[-1].thing_id == switch.switch_key


def test_nothing_changes_behind_the_logs_back(sim):
    """What the tenant shows cannot be written to: its methods are the only way."""
    switch, extension = sim.truth.switches()[0], sim.truth.extensions()[0]
    with pytest.raises(TypeError):
        sim.tenant.switches[switch.switch_key] = TrueSwitch("k", "9", "Nep", "nl", is_on=True)
    with pytest.raises(TypeError):
        sim.tenant.properties[extension.extension_id]["isuser_dnd"] = "1"
    with pytest.raises(AttributeError):
        sim.tenant.flows = {}


def test_a_number_rings_where_it_was_given(api, sim):
    """A number that a flow loses stays the company's; one that a flow takes from an extension rings at the flow."""
    flow, extension = sim.truth.flows()[0], sim.truth.extensions()[0]
    before = [item.number for item in sim.truth.numbers()]
    sim.tenant.put_flow(replace(flow, numbers=(flow.numbers[0], extension.callerid)))
    new = TrueFlow(sim.tenant.new_flow_id(), "0099", "Nieuw", ("31600009999",), False, False, ())
    sim.tenant.put_flow(new)
    routes = {item.number: item for item in sim.truth.numbers()}
    assert list(routes) == [*before, "31600009999"]
    assert routes[extension.callerid] == TrueNumber(extension.callerid, flow.flow_number, None)
    assert routes[flow.numbers[1]] == TrueNumber(flow.numbers[1], None, None)
    assert routes["31600009999"] == TrueNumber("31600009999", "0099", None)
    assert set(routes) < set(api.post("listcdrnumbers")["data"]["numberlist"])


def test_the_back_door_tells_the_log(sim):
    """The log comes as JSON lines, properties included."""
    extension = sim.truth.extensions()[0]
    sim.tenant.set_properties(extension.extension_id, {"isuser_dnd": "1"})
    lines = control(sim, "GET", "/_simulator/truth/log", "", b"").body.splitlines()
    assert len(lines) == len(sim.truth.log())
    last = json.loads(lines[-1])
    assert (last["kind"], last["thing_id"]) == ("extension_properties", extension.extension_id)
    assert last["state"] == sim.truth.properties()[extension.extension_id]
