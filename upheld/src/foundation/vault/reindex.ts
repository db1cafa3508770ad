import type { OrganizationId } from '../../core/ids.ts'
import { blindIndexOf } from './blind-index.ts'
import type { DataKey } from './chain-port.ts'
import type { Pace } from './crowd.ts'
import { checkedRecords, isLive } from './records.ts'
import { isOfThisValue, type ResealPorts } from './reseal.ts'
import type { SealedChange, SealedColumn, SealedRow } from './sealed-rows.ts'

/** The domain of the keys that blind indexes are made with. */
export const indexDomain = 'index'

export interface Reindexed {
  readonly reindexed: number
  /** Indexes that no key of ours makes of the value beside them, such as those of a value that was changed first: left alone. */
  readonly foreign: number
  /** Indexes that the last walk still found to be others than they should be. */
  readonly left: number
  readonly complete: boolean
}

const rowsUsual = 200
const passesMax = 50

/**
 * Makes every blind index of an organization anew from the value beside it, under the key that is active now. An index
 * does not say which key made it, so every value is opened and compared; nothing is left when a whole walk found nothing
 * to change. Until then a look-up can miss rows that are not done yet.
 */
export async function reindex(
  ports: ResealPorts,
  organization: OrganizationId,
  { rowsMax = rowsUsual, ...pace }: Pace & { readonly rowsMax?: number } = {},
): Promise<Reindexed> {
  ports.sealer.forget(organization)
  const keys = await indexKeys(ports, organization)
  const columns = (await ports.rows.columns(organization)).labelled.filter(({ indexed }) => indexed)
  let reindexed = 0
  let pass: Pass = { found: 0, changed: 0, foreign: 0 }
  for (let passes = 0; passes < passesMax; passes++) {
    pass = { found: 0, changed: 0, foreign: 0 }
    for (const column of columns) {
      for await (const batch of batches(ports, organization, column, rowsMax)) {
        if (pace.signal?.aborted === true) return { ...asResult(pass, reindexed), complete: false }
        const changes = await Promise.all(batch.map(row => changeFor(ports, organization, keys, column, row, pass)))
        const due = changes.filter(change => change !== undefined)
        pass.found += due.length
        pass.changed += await ports.rows.replace(organization, column, due)
        pace.onProgress?.({ says: `blind indexes of ${column.says} made anew`, done: reindexed + pass.changed })
      }
    }
    if (pass.found === 0) break
    reindexed += pass.changed
  }
  return asResult(pass, reindexed)
}

/** What one walk over all columns found. */
interface Pass {
  found: number
  changed: number
  foreign: number
}

function asResult({ found, foreign }: Pass, reindexed: number): Reindexed {
  return { reindexed, foreign, left: found, complete: found + foreign === 0 }
}

async function* batches(
  { rows }: ResealPorts,
  organization: OrganizationId,
  column: SealedColumn,
  rowsMax: number,
): AsyncGenerator<readonly SealedRow[]> {
  let after: readonly string[] | undefined
  for (;;) {
    const batch = await rows.read(organization, column, { rowsMax, ...(after === undefined ? {} : { after }) })
    const last = batch.at(-1)
    if (last === undefined) return
    after = last.key
    yield batch
  }
}

/** The keys that an index can have been made with: the one that is active, and all that came before it. */
interface IndexKeys {
  readonly active: DataKey
  readonly older: readonly DataKey[]
}

async function indexKeys({ store, sealer }: ResealPorts, organization: OrganizationId): Promise<IndexKeys> {
  const active = await sealer.dataKey(organization, indexDomain)
  const records = checkedRecords(await store.list(organization, indexDomain), organization, indexDomain)
  const before = records.filter(record => record.epoch < active.epoch && isLive(record))
  const older = await Promise.all(before.map(({ id }) => sealer.dataKeyById(organization, indexDomain, id)))
  return { active, older }
}

async function changeFor(
  { sealer }: ResealPorts,
  organization: OrganizationId,
  keys: IndexKeys,
  { table, column, indexBits }: SealedColumn,
  was: SealedRow,
  pass: Pass,
): Promise<SealedChange | undefined> {
  if (was.index === undefined) return undefined
  const subject = was.subject === undefined ? {} : { subject: was.subject }
  try {
    const bytes = (await sealer.open(organization, { table, column, row: was.row, ...subject }, was.envelope)).bytes()
    const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
    bytes.fill(0)
    const under = (key: DataKey): Buffer =>
      blindIndexOf(key, { table, column, ...(indexBits === undefined ? {} : { bits: indexBits }) }, value)
    const index = under(keys.active)
    if (index.equals(was.index)) return undefined
    if (keys.older.some(key => under(key).equals(was.index ?? index))) return { was, envelope: was.envelope, index }
    pass.foreign += 1
  } catch (thrown) {
    if (!isOfThisValue(thrown)) throw thrown
    pass.foreign += 1
  }
  return undefined
}
