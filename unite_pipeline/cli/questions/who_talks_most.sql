-- Which extensions were last in the chain of answered calls from outside, and for how long did they talk?
select
    calls.last_number as extension_number,
    any_value(extensions.name) as name,
    count(*) as calls,
    round(sum(calls.talk_s) / 60.0) as talk_minutes
from calls
join extensions
    on extensions.tenant = calls.tenant and extensions.extension_number = calls.last_number and not extensions.is_deleted
where calls.direction = 'inbound' and calls.answered and not calls.is_gone
group by calls.last_number
order by talk_minutes desc
limit 5
