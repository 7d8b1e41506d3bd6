-- What was looked at: calls and legs.
-- Grain: one row.
-- Sources: calls, call_legs.
with sizes as (
    select (select count(*) from calls) as calls, (select count(*) from call_legs) as legs
)
select counted(legs, 'leg') || ' of ' || counted(calls, 'call') || ' looked at' as summary, calls, legs
from sizes
