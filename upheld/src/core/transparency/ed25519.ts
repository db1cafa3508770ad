import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { decodeBase64 } from './base64.ts'
import { refuse } from './errors.ts'

// Ed25519 keys as the lines of text of C2SP signed-note. The type says what the key may sign, and is part of its id.

/** 0x01 signs notes (signed-note), 0x04 signs heads with a time (tlog-cosignature). */
type KeyType = 0x01 | 0x04

export interface PublicPart {
  readonly name: string
  /** Eight hex digits: a label, not a fingerprint. */
  readonly id: string
  /** The verifier key, `name+id+base64`. */
  readonly encoded: string
  readonly key: KeyObject
}

interface SecretPart {
  readonly key: KeyObject
  readonly open: PublicPart
}

const keyBytes = 32
const nameCharsMax = 255
const secretMark = 'PRIVATE+KEY+'
// The ASN.1 wrapping of RFC 8410 around a raw Ed25519 key.
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex')
// White space as Go counts it is wider than \s by U+0085.
const nameForm = /^[^\s\u0085+\u0000-\u001f\u007f]+$/u

export function isKeyName(name: string): boolean {
  return name.length <= nameCharsMax && nameForm.test(name) && name.isWellFormed()
}

/** @throws transparency.bad_key */
export function parsePublicPart(text: string, type: KeyType): PublicPart {
  const [name = '', id = '', encoded = ''] = splitKey(text)
  if (!isKeyName(name)) throw refuse.bad_key({ detail: 'Expected name+id+base64.' })
  const open = publicPart(name, type, rawKey(encoded, type))
  if (open.id !== id) throw refuse.bad_key({ detail: 'The key and its id differ.' })
  return open
}

/** @throws transparency.bad_key without ever repeating the secret */
export function parseSecretPart(text: string, type: KeyType): SecretPart {
  const [name = '', id = '', encoded = ''] = text.startsWith(secretMark) ? splitKey(text.slice(secretMark.length)) : []
  if (!isKeyName(name)) throw refuse.bad_key({ detail: 'Expected PRIVATE+KEY+name+id+base64.' })
  const secret = secretPart(name, type, rawKey(encoded, type))
  if (secret.open.id !== id) throw refuse.bad_key({ detail: 'The key and its id differ.' })
  return secret
}

/**
 * A fresh secret key as text.
 * @throws transparency.bad_key when the name cannot be a key's name
 */
export function generateSecretPart(name: string, type: KeyType): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  return encodeSecretPart(
    name,
    type,
    privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(privatePrefix.length),
  )
}

/**
 * The secret key over this seed of 32 bytes, as text.
 * @throws transparency.bad_key when the name cannot be a key's name
 */
export function encodeSecretPart(name: string, type: KeyType, seed: Buffer): string {
  if (!isKeyName(name)) throw refuse.bad_key({ detail: 'A name has no space, no plus and at most 255 characters.' })
  const { id } = secretPart(name, type, seed).open
  return `${secretMark}${name}+${id}+${Buffer.concat([Buffer.of(type), seed]).toString('base64')}`
}

/** Base64 may hold a plus itself, so only the first two separate. */
function splitKey(text: string): string[] {
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  return first < 0 || second < 0 ? [] : [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)]
}

function rawKey(encoded: string, type: KeyType): Buffer {
  const bytes = decodeBase64(encoded)
  if (bytes?.length !== keyBytes + 1 || bytes[0] !== type) {
    throw refuse.bad_key({ detail: `Only Ed25519 keys of type ${type} in canonical base64 are read here.` })
  }
  return bytes.subarray(1)
}

function publicPart(name: string, type: KeyType, raw: Buffer): PublicPart {
  const key = publicKey(raw)
  const material = Buffer.concat([Buffer.of(type), raw])
  const id = createHash('sha256').update(`${name}\n`).update(material).digest('hex').slice(0, 8)
  return Object.freeze({ name, id, encoded: `${name}+${id}+${material.toString('base64')}`, key })
}

function publicKey(raw: Buffer): KeyObject {
  try {
    return createPublicKey({ key: Buffer.concat([publicPrefix, raw]), format: 'der', type: 'spki' })
  } catch (cause) {
    throw refuse.bad_key({ cause })
  }
}

function secretPart(name: string, type: KeyType, seed: Buffer): SecretPart {
  const key = createPrivateKey({ key: Buffer.concat([privatePrefix, seed]), format: 'der', type: 'pkcs8' })
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length)
  return Object.freeze({ key, open: publicPart(name, type, raw) })
}
