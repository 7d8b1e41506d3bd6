-- Calls from outside by the first call flow they passed, on one local day.
-- Grain: call_date, call_flow_id.
-- Sources: calls, parameters, days.
-- Made from warehouse/marts.py by `python -m unite_pipeline.warehouse.documents`; change it there.
with counted as (
    select
        c.call_date,
        coalesce(c.call_flow_id, 'none') as call_flow_id,
        count(*) filter (where c.is_offered) as offered,
        count(*) filter (where c.is_offered and c.disposition = 'answered') as answered,
        count(*) filter (where c.is_offered and c.disposition = 'missed') as missed,
        count(*) filter (where c.is_offered and c.is_short_abandon) as short_abandons,
        count(*) filter (where c.is_offered and c.disposition = 'answered' and c.ring_s <= p.service_level_s) as answered_in_time,
        count(*) filter (where c.is_offered and c.is_connected) as connected,
        count(*) filter (where c.is_offered and c.disposition = 'answered' and c.ring_s is not null) as answered_timed,
        coalesce(sum(c.ring_s) filter (where c.is_offered and c.disposition = 'answered'), 0) as ring_s,
        coalesce(sum(c.talk_s) filter (where c.is_offered and c.is_connected), 0) as talk_s,
        coalesce(sum(c.duration_s) filter (where c.is_offered and c.disposition = 'missed'), 0) as given_up_s,
        count(*) filter (where c.is_offered and c.is_short_call) as short_calls,
        count(*) filter (where c.is_offered and not c.is_in_opening_hours) as out_of_hours,
        count(*) filter (where c.is_offered and not c.is_in_opening_hours and c.disposition = 'answered') as out_of_hours_answered,
        count(*) filter (where c.is_offered and not c.is_in_opening_hours and c.disposition = 'answered' and c.ring_s <= p.service_level_s) as out_of_hours_answered_in_time,
        count(*) filter (where c.is_offered and not c.is_in_opening_hours and c.disposition = 'missed') as out_of_hours_missed,
        count(*) filter (where c.is_offered and not c.is_in_opening_hours and c.is_short_abandon) as out_of_hours_short_abandons,
        count(*) filter (where c.is_anonymous) as anonymous,
        coalesce(sum(greatest(c.leg_count - 3, 0)) filter (where c.is_offered), 0) as extra_legs
    from calls as c
    cross join parameters as p
    where c.call_date in (select day from days)
        and c.is_counted
        and c.is_offered
    group by c.call_date, coalesce(c.call_flow_id, 'none')
)
select
    *,
    (answered) / nullif(offered, 0) as answer_ratio,
    (missed) / nullif(offered, 0) as missed_ratio,
    (answered_in_time) / nullif(answered + missed - short_abandons, 0) as service_level,
    (ring_s) / nullif(answered_timed, 0) as ring_mean_s,
    (talk_s) / nullif(connected, 0) as talk_mean_s
from counted
