import {
  encodeEntries,
  encodeHashes,
  formatProof,
  inclusionProof,
  parseTilePath,
  subtreesOf,
  tileHashes,
  tileWidth,
} from '../../core/transparency/index.ts'
import type { EntryBundle, Tile } from '../../core/transparency/index.ts'
import type { Witnessed } from './cosignatures.ts'
import type { LogView } from './read.ts'
import { formatBundle } from './verify/index.ts'

/** A file of the log, as a web server answers it. */
export interface LogFile {
  readonly bytes: Buffer
  readonly contentType: string
  /** Whether these bytes stand under this path for ever. */
  readonly immutable: boolean
}

const text = 'text/plain; charset=utf-8'
const binary = 'application/octet-stream'

/**
 * One file of the log by its path below the log's address, such as `checkpoint` or `tile/0/000.p/7`; undefined when
 * there is none. Everything comes out of a view that was verified: what does not verify is not served.
 */
export function serveLog(view: LogView, path: string, witnessed: readonly Witnessed[] = []): LogFile | undefined {
  switch (path) {
    case 'checkpoint':
      return { bytes: Buffer.from(cosignedHead(view, witnessed)), contentType: text, immutable: false }
    case 'key':
      return { bytes: Buffer.from(`${view.key}\n`), contentType: text, immutable: false }
    case 'bundle':
      return { bytes: exportBundle(view), contentType: 'application/json', immutable: false }
    default:
      return serveTile(view, parseTilePath(path)) ?? serveProof(view, path)
  }
}

/** The signed head with the lines of witnesses that signed exactly this one. */
function cosignedHead({ checkpoint }: LogView, witnessed: readonly Witnessed[]): string {
  const lines = witnessed.filter(one => one.checkpoint === checkpoint).map(({ cosignature }) => cosignature.line)
  return checkpoint + lines.join('')
}

/** The whole record in one file, for `verifyBundle`. The same record gives the same bytes. */
export function exportBundle(view: LogView): Buffer {
  return formatBundle(
    view.key,
    view.checkpoint,
    view.leaves.map(({ value }) => value),
  )
}

/** A C2SP tlog-proof that the leaf stands in the log. */
export function exportProof({ checkpoint, size, tree }: LogView, index: number): string {
  return formatProof({ index, hashes: inclusionProof(subtreesOf(tree), index, size), checkpoint })
}

function serveTile({ leaves, tree }: LogView, tile: Tile | EntryBundle | undefined): LogFile | undefined {
  if (tile === undefined) return undefined
  const [start, level] = [tile.index * tileWidth, tile.level === 'entries' ? 0 : tile.level]
  if ((tree.levels[level]?.length ?? 0) < start + tile.width) return undefined
  const bytes =
    tile.level === 'entries'
      ? encodeEntries(leaves.slice(start, start + tile.width).map(leaf => leaf.bytes))
      : encodeHashes(tileHashes(tree, tile))
  return { bytes, contentType: binary, immutable: true }
}

const proofForm = /^proof\/(0|[1-9][0-9]{0,8})\.tlog-proof$/

function serveProof(view: LogView, path: string): LogFile | undefined {
  const index = Number(proofForm.exec(path)?.[1] ?? NaN)
  if (!(index < view.size)) return undefined
  return { bytes: Buffer.from(exportProof(view, index)), contentType: text, immutable: false }
}
