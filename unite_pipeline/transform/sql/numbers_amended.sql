-- Rows that stay as they are, but for since when the number is seen, and whether it is ours.
-- Grain: one number (number), of those that were not counted.
-- Sources: numbers_to_amend (rows of the lake), number_changes, numbers_seen (the counted ones), own_numbers,
-- own_changes (numbers in E.164 that have become ours or ceased to be), list_sightings.
select n.* replace (
    coalesce(n.e164 in (select e164 from own_numbers), false)
    or n.number in (select number from list_sightings where role = 'own') as is_own,
    case
        when c.number is null then n.seen_since
        when n.seen_since = date '1970-01-01' then cast(c.seen_since as date)
        else least(n.seen_since, cast(c.seen_since as date))
    end as seen_since
)
from numbers_to_amend as n
left join number_changes as c on n.number = c.number
where coalesce(c.is_plain, n.e164 in (select e164 from own_changes))
    and n.number not in (select number from numbers_seen)
