-- The rows that the lake holds of numbers whose sightings changed, and of those that lists say, or said, are ours.
-- Grain: one number (number).
-- Sources: all_numbers, number_deltas, list_sightings and former_list_sightings.
select n.*
from all_numbers as n
where n.number in (
    select number from number_deltas
    union all
    select number from list_sightings where role in ('own', 'shown')
    union all
    select number from former_list_sightings where role in ('own', 'shown')
)
