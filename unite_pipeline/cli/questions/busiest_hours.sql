-- Which hours of the day bring most calls from outside, and how long do callers wait for an answer?
select
    lpad(hour(started_at_local)::varchar, 2, '0') || ':00' as hour_local,
    count(*) as offered,
    median(ring_s) filter (where answered) as median_ring_s,
    count(*) filter (where not answered) as missed
from calls
where direction = 'inbound' and not is_gone
group by hour_local
order by offered desc
limit 5
