-- Lines in use by the hour of open days that were read whole: the mean, what 95 of 100 minutes stay within, the most.
-- Grain: call_hour, from the first to the last with traffic on an open day.
-- Sources: dates, concurrency_minutes. A minute without traffic has no row there, and counts as none in use.
with open_days as (
    select date from dates where is_open_day and is_read
),

levels as (
    select hour(minute_local) as call_hour, line_peak as lines, count(*) as minutes, sum(line_us) as line_us
    from concurrency_minutes
    where call_date in (select date from open_days)
    group by all
),

hours as (
    select call_hour, sum(minutes) as busy_minutes, sum(line_us) as line_us, max(lines) as most
    from levels
    group by call_hour
),

ranked as (
    select
        l.call_hour,
        l.lines,
        sum(l.minutes) over (partition by l.call_hour order by l.lines)
        + greatest(d.days * 60 - h.busy_minutes, 0) as reached,
        greatest(d.days * 60, h.busy_minutes) as total
    from levels as l
    inner join hours as h on l.call_hour = h.call_hour
    cross join (select count(*) as days from open_days) as d
),

quantiles as (
    select call_hour, min(lines) filter (where reached * 100 >= total * 95) as p95
    from ranked
    group by call_hour
),

quiet as (
    select h.call_hour
    from hours as h
    cross join (select count(*) as days from open_days) as d
    where greatest(d.days * 60 - h.busy_minutes, 0) * 100 >= d.days * 60 * 95
),

every_hour as (
    select unnest(range(min(call_hour), max(call_hour) + 1)) as call_hour from hours
)

select
    e.call_hour,
    (select count(*) from open_days) as days,
    coalesce(h.line_us, 0) / 3600000000.0 / (select count(*) from open_days) as mean_lines,
    if(e.call_hour in (select call_hour from quiet), 0, coalesce(q.p95, 0)) as p95_lines,
    coalesce(h.most, 0) as most_lines
from every_hour as e
left join hours as h on e.call_hour = h.call_hour
left join quantiles as q on e.call_hour = q.call_hour
order by e.call_hour
