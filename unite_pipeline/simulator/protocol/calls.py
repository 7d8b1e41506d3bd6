"""The call endpoints: listcdrlogs with its filters, listcdrflows, listcdrnumbers, listcallflows and callnumber.

Source: "CDRLog", "Callflow list" and "Click 2 Call". Filters combine with AND; a direction or scope that is switched
off is left out, so both off leaves nothing. Dates are the company's wall clock, both ends included.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter

from unite_pipeline.simulator.company.company import CompanyDay, kind_bit
from unite_pipeline.simulator.company.model import TrueCall, TrueFlow
from unite_pipeline.simulator.company.numbers import formatted
from unite_pipeline.simulator.faults import ActiveFault
from unite_pipeline.simulator.protocol.exchange import (
    UNDOCUMENTED,
    USER_VERIFICATION,
    Form,
    RefusalError,
    Reply,
    Request,
    dumps,
    success,
)
from unite_pipeline.simulator.protocol.paging import Kind, Stretch, page_of
from unite_pipeline.simulator.protocol.rows import call_row, cdr_formats, flow_row
from unite_pipeline.simulator.protocol.search import matching, sorted_rows

_ANSWERED, _MISSED = 1, 2
_EVERY_KIND = 255
_EXTENSIONS_ONLY, _FLOWS_ONLY = 1, 2
_wall_clock = attrgetter("started_at_local")

CALLS: Kind[TrueCall] = Kind(
    key=attrgetter("uniqueid"),
    write=call_row,
    altered=lambda call: replace(call, talk_s=call.talk_s + 1, duration_s=call.duration_s + 1),
    day=lambda call: call.started_at_local.date(),
)
FLOWS: Kind[TrueFlow] = Kind(
    key=attrgetter("flow_id"),
    write=lambda item: dumps(flow_row(item)),
    altered=lambda item: replace(item, name=f"{item.name} (2)"),
)


@dataclass(frozen=True, slots=True)
class CallQuery:
    """What a request for calls asks for.

    Attributes:
        start: First wall clock time.
        end: Last wall clock time.
        kinds: The kinds of calls, as bits of `kind_bit`.
        hops: Numbers of which one must be in the chain; empty asks nothing.
        text: Text that must occur in the row; empty asks nothing.
        by_duration: Whether to sort by duration instead of calltime.
        backwards: Whether to sort from high to low.
    """

    start: datetime
    end: datetime
    kinds: int
    hops: frozenset[str]
    text: str
    by_duration: bool
    backwards: bool

    @classmethod
    def of(cls, form: Form) -> "CallQuery":
        """Reads the form, with the vendor's defaults: answered outbound external calls only."""
        directions = [form.integer("filter_outbound", 1, highest=1), form.integer("filter_inbound", 0, highest=1)]
        scopes = [form.integer("filter_external", 1, highest=1), form.integer("filter_internal", 0, highest=1)]
        answered = form.integer("filter_answered", _ANSWERED, highest=_MISSED)
        states = [answered != _ANSWERED, answered != _MISSED]
        kinds = sum(
            1 << (direction * 4 + scope * 2 + state)
            for direction in (0, 1) if directions[direction]
            for scope in (0, 1) if scopes[scope]
            for state in (0, 1) if states[state]
        )  # fmt: skip
        sort_key = form.text("sortkey", "calltime") or "calltime"
        if sort_key not in ("calltime", "duration"):
            raise RefusalError(UNDOCUMENTED, "Parameter sortkey is invalid.", status=400)
        return cls(
            start=_wall_time(form, "filter_datestart"),
            end=_wall_time(form, "filter_dateend"),
            kinds=kinds,
            hops=frozenset(form.all("usernamelist") + form.all("phonenumberlist")),
            text=form.text("stext").lower(),
            by_duration=sort_key == "duration",
            backwards=form.integer("sorttype", 0, highest=1) == 1,
        )

    def covers(self, call: TrueCall) -> bool:
        """Tells whether a call passes window, hops and text, whatever its kind."""
        return (
            self.start <= call.started_at_local <= self.end
            and (not self.hops or any(leg.number in self.hops for leg in call.legs))
            and (not self.text or self.text in call_row(call).lower())
        )


def window_days(form: Form) -> tuple[date, date] | None:
    """Returns the local days a form's window touches, or None if it names no window that can be read."""
    try:
        return _wall_time(form, "filter_datestart").date(), _wall_time(form, "filter_dateend").date()
    except RefusalError:
        return None


def _wall_time(form: Form, name: str) -> datetime:
    try:
        return datetime.strptime(form.required(name), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the API's times are local
    except ValueError:
        raise RefusalError(UNDOCUMENTED, f"Parameter {name} is invalid.", status=400) from None


def list_cdr_logs(request: Request) -> Reply:
    """Answers listcdrlogs."""
    query = CallQuery.of(request.form)
    rows = select(request, query)
    if not request.faults.are_quiet:
        found = list(rows)
        overlap = request.faults.due("overlap")
        if overlap is not None:
            found = _with_overlap(request, query, found, overlap)
        remainder = request.faults.due("remainder")
        if remainder is not None:
            found = _without_remainder(query, found, remainder)
        rows = found
    page = page_of(request, rows, CALLS)
    pagination = f'{{"itemcount":"{page.item_count}","pagecount":"{page.page_count}"}}'
    return success(page.rows, with_code=True, pagination=pagination)


def select(request: Request, query: CallQuery) -> Sequence[TrueCall]:
    """Returns the visible calls a query asks for, in its order."""
    company = request.world.company
    if query.end < query.start:
        return []
    days = company.days(query.start.date(), query.end.date(), request.now)
    parts = [_of_day(day, query, request.now) for day in days]
    if query.by_duration:
        calls = [call for part in parts for call in part]
        return sorted(calls, key=attrgetter("duration_s", "started_at_local"), reverse=query.backwards)
    return Stretch(parts, backwards=query.backwards)


def _of_day(day: CompanyDay, query: CallQuery, now: datetime) -> list[TrueCall]:
    calls = day.of_kinds(query.kinds)
    if not calls:
        return calls
    if query.hops or query.text or calls[0].started_at_local < query.start or calls[-1].started_at_local > query.end:
        calls = [call for call in calls if query.covers(call)]
    if now < day.all_published_at:
        calls = [call for call in calls if call.published_at <= now]
    return calls


def _with_overlap(request: Request, query: CallQuery, calls: list[TrueCall], item: ActiveFault) -> list[TrueCall]:
    """Files one external call under internal, too."""
    if not item.picked:
        external = [
            call for call in calls
            if call.scope == "external" and item.fault.day in (None, call.started_at_local.date())
        ]  # fmt: skip
        item.picked = tuple(call.uniqueid for call in external[len(external) // 2 :][:1])
    listed = {call.uniqueid for call in calls}
    if not item.picked or item.picked[0] in listed:
        return calls
    everything = select(request, replace(query, kinds=_EVERY_KIND))
    for call in everything:
        if call.uniqueid == item.picked[0] and kind_bit(replace(call, scope="internal")) & query.kinds:
            item.fired += 1
            return sorted([*calls, call], key=_wall_clock, reverse=query.backwards)
    return calls


def _without_remainder(query: CallQuery, calls: list[TrueCall], item: ActiveFault) -> list[TrueCall]:
    """Leaves one call out of every list but the one with all filters open."""
    if not item.picked:
        mine = [call for call in calls if item.fault.day in (None, call.started_at_local.date())]
        item.picked = tuple(call.uniqueid for call in mine[len(mine) // 2 :][:1])
    if query.kinds == _EVERY_KIND:
        return calls
    kept = [call for call in calls if call.uniqueid not in item.picked]
    item.fired += len(kept) < len(calls)
    return kept


def list_cdr_flows(request: Request) -> Reply:
    """Answers listcdrflows: maps from number to name, empty ones as PHP's empty array."""
    wanted = request.form.integer("flowlisttype", 0, highest=2)
    tenant = request.world.tenant
    extensions = {item.extension_number: item.name for item in tenant.extensions.values() if wanted != _FLOWS_ONLY}
    flows = {item.flow_number: item.name for item in tenant.flows.values() if wanted != _EXTENSIONS_ONLY}
    lists = {"fulluserlist": extensions | flows, "extuserlist": extensions, "flowuserlist": flows}
    return success(dumps({name: value or [] for name, value in lists.items()}), with_code=True)


def list_cdr_numbers(request: Request) -> Reply:
    """Answers listcdrnumbers: the tenant's numbers, one of them foreign, as in the sample."""
    numbers = [item.number for item in request.world.tenant.numbers]
    shown = {
        number: {
            "fullnumber": number,
            "phonenumber_formats": cdr_formats(number),
            "number_formatted": formatted(number),
        }
        for number in (*numbers, "493023125000")
    }
    return success(dumps({"numberlist": shown or []}), with_code=True)


def list_call_flows(request: Request) -> Reply:
    """Answers listcallflows."""
    rows = list(request.world.tenant.flows.values())
    rows = sorted_rows(request.form, matching(request.form, rows, flow_row), flow_row, default="name")
    page = page_of(request, rows, FLOWS)
    pagination = f'{{"itemcount":"{page.item_count}","pagecount":{page.page_count}}}'
    return success(page.rows, with_code=True, pagination=pagination)


def call_number(request: Request) -> Reply:
    """Answers callnumber: rings nobody, but only for a telephone that exists."""
    username, number = request.form.required("username"), request.form.required("call_number")
    if username not in {item.username for item in request.world.tenant.extensions.values()}:
        raise RefusalError(USER_VERIFICATION, "User Verified Error")
    if not number.isdigit():
        raise RefusalError(UNDOCUMENTED, "Parameter call_number is invalid.", status=400)
    return success("[]", with_code=True)
