import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { decodeBase64 } from './base64.ts'
import { refuse } from './errors.ts'

// Keys as C2SP signed-note writes them: one line of text, Ed25519 only.

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

const ed25519 = 0x01
const keyBytes = 32
const nameCharsMax = 255
// The ASN.1 wrapping of RFC 8410 around a raw Ed25519 key.
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex')
// White space as Go counts it is wider than \s by U+0085.
const nameForm = /^[^\s\u0085+\u0000-\u001f\u007f]+$/u

export function isKeyName(name: string): boolean {
  return name.length <= nameCharsMax && nameForm.test(name) && name.isWellFormed()
}

/** @throws transparency.bad_key */
export function parseVerifierKey(text: string): NoteVerifier {
  const [name = '', id = '', encoded = ''] = splitKey(text)
  if (!isKeyName(name)) throw refuse.bad_key({ detail: 'Expected name+id+base64.' })
  const verifier = verifierOf(name, rawKey(encoded))
  if (verifier.id !== id) throw refuse.bad_key({ detail: 'The key and its id differ.' })
  return verifier
}

/** @throws transparency.bad_key without ever repeating the secret */
export function parseSignerKey(text: string): NoteSigner {
  const prefix = 'PRIVATE+KEY+'
  if (!text.startsWith(prefix)) throw refuse.bad_key({ detail: 'Expected PRIVATE+KEY+name+id+base64.' })
  const [name = '', id = '', encoded = ''] = splitKey(text.slice(prefix.length))
  if (!isKeyName(name)) throw refuse.bad_key({ detail: 'Expected PRIVATE+KEY+name+id+base64.' })
  const signer = signerOf(name, rawKey(encoded))
  if (signer.verifier.id !== id) throw refuse.bad_key({ detail: 'The key and its id differ.' })
  return signer
}

/**
 * A fresh signer key as text: a secret.
 * @throws transparency.bad_key when the name cannot be a key's name
 */
export function generateSignerKey(name: string): string {
  if (!isKeyName(name)) throw refuse.bad_key({ detail: 'A name has no space, no plus and at most 255 characters.' })
  const { privateKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(privatePrefix.length)
  const { id } = signerOf(name, seed).verifier
  return `PRIVATE+KEY+${name}+${id}+${Buffer.concat([Buffer.of(ed25519), seed]).toString('base64')}`
}

/** Base64 may hold a plus itself, so only the first two separate. */
function splitKey(text: string): string[] {
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  return first < 0 || second < 0 ? [] : [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)]
}

function rawKey(encoded: string): Buffer {
  const bytes = decodeBase64(encoded)
  if (bytes?.length !== keyBytes + 1 || bytes[0] !== ed25519) {
    throw refuse.bad_key({ detail: 'Only Ed25519 keys in canonical base64 are read.' })
  }
  return bytes.subarray(1)
}

function verifierOf(name: string, raw: Buffer): NoteVerifier {
  const key = publicKey(raw)
  const material = Buffer.concat([Buffer.of(ed25519), raw])
  const id = createHash('sha256').update(`${name}\n`).update(material).digest('hex').slice(0, 8)
  return Object.freeze({
    name,
    id,
    encoded: `${name}+${id}+${material.toString('base64')}`,
    verify: (text: string, signature: Buffer) => verify(null, Buffer.from(text), key, signature),
  })
}

function publicKey(raw: Buffer): KeyObject {
  try {
    return createPublicKey({ key: Buffer.concat([publicPrefix, raw]), format: 'der', type: 'spki' })
  } catch (cause) {
    throw refuse.bad_key({ cause })
  }
}

function signerOf(name: string, seed: Buffer): NoteSigner {
  const key = createPrivateKey({ key: Buffer.concat([privatePrefix, seed]), format: 'der', type: 'pkcs8' })
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length)
  return Object.freeze({
    verifier: verifierOf(name, raw),
    sign: (text: string) => sign(null, Buffer.from(text), key),
  })
}
