import { z } from 'zod'
import { factsIn } from './passkey-rows.ts'
import type { FactorKind, FactorPorts, FactorsOf } from './ports.ts'
import { maybeDate } from './rows.ts'

const head = z.object({
  totp_id: z.string().nullable(),
  totp_added_at: maybeDate,
  totp_used_at: maybeDate,
  recovery_made_at: maybeDate,
  recovery_left: z.number().nullable(),
  id: z.string().nullable(),
})

/** One line for each passkey, or one alone where there is none; app and codes stand in each. */
export async function factorsOf({ database }: Pick<FactorPorts, 'database'>, personId: string): Promise<FactorsOf> {
  const { rows } = await database.query(
    `select t.id as totp_id, t.confirmed_at as totp_added_at, t.used_at as totp_used_at,
       r.made_at as recovery_made_at, cardinality(r.unused) as recovery_left,
       p.id, p.name, p.aaguid, p.backup_eligible, p.backed_up, p.created_at, p.used_at, p.suspect_at
     from (select $1::uuid as person_id) one
     left join upheld_identity.totp t on t.person_id = one.person_id and t.confirmed_at is not null
     left join upheld_identity.recovery r on r.person_id = one.person_id
     left join upheld_identity.passkey p on p.person_id = one.person_id
     order by p.created_at, p.id`,
    [personId],
  )
  const first = head.parse(rows[0])
  const passkeys = rows.filter(row => head.parse(row).id !== null).map(factsIn)
  const { totp_id: totpId, totp_added_at: addedAt, recovery_made_at: madeAt, recovery_left: left } = first
  const usable: FactorKind[] = []
  if (totpId !== null) usable.push('totp')
  if (passkeys.some(one => one.suspectAt === undefined)) usable.push('passkey')
  if (left !== null && left > 0) usable.push('recovery')
  return Object.freeze({
    totp: totpId === null || addedAt === undefined ? undefined : { id: totpId, addedAt, usedAt: first.totp_used_at },
    passkeys,
    recovery: left === null || madeAt === undefined ? undefined : { left, madeAt },
    second: totpId !== null || passkeys.length > 0,
    usable,
  })
}
