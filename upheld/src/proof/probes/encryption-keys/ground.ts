import { randomBytes } from 'node:crypto'
import type { OrganizationId } from '../../../core/ids.ts'
import type { Address } from '../../../core/ports.ts'
import type { DiskWatch, Keys, Report, World } from '../../claims/index.ts'

type Vault = ReturnType<Keys['vault']>
export type KeyRecord = Awaited<ReturnType<Keys['ports']['store']['list']>>[number]

const table = 'probe.canary'
export const domain = `table:${table}`

/** Where the canaries of this probe are sealed for. They are in no row: what is tried here are the keys. */
export const placeOf = (row: string, subject?: string): Address => ({
  table,
  column: 'value',
  row,
  ...(subject === undefined ? {} : { subject }),
})

export interface Ground {
  readonly world: World
  readonly keys: Keys
  readonly report: Report
  readonly thief: OrganizationId
  readonly victim: OrganizationId
  /** Since before the first key was ended. */
  readonly watch: DiskWatch
  /** Keys that were ended since. */
  readonly ended: KeyRecord[]
}

export const fresh = (): string => randomBytes(8).toString('hex')

/** With a vault that remembers nothing: what counts is what the keys say now. */
export async function cold<T>({ keys }: Pick<Ground, 'keys'>, work: (vault: Vault) => Promise<T>): Promise<T> {
  const vault = keys.vault()
  try {
    return await work(vault)
  } finally {
    vault.close()
  }
}
