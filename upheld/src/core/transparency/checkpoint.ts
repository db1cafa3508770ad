import { decodeBase64 } from './base64.ts'
import { refuse } from './errors.ts'
import { hashBytes } from './merkle.ts'
import { openNote, signNote } from './note.ts'
import type { NoteSigner, NoteVerifier } from './keys.ts'

// C2SP tlog-checkpoint: the head of a log as a signed note of three lines.

export interface TreeHead {
  readonly size: number
  readonly root: Buffer
}

export interface Checkpoint extends TreeHead {
  /** The log's name for ever. */
  readonly origin: string
  /** Lines that the log added; nobody can audit them. Ours are none. */
  readonly extensions: readonly string[]
}

const decimal = /^(?:0|[1-9][0-9]{0,15})$/

/** A size or an index as the formats write it: digits, no leading zero, exact in a number; undefined for anything else. */
export function parseDecimal(text: string): number | undefined {
  const value = decimal.test(text) ? Number(text) : undefined
  return Number.isSafeInteger(value) ? value : undefined
}

/** Signs the head of the log that the key is named after. */
export function signCheckpoint({ size, root }: TreeHead, signer: NoteSigner): string {
  return signNote(`${signer.verifier.name}\n${size}\n${root.toString('base64')}\n`, signer)
}

/**
 * The head that the key has signed for the log of its own name.
 * @throws transparency.bad_note, unknown_key, bad_signature, bad_checkpoint, other_origin
 */
export function openCheckpoint(note: string, verifier: NoteVerifier): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, verifier).text)
  if (checkpoint.origin !== verifier.name) throw refuse.other_origin({ detail: `Expected ${verifier.name}.` })
  return checkpoint
}

/**
 * Reads the text of a checkpoint. Says nothing about its signature.
 * @throws transparency.bad_checkpoint
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', sizeText = '', rootText = '', ...extensions] = text.slice(0, -1).split('\n')
  const size = parseDecimal(sizeText)
  const root = decodeBase64(rootText)
  const whole = text.endsWith('\n') && origin !== '' && !extensions.includes('')
  if (!whole || size === undefined || root?.length !== hashBytes) {
    throw refuse.bad_checkpoint({ detail: 'Expected an origin, a size, and a root hash, each on its line.' })
  }
  return { origin, size, root, extensions }
}
