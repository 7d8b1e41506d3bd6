-- Calls by the outside number that made them, and which of them follow another one closely.
-- Grain: call_date, caller.
-- Sources: calls of the days, of eight days before (7 times 24 hours touch so many where the clock goes forward) and of
-- as many after as the window can touch; parameters, days.
with window_of as (
    select repeat_within_h * 3600000000 as window_us, (repeat_within_h + 24) // 24 as window_days
    from parameters
),

nearby as (
    select distinct d.day + cast(s.shift as integer) as day
    from days as d
    cross join (select unnest(range(-8, window_days + 1)) as shift from window_of) as s
),

identified as (
    select
        call_date,
        coalesce(external_e164, external_number) as caller,
        disposition,
        started_at_us - lag(started_at_us) over of_caller as since_former_us,
        lead(started_at_us) over of_caller - started_at_us as until_next_us
    from calls
    where call_date in (select day from nearby)
        and not is_gone
        and is_offered
        and external_number is not null
    window of_caller as (partition by coalesce(external_e164, external_number) order by started_at_us, uniqueid)
)

select
    i.call_date,
    i.caller,
    count(*) as offered,
    count(*) filter (where i.disposition = 'answered') as answered,
    count(*) filter (where i.disposition = 'missed') as missed,
    count(*) filter (where i.since_former_us < w.window_us) as repeats,
    count(*) filter (where i.since_former_us < 7 * 24 * 3600000000) as repeats_7d,
    count(*) filter (
        where i.disposition = 'answered' and (i.until_next_us is null or i.until_next_us >= w.window_us)
    ) as answered_once
from identified as i
cross join window_of as w
where i.call_date in (select day from days)
group by i.call_date, i.caller
