import { createHash } from 'node:crypto'
import { z } from 'zod'

/** Letters of base64url for so many bytes. */
const base64url = (bytesMax: number) =>
  z
    .string()
    .max(Math.ceil((bytesMax * 4) / 3))
    .regex(/^[A-Za-z0-9_-]+$/)

const id = base64url(1023)
const clientData = base64url(8_192)
const type = z.literal('public-key')

/**
 * What a browser's `credential.toJSON()` gives, Web Authentication level 3 section 5.1. Members that are not asked for
 * are dropped, not refused: browsers add some with every version, and none of them is trusted or passed on.
 */
const registered = z.object({
  id,
  rawId: id,
  type,
  response: z.object({
    clientDataJSON: clientData,
    attestationObject: base64url(16_384),
    transports: z
      .array(z.string().regex(/^[a-z][a-z-]{0,31}$/))
      .max(10)
      .default([]),
  }),
})

const asserted = z.object({
  id,
  rawId: id,
  type,
  response: z.object({
    clientDataJSON: clientData,
    authenticatorData: base64url(4_096),
    signature: base64url(4_096),
    userHandle: base64url(64).nullish(),
  }),
})

/** What the browser says that it was asked, section 5.8.1. It may say more. */
const said = z.object({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
})

interface Said {
  readonly type: string
  readonly challenge: string
  readonly origin: string
  /** The page was a frame within a page of another origin. */
  readonly embedded: boolean
}

export type Registered = z.output<typeof registered> & { readonly said: Said }
export type Asserted = z.output<typeof asserted> & { readonly said: Said }

/** Undefined for whatever is no answer to a registration. */
export function registeredOf(given: unknown): Registered | undefined {
  const parsed = registered.safeParse(given)
  const says = parsed.success ? saidIn(parsed.data.response.clientDataJSON) : undefined
  return parsed.success && says !== undefined ? { ...parsed.data, said: says } : undefined
}

/** Undefined for whatever is no answer to a sign-in. */
export function assertedOf(given: unknown): Asserted | undefined {
  const parsed = asserted.safeParse(given)
  const says = parsed.success ? saidIn(parsed.data.response.clientDataJSON) : undefined
  return parsed.success && says !== undefined ? { ...parsed.data, said: says } : undefined
}

function saidIn(text: string): Said | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64url')))
    const { topOrigin, crossOrigin = false, ...rest } = said.parse(json)
    return { ...rest, embedded: crossOrigin || topOrigin !== undefined }
  } catch {
    return undefined
  }
}

/** The head of what an authenticator signs, section 6.1: 32 bytes of RP id hash, one of flags, four of counter. */
export interface SignedHead {
  readonly rpIdHash: Buffer
  readonly present: boolean
  readonly verified: boolean
  readonly backupEligible: boolean
  readonly backedUp: boolean
  readonly counter: number
}

export function signedHead(authenticatorData: Uint8Array): SignedHead | undefined {
  const data = Buffer.from(authenticatorData)
  if (data.length < 37) return undefined
  const flags = data.readUInt8(32)
  return {
    rpIdHash: data.subarray(0, 32),
    present: (flags & 0x01) !== 0,
    verified: (flags & 0x04) !== 0,
    backupEligible: (flags & 0x08) !== 0,
    backedUp: (flags & 0x10) !== 0,
    counter: data.readUInt32BE(33),
  }
}

export function isForRp(head: SignedHead, rpId: string): boolean {
  return createHash('sha256').update(rpId).digest().equals(head.rpIdHash)
}

/** 16 bytes that name a person to their authenticator, and say nothing of them to anybody else. */
export function handleOf(personId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(personId.replaceAll('-', ''), 'hex'))
}
