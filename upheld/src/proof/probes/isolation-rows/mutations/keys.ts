import { bySql, madeTable, type Target } from '../../breaking.ts'

const referring = (target: Target, reference: string, key = true): string => `
  ${key ? `create unique index on ${target.table} (${target.column});` : ''}
  ${madeTable(target, 'canary_pointer', `id integer not null, target ${target.type}, primary key (organization_id, id)`)}
  alter table ${target.schema}.canary_pointer add foreign key ${reference}`

/** Keys that ask or tell across organizations: the database checks them without row security. */
export const keys = bySql(import.meta.url, [
  {
    name: 'unique-across-organizations',
    says: 'a unique key was made that spans organizations',
    sql: ({ table, column }) => `create unique index on ${table} (${column})`,
  },
  {
    name: 'unique-partial',
    says: 'a unique key spans organizations for some of the rows',
    sql: ({ table, column }) => `create unique index on ${table} (${column}) where ${column} is not null`,
  },
  {
    name: 'unique-expression',
    says: 'a unique key spans organizations by an expression',
    sql: ({ table, column }) => `create unique index on ${table} (md5(${column}::text))`,
  },
  {
    name: 'unique-organization-last',
    says: 'a unique key was made in which only a part of the organization counts',
    sql: ({ table, column }) => `create unique index on ${table} (left(organization_id::text, 1), ${column})`,
  },
  {
    name: 'exclusion-across-organizations',
    says: 'a number may be taken once, whoever takes it',
    sql: target =>
      `${madeTable(target, 'canary_booking', 'id integer not null, place integer not null, primary key (organization_id, id)')}
      alter table ${target.schema}.canary_booking add exclude using hash (place with =)`,
  },
  {
    name: 'simple-foreign-key',
    says: 'a table was made that refers to another by its id alone',
    sql: target => referring(target, `(target) references ${target.table} (${target.column})`),
  },
  {
    name: 'foreign-key-cascades',
    says: 'to delete a row deletes what refers to it, whosever it is',
    sql: target => referring(target, `(target) references ${target.table} (${target.column}) on delete cascade`),
  },
  {
    name: 'foreign-key-by-another-column',
    says: 'a table refers to another with an organization that is not its own',
    sql: target => `create unique index on ${target.table} (organization_id, ${target.column});
      ${madeTable(target, 'canary_pointer', `id integer not null, whose uuid, target ${target.type}, primary key (organization_id, id)`)}
      alter table ${target.schema}.canary_pointer add foreign key (whose, target) references ${target.table} (organization_id, ${target.column})`,
  },
  {
    name: 'foreign-key-not-validated',
    says: 'a table refers to another by its id alone, and what was there before is not checked',
    sql: target => referring(target, `(target) references ${target.table} (${target.column}) not valid`),
  },
])
