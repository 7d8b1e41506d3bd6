-- How many new callers does a week bring?
-- New is who never called before, as far as history reaches; the first weeks of history are full of them. The first and
-- the running week are not whole.
select d.iso_year, d.iso_week, sum(c.new_callers) as new_callers, sum(c.identified) as calls_with_a_number
from callers_by_day as c
join dates as d on c.tenant = d.tenant and c.call_date = d.date
group by d.iso_year, d.iso_week
order by d.iso_year, d.iso_week
