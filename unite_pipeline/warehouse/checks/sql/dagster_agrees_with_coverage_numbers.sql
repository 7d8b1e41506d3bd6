-- What was looked at: days on either side.
-- Grain: one row.
-- Sources: materialized_days, coverage.
with sizes as (
    select
        (select count(*) from materialized_days where day between $first_day and $today) as materialized_days,
        (select count(distinct day) from coverage where feed = 'cdr_logs' and day between $first_day and $today)
            as covered_days
)
select
    counted(materialized_days, 'day') || ' materialized in Dagster, ' || counted(covered_days, 'day') || ' in coverage'
        as summary,
    materialized_days,
    covered_days
from sizes
