import { z } from 'zod'
import { pause, type Clock } from '../../core/clock.ts'
import { assert } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { asWritten, rowKey, type Statements } from '../../foundation/tenancy/index.ts'
import {
  refuseKey,
  type SealedChange,
  type SealedColumn,
  type SealedPlace,
  type SealedRow,
  type SealedRows,
  type Wanted,
} from '../../foundation/vault/index.ts'
import { columnsOf, type ColumnAt, type Columns, type PlaceAt } from './columns.ts'

/** Bytes of envelopes in one part, beyond the one that goes past it. */
const partBytesMax = 8 * 2 ** 20
const clearedAtOnce = 1_000
const lookEveryMs = 100
const patienceUsualMs = 60_000

type StatementsOf = (organization: OrganizationId) => Statements

interface Options {
  /** The organization as the application has it, for whoever does this work. Reaches what is in no schema of `others`. */
  readonly statementsOf: StatementsOf
  /** Logins that alone reach some schemas. */
  readonly others?: readonly { readonly schemas: readonly string[]; readonly statementsOf: StatementsOf }[]
  readonly clock: Clock
  /** How long the end of open transactions is waited for. */
  readonly patienceMs?: number
}

/**
 * All sealed columns of the database, through the handle of one organization at a time, each over the login that reaches
 * it. One that no login reaches ends the work: what cannot be counted keeps its key.
 */
export function sealedRows({ statementsOf, others = [], clock, patienceMs = patienceUsualMs }: Options): SealedRows {
  const known = { labelled: new WeakMap<SealedPlace, ColumnAt>(), all: new WeakMap<SealedPlace, PlaceAt>() }
  const at = (column: SealedColumn): ColumnAt => placed(known.labelled, column)
  const over = (organization: OrganizationId, { schema }: PlaceAt): Statements =>
    (others.find(({ schemas }) => schemas.includes(schema))?.statementsOf ?? statementsOf)(organization)
  const columns = async (organization: OrganizationId): Promise<Columns> => {
    const found = await columnsOf(statementsOf(organization))
    for (const column of found.labelled) known.labelled.set(column, column)
    for (const place of [...found.labelled, ...found.unlabelled]) known.all.set(place, place)
    return found
  }
  return Object.freeze({
    columns,
    async count(organization: OrganizationId, asked: SealedPlace, keyIds: readonly string[]) {
      const place = placed(known.all, asked)
      const text = `select count(*)::integer as n from ${place.relation} where ${underKeys(place.name, 1)}`
      const [row] = await over(organization, place).query(text, [bytesOf(keyIds)])
      return countForm.parse(row).n
    },
    read: (organization: OrganizationId, column: SealedColumn, wanted: Wanted) =>
      read(over(organization, at(column)), at(column), wanted),
    replace: (organization: OrganizationId, column: SealedColumn, changes: readonly SealedChange[]) =>
      replace(over(organization, at(column)), at(column), changes),
    async clearIndexes(organization: OrganizationId, keyIds: readonly string[]) {
      let cleared = 0
      for (const column of (await columns(organization)).labelled)
        cleared += await clearIndexes(over(organization, column), column, keyIds)
      return cleared
    },
    settled: (organization: OrganizationId) => settled(statementsOf(organization), clock, patienceMs),
  } satisfies SealedRows)
}

function placed<Place>(known: WeakMap<SealedPlace, Place>, asked: SealedPlace): Place {
  const place = known.get(asked)
  assert(place !== undefined, 'a column is one that columns() gave')
  return place
}

const countForm = z.strictObject({ n: z.number() })

function bytesOf(keyIds: readonly string[]): Buffer[] {
  return keyIds.map(id => Buffer.from(id, 'hex'))
}

/** The id of the key is in the header of every envelope. */
function underKeys(name: string, parameter: number): string {
  return `substring(${name}::bytea from 5 for 8) = any($${parameter}::bytea[])`
}

async function read(
  statements: Statements,
  { relation, name, keys, subject, index }: ColumnAt,
  { keyIds, after, rowsMax }: Wanted,
): Promise<readonly SealedRow[]> {
  const values: unknown[] = []
  const parameter = (value: unknown): string => `$${values.push(value)}`
  const order = keys.map(key => key.name).join(', ')
  const wanted = [`${name} is not null`]
  if (keyIds !== undefined) {
    values.push(bytesOf(keyIds))
    wanted.push(underKeys(name, values.length))
  }
  if (after !== undefined) {
    const place = keys.map((key, nth) => `${parameter(after[nth])}::${key.type}`).join(', ')
    wanted.push(`(${order}) > (${place})`)
  }
  const text = `
    select key, subject, envelope, index from (
      select array[${keys.map(key => `${key.name}::text`).join(', ')}] as key,
        ${subject === undefined ? 'null' : `${subject}::text`} as subject,
        ${name}::bytea as envelope, ${index === undefined ? 'null::bytea' : `${index.name}::bytea`} as index,
        row_number() over (order by ${order}) as nth,
        sum(octet_length(${name}::bytea)) over (order by ${order}) - octet_length(${name}::bytea) as before
      from (select * from ${relation} where ${wanted.join(' and ')} order by ${order} limit ${parameter(rowsMax)}) part
    ) sized where before < ${partBytesMax} order by nth`
  return (await statements.query(text, values)).map(asRow)
}

const rowForm = z.strictObject({
  key: z.array(z.string()),
  subject: z.string().nullable(),
  envelope: z.instanceof(Buffer),
  index: z.instanceof(Buffer).nullable(),
})

function asRow(given: unknown): SealedRow {
  const { key, subject, envelope, index } = rowForm.parse(given)
  return {
    key,
    row: rowKey(key),
    envelope,
    ...(subject === null ? {} : { subject: asWritten(subject) }),
    ...(index === null ? {} : { index }),
  }
}

/**
 * One statement. Rows that others hold are skipped, so that nobody waits for anybody and no two wait for each other; the
 * bytes are compared where the row is held.
 */
async function replace(
  statements: Statements,
  { relation, name, keys, index }: ColumnAt,
  changes: readonly SealedChange[],
): Promise<number> {
  if (changes.length === 0) return 0
  const withIndex = index !== undefined && changes.some(change => change.index !== undefined)
  const columns = keys.map((key, nth) => ({
    as: `k${nth}`,
    type: key.type,
    values: changes.map(({ was }) => was.key[nth]),
  }))
  const bytes = [
    { as: 'was', values: changes.map(({ was }) => was.envelope) },
    { as: 'now', values: changes.map(({ envelope }) => envelope) },
    ...(withIndex
      ? [
          { as: 'index_was', values: changes.map(({ was }) => was.index ?? null) },
          { as: 'index_now', values: changes.map(change => change.index ?? change.was.index ?? null) },
        ]
      : []),
  ].map(one => ({ ...one, type: 'bytea' }))
  const all = [...columns, ...bytes]
  const same = keys.map((key, nth) => `t.${key.name} = v.k${nth}`).join(' and ')
  const unchanged = `t.${name}::bytea = v.was${withIndex ? ` and t.${index.name}::bytea is not distinct from v.index_was` : ''}`
  const text = `
    with v as (select * from unnest(${all.map(({ type }, nth) => `$${nth + 1}::${type}[]`).join(', ')})
        as v (${all.map(({ as }) => as).join(', ')})),
      held as (select v.* from ${relation} t join v on ${same} where ${unchanged} for no key update of t skip locked)
    update ${relation} t set ${name} = v.now${withIndex ? `, ${index.name} = v.index_now` : ''}
    from held v where ${same} and ${unchanged} returning 1 as one`
  return (
    await statements.query(
      text,
      all.map(({ values }) => values),
    )
  ).length
}

/** Nothing is left to compare a guess with: no value, or, where there must be one, a random one. */
async function clearIndexes(statements: Statements, column: ColumnAt, keyIds: readonly string[]): Promise<number> {
  const { relation, name, keys, index } = column
  if (index === undefined) return 0
  const nothing = index.required ? 'uuid_send(gen_random_uuid())' : 'null'
  const same = keys.map((key, nth) => `t.${key.name} = v.k${nth}`).join(' and ')
  const lists = keys.map((key, nth) => `$${nth + 2}::${key.type}[]`).join(', ')
  const text = `
    update ${relation} t set ${index.name} = ${nothing}
    from unnest(${lists}) as v (${keys.map((_, nth) => `k${nth}`).join(', ')})
    where ${same} and ${underKeys(`t.${name}`, 1)} and t.${index.name} is not null returning 1 as one`
  let cleared = 0
  let after: readonly string[] | undefined
  for (;;) {
    const from = after === undefined ? {} : { after }
    const rows = await read(statements, column, { keyIds, rowsMax: clearedAtOnce, ...from })
    after = rows.at(-1)?.key
    if (after === undefined) return cleared
    const values = keys.map((_, nth) => rows.map(({ key }) => key[nth]))
    cleared += (await statements.query(text, [bytesOf(keyIds), ...values])).length
  }
}

const horizonForm = z.strictObject({ horizon: z.string() })
const overForm = z.strictObject({ over: z.boolean() })

/**
 * Whoever has begun to write has a number below ours, until they have ended. A number of our own has to be taken for it:
 * the upper end of a snapshot stands behind the last one that has ended, and does not see who is still at work.
 */
async function settled(statements: Statements, clock: Clock, patienceMs: number): Promise<void> {
  const [first] = await statements.query('select pg_current_xact_id()::text as horizon')
  const { horizon } = horizonForm.parse(first)
  const endMs = clock.monotonicMs() + patienceMs
  for (;;) {
    const [row] = await statements.query('select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 as over', [
      horizon,
    ])
    if (overForm.parse(row).over) return
    if (clock.monotonicMs() > endMs) throw refuseKey.still_open()
    await pause(lookEveryMs)
  }
}
