import type { Row } from '../../../core/ports.ts'
import { type sealed, UpheldError, type Organization } from '../../../index.ts'
import { cannotProbe, type Report } from '../../claims/index.ts'
import { codeOf, quoted } from '../attacks/index.ts'
import { envelopeOf, keyOf, placeOf, readRow, whereRow, type Canary } from './canaries.ts'

/** For what a probe opens: it may, so that only the seal is in the way. */
export const opener = { type: 'probe', id: 'probe', purpose: 'proof', opens: ['*'] } as const

/** Opens the value of a canary's row as it stands now. */
export async function opened(canary: Canary, organization: Organization): Promise<string> {
  const rows = await organization.as(opener).open(await readRow(canary, organization))
  return textOf(rows, canary.column.name)
}

function textOf(rows: readonly Row[], name: string): string {
  const value = rows[0]?.[name]
  const reveal: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'reveal') : undefined
  if (typeof reveal !== 'function') throw cannotProbe('A sealed column came back as something that cannot be opened.')
  return String(Reflect.apply(reveal, value, []))
}

/** Positive control: each value opens where it was sealed. */
export async function mustOpen(canaries: readonly Canary[]): Promise<void> {
  for (const canary of canaries) {
    const value = await opened(canary, canary.organization)
    if (value !== canary.value) throw cannotProbe(`What was sealed in ${placeOf(canary.column)} does not open again.`)
  }
}

/** Puts bytes, or something to seal, where the canary lies, for as long as `work` takes. */
export async function inPlaceOf(
  canary: Canary,
  bytes: Buffer | ReturnType<typeof sealed>,
  work: () => Promise<void>,
): Promise<string> {
  const { column, organization, row } = canary
  const write = (value: typeof bytes): Promise<Row[]> =>
    organization.query(
      `update ${column.relation} set ${quoted(column.name)} = $1 where ${whereRow(column, 2)} returning 1 as one`,
      [value, ...keyOf(column, row)],
    )
  const before = await envelopeOf(canary)
  try {
    await write(bytes)
  } catch (error) {
    return codeOf(error)
  }
  try {
    await work()
  } finally {
    await write(before)
  }
  return 'written'
}

/** The value of one canary, put in the place of another, must not open there. */
export async function move(from: Canary, to: Canary, attack: string, report: Report): Promise<void> {
  const where = placeOf(to.column)
  await mustStayShut(to, await envelopeOf(from), attack, where, report)
}

/** Bytes that are no whole envelope any more, or never were: refused by the column, or by the seal. */
export async function mustStayShut(
  canary: Canary,
  bytes: Buffer | ReturnType<typeof sealed>,
  attack: string,
  where: string,
  report: Report,
): Promise<void> {
  const written = await inPlaceOf(canary, bytes, async () => {
    try {
      await opened(canary, canary.organization)
      report.refute({ attack, where, saw: 'it opened' })
    } catch (error) {
      if (!(error instanceof UpheldError) || !/^(vault|key|tenancy)\./.test(error.code)) throw error
      report.observe(attack, where)
    }
  })
  if (written === 'written') return
  if (written === 'tenancy.not_sealed' || written.startsWith('23')) report.observe(attack, where)
  else throw cannotProbe(`"${attack}" on ${where} ended with ${written}.`)
}

/** Plain text in a sealed column must not even be stored. */
export async function storePlain(canary: Canary, report: Report): Promise<void> {
  const where = placeOf(canary.column)
  const plain = Buffer.from(`plain ${'text '.repeat(40)}`)
  const said = await inPlaceOf(canary, plain, async () => undefined)
  if (said === 'written') report.refute({ attack: 'store plain text', where, saw: 'the column took it' })
  else report.observe('store plain text', where)
}

/** Every region of an envelope, changed and cut: header, salt, commitment, text, tag. */
export function spoiltFrom(envelope: Buffer): readonly (readonly [attack: string, bytes: Buffer])[] {
  const flipped = (at: number): Buffer => {
    const copy = Buffer.from(envelope)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  const places = { flags: 1, key: 4, salt: 12, commitment: 36, text: 68, tag: envelope.length - 1 }
  return [
    ...Object.entries(places).map(([name, at]) => [`change the ${name}`, flipped(at)] as const),
    ['cut the tag to four bytes', envelope.subarray(0, envelope.length - 12)],
    ['cut the last byte', envelope.subarray(0, envelope.length - 1)],
    ['add a byte', Buffer.concat([envelope, Buffer.alloc(1)])],
  ]
}
