import type { Sabotage } from '../../src/index.ts'

// Ways to spoil an audit log that the claim does not know of.

function unseen(name: string, sql: string): Sabotage {
  return {
    name,
    says: 'somebody did something that nobody thought of',
    source: import.meta.url,
    async apply(twin) {
      await twin.admin.query(sql)
      return twin
    },
  }
}

const onPending = (statement: string, when = 'before insert'): string => `
  create function public.spoil() returns trigger language plpgsql as $$ begin ${statement}; return new; end $$;
  create trigger spoil ${when} on upheld_audit.pending for each row execute function public.spoil()`

const onLeaves = (statement: string): string => `
  create function public.spoil() returns trigger language plpgsql as $$ begin ${statement}; return new; end $$;
  create trigger spoil before insert on upheld_audit.leaf for each row execute function public.spoil()`

export const unseenTrails: readonly Sabotage[] = [
  unseen('idle-trigger', 'create function public.idle() returns trigger language plpgsql as $$ begin return null; end $$; drop trigger upheld_audit_update on orchard.tree; create trigger upheld_audit_update after update on orchard.tree for each statement execute function public.idle()'),
  unseen('partition-forgotten', 'alter table orchard.weather_old disable trigger upheld_audit_insert; alter table orchard.weather_new disable trigger upheld_audit_insert'),
  unseen('keyless-forgotten', 'drop trigger upheld_audit_delete on orchard.gossip'),
  unseen('first-key-column', onPending(`if new.body ->> 'object' = 'orchard.tree' then new.body := jsonb_set(new.body, '{rows}', '["1"]'); end if`)),
  unseen('names-in-clear-of-another', onPending(`if new.body ? 'com' and new.body ->> 'action' like 'row.%' then new.body := jsonb_set(new.body, '{com,rows}', to_jsonb(encode(sha256(''), 'base64'))); end if`)),
  unseen('same-actor-for-all', onPending(`new.body := jsonb_set(new.body, '{actor,id}', '"owner"')`)),
  unseen('actor-in-capitals', onPending(`new.body := jsonb_set(new.body, '{actor,id}', to_jsonb(upper(new.body #>> '{actor,id}')))`)),
  unseen('purpose-of-one-action', onPending(`if new.body ->> 'action' = 'row.delete' then new.body := jsonb_set(new.body, '{purpose}', '"cleaning"'); end if`)),
  unseen('success-only', onPending(`new.body := jsonb_set(new.body, '{outcome}', '"success"')`)),
  unseen('claimed-time-forgotten', onPending(`new.body := new.body - 'at'`)),
  unseen('future-dated', onPending(`new.received_at := new.received_at + interval '3 seconds'`)),
  unseen('one-of-many', onPending(`if new.body #>> '{detail,n}' = '117' then return null; end if`)),
  unseen('nested-half-kept', onPending(`if new.body ->> 'action' like 'row.%' and current_query() like 'with%' then return null; end if`)),
  unseen('merge-forgotten', onPending(`if current_query() like 'merge%' then return null; end if`)),
  unseen('leaf-bytes-tidied', onLeaves(`new.bytes := convert_to(convert_from(new.bytes, 'UTF8')::jsonb::text, 'UTF8')`)),
  unseen('leaf-action-hidden', onLeaves(`new.action := 'row.read'`)),
  unseen('no-note-is-fine', `create or replace function upheld.actor() returns jsonb language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
    begin return coalesce(nullif(current_setting('upheld.note', true), ''), '{"actor":{"id":"application","type":"application"},"purpose":"service"}')::jsonb - 'salt'; end $$`),
  unseen('all-logs-by-view', `create view orchard.trail with (security_barrier) as select * from upheld_audit.leaf; grant select on upheld_audit.leaf to public;
    create policy more on upheld_audit.leaf for select to public using (action like 'proof.%' or true)`),
  unseen('heads-of-all', 'create policy more on upheld_audit.log for select to upheld_app using (true)'),
  unseen('prover-cleans', 'grant usage on schema upheld_audit to upheld_proof; grant select, delete on upheld_audit.mention to upheld_proof; create policy more on upheld_audit.mention to upheld_proof using (true)'),
] // prettier-ignore
