import type { Lab } from './lab.ts'

const tables = ['log', 'log_key', 'tile', 'mention', 'leaf', 'disclosure']
const leafColumns = 'log, index, organization_id, id, received_at, action, actor_type, actor_id, bytes'

/** Takes a copy of the logs as they are, as a backup would. */
export async function keepCopy(lab: Lab): Promise<void> {
  await lab.tamper(
    ...tables.map(table => `create table upheld_audit.old_${table} as select * from upheld_audit.${table}`),
  )
}

/** Puts the copy in the place of the logs. */
export async function putBack(lab: Lab): Promise<void> {
  await lab.tamper(
    ...tables.map(table => `delete from upheld_audit.${table}`),
    'insert into upheld_audit.log overriding system value select * from upheld_audit.old_log',
    ...['log_key', 'tile', 'mention', 'disclosure'].map(
      table => `insert into upheld_audit.${table} select * from upheld_audit.old_${table}`,
    ),
    `insert into upheld_audit.leaf (${leafColumns}) select ${leafColumns} from upheld_audit.old_leaf`,
    ...tables.map(table => `drop table upheld_audit.old_${table}`),
  )
}
