-- What became of missed callers.
-- Grain: one row.
-- Sources: missed_episodes_by_day.
select
    cast(coalesce(sum(episodes), 0) as bigint) as episodes,
    cast(coalesce(sum(attempted), 0) as bigint) as attempted,
    cast(coalesce(sum(called_back), 0) as bigint) as called_back,
    cast(coalesce(sum(caller_reached), 0) as bigint) as caller_reached,
    cast(coalesce(sum(lost), 0) as bigint) as lost,
    cast(coalesce(sum(decided), 0) as bigint) as decided,
    cast(coalesce(sum(undecided), 0) as bigint) as undecided
from missed_episodes_by_day
