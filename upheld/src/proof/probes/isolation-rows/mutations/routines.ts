import { bySql, madeTable, openSchema } from '../../breaking.ts'

/** Functions that do more than their caller may. */
export const routines = bySql(import.meta.url, [
  {
    name: 'definer-function',
    says: 'a report was made by a function that reads with the rights of a superuser',
    sql: ({ table, schema }) =>
      `create function ${schema}.report() returns setof ${table} language sql security definer as 'select * from ${table}';
       grant execute on function ${schema}.report() to upheld_app`,
  },
  {
    name: 'definer-function-by-organization',
    says: 'a function gives the rows of whichever organization it is asked for',
    sql: ({ table }) => `${openSchema}
      create function archive.of(whose uuid) returns setof ${table} language sql security definer as 'select * from ${table} where organization_id = whose';
      grant execute on function archive.of(uuid) to upheld_app`,
  },
  {
    name: 'definer-function-that-searches',
    says: 'a search was made by a function that looks at the rows of all organizations',
    sql: ({
      table,
      schema,
    }) => `create function ${schema}.find(word text) returns setof ${table} language sql security definer
        as $$ select * from ${table} t where t::text like '%' || word || '%' $$;
      grant execute on function ${schema}.find(text) to public`,
  },
  {
    name: 'definer-function-that-counts',
    says: 'a function counts the rows of all organizations',
    sql: ({ table, schema }) =>
      `create function ${schema}.total() returns bigint language sql security definer as $$ select count(*) from ${table} $$;
       grant execute on function ${schema}.total() to upheld_app`,
  },
  {
    name: 'definer-function-by-plpgsql',
    says: 'a function builds its statement out of a word and runs it as a superuser',
    sql: ({
      schema,
    }) => `create function ${schema}.how_many(source text) returns bigint language plpgsql security definer
        as $$ declare n bigint; begin execute 'select count(*) from ' || source into n; return n; end $$;
      grant execute on function ${schema}.how_many(text) to upheld_app`,
    beyond: { prober: 'it takes a word that is hard to guess' },
  },
  {
    name: 'definer-procedure',
    says: 'a procedure deletes the rows of all organizations',
    sql: target =>
      `${madeTable(target, 'canary_draft', 'id integer not null, note text not null, primary key (organization_id, id)')}
       create procedure ${target.schema}.wipe() language sql security definer as $$ delete from ${target.schema}.canary_draft $$;
       grant execute on procedure ${target.schema}.wipe() to upheld_app`,
  },
  {
    name: 'definer-without-path',
    says: 'a function of the owner of the tables looks for names along the path of its caller',
    sql: ({ table, schema }) =>
      `create function ${schema}.mine() returns bigint language sql security definer as $$ select count(*) from ${table} $$;
       alter function ${schema}.mine() owner to upheld_owner; grant execute on function ${schema}.mine() to upheld_app`,
    beyond: { prober: 'the application can make nothing to put in its way' },
  },
  {
    name: 'leakproof-function',
    says: 'a function that tells what it sees was marked as one that does not',
    sql: ({
      schema,
    }) => `create function ${schema}.tells(value text) returns boolean language plpgsql leakproof cost 0.0001
        as $$ begin raise exception 'it is %', value; end $$;
      grant execute on function ${schema}.tells(text) to upheld_app`,
  },
  {
    name: 'operator-leakproof',
    says: 'an operator was made over a function that tells, marked as one that does not',
    sql: ({
      schema,
    }) => `create function ${schema}.same(a text, b text) returns boolean language plpgsql leakproof cost 0.0001
        as $$ begin if a is distinct from b then raise exception 'it is %', a; end if; return true; end $$;
      create operator ${schema}.=== (function = ${schema}.same, leftarg = text, rightarg = text);
      grant execute on function ${schema}.same(text, text) to upheld_app`,
  },
])
