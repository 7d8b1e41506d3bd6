-- How long conversations of calls from outside were, in classes that grow by the square root of 2.
-- Grain: class: from 2^(class/2) to 2^((class+1)/2) seconds.
-- Sources: durations_by_day, parameters.
select
    cast(floor(2 * log2(greatest(seconds, 1))) as integer) as class,
    cast(sum(calls) as bigint) as calls,
    cast(sum(sum(calls)) over () as bigint) as total
from durations_by_day
where kind = 'talk'
group by class
order by class
