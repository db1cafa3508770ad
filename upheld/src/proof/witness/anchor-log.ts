import { z } from 'zod'
import { assert } from '../../core/errors.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { consistencyProof, parseVerifierKey, subtreeAt } from '../../core/transparency/index.ts'
import type { Cosignature, NoteVerifier } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import type { WitnessedLog } from './push.ts'

// The anchor log as it shows itself to witnesses, over the login of the recorder.

// The driver gives 64-bit integers as text.
const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const heads = z.array(
  z.object({ id: z.coerce.string(), verifier_key: z.string(), size: count, checkpoint: z.string() }),
)
const sizes = z.array(z.object({ size: count }))
const hashes = z.array(z.object({ level: count, at: count, hash: z.instanceof(Buffer) }))

/**
 * The open anchor log. A log that takes its place after a rollback has another name, and is shown by another call.
 * @throws witness.no_log while the recorder has not started it
 */
export async function anchorLog(db: Database): Promise<WitnessedLog> {
  const { id, verifier_key } = await openHead(db)
  let key = parseVerifierKey(verifier_key)
  return Object.freeze({
    /** The key of the head that was read last: a log may change its key. */
    get key() {
      return key
    },
    async head() {
      const head = await openHead(db)
      if (head.id !== id) throw refuse.no_log({ detail: 'Another log has taken its place.' })
      const { size, checkpoint } = head
      key = parseVerifierKey(head.verifier_key)
      return { size, checkpoint, proof: (oldSize: number) => proofFrom(db, { log: id, oldSize, size }) }
    },
    async sizeAt(witness: NoteVerifier) {
      const { rows } = await db.query('select size from upheld_audit.cosignature where log = $1 and witness = $2', [
        id,
        witness.encoded,
      ])
      return sizes.parse(rows)[0]?.size ?? 0
    },
    async keep(size: number, checkpoint: string, { witness, line, at }: Cosignature) {
      await db.query(
        `insert into upheld_audit.cosignature as c (log, witness, size, checkpoint, line, at) values ($1, $2, $3, $4, $5, $6)
         on conflict (log, witness) do update
           set size = excluded.size, checkpoint = excluded.checkpoint, line = excluded.line, at = excluded.at
         where excluded.size >= c.size`,
        [id, witness.encoded, size, checkpoint, line, at],
      )
    },
  })
}

/** Keeps who the witnesses are and how many must sign, for the policy of every bundle. Nobody when absent. */
export async function keepRules(db: Queryable, rules = 'quorum none\n'): Promise<void> {
  await db.query(
    `insert into upheld_audit.witnesses as w (rules) values ($1)
     on conflict (one) do update set rules = excluded.rules where w.rules <> excluded.rules`,
    [rules],
  )
}

async function openHead(db: Queryable): Promise<z.output<typeof heads>[number]> {
  const { rows } = await db.query(
    `select id, verifier_key, size, checkpoint from upheld_audit.log where organization_id is null and closed_at is null`,
  )
  const [head] = heads.parse(rows)
  if (head === undefined) throw refuse.no_log()
  return head
}

/** Which hashes the proof needs is found by making it once with none of them; then one statement fetches them. */
async function proofFrom(
  db: Queryable,
  { log, oldSize, size }: { readonly log: string; readonly oldSize: number; readonly size: number },
): Promise<Buffer[]> {
  const needed: [level: number, at: number][] = []
  const asked = subtreeAt((level, at) => {
    needed.push([level, at])
    return Buffer.alloc(32)
  })
  if (consistencyProof(asked, oldSize, size).length === 0) return []
  const { rows } = await db.query(
    `with wanted as (select * from unnest($2::int[], $3::bigint[]) as wanted (level, at))
     select w.level, w.at, sha256('\\x00'::bytea || l.bytes) as hash
     from wanted w join upheld_audit.leaf l on w.level = 0 and l.log = $1 and l.index = w.at
     union all
     select w.level, w.at, t.root
     from wanted w join upheld_audit.tile t on w.level > 0 and t.log = $1 and t.level = w.level - 1 and t.index = w.at`,
    [log, needed.map(([level]) => level), needed.map(([, at]) => at)],
  )
  const known = new Map(hashes.parse(rows).map(({ level, at, hash }) => [`${level}/${at}`, hash]))
  const stored = subtreeAt((level, at) => {
    const hash = known.get(`${level}/${at}`)
    assert(hash !== undefined, 'a log keeps every hash of its tree')
    return hash
  })
  return consistencyProof(stored, oldSize, size)
}
