import { pause } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Address } from '../../core/ports.ts'
import type { DataKey } from './chain-port.ts'
import type { Pace } from './crowd.ts'
import { keyIdOf } from './envelope.ts'
import type { KeyDomain, KeyStore } from './ports.ts'
import { checkedRecords, sealing } from './records.ts'
import type { SealedChange, SealedColumn, SealedPlace, SealedRow, SealedRows } from './sealed-rows.ts'

/** What opens and seals meanwhile: a vault of its own, which nobody else fills with keys. */
export interface Sealer {
  open(organization: OrganizationId, address: Address, envelope: Uint8Array): Promise<{ bytes(): Uint8Array }>
  seal(organization: OrganizationId, address: Address, value: Uint8Array): Promise<Buffer>
  dataKey(organization: OrganizationId, domain: KeyDomain): Promise<DataKey>
  dataKeyById(organization: OrganizationId, domain: KeyDomain, id: string): Promise<DataKey>
  forget(organization: OrganizationId): void
}

export interface ResealPorts {
  readonly store: KeyStore
  readonly rows: SealedRows
  readonly sealer: Sealer
}

export interface Resealed {
  readonly resealed: number
  /** Values that do not open: changed, moved from another place, or without a label. They keep the old key alive. */
  readonly unreadable: readonly { readonly says: string; readonly row: string }[]
  /** Left under older keys, counted while the new one sealed. */
  readonly left: number
  /** False when it was stopped before the last. */
  readonly complete: boolean
}

const rowsUsual = 200
/** Rows that an application writes all the time are tried again so often, then left to the next run. */
const passesMax = 50
const betweenPassesMs = 100
/** So many are named. */
const unreadableMax = 100

/** Domains whose values are in sealed columns. */
export function isOfRows(domain: KeyDomain): boolean {
  return domain.startsWith('table:') || domain.startsWith('subject:')
}

interface Work {
  readonly ports: ResealPorts
  readonly organization: OrganizationId
  readonly domain: KeyDomain
  /** The key that seals now, and those before it. */
  readonly keyId: string
  readonly keyIds: readonly string[]
  readonly pace: Pace & { readonly rowsMax: number }
  /** What there was to do at the start. */
  readonly of: number
}

/** What one walk over all columns did. */
interface Pass {
  resealed: number
  unreadable: number
  readonly named: { readonly says: string; readonly row: string }[]
}

/**
 * Seals anew, under the key that is active now, whatever an older key of this domain sealed: looked for in every sealed
 * column that there is, since a key that is ended opens nothing anywhere. Each row changes only while it is what was read,
 * so a write of the application wins; what is done stays done, so whoever was killed anywhere is simply followed by the
 * next one.
 */
export async function reseal(
  ports: ResealPorts,
  organization: OrganizationId,
  domain: KeyDomain,
  { rowsMax = rowsUsual, ...pace }: Pace & { readonly rowsMax?: number } = {},
): Promise<Resealed> {
  const { store, rows, sealer } = ports
  const records = checkedRecords(await store.list(organization, domain), organization, domain)
  const active = sealing(records)
  const keyIds = records.filter(({ epoch }) => epoch < (active?.epoch ?? 0)).map(({ id }) => id)
  if (active === undefined || keyIds.length === 0) return { resealed: 0, unreadable: [], left: 0, complete: true }
  // A vault that sealed before may still hold the key that was active then.
  sealer.forget(organization)
  let left = await under(rows, organization, keyIds)
  const work = { ports, organization, domain, keyId: active.id, keyIds, pace: { ...pace, rowsMax }, of: left.count }
  let resealedBefore = 0
  let pass: Pass = { resealed: 0, unreadable: 0, named: [] }
  for (let passes = 0; passes < passesMax && left.count > pass.unreadable && !isStopped(pace); passes++) {
    if (passes > 0) await pause(betweenPassesMs, pace.signal)
    resealedBefore += pass.resealed
    pass = passOver(left.unlabelled)
    for (const { place } of left.labelled) await walk(work, place, pass, resealedBefore)
    left = await under(rows, organization, keyIds)
  }
  const complete = left.count <= pass.unreadable && !isStopped(pace)
  return { resealed: resealedBefore + pass.resealed, unreadable: pass.named, left: left.count, complete }
}

interface Counted<Place> {
  readonly place: Place
  readonly count: number
}

/** Where values of some keys lie: columns with at least one. */
interface Under {
  readonly labelled: readonly Counted<SealedColumn>[]
  readonly unlabelled: readonly Counted<SealedPlace>[]
  readonly count: number
}

/** Every value under one of these keys, in whatever sealed column it is. */
export async function under(rows: SealedRows, organization: OrganizationId, keyIds: readonly string[]): Promise<Under> {
  const counted = async <Place extends SealedPlace>(places: readonly Place[]): Promise<Counted<Place>[]> => {
    const all = places.map(async place => ({ place, count: await rows.count(organization, place, keyIds) }))
    return (await Promise.all(all)).filter(({ count }) => count > 0)
  }
  const columns = await rows.columns(organization)
  const [labelled, unlabelled] = [await counted(columns.labelled), await counted(columns.unlabelled)]
  return { labelled, unlabelled, count: sumOf([...labelled, ...unlabelled]) }
}

function sumOf(counted: readonly { readonly count: number }[]): number {
  return counted.reduce((sum, { count }) => sum + count, 0)
}

/** What cannot be sealed anew stands in it before a row is read. */
function passOver(unlabelled: readonly Counted<SealedPlace>[]): Pass {
  const named = unlabelled.map(({ place: { says }, count }) => ({ says, row: `one of ${count}: no label` }))
  return { resealed: 0, unreadable: sumOf(unlabelled), named }
}

function isStopped({ signal }: Pace): boolean {
  return signal?.aborted === true
}

async function walk(work: Work, column: SealedColumn, pass: Pass, before: number): Promise<void> {
  const { organization, keyIds, pace } = work
  const { rows } = work.ports
  let after: readonly string[] | undefined
  while (!isStopped(pace)) {
    const from = after === undefined ? {} : { after }
    const batch = await rows.read(organization, column, { keyIds, rowsMax: pace.rowsMax, ...from })
    const last = batch.at(-1)
    if (last === undefined) return
    after = last.key
    pass.resealed += await rows.replace(organization, column, await changesFor(work, column, batch, pass))
    pace.onProgress?.({ says: `values of ${column.says} sealed anew`, done: before + pass.resealed, of: work.of })
  }
}

async function changesFor(
  { ports, organization, domain, keyId }: Work,
  column: SealedColumn,
  batch: readonly SealedRow[],
  pass: Pass,
): Promise<readonly SealedChange[]> {
  const changes = await Promise.all(
    batch.map(async was => {
      const address = addressOf(column, was.row, domain)
      try {
        const envelope = await resealed(ports.sealer, organization, address, was.envelope)
        return keyIdOf(envelope) === keyId ? [{ was, envelope }] : []
      } catch (thrown) {
        if (!isOfThisValue(thrown)) throw thrown
        pass.unreadable += 1
        if (pass.named.length < unreadableMax) pass.named.push({ says: column.says, row: was.row })
        return []
      }
    }),
  )
  return changes.flat()
}

/** A key domain tells the person: a value about nobody is under the key of its table. */
function addressOf({ table, column }: SealedColumn, row: string, domain: KeyDomain): Address {
  const subject = domain.startsWith('subject:') ? { subject: domain.slice('subject:'.length) } : {}
  return { table, column, row, ...subject }
}

async function resealed(
  sealer: Sealer,
  organization: OrganizationId,
  address: Address,
  envelope: Buffer,
): Promise<Buffer> {
  const bytes = (await sealer.open(organization, address, envelope)).bytes()
  try {
    return await sealer.seal(organization, address, bytes)
  } finally {
    bytes.fill(0)
  }
}

/** What is wrong with one value stops nobody; a key or a store that cannot be reached stops all. */
export function isOfThisValue(thrown: unknown): boolean {
  return (
    thrown instanceof UpheldError && ['vault.denied', 'vault.not_sealed', 'vault.unknown_version'].includes(thrown.code)
  )
}

/**
 * The same value for another row of the same organization: what an import that gives new ids, or a copy, has to do. The
 * envelope itself opens in its own row alone.
 */
export async function copySealed(
  sealer: Pick<Sealer, 'open' | 'seal'>,
  organization: OrganizationId,
  { from, to, envelope }: { readonly from: Address; readonly to: Address; readonly envelope: Uint8Array },
): Promise<Buffer> {
  const bytes = (await sealer.open(organization, from, envelope)).bytes()
  try {
    return await sealer.seal(organization, to, bytes)
  } finally {
    bytes.fill(0)
  }
}
