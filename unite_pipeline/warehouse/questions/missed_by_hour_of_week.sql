-- In which hours of the week do we miss most calls?
-- The ten with most missed calls, counting only those that came while the company was open.
select
    d.weekday_name as weekday,
    h.call_hour,
    sum(h.offered - h.out_of_hours) as offered,
    sum(h.missed - h.out_of_hours_missed) as missed,
    round(100.0 * sum(h.missed - h.out_of_hours_missed) / sum(h.offered - h.out_of_hours), 1) as missed_pct
from calls_by_hour as h
join dates as d on h.tenant = d.tenant and h.call_date = d.date
group by d.weekday_name, d.iso_weekday, h.call_hour
having sum(h.missed - h.out_of_hours_missed) > 0
order by missed desc, d.iso_weekday, h.call_hour
limit 10
