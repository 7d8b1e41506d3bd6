"""Who works at the company and whom it knows: extensions, call flows, own numbers, switches and the phonebook.

All of it stands still; what happens on a day belongs to `traffic` and `calls`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from unite_pipeline.simulator.company import names
from unite_pipeline.simulator.company.chance import Stream, opaque_id, stream, uuid4, zipf_weights
from unite_pipeline.simulator.company.model import TrueContact, TrueExtension, TrueFlow, TrueNumber, TrueSwitch
from unite_pipeline.simulator.company.numbers import outside_number, own_number
from unite_pipeline.simulator.company.plan import CompanyPlan

_FIRST_EXTENSION = 200
_FIRST_FLOW_NUMBER = 100
_EVERYTHING = frozenset({("in", "internal"), ("in", "external"), ("out", "internal"), ("out", "external")})
_POLICIES = (
    _EVERYTHING,
    _EVERYTHING,
    frozenset({("in", "external"), ("out", "external")}),
    frozenset({("in", "external")}),
    frozenset({("in", "internal"), ("in", "external")}),
    frozenset({("out", "external"), ("in", "external"), ("out", "internal")}),
)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody and everything with a name, and the outside numbers that call again and again."""

    tenant_id: str
    extensions: tuple[TrueExtension, ...]
    flows: tuple[TrueFlow, ...]
    numbers: tuple[TrueNumber, ...]
    switches: tuple[TrueSwitch, ...]
    contacts: tuple[TrueContact, ...]
    regulars: tuple[str, ...]
    regular_weights: list[float] = field(repr=False)


def make_people(plan: CompanyPlan) -> People:
    """Returns the company's people; they depend on the plan alone."""
    extensions = _extensions(plan)
    flows = _flows(plan, extensions)
    regulars = _regulars(plan)
    return People(
        tenant_id=opaque_id(stream(plan.seed, "tenant"), "N"),
        extensions=extensions,
        flows=flows,
        numbers=_numbers(extensions, flows),
        switches=_switches(plan),
        contacts=_contacts(plan, extensions, regulars),
        regulars=regulars,
        regular_weights=zipf_weights(len(regulars)),
    )


def _extensions(plan: CompanyPlan) -> tuple[TrueExtension, ...]:
    rng = stream(plan.seed, "extensions")
    recorders = rng.sample(range(plan.extension_count), round(plan.recording_share * plan.extension_count))
    policies = {index: _POLICIES[rank % len(_POLICIES)] for rank, index in enumerate(recorders)}
    return tuple(
        _extension(plan, rng, index, policies.get(index, frozenset())) for index in range(plan.extension_count)
    )


def _extension(plan: CompanyPlan, rng: Stream, index: int, records: frozenset[tuple[str, str]]) -> TrueExtension:
    number = f"{_FIRST_EXTENSION + index:04d}"
    first, last = names.person(rng)
    hired = datetime(2019, 11, 27, 9, 0) + timedelta(seconds=rng.randrange(5 * 365 * 86400))  # noqa: DTZ001 - local
    return TrueExtension(
        extension_id=opaque_id(rng, "RL"),
        username=f"{plan.tenant_prefix}*{number}",
        name=names.DEPARTMENTS[0] if index == 0 else f"{first} {last}",
        extension_number=number,
        email=names.mailbox(first, last, number),
        password=f"sip-{rng.getrandbits(96):024x}",
        extno=str(index + 1),
        callerid=own_number(_FIRST_EXTENSION + index),
        created_at_local=hired,
        records=records,
        remote_ip=f"198.51.100.{rng.randrange(1, 255)}",
        is_registered=rng.random() < 0.95,  # noqa: PLR2004 - one in twenty never plugged in
    )


def _flows(plan: CompanyPlan, extensions: tuple[TrueExtension, ...]) -> tuple[TrueFlow, ...]:
    rng = stream(plan.seed, "flows")
    count = min(40, max(3, plan.extension_count // 4))
    flows = []
    for index in range(count):
        is_night = index == 1
        name = "Nachtstand" if is_night else names.DEPARTMENTS[index % len(names.DEPARTMENTS)]
        if index >= len(names.DEPARTMENTS):
            name = f"{name} {index}"
        members = rng.sample(extensions, min(len(extensions), 6))
        numbers = [own_number(_FIRST_FLOW_NUMBER + index)]
        if index == 0:
            numbers.append(own_number(_FIRST_FLOW_NUMBER + 99))
        flows.append(
            TrueFlow(
                flow_id=opaque_id(rng, "T"),
                flow_number=f"{index + 1:04d}",
                name=name,
                numbers=tuple(numbers),
                is_queue=not is_night and index % 2 == 0,
                is_night=is_night,
                member_numbers=tuple(sorted(member.extension_number for member in members)),
            )
        )
    return tuple(flows)


def _numbers(extensions: tuple[TrueExtension, ...], flows: tuple[TrueFlow, ...]) -> tuple[TrueNumber, ...]:
    of_flows = [TrueNumber(number, flow.flow_number, None) for flow in flows for number in flow.numbers]
    return (*of_flows, *(TrueNumber(item.callerid, None, item.extension_number) for item in extensions))


def _switches(plan: CompanyPlan) -> tuple[TrueSwitch, ...]:
    rng = stream(plan.seed, "switches")
    rows = (("Nachtstand", "nl", False), ("Feestdag", "nl", False), ("Emergency", "en", True))
    return tuple(
        TrueSwitch(uuid4(rng), str(index), name, language, is_on)
        for index, (name, language, is_on) in enumerate(rows, start=1)
    )


def _regulars(plan: CompanyPlan) -> tuple[str, ...]:
    rng = stream(plan.seed, "regulars")
    count = max(30, plan.contact_count + plan.contact_count // 2, round(plan.calls_per_working_day))
    return tuple(dict.fromkeys(outside_number(rng, plan.foreign_share) for _ in range(count)))


def _contacts(
    plan: CompanyPlan, extensions: tuple[TrueExtension, ...], regulars: tuple[str, ...]
) -> tuple[TrueContact, ...]:
    rng = stream(plan.seed, "contacts")
    contacts: list[TrueContact] = []
    for index in range(plan.contact_count):
        first, last = names.person(rng)
        company = names.firm(rng)
        kind = rng.random()
        shares_number = contacts and rng.random() < 0.1  # noqa: PLR2004 - colleagues behind one number
        contacts.append(
            TrueContact(
                contact_id=opaque_id(rng, "PLM"),
                extension_id=rng.choice(extensions).extension_id if rng.random() < 0.2 else "0",  # noqa: PLR2004
                first_name="" if kind < 0.5 else first,  # noqa: PLR2004 - half are companies only
                last_name="" if kind < 0.5 else last,  # noqa: PLR2004
                company_name="" if kind > 0.8 else company,  # noqa: PLR2004 - a fifth are people only
                phone_number=rng.choice(contacts).phone_number if shares_number else regulars[index % len(regulars)],
            )
        )
    return tuple(contacts)
