-- Calls of one local day, by their start. A day that was read whole has a row also without a call, others have none then: take means over these rows.
-- Grain: call_date. A view over calls_by_hour and covered_days.
-- Made from warehouse/marts.py by `python -m unite_pipeline.warehouse.documents`; change it there.
with hours as (
    select * from calls_by_hour
    union all by name
    select tenant, call_date
    from covered_days
    where is_complete and is_over
),

counted as (
    select
        tenant,
        call_date,
        cast(coalesce(sum(calls), 0) as bigint) as calls,
        cast(coalesce(sum(offered), 0) as bigint) as offered,
        cast(coalesce(sum(answered), 0) as bigint) as answered,
        cast(coalesce(sum(missed), 0) as bigint) as missed,
        cast(coalesce(sum(short_abandons), 0) as bigint) as short_abandons,
        cast(coalesce(sum(answered_in_time), 0) as bigint) as answered_in_time,
        cast(coalesce(sum(connected), 0) as bigint) as connected,
        cast(coalesce(sum(answered_timed), 0) as bigint) as answered_timed,
        cast(coalesce(sum(ring_s), 0) as bigint) as ring_s,
        cast(coalesce(sum(talk_s), 0) as bigint) as talk_s,
        cast(coalesce(sum(given_up_s), 0) as bigint) as given_up_s,
        cast(coalesce(sum(short_calls), 0) as bigint) as short_calls,
        cast(coalesce(sum(out_of_hours), 0) as bigint) as out_of_hours,
        cast(coalesce(sum(out_of_hours_answered), 0) as bigint) as out_of_hours_answered,
        cast(coalesce(sum(out_of_hours_answered_in_time), 0) as bigint) as out_of_hours_answered_in_time,
        cast(coalesce(sum(out_of_hours_missed), 0) as bigint) as out_of_hours_missed,
        cast(coalesce(sum(out_of_hours_short_abandons), 0) as bigint) as out_of_hours_short_abandons,
        cast(coalesce(sum(anonymous), 0) as bigint) as anonymous,
        cast(coalesce(sum(extra_legs), 0) as bigint) as extra_legs,
        cast(coalesce(sum(outbound_calls), 0) as bigint) as outbound_calls,
        cast(coalesce(sum(outbound_answered), 0) as bigint) as outbound_answered,
        cast(coalesce(sum(outbound_talk_s), 0) as bigint) as outbound_talk_s,
        cast(coalesce(sum(internal_calls), 0) as bigint) as internal_calls,
        cast(coalesce(sum(internal_answered), 0) as bigint) as internal_answered,
        cast(coalesce(sum(internal_talk_s), 0) as bigint) as internal_talk_s,
        cast(coalesce(sum(unlabelled_calls), 0) as bigint) as unlabelled_calls
    from hours
    group by tenant, call_date
)
select
    *,
    (answered) / nullif(offered, 0) as answer_ratio,
    (missed) / nullif(offered, 0) as missed_ratio,
    (answered_in_time) / nullif(answered + missed - short_abandons, 0) as service_level,
    (ring_s) / nullif(answered_timed, 0) as ring_mean_s,
    (talk_s) / nullif(connected, 0) as talk_mean_s
from counted
