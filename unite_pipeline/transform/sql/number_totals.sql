-- All sightings of the numbers that have to be counted. Of a new number they are those of the days that are looked at; of
-- one that was counted before, what was counted then and what has come since; of any other all days have to tell.
-- Grain: one number, place and answer (number, seen_in, role, formatted, e164, country), how often and since when it
-- stands there.
-- Sources: number_changes, number_deltas, kept_number_totals, all_sightings (every day, as it is now; read only if needed).
with counted as (
    select
        c.number,
        case
            when not c.is_known then 'new'
            when not c.has_lost and c.number in (select number from kept_number_totals) then 'counted'
            when not c.is_plain then 'to_count'
        end as how
    from number_changes as c
),
parts as (
    select d.number, d.seen_in, d.role, d.formatted, d.e164, d.country, d.times, d.seen_date as first_date, c.how
    from number_deltas as d
    inner join counted as c on d.number = c.number and c.how in ('new', 'counted')
    union all
    select k.number, k.seen_in, k.role, k.formatted, k.e164, k.country, k.times, k.first_date, c.how
    from kept_number_totals as k
    inner join counted as c on k.number = c.number and c.how = 'counted'
    union all
    select s.number, s.seen_in, s.role, s.formatted, s.e164, s.country, s.times, s.seen_date as first_date, c.how
    from all_sightings as s
    inner join counted as c on s.number = c.number and c.how = 'to_count'
)
select
    number,
    seen_in,
    role,
    formatted,
    e164,
    country,
    cast(sum(times) as bigint) as times,
    min(first_date) as first_date,
    any_value(how) <> 'new' as is_kept
from parts
group by number, seen_in, role, formatted, e164, country
