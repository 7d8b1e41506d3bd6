"""What one synthetic company is like: the only input of everything that is made up."""

from dataclasses import dataclass, field
from datetime import date

from unite_pipeline.simulator.company.habits import RecorderHabits


@dataclass(frozen=True, slots=True)
class CompanyPlan:
    """The shape of a company; two equal plans give the same company, call for call.

    Attributes:
        seed: Changes every name, number and call.
        first_day: First local day with calls.
        last_day: Last local day with calls; None means calls go on for ever.
        timezone: IANA name of the zone the company and its telephone system live in.
        extension_count: Extensions, 1 to 9,000.
        calls_per_working_day: Mean call detail records of a Monday-to-Friday day, internal ones included.
        contact_count: Phonebook items at the start.
        recording_share: Share of the extensions that record at least some of their calls.
        internal_share: Share of calls between two extensions.
        inbound_share: Share of the external calls that come in.
        answer_share: Share of inbound calls answered by a person in opening hours.
        outbound_answer_share: Share of outbound calls that are answered.
        out_of_hours_share: Share of inbound calls that come when the company is closed.
        voicemail_share: Share of the calls nobody picks up that end in voicemail, which the API calls answered.
        anonymous_share: Share of inbound calls without a caller's number.
        foreign_share: Share of outside parties abroad.
        talk_median_s: Median talk time, seconds; the distribution is lognormal with sigma `talk_sigma`.
        talk_sigma: Spread of the talk time's logarithm.
        busyness_cv: Coefficient of variation of the gamma factor that makes whole days busy or quiet.
        late_share: Share of calls that become visible later than their hang-up.
        late_max_s: Longest such delay, seconds.
        internal_rows: 1, or 2 for a system that writes one row for either side of an internal call.
        keys_match: Whether a recording's key holds the UUID of its call's uniqueid.
        recording_retention_days: Recordings older than so many days are gone; None keeps them.
        recorder: How its recorder departs from a perfect one.
        tenant_prefix: Number before the `*` in a username.
        cdr_prefix: The same in a call detail record; the vendor's samples differ, and so do ours.
    """

    seed: int = 1
    first_day: date = date(2026, 10, 1)
    last_day: date | None = None
    timezone: str = "Europe/Amsterdam"
    extension_count: int = 14
    calls_per_working_day: float = 120.0
    contact_count: int = 60
    recording_share: float = 0.4
    internal_share: float = 0.2
    inbound_share: float = 0.55
    answer_share: float = 0.88
    outbound_answer_share: float = 0.65
    out_of_hours_share: float = 0.03
    voicemail_share: float = 0.1
    anonymous_share: float = 0.05
    foreign_share: float = 0.03
    talk_median_s: float = 115.0
    talk_sigma: float = 1.0
    busyness_cv: float = 0.2
    late_share: float = 0.0
    late_max_s: float = 0.0
    internal_rows: int = 1
    keys_match: bool = False
    recording_retention_days: int | None = None
    recorder: RecorderHabits = field(default_factory=RecorderHabits)
    tenant_prefix: str = "1234"
    cdr_prefix: str = "1237"
