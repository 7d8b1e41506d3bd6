-- What a change of sightings makes of a number. One more sighting that tells what the number's row tells already changes
-- no more than since when it is seen (`is_plain`): what was told most often is told once more. Anything else, above all a
-- sighting that is gone, has all sightings of the number counted (`is_known`: it has a row, so there may be more of them
-- than those at hand).
-- Grain: one number whose sightings changed (number).
-- Sources: number_deltas, kept_numbers (the rows of these numbers, as far as there are any).
select
    d.number,
    k.number is not null as is_known,
    k.number is not null and bool_and(
        d.times > 0
        and d.seen_in in ('call_legs', 'recordings')
        and (d.formatted is null or coalesce(d.formatted = k.api_formatted, false))
        and (d.country is null or coalesce(d.country = k.api_country, false))
        and (d.e164 is null or coalesce(d.e164 = k.api_e164, false))
    ) as is_plain,
    bool_or(d.times < 0) as has_lost,
    min(date_trunc('month', d.seen_date)) as seen_since
from number_deltas as d
left join kept_numbers as k on d.number = k.number
group by d.number, k.number, k.api_formatted, k.api_country, k.api_e164
