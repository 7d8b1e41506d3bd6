-- What changed of where numbers stand, on the days that are looked at again.
-- Grain: one local day, number, place and answer, and by how much more often it stands there (never 0).
-- Sources: number_sightings (now), kept_number_sightings (as those days were when they were last looked at).
select seen_date, number, seen_in, role, formatted, e164, country, cast(sum(times) as bigint) as times
from (
    select seen_date, number, seen_in, role, formatted, e164, country, times from number_sightings
    union all
    select seen_date, number, seen_in, role, formatted, e164, country, -times as times from kept_number_sightings
)
group by all
having sum(times) <> 0
