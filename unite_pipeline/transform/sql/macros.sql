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
