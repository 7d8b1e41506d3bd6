-- A violation: a leg without its call, or a call whose legs are not as many as it says.
-- Grain: one local day and what is wrong (day, kind).
-- Sources: call_legs, calls.
with legs as (
    select uniqueid, call_date, count(*) as legs
    from call_legs
    group by uniqueid, call_date
),
both_ways as (
    select
        coalesce(c.call_date, l.call_date) as day,
        c.uniqueid is null as has_no_call,
        coalesce(l.legs, 0) as legs,
        coalesce(c.leg_count, 0) as leg_count
    from calls as c
    full join legs as l on c.uniqueid = l.uniqueid and c.call_date = l.call_date
    where c.leg_count is distinct from l.legs and not (c.leg_count = 0 and l.legs is null)
)
select
    cast(case when has_no_call then sum(legs) else count(*) end as bigint) as violations,
    strftime(day, '%Y-%m-%d') || ': ' || case
        when has_no_call then counted(sum(legs), 'leg') || ' without a call of that day'
        else counted(count(*), 'call') || format(
            ' with {} in call_legs instead of {:,}', counted(sum(legs), 'leg'), cast(sum(leg_count) as bigint)
        )
    end as finding,
    day,
    case when has_no_call then 'leg without call' else 'leg_count differs' end as kind
from both_ways
group by day, has_no_call
order by day desc, kind
