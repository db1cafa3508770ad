import { z } from 'zod'
import type { Queryable, Row } from '../../core/ports.ts'
import type { PasskeyFacts } from './ports.ts'
import { bytes, maybeDate } from './rows.ts'

/** A passkey with its public half, for checking an answer. */
export interface StoredPasskey {
  readonly id: string
  readonly personId: string
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly backupEligible: boolean
  readonly suspect: boolean
}

const stored = z.object({
  id: z.string(),
  person_id: z.string(),
  public_key: bytes,
  backup_eligible: z.boolean(),
  suspect_at: maybeDate,
})

const facts = z.object({
  id: z.string(),
  name: z.string(),
  aaguid: z.string(),
  backup_eligible: z.boolean(),
  backed_up: z.boolean(),
  created_at: z.date(),
  used_at: maybeDate,
  suspect_at: maybeDate,
})

export const factColumns = 'id, name, aaguid, backup_eligible, backed_up, created_at, used_at, suspect_at'

export function factsIn(row: Row | undefined): PasskeyFacts {
  const one = facts.parse(row)
  return {
    id: one.id,
    name: one.name,
    aaguid: one.aaguid,
    backupEligible: one.backup_eligible,
    backedUp: one.backed_up,
    createdAt: one.created_at,
    usedAt: one.used_at,
    suspectAt: one.suspect_at,
  }
}

export async function passkeyOf(database: Queryable, credentialId: string): Promise<StoredPasskey | undefined> {
  const { rows } = await database.query(
    `select id, person_id, public_key, backup_eligible, suspect_at from upheld_identity.passkey where credential_id = $1`,
    [Buffer.from(credentialId, 'base64url')],
  )
  const [row] = rows
  if (row === undefined) return undefined
  const one = stored.parse(row)
  return {
    id: one.id,
    personId: one.person_id,
    publicKey: new Uint8Array(one.public_key),
    backupEligible: one.backup_eligible,
    suspect: one.suspect_at !== undefined,
  }
}

/** Credentials of one person as a browser is told of them: identifiers and ways to reach them, no keys. */
export async function descriptorsOf(
  database: Queryable,
  personId: string,
): Promise<{ readonly id: string; readonly transports: string[] }[]> {
  const { rows } = await database.query(
    `select credential_id, transports from upheld_identity.passkey
     where person_id = $1 and suspect_at is null order by created_at, id`,
    [personId],
  )
  return z
    .array(z.object({ credential_id: bytes, transports: z.array(z.string()) }))
    .parse(rows)
    .map(({ credential_id, transports }) => ({ id: Buffer.from(credential_id).toString('base64url'), transports }))
}

/**
 * Notes a use whose signature was right. False when the counter did not go up, Web Authentication section 6.1.1: then
 * there are two of this credential, and it opens nothing any more. An authenticator that counts nothing stays at 0.
 */
export async function noteUse(
  database: Queryable,
  { id, counter, backedUp, now }: { id: string; counter: number; backedUp: boolean; now: Date },
): Promise<boolean> {
  const { rows } = await database.query(
    `update upheld_identity.passkey set
       counter = greatest(counter, $2),
       used_at = case when $2 > counter or (counter = 0 and $2 = 0) then $4 else used_at end,
       backed_up = case when $2 > counter or (counter = 0 and $2 = 0) then $3 else backed_up end,
       suspect_at = case when $2 > counter or (counter = 0 and $2 = 0) then null else $4 end
     where id = $1 and suspect_at is null
     returning suspect_at is null as sound`,
    [id, counter, backedUp, now],
  )
  return z.boolean().parse(rows[0]?.['sound'] ?? false)
}
