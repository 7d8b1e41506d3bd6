-- Rejected rows of a feed: those known already and those of the lists staged now, each once.
-- Grain: one row or leg and why (read_id, part, position, leg_position, reason).
-- Sources: kept_rejected_rows, new_rejected_rows.
select distinct on (read_id, part, position, leg_position, reason)
    read_id,
    part,
    position,
    leg_position,
    reason,
    row,
    fetched_at
from (
    select *, 0 as age from new_rejected_rows
    union all by name
    select *, 1 as age from kept_rejected_rows
)
order by read_id, part, position, leg_position, reason, age
