import { decodeBase64 } from './base64.ts'
import { refuse } from './errors.ts'
import { isKeyName } from './keys.ts'
import type { NoteSigner, NoteVerifier } from './keys.ts'

// C2SP signed-note: a text, an empty line, and a line for each signature.

interface NoteSignature {
  readonly name: string
  readonly id: string
  readonly bytes: Buffer
}

interface SignedNote {
  /** Ends in a newline. This is what is signed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

const noteCharsMax = 1_000_000
const signaturesMax = 100
const idBytes = 4
const dash = '\u2014'
const control = /[\u0000-\u0009\u000b-\u001f]/

/**
 * Signs a text that ends in a newline.
 * @throws transparency.bad_note when the text cannot be a note's
 */
export function signNote(text: string, signer: NoteSigner): string {
  checkText(text)
  if (!text.endsWith('\n')) throw refuse.bad_note({ detail: 'A note ends in a newline.' })
  return `${text}\n${formatSignature(signer.verifier, signer.sign(text))}`
}

/** One signature line with its newline. */
export function formatSignature({ name, id }: Pick<NoteVerifier, 'name' | 'id'>, signature: Buffer): string {
  return `${dash} ${name} ${Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64')}\n`
}

/**
 * Reads bytes from somebody else as the text that a note is.
 * @throws transparency.bad_note when they are too many or no UTF-8
 */
export function noteText(bytes: Uint8Array): string {
  if (bytes.length > noteCharsMax) throw refuse.bad_note({ detail: `More than ${noteCharsMax} bytes.` })
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw refuse.bad_note({ detail: 'It is not UTF-8.', cause })
  }
}

/** @throws transparency.bad_note */
export function parseNote(note: string): SignedNote {
  checkText(note)
  const cut = note.lastIndexOf('\n\n')
  if (cut < 0 || !note.endsWith('\n'))
    throw refuse.bad_note({ detail: 'The empty line before the signatures is missing.' })
  const lines = note.slice(cut + 2, -1).split('\n')
  if (lines.length > signaturesMax) throw refuse.bad_note({ detail: `More than ${signaturesMax} signatures.` })
  return { text: note.slice(0, cut + 1), signatures: lines.map(parseSignature) }
}

/**
 * The note, once the given key has signed it. Signatures of other keys are passed over.
 * @throws transparency.bad_note
 * @throws transparency.unknown_key when this key has not signed
 * @throws transparency.bad_signature when a signature under this key's name and id is false, beside a good one too
 */
export function openNote(note: string, verifier: NoteVerifier): SignedNote {
  const parsed = parseNote(note)
  const known = parsed.signatures.filter(({ name, id }) => name === verifier.name && id === verifier.id)
  if (known.length === 0) throw refuse.unknown_key({ detail: `Expected ${verifier.name} with key id ${verifier.id}.` })
  if (!known.every(({ bytes }) => verifier.verify(parsed.text, bytes))) throw refuse.bad_signature()
  return parsed
}

function checkText(text: string): void {
  if (text.length > noteCharsMax) throw refuse.bad_note({ detail: `More than ${noteCharsMax} characters.` })
  if (!text.isWellFormed() || control.test(text)) throw refuse.bad_note({ detail: 'Only newlines and printable text.' })
}

function parseSignature(line: string): NoteSignature {
  const [mark, name = '', encoded = '', ...rest] = line.split(' ')
  const bytes = decodeBase64(encoded)
  if (mark !== dash || rest.length > 0 || !isKeyName(name) || bytes === undefined || bytes.length <= idBytes) {
    throw refuse.bad_note({ detail: 'A signature line is not well formed.' })
  }
  return { name, id: bytes.subarray(0, idBytes).toString('hex'), bytes: bytes.subarray(idBytes) }
}
