import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { RunningApplication } from '../../application.ts'
import type { Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import { organizationId, type OrganizationId } from '../../core/ids.ts'
import type { Database } from '../../core/ports.ts'
import type { People } from '../../people.ts'
import type { GrantedSide, Limits } from '../../proof/outsiders/index.ts'
import type { Credentials } from '../../routes.ts'
import type { Upheld } from '../../upheld.ts'
import { furnishOutsider } from '../people/index.ts'
import { refuse } from './errors.ts'
import { digestOfCredential, type Live } from './gate.ts'

export interface KeeperOptions {
  readonly application: RunningApplication
  readonly platform: Upheld
  readonly people: People
  /** The login of identity. */
  readonly database: Database
  /** Destroys every key of an organization. */
  readonly destroyKeys: (organization: OrganizationId) => Promise<unknown>
  readonly limits: Limits
  readonly clock: Clock
}

/** Two organizations as they are handed out. */
interface Made {
  readonly id: string
  readonly token: string
  readonly expiresAt: Date
  readonly a: GrantedSide
  readonly b: GrantedSide
}

/** Who a token belongs to. */
interface Held {
  readonly id: string
  readonly a: OrganizationId
  readonly b: OrganizationId
  readonly expiresAt: Date
}

export interface Keeper {
  /** @throws probing.too_many, probing.full, probing.not_made */
  make(place: string, contract: string): Promise<Made>
  /** @throws probing.no_run */
  held(token: string): Promise<Held>
  /** Empties the first organization and fills it anew. @throws probing.no_run, probing.not_made */
  renew(held: Held): Promise<GrantedSide>
  end(token: string): Promise<void>
  live(): Promise<readonly Live[]>
  /** Takes away whatever is over: rows, then files and keys. Gives how many runs are wholly gone now. */
  sweep(): Promise<number>
}

const row = z.object({
  id: z.string(),
  organization_a: z.string(),
  organization_b: z.string(),
  expires_at: z.date(),
})

export function openKeeper(options: KeeperOptions, know: (live: Live) => void): Keeper {
  const { database, clock } = options
  const { filling, during } = openTurns()
  const end = async (token: string): Promise<void> => {
    await database.query('select upheld_identity.end_outsider($1, $2)', [hashOf(token), clock.now()])
  }
  return Object.freeze({
    async make(place: string, contract: string) {
      const token = randomBytes(32).toString('base64url')
      const held = await begin(options, place, contract, token)
      try {
        const [a, b] = await during(held.id, () => fill(options, know, held, [held.a, held.b]))
        if (a === undefined || b === undefined) throw refuse.not_made()
        return { id: held.id, token, expiresAt: held.expiresAt, a, b }
      } catch (cause) {
        await end(token)
        throw refuse.not_made({ cause, ...(cause instanceof UpheldError ? { detail: cause.code } : {}) })
      }
    },
    held: (token: string) => heldBy(options, token),
    renew: (held: Held) =>
      during(held.id, async () => {
        await database.query('select upheld_identity.empty_outsider($1)', [held.a])
        const [a] = await fill(options, know, held, [held.a])
        if (a === undefined) throw refuse.not_made()
        return a
      }),
    end,
    async live() {
      const { rows } = await database.query(
        `select id, expires_at, array(select encode(one, 'hex') from unnest(credentials) as one) as credentials
         from upheld_identity.outsider where removed_at is null`,
      )
      const read = z
        .array(z.object({ id: z.string(), expires_at: z.date(), credentials: z.array(z.string()) }))
        .parse(rows)
      return read.map(({ id, expires_at, credentials }) => ({ id, expiresMs: expires_at.getTime(), credentials }))
    },
    sweep: () => sweep(options, filling),
  })
}

/** One piece of work after the other for each run. */
function openTurns() {
  // What is being filled just now is not taken away before it is full: it would be left behind.
  const filling = new Map<string, Promise<unknown>>()
  const during = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    const working = (filling.get(id) ?? Promise.resolve()).catch(() => undefined).then(work)
    filling.set(id, working)
    try {
      return await working
    } finally {
      if (filling.get(id) === working) filling.delete(id)
    }
  }
  return { filling, during }
}

/** Fills each, and makes known what lets somebody in. @throws probing.no_run when the time was over before */
async function fill(
  options: KeeperOptions,
  know: (live: Live) => void,
  held: Held,
  sides: readonly OrganizationId[],
): Promise<readonly GrantedSide[]> {
  const { database, clock } = options
  const made: GrantedSide[] = []
  for (const side of sides) made.push(await furnished(options, side))
  const credentials = made.flatMap(({ roles }) => Object.values(roles).flatMap(credentialsIn)).map(digestOfCredential)
  const bytes = credentials.map(hex => Buffer.from(hex, 'hex'))
  const { rows } = await database.query('select upheld_identity.arm_outsider($1, $2, $3) as armed', [
    held.id,
    bytes,
    clock.now(),
  ])
  if (rows[0]?.['armed'] !== true) {
    for (const side of sides) await database.query('select upheld_identity.empty_outsider($1)', [side])
    throw refuse.no_run()
  }
  know({ id: held.id, expiresMs: held.expiresAt.getTime(), credentials })
  return made
}

async function begin(
  { database, limits, clock }: KeeperOptions,
  place: string,
  contract: string,
  token: string,
): Promise<Held> {
  const [id, a, b] = [randomUUID(), organizationId(randomUUID()), organizationId(randomUUID())]
  const { rows } = await database.query(
    'select upheld_identity.begin_outsider($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as said',
    [
      id,
      place,
      contract,
      hashOf(token),
      a,
      b,
      clock.now(),
      limits.minutes,
      limits.runs_per_place_and_hour,
      limits.runs_at_once,
    ],
  )
  if (rows[0]?.['said'] === 'place') throw refuse.too_many({ retryAfterMs: 3_600_000 })
  if (rows[0]?.['said'] !== 'made') throw refuse.full({ retryAfterMs: 60_000 })
  return { id, a, b, expiresAt: new Date(clock.now().getTime() + limits.minutes * 60_000) }
}

async function heldBy({ database, clock }: KeeperOptions, token: string): Promise<Held> {
  const { rows } = await database.query(
    `select id, organization_a, organization_b, expires_at from upheld_identity.outsider
     where token_hash = $1 and expires_at > $2 and emptied_at is null`,
    [hashOf(token), clock.now()],
  )
  const found = z.array(row).parse(rows)[0]
  if (found === undefined) throw refuse.no_run()
  const [a, b] = [organizationId(found.organization_a), organizationId(found.organization_b)]
  return { id: found.id, a, b, expiresAt: found.expires_at }
}

async function sweep(options: KeeperOptions, filling: ReadonlyMap<string, Promise<unknown>>): Promise<number> {
  const { database, platform, destroyKeys, clock } = options
  await database.query('select upheld_identity.clear_outsiders($1)', [clock.now()])
  const { rows } = await database.query(
    `select id, organization_a, organization_b, expires_at from upheld_identity.outsider
     where emptied_at is not null and removed_at is null order by expires_at limit 100`,
  )
  const over = z.array(row).parse(rows)
  for (const { id, organization_a, organization_b } of over) {
    await filling.get(id)?.catch(() => undefined)
    for (const organization of [organization_a, organization_b].map(organizationId)) {
      await removeObjects(platform, organization)
      await destroyKeys(organization)
    }
    await database.query('select upheld_identity.finish_outsider($1, $2)', [id, clock.now()])
  }
  return over.length
}

async function removeObjects({ objects }: Upheld, organization: OrganizationId): Promise<void> {
  try {
    const own = objects.of(organization)
    const names: string[] = []
    for await (const { name } of own.list()) names.push(name)
    for (const name of names) await own.remove(name)
  } catch (thrown) {
    if (!(thrown instanceof UpheldError) || thrown.code !== 'tenancy.no_objects') throw thrown
  }
}

async function furnished(
  { application, platform, people, database, clock }: KeeperOptions,
  organization: OrganizationId,
): Promise<GrantedSide> {
  const { routes } = application
  if (routes === undefined) throw refuse.no_foundation()
  const mark = `canary${randomBytes(6).toString('hex')}`
  const { members, furnishing } = await furnishOutsider({ people, database, clock }, organization, mark)
  const own = await routes.furnish(platform.organization(organization), mark, { people, members, furnishing })
  const plain = ({ headers, fields }: Credentials) => ({
    headers: { ...headers },
    ...(fields === undefined ? {} : { fields: { ...fields } }),
  })
  const roles = Object.entries({ ...furnishing.roles, ...own.roles }).map(([name, one]) => [name, plain(one)] as const)
  // Neither secrets nor anybody of the operator: those are for our own prover alone.
  return { organization, mark, ids: { ...furnishing.ids, ...own.ids }, roles: Object.fromEntries(roles) }
}

function credentialsIn({ headers }: Credentials): readonly string[] {
  const cookies = (headers['cookie'] ?? '').split(';').map(pair => pair.slice(pair.indexOf('=') + 1).trim())
  const bearer = headers['authorization']?.replace(/^\S+\s+/, '').trim() ?? ''
  // An organization's identifier stands in a cookie too, and lets nobody in.
  return [...new Set([...cookies, bearer])].filter(text => text.length >= 20 && !/^[0-9a-f-]{36}$/.test(text))
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(`outsider\n${token}`).digest()
}
