import { basename } from 'node:path'
import type { Queryable } from '../../../core/ports.ts'
import { cannotProbe, type DiskWatch, type OutputMark, type Report } from '../../claims/index.ts'
import { openNeedles, writtenForms, type Needle } from '../people/needles.ts'
import { mustOpen, opens, tell, type Ground } from './ground.ts'

/** Whatever the tables of persons say of one session, shown as a token. */
export async function useStored(ground: Ground): Promise<void> {
  const { crowd, somebody, begin, showing, report } = ground
  const person = await somebody('stored')
  const browser = await begin(person)
  const values = await storedOf(crowd.login, person.personId)
  if (values.length === 0) throw cannotProbe('Nothing is stored of a session.')
  for (const [where, value] of values)
    for (const text of formsOf(value)) {
      const saw = (await opens(showing(text))) ? 'it opens the account' : undefined
      tell(report, 'use what is stored as a token', where, saw)
    }
  await mustOpen(browser, 'A session that nobody ended')
}

/** Every value of every row about this person, with its column. */
async function storedOf(
  login: Queryable,
  personId: string,
): Promise<readonly (readonly [where: string, value: string])[]> {
  const found: (readonly [string, string])[] = []
  for (const [table, whose] of [
    ['session', 'person_id = $1'],
    ['device', 'person_id = $1'],
    ['once', `owner = 'person:' || $1`],
  ] as const) {
    const { rows } = await login.query(
      `select e.key, e.value from upheld_identity.${table} t, jsonb_each_text(to_jsonb(t)) e where t.${whose}`.replace(
        '$1',
        table === 'once' ? '$1::text' : '$1::uuid',
      ),
      [personId],
    )
    for (const { key, value } of rows)
      if (typeof value === 'string' && value.length >= 8) found.push([`${table}.${String(key)}`, value])
  }
  return found
}

/** Bytes stand there in hex. */
function formsOf(value: string): readonly string[] {
  const hex = /^\\x([0-9a-f]+)$/.exec(value)?.[1]
  if (hex === undefined) return /^[\x21-\x7e]+$/.test(value) ? [value] : []
  const bytes = Buffer.from(hex, 'hex')
  return [
    hex,
    hex.toUpperCase(),
    bytes.toString('base64url'),
    bytes.toString('base64'),
    bytes.toString('base64').slice(0, 43),
  ]
}

/** Every token of the run, as text and as the bytes that it stands for. */
function needlesOf(tokens: Iterable<string>): readonly Needle[] {
  return [...tokens].flatMap(token => [
    { bytes: Buffer.from(token), says: 'a token, as it is' },
    { bytes: Buffer.from(Buffer.from(token).toString('hex')), says: 'a token, in hex' },
    { bytes: Buffer.from(Buffer.from(token).toString('base64').slice(0, 56)), says: 'a token, in base64' },
    ...writtenForms(Buffer.from(token, 'base64url')).map(bytes => ({ bytes, says: 'what a token stands for' })),
  ])
}

/** What was written down as text so far. */
export async function searchOutputs({ world, tokens, report }: Ground, mark: OutputMark): Promise<void> {
  const needles = openNeedles(needlesOf(tokens))
  for await (const piece of world.outputs.pieces(mark)) {
    const { store, name } = piece
    const where = store === 'logs' ? basename(name) : 'the log of the database server'
    tellFound(report, `read the ${store}`, where, await needles.search(piece.bytes()))
  }
}

/** Of random tokens in thousands of pairs no two have so many letters at the same places: less than once in 10^9 runs. */
const alikeMax = 14

/** How many letters the two that are most alike have at the same places. */
function mostAlike(tokens: readonly string[]): number {
  let most = 0
  for (const [at, one] of tokens.entries())
    for (const other of tokens.slice(at + 1)) {
      let same = 0
      for (let place = 0; place < one.length; place++) if (one[place] === other[place]) same += 1
      most = Math.max(most, same)
    }
  return most
}

const stores = ['database files', 'write-ahead log', 'dump']

/** All that was written since the run began, as a thief of disks or of a dump reads it. */
export async function searchDisks({ tokens, crowd, report }: Ground, watch: DiskWatch): Promise<void> {
  report.population('tokens that were looked for', tokens.size)
  for (const token of tokens)
    if (token.length !== 43) throw cannotProbe('A token is not of the form that is looked for.')
  const alike = mostAlike([...tokens])
  const guessable = alike > alikeMax ? `${alike} of 43 letters stand in another one as well` : undefined
  tell(report, 'guess a token from another one', 'all tokens of this run', guessable)
  const control: Needle = { bytes: Buffer.from(crowd.domain), says: 'the control' }
  const needles = openNeedles([...needlesOf(tokens), control])
  const shown = new Set<string>()
  for await (const piece of watch.pieces()) {
    if (report.signal.aborted) return
    const { store, name } = piece
    const found = await needles.search(piece.bytes())
    if (found.includes(control)) shown.add(store)
    const leaked = found.filter(one => one !== control)
    tellFound(report, `read the ${store}`, name, leaked)
  }
  for (const store of stores)
    if (!shown.has(store))
      throw cannotProbe(`What was written in clear was not found in the ${store}: it was not read.`)
}

function tellFound(report: Report, attack: string, where: string, found: readonly Needle[]): void {
  tell(report, attack, where, found[0] === undefined ? undefined : `${found[0].says}, stands there`)
}
