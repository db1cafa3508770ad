import { assert } from '../../../core/errors.ts'
import { markedName, organizationColumn, quoted } from '../names.ts'
import type { ForeignKey, Table } from '../survey/survey.ts'
import { rootOf } from '../tenants.ts'
import type { Ground } from './ground.ts'
import type { Lock, Step } from './step.ts'

export function foreignName(key: ForeignKey): string {
  return markedName('ref', key.child_label, key.name)
}

/** Between two tenant tables, and without the organization so far. */
export function isSimple({ seen, tenants }: Ground, key: ForeignKey): boolean {
  const isTenant = (oid: string): boolean => {
    const source = tenants.sources.get(rootOf(seen, oid)?.oid ?? '')
    return source !== undefined && source.kind !== 'shared'
  }
  const carries = key.columns.some(
    (name, at) => name === organizationColumn && key.parent_columns[at] === organizationColumn,
  )
  return isTenant(key.child) && isTenant(key.parent) && !carries
}

/**
 * The same key with organization_id on both sides, NOT VALID and then validated. A partitioned table takes no NOT VALID
 * key before Postgres 18, but adopts what its partitions have: so each partition first, then the whole.
 */
export function foreignKeySteps(ground: Ground, key: ForeignKey): readonly Step[] {
  const { seen } = ground
  const child = seen.tables.find(({ oid }) => oid === key.child)
  const parent = seen.tables.find(({ oid }) => oid === key.parent)
  assert(child !== undefined && parent !== undefined, 'both tables of a foreign key were read')
  if (!child.partitioned) return pair(ground, key, child, parent)
  const whole = ground.family(child)
  const done = `select exists (select from pg_constraint where conrelid = ${child.oid} and conname = '${foreignName(key)}')`
  return [
    ...whole
      .filter(one => !one.partitioned)
      .flatMap(one => pair(ground, key, one, parent).map(step => ({ ...step, idle: done }))),
    {
      ...added(ground, key, child, parent, ''),
      locks: [...ground.locks(child, 'AccessExclusiveLock'), ...ground.locks(parent, 'AccessExclusiveLock')],
      short: 'Every partition has the valid key already: no row is read, only triggers of the keys are joined.',
    },
  ]
}

function pair(ground: Ground, key: ForeignKey, child: Table, parent: Table): readonly Step[] {
  const name = foreignName(key)
  const reading: readonly Lock[] = [
    { relation: child.label, mode: 'ShareUpdateExclusiveLock' },
    ...ground.locks(parent, 'RowShareLock'),
  ]
  return [
    added(ground, key, child, parent, ' not valid'),
    {
      id: `prove ${child.label} ${key.name}`,
      kind: 'prove',
      way: 'transaction',
      says: `Read ${child.label} once, to see that its references stay within their organization.`,
      statements: [`alter table ${child.label} validate constraint ${name}`],
      locks: reading,
      short: 'It lasts as long as one join of the two tables, and holds up no reader and no writer.',
      application: 'Nothing.',
      undo: [],
    },
  ]
}

function added(ground: Ground, key: ForeignKey, child: Table, parent: Table, notValid: string): Step {
  const name = foreignName(key)
  return {
    id: `reference ${child.label} ${key.name}`,
    kind: 'reference',
    way: 'transaction',
    says: `Add ${key.name} of ${child.label} anew, with organization_id on both sides.`,
    statements: [`alter table ${child.label} add constraint ${name} ${definition(key)}${notValid}`],
    locks: [{ relation: child.label, mode: 'ShareRowExclusiveLock' }, ...ground.locks(parent, 'ShareRowExclusiveLock')],
    short: 'NOT VALID: no row is read. Writers of both tables wait for a moment, readers do not.',
    application: 'A reference to a row of another tenant is refused from now on.',
    undo: [`alter table ${child.label} drop constraint if exists ${name}`],
  }
}

const onDelete = {
  a: '',
  r: ' on delete restrict',
  c: ' on delete cascade',
  n: ' on delete set null',
  d: ' on delete set default',
}

function definition(key: ForeignKey): string {
  const list = (names: readonly string[]): string => names.map(quoted).join(', ')
  const sets = key.set_columns.length > 0 ? key.set_columns : key.columns
  const some = key.on_delete === 'n' || key.on_delete === 'd' ? ` (${list(sets)})` : ''
  const deferrable = key.deferrable ? ` deferrable initially ${key.deferred ? 'deferred' : 'immediate'}` : ''
  return (
    `foreign key (${list([organizationColumn, ...key.columns])}) ` +
    `references ${key.parent_label} (${list([organizationColumn, ...key.parent_columns])})` +
    `${onDelete[key.on_delete]}${some}${deferrable}`
  )
}
