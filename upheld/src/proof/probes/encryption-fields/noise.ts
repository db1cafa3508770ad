import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { sealed } from '../../../index.ts'
import { cannotProbe, type Report } from '../../claims/index.ts'
import { envelopeOf, keyOf, placeOf, subjectOf, type Canary } from './canaries.ts'
import { inPlaceOf, mustStayShut, opened } from './moves.ts'
import type { Wanted } from './leaks.ts'

const chunk = 16_384
const tag = 16
/** Format, flags, schema and the id of the key: two envelopes have these in common. */
const header = 12

const addressOf = ({ column, row }: Canary) => {
  const subject = subjectOf(column, row)
  return { ...column.label, row: keyOf(column, row), ...(subject === undefined ? {} : { subject }) }
}

/** The same text for the same place, twice: nothing tells that it is the same. */
export async function sealTwice(canary: Canary, report: Report): Promise<void> {
  const [attack, where] = ['seal the same twice', placeOf(canary.column)]
  const value = 'The same again. '.repeat(16)
  // One after the other: what keeps the first has it by then.
  const [left, right] = [await sealedOnce(canary, value), await sealedOnce(canary, value)]
  for (let at = 0; at + tag <= left.length; at += 1) {
    if (right.includes(left.subarray(at, at + tag)))
      return report.refute({ attack, where, saw: 'the same bytes in both' })
  }
  return report.observe(attack, where)
}

async function sealedOnce(canary: Canary, value: string): Promise<Buffer> {
  const [row] = await canary.organization.query('select $1::bytea as bytes', [sealed(addressOf(canary), value)])
  const bytes = row?.['bytes']
  if (!(bytes instanceof Buffer)) throw cannotProbe('Nothing was sealed.')
  return bytes.subarray(header)
}

/**
 * More than one chunk of the construction, as text and as bytes: all of it is noise where it lies, and none of it can be
 * changed or left out, to the last byte. Gives what must not be found on a disk.
 */
export async function sealMuch(canary: Canary, report: Report): Promise<readonly Wanted[]> {
  const where = placeOf(canary.column)
  const secrets: Wanted[] = []
  for (const what of ['a long text', 'long bytes']) {
    const end = `canary_${randomBytes(24).toString('hex')}`
    const text = `${'The same again and again. '.repeat(700)}${end}`
    secrets.push({ value: end, where: `${where}, at the end of ${what}` })
    const attack = `pack ${what} as it lies`
    let envelope: Buffer = Buffer.alloc(0)
    await inPlaceOf(canary, sealed(addressOf(canary), what === 'a long text' ? text : Buffer.from(text)), async () => {
      envelope = await envelopeOf(canary)
      const packed = deflateRawSync(envelope).length
      if (packed < envelope.length * 0.99)
        report.refute({ attack, where, saw: `${packed} of ${envelope.length} bytes are left` })
      else if ((await opened(canary, canary.organization)) !== text)
        throw cannotProbe(`What was sealed in ${where} comes back as something else.`)
      else report.observe(attack, where)
    })
    if (envelope.length === 0) throw cannotProbe(`${what} could not be sealed in ${where}.`)
    if (report.signal.aborted) return secrets
    for (const [how, bytes] of spoiltAtTheEnd(envelope)) await mustStayShut(canary, bytes, how, where, report)
  }
  return secrets
}

function spoiltAtTheEnd(envelope: Buffer): readonly (readonly [attack: string, bytes: Buffer])[] {
  const last = header + 56 + chunk + tag
  const flipped = Buffer.from(envelope)
  const at = envelope.length - tag - 1
  flipped[at] = (flipped[at] ?? 0) ^ 1
  return [
    ['change the last chunk', flipped],
    ['cut the last chunk', envelope.subarray(0, last)],
    ['empty the last chunk', Buffer.concat([envelope.subarray(0, last), envelope.subarray(-tag)])],
  ]
}
