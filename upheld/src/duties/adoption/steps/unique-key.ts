import { markedName, organizationColumn, quoted } from '../names.ts'
import type { Table, UniqueKey } from '../survey/survey.ts'
import type { Ground } from './ground.ts'
import type { Step } from './step.ts'

/** Name of the key that stands beside a legacy one, and takes its place at the end. */
export function keyName(key: UniqueKey): string {
  return markedName('key', key.label)
}

/** Already led by organization_id: nothing to add. */
export function isLed(key: UniqueKey): boolean {
  return key.columns[0] === organizationColumn
}

/** The same key behind organization_id. Of a partitioned table: an empty one first, then one on each partition, then joined. */
export function keySteps(ground: Ground, table: Table, key: UniqueKey): readonly Step[] {
  const steps = table.partitioned ? partitioned(ground, table, key) : [alone(table, key, keyName(key))]
  return Object.freeze(steps)
}

const whyAlone =
  'CONCURRENTLY: readers and writers go on. It waits for transactions that are open when it starts, and nobody waits for it.'

function alone(table: Table, key: UniqueKey, name: string, idle?: string): Step {
  const index = `${quoted(table.schema)}.${name}`
  return {
    id: `key ${table.label} ${key.label}`,
    kind: 'key',
    way: 'alone',
    says: `Build the unique key of ${key.label} anew on ${table.label}, led by organization_id.`,
    statement: `create unique index concurrently ${name} on ${table.label} using btree (${organizationColumn}, ${key.tail}`,
    index,
    locks: [{ relation: table.label, mode: 'ShareUpdateExclusiveLock' }],
    short: whyAlone,
    application: 'Writes keep one index more.',
    undo: [`drop index concurrently if exists ${index}`],
    ...(idle === undefined ? {} : { idle }),
  }
}

function partitioned(ground: Ground, table: Table, key: UniqueKey): Step[] {
  const whole = ground.family(table)
  const nameOn = (one: Table): string => (one === table ? keyName(key) : markedName('key', key.label, one.label))
  const indexOn = (one: Table): string => `${quoted(one.schema)}.${nameOn(one)}`
  const shells = whole.filter(one => one.partitioned)
  const joined = (one: Table): string => {
    const above = whole.find(({ oid }) => oid === one.parent) ?? table
    return `select exists (select from pg_inherits h join pg_index i on i.indexrelid = h.inhrelid
      where i.indrelid = ${one.oid} and h.inhparent = to_regclass('${indexOn(above).replaceAll("'", "''")}'))`
  }
  const below = whole.slice(1)
  return [
    {
      id: `shell ${table.label} ${key.label}`,
      kind: 'shell',
      way: 'transaction',
      says: `Begin the unique key of ${key.label} on the partitioned ${table.label}, without its partitions.`,
      statements: shells.map(
        one =>
          `create unique index if not exists ${nameOn(one)} on only ${one.label} using btree (${organizationColumn}, ${key.tail}`,
      ),
      locks: shells.map(one => ({ relation: one.label, mode: 'ShareLock' })),
      short:
        'ON ONLY: a partitioned table has no rows of its own. A partition that is made later gets the key by itself.',
      application: 'Nothing.',
      undo: [`drop index if exists ${indexOn(table)}`],
    },
    ...below.filter(one => !one.partitioned).map(one => alone(one, key, nameOn(one), joined(one))),
    ...below.toReversed().map(one => join(ground, table, key, one, indexOn, joined)),
  ]
}

function join(
  { seen }: Ground,
  table: Table,
  key: UniqueKey,
  one: Table,
  indexOn: (one: Table) => string,
  joined: (one: Table) => string,
): Step {
  const above = seen.tables.find(({ oid }) => oid === one.parent) ?? table
  return {
    id: `join ${one.label} ${key.label}`,
    kind: 'join',
    way: 'transaction',
    says: `Join the unique key of ${one.label} to that of ${above.label}.`,
    statements: [`alter index ${indexOn(above)} attach partition ${indexOn(one)}`],
    locks: [
      { relation: above.label, mode: 'AccessShareLock' },
      { relation: one.label, mode: 'AccessShareLock' },
    ],
    short: 'Catalogue only.',
    application: 'Nothing.',
    // The whole goes at once: the part cannot go while it is joined.
    undo: [`drop index if exists ${indexOn(table)}`],
    idle: joined(one),
  }
}
