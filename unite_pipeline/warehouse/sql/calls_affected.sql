-- Days with a call whose outside number is read another way than before. A number stands in no call before the month that
-- it was first seen in; one that only lists have shown (1970) is looked for on every day.
-- Grain: one local day.
-- Sources: calls, former_numbers and newer_numbers (rows that are gone, and that have come).
with changed as (
    select coalesce(n.number, f.number) as number, least(n.seen_since, f.seen_since) as since
    from newer_numbers as n
    full join former_numbers as f on n.number = f.number
    where n.e164 is distinct from f.e164
),

nearby as (
    select cast(unnest(generate_series(min(since), (select max(call_date) from calls), interval 1 day)) as date) as day
    from changed
)

select distinct call_date as day
from calls
where call_date in (select day from nearby) and external_number in (select number from changed)
