-- What to call the keys of marts.
-- Grain: kind, id. A view over extensions, call_flows, contacts, number_parties, numbers and parameters.
select
    tenant,
    'extension' as kind,
    extension_id as id,
    coalesce(name, extension_number, extension_id) as label,
    extension_number as number
from extensions
union all
select tenant, 'call_flow' as kind, call_flow_id as id, coalesce(name, call_flow_id) as label, null as number
from call_flows
union all
select
    tenant,
    'contact' as kind,
    contact_id as id,
    coalesce(company_name, nullif(trim(concat_ws(' ', first_name, last_name)), ''), phone_number, contact_id) as label,
    phone_number as number
from contacts
union all
select
    p.tenant,
    'own_number' as kind,
    p.number as id,
    coalesce(any_value(n.api_formatted), p.number) as label,
    p.number as number
from number_parties as p
left join numbers as n on p.tenant = n.tenant and p.number = n.number
where p.party_type = 'own_number'
group by p.tenant, p.number
union all
select tenant, unnest(['extension', 'call_flow', 'contact', 'own_number']) as kind, 'none' as id, 'none' as label, null as number
from parameters
