-- Where do very short conversations come in?
-- Wrong numbers, voicemail or trouble with sound: own numbers with at least ten conversations, by the share of short ones.
select
    own_number,
    sum(connected) as conversations,
    sum(short_calls) as short_calls,
    round(100.0 * sum(short_calls) / sum(connected), 1) as short_pct
from calls_by_number
group by own_number
having sum(connected) >= 10
order by sum(short_calls) / sum(connected) desc, own_number
limit 10
