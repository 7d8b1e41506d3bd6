"""Calls that are awkward on purpose, and how they get into a lake.

Callers without a number, in two notations, several times in a second; calls without length, over midnight, over two
midnights, through the hours that come twice or never; labels that contradict each other; calls that are gone.
Here: making them, seeded. Not here: what is to be found of them.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from unite_pipeline_tests.warehouse.conftest import Writer
from unite_pipeline_tests.warehouse.metrics.plain import ZONE, PlainCall, earlier_us
from unite_pipeline_tests.warehouse.metrics.reckoning import Read

EVER = datetime(1970, 1, 1, tzinfo=UTC)
CALLERS = ("31600000001", "31600000002", "31600000003", "31600000004")
OWN_NUMBERS = {"31309999901": "T1", "31309999902": None}
FLOWS = {"T1": "0001", "T2": "0002"}
EXTENSIONS = {"R1": "0201", "R2": "0202", "R3": "0203"}
CONTACT = CALLERS[0]
_HALF_A_SECOND = timedelta(milliseconds=500)
_LENGTHS = (0, 1, 3, 4, 5, 19, 20, 21, 30, 59, 60, 61, 300, 3599, 3600, 7200, 26 * 3600, 60 * 3600)


def awkward_calls(seed: int, first: date, days: int, count: int) -> list[PlainCall]:
    """So many calls on so many days from the first."""
    rng = random.Random(seed)
    return [_call(rng, f"call-{number:05d}", first, days) for number in range(count)]


def _call(rng: random.Random, uniqueid: str, first: date, days: int) -> PlainCall:
    local = _moment(rng, first, days)
    direction = rng.choices(("inbound", "outbound", "internal", "sideways"), (60, 25, 12, 3))[0]
    scope = "internal" if direction == "internal" else rng.choices(("external", "mixed", "unknown"), (94, 3, 3))[0]
    answered = rng.choices((True, False, None), (48, 48, 4))[0]
    duration_s = rng.choice(_LENGTHS) if rng.random() < 0.97 else None
    is_talked = answered if rng.random() < 0.95 else rng.random() < 0.5
    talk_s = None if duration_s is None else rng.randint(0, min(duration_s, 10_000)) if is_talked else 0
    inside, outside = direction != "outbound", direction in ("inbound", "outbound")
    own_number = rng.choice([*OWN_NUMBERS, None]) if direction == "inbound" else None
    flow = OWN_NUMBERS.get(own_number or "") or (rng.choice([*FLOWS, None]) if direction == "inbound" else None)
    called = rng.choice([*EXTENSIONS, None]) if inside and direction != "sideways" else None
    is_passed_on = called is not None and direction == "inbound" and rng.random() < 0.2
    number = rng.choice(CALLERS) if outside and (direction == "outbound" or rng.random() < 0.9) else None
    return PlainCall(
        uniqueid=uniqueid,
        local=local,
        at_us=earlier_us(local),
        direction=direction,
        scope=scope,
        answered=answered,
        duration_s=duration_s,
        talk_s=talk_s,
        legs=rng.randint(0, 6),
        outside=number,
        own_number=own_number,
        flow=flow,
        caller_extension=rng.choice([*EXTENSIONS]) if direction in ("outbound", "internal") else None,
        called_extension=called,
        passed_extensions=tuple(rng.choices([*EXTENSIONS], k=2)) if is_passed_on else (),
        contact=CONTACT if number == CONTACT else None,
        is_gone=rng.random() < 0.05,
    )


def _moment(rng: random.Random, first: date, days: int) -> datetime:
    """A wall clock time that there was: any, just around midnight, in a busy minute, or around the clock's change."""
    day = first + timedelta(days=rng.randrange(days))
    kind = rng.random()
    if kind < 0.15:
        wall = datetime.combine(day, time(23, 59, rng.randrange(50, 60)))
    elif kind < 0.4:
        wall = datetime.combine(day, time(10, rng.choice((0, 0, 30)), rng.randrange(5)))
    elif kind < 0.5:
        wall = datetime.combine(day, time(rng.randrange(4), rng.choice((0, 29, 59)), rng.randrange(60)))
    else:
        wall = datetime.combine(day, time()) + timedelta(microseconds=rng.randrange(86_400_000_000))
    there = wall.replace(tzinfo=ZONE).astimezone(UTC).astimezone(ZONE)
    return there.replace(tzinfo=None, fold=0)


def with_other_sides(calls: list[PlainCall]) -> list[PlainCall]:
    """The same, each internal call written down once more for the side it went to, half a second later."""
    others = [
        replace(call, uniqueid=f"{call.uniqueid}-other", at_us=call.at_us + 500_000, local=call.local + _HALF_A_SECOND)
        for call in calls
        if call.is_internal and (call.local + _HALF_A_SECOND).date() == call.day
    ]
    return [*calls, *others]


def put_calls(lake: Writer, calls: list[PlainCall], days: set[date] | None = None) -> None:
    """Write the lake files of these days, or of all, as if the calls had been read."""
    by_day: dict[date, list[PlainCall]] = defaultdict(list)
    for call in calls:
        by_day[call.day].append(call)
    for day in by_day.keys() if days is None else days:
        lake.put("calls", str(day), *(_row(call) for call in by_day[day]))
        lake.put("call_legs", str(day), *(leg for call in by_day[day] for leg in _legs(call)))


def put_owners(lake: Writer) -> None:
    """Write whose numbers are whose, and how numbers are read."""
    nobody = {"certainty": "certain", "valid_from": EVER, "valid_to": None, "extension_id": None,
              "call_flow_id": None, "contact_id": None}  # fmt: skip
    lake.put(
        "number_parties",
        None,
        *(
            {**nobody, "number": number, "party_type": "extension", "extension_id": extension}
            for extension, number in EXTENSIONS.items()
        ),
        *({**nobody, "number": number, "party_type": "flow", "call_flow_id": flow} for flow, number in FLOWS.items()),
        *(
            {**nobody, "number": number, "party_type": "own_number", "call_flow_id": flow}
            for number, flow in OWN_NUMBERS.items()
        ),
        *({**nobody, "number": number, "party_type": "contact", "contact_id": "P1"} for number in _notations(CONTACT)),
    )
    lake.put("extensions", None, *({"extension_id": each, "name": each} for each in EXTENSIONS))
    lake.put("call_flows", None, *({"call_flow_id": each, "name": each} for each in FLOWS))
    lake.put("contacts", None, {"contact_id": "P1", "phone_number": CONTACT})
    put_numbers(lake)


def put_coverage(lake: Writer, read: Read) -> None:
    """Write that these days were read: those that are over whole, the last one as far as it has come."""
    last = read.until.astimezone(ZONE).date()
    days = [read.first + timedelta(days=number) for number in range((last - read.first).days + 1)]
    lake.put("coverage", None, *(_window(day, read) for day in days))


def _window(day: date, read: Read) -> dict[str, object]:
    starts, ends = (datetime.combine(at, time(), ZONE).astimezone(UTC) for at in (day, day + timedelta(days=1)))
    return {
        "feed": "cdr_logs",
        "day": day,
        "window_start": starts,
        "window_end": ends,
        "fetched_at": min(ends + timedelta(hours=7), read.until),
        "is_complete": day not in read.unread,
    }


def put_numbers(lake: Writer, *, is_read: bool = True) -> None:
    """Write what every number of a caller is in E.164, if it was read at all."""
    lake.put(
        "numbers",
        None,
        *(
            {"number": number, "e164": f"+{caller}" if is_read else None}
            for caller in CALLERS
            for number in _notations(caller)
        ),
    )


def _notations(number: str) -> tuple[str, str]:
    return number, f"0{number.removeprefix('31')}"


def _as_sent(call: PlainCall) -> str | None:
    """Every third call writes the number another way."""
    if call.outside is None:
        return None
    return _notations(call.outside)[ord(call.uniqueid[-1]) % 3 == 0]


def _chain(call: PlainCall) -> list[str | None]:
    caller, called = (EXTENSIONS.get(each or "") for each in (call.caller_extension, call.called_extension))
    if call.direction == "outbound":
        return [caller, _as_sent(call)]
    if call.direction == "internal":
        return [caller, *([called] if called else [])]
    passed = (EXTENSIONS[each] for each in call.passed_extensions)
    inside = (call.own_number, FLOWS.get(call.flow or ""), *passed, called)
    return [_as_sent(call), *(number for number in inside if number)]


def _row(call: PlainCall) -> dict[str, object]:
    chain = _chain(call)
    return {
        "uniqueid": call.uniqueid,
        "started_at": EVER + timedelta(microseconds=call.at_us),
        "started_at_local": call.local,
        "started_at_us": call.at_us,
        "direction": call.direction,
        "scope": call.scope,
        "answered": call.answered,
        "duration_s": call.duration_s,
        "talk_s": call.talk_s,
        "ring_s": call.ring_s,
        "leg_count": call.legs,
        "first_number": chain[0],
        "last_number": chain[-1],
        "is_gone": call.is_gone,
    }


def _legs(call: PlainCall) -> list[dict[str, object]]:
    started_at = EVER + timedelta(microseconds=call.at_us)
    return [
        {"uniqueid": call.uniqueid, "position": place, "number": number, "started_at": started_at}
        for place, number in enumerate(_chain(call), 1)
    ]


def moved(call: PlainCall, to: datetime) -> PlainCall:
    """The same call at another time of the wall clock."""
    return replace(call, local=to, at_us=earlier_us(to))
