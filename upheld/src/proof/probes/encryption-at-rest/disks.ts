import { createHash } from 'node:crypto'
import { cannotProbe, type DiskWatch, type Report } from '../../claims/index.ts'
import { findIn, type Wanted } from '../encryption-fields/leaks.ts'
import type { Hand } from '../objects/hand.ts'
import type { Lying } from './objects.ts'

interface Searched {
  readonly hand: Hand
  readonly lying: readonly Lying[]
  /** What every canary begins with. */
  readonly stem: string
  /** Stands in a record of the database in clear: where it is not found, nothing was read. */
  readonly marker: string
}

/**
 * Everything that was written since: no canary is in it, in any spelling, neither in bytes nor in the names of files.
 * Positive control: each blob is met as it lies, byte for byte, and in the database the marker.
 */
export async function searchDisks(watch: DiskWatch, searched: Searched, report: Report): Promise<void> {
  const { hand, lying, stem, marker } = searched
  const control: Wanted = { value: marker, where: 'the control' }
  const any: Wanted = { value: stem, where: 'a canary' }
  const missing = new Set<string>()
  for (const { blobKey } of lying) missing.add(sha256(await hand.raw(blobKey)))
  const shown = new Set<string>()
  for await (const piece of watch.pieces()) {
    const { store, name } = piece
    if (report.signal.aborted) return
    const digest = createHash('sha256')
    const found = await findIn(hashed(piece.bytes(), digest), [any, control], 'utf8')
    const named = await findIn(only(plainOf(name)), [any], 'utf8')
    missing.delete(digest.digest('hex'))
    if (found.includes(control)) shown.add(store)
    const attack = `read the ${store}`
    // A file of the store may carry a name that says something: the finding does not repeat it.
    const where = store === 'objects' ? `a file ${sha256(Buffer.from(name)).slice(0, 12)}` : name
    if (named.length > 0) report.refute({ attack, where, saw: 'the name of an object, in the name of a file' })
    else if (found.includes(any)) report.refute({ attack, where, saw: await whichOf(piece.bytes(), lying) })
    else report.observe(attack, where)
  }
  if (missing.size > 0) throw cannotProbe('A blob was not found in the store of objects: it was not read.')
  for (const store of ['database files', 'write-ahead log', 'dump'])
    if (!shown.has(store))
      throw cannotProbe(`What was written in clear was not found in the ${store}: it was not read.`)
}

async function whichOf(bytes: AsyncIterable<Uint8Array>, lying: readonly Lying[]): Promise<string> {
  const found = await findIn(
    bytes,
    lying.flatMap(({ canaries }) => canaries),
    'utf8',
  )
  const places = found.map(({ where }) => where)
  return `${places.slice(0, 3).join(', ') || 'a canary'}, where nothing is sealed`
}

/** The keys of blobs stand in lists and in logs of the store. */
export async function readKeys(lying: readonly Lying[], written: readonly string[], report: Report): Promise<void> {
  for (const { label: where, canaries } of lying) {
    const found = await findIn(only(plainOf(written.join('\n'))), canaries, 'utf8')
    const attack = 'read the keys of blobs'
    if (found.length === 0) report.observe(attack, where)
    for (const one of found) report.refute({ attack, where, saw: `${one.where}, in clear` })
  }
}

/** Without what keys are divided by. */
function plainOf(text: string): string {
  return text.replaceAll(/[/\\.-]/g, '')
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function* hashed(
  bytes: AsyncIterable<Uint8Array>,
  digest: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const part of bytes) {
    digest.update(part)
    yield part
  }
}

async function* only(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
