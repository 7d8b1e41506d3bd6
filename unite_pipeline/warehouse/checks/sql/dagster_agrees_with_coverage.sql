-- A violation: a day that Dagster shows as materialized and coverage does not prove, or the other way round.
-- Grain: one run of days with the same fault (first_day).
-- Sources: materialized_days (of raw/cdr_logs), coverage.
with newest as (
    select day, is_complete
    from coverage
    where feed = 'cdr_logs' and day between $first_day and $today
    qualify row_number() over (partition by day order by fetched_at desc, read_id desc) = 1
),
materialized as (
    select day from materialized_days where day between $first_day and $today
),
faults as (
    select
        coalesce(n.day, m.day) as day,
        case
            when n.day is null then 'materialized in Dagster, but coverage does not know it'
            when m.day is not null and not n.is_complete then 'materialized in Dagster, but not proven complete'
            when m.day is null and n.is_complete then 'proven complete, but not materialized in Dagster'
        end as fault
    from newest as n
    full join materialized as m on n.day = m.day
),
numbered as (
    select day, fault, day - cast(row_number() over (partition by fault order by day) as integer) as run
    from faults
    where fault is not null
)
select
    count(*) as violations,
    days_in_words(min(day), max(day)) || ': ' || fault as finding,
    min(day) as first_day,
    max(day) as last_day
from numbered
group by fault, run
order by last_day desc, fault
