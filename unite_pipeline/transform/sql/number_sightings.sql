-- Where numbers stand: every column of the lake that holds one has a line here, with what the API said beside it.
-- `role` tells what standing there makes of a number: `internal` inside the exchange, `own` one of ours, `shown` one of
-- ours if it is a full number (an extension may show anything). Contacts and extensions count with all their history.
-- Grain: one number, place and answer (number, seen_in, role, formatted, e164, country), and how often it stands there.
-- Sources: call_legs, recordings, contact_history, extension_history, call_flow_numbers, cdr_numbers. The last is no
-- list of our own numbers, whatever it is called (trap 55).
with sent (seen_in, role, number, formatted, e164, country) as (
    select 'call_legs', null, number, number_formatted, null, country from call_legs
    union all
    select 'recordings', null, from_number, null, null, null from recordings
    union all
    select 'recordings', null, to_number, to_number_formatted, null, null from recordings
    union all
    select 'recordings', null, from_callerid, from_callerid_formatted, null, null from recordings
    union all
    select 'contacts', null, phone_number, phone_number_formatted, phone_number_e164, country from contact_history
    union all
    select 'extensions', 'internal', extension_number, null, null, null from extension_history
    union all
    select 'extensions', 'internal', username, null, null, null from extension_history
    union all
    select 'extensions', 'shown', caller_id, null, null, null from extension_history
    union all
    select 'call_flows', 'own', number, null, null, null from call_flow_numbers
    union all
    select 'cdr_numbers', null, number, number_formatted, null, country from cdr_numbers
)
select
    number,
    seen_in,
    role,
    formatted,
    e164,
    country,
    count(*) as times
from sent
where number is not null
group by all
