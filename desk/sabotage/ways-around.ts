import { fixed, type Sabotage } from './sabotage.ts'

const claim = 'isolation.rows'

/** Views, functions, keys and roles that lead past a policy which is still in its place. */
export const waysAround: readonly Sabotage[] = [
  {
    name: 'leaky-view',
    says: 'A view for a report was made by the superuser, without the rights of whoever reads it.',
    claim,
    plan: fixed({
      break: [
        'create view desk.every_conversation as select * from desk.conversation',
        'grant select on desk.every_conversation to upheld_app',
      ],
      mend: ['drop view if exists desk.every_conversation'],
    }),
  },
  {
    name: 'leaky-function',
    says: 'A search function runs with the rights of its maker, and the application may call it.',
    claim,
    plan: fixed({
      break: [
        `create function desk.find_contact(wanted text default '') returns setof desk.contact
         language sql stable security definer set search_path = pg_catalog, pg_temp
         as $$ select * from desk.contact where name ilike '%' || wanted || '%' $$`,
        'grant execute on function desk.find_contact(text) to upheld_app',
      ],
      mend: ['drop function if exists desk.find_contact(text)'],
    }),
  },
  {
    name: 'simple-foreign-key',
    says: 'A conversation points at a contact by its id alone, so it may point into another organization.',
    claim,
    async plan(sql) {
      const { rows } = await sql.query(`
        select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
        where conrelid = 'desk.conversation'::regclass and confrelid = 'desk.contact'::regclass`)
      const key = `${String(rows[0]?.['name'])} ${String(rows[0]?.['definition'])}`
      return {
        break: [
          'alter table desk.contact add constraint contact_by_id unique (id)',
          `alter table desk.conversation drop constraint ${String(rows[0]?.['name'])}`,
          'alter table desk.conversation add constraint to_contact foreign key (contact_id) references desk.contact (id)',
        ],
        mend: [
          'alter table desk.conversation drop constraint if exists to_contact',
          'alter table desk.contact drop constraint if exists contact_by_id',
          `alter table desk.conversation drop constraint if exists ${String(rows[0]?.['name'])}`,
          `alter table desk.conversation add constraint ${key}`,
        ],
      }
    },
  },
  {
    name: 'global-unique-key',
    says: 'A short name may exist once in the whole system: the refusal tells who else is a customer.',
    claim,
    plan: fixed({
      break: ['create unique index account_by_slug on desk.account (slug)'],
      mend: ['drop index if exists desk.account_by_slug'],
    }),
  },
  {
    name: 'truncate-granted',
    says: 'The application may empty desk.message in one go; TRUNCATE knows no rows and no policies.',
    claim,
    plan: fixed({
      break: ['grant truncate on desk.message to upheld_app'],
      mend: ['revoke truncate on desk.message from upheld_app'],
    }),
  },
  {
    name: 'app-bypasses',
    says: 'The application’s login got BYPASSRLS, to make a slow query faster.',
    claim,
    plan: fixed({
      break: ['alter role upheld_app bypassrls'],
      mend: ['alter role upheld_app nobypassrls'],
    }),
  },
]
