import type { Database } from '../../../index.ts'
import { cannotProbe, type Report } from '../../claims/index.ts'
import { answerOf } from '../attacks/index.ts'
import type { Ground, Kept } from './ground.ts'

/** Ways to take a trigger away. `%` stands for the table. */
const onTriggers: readonly (readonly [attack: string, text: string])[] = [
  ['disable a trigger', 'alter table % disable trigger upheld_audit_update'],
  ['disable all triggers', 'alter table % disable trigger user'],
  ['let a trigger sleep', 'alter table % enable replica trigger upheld_audit_delete'],
  ['let a trigger be put to sleep', 'alter table % enable trigger upheld_audit_insert'],
  ['drop a trigger', 'drop trigger upheld_audit_delete on %'],
  ['rename a trigger', 'alter trigger upheld_audit_insert on % rename to other'],
  [
    'replace a trigger',
    'create or replace trigger upheld_audit_update after update on % for each statement execute function suppress_redundant_updates_trigger()',
  ],
  [
    'record twice',
    'create trigger more after update on % referencing old table as old_rows new table as new_rows for each statement execute function upheld_audit.note_change()',
  ],
  [
    'replace what records',
    'create or replace function upheld_audit.note_change() returns trigger language plpgsql as $$ begin return null; end $$',
  ],
  ['drop what watches', 'drop event trigger upheld_audit_drop'],
  ['disable what watches', 'alter event trigger upheld_audit_ddl disable'],
]

const standSql = `
  select coalesce(string_agg(concat(t.tgname, t.tgenabled, pg_get_triggerdef(t.oid)), ';' order by t.tgname), '') || (
    select string_agg(concat(md5(p.prosrc), p.oid), ';' order by p.oid) from pg_proc p where p.pronamespace = 'upheld_audit'::regnamespace
  ) || (select string_agg(concat(e.evtname, e.evtenabled), ';' order by e.evtname) from pg_event_trigger e) as stand
  from pg_trigger t where t.tgrelid = $1::regclass and not t.tgisinternal`

/** The owner of the tables changes their form every day: it must not change what records them. */
export async function attackTriggers({ world, tables }: Ground, report: Report): Promise<void> {
  const login = world.login('migrate')
  try {
    for (const [place, table] of tables.entries()) {
      // Each table in some of the ways, the first in all.
      const some = place === 0 ? onTriggers : onTriggers.slice(0, 8).filter((_, i) => (i + place) % 4 === 0)
      for (const [attack, text] of some) await takeAway(login, attack, text.replace('%', table.label), table, report)
    }
  } finally {
    await login.close()
  }
}

class Undo extends Error {}

/** What was refused, or put back by itself, was beaten. */
async function takeAway(login: Database, attack: string, text: string, { label }: Kept, report: Report): Promise<void> {
  const stand: unknown[] = []
  await login
    .transaction(async tx => {
      await tx.query("set local lock_timeout = '5s'")
      // As the migrations do.
      await tx.query('set local role upheld_owner')
      stand.push((await tx.query(standSql, [label])).rows[0]?.['stand'])
      await tx.query(text)
      stand.push((await tx.query(standSql, [label])).rows[0]?.['stand'])
      throw new Undo()
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undo)) answerOf(error)
    })
  const [before, after = before] = stand
  if (typeof before !== 'string') throw cannotProbe(`The triggers of ${label} could not be read.`)
  if (before === after) report.observe(attack, label)
  else report.refute({ attack, where: label, saw: 'the owner of the tables did it' })
}
