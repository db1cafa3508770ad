import { sign, verify } from 'node:crypto'
import type { Checkpoint } from './checkpoint.ts'
import { openCheckpoint } from './checkpoint.ts'
import { generateSecretPart, parsePublicPart, parseSecretPart } from './ed25519.ts'
import type { PublicPart } from './ed25519.ts'
import { refuse } from './errors.ts'
import type { NoteVerifier } from './keys.ts'
import { formatSignature, parseNote } from './note.ts'

// C2SP tlog-cosignature, Ed25519 (type 0x04): a witness says when it saw a head and that it follows those before.

const cosignType = 0x04
const timeBytes = 8
const signatureBytes = 64

export interface Cosigner {
  readonly verifier: NoteVerifier
  /** The signature line, with its newline, over a checkpoint's text. `secs` since 1970, above zero. */
  cosign(text: string, secs: number): string
}

/** One cosignature that verifies. */
export interface Cosignature {
  readonly witness: NoteVerifier
  /** When the witness says that it saw this head. */
  readonly at: Date
  /** Its line in the note, with its newline. */
  readonly line: string
}

export interface CosignedCheckpoint extends Checkpoint {
  readonly cosignatures: readonly Cosignature[]
}

/** @throws transparency.bad_key */
export function parseWitnessKey(text: string): NoteVerifier {
  return verifierOf(parsePublicPart(text, cosignType))
}

/** @throws transparency.bad_key without ever repeating the secret */
export function parseCosignerKey(text: string): Cosigner {
  const { key, open } = parseSecretPart(text, cosignType)
  const cosign = (note: string, secs: number): string => {
    const time = Buffer.alloc(timeBytes)
    time.writeBigUInt64BE(BigInt(secs))
    const signature = sign(null, message(note, BigInt(secs)), key)
    return formatSignature(open, Buffer.concat([time, signature]))
  }
  return Object.freeze({ verifier: verifierOf(open), cosign })
}

/**
 * A fresh key of a witness as text: a secret.
 * @throws transparency.bad_key when the name cannot be a key's name
 */
export function generateCosignerKey(name: string): string {
  return generateSecretPart(name, cosignType)
}

/**
 * The head that the log signed, with what these witnesses signed under it. Lines of unknown keys are passed over.
 * @throws transparency.bad_signature when one of the given keys stands beside a signature that is not its own;
 *   and what `openCheckpoint` throws
 */
export function openCosigned(note: string, log: NoteVerifier, witnesses: readonly NoteVerifier[]): CosignedCheckpoint {
  const head = openCheckpoint(note, log)
  const { text, signatures } = parseNote(note)
  const cosignatures = signatures.flatMap(({ name, id, bytes }) => {
    const witness = witnesses.find(one => one.name === name && one.id === id)
    if (witness === undefined) return []
    if (!witness.verify(text, bytes)) throw refuse.bad_signature({ detail: `It bears the name ${name}.` })
    return [
      { witness, at: new Date(Number(bytes.readBigUInt64BE()) * 1000), line: formatSignature({ name, id }, bytes) },
    ]
  })
  return { ...head, cosignatures: newestOfEach(cosignatures) }
}

/** A witness that signed twice is one witness. */
function newestOfEach(all: readonly Cosignature[]): Cosignature[] {
  const byKey = new Map<string, Cosignature>()
  for (const one of all) {
    const before = byKey.get(one.witness.encoded)
    if (before === undefined || before.at < one.at) byKey.set(one.witness.encoded, one)
  }
  return [...byKey.values()]
}

function verifierOf({ key, ...open }: PublicPart): NoteVerifier {
  const verifies = (text: string, signature: Buffer): boolean => {
    if (signature.length !== timeBytes + signatureBytes) return false
    const secs = signature.readBigUInt64BE()
    // Beyond this no date can be written; the specification ends at 2^63.
    if (secs === 0n || secs > secsMax) return false
    return verify(null, message(text, secs), key, signature.subarray(timeBytes))
  }
  return Object.freeze({ ...open, verify: verifies })
}

const secsMax = 8_640_000_000_000n

function message(text: string, secs: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${secs}\n${text}`)
}
