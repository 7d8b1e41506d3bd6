"""What can be changed: the company's people as they stand now, after the writes of clients and tests.

A company follows from its plan and never changes; a tenant begins as a copy of it. Calls and recordings are not here.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from unite_pipeline.simulator.company.chance import opaque_id, stream, uuid4
from unite_pipeline.simulator.company.company import Company
from unite_pipeline.simulator.company.model import TrueContact, TrueExtension, TrueFlow, TrueSwitch
from unite_pipeline.simulator.protocol.properties import initial_properties


class Tenant:
    """The changeable state of one simulated customer; the simulator's lock guards it."""

    def __init__(self, company: Company, now: datetime) -> None:
        """Begins with the company's own people."""
        people = company.people
        self.tenant_id = people.tenant_id
        self.extensions: dict[str, TrueExtension] = {item.extension_id: item for item in people.extensions}
        self.properties = {item.extension_id: initial_properties(item) for item in people.extensions}
        self.contacts: dict[str, TrueContact] = {item.contact_id: item for item in people.contacts}
        self.contacts_changed_at = now
        self.flows: dict[str, TrueFlow] = {item.flow_id: item for item in people.flows}
        self.numbers = list(people.numbers)
        self.switches: dict[str, TrueSwitch] = {item.switch_key: item for item in people.switches}
        self.webhook_url: str | None = None
        self.purged_recordings: set[str] = set()
        self._ids = stream(company.plan.seed, "new ids")

    def change_extension(self, extension_id: str, **changes: Any) -> TrueExtension:
        """Changes fields of an extension, as a manager in the portal would."""
        changed = replace(self.extensions[extension_id], **changes)
        self.extensions[extension_id] = changed
        return changed

    def remove_extension(self, extension_id: str) -> None:
        """Removes an extension; its recordings can no longer be listed."""
        del self.extensions[extension_id]
        del self.properties[extension_id]

    def put_contact(self, contact: TrueContact, now: datetime) -> None:
        """Adds a phonebook item or replaces the one with its id."""
        self.contacts[contact.contact_id] = contact
        self.contacts_changed_at = now

    def remove_contact(self, contact_id: str, now: datetime) -> None:
        """Removes a phonebook item."""
        del self.contacts[contact_id]
        self.contacts_changed_at = now

    def new_contact_id(self) -> str:
        """Returns an id no contact has."""
        return opaque_id(self._ids, "PLM")

    def new_switch_key(self) -> str:
        """Returns a key no switch has."""
        return uuid4(self._ids)

    def new_switch_number(self) -> str:
        """Returns the lowest free number of a switch."""
        taken = {item.switch_number for item in self.switches.values()}
        return next(str(number) for number in range(1, len(taken) + 2) if str(number) not in taken)
