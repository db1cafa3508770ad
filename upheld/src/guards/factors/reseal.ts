import { z } from 'zod'
import type { Row } from '../../core/ports.ts'
import { identityHouse } from './house.ts'
import type { FactorPorts } from './ports.ts'
import { bytes } from './rows.ts'
import { seedAddress } from './seed.ts'

const seedsAtOnce = 200

const rowForm = z.object({ id: z.string(), person_id: z.string(), seed: bytes })

/**
 * Seals every seed anew, under the key that seals now: after a rotation of the keys of `identityHouse`, and before an
 * older one is closed. Goes through the rows in the order of their identifiers, some at a time. A row that changed while
 * it was being sealed is left as it is now: whoever changed it sealed it under the new key. Answers with how many it was.
 * @throws what the vault throws
 */
export async function resealSeeds({ database, sealing }: Pick<FactorPorts, 'database' | 'sealing'>): Promise<number> {
  let count = 0
  let last = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const { rows } = await database.query(
      `select id, person_id, seed from upheld_identity.totp where id > $1 order by id limit ${seedsAtOnce}`,
      [last],
    )
    for (const row of rows) count += await resealed({ database, sealing }, row)
    last = z.string().optional().parse(rows.at(-1)?.['id']) ?? last
    if (rows.length < seedsAtOnce) return count
  }
}

async function resealed({ database, sealing }: Pick<FactorPorts, 'database' | 'sealing'>, row: Row): Promise<number> {
  const { id, person_id: personId, seed } = rowForm.parse(row)
  const address = seedAddress(personId, id)
  const plain = (await sealing.open(identityHouse, address, seed)).bytes()
  const fresh = await sealing.seal(identityHouse, address, plain)
  const { rowCount } = await database.query(`update upheld_identity.totp set seed = $3 where id = $1 and seed = $2`, [
    id,
    seed,
    fresh,
  ])
  return rowCount
}
