import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import { organizationId, type OrganizationId } from '../../core/ids.ts'
import { canonicalJson } from '../../core/json.ts'
import { cobblestone, openMessage, sealedSize, sealMessage, type DataKey } from '../vault/index.ts'
import { refuse } from './errors.ts'
import type { Guest } from './guests.ts'
import { isPlainText, objectName } from './names.ts'
import { frame } from './place.ts'
import type { LinkKeys, ObjectVault } from './ports.ts'

// A link is what it lets open, signed with a key of its organization, and the whole sealed with a key of the deployment.
// The seal hides organization and name, and refuses what somebody made up before any key of an organization is asked for;
// the signature ends with the organization's own key.

const secsMin = 60
const secsMax = 7 * 24 * 60 * 60
/** A link's length tells the length of the name only so roughly. Bytes. */
const padTo = 128
const idBytes = 4
const signerBytes = 8
const macBytes = 32
const tokenLengthMax = 4096

const position = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const fileName = z
  .string()
  .min(1)
  .max(255)
  .refine(isPlainText)
  .refine(text => Buffer.byteLength(text) <= 255)

const linkOptions = z.strictObject({
  /** Seconds: a minute to seven days. */
  lastsSecs: z.number().int().min(secsMin).max(secsMax),
  /** `inline` is followed for images, sound, video and plain text; what could run as a page is always a download. */
  disposition: z.enum(['attachment', 'inline']).default('attachment'),
  /** What a download is called; the last part of the object's name unless told. */
  fileName: fileName.optional(),
  /** Lets only this part be read, in bytes; `end` is exclusive. */
  range: z
    .strictObject({ start: position, end: position })
    .refine(one => one.start < one.end)
    .optional(),
  /** Lets only this version be read. */
  version: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
})

const jsonForm = z.record(z.string(), z.json())

export type LinkOptions = z.input<typeof linkOptions>

const ticketForm = linkOptions.omit({ lastsSecs: true }).extend({
  /** Whom it was made for, when it was for a guest: it opens nothing once they are let in no more. */
  guest: z.strictObject({ id: z.string().min(1).max(100), grant: z.uuid() }).optional(),
  organization: z.string(),
  name: objectName,
  disposition: z.enum(['attachment', 'inline']),
  /** Milliseconds since 1970. */
  expires: position,
})

/** What a link lets whoever holds it open. */
export type Ticket = Omit<z.output<typeof ticketForm>, 'organization'> & { readonly organization: OrganizationId }

export interface LinkPorts {
  readonly vault: ObjectVault
  readonly keys: LinkKeys
  readonly clock: Clock
  readonly deployment: string
}

/**
 * A token of base64url that opens one object of one organization for a while.
 * @throws objects.bad_link
 */
export async function signLink(
  ports: LinkPorts,
  organization: OrganizationId,
  name: string,
  given: LinkOptions,
  guest?: Guest,
): Promise<string> {
  const read = linkOptions.safeParse(given)
  if (!read.success) throw refuse.bad_link({ detail: z.prettifyError(read.error) })
  const { lastsSecs, ...options } = read.data
  const made = guest === undefined ? {} : { guest: { id: guest.id, grant: guest.grant } }
  const expires = ports.clock.now().getTime() + lastsSecs * 1000
  const bytes = Buffer.from(
    canonicalJson(jsonForm.parse({ ...definite(options), ...made, organization, name, expires })),
  )
  const padded = Buffer.alloc(Math.ceil(bytes.length / padTo) * padTo, ' ')
  padded.set(bytes)
  const signer = await ports.vault.dataKey(organization, 'links')
  const plain = Buffer.concat([Buffer.from(signer.id, 'hex'), sign(ports, signer, padded), padded])
  const [sealer] = ports.keys.current()
  const id = Buffer.from(sealer.id, 'hex')
  const token = Buffer.alloc(idBytes + sealedSize(plain.length))
  token.set(id)
  sealMessage(sealer.key, randomBytes(cobblestone.salt), contextOf(ports, id), plain, token, idBytes)
  return token.toString('base64url')
}

/**
 * What the token lets open. One refusal for whatever is wrong with it, in the order of what it costs to find out.
 * @throws objects.link_refused; whatever the vault throws when its keys are out of reach
 */
export async function openLink(ports: LinkPorts, token: string): Promise<Ticket> {
  const plain = unseal(ports, token)
  if (plain === undefined) throw refuse.link_refused()
  const said = plain.subarray(signerBytes + macBytes)
  const ticket = readTicket(said)
  if (ticket === undefined || ticket.expires <= ports.clock.now().getTime()) throw refuse.link_refused()
  const signer = await signerOf(ports, ticket.organization, plain.subarray(0, signerBytes).toString('hex'))
  const mac = sign(ports, signer, said)
  if (!timingSafeEqual(mac, plain.subarray(signerBytes, signerBytes + macBytes))) throw refuse.link_refused()
  return ticket
}

function unseal(ports: LinkPorts, token: string): Buffer | undefined {
  if (token.length > tokenLengthMax || !/^[\w-]+$/.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  // Loose trailing bits would let other texts stand for the same link.
  if (bytes.toString('base64url') !== token || bytes.length < idBytes) return undefined
  const id = bytes.subarray(0, idBytes)
  const sealer = ports.keys.current().find(one => one.id === id.toString('hex'))
  if (sealer === undefined) return undefined
  const plain = openMessage(sealer.key, contextOf(ports, id), bytes.subarray(idBytes))
  return plain === undefined || plain.length < signerBytes + macBytes ? undefined : plain
}

function readTicket(said: Buffer): Ticket | undefined {
  const read = ticketForm.safeParse(parse(said.toString()))
  return read.success ? { ...read.data, organization: organizationId(read.data.organization) } : undefined
}

const ended = new Set(['vault.key_unknown', 'vault.key_destroyed', 'vault.key_disabled', 'vault.version_too_old'])

/** A key that was ended, with its organization or by a rotation, ends its links. */
async function signerOf({ vault }: LinkPorts, organization: OrganizationId, id: string): Promise<DataKey> {
  try {
    return await vault.dataKeyById(organization, 'links', id)
  } catch (thrown) {
    if (thrown instanceof UpheldError && ended.has(thrown.code)) throw refuse.link_refused({ cause: thrown })
    throw thrown
  }
}

function sign({ deployment }: LinkPorts, { key, id }: DataKey, said: Uint8Array): Buffer {
  return createHmac('sha512', key)
    .update(frame(['upheld/link@v1', deployment, id, said]))
    .digest()
    .subarray(0, macBytes)
}

function contextOf({ deployment }: LinkPorts, id: Uint8Array): Buffer {
  return frame(['upheld/link@v1', deployment, id])
}

function definite(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
