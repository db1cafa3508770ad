import { createHmac } from 'node:crypto'
import type { OrganizationId } from '../../core/ids.ts'
import type { DataKey } from '../vault/index.ts'

/** Where one organization's objects lie, under one of its keys. Without the key nobody can say whose a blob is, or what it is called. */
export interface Place {
  readonly key: DataKey
  readonly deployment: string
  readonly organization: OrganizationId
  /** 128 bits in hex and a slash: what every blob key of the organization begins with. */
  readonly prefix: string
}

export function placeOf(deployment: string, organization: OrganizationId, key: DataKey): Place {
  const prefix = `${mac(key, ['upheld/objects/prefix@v1', deployment, organization]).slice(0, 32)}/`
  return Object.freeze({ key, deployment, organization, prefix })
}

/** The prefix, two hex digits for a folder, and 254 bits of the name's HMAC. Equal names of two organizations have nothing in common. */
export function blobKeyOf({ key, deployment, organization, prefix }: Place, name: string): string {
  const digits = mac(key, ['upheld/objects/name@v1', deployment, organization, name])
  return `${prefix}${digits.slice(0, 2)}/${digits.slice(2, 64)}`
}

/**
 * What a part of a blob is sealed for: this part, deployment, organization, place and version, and no other.
 * `head` is the clear head of the blob, which names format, key and version.
 */
export function contextOf(place: Place, part: 'content' | 'facts', blobKey: string, head: Uint8Array): Buffer {
  return frame(['upheld/object@v1', part, place.deployment, place.organization, blobKey, head])
}

/** Injective: each piece with its length, 4 bytes, in front. */
export function frame(pieces: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    pieces.flatMap(piece => {
      const bytes = Buffer.from(piece)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}

/** 128 hex digits. The frame begins with a length, so it can be no input of the key derivation that the same key serves. */
function mac({ key }: DataKey, pieces: readonly string[]): string {
  return createHmac('sha512', key).update(frame(pieces)).digest('hex')
}
