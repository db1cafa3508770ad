import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { messageOf } from '../../core/errors.ts'
import { refuse } from './errors.ts'
import { fingerprintBytes, fuseHas, fuseLength } from './fuse.ts'
import type { CommonPasswords } from './shapes.ts'

/** Where the set lies that comes with the package: `common.bin`, and `common.json` that says what it is. */
const shipped = new URL('./filter/', import.meta.url)
const segmentLengthMax = 2 ** 18
const segmentsMax = 2 ** 20

const source = z.strictObject({
  package: z.string(),
  version: z.string(),
  license: z.string(),
  file: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  lines: z.number().int(),
})

/** What the set was made of, when, and how sure it is. */
const record = z.strictObject({
  says: z.string(),
  made: z.iso.date(),
  sources: z.array(source).min(1),
  entries: z.number().int().min(1),
  lengthMin: z.number().int(),
  falsePositives: z.string(),
  seed: z.number().int().min(0),
  segmentLength: z
    .number()
    .int()
    .min(1)
    .max(segmentLengthMax)
    .refine(length => (length & (length - 1)) === 0, 'is no power of two'),
  segments: z.number().int().min(1).max(segmentsMax),
  bytes: z.number().int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

export type CommonRecord = z.output<typeof record>

/**
 * The set of common passwords, read whole and compared with its digest.
 * @throws passwords.bad_filter when it is missing, cut short or changed: then nothing may start
 */
export function openCommonPasswords(folder: URL = shipped): CommonPasswords & { readonly record: CommonRecord } {
  const found = readRecord(folder)
  const bytes = readPart(new URL('common.bin', folder))
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (bytes.length !== found.bytes || digest !== found.sha256)
    throw refuse.bad_filter({ detail: `common.bin has ${bytes.length} bytes and is not what common.json says.` })
  if (bytes.length !== fuseLength(found) * fingerprintBytes)
    throw refuse.bad_filter({ detail: 'common.json says another shape than common.bin has.' })
  return Object.freeze({
    record: Object.freeze(found),
    has: (folded: string) => fuseHas(bytes, folded, found),
  })
}

function readRecord(folder: URL): CommonRecord {
  const text = readPart(new URL('common.json', folder)).toString('utf8')
  try {
    return record.parse(JSON.parse(text))
  } catch (cause) {
    throw refuse.bad_filter({ detail: 'common.json does not say what it should.', cause })
  }
}

function readPart(place: URL): Buffer {
  try {
    return readFileSync(place)
  } catch (cause) {
    throw refuse.bad_filter({ detail: messageOf(cause), cause })
  }
}

/** How a password is looked up: NFC, lower case. Whoever varies capitals of a common one has a common one. */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC')
}
