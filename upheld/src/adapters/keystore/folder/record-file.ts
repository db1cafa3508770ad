import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { KeyRecord } from '../../../foundation/vault/index.ts'
import { readOwnFile } from '../../files/index.ts'
import { refuse } from '../errors.ts'
import { asRecord } from '../record.ts'

const bytesMax = 16_384
const envelope = z.strictObject({
  what: z.literal('upheld wrapped key'),
  format: z.literal(1),
  check: z.string(),
  record: z.looseObject({ wrapped: z.base64().optional() }),
})

/** One key as text. Its check tells a file that rotted on the disk from one that is whole; it is no seal. */
export function recordText(record: KeyRecord): string {
  const { wrapped, ...rest } = record
  const text = { ...rest, ...(wrapped === undefined ? {} : { wrapped: wrapped.toString('base64') }) }
  return `${JSON.stringify({ what: 'upheld wrapped key', format: 1, check: checkOf(text), record: text })}\n`
}

/**
 * The key in this file; undefined when there is no such file.
 * @throws keystore.damaged when it is not whole, or belongs to another organization, domain or epoch: a file that was
 *   copied there; files.too_open, files.not_a_file
 */
export function readRecord(
  path: string,
  place: Pick<KeyRecord, 'organization' | 'domain' | 'epoch'>,
): KeyRecord | undefined {
  const bytes = readOwnFile(path, bytesMax)
  if (bytes === undefined) return undefined
  const parsed = envelope.safeParse(asJson(bytes.toString('utf8'))).data
  if (parsed === undefined || checkOf(parsed.record) !== parsed.check) throw refuse.damaged({ detail: path })
  const { wrapped, ...rest } = parsed.record
  const record = asRecord({ ...rest, ...(wrapped === undefined ? {} : { wrapped: Buffer.from(wrapped, 'base64') }) })
  if (record === undefined) throw refuse.damaged({ detail: path })
  if (record.organization !== place.organization || record.domain !== place.domain || record.epoch !== place.epoch) {
    throw refuse.damaged({ detail: `${path} is the key of another place.` })
  }
  return record
}

function checkOf(record: object): string {
  const sorted = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16)
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
