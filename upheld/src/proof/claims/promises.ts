import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import type { Claim } from './claim.ts'
import { claimDefinition, claimDigest } from './definition.ts'
import { asJson, type Leaf } from './leaf.ts'
import type { AppendLeaf } from './ports.ts'

interface Made {
  readonly claim: Claim
  readonly digest: string
}

/** A promise as the record knows it. `fresh` when it has just learnt of it. */
interface Known {
  readonly digest: string
  readonly withdrawn: boolean
  readonly fresh: boolean
}

/**
 * Writes down what is promised now: a leaf for each promise that is new or changed, and one for each that the record
 * knows and nobody makes any more. A planned claim is no promise, so turning a promise into a plan withdraws it.
 * @throws what the log throws; then nothing was written
 */
export async function declarePromises(
  database: Database,
  append: AppendLeaf,
  claims: readonly Claim[],
  clock: Clock,
): Promise<void> {
  const made = claims.filter(claim => claim.kind !== 'planned').map(claim => ({ claim, digest: claimDigest(claim) }))
  const appended = await database.transaction(async tx => {
    const known = await lockTurns(tx, made)
    const leaves = [...changes(known, made, clock), ...withdrawals(known, made, clock)]
    const seen = []
    for (const leaf of leaves) {
      await changeTurn(tx, leaf, made)
      seen.push(await append(tx, asJson(leaf)))
    }
    return seen
  })
  for (const one of appended) one.seen()
}

const learnt = z.array(z.object({ claim: z.string() }))
const turns = z.array(z.object({ claim: z.string(), digest: z.string(), withdrawn: z.boolean() }))

/** All rows are locked in one order, and before the log is: provers that start together wait for each other. */
async function lockTurns(tx: Queryable, made: readonly Made[]): Promise<Map<string, Known>> {
  const added = await tx.query(
    `insert into upheld_proof.turn (claim, digest)
     select * from unnest($1::text[], $2::text[]) as made (claim, digest) order by claim
     on conflict (claim) do nothing returning claim`,
    [made.map(({ claim }) => claim.id), made.map(({ digest }) => digest)],
  )
  const fresh = new Set(learnt.parse(added.rows).map(({ claim }) => claim))
  const all = await tx.query('select claim, digest, withdrawn from upheld_proof.turn order by claim for update')
  return new Map(turns.parse(all.rows).map(({ claim, ...row }) => [claim, { ...row, fresh: fresh.has(claim) }]))
}

function changes(known: ReadonlyMap<string, Known>, made: readonly Made[], clock: Clock): Leaf[] {
  const at = clock.now().toISOString()
  return made.flatMap(({ claim, digest }) => {
    const before = known.get(claim.id)
    if (before?.digest === digest && !before.withdrawn && !before.fresh) return []
    return [{ type: 'upheld/claim@v1', claim: claim.id, digest, definition: claimDefinition(claim), at }]
  })
}

function withdrawals(known: ReadonlyMap<string, Known>, made: readonly Made[], clock: Clock): Leaf[] {
  const at = clock.now().toISOString()
  const kept = new Set(made.map(({ claim }) => claim.id))
  return [...known].flatMap(([claim, { digest, withdrawn }]) =>
    withdrawn || kept.has(claim) ? [] : [{ type: 'upheld/withdrawal@v1', claim, digest, at }],
  )
}

/** A new or changed promise is due at once, if there is something to run. A withdrawn one is never due. */
async function changeTurn(tx: Queryable, leaf: Leaf, made: readonly Made[]): Promise<void> {
  const now = made.find(({ claim }) => claim.id === leaf.claim)
  await tx.query(
    `update upheld_proof.turn set digest = coalesce($2, digest), withdrawn = $3,
       due_at = case when $4 then clock_timestamp() end
     where claim = $1`,
    [leaf.claim, now?.digest, now === undefined, now?.claim.kind === 'proven'],
  )
}
