import { decodeBase64, noteText, parseDecimal } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'

// The body of add-checkpoint, C2SP tlog-witness: the size that the witness is thought to have, a proof from there, and
// the note.

interface AddCheckpoint {
  readonly oldSize: number
  readonly proof: readonly Buffer[]
  readonly note: string
}

const hashBytes = 32
const hashesMax = 63
export const requestBytesMax = 256 * 1024

export function formatRequest({ oldSize, proof, note }: AddCheckpoint): string {
  return [`old ${oldSize}`, ...proof.map(hash => hash.toString('base64')), '', note].join('\n')
}

/** @throws witness.bad_request; transparency.bad_note when the bytes are no text */
export function parseRequest(bytes: Uint8Array): AddCheckpoint {
  if (bytes.length > requestBytesMax) throw refuse.bad_request({ detail: `More than ${requestBytesMax} bytes.` })
  const text = noteText(bytes)
  const cut = text.indexOf('\n\n')
  const [first = '', ...lines] = text.slice(0, Math.max(cut, 0)).split('\n')
  const oldSize = first.startsWith('old ') ? parseDecimal(first.slice(4)) : undefined
  if (cut < 0 || oldSize === undefined) throw refuse.bad_request({ detail: 'Expected a line with the old size first.' })
  if (lines.length > hashesMax) throw refuse.bad_request({ detail: `More than ${hashesMax} hashes.` })
  const proof = lines.flatMap(line => decodeBase64(line) ?? [])
  if (proof.length !== lines.length || !proof.every(hash => hash.length === hashBytes)) {
    throw refuse.bad_request({ detail: 'A hash is not well formed.' })
  }
  return { oldSize, proof, note: text.slice(cut + 2) }
}
