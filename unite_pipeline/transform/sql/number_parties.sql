-- Whose a number is, and when: the extension or flow that had it then, one of ours, or the contact ranked first.
-- A number in use inside the exchange is nobody else's. What the first snapshot of a source shows is presumed to have
-- been so before.
-- Grain: one number and period (number, valid_from); periods of a number do not overlap.
-- Sources: extension_history, cdr_flow_history, call_flows, call_flow_numbers, contacts, numbers (all of the lake).
with ever as (
    select timestamptz '1970-01-01 00:00:00+00' as since
),
-- The directory names a flow by its name; the list of call flows puts the flow's first number behind it.
flow_names as (
    select
        d.name,
        case when count(distinct c.call_flow_id) = 1 then min(c.call_flow_id) end as call_flow_id
    from (select distinct name from cdr_flow_history where kind = 'flow' and name is not null) as d
    inner join call_flows as c on c.name = d.name or starts_with(c.name, d.name || ' - ')
    group by d.name
),
contact_keys as (
    select
        c.contact_id,
        coalesce(n.e164, c.phone_number) as key,
        c.extension_id = '0' as is_shared,
        coalesce(c.company_name, nullif(concat_ws(' ', c.first_name, c.last_name), '')) as name,
        c.first_seen_at
    from contacts as c
    inner join numbers as n on c.phone_number = n.number
    where not c.is_deleted
),
ranked_contacts as (
    select
        *,
        count(*) over (partition by key) as rivals,
        row_number() over (
            partition by key order by is_shared desc nulls last, name is not null desc, first_seen_at, contact_id
        ) as rank
    from contact_keys
),
told_evidence as (
    select extension_number as number, 'extension' as source, extension_id as id, name, valid_from, valid_to, false as is_sure
    from extension_history
    where extension_number is not null
    union all
    select username, 'extension', extension_id, name, valid_from, valid_to, false
    from extension_history
    where username is not null and username is distinct from extension_number
    union all
    select d.number, 'directory_' || d.kind, f.call_flow_id, d.name, d.valid_from, d.valid_to, false
    from cdr_flow_history as d
    left join flow_names as f on d.kind = 'flow' and d.name = f.name
    where d.kind in ('extension', 'flow')
    union all
    select number, 'own', call_flow_id, null, valid_from, valid_to, true
    from call_flow_numbers
    union all
    select n.number, 'own', null, null, e.since, null, false
    from numbers as n
    cross join ever as e
    anti join call_flow_numbers as f on n.number = f.number
    where n.is_own and not n.is_internal
    union all
    select n.number, 'contact', c.contact_id, c.name, e.since, null, c.rivals = 1 and c.is_shared
    from numbers as n
    inner join ranked_contacts as c on coalesce(n.e164, n.number) = c.key and c.rank = 1
    cross join ever as e
    where not n.is_internal
    union all
    select n.number, 'anonymous', null, null, e.since, null, false
    from numbers as n
    cross join ever as e
    where n.kind = 'anonymous'
),
evidence as (
    select
        * exclude (valid_from),
        valid_from as told_from,
        case
            when valid_from = min(valid_from) over (
                partition by if(source like 'directory%', 'directory', source), id is null and source = 'own'
            )
            then e.since
            else valid_from
        end as valid_from
    from told_evidence
    cross join ever as e
),
moments as (
    select number, valid_from as moment from evidence
    union
    select number, told_from as moment from evidence
    union
    select number, valid_to as moment from evidence where valid_to is not null
),
periods as (
    select number, moment as begins, lead(moment) over (partition by number order by moment) as ends
    from moments
),
facts as (
    select
        p.number,
        p.begins,
        any_value(p.ends) as ends,
        count(distinct e.id) filter (where e.source = 'extension') as extensions,
        min(e.id) filter (where e.source = 'extension') as extension_id,
        max(e.told_from) filter (where e.source in ('extension', 'directory_extension')) > p.begins as is_early_extension,
        max(e.told_from) filter (where e.source = 'directory_flow') > p.begins as is_early_flow,
        max(e.told_from) filter (where e.source = 'own') > p.begins as is_early_own,
        count(*) filter (where e.source in ('extension', 'directory_extension')) > 0 as is_extension,
        count(*) filter (where e.source = 'directory_extension') > 0 as is_listed,
        count(*) filter (where e.source = 'directory_flow') > 0 as is_flow,
        min(e.id) filter (where e.source = 'directory_flow') as flow_id,
        count(*) filter (where e.source = 'anonymous') > 0 as is_anonymous,
        count(*) filter (where e.source = 'own') > 0 as is_own,
        count(distinct e.id) filter (where e.source = 'own') as own_flows,
        min(e.id) filter (where e.source = 'own') as own_flow_id,
        min(e.id) filter (where e.source = 'contact') as contact_id,
        coalesce(bool_or(e.is_sure) filter (where e.source = 'contact'), false) as is_sure_contact,
        min(e.name) filter (where e.source in ('extension', 'directory_extension')) as extension_name,
        min(e.name) filter (where e.source = 'directory_flow') as flow_name,
        min(e.name) filter (where e.source = 'contact') as contact_name
    from periods as p
    inner join evidence as e
        on p.number = e.number and e.valid_from <= p.begins and (e.valid_to is null or e.valid_to > p.begins)
    group by p.number, p.begins
),
judged as (
    select
        *,
        case
            when is_extension and is_flow then 'unknown'
            when is_extension then 'extension'
            when is_flow then 'flow'
            when is_anonymous then 'anonymous'
            when is_own then 'own_number'
            else 'contact'
        end as party_type,
        case
            when (is_extension and is_flow) or extensions > 1 then 'ambiguous'
            when is_extension and is_early_extension then 'presumed'
            when is_extension then if(extensions = 1 and is_listed, 'certain', 'likely')
            when is_flow and is_early_flow then 'presumed'
            when is_flow or is_anonymous then 'certain'
            when is_own and is_early_own then 'presumed'
            when is_own then if(own_flows = 1, 'certain', 'likely')
            else if(is_sure_contact, 'certain', 'likely')
        end as certainty
    from facts
),
parties as (
    select
        number,
        begins,
        ends,
        party_type,
        certainty,
        case when party_type = 'extension' and extensions = 1 then extension_id end as extension_id,
        case
            when party_type = 'flow' then flow_id
            when party_type = 'own_number' and own_flows = 1 then own_flow_id
        end as call_flow_id,
        case when party_type = 'contact' then contact_id end as contact_id,
        case party_type
            when 'extension' then extension_name
            when 'flow' then flow_name
            when 'contact' then contact_name
        end as party_name
    from judged
),
stretches as (
    select
        *,
        row(party_type, certainty, extension_id, call_flow_id, contact_id, party_name, begins)
        is distinct from lag(
            row(party_type, certainty, extension_id, call_flow_id, contact_id, party_name, ends)
        ) over (partition by number order by begins) as is_new
    from parties
),
numbered as (
    select *, count(*) filter (where is_new) over (partition by number order by begins) as stretch
    from stretches
),
merged as (
    select
        number,
        min(begins) as valid_from,
        max(ends) filter (where ends is not null) as last_end,
        bool_or(ends is null) as is_open,
        any_value(party_type) as party_type,
        any_value(certainty) as certainty,
        any_value(extension_id) as extension_id,
        any_value(call_flow_id) as call_flow_id,
        any_value(contact_id) as contact_id,
        any_value(party_name) as party_name
    from numbered
    group by number, stretch
),
told as (
    select * exclude (last_end, is_open), case when not is_open then last_end end as valid_to
    from merged
)
select number, valid_from, valid_to, party_type, certainty, extension_id, call_flow_id, contact_id, party_name
from told
