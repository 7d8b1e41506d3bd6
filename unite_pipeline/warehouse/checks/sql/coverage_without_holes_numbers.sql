-- What was looked at: the days that must be proven complete.
-- Grain: one row.
-- Sources: coverage.
with due as (
    select cast(unnest(generate_series(cast($first_day as date), cast($last_day as date), interval 1 day)) as date) as day
),
newest as (
    select day, is_complete, is_final, received_rows
    from coverage
    where feed = 'cdr_logs' and day is not null
    qualify row_number() over (partition by day order by fetched_at desc, read_id desc) = 1
)
select
    case
        when count(*) = 0 then 'No day since UNITE_START_DATE is over yet'
        else counted(count(*), 'day') || ' looked at, ' || days_in_words(min(d.day), max(d.day))
    end as summary,
    count(*) as days,
    count(*) filter (where n.is_complete) as complete_days,
    count(*) filter (where n.is_final) as final_days,
    cast(coalesce(sum(n.received_rows), 0) as bigint) as calls
from due as d
left join newest as n on d.day = n.day
