-- How many calls come in from outside on each weekday, and how many are answered?
select
    strftime(call_date, '%A') as weekday,
    count(*) as offered,
    count(*) filter (where answered) as answered,
    round(100.0 * count(*) filter (where answered) / count(*), 1) as answered_pct
from calls
where direction = 'inbound' and not is_gone
group by weekday, isodow(call_date)
order by isodow(call_date)
