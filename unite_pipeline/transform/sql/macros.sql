-- How one value of an answer is read. A value is the text of a JSON scalar, or JSON text where it was no scalar.
-- Sources: contract.md traps 26-30 (mixed types, PHP's empties), 34 (three time formats).
create or replace temp macro text_of(value) as
    case when value not in ('', '[]', '{}') then value end;

create or replace temp macro time_of(value) as
    case
        when regexp_full_match(value, '\d{4}-\d{2}-\d{2}[ T]([01]\d|2[0-3]):\d{2}:\d{2}([.]\d*)?')
        then try_cast(left(value, 26) as timestamp)
    end;

create or replace temp macro number_of(value) as
    case when regexp_full_match(value, '\d{1,18}([.]0*)?') then try_cast(split_part(value, '.', 1) as bigint) end;

create or replace temp macro seconds_of(value) as try_cast(number_of(value) as integer);

-- Why a row has no key that can be used.
create or replace temp macro misfit_of(row) as
    case
        when not json_valid(row) then 'not_json'
        when json_type(row) <> 'OBJECT' then 'not_an_object'
        else 'missing_key'
    end;

create or replace temp macro flag_of(value) as
    case lower(value) when 'true' then true when '1' then true when 'false' then false when '0' then false end;

-- A PHP map: an object, a list where its keys run from 0, or an empty list.
create or replace temp macro keys_of(map) as
    case json_type(map)
        when 'OBJECT' then json_keys(map)
        when 'ARRAY'
        then list_transform(range(coalesce(cast(json_array_length(map) as bigint), 0)), lambda n: cast(n as varchar))
    end;

create or replace temp macro entries_of(map) as
    case json_type(map) when 'OBJECT' then json_extract(map, '$.*') when 'ARRAY' then json_extract(map, '$[*]') end;

create or replace temp macro values_of(map) as
    case json_type(map)
        when 'OBJECT' then json_extract_string(map, '$.*')
        when 'ARRAY' then json_extract_string(map, '$[*]')
    end;
