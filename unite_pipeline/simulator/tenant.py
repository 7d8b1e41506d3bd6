"""What can be changed: the company's people as they stand now, after the writes of clients and tests.

A company follows from its plan and never changes; a tenant begins as a copy of it. Calls and recordings are not here.
Every change goes through a method here and stands in `log`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from unite_pipeline.simulator.company.chance import opaque_id, stream, uuid4
from unite_pipeline.simulator.company.company import Company
from unite_pipeline.simulator.company.model import TrueContact, TrueExtension, TrueFlow, TrueNumber, TrueSwitch
from unite_pipeline.simulator.log import Book, ChangeLog, State
from unite_pipeline.simulator.protocol.properties import initial_properties


class Tenant:
    """The changeable state of one simulated customer; the simulator's lock guards it."""

    def __init__(self, company: Company, clock: Callable[[], datetime]) -> None:
        """Begins with the company's own people; changes are dated by the clock."""
        people = company.people
        self.tenant_id = people.tenant_id
        self.log = ChangeLog(clock)
        self._flows = Book("call_flow", {item.flow_id: item for item in people.flows}, self.log)
        self._extensions = Book("extension", {item.extension_id: item for item in people.extensions}, self.log)
        properties = {item.extension_id: _read_only(initial_properties(item)) for item in people.extensions}
        self._properties = Book("extension_properties", properties, self.log)
        self._contacts = Book("contact", {item.contact_id: item for item in people.contacts}, self.log)
        self._switches = Book("switch", {item.switch_key: item for item in people.switches}, self.log)
        self.contacts_changed_at = self.log.began_at
        self.webhook_url: str | None = None
        self.purged_recordings: set[str] = set()
        self._clock = clock
        self._ids = stream(company.plan.seed, "new ids")

    @property
    def extensions(self) -> Mapping[str, TrueExtension]:
        """The extensions by id."""
        return self._extensions

    @property
    def properties(self) -> Mapping[str, Mapping[str, str]]:
        """The properties that are set, by id of their extension."""
        return self._properties

    @property
    def contacts(self) -> Mapping[str, TrueContact]:
        """The phonebook items by id."""
        return self._contacts

    @property
    def flows(self) -> Mapping[str, TrueFlow]:
        """The call flows by id."""
        return self._flows

    @property
    def switches(self) -> Mapping[str, TrueSwitch]:
        """The switches by key."""
        return self._switches

    @property
    def numbers(self) -> list[TrueNumber]:
        """Every outside number the company has had, and where it rings now: a flow goes before an extension."""
        flows = {number: item.flow_number for item in self._flows.values() for number in item.numbers}
        extensions = {item.callerid: item.extension_number for item in self._extensions.values()}
        had = dict.fromkeys(number for change in self.log.changes() for number in _numbers_of(change.state))
        return [
            TrueNumber(number, flows.get(number), None if number in flows else extensions.get(number)) for number in had
        ]

    def add_extension(self, extension: TrueExtension) -> None:
        """Adds an extension with the properties a new one has; one that returns may bring its old id or another.

        Raises:
            ValueError: there is an extension with that id.
        """
        if extension.extension_id in self._extensions:
            raise ValueError(f"there is an extension {extension.extension_id} already")
        self._extensions.put(extension.extension_id, extension)
        self._properties.put(extension.extension_id, _read_only(initial_properties(extension)))

    def change_extension(self, extension_id: str, **changes: Any) -> TrueExtension:
        """Changes fields of an extension, as a manager in the portal would."""
        changed = replace(self._extensions[extension_id], **changes)
        self._extensions.put(extension_id, changed)
        return changed

    def remove_extension(self, extension_id: str) -> None:
        """Removes an extension and its properties; its recordings can no longer be listed."""
        self._extensions.remove(extension_id)
        self._properties.remove(extension_id)

    def set_properties(self, extension_id: str, properties: Mapping[str, str]) -> None:
        """Sets properties of an extension, all at once."""
        self._properties.put(extension_id, _read_only({**self._properties[extension_id], **properties}))

    def unset_properties(self, extension_id: str, *names: str) -> None:
        """Removes properties of an extension, as far as they are set."""
        kept = {name: value for name, value in self._properties[extension_id].items() if name not in names}
        self._properties.put(extension_id, _read_only(kept))

    def put_contact(self, contact: TrueContact) -> None:
        """Adds a phonebook item or replaces the one with its id."""
        self._contacts.put(contact.contact_id, contact)
        self.contacts_changed_at = self._clock()

    def remove_contact(self, contact_id: str) -> None:
        """Removes a phonebook item."""
        self._contacts.remove(contact_id)
        self.contacts_changed_at = self._clock()

    def put_flow(self, flow: TrueFlow) -> None:
        """Adds a call flow or replaces the one with its id."""
        self._flows.put(flow.flow_id, flow)

    def remove_flow(self, flow_id: str) -> None:
        """Removes a call flow; its numbers ring nowhere."""
        self._flows.remove(flow_id)

    def put_switch(self, switch: TrueSwitch) -> None:
        """Adds a switch or replaces the one with its key."""
        self._switches.put(switch.switch_key, switch)

    def remove_switch(self, switch_key: str) -> None:
        """Removes a switch."""
        self._switches.remove(switch_key)

    def new_extension_id(self) -> str:
        """Returns an id no extension has."""
        return opaque_id(self._ids, "RL")

    def new_contact_id(self) -> str:
        """Returns an id no contact has."""
        return opaque_id(self._ids, "PLM")

    def new_flow_id(self) -> str:
        """Returns an id no call flow has."""
        return opaque_id(self._ids, "T")

    def new_switch_key(self) -> str:
        """Returns a key no switch has."""
        return uuid4(self._ids)

    def new_switch_number(self) -> str:
        """Returns the lowest free number of a switch."""
        taken = {item.switch_number for item in self._switches.values()}
        return next(str(number) for number in range(1, len(taken) + 2) if str(number) not in taken)


def _read_only(properties: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(properties))


def _numbers_of(state: State | None) -> tuple[str, ...]:
    if isinstance(state, TrueFlow):
        return state.numbers
    return (state.callerid,) if isinstance(state, TrueExtension) else ()
