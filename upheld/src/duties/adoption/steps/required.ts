import { markedName, organizationColumn } from '../names.ts'
import type { Table } from '../survey/survey.ts'
import type { Ground } from './ground.ts'
import type { Step } from './step.ts'

/** NOT NULL without a scan under the strong lock: a check that is not valid, its validation, and then the word itself. */
export function requiredSteps(ground: Ground, table: Table): readonly Step[] {
  const check = markedName('filled', table.label)
  const own = table.columns.some(({ name, ours, required }) => name === organizationColumn && !ours && required)
  if (own) return []
  return [
    {
      id: `check ${table.label}`,
      kind: 'check',
      way: 'transaction',
      says: `From now on ${table.label} takes no row without an organization.`,
      statements: [
        `alter table ${table.label} add constraint ${check} check (${organizationColumn} is not null) not valid`,
      ],
      locks: ground.locks(table, 'AccessExclusiveLock'),
      short: 'NOT VALID: no row is read.',
      application: 'A row whose tenant cannot be told (NULL, or a parent that is not there yet) is refused.',
      undo: [`alter table ${table.label} drop constraint if exists ${check}`],
    },
    {
      id: `validate ${table.label}`,
      kind: 'validate',
      way: 'transaction',
      says: `Read ${table.label} once, to see that every row has an organization.`,
      statements: [`alter table ${table.label} validate constraint ${check}`],
      locks: ground.locks(table, 'ShareUpdateExclusiveLock'),
      short: 'It lasts as long as one reading of the table, and holds up no reader and no writer.',
      application: 'Nothing.',
      undo: [],
    },
    {
      id: `required ${table.label}`,
      kind: 'required',
      way: 'transaction',
      says: `organization_id of ${table.label} becomes NOT NULL; the check has proved it.`,
      statements: [
        `alter table ${table.label} alter column ${organizationColumn} set not null`,
        `alter table ${table.label} drop constraint ${check}`,
      ],
      locks: ground.locks(table, 'AccessExclusiveLock'),
      short: 'The valid check takes the place of a scan.',
      application: 'Nothing.',
      undo: [`alter table ${table.label} alter column ${organizationColumn} drop not null`],
    },
  ]
}
