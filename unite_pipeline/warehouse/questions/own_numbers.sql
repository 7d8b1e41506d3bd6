-- Which of our numbers are called most, and how are they answered?
select
    own_number,
    sum(offered) as offered,
    round(100.0 * sum(answered) / sum(offered), 1) as answer_pct,
    round(sum(ring_s) / nullif(sum(answered_timed), 0), 1) as ring_mean_s
from calls_by_number
group by own_number
order by offered desc, own_number
limit 10
