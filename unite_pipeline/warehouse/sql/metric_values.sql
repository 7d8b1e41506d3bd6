-- One metric on one local day. Over several days: as metrics.rolls_up says, never the mean of the values.
-- Grain: metric, call_date. A view over the marts.
-- Made from warehouse/metrics.py by `python -m unite_pipeline.warehouse.documents`; change it there.
with the_calls_by_day as materialized (select * from calls_by_day),
the_duration_percentiles_by_day as materialized (select * from duration_percentiles_by_day),
the_traffic_by_day as materialized (select * from traffic_by_day),
the_callers_by_day as materialized (select * from callers_by_day),
the_missed_episodes_by_day as materialized (select * from missed_episodes_by_day),
the_extension_load_by_day as materialized (select * from extension_load_by_day),
the_recorded_calls_by_day as materialized (select * from recorded_calls_by_day),
parts as (
    select
        tenant,
        'offered' as metric,
        call_date,
        cast(offered as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'answer_ratio' as metric,
        call_date,
        cast(answered as double) as numerator,
        cast(offered as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'answer_ratio_in_hours' as metric,
        call_date,
        cast(answered - out_of_hours_answered as double) as numerator,
        cast(offered - out_of_hours as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'missed_ratio' as metric,
        call_date,
        cast(missed as double) as numerator,
        cast(offered as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'short_abandon_ratio' as metric,
        call_date,
        cast(short_abandons as double) as numerator,
        cast(offered as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'service_level' as metric,
        call_date,
        cast(answered_in_time as double) as numerator,
        cast(answered + missed - short_abandons as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'service_level_in_hours' as metric,
        call_date,
        cast(answered_in_time - out_of_hours_answered_in_time as double) as numerator,
        cast(answered + missed - short_abandons - (out_of_hours_answered + out_of_hours_missed - out_of_hours_short_abandons) as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'service_level_of_offered' as metric,
        call_date,
        cast(answered_in_time as double) as numerator,
        cast(offered as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'service_level_of_answered' as metric,
        call_date,
        cast(answered_in_time as double) as numerator,
        cast(answered as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'ring_mean_s' as metric,
        call_date,
        cast(ring_s as double) as numerator,
        cast(answered_timed as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'ring_median_s' as metric,
        call_date,
        cast(median_s as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_duration_percentiles_by_day
    where kind = 'ring'
    union all
    select
        tenant,
        'ring_p90_s' as metric,
        call_date,
        cast(p90_s as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_duration_percentiles_by_day
    where kind = 'ring'
    union all
    select
        tenant,
        'given_up_mean_s' as metric,
        call_date,
        cast(given_up_s as double) as numerator,
        cast(missed as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'given_up_median_s' as metric,
        call_date,
        cast(median_s as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_duration_percentiles_by_day
    where kind = 'missed'
    union all
    select
        tenant,
        'talk_mean_s' as metric,
        call_date,
        cast(talk_s as double) as numerator,
        cast(connected as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'talk_median_s' as metric,
        call_date,
        cast(median_s as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_duration_percentiles_by_day
    where kind = 'talk'
    union all
    select
        tenant,
        'talk_p90_s' as metric,
        call_date,
        cast(p90_s as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_duration_percentiles_by_day
    where kind = 'talk'
    union all
    select
        tenant,
        'short_call_ratio' as metric,
        call_date,
        cast(short_calls as double) as numerator,
        cast(connected as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'out_of_hours_ratio' as metric,
        call_date,
        cast(out_of_hours as double) as numerator,
        cast(offered as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'anonymous_ratio' as metric,
        call_date,
        cast(anonymous as double) as numerator,
        cast(offered as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'extra_legs_per_call' as metric,
        call_date,
        cast(extra_legs as double) as numerator,
        cast(offered as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'outbound_answer_ratio' as metric,
        call_date,
        cast(outbound_answered as double) as numerator,
        cast(outbound_calls as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'inbound_ratio' as metric,
        call_date,
        cast(offered as double) as numerator,
        cast(offered + outbound_calls as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'internal_ratio' as metric,
        call_date,
        cast(internal_calls as double) as numerator,
        cast(calls as double) as denominator,
        true as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'talk_minutes' as metric,
        call_date,
        cast((talk_s + outbound_talk_s) / 60.0 as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_calls_by_day
    union all
    select
        tenant,
        'line_erlang_hours' as metric,
        call_date,
        cast(line_us / 3600000000.0 as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_traffic_by_day
    union all
    select
        tenant,
        'talk_erlang_hours' as metric,
        call_date,
        cast(talk_us / 3600000000.0 as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_traffic_by_day
    union all
    select
        tenant,
        'busy_hour' as metric,
        call_date,
        cast(busy_hour as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_traffic_by_day
    union all
    select
        tenant,
        'busy_hour_erlang' as metric,
        call_date,
        cast(busy_hour_erlang as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_traffic_by_day
    union all
    select
        tenant,
        'line_peak' as metric,
        call_date,
        cast(line_peak as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_traffic_by_day
    union all
    select
        tenant,
        'talk_peak' as metric,
        call_date,
        cast(talk_peak as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_traffic_by_day
    union all
    select
        tenant,
        'lines_needed' as metric,
        call_date,
        cast(lines_needed as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_traffic_by_day
    union all
    select
        tenant,
        'callers' as metric,
        call_date,
        cast(callers as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_callers_by_day
    union all
    select
        tenant,
        'new_callers' as metric,
        call_date,
        cast(new_callers as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_callers_by_day
    union all
    select
        tenant,
        'repeat_call_ratio' as metric,
        call_date,
        cast(repeats as double) as numerator,
        cast(identified as double) as denominator,
        true as is_ratio
    from the_callers_by_day
    union all
    select
        tenant,
        'repeat_call_ratio_7d' as metric,
        call_date,
        cast(repeats_7d as double) as numerator,
        cast(identified as double) as denominator,
        true as is_ratio
    from the_callers_by_day
    union all
    select
        tenant,
        'repeat_caller_ratio' as metric,
        call_date,
        cast(repeat_callers / nullif(callers, 0) as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_callers_by_day
    union all
    select
        tenant,
        'first_contact_ratio' as metric,
        call_date,
        cast(answered_once as double) as numerator,
        cast(identified_answered as double) as denominator,
        true as is_ratio
    from the_callers_by_day
    union all
    select
        tenant,
        'missed_episodes' as metric,
        call_date,
        cast(episodes as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_missed_episodes_by_day
    union all
    select
        tenant,
        'called_back_ratio' as metric,
        call_date,
        cast(called_back as double) as numerator,
        cast(episodes as double) as denominator,
        true as is_ratio
    from the_missed_episodes_by_day
    union all
    select
        tenant,
        'caller_reached_ratio' as metric,
        call_date,
        cast(caller_reached as double) as numerator,
        cast(episodes as double) as denominator,
        true as is_ratio
    from the_missed_episodes_by_day
    union all
    select
        tenant,
        'lost_ratio' as metric,
        call_date,
        cast(lost as double) as numerator,
        cast(decided as double) as denominator,
        true as is_ratio
    from the_missed_episodes_by_day
    union all
    select
        tenant,
        'callback_attempt_ratio' as metric,
        call_date,
        cast(attempted as double) as numerator,
        cast(episodes as double) as denominator,
        true as is_ratio
    from the_missed_episodes_by_day
    union all
    select
        tenant,
        'callback_within_1h_ratio' as metric,
        call_date,
        cast(attempted_within_1h as double) as numerator,
        cast(episodes as double) as denominator,
        true as is_ratio
    from the_missed_episodes_by_day
    union all
    select
        tenant,
        'callback_mean_s' as metric,
        call_date,
        cast(first_attempt_total_s as double) as numerator,
        cast(attempted as double) as denominator,
        true as is_ratio
    from the_missed_episodes_by_day
    union all
    select
        tenant,
        'callback_median_s' as metric,
        call_date,
        cast(first_attempt_median_s as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_missed_episodes_by_day
    union all
    select
        tenant,
        'callback_open_median_s' as metric,
        call_date,
        cast(first_attempt_open_median_s as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_missed_episodes_by_day
    union all
    select
        tenant,
        'contact_median_s' as metric,
        call_date,
        cast(contact_median_s as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_missed_episodes_by_day
    union all
    select
        tenant,
        'active_extensions' as metric,
        call_date,
        cast(extensions as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_extension_load_by_day
    union all
    select
        tenant,
        'busiest_extension_ratio' as metric,
        call_date,
        cast(busiest_ratio as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_extension_load_by_day
    union all
    select
        tenant,
        'extension_gini' as metric,
        call_date,
        cast(gini as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio
    from the_extension_load_by_day
    union all
    select
        tenant,
        'recording_coverage' as metric,
        call_date,
        cast(recorded_calls as double) as numerator,
        cast(connected_calls as double) as denominator,
        true as is_ratio
    from the_recorded_calls_by_day
    union all
    select
        tenant,
        'recorded_talk_ratio' as metric,
        call_date,
        cast(recorded_s as double) as numerator,
        cast(talk_s as double) as denominator,
        true as is_ratio
    from the_recorded_calls_by_day
)
select
    tenant,
    metric,
    call_date,
    numerator,
    denominator,
    case when is_ratio then numerator / nullif(denominator, 0) else numerator end as value
from parts
