-- In which hours of the week do we miss most calls?
-- The ten worst, of those hours in which at least ten calls came in.
select
    d.weekday_name as weekday,
    h.call_hour,
    sum(h.offered) as offered,
    sum(h.missed) as missed,
    round(100.0 * sum(h.missed) / sum(h.offered), 1) as missed_pct
from calls_by_hour as h
join dates as d on h.tenant = d.tenant and h.call_date = d.date
group by d.weekday_name, d.iso_weekday, h.call_hour
having sum(h.offered) >= 10
order by sum(h.missed) / sum(h.offered) desc, d.iso_weekday, h.call_hour
limit 10
