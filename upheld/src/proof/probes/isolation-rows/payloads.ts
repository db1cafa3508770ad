import { literal, type Pair, type Payloads } from '../attacks/index.ts'

/** What an attacker who writes SQL tries against Upheld's own context. */
export function contextPayloads({ victim, thief }: Pair, forged: string): Payloads {
  const [theirId = ''] = victim.key
  const [ownId = ''] = thief.key
  return ({ table, theirs, shown }) => {
    const t = table.label
    const rows = `lateral (select * from ${t} offset 0) r`
    const first = (call: string): string => `with x as materialized (select ${call}) select ${shown} from x, ${rows}`
    return {
      'setting switched first': first(`set_config('upheld.context', '${forged}', true)`),
      'setting emptied first': first(`set_config('upheld.context', '', true)`),
      'unsigned setting': first(`set_config('upheld.organization_id', '${theirId}', true)`),
      'context entered again': first(`upheld.enter('${forged}')`),
      'context entered again, with a time': first(`upheld.enter('${forged}', 1000)`),
      'own context spliced': first(
        `upheld.enter(overlay(current_setting('upheld.context') placing '${theirId.replaceAll('-', '')}' from 5))`,
      ),
      'own context cut short': first(`upheld.enter(left(current_setting('upheld.context'), 72))`),
      'own context twice': first(
        `upheld.enter(current_setting('upheld.context') || current_setting('upheld.context'))`,
      ),
      'role switched by a setting': first(`set_config('role', 'upheld_owner', true)`),
      'login switched by a setting': first(`set_config('session_authorization', 'postgres', true)`),
      'search path switched': first(`set_config('search_path', 'pg_temp', true)`),
      'operator put in the way': first(`set_config('search_path', 'public, pg_catalog', true)`),
      'role switched': 'set role upheld_owner',
      'role taken back': 'reset role',
      'login switched': 'set session authorization default',
      'context set': `set upheld.context = '${forged}'`,
      'context set for now': `set local upheld.context = '${forged}'`,
      'everything discarded': 'discard all',
      'key looked for': `select to_jsonb(k)::text from upheld_guard.context_key k`,
      'verifier replaced': `create or replace function upheld.organization_id() returns uuid language sql as $$ select ${literal(theirId)}::uuid $$`,
      'policy dropped': `alter table ${t} disable row level security`,
      'own rows counted as theirs': `select ${shown} from ${t} r where ${theirs} or r.organization_id = ${literal(ownId)} and ${theirs}`,
    }
  }
}
