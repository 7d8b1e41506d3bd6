-- Calls of one local day, by their start; only days with calls.
-- Grain: call_date. A view over calls_by_hour.
-- Made from warehouse/marts.py by `python -m unite_pipeline.warehouse.documents`; change it there.
with counted as (
    select
        tenant,
        call_date,
        cast(sum(calls) as bigint) as calls,
        cast(sum(offered) as bigint) as offered,
        cast(sum(answered) as bigint) as answered,
        cast(sum(missed) as bigint) as missed,
        cast(sum(short_abandons) as bigint) as short_abandons,
        cast(sum(answered_in_time) as bigint) as answered_in_time,
        cast(sum(connected) as bigint) as connected,
        cast(sum(ring_s) as bigint) as ring_s,
        cast(sum(talk_s) as bigint) as talk_s,
        cast(sum(given_up_s) as bigint) as given_up_s,
        cast(sum(short_calls) as bigint) as short_calls,
        cast(sum(out_of_hours) as bigint) as out_of_hours,
        cast(sum(out_of_hours_answered) as bigint) as out_of_hours_answered,
        cast(sum(out_of_hours_answered_in_time) as bigint) as out_of_hours_answered_in_time,
        cast(sum(out_of_hours_missed) as bigint) as out_of_hours_missed,
        cast(sum(out_of_hours_short_abandons) as bigint) as out_of_hours_short_abandons,
        cast(sum(anonymous) as bigint) as anonymous,
        cast(sum(extra_legs) as bigint) as extra_legs,
        cast(sum(outbound_calls) as bigint) as outbound_calls,
        cast(sum(outbound_answered) as bigint) as outbound_answered,
        cast(sum(outbound_talk_s) as bigint) as outbound_talk_s,
        cast(sum(internal_calls) as bigint) as internal_calls,
        cast(sum(internal_answered) as bigint) as internal_answered,
        cast(sum(internal_talk_s) as bigint) as internal_talk_s,
        cast(sum(unlabelled_calls) as bigint) as unlabelled_calls
    from calls_by_hour
    group by tenant, call_date
)
select
    *,
    (answered) / nullif(offered, 0) as answer_ratio,
    (missed) / nullif(offered, 0) as missed_ratio,
    (answered_in_time) / nullif(answered + missed - short_abandons, 0) as service_level,
    (ring_s) / nullif(answered, 0) as ring_mean_s,
    (talk_s) / nullif(connected, 0) as talk_mean_s
from counted
