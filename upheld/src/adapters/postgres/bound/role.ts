import type pg from 'pg'
import { refuse } from '../../../foundation/tenancy/index.ts'
import type { ConnectedClient } from './wire.ts'

const question = `
  select
    r.rolsuper as superuser,
    r.rolbypassrls as bypassrls,
    r.rolcreaterole as createrole,
    exists (select from pg_auth_members m where m.member = r.oid) as member,
    exists (select from pg_class c where c.relowner = r.oid) as owner,
    current_user <> session_user as disguised,
    to_regprocedure('upheld.enter(text, integer)') is not null as installed,
    pg_backend_pid() as pid
  from pg_roles r where r.rolname = session_user`

const meanings: Readonly<Record<string, string>> = {
  superuser: 'It is a superuser.',
  bypassrls: 'It has BYPASSRLS.',
  createrole: 'It has CREATEROLE.',
  member: 'It is a member of another role.',
  owner: 'It owns tables.',
  disguised: 'It acts as another role than it logged in with.',
}

/**
 * Run once on each new connection: whoever could step around row security is refused before the first statement.
 *
 * The backend that answers must be the one that greeted. A pooler greets in its own name; statements would then be
 * prepared on one backend and executed on another, and contexts signed for a backend that is not there.
 * @throws tenancy.role_too_strong, tenancy.not_installed, tenancy.pooler_between
 */
export async function assertWeakRole(client: pg.ClientBase, pooler: boolean): Promise<void> {
  const { rows } = await client.query<Record<string, boolean | number>>(question)
  const facts = rows[0] ?? {}
  const strengths = Object.entries(meanings).filter(([fact]) => facts[fact] === true)
  if (strengths.length > 0) {
    throw refuse.role_too_strong({ detail: strengths.map(([, meaning]) => meaning).join(' ') })
  }
  if (facts['installed'] !== true) throw refuse.not_installed({ detail: 'Run `upheld up` or installTenancy() first.' })
  if (!pooler && facts['pid'] !== (client as unknown as ConnectedClient).processID) throw refuse.pooler_between()
}
