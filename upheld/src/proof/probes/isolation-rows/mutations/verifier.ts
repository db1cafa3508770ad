import { bySql } from '../../breaking.ts'

const head = 'language plpgsql stable security definer set search_path = pg_catalog, pg_temp'

/** The verifier with other tests: each is an expression over `token` and the key's row `k`; all must hold. */
function verifier(tests: readonly string[], more = ''): string {
  return `create or replace function upheld.organization_id() returns uuid ${head} as $$
    declare
      token bytea := decode(current_setting('upheld.context', true), 'hex');
    begin
      ${more}
      if exists (select from upheld_guard.context_key k where k.id = substring(token, 2, 1) and ${tests.join(' and ')}) then
        return encode(substring(token, 3, 16), 'hex')::uuid;
      end if;
      raise exception 'upheld: bad_context' using errcode = '42501';
    end $$`
}

const signed = 'sha256(k.outer_block || sha256(k.inner_block || substring(token, 1, 36))) = substring(token, 37)'
const notRetired = 'k.retire_at > clock_timestamp()'
const notExpired = "substring(token, 19, 4) >= int4send(date_part('epoch', clock_timestamp())::integer)"
const notForEver = "substring(token, 19, 4) <= int4send(date_part('epoch', clock_timestamp())::integer + 305)"
const thisCell = 'substring(token, 23, 2) = k.cell'
const thisBackend = "substring(token, 25, 4) in ('\\x00000000', int4send(pg_backend_pid()))"
const all = [signed, notRetired, notExpired, notForEver, thisCell, thisBackend]
const without = (left: string): string => verifier(all.filter(test => test !== left))

const needsKey = 'only whoever holds a key could sign such a context'

/** The function that reads the signed context, and those that set it. */
export const verifiers = bySql(import.meta.url, [
  {
    name: 'signature-not-checked',
    says: 'the check of the signature was taken out of the verifier',
    sql: () => without(signed),
  },
  {
    name: 'signature-checked-in-part',
    says: 'the verifier compares the first four bytes of the signature',
    sql: () =>
      verifier([
        signed.replaceAll(/^sha256\((.*)\) = (substring\(token, 37)\)$/g, 'substring(sha256($1), 1, 4) = $2, 4)'),
        ...all.slice(1),
      ]),
  },
  {
    name: 'signature-over-less',
    says: 'the signature no longer covers the organization',
    sql: () =>
      verifier([
        `(${signed} or exists (select from upheld_guard.organization o
      where sha256(k.outer_block || sha256(k.inner_block || substring(token, 1, 2) || uuid_send(o.id) || substring(token, 19, 18))) = substring(token, 37)))`,
        ...all.slice(1),
      ]),
  },
  { name: 'expiry-ignored', says: 'the verifier no longer looks at the expiry', sql: () => without(notExpired) },
  {
    name: 'lifetime-unbounded',
    says: 'the verifier takes contexts that were signed to live for years',
    sql: () => without(notForEver),
  },
  {
    name: 'retired-keys-live',
    says: 'the verifier goes on believing keys that were retired',
    sql: () => without(notRetired),
  },
  {
    name: 'cell-not-checked',
    says: 'the verifier takes contexts of another cell',
    sql: () => without(thisCell),
  },
  {
    name: 'backend-not-checked',
    says: 'the verifier takes a context on any connection, whichever it was signed for',
    sql: () => without(thisBackend),
  },
  {
    name: 'other-words-signed',
    says: 'the verifier also takes what was signed with the same key for another purpose',
    sql: () =>
      verifier([
        `(${signed} or sha256(k.outer_block || sha256(substring(k.inner_block, 1, 64) || substring(token, 1, 36))) = substring(token, 37))`,
        ...all.slice(1),
      ]),
    beyond: { prober: needsKey },
  },
  {
    name: 'no-context-is-somebody',
    says: 'without a context the verifier answers with the newest organization',
    sql: () =>
      verifier(
        all,
        `if coalesce(length(token), 0) = 0 then
      return (select o.id from upheld_guard.organization o order by o.created_at desc, o.id desc limit 1); end if;`,
      ),
  },
  {
    name: 'refusal-silent',
    says: 'a context that is not in order gives no organization, and no error',
    sql: () => `create or replace function upheld_guard.refuse_context(token bytea) returns void language plpgsql stable parallel restricted
      set search_path = pg_catalog, pg_temp as $$ begin return; end $$`,
  },
  {
    name: 'signature-forgotten',
    says: 'the verifier reads the organization out of the context and checks nothing at all',
    sql: () => `create or replace function upheld.organization_id() returns uuid language sql ${head.replace('language plpgsql ', '')}
      as $$ select nullif(substr(current_setting('upheld.context', true), 5, 32), '')::uuid $$`,
  },
  {
    name: 'verifier-immutable',
    says: 'the verifier was marked immutable, to make it faster',
    sql: () => 'alter function upheld.organization_id() immutable',
  },
  {
    name: 'verifier-without-path',
    says: 'the verifier looks for functions along the path of whoever calls it',
    sql: () => 'alter function upheld.organization_id() reset search_path',
    beyond: { prober: 'the application can make nothing to put in its way' },
  },
  {
    name: 'context-outlives-transaction',
    says: 'the context is set for the session and not for the transaction',
    sql: () => keptForTheSession('upheld.enter(text)', 'upheld.enter(text, integer)'),
  },
  {
    name: 'context-outlives-behind-pooler',
    says: 'behind a pooler, the context is set for the session',
    sql: () => keptForTheSession('upheld.enter(text, integer)'),
  },
  {
    name: 'function-signs-contexts',
    says: 'a function signs a context for any organization that it is handed',
    sql: () => `create function upheld.context_for(organization uuid) returns text language sql security definer set search_path = pg_catalog, pg_temp as $$
        select encode(body || sha256(k.outer_block || sha256(k.inner_block || body)), 'hex')
        from upheld_guard.context_key k cross join lateral (select '\\x01'::bytea || k.id || uuid_send(organization)
          || int4send(date_part('epoch', clock_timestamp())::integer + 60) || k.cell || '\\x000000000102030405060708'::bytea as body) b
        order by k.created_at desc limit 1 $$;
      alter function upheld.context_for(uuid) owner to upheld_guard;
      revoke all on function upheld.context_for(uuid) from public;
      grant execute on function upheld.context_for(uuid) to upheld_app`,
  },
  {
    name: 'crossing-without-gate',
    says: 'any context will do for a walk across organizations',
    sql: () => `create or replace function upheld_guard.require_crossing() returns text language plpgsql stable parallel restricted
      set search_path = pg_catalog, pg_temp as $$ begin return substr(current_setting('upheld.context'), 57, 16); end $$`,
  },
  {
    name: 'key-readable',
    says: 'the application was granted the table of context keys',
    sql: () =>
      'grant usage on schema upheld_guard to upheld_app; grant select on upheld_guard.context_key to upheld_app',
  },
  {
    name: 'key-readable-in-part',
    says: 'the application was granted two columns of the table of context keys',
    sql: () =>
      'grant usage on schema upheld_guard to upheld_app; grant select (inner_block, outer_block) on upheld_guard.context_key to upheld_app',
  },
  {
    name: 'key-readable-by-all',
    says: 'everybody may read everything that the guard keeps',
    sql: () =>
      'grant usage on schema upheld_guard to public; grant select on all tables in schema upheld_guard to public',
  },
  {
    name: 'key-in-a-view',
    says: 'a view over the context keys was left where the application looks',
    beyond: { prober: 'what it reads there is nobody’s row, and no key that it knows' },
    sql: () => `create view upheld.keys as select * from upheld_guard.context_key;
      alter view upheld.keys owner to upheld_guard; grant select on upheld.keys to upheld_app`,
  },
])

/** The functions as they are, but for how long their settings last. */
function keptForTheSession(...functions: readonly string[]): string {
  const each = functions.map(
    name => `execute replace(pg_get_functiondef('${name}'::regprocedure), ' end, true)', ' end, false)');
      execute replace(pg_get_functiondef('${name}'::regprocedure), '1), true);', '1), false);');`,
  )
  return `do $do$ begin ${each.join(' ')} end $do$`
}
