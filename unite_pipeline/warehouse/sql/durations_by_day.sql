-- How many calls rang or talked for so many seconds.
-- Grain: call_date, kind, seconds.
-- Sources: calls, days.
with timed as (
    select call_date, 'ring' as kind, ring_s as seconds
    from calls
    where call_date in (select day from days) and is_counted and is_offered and disposition = 'answered'
    union all
    select call_date, 'missed' as kind, duration_s as seconds
    from calls
    where call_date in (select day from days) and is_counted and is_offered and disposition = 'missed'
    union all
    select
        call_date,
        case when is_offered then 'talk' when direction = 'outbound' then 'outbound_talk' else 'internal_talk' end as kind,
        talk_s as seconds
    from calls
    where call_date in (select day from days)
        and is_counted
        and is_connected
        and (is_offered or direction in ('outbound', 'internal'))
)

select call_date, kind, seconds, count(*) as calls
from timed
where seconds is not null
group by call_date, kind, seconds
