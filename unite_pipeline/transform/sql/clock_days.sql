-- The clock by local day, so that times can be looked up by equality of the day: a join that sorts nothing.
-- Grain: one local day and period of one offset (day, local_from); two rows on a day on which the clock changes.
-- Sources: clock.
select
    cast(unnest(generate_series(date_trunc('day', local_from), local_until, interval 1 day)) as date) as day,
    local_from,
    local_until,
    offset_us,
    doubled_from
from clock
