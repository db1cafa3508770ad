import assert from 'node:assert/strict'
import type { Sabotage } from '../../src/proof/claims/index.ts'
import { sabotage } from '../../src/proof/probes/breaking.ts'
import { byTrigger } from '../../src/proof/probes/people/breaking.ts'

const source = import.meta.url

/** Ways to break support by consent that its claim does not know of. */
export const unseenOfSupport: readonly Sabotage[] = [
  byTrigger(
    source,
    { name: 'standing-yes', says: 'every organization lets support in by a rule that it never made' },
    { on: 'insert on upheld_access.account', body: `new.support := 'allow'; return new;` },
  ),
  sabotage(source, {
    name: 'grants-for-all',
    says: 'a grant is good for whoever of the operator comes with it',
    async apply(twin) {
      const { rows } = await twin.admin.query(
        `select pg_get_functiondef('upheld_guard.supported_organization(bytea, bytea, bytea, bytea)'::regprocedure) as text`,
      )
      const text = String(rows[0]?.['text'])
      assert.ok(text.includes('is distinct from granted.staff_id'))
      await twin.admin.query(text.replace('is distinct from granted.staff_id', 'is null'))
      return twin
    },
  }),
  byTrigger(
    source,
    { name: 'owners-untold', says: 'no mail tells the owners that support came or left' },
    {
      on: 'insert on upheld_identity.mail',
      body: `if new.kind like 'support-%' then return null; end if; return new;`,
    },
  ),
  sabotage(source, {
    name: 'staff-among-members',
    says: 'somebody of the operator is made a member like anybody else',
    async apply(twin) {
      await twin.admin.query('drop trigger no_staff on upheld_access.member')
      return twin
    },
  }),
  sabotage(source, {
    name: 'closed-account-visits',
    says: 'what was granted to somebody lives on when their account is closed',
    async apply(twin) {
      await twin.admin.query('drop trigger end_grants on upheld_identity.person')
      return twin
    },
  }),
  byTrigger(
    source,
    { name: 'always-fresh', says: 'every session counts as one that has just proven who it is' },
    { on: 'insert on upheld_identity.session', body: `new.proven_at := new.created_at; return new;` },
  ),
]
