import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Queryable, Row } from '../../core/ports.ts'
import type { DeviceClaim } from '../factors/index.ts'
import { mailBounds } from './outbox.ts'
import { strengthOf, type WayIn } from './policy.ts'
import { methods, type Method, type VerifiedSession } from './port.ts'
import type { Parts } from './parts.ts'

/** 256 random bits in base64url. Longer, shorter, or with other letters it is none, and nothing is looked up. */
const tokenForm = /^[A-Za-z0-9_-]{43}$/
const touchMs = 60_000
/** A session that was used later than now: the clock was set back, and nothing that was counted by it holds. */
const clockSlackMs = 300_000

/** Of a session that has just begun or was renewed: the token is shown this once. */
export interface NewSession {
  readonly token: string
  readonly session: VerifiedSession
}

export function hashOfToken(token: string): Buffer | undefined {
  return tokenForm.test(token) ? createHash('sha256').update(`session\n${token}`).digest() : undefined
}

function newToken(): { readonly token: string; readonly hash: Buffer } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: createHash('sha256').update(`session\n${token}`).digest() }
}

/** Columns of a session under the name `s`, and when it is alive: $1 is the hash, $2 is now, $3 the end of the slack. */
export const sessionColumns =
  's.id, s.person_id, s.created_at, s.seen_at, s.expires_at, s.proven_at, s.methods, s.organization_id'
export const sessionAlive = `s.token_hash = $1 and s.expires_at > $2
  and s.seen_at + make_interval(secs => s.idle_secs) > $2 and s.seen_at <= $3`
export function aliveValues(hash: Buffer, now: Date): readonly unknown[] {
  return [hash, now, new Date(now.getTime() + clockSlackMs)]
}

export const sessionRow = z.object({
  id: z.string(),
  person_id: z.string(),
  created_at: z.date(),
  seen_at: z.date(),
  expires_at: z.date(),
  proven_at: z.date(),
  methods: z.array(z.enum(methods)),
  organization_id: z.string().nullable(),
})

export function sessionOf(row: z.output<typeof sessionRow>): VerifiedSession {
  return Object.freeze({
    id: row.id,
    personId: row.person_id,
    startedAt: row.created_at,
    provenAt: row.proven_at,
    expiresAt: row.expires_at,
    methods: Object.freeze(row.methods),
    ...(row.organization_id === null ? {} : { organizationId: row.organization_id }),
  })
}

/**
 * One statement, one look into one index: whoever disables or deletes a person ends the sessions in the same transaction,
 * so that nothing else has to be asked. Once a minute one more, which notes that it is in use.
 */
export async function checkSession(
  { database, clock }: Pick<Parts, 'database' | 'clock'>,
  token: string,
): Promise<VerifiedSession | undefined> {
  const hash = hashOfToken(token)
  if (hash === undefined) return undefined
  const now = clock.now()
  const { rows } = await database.query(
    `select ${sessionColumns} from upheld_identity.session s where ${sessionAlive}`,
    aliveValues(hash, now),
  )
  if (rows[0] === undefined) return undefined
  const found = sessionRow.parse(rows[0])
  await touch(database, found, now)
  return sessionOf(found)
}

export async function touch(
  database: Queryable,
  { id, seen_at }: { id: string; seen_at: Date },
  now: Date,
): Promise<void> {
  if (now.getTime() - seen_at.getTime() < touchMs) return
  await database.query(`update upheld_identity.session set seen_at = $2 where id = $1 and seen_at < $2`, [id, now])
}

/** What a new session is made of. */
interface Beginning {
  readonly personId: string
  readonly way: WayIn
  readonly methods: readonly Method[]
  /** Undefined where nothing of the person's own was proven in this browser. */
  readonly device: DeviceClaim | undefined
  readonly label: string
  readonly network: string
  /** The token of the session that this browser holds: it ends. */
  readonly ended: string | undefined
  /** Of the person, when what was proven is known to be of then. */
  readonly epoch?: number | undefined
  /** See `VerifiedSession`. */
  readonly organizationId?: string | undefined
  /** When it was proven, if that was before now. */
  readonly provenAt?: Date | undefined
}

const begunRow = z.object({
  id: z.string().nullable(),
  proven_at: z.date().nullable(),
  methods: z.array(z.enum(methods)).nullable(),
  is_new: z.boolean().nullable(),
})

/**
 * One statement, which is whole by itself: session, device, the end of the one before, the record and the mail. Undefined
 * for a person who is disabled or gone, who changed what was proven meanwhile, or who has a second factor that was not.
 */
export async function beginSession(
  tx: Queryable,
  { options, clock }: Pick<Parts, 'options' | 'clock'>,
  { personId, way, methods: proven, device, label, network, ended, ...rest }: Beginning,
): Promise<(NewSession & { readonly isNew: boolean }) | undefined> {
  const now = clock.now()
  const { token, hash } = newToken()
  const expiresAt = new Date(now.getTime() + options.absoluteSecs * 1000)
  const { since, max } = mailBounds(now)
  const values: readonly unknown[] = [
    personId,
    rest.epoch ?? null,
    strengthOf(proven) === 2,
    now,
    device?.held ?? null,
    device?.fresh.hash ?? null,
    device?.expiresAt ?? null,
    ended === undefined ? null : (hashOfToken(ended) ?? null),
    hash,
    expiresAt,
    options.idleSecs,
    rest.provenAt ?? null,
    proven,
    label,
    network,
    rest.organizationId ?? null,
    options.sessionsMax,
    way,
    since,
    max,
  ]
  const { rows } = await tx.query(
    `select * from upheld_identity.begin_session(${values.map((_, at) => `$${at + 1}`).join(', ')})`,
    values,
  )
  const { id, proven_at: provenAt, methods: held, is_new: isNew } = begunRow.parse(rows[0])
  if (id === null || provenAt === null || held === null) return undefined
  const session: VerifiedSession = Object.freeze({
    id,
    personId,
    startedAt: now,
    provenAt,
    expiresAt,
    methods: Object.freeze(held),
    ...(rest.organizationId === undefined ? {} : { organizationId: rest.organizationId }),
  })
  return { token, session, isNew: isNew === true }
}

/**
 * The same session under another token, the old one dead with the same statement. With methods: they were proven now. Of
 * several at once with one token, one gets a new one.
 */
export async function renewSession(
  tx: Queryable,
  { clock }: Pick<Parts, 'clock'>,
  { id, token: old }: { readonly id: string; readonly token: string },
  proven: readonly Method[] = [],
): Promise<NewSession | undefined> {
  const now = clock.now()
  const { token, hash } = newToken()
  const { rows } = await tx.query(
    `update upheld_identity.session s set token_hash = $3, seen_at = $4,
       methods = array(select distinct unnest(s.methods || $5::text[])),
       proven_at = case when cardinality($5::text[]) = 0 then s.proven_at else $4 end
     where s.id = $1 and s.token_hash = $2 returning ${sessionColumns}`,
    [id, hashOfToken(old) ?? null, hash, now, proven],
  )
  return rows[0] === undefined ? undefined : { token, session: sessionOf(sessionRow.parse(rows[0])) }
}

/**
 * Whatever was proven before is of before: no sign-in that is under way makes a session any more. Ahead of `endSessions`,
 * in the same transaction.
 */
export async function turnEpoch(tx: Queryable, personId: string): Promise<number> {
  const text = `update upheld_identity.person set epoch = epoch + 1 where id = $1 returning epoch`
  return Number((await tx.query(text, [personId])).rows[0]?.['epoch'])
}

/** Answers with how many ended. Without an exception all of them. */
export async function endSessions(tx: Queryable, personId: string, exceptId?: string): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from upheld_identity.session where person_id = $1 and ($2::uuid is null or id <> $2)`,
    [personId, exceptId ?? null],
  )
  return rowCount
}

/** Signing out. A token that is none ends nothing, and says so to nobody. */
export async function endToken(database: Queryable, token: string): Promise<Row | undefined> {
  const hash = hashOfToken(token)
  if (hash === undefined) return undefined
  const { rows } = await database.query(
    `delete from upheld_identity.session where token_hash = $1 returning id, person_id`,
    [hash],
  )
  return rows[0]
}
