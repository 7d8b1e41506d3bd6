"""Legs: how one hop of a call is named and written, shared between all calls that pass it."""

from unite_pipeline.simulator.company.model import TrueContact, TrueExtension, TrueFlow, TrueLeg
from unite_pipeline.simulator.company.numbers import facts, is_full
from unite_pipeline.simulator.company.people import People
from unite_pipeline.simulator.company.plan import CompanyPlan

_ANONYMOUS = TrueLeg("", "", "", None, "outside")


class LegBook:
    """Makes each leg once; a busy day repeats the same few thousand."""

    def __init__(self, plan: CompanyPlan, people: People) -> None:
        """Keeps the plan's prefix and the names of contacts."""
        self._prefix = plan.cdr_prefix
        self._extensions = {item.extension_number: self._extension(item) for item in people.extensions}
        self._flows = {flow.flow_number: self._flow(flow) for flow in people.flows}
        self._contacts = {item.phone_number: _display_name(item) for item in reversed(people.contacts)}
        self._outside: dict[str, TrueLeg] = {"": _ANONYMOUS}
        self._own: dict[str, TrueLeg] = {}

    def _extension(self, item: TrueExtension) -> TrueLeg:
        number = item.extension_number
        return TrueLeg(number, f"{number}-{item.name}", f"{self._prefix}*{number}", None, "extension")

    def _flow(self, flow: TrueFlow) -> TrueLeg:
        return TrueLeg(flow.flow_number, flow.name, f"{self._prefix}*{flow.flow_number}", None, "flow")

    def extension(self, number: str) -> TrueLeg:
        """Returns the leg of an extension."""
        return self._extensions[number]

    def flow(self, number: str) -> TrueLeg:
        """Returns the leg of a call flow."""
        return self._flows[number]

    def outside(self, number: str) -> TrueLeg:
        """Returns the leg of an outside party, short service numbers and the anonymous included."""
        leg = self._outside.get(number)
        if leg is None:
            name = self._contacts.get(number, "")
            if is_full(number):
                known = facts(number)
                leg = TrueLeg(number, name, known.formatted, known.country, "outside")
            else:
                leg = TrueLeg(number, name, number, None, "service")
            self._outside[number] = leg
        return leg

    def own(self, number: str) -> TrueLeg:
        """Returns the leg of one of the company's numbers."""
        leg = self._own.get(number)
        if leg is None:
            known = facts(number)
            leg = self._own[number] = TrueLeg(number, number, known.formatted, known.country, "own_number")
        return leg


def _display_name(item: TrueContact) -> str:
    return item.company_name or f"{item.first_name} {item.last_name}"
