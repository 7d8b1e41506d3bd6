-- What is proven of each day's calls, how many were filed late, and how many rows did not fit.
-- Late: first seen more than six hours after the day's end, though the day had been read before.
-- Grain: call_date; every day of the period.
-- Sources: dates, coverage, calls, parameters.
with reads as (
    select
        day,
        arg_max(is_complete, fetched_at) as is_complete,
        arg_max(is_final, fetched_at) as is_final,
        arg_max_null(expected_rows, fetched_at) as expected_rows,
        arg_max(received_rows, fetched_at) as received_rows
    from coverage
    where feed = 'cdr_logs' and day is not null
    group by day
),

seen as (
    select call_date, first_seen_at, min(first_seen_at) over (partition by call_date) as read_since
    from calls
),

late as (
    select s.call_date, count(*) as late
    from seen as s
    cross join parameters as p
    where s.first_seen_at > timezone(p.timezone, cast(s.call_date + 1 as timestamp)) + interval 6 hours
        and s.first_seen_at > s.read_since + interval 1 hour
    group by s.call_date
)

select
    d.date as call_date,
    case
        when r.is_final then 'final'
        when r.is_complete then 'complete'
        when r.day is not null then 'open'
        else 'unread'
    end as state,
    r.expected_rows,
    r.received_rows,
    coalesce(l.late, 0) as late
from dates as d
left join reads as r on d.date = r.day
left join late as l on d.date = l.call_date
order by d.date
