import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Organization, Statements, Tenancy } from '../../foundation/tenancy/index.ts'
import { accessStore, type Access, type AccessSet } from '../access/index.ts'
import type { ApiKeys } from '../keys/index.ts'
import { entranceTrial } from './entrance.ts'
import { linkSources } from './link-sources.ts'
import type { Ground } from './roll.ts'
import type { Finding, ReviewSource, Taken } from './source.ts'
import { supportSource } from './support-source.ts'

interface AllPorts {
  /** Of identity or of the jobs: both try again what a review took away, over their own login. */
  readonly tenancy: Tenancy
  /** What the application holds: keys are looked up and staff reads through it. */
  readonly platform: Pick<Tenancy, 'organization'>
  readonly access: Access
  readonly clock: Clock
  readonly keys: Pick<ApiKeys, 'wouldOpen'>
}

interface SourcePorts extends Pick<AllPorts, 'access' | 'clock' | 'keys'> {
  /** Whether this member is let in, by the way that a session takes. */
  readonly enters: (organization: OrganizationId, memberId: string) => Promise<boolean>
}

/** Every kind of access that a review looks at: the same for whoever opens one, and for the jobs that close it. */
export function allSources({ tenancy, platform, access, clock, keys }: AllPorts): readonly ReviewSource[] {
  const enters = entranceTrial({ tenancy, clock, access })
  return [...memberSources({ access, clock, keys, enters }), ...linkSources(), supportSource({ platform })]
}

/** Members, their roles, their exceptions and their keys. */
function memberSources(ports: SourcePorts): readonly ReviewSource[] {
  const store = accessStore(ports)
  const setOf = (organization: Organization, id: string): Promise<AccessSet | undefined> =>
    store.setOf(organization, id)
  return [keySource(ports), overrideSource(setOf), roleSource(setOf), memberSource(ports, setOf)]
}

type SetOf = (organization: Organization, memberId: string) => Promise<AccessSet | undefined>

function memberSource({ enters }: SourcePorts, setOf: SetOf): ReviewSource {
  return {
    kind: 'member',
    list: (_, { roll }) =>
      Promise.resolve(
        [...roll.values()].map(({ id, roles, came, since, seenAt, set }) => ({
          access: `member:${id}`,
          subject: id,
          holder: id,
          privileged: set.privileged,
          facts: { roles, came, since: since.toISOString() },
          usedAt: seenAt,
        })),
      ),
    async end({ query }, taken, { organization, now }) {
      await query(
        `update upheld_access.member set suspended_at = $3
         where organization_id = $1 and id = any ($2::uuid[]) and suspended_at is null`,
        [organization, subjectsOf(taken), now],
      )
    },
    async works(organization, { subject }) {
      if (await enters(organization.id, subject)) return true
      return ((await setOf(organization, subject))?.list() ?? []).length > 0
    },
  }
}

/** The member and the role, as the subject of an item. */
const pairOf = (subject: string): readonly [string, string] => [subject.slice(0, 36), subject.slice(37)]

function roleSource(setOf: SetOf): ReviewSource {
  return {
    kind: 'role',
    list: (_, { roll, access }) =>
      Promise.resolve(
        [...roll.values()].flatMap(({ id, roles, seenAt }) =>
          roles.map(role => ({
            access: `role:${id}:${role}`,
            subject: `${id} ${role}`,
            holder: id,
            privileged: (access.roles[role] ?? []).some(one => access.permissions[one]?.privileged === true),
            facts: { role },
            usedAt: seenAt,
          })),
        ),
      ),
    async end({ query }, taken, { organization }) {
      const pairs = taken.map(({ subject }) => pairOf(subject))
      await query(
        `update upheld_access.member m set roles = array(
           select r.role from unnest(m.roles) with ordinality r (role, place) where r.role <> all (t.roles) order by r.place)
         from (select member_id, array_agg(role) as roles from unnest($2::uuid[], $3::text[]) u (member_id, role) group by member_id) t
         where m.organization_id = $1 and m.id = t.member_id and m.roles && t.roles`,
        [organization, pairs.map(([id]) => id), pairs.map(([, role]) => role)],
      )
    },
    async works(organization, { subject }) {
      const [id, role] = pairOf(subject)
      return (await setOf(organization, id))?.roles.includes(role) === true
    },
  }
}

/** What was allowed beyond the roles. A denial gives nobody anything, and is not reviewed. */
function overrideSource(setOf: SetOf): ReviewSource {
  return {
    kind: 'override',
    list: (_, { roll, access }) =>
      Promise.resolve(
        [...roll.values()].flatMap(({ id: member, overrides, seenAt }) =>
          overrides
            .filter(({ effect }) => effect === 'allow')
            .map(({ id, permission, author, made, ends }) => ({
              access: `override:${member}:${permission}`,
              subject: `${member} ${id}`,
              holder: member,
              privileged: access.permissions[permission]?.privileged === true,
              facts: { permission, author, made: new Date(made).toISOString(), ends: new Date(ends).toISOString() },
              usedAt: seenAt,
            })),
        ),
      ),
    async end({ query }, taken, { organization }) {
      await query('delete from upheld_access.override where organization_id = $1 and id = any ($2::uuid[])', [
        organization,
        taken.map(({ subject }) => pairOf(subject)[1]),
      ])
    },
    async works(organization, { subject, access }) {
      const [member, id] = pairOf(subject)
      const decision = (await setOf(organization, member))?.explain(access.slice(`override:${member}:`.length))
      return decision?.allowed === true && decision.because.some(one => one.kind === 'allow' && one.override === id)
    },
  }
}

const keyRows = z.array(
  z.object({
    id: z.string(),
    scopes: z.array(z.string()),
    networks: z.array(z.string()),
    made_by: z.string(),
    created_at: z.date(),
    expires_at: z.date(),
    used_at: z.date().nullable(),
  }),
)

/** Keys that open something: their maker is on the roll. */
function keySource({ keys }: SourcePorts): ReviewSource {
  return {
    kind: 'api-key',
    async list({ query }: Pick<Statements, 'query'>, { organization, now, roll, access }: Ground) {
      const rows = await query(
        `select id, scopes, networks::text[] as networks, made_by, created_at, expires_at, used_at from upheld_access.api_key
         where organization_id = $1 and revoked_at is null and expires_at > $2 order by id`,
        [organization, now],
      )
      return keyRows.parse(rows).flatMap((row): Finding[] => {
        const { id, scopes, networks, made_by: maker } = row
        if (!roll.has(maker)) return []
        return [
          {
            access: `api-key:${id}`,
            subject: id,
            holder: maker,
            privileged: scopes.some(scope => access.permissions[scope]?.privileged === true),
            facts: { scopes, networks, made: row.created_at.toISOString(), ends: row.expires_at.toISOString() },
            usedAt: row.used_at,
          },
        ]
      })
    },
    async end({ query }, taken, { organization, now }) {
      await query(
        `update upheld_access.api_key set revoked_at = $3, revoked_by = 'review', revoked_why = 'review'
         where organization_id = $1 and id = any ($2::uuid[]) and revoked_at is null`,
        [organization, subjectsOf(taken), now],
      )
    },
    works: (organization, { subject }) => keys.wouldOpen(organization.id, subject),
  }
}

function subjectsOf(taken: readonly Taken[]): readonly string[] {
  return taken.map(({ subject }) => subject)
}
