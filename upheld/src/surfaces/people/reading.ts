import { createHmac, timingSafeEqual } from 'node:crypto'
import { refuse } from './errors.ts'

/** Larger than any form here, and than any password that is taken. */
const formBytesMax = 16 * 1024
/** A box to tick is a field each: roles, and scopes of a key. */
const fieldsMax = 150

/**
 * The fields of a form, each once. Names that an object has by itself are names like any other here.
 * @throws pages.bad_form, pages.too_large
 */
export async function formOf(request: Request): Promise<ReadonlyMap<string, string>> {
  const type = (request.headers.get('content-type') ?? '').toLowerCase()
  if (!type.startsWith('application/x-www-form-urlencoded')) throw refuse.bad_form()
  const bytes = await bytesOf(request)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // `URLSearchParams` makes one and the same letter of everything that is no UTF-8: two passwords would be one.
    decodeURIComponent(text)
  } catch (cause) {
    throw refuse.bad_form({ cause })
  }
  const pairs = [...new URLSearchParams(text)]
  const fields = new Map(pairs)
  if (pairs.length !== fields.size || pairs.length > fieldsMax) throw refuse.bad_form()
  return fields
}

/** At most as many bytes as any form here has. @throws pages.too_large */
export async function bytesOf(request: Request): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > formBytesMax) throw refuse.too_large()
  const parts: Uint8Array[] = []
  let size = 0
  const body: AsyncIterable<Uint8Array> | undefined = request.body ?? undefined
  for await (const part of body ?? nothing()) {
    size += part.byteLength
    if (size > formBytesMax) throw refuse.too_large()
    parts.push(part)
  }
  return Buffer.concat(parts)
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The text of a field; empty where it was not sent. */
export function text(fields: ReadonlyMap<string, string>, name: string): string {
  return fields.get(name) ?? ''
}

/**
 * Every browser of this decade says from which origin a form comes. Whoever does not is no browser, and has no business
 * with forms: programs have an API.
 * @throws pages.foreign_form
 */
export function assertOwnOrigin(request: Request, origin: string): void {
  if (request.headers.get('origin') !== origin) throw refuse.foreign_form()
}

/** What the forms of a session carry: derived from its token, so that there is nothing to store and nothing to steal. */
export function formTokenOf(token: string): string {
  return createHmac('sha256', token).update('upheld form token').digest('base64url')
}

/** A form as it was read, by whatever reads forms. */
export interface Fields {
  get(name: string): unknown
}

/** @throws pages.foreign_form */
export function assertFormToken(fields: Fields, token: string): void {
  const [given, wanted] = [Buffer.from(textIn(fields, 'form_token')), Buffer.from(formTokenOf(token))]
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw refuse.foreign_form()
}

function textIn(fields: Fields, name: string): string {
  const value = fields.get(name)
  return typeof value === 'string' ? value : ''
}
