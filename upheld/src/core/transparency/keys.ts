import { sign, verify } from 'node:crypto'
import { encodeSecretPart, generateSecretPart, parsePublicPart, parseSecretPart } from './ed25519.ts'
import type { PublicPart } from './ed25519.ts'

// Keys of logs: they sign notes, C2SP signed-note type 0x01.

export { isKeyName } from './ed25519.ts'

export interface NoteVerifier {
  readonly name: string
  /** Eight hex digits: a label, not a fingerprint. */
  readonly id: string
  /** The verifier key, `name+id+base64`. */
  readonly encoded: string
  verify(text: string, signature: Buffer): boolean
}

export interface NoteSigner {
  readonly verifier: NoteVerifier
  sign(text: string): Buffer
}

const noteType = 0x01

/** @throws transparency.bad_key */
export function parseVerifierKey(text: string): NoteVerifier {
  return verifierOf(parsePublicPart(text, noteType))
}

/** @throws transparency.bad_key without ever repeating the secret */
export function parseSignerKey(text: string): NoteSigner {
  const { key, open } = parseSecretPart(text, noteType)
  return Object.freeze({ verifier: verifierOf(open), sign: (note: string) => sign(null, Buffer.from(note), key) })
}

/**
 * A fresh signer key as text: a secret.
 * @throws transparency.bad_key when the name cannot be a key's name
 */
export function generateSignerKey(name: string): string {
  return generateSecretPart(name, noteType)
}

/**
 * The signer key over a seed of 32 bytes that the caller derived for this name alone.
 * @throws transparency.bad_key when the name cannot be a key's name
 */
export function signerKeyFromSeed(name: string, seed: Buffer): string {
  return encodeSecretPart(name, noteType, seed)
}

function verifierOf({ key, ...open }: PublicPart): NoteVerifier {
  return Object.freeze({
    ...open,
    verify: (text: string, signature: Buffer) => verify(null, Buffer.from(text), key, signature),
  })
}
