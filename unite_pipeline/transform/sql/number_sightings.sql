-- Where numbers stand: every column of the lake that holds one has a line here, with what the API said beside it.
-- `role` tells what standing there makes of a number: `internal` inside the exchange, `own` one of ours, `shown` one of
-- ours if it is a full number (an extension may show anything). Contacts and extensions count with all their history.
-- Lists have no day: their sightings bear 1970-01-01.
-- Grain: one local day, number, place and answer (seen_date, number, seen_in, role, formatted, e164, country), and how
-- often it stands there.
-- Sources: call_legs and recordings of the days in question, contact_history, extension_history, call_flow_numbers,
-- cdr_numbers. The last is no list of our own numbers, whatever it is called (trap 55).
with sent (seen_date, seen_in, role, number, formatted, e164, country) as (
    select call_date, 'call_legs', null, number, number_formatted, null, country from call_legs
    union all
    select recorded_date, 'recordings', null, from_number, null, null, null from recordings
    union all
    select recorded_date, 'recordings', null, to_number, to_number_formatted, null, null from recordings
    union all
    select recorded_date, 'recordings', null, from_callerid, from_callerid_formatted, null, null from recordings
    union all
    select
        date '1970-01-01', 'contacts', null, phone_number, phone_number_formatted, phone_number_e164, country
    from contact_history
    union all
    select date '1970-01-01', 'extensions', 'internal', extension_number, null, null, null from extension_history
    union all
    select date '1970-01-01', 'extensions', 'internal', username, null, null, null from extension_history
    union all
    select date '1970-01-01', 'extensions', 'shown', caller_id, null, null, null from extension_history
    union all
    select date '1970-01-01', 'call_flows', 'own', number, null, null, null from call_flow_numbers
    union all
    select date '1970-01-01', 'cdr_numbers', null, number, number_formatted, null, country from cdr_numbers
)
select
    seen_date,
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
