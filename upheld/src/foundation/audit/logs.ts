import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { UpheldError } from '../../core/errors.ts'
import type { Queryable } from '../../core/ports.ts'
import { readLeaf } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import { originHash } from './grow.ts'
import { emptyHead, proveHead } from './heads.ts'
import type { Head } from './heads.ts'
import type { LogKeys } from './keys.ts'
import { insertLogs, lockLogs, readAnchored, readEdges } from './store.ts'
import type { LogRow } from './store.ts'

// Many logs in one set of tables: their heads, locked and proven, whatever their number, in a fixed number of statements.

/** Heads that this process wrote or proved itself, and did not see change since. */
export type Remembered = Map<string, Head>

const rememberedMax = 1_000
const anchorLeaf = z.object({ heads: z.array(z.object({ log: z.string(), size: z.number(), root: z.string() })) })

export interface OpenLogs {
  /** By organization. */
  readonly heads: ReadonlyMap<string, Head>
  /** Organizations whose log does not hold, with what is wrong with it: nothing may be signed for them. */
  readonly refused: ReadonlyMap<string, UpheldError>
  /** Closed logs that the new log of an organization succeeds, by organization. */
  readonly succeeded: ReadonlyMap<string, LogRow>
}

/** The open logs of these organizations, locked in order; made for those that have none. */
export async function openLogs(
  tx: Queryable,
  organizations: readonly string[],
  { host, keys, remembered }: { readonly host: string; readonly keys: LogKeys; readonly remembered: Remembered },
): Promise<OpenLogs> {
  const found = await lockLogs(tx, organizations)
  const open = new Map(found.filter(({ closed }) => !closed).map(row => [String(row.organization), row]))
  const missing = organizations.filter(organization => !open.has(organization))
  const made =
    missing.length === 0
      ? []
      : await insertLogs(
          tx,
          missing.map(organization => newLog(organization, host, keys)),
        )
  const closed = new Map(found.filter(row => row.closed).map(row => [String(row.organization), row]))
  const succeeded = new Map(
    missing.flatMap(organization => {
      const before = closed.get(organization)
      return before === undefined ? [] : [[organization, before] satisfies [string, LogRow]]
    }),
  )
  const { heads, refused } = await proven(tx, [...open.values(), ...made], keys, remembered)
  return { heads, refused, succeeded }
}

/** Random, since witnesses see it. */
function newLog(organization: string, host: string, keys: LogKeys): Parameters<typeof insertLogs>[1][number] {
  const origin = `${host}/upheld/audit/${randomBytes(16).toString('hex')}`
  return { organization, origin, epoch: keys.epoch, ...emptyHead(origin, keys) }
}

/** Proves heads against signature, leaves, tiles, and what the anchor log says of them. */
async function proven(
  tx: Queryable,
  rows: readonly LogRow[],
  keys: LogKeys,
  remembered: Remembered,
): Promise<Pick<OpenLogs, 'heads' | 'refused'>> {
  const [heads, refused] = [new Map<string, Head>(), new Map<string, UpheldError>()]
  const unknown: LogRow[] = []
  for (const row of rows) {
    const known = remembered.get(row.id)
    if (known?.row.checkpoint === row.checkpoint && known.row.size === row.size)
      heads.set(String(row.organization), { ...known, row })
    else if (known !== undefined && known.row.size > row.size)
      refused.set(
        String(row.organization),
        refuse.rolled_back({ detail: `${row.origin} has ${row.size} leaves; ${known.row.size} were written.` }),
      )
    else unknown.push(row)
  }
  if (unknown.length === 0) return { heads, refused }
  const grown = unknown.filter(({ size }) => size > 0)
  const edges = grown.length === 0 ? new Map<string, never>() : await readEdges(tx, grown)
  const anchored =
    grown.length === 0
      ? new Map<string, never>()
      : await readAnchored(
          tx,
          grown.map(({ organization }) => String(organization)),
        )
  for (const row of unknown) {
    const organization = String(row.organization)
    try {
      const head = proveHead(row, edges.get(row.id) ?? [], keys)
      if (row.size > 0) holdToLeaf(head, anchored.get(organization))
      heads.set(organization, head)
    } catch (thrown) {
      if (!(thrown instanceof UpheldError)) throw thrown
      refused.set(organization, thrown)
    }
  }
  return { heads, refused }
}

/** Every head that moved is in the anchor log since the same commit: there has to be this one, and none after it. */
function holdToLeaf({ row, root }: Head, bytes: Buffer | undefined): void {
  const leaf = bytes === undefined ? undefined : anchorLeaf.safeParse(readLeaf(bytes)).data
  const own = leaf?.heads.find(one => one.log === originHash(row.origin))
  if (own === undefined) throw refuse.altered({ detail: `The anchor log does not say the head of ${row.origin}.` })
  const { size } = own
  if (row.size < size)
    throw refuse.rolled_back({ detail: `${row.origin} has ${row.size} leaves; the anchor log says ${size}.` })
  if (row.size > size || own.root !== root.toString('base64')) {
    throw refuse.forked({ detail: `The anchor log says another head of ${row.origin}.` })
  }
}

/** Remembers heads that are committed. The oldest are forgotten, and proven again when they are met. */
export function remember(remembered: Remembered, heads: readonly Head[]): void {
  for (const head of heads) {
    remembered.delete(head.row.id)
    remembered.set(head.row.id, head)
  }
  for (const id of remembered.keys()) {
    if (remembered.size <= rememberedMax) return
    remembered.delete(id)
  }
}
