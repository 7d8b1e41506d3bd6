"""The metrics, each defined once: formula, unit, population, what to beware of, and where the definition comes from.

From here come the table `metrics`, the view `metric_values`, and docs/metrics.md (`documents.py`). Here too: what
cannot be derived, and why. Not here: what is counted of a call (`measures.py`), how tables are made (`sql/`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import pyarrow as pa

from unite_pipeline.lake.table import Column, Table, key, text
from unite_pipeline.warehouse.measures import ANSWER_RATIO, MISSED_RATIO, RING_MEAN, SERVICE_LEVEL, TALK_MEAN, Ratio


class RollUp(Enum):
    """How the values of several days become one."""

    RATIO = "ratio"  # sum of the numerators through sum of the denominators
    SUM = "sum"
    HIGHEST = "highest"
    NOT = "not"  # it has to be reckoned anew, as its formula says


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Args:
        name: as `metric_values` and the documentation call it.
        meaning: what it tells, in one sentence.
        unit: of its value.
        population: what it is taken over.
        table: where its parts stand, by local day.
        numerator: an expression over one row of that table.
        denominator: the same, for a ratio.
        rolls_up: how days are put together.
        where: which rows of the table.
        anew: for what does not roll up: the formula over several days, in SQL.
        caveat: what to beware of.
        source: where the definition comes from.
    """

    name: str
    meaning: str
    unit: str
    population: str
    table: str
    numerator: str
    denominator: str = ""
    rolls_up: RollUp = RollUp.SUM
    where: str = ""
    anew: str = ""
    caveat: str = ""
    source: str = ""

    @property
    def formula(self) -> str:
        """An aggregate over any days of its table, and whatever else that is split by; or a whole select."""
        if self.rolls_up is RollUp.NOT:
            return self.anew
        if self.rolls_up is RollUp.RATIO:
            return f"sum({self.numerator}) / nullif(sum({self.denominator}), 0)"
        return f"{'sum' if self.rolls_up is RollUp.SUM else 'max'}({self.numerator})"


def _ratio(
    ratio: Ratio, meaning: str, population: str, table: str, unit: str = "ratio", *, caveat: str = "", source: str = ""
) -> Metric:
    return Metric(
        ratio.name, meaning, unit, population, table, ratio.numerator, ratio.denominator, RollUp.RATIO,
        caveat=caveat, source=source,
    )  # fmt: skip


def _share(
    name: str,
    parts: tuple[str, str],
    meaning: str,
    population: str,
    table: str,
    unit: str = "ratio",
    *,
    caveat: str = "",
    source: str = "",
) -> Metric:
    ratio = Ratio(name, parts[0], parts[1], meaning)
    return _ratio(ratio, meaning, population, table, unit, caveat=caveat, source=source)


def _percentile(name: str, kind: str, column: str, meaning: str, population: str, caveat: str = "") -> Metric:
    share = {"median_s": 0.5, "p90_s": 0.9}[column]
    anew = (
        "select min(seconds) from (select seconds, sum(calls) over (order by seconds) as reached, "
        "sum(calls) over () as total from (select seconds, sum(calls) as calls from durations_by_day "
        f"where kind = '{kind}' group by seconds)) where reached >= {share} * total"
    )
    return Metric(
        name, meaning, "s", population, "duration_percentiles_by_day", column,
        rolls_up=RollUp.NOT, where=f"kind = '{kind}'", anew=anew, caveat=caveat, source="nearest rank",
    )  # fmt: skip


_DAY, _CALLERS, _EPISODES, _TRAFFIC = "calls_by_day", "callers_by_day", "missed_episodes_by_day", "traffic_by_day"
_LOAD, _RECORDED = "extension_load_by_day", "recorded_calls_by_day"
_OFFERED, _ANSWERED, _CONNECTED, _MISSED = (
    "calls from outside",
    "answered calls from outside",
    "calls from outside with a conversation",
    "missed calls from outside",
)
_KNOWN, _MISSED_CALLERS = "calls from outside with a number", "missed callers with a number"
_TALKED = "connected calls, both ways and internal"
_LINES = "calls with outside, both ways"
_LAST = (
    "By extension a call is the last one's in its chain, so a transfer moves all of it: who answered first, and whose "
    "telephone rang, is not known"
)
_HOURS = "Opening hours are those of the settings, not of the switches"
_UNSEEN = "If a menu, a queue or voicemail answers, that is when ringing ends and talking begins"
_BLOCKED = "A lower bound: calls that found no line leave no record"
_YOUNG = "Of the last hours it is provisional: an episode stays open for parameters.repeat_within_h"

_CLOSED_CHANCES = "out_of_hours_answered + out_of_hours_missed - out_of_hours_short_abandons"
_INBOUND = (
    Metric("offered", "Calls that came in from outside", "calls", _OFFERED, _DAY, "offered", source="ITU-T E.600, 2.4",
           caveat="An inbound call that the API does not label external is none; it stands in unlabelled_calls"),
    _ratio(ANSWER_RATIO, "Answered of the offered", _OFFERED, _DAY,
           caveat="Voicemail counts as an answer, as the API has it; no answer-seizure ratio, which counts circuits",
           source="ITU-T E.600, 2.13"),
    _share("answer_ratio_in_hours", ("answered - out_of_hours_answered", "offered - out_of_hours"),
           "Answered of the offered while the company was open", "calls from outside in opening hours", _DAY,
           caveat=_HOURS),
    _ratio(MISSED_RATIO, "Missed of the offered", _OFFERED, _DAY,
           caveat="Given up, refused and out of hours look the same; a call without a label counts in neither"),
    _share("short_abandon_ratio", ("short_abandons", "offered"),
           "Given up within parameters.short_abandon_s, of the offered", _OFFERED, _DAY, source="ITU-T E.600, 2.9"),
    _ratio(SERVICE_LEVEL, "Answered within parameters.service_level_s, of those who gave us the chance: short abandons "
           "are left out", _OFFERED, _DAY, caveat=f"{_UNSEEN}. {_LAST}",
           source="ETSI EG 202 057-1 (answer within 20 s)"),
    _share("service_level_in_hours", (
               "answered_in_time - out_of_hours_answered_in_time",
               f"answered + missed - short_abandons - ({_CLOSED_CHANCES})",
           ), "The same while the company was open", "calls from outside in opening hours", _DAY, caveat=_HOURS),
    _share("service_level_of_offered", ("answered_in_time", "offered"),
           "Answered within parameters.service_level_s, of all offered", _OFFERED, _DAY, caveat=_UNSEEN),
    _share("service_level_of_answered", ("answered_in_time", "answered"),
           "Answered within parameters.service_level_s, of the answered", _ANSWERED, _DAY,
           caveat=f"Flatters where many give up. {_UNSEEN}"),
    _ratio(RING_MEAN, "Mean time from the first ring to the answer", _ANSWERED, _DAY, "s",
           caveat=f"{_UNSEEN}. {_LAST}", source="ETSI EG 202 057-1"),
    _percentile("ring_median_s", "ring", "median_s", "Half of the calls were answered in this time", _ANSWERED,
                _UNSEEN),
    _percentile("ring_p90_s", "ring", "p90_s", "Nine of ten calls were answered in this time", _ANSWERED, _UNSEEN),
    _share("given_up_mean_s", ("given_up_s", "missed"), "Mean time until a missed call was given up", _MISSED, _DAY,
           "s", caveat="Who hung up cannot be told: an exchange that refuses after a while looks the same"),
    _percentile("given_up_median_s", "missed", "median_s", "Half of the missed calls were given up in this time",
                _MISSED),
    _ratio(TALK_MEAN, "Mean length of a conversation", _CONNECTED, _DAY, "s",
           caveat="Talk time, not handling time: hold and after-call work leave no record. Few long calls pull it up",
           source="ITU-T E.600, 1.18"),
    _percentile("talk_median_s", "talk", "median_s", "Half of the conversations were no longer", _CONNECTED),
    _percentile("talk_p90_s", "talk", "p90_s", "Nine of ten conversations were no longer", _CONNECTED),
    _share("short_call_ratio", ("short_calls", "connected"), "Conversations under parameters.short_call_s: wrong "
           "numbers, voicemail, trouble with sound", _CONNECTED, _DAY),
    _share("out_of_hours_ratio", ("out_of_hours", "offered"), "Offered while the company was closed", _OFFERED, _DAY,
           caveat=_HOURS),
    _share("anonymous_ratio", ("anonymous", "offered"), "Offered without a number", _OFFERED, _DAY),
    _share("extra_legs_per_call", ("extra_legs", "offered"), "Legs beyond caller, own number and the one called",
           _OFFERED, _DAY, "legs", caveat="A call flow is a leg too; forward, queue and transfer look alike"),
)  # fmt: skip

_MIX = (
    _share("outbound_answer_ratio", ("outbound_answered", "outbound_calls"), "Calls to outside that were answered",
           "calls to outside", _DAY, caveat="Their voicemail answers too"),
    _share("inbound_ratio", ("offered", "offered + outbound_calls"), "Calls from outside, of those with outside",
           _LINES, _DAY),
    _share("internal_ratio", ("internal_calls", "calls"), "Calls between extensions, of all calls", "all calls", _DAY,
           caveat="Where the exchange writes a record for either side, one of the two counts (calls.is_second_side)"),
    Metric("talk_minutes", "Minutes of conversation with outside", "min", _LINES, _DAY,
           "(talk_s + outbound_talk_s) / 60.0"),
)  # fmt: skip

_CAPACITY = (
    Metric("line_erlang_hours", "Traffic carried by lines: one line in use for an hour is one", "erlang-hours", _LINES,
           _TRAFFIC, "line_us / 3600000000.0", caveat="Of the day the traffic passed in, wherever its calls began",
           source="ITU-T B.18, E.600"),
    Metric("talk_erlang_hours", "Traffic of conversations with outside", "erlang-hours", _LINES, _TRAFFIC,
           "talk_us / 3600000000.0", source="ITU-T B.18, E.600"),
    Metric("busy_hour", "The clock hour with most line traffic", "hour of day", _LINES, _TRAFFIC, "busy_hour",
           rolls_up=RollUp.NOT, source="ITU-T E.500",
           anew="select call_hour from traffic_by_hour group by call_hour order by sum(line_us) desc, call_hour "
           "limit 1",
           caveat="Over several days the time-consistent one: the same hour of all days; by month in busy_hours"),
    Metric("busy_hour_erlang", "Lines in use, on average over the busiest clock hour", "erlang", _LINES, _TRAFFIC,
           "busy_hour_erlang", rolls_up=RollUp.HIGHEST, source="ITU-T E.500"),
    Metric("line_peak", "Most calls with outside at the same time", "lines", _LINES, _TRAFFIC, "line_peak",
           rolls_up=RollUp.HIGHEST, caveat="The API's times are rounded: one second more or less"),
    Metric("talk_peak", "Most conversations with outside at the same time", "conversations", _LINES, _TRAFFIC,
           "talk_peak", rolls_up=RollUp.HIGHEST),
    Metric("lines_needed", "Lines that lose at most 1 % of the calls in the busiest clock hour", "lines", _LINES,
           _TRAFFIC, "lines_needed", rolls_up=RollUp.HIGHEST, source="Erlang B; ITU-T E.520",
           caveat=f"{_BLOCKED}. A day beyond 300 lines has none, and the highest of several days leaves it out"),
)  # fmt: skip

_REPEATS = (
    Metric("callers", "Different numbers that called", "numbers", _KNOWN, _CALLERS, "callers", rolls_up=RollUp.NOT,
           anew="select count(distinct caller) from calls_by_caller",
           caveat="A company may call with one number for all"),
    Metric("new_callers", "Numbers that called for the first time", "numbers", _KNOWN, _CALLERS, "new_callers",
           caveat="History begins somewhere: in its first weeks almost everybody is new"),
    _share("repeat_call_ratio", ("repeats", "identified"),
           "Calls less than parameters.repeat_within_h after another of the same number", _KNOWN, _CALLERS,
           source="ITU-T E.600, 2.6", caveat="A company may call with one number for all"),
    _share("repeat_call_ratio_7d", ("repeats_7d", "identified"),
           "Calls less than 7 times 24 hours after another of the same number", _KNOWN, _CALLERS),
    Metric("repeat_caller_ratio", "Numbers with such a repeated call, of those that called", "ratio", _KNOWN, _CALLERS,
           "repeat_callers / nullif(callers, 0)", rolls_up=RollUp.NOT,
           anew="select count(distinct caller) filter (where repeats > 0) / nullif(count(distinct caller), 0) "
           "from calls_by_caller"),
    _share("first_contact_ratio", ("answered_once", "identified_answered"),
           "Answered calls that the number did not follow by another within parameters.repeat_within_h", _KNOWN,
           _CALLERS, caveat=f"A stand-in: whether the matter was settled is not in the data. {_YOUNG}"),
)  # fmt: skip

_RECOVERY = (
    Metric("missed_episodes", "Missed callers: one until contact, however often it tried", "episodes", _MISSED_CALLERS,
           _EPISODES, "episodes"),
    _share("called_back_ratio", ("called_back", "episodes"), "Missed callers that we reached", _MISSED_CALLERS,
           _EPISODES, caveat=_YOUNG),
    _share("caller_reached_ratio", ("caller_reached", "episodes"), "Missed callers that tried again and were answered",
           _MISSED_CALLERS, _EPISODES, caveat=_YOUNG),
    _share("lost_ratio", ("lost", "decided"), "Missed callers without contact within "
           "parameters.repeat_within_h", "missed callers with a number whose window is over and was read", _EPISODES,
           caveat="The window runs by the clock: of 24 hours, a miss on Saturday is lost unless somebody calls on "
           "Sunday; UNITE_REPEAT_WITHIN_H=72 reaches over a weekend"),
    _share("callback_attempt_ratio", ("attempted", "episodes"), "Missed callers that we called, answered or not",
           _MISSED_CALLERS, _EPISODES, caveat=_YOUNG),
    _share("callback_within_1h_ratio", ("attempted_within_1h", "episodes"), "Missed callers that we called in an hour",
           _MISSED_CALLERS, _EPISODES, caveat=_YOUNG),
    _share("callback_mean_s", ("first_attempt_total_s", "attempted"), "Mean time from the miss to our first call",
           "missed callers that we called", _EPISODES, "s"),
    Metric("callback_median_s", "Median time from the miss to our first call", "s", "missed callers that we called",
           _EPISODES, "first_attempt_median_s", rolls_up=RollUp.NOT,
           anew="select quantile_disc(first_attempt_after_s, 0.5) from missed_episodes"),
    Metric("callback_open_median_s", "The same, counting only seconds in which the company was open", "s",
           "missed callers that we called", _EPISODES, "first_attempt_open_median_s", rolls_up=RollUp.NOT,
           anew="select quantile_disc(first_attempt_after_open_s, 0.5) from missed_episodes"),
    Metric("contact_median_s", "Median time from the miss to contact, by either side", "s",
           "missed callers that were talked to", _EPISODES, "contact_median_s", rolls_up=RollUp.NOT,
           anew="select quantile_disc(contact_after_s, 0.5) from missed_episodes"),
)  # fmt: skip

_IS_ACTIVE = "answered + outbound_calls + internal_calls + internal_taken"
_EXTENSIONS = (
    Metric("active_extensions", "Extensions that took or made a call", "extensions", "all calls", _LOAD, "extensions",
           rolls_up=RollUp.NOT,
           anew="select count(distinct extension_id) from calls_by_extension where extension_id <> 'none' and "
           f"{_IS_ACTIVE} > 0", caveat=f"One that only rang is none. {_LAST}"),
    Metric("busiest_extension_ratio", "What the busiest extension talked, of all talk of extensions", "ratio",
           "all calls", _LOAD, "busiest_ratio", rolls_up=RollUp.NOT,
           anew="select max(talk_s) / nullif(sum(talk_s), 0) from (select sum(talk_s + outbound_talk_s + "
           "internal_talk_s + internal_received_talk_s) as talk_s from calls_by_extension where extension_id <> 'none' "
           f"group by extension_id having sum({_IS_ACTIVE}) > 0)", caveat=_LAST),
    Metric("extension_gini", "How unevenly talk is spread: 0 where all active extensions talk the same", "0 to 1",
           "all calls", _LOAD, "gini", rolls_up=RollUp.NOT,
           anew="select sum((2 * place - extensions - 1) * talk_s) / nullif(any_value(extensions) * sum(talk_s), 0) "
           "from (select talk_s, row_number() over (order by talk_s) as place, count(*) over () as extensions from "
           "(select sum(talk_s + outbound_talk_s + internal_talk_s + internal_received_talk_s) as talk_s "
           f"from calls_by_extension where extension_id <> 'none' group by extension_id having sum({_IS_ACTIVE}) > 0))",
           caveat=_LAST, source="Gini, 1912"),
)  # fmt: skip

_RECORDINGS = (
    _share("recording_coverage", ("recorded_calls", "connected_calls"), "Calls with a certain recording, of those in "
           "which somebody talked", _TALKED, _RECORDED,
           caveat="Which extensions are to be recorded is not counted in; unrecorded_calls lists what is missing"),
    _share("recorded_talk_ratio", ("recorded_s", "talk_s"), "Seconds of recordings through seconds talked", _TALKED,
           _RECORDED, caveat="Two recordings of one conversation count twice, so it can be over 1"),
)  # fmt: skip

GROUPS = {
    "Calls from outside": _INBOUND,
    "Other calls": _MIX,
    "Traffic and lines": _CAPACITY,
    "Callers": _REPEATS,
    "Missed callers": _RECOVERY,
    "Extensions": _EXTENSIONS,
    "Recordings": _RECORDINGS,
}
METRICS = tuple(metric for group in GROUPS.values() for metric in group)

NOT_DERIVABLE = {
    "Hold time, wrap-up time, handling time": "a call has one duration and one talk time",
    "Wait in the queue, apart from ringing": "all that passes before the answer is one number of seconds",
    "Position in the queue, choice in the menu": "the chain has neither",
    "Who was rung and did not answer": "only hops of the chain are there, without times or outcomes",
    "Who hung up; busy, refused, failed": "there is no cause of the end",
    "Given up apart from refused": "both are missed; only whether the company was open can be told",
    "Log-in, pauses, occupancy of staff": "the API tells an extension's state of the moment alone",
    "Time to transfer; blind or attended": "hops have no times",
    "Voicemail left": "only that something answered",
    "Cost": "there are no rates",
    "Voice quality (MOS, RFC 6076)": "there is no signalling and no media",
    "Customer satisfaction, first-contact resolution": "outcomes are not in telephony; repeated calls are a stand-in",
    "Blocked calls": "who found no line left no record, so offered traffic is understated",
}
"""What managers ask for and the API's fields cannot give, with the reason."""

METRICS_TABLE = Table(
    "metrics",
    "One metric: what it means and how it is reckoned. Its values by day stand in metric_values.",
    ("metric",),
    (
        key("metric", "Its name"),
        key("meaning", "What it tells"),
        key("unit", "Unit of its value"),
        key("population", "What it is taken over"),
        key("table_name", "The table or view that its parts stand in, by local day"),
        key("formula", "SQL: an aggregate over that table for any days; where rolls_up is not, a whole select"),
        key("rolls_up", "How days are put together: ratio (sum of numerators through sum of denominators), sum, "
            "highest, or not (take the formula)", codes=tuple(each.value for each in RollUp)),
        text("caveat", "What to beware of"),
        text("source", "Where the definition comes from"),
    ),
    is_impersonal=True,
)  # fmt: skip

METRIC_VALUES = Table(
    "metric_values",
    "One metric on one local day. Over several days: as metrics.rolls_up says, never the mean of the values.",
    ("metric", "call_date"),
    (
        key("metric", "The metric, as in metrics"),
        key("call_date", "The local day", "DATE"),
        Column("numerator", "DOUBLE", "What is divided; the value itself where nothing is", is_measure=True),
        Column("denominator", "DOUBLE", "What it is divided by; NULL where nothing is", is_measure=True),
        Column("value", "DOUBLE", "The metric; NULL where there is nothing to take it over", is_measure=True),
    ),
    is_impersonal=True,
)


def metric_rows() -> pa.Table:
    """The rows of `metrics`, without the tenant."""
    rows = [
        {
            "metric": each.name,
            "meaning": each.meaning,
            "unit": each.unit,
            "population": each.population,
            "table_name": each.table,
            "formula": each.formula,
            "rolls_up": each.rolls_up.value,
            "caveat": each.caveat or None,
            "source": each.source or None,
        }
        for each in METRICS
    ]
    return pa.Table.from_pylist(rows, schema=METRICS_TABLE.schema)


def metric_values_sql() -> str:
    """The view that has every metric by day.

    Each mart is reckoned once for all its metrics, and not at all if none of them is asked for.
    """
    tables = dict.fromkeys(metric.table for metric in METRICS)
    marts = "".join(f"the_{table} as materialized (select * from {table}),\n" for table in tables)
    branches = "\n    union all\n".join(_branch(each) for each in METRICS)
    return f"""\
-- {METRIC_VALUES.description}
-- Grain: metric, call_date. A view over the marts.
-- Made from warehouse/metrics.py by `python -m unite_pipeline.warehouse.documents`; change it there.
with {marts}parts as (
{branches}
)
select
    tenant,
    metric,
    call_date,
    numerator,
    denominator,
    case when is_ratio then numerator / nullif(denominator, 0) else numerator end as value
from parts
"""


def _branch(metric: Metric) -> str:
    denominator = metric.denominator or "null"
    where = f"\n    where {metric.where}" if metric.where else ""
    return f"""\
    select
        tenant,
        '{metric.name}' as metric,
        call_date,
        cast({metric.numerator} as double) as numerator,
        cast({denominator} as double) as denominator,
        {str(metric.rolls_up is RollUp.RATIO).lower()} as is_ratio
    from the_{metric.table}{where}"""
