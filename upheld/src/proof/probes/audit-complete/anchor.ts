import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  consistencyProof,
  decodeHashes,
  inclusionProof,
  leafHash,
  openCheckpoint,
  parseVerifierKey,
  provesConsistency,
  provesInclusion,
  readLeaf,
  subtreeAt,
  type Checkpoint,
} from '../../../core/transparency/index.ts'
import type { Statements } from '../../../index.ts'

/** What is wrong with a log, for the finding. */
export class Broken extends Error {
  readonly attack: string
  constructor(attack: string, saw: string) {
    super(saw)
    this.attack = attack
  }
}

export interface Anchor {
  readonly id: string
  readonly head: Checkpoint
}

export type Asked = Pick<Statements, 'query'>

const count = z.coerce.number().int().min(0)
const bytes = z.instanceof(Buffer)
const headRows = z.array(
  z.object({ id: z.coerce.string(), key: z.string(), checkpoint: z.string(), size: count, minimum: count }),
)
const indexedRows = z.array(z.object({ index: count, bytes }))
const tileRows = z.array(z.object({ level: count, index: count, hashes: bytes, root: bytes }))
const keyRows = z.array(z.object({ key: z.string() }))
const anchorLeafForm = z.object({ heads: z.array(z.object({ log: z.string(), size: z.number(), root: z.string() })) })

/** The head of the open log of an organization, or with null of the anchor log; signed with the key beside it. */
export async function headOf(
  tx: Asked,
  organization: string | null,
): Promise<(Anchor & { readonly minimum: number }) | undefined> {
  const rows = await tx.query(
    `select id::text as id, verifier_key as key, checkpoint, size::text as size, minimum_index::text as minimum
     from upheld_audit.log where organization_id is not distinct from $1 and closed_at is null`,
    [organization],
  )
  const [log] = headRows.parse(rows)
  if (log === undefined) return undefined
  const head = opened(log.checkpoint, log.key)
  if (head.size !== log.size) throw new Broken('cut', 'the size beside the signed head is another')
  return { id: log.id, head, minimum: log.minimum }
}

/** The anchor log: it continues every head in `seen`, and says the head of this organization's log. */
export async function readAnchor(
  tx: Asked,
  organization: string,
  own: Checkpoint | undefined,
  seen: readonly string[],
): Promise<Anchor | undefined> {
  const log = await headOf(tx, null)
  if (log === undefined) {
    if (seen.length > 0 || own !== undefined) throw new Broken('turn back', 'the anchor log is not there')
    return undefined
  }
  for (const note of new Set(seen)) await mustExtend(tx, log, note)
  if (own !== undefined && own.size > 0) await mustBeAnchored(tx, organization, own, log)
  return log
}

/** The anchor log of the database begins with the head that was kept outside of it. */
async function mustExtend(tx: Asked, { id, head }: Anchor, note: string): Promise<void> {
  const origin = note.slice(0, note.indexOf('\n'))
  if (origin !== head.origin) throw new Broken('turn back', 'the anchor log is another than the one that was seen')
  const old = await openedBySome(tx, id, note)
  if (old.size > head.size) throw new Broken('turn back', 'the anchor log is shorter than it was seen')
  const nodes = await nodesFor(tx, id, [old.size, head.size], [Math.max(0, old.size - 1), old.size])
  const proof = proven(() => consistencyProof(nodes, old.size, head.size))
  const continues =
    proof !== undefined &&
    provesConsistency({ oldSize: old.size, oldRoot: old.root, size: head.size, root: head.root, proof })
  if (!continues) throw new Broken('fork', 'the anchor log does not continue the head that was seen')
}

/** The newest leaf of the anchor log about this log says its head, and stands under the signed head of the anchor log. */
async function mustBeAnchored(tx: Asked, organization: string, own: Checkpoint, { id, head }: Anchor): Promise<void> {
  const [row] = indexedRows.parse(
    await tx.query(
      `select l.index::text as index, l.bytes from upheld_audit.mention m
       join upheld_audit.leaf l on l.log = m.log and l.index = m.index
       where m.organization_id = $1 and m.target = '@anchor' and m.log = $2 order by m.index desc limit 1`,
      [organization, id],
    ),
  )
  const leaf = row === undefined ? undefined : anchorLeafForm.safeParse(readLeaf(row.bytes)).data
  const name = createHash('sha256').update(own.origin).digest('base64')
  const said = leaf?.heads.find(one => one.log === name)
  if (row === undefined || said?.size !== own.size || said.root !== own.root.toString('base64')) {
    throw new Broken('fork', 'the anchor log does not say the head of this log')
  }
  const nodes = await nodesFor(tx, id, [head.size], [row.index])
  const proof = proven(() => inclusionProof(nodes, row.index, head.size))
  const size = head.size
  const stands =
    proof !== undefined &&
    provesInclusion({ index: row.index, size, leaf: leafHash(row.bytes), proof, root: head.root })
  if (!stands) throw new Broken('fork', 'the leaf about this log does not stand under the head of the anchor log')
}

/** Hashes that proofs at these sizes and about these leaves are made of, out of leaves and tiles: believed by their proof alone. */
async function nodesFor(
  tx: Asked,
  log: string,
  sizes: readonly number[],
  indexes: readonly number[],
): Promise<ReturnType<typeof subtreeAt>> {
  const nodes = new Map<string, Buffer>()
  const leaves = await tx.query(
    `select distinct l.index::text as index, l.bytes from unnest($2::bigint[]) s (size)
     join upheld_audit.leaf l on l.log = $1 and l.index >= s.size - s.size % 256 and l.index < s.size`,
    [log, sizes],
  )
  for (const row of indexedRows.parse(leaves)) nodes.set(`0.${row.index}`, leafHash(row.bytes))
  const tiles = await tx.query(
    `select distinct t.level::text as level, t.index::text as index, t.hashes, t.root
     from upheld_audit.tile t where t.log = $1 and (
       exists (select from unnest($2::bigint[]) s (size)
         where t.index >= ((s.size >> (8 * (t.level + 1))) & ~255::bigint) and t.index < (s.size >> (8 * (t.level + 1))))
       or exists (select from unnest($3::bigint[]) i (index) where t.index = i.index >> (8 * (t.level + 1))))`,
    [log, sizes, indexes],
  )
  for (const { level, index, hashes, root } of tileRows.parse(tiles)) {
    nodes.set(`${level + 1}.${index}`, root)
    for (const [i, hash] of decodeHashes(hashes).entries()) nodes.set(`${level}.${index * 256 + i}`, hash)
  }
  return subtreeAt((level, at) => nodes.get(`${level}.${at}`))
}

/** A proof that cannot be made, for a leaf or a tile that is not there, proves nothing. */
function proven(make: () => Buffer[]): Buffer[] | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

function opened(note: string, key: string): Checkpoint {
  try {
    return openCheckpoint(note, parseVerifierKey(key))
  } catch {
    throw new Broken('forge', 'a head does not open with the key of its log')
  }
}

/** With the key of any epoch of this log. */
async function openedBySome(tx: Asked, log: string, note: string): Promise<Checkpoint> {
  const rows = keyRows.parse(
    await tx.query('select verifier_key as key from upheld_audit.log_key where log = $1 order by epoch desc', [log]),
  )
  for (const { key } of rows) {
    try {
      return opened(note, key)
    } catch (thrown) {
      if (!(thrown instanceof Broken)) throw thrown
    }
  }
  throw new Broken('forge', 'the head that was kept outside opens with no key of the anchor log')
}
