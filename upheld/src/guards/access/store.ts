import type { Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import { recordEvent } from '../../foundation/audit/index.ts'
import type { Organization, Statements, TransactionStatements } from '../../foundation/tenancy/index.ts'
import {
  isMemberId,
  namedIn,
  parseOverrideIds,
  parseOverrides,
  parseRoleChanges,
  type Author,
  type NewOverride,
  type RoleChange,
} from './changes.ts'
import type { Access } from './definition.ts'
import { refuse } from './errors.ts'
import { judge, type Judges } from './judge.ts'
import { lockMembers, readMembers, readOverrides, readOverridesById, type StoredOverride } from './rows.ts'
import type { AccessSet } from './set.ts'

/** Roles and overrides of the members of an organization, read and changed through its handle under the login of identity. */
export interface AccessStore<P extends string = string> {
  /** What this member may do now: one statement. Undefined for whoever is no member here. */
  setOf(organization: Pick<Statements, 'query'>, memberId: string): Promise<AccessSet<P> | undefined>
  /**
   * For work in parts: call the answer before each part. It asks the database anew each time.
   * @throws access.denied once the member is gone, suspended, or has the permission no more
   */
  recheck(organization: Pick<Statements, 'query'>, memberId: string, permission: P): () => Promise<void>
  /**
   * At most 100 members at once, all or none.
   * @throws access.bad_change, no_member, denied, own_access, only_owner, unknown_role, beyond_own, outlives_own, last_owner
   */
  changeRoles(organization: Organization, author: Author, changes: readonly RoleChange[]): Promise<void>
  /**
   * At most 100 at once, all or none. Answers with their identifiers, in their order. One that is over makes room.
   * @throws access.bad_change, no_member, denied, own_access, only_owner, unknown_permission, beyond_own, outlives_own,
   *   override_exists
   */
  addOverrides(
    organization: Organization,
    author: Author,
    overrides: readonly NewOverride[],
  ): Promise<readonly string[]>
  /**
   * At most 100 at once, all or none. Taking a denial away gives, and is judged like giving.
   * @throws access.bad_change, no_override, no_member, denied, own_access, only_owner, beyond_own, outlives_own
   */
  withdrawOverrides(organization: Organization, author: Author, ids: readonly string[]): Promise<void>
  /** All of a member, those that are over as well, oldest first. */
  overridesOf(organization: Pick<Statements, 'query'>, memberId: string): Promise<readonly StoredOverride[]>
}

interface StorePorts<P extends string> {
  readonly access: Access<P>
  readonly clock: Clock
}

/** One attempt: what is tried, by whom, and whom it is about. */
interface Attempt {
  readonly organization: Organization
  readonly author: Author
  readonly act: 'roles' | 'override' | 'withdraw'
  readonly about: readonly string[]
}

export function accessStore<P extends string>({ access, clock }: StorePorts<P>): AccessStore<P> {
  const setOf = async (
    organization: Pick<Statements, 'query'>,
    memberId: string,
  ): Promise<AccessSet<P> | undefined> => {
    if (!isMemberId(memberId)) return undefined
    const member = (await readMembers(organization, [memberId])).get(memberId)
    return member === undefined ? undefined : access.setOf(member, clock.now())
  }
  /** Holds the author and those whom it is about, then judges by what stands there. */
  const judged = async (tx: TransactionStatements, { memberId }: Author, about: readonly string[]): Promise<Judges> =>
    judge(access, await lockMembers(tx, [...new Set([memberId, ...about])]), memberId, clock.now())

  return Object.freeze({
    setOf,
    recheck: (organization: Pick<Statements, 'query'>, memberId: string, permission: P) => async () => {
      const set = await setOf(organization, memberId)
      if (set?.may(permission) !== true) throw refuse.denied({ detail: permission })
    },
    async changeRoles(organization: Organization, author: Author, given: readonly RoleChange[]) {
      await attempt({ organization, author, act: 'roles', about: namedIn(given) }, async tx => {
        const changes = parseRoleChanges(given)
        const judges = await judged(tx, author, changes.map(aboutOf))
        judges.roles(changes)
        await writeRoles(tx, changes)
      })
    },
    addOverrides: (organization: Organization, author: Author, given: readonly NewOverride[]) =>
      attempt({ organization, author, act: 'override', about: namedIn(given) }, async tx => {
        const now = clock.now()
        const parsed = parseOverrides(given, now)
        const judges = await judged(tx, author, parsed.map(aboutOf))
        judges.overrides(parsed)
        return writeOverrides(tx, author, parsed, now)
      }),
    async withdrawOverrides(organization: Organization, author: Author, given: readonly string[]) {
      const about: string[] = []
      await attempt({ organization, author, act: 'withdraw', about }, async tx => {
        const ids = parseOverrideIds(given)
        about.push(...(await readOverridesById(tx, ids)).map(aboutOf))
        const judges = await judged(tx, author, about)
        // Read again under the lock: somebody may have been faster.
        const found = await readOverridesById(tx, ids)
        if (found.length < ids.length) throw refuse.no_override()
        judges.withdrawal(found)
        await tx.query('delete from upheld_access.override where id = any ($1::uuid[])', [ids])
        for (const { memberId, permission, effect } of found) {
          await note(tx, 'access.override-withdrawn', [memberId], { permission, effect })
        }
      })
    },
    overridesOf: async (organization: Pick<Statements, 'query'>, memberId: string) =>
      isMemberId(memberId) ? readOverrides(organization, memberId) : [],
  } satisfies AccessStore<P>)
}

function aboutOf({ memberId }: { readonly memberId: string }): string {
  return memberId
}

/** One transaction as the author. A refusal is rolled back with everything, and then told to the organization's own log. */
async function attempt<T>(
  { organization, author, act, about }: Attempt,
  work: (tx: TransactionStatements) => Promise<T>,
): Promise<T> {
  const { memberId, request } = author
  const known = isMemberId(memberId)
  const handle = known
    ? organization.as({
        type: 'member',
        id: memberId,
        purpose: 'access',
        ...(request === undefined ? {} : { request }),
      })
    : organization
  try {
    if (!known) throw refuse.no_member()
    return await handle.transaction(work)
  } catch (thrown) {
    const refusal = translated(thrown)
    if (refusal instanceof UpheldError && refusal.code.startsWith('access.')) {
      // Of this organization alone: what somebody made up, or has from elsewhere, stands in no log of ours.
      const named = [...new Set(about)].filter(isMemberId).slice(0, 20)
      const targets = [...(await readMembers(handle, named)).keys()]
      await note(handle, 'access.refused', targets, { act, code: refusal.code }, 'denied')
    }
    throw refusal
  }
}

async function writeRoles(tx: TransactionStatements, changes: readonly RoleChange[]): Promise<void> {
  for (const { memberId, roles } of changes) {
    await tx.query('update upheld_access.member set roles = $2::text[] where id = $1', [memberId, roles])
    await note(tx, 'access.roles-changed', [memberId], { roles })
  }
}

/** Never over a live one. What is over gives way, under a new identifier. */
async function writeOverrides(
  tx: TransactionStatements,
  { memberId: authorId }: Author,
  overrides: readonly NewOverride[],
  now: Date,
): Promise<readonly string[]> {
  const ids: string[] = []
  for (const { memberId, permission, effect, reason, expiresAt, reviewAt } of overrides) {
    await tx.query(
      `delete from upheld_access.override where member_id = $1 and permission = $2 and effect = $3 and expires_at <= $4`,
      [memberId, permission, effect, now],
    )
    const [row] = await tx.query(
      `insert into upheld_access.override
         (organization_id, member_id, permission, effect, author_id, reason, created_at, expires_at, review_at)
       values (upheld.organization_id(), $1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (organization_id, member_id, permission, effect) do nothing returning id`,
      [memberId, permission, effect, authorId, reason, now, expiresAt, reviewAt],
    )
    if (row === undefined) throw refuse.override_exists()
    ids.push(String(row['id']))
    await note(tx, 'access.override-added', [memberId], { permission, effect, until: expiresAt.toISOString() })
  }
  return ids
}

async function note(
  statements: Pick<Statements, 'query'>,
  action: string,
  memberIds: readonly string[],
  detail: Readonly<Record<string, string | readonly string[]>>,
  outcome: 'success' | 'denied' = 'success',
): Promise<void> {
  await recordEvent(statements, { action, outcome, targets: memberIds.map(id => ({ type: 'member', id })), detail })
}

/** What the database itself refused. */
function translated(thrown: unknown): unknown {
  if (thrown instanceof Error && thrown.message.includes('upheld: last_owner'))
    return refuse.last_owner({ cause: thrown })
  return thrown
}
