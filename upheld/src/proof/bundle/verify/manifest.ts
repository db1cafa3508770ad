import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../core/json.ts'
import type { JsonObject } from '../../../core/json.ts'
import { isObject, readCanonical } from '../../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import { handoverPaths } from './handover.ts'

// The first file of a bundle says what the bundle is and which files follow. It vouches for nothing: the files whose
// digests it holds are those that no signature and no tree covers byte for byte.

const bundleType = 'upheld/audit-bundle@v1'
export const manifestPath = 'bundle.json'
export const proofsMax = 64
export const formerMax = 64
export const beforeMax = 64

/** Files after the manifest and before the entries, in this order. */
export const plainFiles = ['README.txt', 'policy.txt', 'checkpoint'] as const
export const anchorFiles = ['anchor/leaf.json', 'anchor/head.tlog-proof'] as const

export interface Manifest {
  /** Verifier key of the organization's log. */
  readonly key: string
  readonly size: number
  /** Leaves below were pruned: their hashes are here, their texts are not. A multiple of 256. */
  readonly minimum: number
  /** Whether the anchor log's proof is here. */
  readonly anchored: boolean
  /** Keys that signed before, in their order: each up to the entry at `until`, which names the next one. At most 64. */
  readonly former: readonly { readonly key: string; readonly until: number }[]
  /** How many logs that this one follows come behind it in the archive, the newest first. At most 64. */
  readonly before: number
  /** Indices of entries that have a proof file of their own, ascending. */
  readonly proofs: readonly number[]
  readonly digests: Readonly<Record<string, string>>
}

export function formatManifest(manifest: Manifest): Buffer {
  const { key, size, minimum, anchored, former, before, proofs, digests } = manifest
  const said = { type: bundleType, key, size, minimum, anchored, former, before, proofs, digests }
  return Buffer.from(`${canonicalJson(said)}\n`)
}

/** The files between the manifest and the entries, in their order. */
export function papersOf({ anchored, former }: Pick<Manifest, 'anchored' | 'former'>): readonly string[] {
  return [...plainFiles, ...(anchored ? anchorFiles : []), ...handoverPaths(former)]
}

/** Where the files of the log stand that so many others follow in one archive. */
export function sectionPath(at: number): string {
  return at === 0 ? '' : `before/${at}/`
}

export function fileDigest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** @throws bundle.bad_archive */
export function readManifest(bytes: Buffer): Manifest {
  const text = bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : Buffer.of()
  const value = readCanonical(text)
  if (!isObject(value) || value['type'] !== bundleType || Object.keys(value).length !== 9) throw bad()
  const { key, anchored } = value
  const [size, minimum] = [indexAt(value, 'size'), indexAt(value, 'minimum')]
  const { proofs, digests } = value
  const before = indexAt(value, 'before')
  if (typeof key !== 'string' || typeof anchored !== 'boolean') throw bad()
  if (minimum % 256 !== 0 || minimum > size || before > beforeMax) throw bad()
  const former = formerKeys(value['former'], size)
  const listed = { proofs: indices(proofs, size, minimum), digests: texts(digests) }
  const manifest = { key, size, minimum, anchored, former, before, ...listed }
  const files = papersOf(manifest)
  if (Object.keys(manifest.digests).sort().join() !== [...files].sort().join()) throw bad()
  return manifest
}

function bad(): Error {
  return refuse.bad_archive({ detail: `Its first file is not the ${manifestPath} of an ${bundleType}.` })
}

function indexAt(object: JsonObject, key: string): number {
  const value = object[key]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw bad()
  return value
}

function indices(value: JsonObject[string] | undefined, size: number, minimum: number): number[] {
  if (!Array.isArray(value) || value.length > proofsMax) throw bad()
  let last = minimum - 1
  return value.map((index: unknown) => {
    if (typeof index !== 'number' || !Number.isSafeInteger(index) || index <= last || index >= size) throw bad()
    last = index
    return index
  })
}

function formerKeys(value: JsonObject[string] | undefined, size: number): Manifest['former'] {
  if (!Array.isArray(value) || value.length > formerMax) throw bad()
  let last = -1
  return value.map((one: JsonObject[string]) => {
    if (!isObject(one) || Object.keys(one).length !== 2) throw bad()
    const { key } = one
    const until = indexAt(one, 'until')
    if (typeof key !== 'string' || until <= last || until >= size) throw bad()
    last = until
    return { key, until }
  })
}

function texts(value: JsonObject[string] | undefined): Record<string, string> {
  if (!isObject(value)) throw bad()
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (typeof text !== 'string') throw bad()
      return [name, text]
    }),
  )
}
