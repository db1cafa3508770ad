import { z } from 'zod'
import {
  inclusionProof,
  formatProof,
  parseNote,
  parsePolicy,
  parseVerifierKey,
  readByPolicy,
  subtreeAt,
  tileWidth,
} from '../../core/transparency/index.ts'
import type { Organization, Statements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { Disclosure } from './verify/index.ts'
import type { AuditSource, FormerKey } from './write.ts'

// The log of one organization through its own handle: what row security does not show it, no bundle can hold.

// The driver gives 64-bit integers as text.
const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const id = z.coerce.string()
const bytes = z.instanceof(Uint8Array).transform(one => Buffer.from(one))
const log = z.object({
  id,
  origin: z.string(),
  verifier_key: z.string(),
  size: count,
  checkpoint: z.string(),
  minimum_index: count,
})
const logs = z.array(log)
const closed = z.array(log.extend({ successor: id }))
const keys = z.array(
  z.object({ verifier_key: z.string(), since_size: count, leaf: bytes.nullable(), handover: z.string().nullable() }),
)
const rules = z.array(z.object({ rules: z.string() }))
const leaves = z.array(z.object({ bytes }))
const anchors = z.array(z.object({ log: id, index: count, bytes }))
const cosignatures = z.array(z.object({ size: count, checkpoint: z.string(), line: z.string() }))
const hashes = z.array(z.object({ level: count, at: count, hash: bytes }))
const disclosures = z.array(
  z.object({
    index: count,
    name: z.string(),
    salt: bytes.nullable(),
    value: z.string().nullable(),
    erased_by: z.string().nullable(),
    erased_index: count.nullable(),
  }),
)

/** Entries fetched with one statement: 32 MB at the very most. */
const fetchedAtOnce = 8 * tileWidth

export interface SourceOptions {
  /** Witnesses, groups and quorum of the anchor log, C2SP tlog-policy without its log line. Those of the system when absent. */
  readonly witnesses?: string
}

/**
 * The open audit log of an organization, up to its signed head of now, and the closed ones that it follows.
 * @throws export.no_log
 */
export async function auditSource(organization: Organization, options: SourceOptions = {}): Promise<AuditSource> {
  const { own, before } = await organization.transaction(tx => readStart(tx, organization.id, options), {
    isolation: 'repeatable read',
    access: 'read only',
  })
  return sourceOf(
    organization,
    own,
    before.map(one => sourceOf(organization, one, [])),
  )
}

function sourceOf(organization: Organization, { log, ...said }: Start, before: readonly AuditSource[]): AuditSource {
  return Object.freeze({
    key: log.verifier_key,
    checkpoint: log.checkpoint,
    minimum: log.minimum_index,
    anchoring: said.anchoring,
    policy: said.policy,
    former: said.former,
    before,
    leaves: inAdvance((from, to) => readLeaves(organization, log.id, from, Math.min(to, log.size)), log.size),
    prunedTile: (index: number) => readTile(organization, log.id, index),
    disclosures: (from: number, to: number) => readDisclosures(organization, { log: log.id, size: log.size, from, to }),
  })
}

interface Start {
  readonly log: z.output<typeof logs>[number]
  readonly policy: string
  readonly anchoring: AuditSource['anchoring']
  readonly former: AuditSource['former']
}

const columns = 'id, origin, verifier_key, size, checkpoint, minimum_index'

/** Head, anchor leaf and proof, keys, and the heads of closed logs, at one moment. */
async function readStart(
  tx: Statements,
  organization: string,
  { witnesses }: SourceOptions,
): Promise<{ readonly own: Start; readonly before: readonly Start[] }> {
  const [log] = logs.parse(
    await tx.query(`select ${columns} from upheld_audit.log where organization_id = $1 and closed_at is null`, [
      organization,
    ]),
  )
  const [anchor] = logs.parse(
    await tx.query(`select ${columns} from upheld_audit.log where organization_id is null and closed_at is null`),
  )
  if (log === undefined || anchor === undefined) throw refuse.no_log()
  const [kept] = rules.parse(await tx.query('select rules from upheld_audit.witnesses'))
  const policy = `log ${anchor.verifier_key}\n${witnesses ?? kept?.rules ?? 'quorum none\n'}`
  const anchoring = await readAnchoring(tx, organization, { anchor, policy })
  const before: Start[] = []
  for (const one of await closedBefore(tx, organization, log)) {
    before.push({ log: one, policy, anchoring: undefined, former: await formerKeys(tx, one.id) })
  }
  return { own: { log, policy, anchoring, former: await formerKeys(tx, log.id) }, before }
}

/**
 * The logs that this one follows, the newest first. One whose successor has lost its first leaf to pruning is older than
 * anything that is kept, and nothing would show that it belongs there.
 */
async function closedBefore(
  tx: Statements,
  organization: string,
  open: z.output<typeof logs>[number],
): Promise<z.output<typeof logs>> {
  const rows = closed.parse(
    await tx.query(
      `select ${columns}, successor from upheld_audit.log where organization_id = $1 and successor is not null`,
      [organization],
    ),
  )
  const found: z.output<typeof logs> = []
  for (let later = open; later.minimum_index === 0 && found.length <= rows.length;) {
    const one = rows.find(({ successor }) => successor === later.id)
    if (one === undefined) break
    found.push(one)
    later = one
  }
  return found
}

/** The keys of a log but the last one, as far back as each has handed over to the next. */
async function formerKeys(tx: Statements, log: string): Promise<FormerKey[]> {
  const rows = keys.parse(
    await tx.query(
      'select verifier_key, since_size, leaf, handover from upheld_audit.log_key where log = $1 order by epoch',
      [log],
    ),
  )
  const former = rows.slice(0, -1).map(({ verifier_key: key }, i) => {
    const next = rows[i + 1]
    return { key, until: next?.since_size ?? 0, leaf: next?.leaf ?? null, checkpoint: next?.handover ?? null }
  })
  const known = former.flatMap(({ key, until, leaf, checkpoint }) =>
    leaf === null || checkpoint === null ? [undefined] : [{ key, until, leaf, checkpoint }],
  )
  return known.slice(known.lastIndexOf(undefined) + 1).flatMap(one => one ?? [])
}

/** What the anchor log says of the newest head of an organization. */
async function readAnchoring(
  tx: Statements,
  organization: string,
  { anchor, policy }: { readonly anchor: z.output<typeof logs>[number]; readonly policy: string },
): Promise<AuditSource['anchoring']> {
  const [leaf] = anchors.parse(
    await tx.query(
      `select m.log, m.index, l.bytes from upheld_audit.mention m
       join upheld_audit.leaf l on l.log = m.log and l.index = m.index
       where m.organization_id = $1 and m.target = '@anchor' and m.log = $2 order by m.index desc limit 1`,
      [organization, anchor.id],
    ),
  )
  if (leaf === undefined) return undefined
  const note = await anchorNote(tx, anchor, policy, leaf.index)
  return { leaf: leaf.bytes, proof: await anchorProof(tx, anchor.id, leaf.index, note) }
}

/** The newest head of the anchor log that a quorum has signed and that holds the leaf; without one, the newest there is. */
async function anchorNote(
  tx: Statements,
  anchor: z.output<typeof logs>[number],
  policyText: string,
  index: number,
): Promise<{ readonly size: number; readonly note: string }> {
  const policy = parsePolicy(Buffer.from(policyText))
  const rows = cosignatures.parse(
    await tx.query(
      `select size, checkpoint, line from upheld_audit.cosignature
       where log = $1 and size > $2 and witness = any ($3::text[]) order by size desc, witness`,
      [anchor.id, index, policy.witnesses.map(({ key }) => key.encoded)],
    ),
  )
  const newest = { size: anchor.size, note: anchor.checkpoint + linesUnder(rows, anchor.checkpoint) }
  // One that a former key of the anchor log signed is not by this policy.
  const ours = parseVerifierKey(anchor.verifier_key)
  const heads = [...new Map(rows.map(row => [row.checkpoint, row.size]))].filter(([checkpoint]) =>
    parseNote(checkpoint).signatures.some(({ id }) => id === ours.id),
  )
  const cosigned = heads.map(([checkpoint, size]) => ({ size, note: checkpoint + linesUnder(rows, checkpoint) }))
  return [newest, ...cosigned].find(({ note }) => readByPolicy(note, policy).hasQuorum) ?? newest
}

function linesUnder(rows: z.output<typeof cosignatures>, checkpoint: string): string {
  return rows
    .filter(row => row.checkpoint === checkpoint)
    .map(({ line }) => line)
    .join('')
}

/** A tlog-proof out of stored tiles: which hashes it needs is found by making it once with none of them. */
async function anchorProof(
  tx: Statements,
  log: string,
  index: number,
  { size, note }: { readonly size: number; readonly note: string },
): Promise<string> {
  const needed: [level: number, at: number][] = []
  const asked = subtreeAt((level, at) => {
    needed.push([level, at])
    return Buffer.alloc(32)
  })
  inclusionProof(asked, index, size)
  const rows = hashes.parse(
    await tx.query(
      `with wanted as (select * from unnest($2::int[], $3::bigint[]) as wanted (level, at))
       select w.level, w.at, sha256('\\x00'::bytea || l.bytes) as hash
       from wanted w join upheld_audit.leaf l on w.level = 0 and l.log = $1 and l.index = w.at
       union all
       select w.level, w.at, t.root
       from wanted w join upheld_audit.tile t on w.level > 0 and t.log = $1 and t.level = w.level - 1 and t.index = w.at`,
      [log, needed.map(([level]) => level), needed.map(([, at]) => at)],
    ),
  )
  const known = new Map(rows.map(({ level, at, hash }) => [`${level}/${at}`, hash]))
  const subtree = subtreeAt((level, at) => {
    const hash = known.get(`${level}/${at}`)
    if (hash === undefined) throw refuse.bad_source({ detail: 'A hash of the anchor log is missing.' })
    return hash
  })
  return formatProof({ index, hashes: inclusionProof(subtree, index, size), checkpoint: note })
}

/** Reads more than was asked for, since what comes next is asked for next. */
function inAdvance(
  read: (from: number, to: number) => Promise<Buffer[]>,
  size: number,
): (from: number, to: number) => Promise<readonly Buffer[]> {
  let [start, held]: [number, Buffer[]] = [0, []]
  return async (from, to) => {
    if (from < start || to > start + held.length) {
      held = await read(from, Math.min(size, Math.max(to, from + fetchedAtOnce)))
      start = from
    }
    return held.slice(from - start, to - start)
  }
}

async function readLeaves(organization: Organization, log: string, from: number, to: number): Promise<Buffer[]> {
  const rows = await organization.query(
    `select bytes from upheld_audit.leaf
     where organization_id = $1 and log = $2 and index >= $3 and index < $4 order by index`,
    [organization.id, log, from, to],
  )
  return leaves.parse(rows).map(row => row.bytes)
}

async function readTile(organization: Organization, log: string, index: number): Promise<Buffer> {
  const rows = await organization.query(
    'select hashes as bytes from upheld_audit.tile where log = $1 and level = 0 and index = $2',
    [log, index],
  )
  return leaves.parse(rows)[0]?.bytes ?? Buffer.of()
}

async function readDisclosures(
  organization: Organization,
  { log, size, from, to }: { readonly log: string; readonly size: number; readonly from: number; readonly to: number },
): Promise<Disclosure[]> {
  const rows = await organization.query(
    `select l.index, d.name, d.salt, d.value, d.erased_by, e.index as erased_index
     from upheld_audit.leaf l
     join upheld_audit.disclosure d on d.organization_id = l.organization_id and d.entry = l.id
     left join upheld_audit.leaf e on e.organization_id = d.organization_id and e.id = d.erased_by and e.log = l.log and e.index < $5
     where l.organization_id = $1 and l.log = $2 and l.index >= $3 and l.index < $4
     order by l.index, d.name collate "C"`,
    [organization.id, log, from, to, size],
  )
  return disclosures
    .parse(rows)
    .map(({ index: entry, name, salt, value, erased_by: by, erased_index: at }) =>
      salt === null || value === null
        ? { entry, name, erasedBy: { id: by ?? '', ...(at === null ? {} : { index: at }) } }
        : { entry, name, salt, value },
    )
}
