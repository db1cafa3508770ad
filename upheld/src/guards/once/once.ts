import { createHash, randomBytes } from 'node:crypto'
import { assert } from '../../core/errors.ts'
import type { Queryable, Row } from '../../core/ports.ts'

/** One use of something: what it is, whose, and what its maker wanted to know again. */
export interface Once {
  /** Such as `reset-link`: a secret of one kind is none of another. */
  readonly kind: string
  /** Such as `person:<id>`: everything of one owner can be voided together. */
  readonly owner: string
  /** Given back to whoever claims it. Never a secret. */
  readonly subject: Readonly<Record<string, unknown>>
  readonly lifeSecs: number
}

export interface Issued {
  /** 256 random bits in base64url, 43 characters: shown once, kept nowhere. */
  readonly secret: string
  readonly expiresAt: Date
}

const secretForm = /^[A-Za-z0-9_-]{43}$/

/** The secret of something new. What it is kept by is SHA-256 of kind and secret. */
export async function issueOnce(
  database: Queryable,
  { kind, owner, subject, lifeSecs }: Once,
  now: Date,
): Promise<Issued> {
  const secret = randomBytes(32).toString('base64url')
  const expiresAt = new Date(now.getTime() + lifeSecs * 1000)
  await database.query(
    `insert into upheld_identity.once (hash, kind, owner, subject, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)`,
    [hashOf(kind, secret), kind, owner, JSON.stringify(subject), now, expiresAt],
  )
  return { secret, expiresAt }
}

/**
 * Uses it up and gives what it was issued with; undefined when it was never issued, used, voided, or is over. One
 * statement: of many at once, one gets it. A secret that is longer, shorter or of another kind is none.
 */
export async function claimOnce(
  database: Queryable,
  kind: string,
  secret: string,
  now: Date,
): Promise<{ readonly owner: string; readonly subject: Row } | undefined> {
  if (!secretForm.test(secret)) return undefined
  const { rows } = await database.query(
    `update upheld_identity.once set used_at = $3
     where hash = $1 and kind = $2 and used_at is null and expires_at > $3 returning owner, subject`,
    [hashOf(kind, secret), kind, now],
  )
  const [row] = rows
  return row === undefined ? undefined : { owner: String(row['owner']), subject: subjectOf(row['subject']) }
}

/**
 * Marks a value as used, for values that nobody issued, such as a step of a clock or the identifier of a token. True for
 * the first who does it, false for everybody after.
 */
export async function burnOnce(
  database: Queryable,
  { kind, owner, lifeSecs }: Omit<Once, 'subject'>,
  value: string,
  now: Date,
): Promise<boolean> {
  const { rows } = await database.query(
    `insert into upheld_identity.once (hash, kind, owner, subject, created_at, expires_at, used_at)
     values ($1, $2, $3, '{}', $4, $5, $4) on conflict (hash) do nothing returning kind`,
    [hashOf(kind, `${owner} ${value}`), kind, owner, now, new Date(now.getTime() + lifeSecs * 1000)],
  )
  return rows.length === 1
}

/** What was not used yet of this owner, of one kind or of all, is none any more. */
export async function voidOnce(database: Queryable, owner: string, kind: string | undefined, now: Date): Promise<void> {
  await database.query(
    `update upheld_identity.once set used_at = $3
     where owner = $1 and used_at is null and ($2::text is null or kind = $2)`,
    [owner, kind, now],
  )
}

/**
 * What it was issued with, without using it up: for a page that shows what a link is for, and for work that must be done
 * before the claim. It proves nothing of the moment after: whoever acts on it claims it in the transaction that acts.
 */
export async function peekOnce(
  database: Queryable,
  kind: string,
  secret: string,
  now: Date,
): Promise<{ readonly owner: string; readonly subject: Row } | undefined> {
  if (!secretForm.test(secret)) return undefined
  const { rows } = await database.query(
    `select owner, subject from upheld_identity.once
     where hash = $1 and kind = $2 and used_at is null and expires_at > $3`,
    [hashOf(kind, secret), kind, now],
  )
  const [row] = rows
  return row === undefined ? undefined : { owner: String(row['owner']), subject: subjectOf(row['subject']) }
}

function hashOf(kind: string, value: string): Buffer {
  return createHash('sha256').update(`${kind}\n${value}`).digest()
}

function subjectOf(value: unknown): Row {
  assert(isRow(value), 'what is issued has a subject')
  return value
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
