import { basename } from 'node:path'
import { cannotProbe, type DiskWatch, type OutputMark, type Outputs, type Report } from '../../claims/index.ts'
import type { Secrets } from '../logs-restricted/secrets.ts'
import type { Needle, Needles } from '../people/needles.ts'

/** What must stand nowhere, and what must: where that is not found, nothing was read. */
export interface Wanted {
  /** The passwords, whole and in halves, in ten encodings. */
  readonly secrets: Secrets
  /** Plain digests of them, and the marker. */
  readonly looked: Needles
  /** Something that was written in clear, such as the addresses of the persons of this run. */
  readonly marker: Needle
}

const stores = ['database files', 'write-ahead log', 'dump']

/** Everything that was written since: the files, the log of changes, every table. @throws claims.cannot_probe */
export async function searchDisks(watch: DiskWatch, wanted: Wanted, report: Report): Promise<void> {
  const shown = new Set<string>()
  for await (const piece of watch.pieces()) {
    const { store, name } = piece
    if (report.signal.aborted) return
    const seen = new Set<string>()
    await searchOne(() => piece.bytes(), { wanted, attack: `read the ${store}`, where: name, report, seen })
    if (seen.size > 0) shown.add(store)
  }
  for (const store of stores)
    if (!shown.has(store))
      throw cannotProbe(`What was written in clear was not found in the ${store}: it was not read.`)
}

/** Logs, what processes print, and the log of the database server. That they are read at all is the business of `logs.restricted`. */
export async function searchOutputs(outputs: Outputs, mark: OutputMark, wanted: Wanted, report: Report): Promise<void> {
  for await (const piece of outputs.pieces(mark)) {
    const where = piece.store === 'logs' ? basename(piece.name) : 'the log of the database server'
    const seen = new Set<string>()
    await searchOne(() => piece.bytes(), { wanted, attack: `read the ${piece.store}`, where, report, seen })
  }
}

/** A text that somebody else reads: a mail, a page. */
export async function searchText(
  text: string,
  attack: string,
  where: string,
  wanted: Wanted,
  report: Report,
): Promise<void> {
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text)
  }
  await searchOne(bytes, { wanted, attack, where, report, seen: new Set() })
}

interface Search {
  readonly wanted: Wanted
  readonly attack: string
  readonly where: string
  readonly report: Report
  /** Where the marker was met. */
  readonly seen: Set<string>
}

async function searchOne(read: () => AsyncIterable<Uint8Array>, search: Search): Promise<void> {
  const { wanted, attack, where, report, seen } = search
  const found = new Set<Needle>()
  const leak = await wanted.secrets.search(wanted.looked.watch(read(), found))
  const marked = [...found].filter(needle => needle === wanted.marker)
  if (marked.length > 0) seen.add(where)
  const [digest] = [...found].filter(needle => needle !== wanted.marker)
  if (leak !== undefined)
    report.refute({ attack, where, saw: `the password of ${leak.input}, whole or in part, ${leak.form}` })
  if (digest !== undefined) report.refute({ attack, where, saw: digest.says })
  if (leak === undefined && digest === undefined) report.observe(attack, where)
}
