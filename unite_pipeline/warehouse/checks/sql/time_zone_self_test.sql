-- A violation: recordings of a month begin a quarter of an hour or more from when their calls were answered.
-- Grain: one month that has enough pairs, in two parts where the clock changed in it.
-- Sources: recorded_calls.
with periods as (
    select
        date_trunc('month', recorded_date) as month,
        zone_offset_s,
        count(*) as pairs,
        median(offset_s) as offset_s
    from recorded_calls
    group by all
),
compared as (
    select *, zone_offset_s - round(offset_s / 900) * 900 as sent_zone_s from periods
)
select
    1 as violations,
    format(
        '{}: {} begin {} {} their calls were answered, as if the API sent times in {} and not in {} ({})',
        strftime(month, '%Y-%m'),
        counted(pairs, 'recording'),
        hours_in_words(abs(round(offset_s / 60) * 60)),
        case when offset_s > 0 then 'after' else 'before' end,
        zone_in_words(sent_zone_s),
        $timezone,
        zone_in_words(zone_offset_s)
    ) as finding,
    strftime(month, '%Y-%m') as month,
    zone_in_words(zone_offset_s) as zone,
    zone_in_words(sent_zone_s) as zone_sent,
    pairs,
    round(offset_s, 1) as median_offset_s
from compared
where pairs >= $fewest_pairs and abs(offset_s) >= $largest_offset_s
order by month desc, zone_offset_s
