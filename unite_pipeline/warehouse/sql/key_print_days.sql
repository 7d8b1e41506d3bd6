-- Other days on which a key may stand that stands on a day that was made again: its print does.
-- Grain: one local day.
-- Sources: internal.key_prints, remade (the days that were made again), name of the table as a parameter.
select distinct p.day
from internal.key_prints as p
semi join (
    select print
    from internal.key_prints
    where table_name = $name and day in (select value from remade)
) as n on p.print = n.print
where p.table_name = $name and p.day not in (select value from remade)
