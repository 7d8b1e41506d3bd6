"""The histories under test: which true things each lake table tells of, and what its columns must say of them.

Here: one entry a table, and the translation from the simulator's truth to columns. Not here: when a row begins and
ends (`expectation.py`). A table whose feed does not exist yet has `feed=None`; its changes are played all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from unite_pipeline.extract.extension_properties import observe_properties
from unite_pipeline.extract.lists import CALL_FLOWS, EXTENSIONS, SWITCHES, ListFeed, observe_list
from unite_pipeline.extract.phonebook import observe_phonebook
from unite_pipeline.extract.source import FeedOutcome, Source
from unite_pipeline.lake.places import Places
from unite_pipeline.simulator import State, ThingKind, TrueContact, TrueExtension, TrueFlow, TrueSwitch
from unite_pipeline.simulator.company.numbers import facts, formatted, is_full
from unite_pipeline.transform import SNAPSHOTS_OF, TransformReport, transform_snapshots

Item = tuple[str, ...]
"""The key of a row without its `valid_from`."""
Values = tuple[Any, ...]
"""What a row says of the state, column by column."""
VALIDITY = ("valid_from", "valid_to", "is_current", "is_deleted")
"""What every row says of how long it held, and why it ended."""


@dataclass(frozen=True)
class Feed:
    """Where the rows of a table come from.

    Args:
        name: as its raw folder is called.
        endpoint: the one whose answers land as rows.
        shown: the ids of the things that an answer shows, from the form that was sent and the envelope that came.
        observe: makes one observation.
        transform: brings the table up to date with the raw layer.
        is_paged: whether the endpoint counts its things and gives them in pages. If not, a request tells all of one
            extension, and only the list of extensions tells which are gone.
    """

    name: str
    endpoint: str
    shown: Callable[[Mapping[str, str], Mapping[str, Any]], list[str]]
    observe: Callable[[Source, datetime], FeedOutcome]
    transform: Callable[[Places, str], TransformReport]
    is_paged: bool = True


@dataclass(frozen=True)
class History:
    """One table of states.

    Args:
        table: its name in the lake.
        kind: the things it tells of, as the simulator's log calls them.
        key: its key columns, `valid_from` aside.
        columns: what its rows say of a state.
        items: the rows' keys and values that a thing's id and true state come to.
        feed: where its rows come from; None while nobody reads it.
    """

    table: str
    kind: ThingKind
    key: tuple[str, ...]
    columns: tuple[str, ...]
    items: Callable[[str, Any], dict[Item, Values]]
    feed: Feed | None = None

    def of(self, things: Mapping[str, State]) -> dict[Item, Values]:
        """The items of many things."""
        return {
            item: values for thing_id, state in things.items() for item, values in self.items(thing_id, state).items()
        }


def listed(id_field: str) -> Callable[[Mapping[str, str], Mapping[str, Any]], list[str]]:
    """Answers that are pages of rows: what they show stands in a field of each row."""

    def shown(_: Mapping[str, str], envelope: Mapping[str, Any]) -> list[str]:
        data = envelope["data"]
        return [row[id_field] for row in (data["items"] if isinstance(data, dict) else data)]

    return shown


def asked(parameter: str) -> Callable[[Mapping[str, str], Mapping[str, Any]], list[str]]:
    """Answers about one thing: what they show is what was asked for."""
    return lambda form, _: [form[parameter]]


def _observe(feed: ListFeed) -> Callable[[Source, datetime], FeedOutcome]:
    return lambda source, since: observe_list(source, feed, since)


def _observe_properties(source: Source, since: datetime) -> FeedOutcome:
    """The properties of each extension of the newest list that was never read, or not lately."""
    return observe_properties(source, since, is_everything=True)


def _transform(feed: str) -> Callable[[Places, str], TransformReport]:
    return lambda places, timezone: transform_snapshots(places, timezone, SNAPSHOTS_OF[feed])


def _extension(extension_id: str, item: TrueExtension) -> dict[Item, Values]:
    return {
        (extension_id,): (
            item.username,
            item.name,
            item.extension_number,
            item.extno,
            item.email or None,
            "1",
            item.callerid,
            "NL",
            "100",
            item.created_at_local,
        )
    }


def _contact(contact_id: str, item: TrueContact) -> dict[Item, Values]:
    is_known = is_full(item.phone_number)
    return {
        (contact_id,): (
            item.extension_id,
            item.first_name or None,
            item.last_name or None,
            item.company_name or None,
            item.phone_number,
            item.phone_number_type,
            formatted(item.phone_number),
            f"+{item.phone_number}" if is_known else None,
            facts(item.phone_number).country if is_known else None,
        )
    }


def _call_flow(call_flow_id: str, item: TrueFlow) -> dict[Item, Values]:
    name = f"{item.name} - {formatted(item.numbers[0])}" if item.numbers else item.name
    return {(call_flow_id,): (name, "1", ",".join(sorted(item.numbers)) or None)}


def _switch(switch_key: str, item: TrueSwitch) -> dict[Item, Values]:
    return {(switch_key,): (item.switch_number, item.name, item.language, item.is_on)}


def _properties(extension_id: str, properties: Mapping[str, str]) -> dict[Item, Values]:
    return {(extension_id, name): (value or None,) for name, value in properties.items()}


HISTORIES = (
    History(
        "extension_history",
        "extension",
        ("extension_id",),
        (
            "username",
            "name",
            "extension_number",
            "extension_no",
            "email",
            "caller_id_type",
            "caller_id",
            "country",
            "extension_type",
            "created_at_local",
        ),
        _extension,
        Feed("extensions", "listextensions", listed("id"), _observe(EXTENSIONS), _transform("extensions")),
    ),
    History(
        "contact_history",
        "contact",
        ("contact_id",),
        (
            "extension_id",
            "first_name",
            "last_name",
            "company_name",
            "phone_number",
            "phone_number_type",
            "phone_number_formatted",
            "phone_number_e164",
            "country",
        ),
        _contact,
        Feed("phonebook", "listphonebookitems", listed("id"), observe_phonebook, _transform("phonebook")),
    ),
    History(
        "call_flow_history", "call_flow", ("call_flow_id",), ("name", "dialplan_status", "numbers"), _call_flow,
        Feed("call_flows", "listcallflows", listed("id"), _observe(CALL_FLOWS), _transform("call_flows")),
    ),
    History(
        "switch_history", "switch", ("switch_key",), ("switch_number", "name", "language", "is_on"), _switch,
        Feed("switches", "listswitches", listed("switchkey"), _observe(SWITCHES), _transform("switches")),
    ),
    History(
        "extension_property_history", "extension_properties", ("extension_id", "property"), ("value",), _properties,
        Feed(
            "extension_properties", "getextensionproperties", asked("extensionid"), _observe_properties,
            _transform("extension_properties"), is_paged=False,
        ),
    ),
)  # fmt: skip
READ = tuple(history for history in HISTORIES if history.feed is not None)
