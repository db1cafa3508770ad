import { decodeBase64 } from './base64.ts'
import { openCheckpoint, parseDecimal } from './checkpoint.ts'
import type { Checkpoint } from './checkpoint.ts'
import { refuse } from './errors.ts'
import type { NoteVerifier } from './keys.ts'
import { hashBytes, leafHash, provesInclusion } from './merkle.ts'
import { readByPolicy } from './policy.ts'
import type { AcceptedCheckpoint, Policy } from './policy.ts'

// C2SP tlog-proof: one text file that shows, offline, that a leaf stands in a signed log.

export interface LogProof {
  readonly index: number
  readonly hashes: readonly Buffer[]
  /** A signed checkpoint, as the log gave it. */
  readonly checkpoint: string
  /** Not covered by the proof: believe none of it. */
  readonly extra?: Buffer
}

const firstLine = 'c2sp.org/tlog-proof@v1'
const hashesMax = 63

export function formatProof({ index, hashes, checkpoint, extra }: LogProof): string {
  const lines = [
    firstLine,
    ...(extra === undefined ? [] : [`extra ${extra.toString('base64')}`]),
    `index ${index}`,
    ...hashes.map(hash => hash.toString('base64')),
  ]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** @throws transparency.bad_proof */
function parseProof(text: string): LogProof {
  const cut = text.indexOf('\n\n')
  if (cut < 0) throw refuse.bad_proof({ detail: 'The empty line before the checkpoint is missing.' })
  const [first, ...lines] = text.slice(0, cut).split('\n')
  const extra = lines[0]?.startsWith('extra ') === true ? decodeBase64((lines.shift() ?? '').slice(6)) : null
  const indexLine = lines.shift() ?? ''
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice(6)) : undefined
  const hashes = lines.map(line => decodeBase64(line)).filter(hash => hash?.length === hashBytes)
  if (first !== firstLine || extra === undefined || index === undefined || lines.length > hashesMax) {
    throw refuse.bad_proof({ detail: 'Its first lines are not well formed.' })
  }
  if (hashes.length !== lines.length) throw refuse.bad_proof({ detail: 'A hash is not well formed.' })
  return {
    index,
    hashes: hashes.flatMap(hash => hash ?? []),
    checkpoint: text.slice(cut + 2),
    ...(extra === null ? {} : { extra }),
  }
}

/**
 * Where the leaf stands and in which log, once everything about it holds.
 * @throws transparency.bad_proof, not_included, and what `openCheckpoint` throws
 */
export function verifyProof(
  text: string,
  leaf: Uint8Array,
  verifier: NoteVerifier,
): { readonly index: number; readonly checkpoint: Checkpoint } {
  const proof = parseProof(text)
  const checkpoint = openCheckpoint(proof.checkpoint, verifier)
  leadsTo(checkpoint, proof, leaf)
  return { index: proof.index, checkpoint }
}

/**
 * The same, when it is a policy that says which logs and witnesses count. Whether there is a quorum stands beside the
 * checkpoint.
 * @throws transparency.bad_proof, not_included, and what `readByPolicy` throws
 */
export function verifyProofByPolicy(
  text: string,
  leaf: Uint8Array,
  policy: Policy,
): { readonly index: number; readonly checkpoint: AcceptedCheckpoint } {
  const proof = parseProof(text)
  const checkpoint = readByPolicy(proof.checkpoint, policy)
  leadsTo(checkpoint, proof, leaf)
  return { index: proof.index, checkpoint }
}

function leadsTo({ size, root }: Checkpoint, { index, hashes }: LogProof, leaf: Uint8Array): void {
  if (!provesInclusion({ index, size, leaf: leafHash(leaf), proof: hashes, root })) throw refuse.not_included()
}
