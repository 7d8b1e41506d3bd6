-- Who calls us again and again?
-- The ten numbers with most calls that came within a day of another of theirs.
select
    c.caller,
    sum(c.offered) as calls,
    sum(c.repeats) as repeats,
    sum(c.missed) as missed
from calls_by_caller as c
group by c.caller
having sum(c.repeats) > 0
order by repeats desc, calls desc, c.caller
limit 10
