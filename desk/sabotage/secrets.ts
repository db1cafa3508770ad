import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fixed, type Sabotage } from './sabotage.ts'

/** Values and keys where they may not be. */
export const secrets: readonly Sabotage[] = [
  {
    name: 'plain-text-taken',
    says: 'The database takes plain text in sealed columns, so that an import goes through.',
    claim: 'encryption.fields',
    plan: async sql => {
      const { rows } = await sql.query(`
        select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
        where contypid = 'upheld.sealed'::regtype`)
      const [name, definition] = [String(rows[0]?.['name']), String(rows[0]?.['definition'])]
      return {
        break: [`alter domain upheld.sealed drop constraint ${name}`],
        mend: [
          `alter domain upheld.sealed drop constraint if exists ${name}`,
          `alter domain upheld.sealed add constraint ${name} ${definition}`,
        ],
      }
    },
  },
  {
    name: 'keys-in-the-dump',
    says: 'The folder of the wrapped keys was copied into a table, so that the nightly dump has it.',
    claim: 'encryption.keys',
    plan: async (_, stateFolder) => ({
      break: [
        'create table desk.key_backup (name text, body text)',
        ...filesBelow(join(stateFolder, 'keys', 'vault')).map(
          path => `insert into desk.key_backup values ($$${path}$$, $$${readFileSync(path, 'utf8')}$$)`,
        ),
      ],
      mend: ['drop table if exists desk.key_backup'],
    }),
  },
  {
    name: 'statements-logged',
    says: 'Every statement of the application goes into the log of the database, with its values.',
    claim: 'logs.restricted',
    plan: fixed({
      break: ["alter role upheld_app set log_min_messages = 'log'", "alter role upheld_app set log_statement = 'all'"],
      mend: [
        "alter role upheld_app set log_min_messages = 'fatal'",
        "alter role upheld_app set log_statement = 'none'",
      ],
    }),
  },
]

function filesBelow(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    return entries.filter(one => one.isFile()).map(one => join(one.parentPath, one.name))
  } catch {
    return []
  }
}
