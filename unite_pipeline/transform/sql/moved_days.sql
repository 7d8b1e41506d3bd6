-- Other days on which the lake holds a call that came now: it has moved, and those days have to be made again too.
-- Grain: one day.
-- Sources: cdr_newest, kept_calls (the days that are made anyhow), elsewhere (calls of all other days in the lake).
with unfamiliar as (
    select uniqueid
    from cdr_newest
    anti join kept_calls using (uniqueid)
)
select distinct e.call_date
from elsewhere as e
semi join unfamiliar as u using (uniqueid)
