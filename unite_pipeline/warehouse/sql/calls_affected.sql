-- Days with a call whose outside number is read another way than before.
-- Grain: one local day.
-- Sources: calls, numbers, former_numbers (the same before the lake's changes were loaded).
with changed as (
    select coalesce(n.number, f.number) as number
    from numbers as n
    full join former_numbers as f on n.number = f.number
    where n.e164 is distinct from f.e164
)

select distinct call_date as day
from calls
where external_number in (select number from changed)
