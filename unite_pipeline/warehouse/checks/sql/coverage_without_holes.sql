-- A violation: a local day, from UNITE_START_DATE on, that is over and not proven complete.
-- Grain: one run of days with the same fault (first_day).
-- Sources: coverage.
with due as (
    select cast(unnest(generate_series(cast($first_day as date), cast($last_day as date), interval 1 day)) as date) as day
),
newest as (
    select day, is_complete, is_final, fetched_at, window_end, reason
    from coverage
    where feed = 'cdr_logs' and day is not null
    qualify row_number() over (partition by day order by fetched_at desc, read_id desc) = 1
),
faults as (
    select
        d.day,
        case
            when n.day is null then 'never read'
            when not n.is_complete then 'read, but not proven complete' || coalesce(': ' || left(n.reason, 200), '')
            when n.fetched_at < n.window_end then 'read before the day was over, and not since'
            when not n.is_final and $now >= n.window_end + to_seconds($final_after_s + $stale_after_s)
            then 'not read again since calls could still be filed late'
        end as fault
    from due as d
    left join newest as n on d.day = n.day
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
