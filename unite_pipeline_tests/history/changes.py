"""What people change at a company in a month: extensions, contacts, call flows, switches and properties of extensions.

Here: single changes, drawn from a seeded stream, and what follows from them later. Half of them go through the vendor's
write endpoints, where there is one. Not here: when they happen (`scenario.py`).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from unite_pipeline.simulator import TrueContact, TrueExtension, TrueFlow
from unite_pipeline.simulator.company import names
from unite_pipeline.simulator.company.chance import Stream
from unite_pipeline.simulator.company.numbers import own_number
from unite_pipeline.simulator.protocol.properties import VALID_PROPERTIES
from unite_pipeline_tests.bench import Bench, MovedClock
from unite_pipeline_tests.extract.landed import write

_FEWEST_EXTENSIONS = 9
_FEWEST_CONTACTS = 40
_FEWEST_FLOWS = 4
_FEWEST_SWITCHES = 5
_NEW_NUMBERS = 400
_PROPERTIES = ("isuser_dnd", "disable_anonymous", "clicktocall_enable", "callrecord_inbound", "callrecord_outbound")


class Agenda:
    """What is still to happen, and when it is due; the clock is moved to each in turn.

    What follows from an entry is due so long after the entry was, not after it came: the order of things is the same
    however long a snapshot took.
    """

    def __init__(self, time: MovedClock) -> None:
        self._time = time
        self._due = time.now
        self._entries: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = count()

    def at(self, instant: datetime, act: Callable[[], object]) -> None:
        heapq.heappush(self._entries, (instant, next(self._order), act))

    def after(self, delay: timedelta, act: Callable[[], object]) -> None:
        self.at(self._due + delay, act)

    def play(self, end: datetime) -> None:
        """Everything due before `end`; what a slow snapshot delays comes just after it."""
        while self._entries and self._entries[0][0] < end:
            self._due, _, act = heapq.heappop(self._entries)
            self._wait_for(self._due)
            act()
        self._wait_for(end)

    def _wait_for(self, instant: datetime) -> None:
        self._time.pass_time(max(0.0, (instant - self._time.now).total_seconds()))


class Changes:
    """The company's people at work; `make` makes one change, whatever it is."""

    def __init__(self, bench: Bench, rng: Stream, agenda: Agenda) -> None:
        self._bench, self._rng, self._agenda = bench, rng, agenda
        self._tenant = bench.simulator.tenant
        self._numbers = count(_NEW_NUMBERS)
        self._all = (
            self.rename_extension,
            self.change_extension,
            self.change_what_flickers,
            *2 * (self.remove_extension, self.remove_flow, self.new_flow, self.replace_switch),
            self.hire,
            *2 * (self.edit_contact, self.edit_contact_for_a_while, self.delete_contact, self.new_contact),
            self.rename_flow,
            self.give_number,
            self.take_number,
            self.move_number,
            self.flip_switch,
            self.flip_switch_twice,
            self.rename_switch,
            *2 * (self.set_property, self.unset_property),
        )

    def make(self) -> None:
        """One change, and perhaps something that follows from it hours or days later."""
        self._rng.choice(self._all)()

    # Extensions

    def rename_extension(self) -> None:
        self._tenant.change_extension(self._extension().extension_id, name=self._person())

    def change_extension(self) -> None:
        item = self._extension()
        change: dict[str, Any] = self._rng.choice([{"email": ""}, {"callerid": self._number()}, {"email": item.email}])
        self._tenant.change_extension(item.extension_id, **change)

    def change_what_flickers(self) -> None:
        """A telephone is plugged in or out, and gets another secret: nobody calls that history."""
        item = self._extension()
        secret = f"sip-{self._rng.getrandbits(96):024x}"
        self._tenant.change_extension(item.extension_id, is_registered=not item.is_registered, password=secret)

    def remove_extension(self) -> None:
        """Somebody leaves, and returns; or somebody else, or a call flow, gets the number."""
        if len(self._tenant.extensions) <= _FEWEST_EXTENSIONS:
            return
        item = self._extension()
        self._tenant.remove_extension(item.extension_id)
        returns = (
            *2 * (lambda: self._add_extension(item),),
            lambda: self._add_extension(replace(item, name=self._person())),
            lambda: self._add_extension(self._newcomer(item.extension_number, item.callerid)),
            lambda: self._add_flow(item.extension_number, (item.callerid,)),
        )
        self._later(self._rng.choice(returns))

    def hire(self) -> None:
        self._add_extension(self._newcomer(f"{next(self._numbers):04d}", self._number()))

    def _add_extension(self, item: TrueExtension) -> None:
        is_there = item.extension_id in self._tenant.extensions
        if not is_there and item.extension_number not in self._taken():
            self._tenant.add_extension(item)

    def _newcomer(self, number: str, callerid: str) -> TrueExtension:
        """A new extension of that number, on the telephone of somebody else."""
        return replace(
            self._extension(),
            extension_id=self._tenant.new_extension_id(),
            username=f"{self._bench.plan.tenant_prefix}*{number}",
            name=self._person(),
            extension_number=number,
            extno=str(int(number)),
            callerid=callerid,
            created_at_local=self._bench.time.now.replace(tzinfo=None, microsecond=0),
        )

    # Contacts

    def edit_contact(self) -> None:
        """Through the API, or as a manager in the portal."""
        item = self._contact()
        if self._rng.random() < 0.5:
            write(self._bench, "updatephonebookitem", itemid=item.contact_id, companyname=names.firm(self._rng))
        else:
            self._tenant.put_contact(replace(item, phone_number=self._number()))

    def edit_contact_for_a_while(self) -> None:
        """A change that is taken back later, so that the same state comes again."""
        item = self._contact()
        self._tenant.put_contact(replace(item, extension_id=self._extension().extension_id))
        self._later(lambda: self._restore(item) if item.contact_id in self._tenant.contacts else None)

    def delete_contact(self) -> None:
        """Deleted, and restored with its id, or typed in once more."""
        if len(self._tenant.contacts) <= _FEWEST_CONTACTS:
            return
        item = self._contact()
        write(self._bench, "deletephonebookitem", **{"itemids[]": item.contact_id})
        returns = (
            lambda: self._restore(item),
            lambda: self._restore(replace(item, contact_id=self._tenant.new_contact_id())),
        )
        self._later(self._rng.choice(returns))

    def new_contact(self) -> None:
        first, last = names.person(self._rng)
        number = self._number()
        write(self._bench, "newphonebookitem", name=first, lastname=last, phonenumber=number, phonenumbertype="0")

    def wipe_the_book(self) -> None:
        """Everything is deleted in one request, and restored from a copy the day after."""
        copy = list(self._tenant.contacts.values())
        write(self._bench, "deletephonebookitem", deletetype="1")
        self._agenda.after(timedelta(hours=self._rng.uniform(20, 30)), lambda: self._restore(*copy))

    def _restore(self, *contacts: TrueContact) -> None:
        for contact in contacts:
            self._tenant.put_contact(contact)

    # Call flows

    def rename_flow(self) -> None:
        self._tenant.put_flow(
            replace(self._flow(), name=f"{self._rng.choice(names.DEPARTMENTS)} {next(self._numbers)}")
        )

    def give_number(self) -> None:
        item = self._flow()
        self._tenant.put_flow(replace(item, numbers=(*item.numbers, self._number())))

    def take_number(self) -> None:
        """The first, after which the flow is named, or another one, or the last it has."""
        item = self._flow()
        lost = self._rng.choice(item.numbers or ("",))
        self._tenant.put_flow(replace(item, numbers=tuple(number for number in item.numbers if number != lost)))

    def move_number(self) -> None:
        """From a flow, or from somebody's telephone, to a flow."""
        giver, taker = self._flow(), self._flow()
        if giver.numbers and giver.flow_id != taker.flow_id:
            self._tenant.put_flow(replace(giver, numbers=giver.numbers[:-1]))
            self._tenant.put_flow(replace(taker, numbers=(*taker.numbers, giver.numbers[-1])))
        else:
            item = self._extension()
            self._tenant.change_extension(item.extension_id, callerid=self._number())
            self._tenant.put_flow(replace(giver, numbers=(item.callerid, *giver.numbers)))

    def remove_flow(self) -> None:
        """Removed, and restored with its id, or its number goes to an extension."""
        if len(self._tenant.flows) <= _FEWEST_FLOWS:
            return
        item = self._flow()
        self._tenant.remove_flow(item.flow_id)
        returns = (
            *2 * (lambda: self._tenant.put_flow(item) if item.flow_number not in self._taken() else None,),
            lambda: self._add_extension(self._newcomer(item.flow_number, next(iter(item.numbers), self._number()))),
        )
        self._later(self._rng.choice(returns))

    def new_flow(self) -> None:
        self._add_flow(f"{next(self._numbers):04d}", (self._number(),))

    def _add_flow(self, number: str, numbers: tuple[str, ...]) -> None:
        if number not in self._taken():
            name = self._rng.choice(names.DEPARTMENTS)
            self._tenant.put_flow(TrueFlow(self._tenant.new_flow_id(), number, name, numbers, False, False, ()))

    # Switches

    def flip_switch(self) -> None:
        item = self._rng.choice(list(self._tenant.switches.values()))
        self._flip(item.switch_key)

    def flip_switch_twice(self) -> None:
        """Within minutes: mostly between two snapshots, none of which shows it."""
        item = self._rng.choice(list(self._tenant.switches.values()))
        self._flip(item.switch_key)
        self._agenda.after(timedelta(minutes=self._rng.uniform(1, 20)), lambda: self._flip(item.switch_key))

    def _flip(self, switch_key: str) -> None:
        item = self._tenant.switches.get(switch_key)
        if item is not None and self._rng.random() < 0.5:
            write(self._bench, "updateswitch", switchkey=switch_key, state="false" if item.is_on else "true")
        elif item is not None:
            self._tenant.put_switch(replace(item, is_on=not item.is_on))

    def furnish(self) -> None:
        """More switches than a company is made with, so that their list has several pages at any time."""
        while len(self._tenant.switches) < _FEWEST_SWITCHES:
            write(self._bench, "newswitch", name=f"Deur {next(self._numbers)}", state="false")

    def rename_switch(self) -> None:
        item = self._rng.choice(list(self._tenant.switches.values()))
        name, language = f"{item.name.partition(' ')[0]} {next(self._numbers)}", self._rng.choice(("nl", "en"))
        self._tenant.put_switch(replace(item, name=name, language=language))

    def replace_switch(self) -> None:
        """A new one; and an old one goes for some time, or for good."""
        write(self._bench, "newswitch", name=f"Lunch {next(self._numbers)}", state="true")
        if len(self._tenant.switches) > _FEWEST_SWITCHES:
            item = self._rng.choice(list(self._tenant.switches.values()))
            write(self._bench, "deleteswitch", switchkey=item.switch_key)
            if self._rng.random() < 0.7:
                self._later(lambda: self._tenant.put_switch(item))

    # Properties of extensions

    def set_property(self) -> None:
        """Mostly of the few who keep fiddling with their telephones."""
        extension_id, name = self._fiddler(), self._rng.choice((*_PROPERTIES, "max_call_duration"))
        value = self._rng.choice(list(VALID_PROPERTIES.get(name, ("600", "900"))))
        write(self._bench, "setextensionproperties", extensionid=extension_id, **{name: value})

    def unset_property(self) -> None:
        extension_id = self._fiddler()
        name = self._rng.choice([each for each in self._tenant.properties[extension_id] if each in _PROPERTIES] or [""])
        if self._rng.random() < 0.5:
            self._tenant.unset_properties(extension_id, name)
        elif name:
            write(self._bench, "unsetextensionproperties", extensionid=extension_id, **{name: ""})

    def _fiddler(self) -> str:
        return self._rng.choice(list(self._tenant.extensions)[:5])

    # What they draw on

    def _later(self, act: Callable[[], object]) -> None:
        """Minutes, hours or days from now."""
        self._agenda.after(timedelta(hours=self._rng.choice((0.3, 5, 30, 100)) * self._rng.uniform(0.5, 1.5)), act)

    def _extension(self) -> TrueExtension:
        return self._rng.choice(list(self._tenant.extensions.values()))

    def _contact(self) -> TrueContact:
        items = list(self._tenant.contacts.values())
        return self._rng.choice(items) if items else self._someone()

    def _someone(self) -> TrueContact:
        """A contact of an emptied book."""
        item = TrueContact(self._tenant.new_contact_id(), "0", "", "", names.firm(self._rng), self._number())
        self._tenant.put_contact(item)
        return item

    def _flow(self) -> TrueFlow:
        return self._rng.choice(list(self._tenant.flows.values()))

    def _person(self) -> str:
        return " ".join(names.person(self._rng))

    def _number(self) -> str:
        return own_number(next(self._numbers))

    def _taken(self) -> set[str]:
        extensions = {item.extension_number for item in self._tenant.extensions.values()}
        return extensions | {item.flow_number for item in self._tenant.flows.values()}


def instants(rng: Stream, start: datetime, end: datetime, shortest_h: float, longest_h: float) -> Iterable[datetime]:
    """Moments at irregular distances."""
    instant = start
    while True:
        instant += timedelta(microseconds=round(3.6e9 * rng.uniform(shortest_h, longest_h)))
        if instant >= end:
            return
        yield instant.astimezone(UTC)
