import type { Actor, Organization } from '../../../index.ts'
import type { Sabotage, TwinWorld } from '../../claims/index.ts'
import { bySql, madeTable, sabotage, type Target } from '../breaking.ts'

const source = import.meta.url

/** Every entry on its way into what waits to be logged, or every personal value, changed by a statement of PL/pgSQL. */
function bent(
  name: string,
  says: string,
  statement: string,
  {
    table = 'pending',
    needs = () => '',
  }: { readonly table?: string; readonly needs?: (target: Target) => string } = {},
): Parameters<typeof bySql>[1][number] {
  return {
    name,
    says,
    sql: target => `${needs(target)} create function public.bent() returns trigger language plpgsql as $$ begin ${statement}; return new; end $$;
      create trigger bent before insert on upheld_audit.${table} for each row execute function public.bent()`,
  }
}

/** A table of the twin's own, recorded as every other, for what the application may have no table for. */
function withTable(name: string, columns: string): (target: Target) => string {
  return target =>
    madeTable(target, name, `id uuid not null default gen_random_uuid(), primary key (organization_id, id)${columns}`)
}
const family = (target: Target): string =>
  `${withTable('made_parent', '')(target)} ${withTable(
    'made_child',
    `, parent uuid not null, foreign key (organization_id, parent) references ${target.schema}.made_parent (organization_id, id) on delete cascade`,
  )(target)} select upheld_audit.mend(true);`
const wide = (target: Target): string => `${withTable('made_wide', '')(target)} select upheld_audit.mend(true);`
const secret = (target: Target): string =>
  `${withTable('made_secret', ', secret upheld.sealed')(target)} comment on column ${target.schema}.made_secret.secret is 'sealed as made.made_secret.secret'; select upheld_audit.mend(true);`

const skip = (condition: string): string => `if ${condition} then return null; end if`
const set = (value: string): string => `new.body := ${value}`

const entries = bySql(source, [
  bent('insert-unrecorded', 'insertions are not recorded', skip(`new.body ->> 'action' = 'row.insert'`)),
  bent('update-unrecorded', 'updates are not recorded', skip(`new.body ->> 'action' = 'row.update'`)),
  bent('delete-unrecorded', 'deletions are not recorded', skip(`new.body ->> 'action' = 'row.delete'`)),
  bent(
    'opening-unrecorded',
    'openings of sealed values are not recorded',
    skip(`new.body ->> 'action' = 'sealed.open'`),
    { needs: secret },
  ),
  bent(
    'cascade-unrecorded',
    'what goes with another row is not recorded',
    skip(
      `new.body ->> 'action' = 'row.delete' and position(split_part(new.body ->> 'object', '.', 2) in current_query()) = 0`,
    ),
    { needs: family },
  ),
  bent('many-unrecorded', 'changes of many rows are not recorded', skip(`(new.body ->> 'rows_total')::bigint > 100`), {
    needs: wide,
  }),
  bent(
    'by-hand-unrecorded',
    'changes that do not come through the application are not recorded',
    skip(`current_setting('application_name') = 'upheld-probe'`),
  ),
  bent('denials-unrecorded', 'events that were denied are not recorded', skip(`new.body ->> 'outcome' = 'denied'`)),
  bent('every-second-lost', 'every second entry is lost on its way', skip('new.seq % 2 = 0')),
  bent(
    'login-named',
    'entries name the login and not who acted',
    set(`new.body || jsonb_build_object('actor', jsonb_build_object('type', 'login', 'id', session_user))`),
  ),
  bent('purpose-dropped', 'entries do not say what for', set(`new.body - 'purpose'`)),
  bent('request-dropped', 'entries do not say in which request', set(`new.body - 'request'`)),
  bent('rows-dropped', 'entries do not say which rows', set(`new.body - 'rows' - 'com'`), { needs: wide }),
  bent(
    'one-row-named',
    'entries name the first row alone',
    `if jsonb_array_length(new.body -> 'rows') > 1 then ${set(`jsonb_set(new.body, '{rows}', jsonb_build_array(new.body -> 'rows' -> 0))`)}; end if`,
    { needs: wide },
  ),
  bent(
    'count-of-one',
    'entries count one row, however many there were',
    `if new.body ? 'rows_total' then ${set(`jsonb_set(new.body, '{rows_total}', '1')`)}; end if`,
    { needs: wide },
  ),
  bent('digest-dropped', 'rows beyond the first hundred leave no trace', set(`new.body - 'dig'`), { needs: wide }),
  bent('detail-dropped', 'entries lose the facts of an event', set(`new.body - 'detail'`)),
  bent(
    'entry-back-dated',
    'entries are said to be an hour old',
    `new.received_at := new.received_at - interval '1 hour'`,
  ),
  bent(
    'logs-mixed',
    'entries of all organizations go into one log',
    `new.organization_id := '7e1f0000-0000-4000-8000-000000000001'`,
  ),
  bent('values-swapped', 'personal values are kept as something else', `new.value := upper(new.value) || '.'`, {
    table: 'disclosure',
  }),
])

/** Entries are written on a connection of their own, and so stay when the change is undone. */
const entryOutlives = sabotage(source, {
  name: 'entry-outlives-change',
  says: 'entries are written outside of the transaction, and stay when the change is undone',
  async apply(twin) {
    await twin.admin.query(`grant select on upheld_audit.pending to upheld_app;
      create policy opened on upheld_audit.pending for select to upheld_app using (true)`)
    return {
      ...twin,
      open(options) {
        const platform = twin.open(options)
        return Object.freeze({ ...platform, organization: (id: string) => outliving(twin, platform.organization(id)) })
      },
    }
  },
})

function outliving(twin: TwinWorld, handle: Organization): Organization {
  const transaction: Organization['transaction'] = async (work, mode) => {
    let entries: readonly Readonly<Record<string, unknown>>[] = []
    try {
      return await handle.transaction(async tx => {
        try {
          return await work(tx)
        } catch (error) {
          entries = await tx.query(
            `select id::text as id, organization_id::text as organization, body::text as body from upheld_audit.pending
             where body ->> 'request' = current_setting('upheld.note')::jsonb ->> 'request'`,
          )
          throw error
        }
      }, mode)
    } finally {
      for (const { id, organization, body } of entries) {
        await twin.admin.query('insert into upheld_audit.pending (id, organization_id, body) values ($1, $2, $3)', [
          id,
          organization,
          body,
        ])
      }
    }
  }
  return Object.freeze({ ...handle, transaction, as: (actor: Actor) => outliving(twin, handle.as(actor)) })
}

/** Where a policy names the application's login, it names this one too: else it would see no log at all. */
const seesAsApp = (role: string): string => `
  do $$ declare one record; begin
    for one in
      select p.polname, p.polrelid::regclass as place, string_agg(quote_ident(r.rolname), ', ') as roles
      from pg_policy p join pg_roles r on r.oid = any (p.polroles) where 'upheld_app'::regrole = any (p.polroles) group by 1, 2
    loop
      execute format('alter policy %I on %s to %s, ${role}', one.polname, one.place, one.roles);
    end loop;
  end $$`

/** Triggers that fire always do so as a replica too; whoever may set this has other ways to switch off what protects. */
const asleep = sabotage(source, {
  name: 'triggers-put-to-sleep',
  says: 'the application’s login may tell the database to fire no triggers',
  async apply(twin) {
    const made = await twin.loginLike('app')
    await twin.admin.query(`grant set on parameter session_replication_role to ${made.name}; ${seesAsApp(made.name)}`)
    twin.defer(async () => {
      await twin.admin.query(`revoke set on parameter session_replication_role from ${made.name}`)
    })
    return {
      ...twin,
      login: (role, connectionsMax) => (role === 'app' ? made.login(connectionsMax) : twin.login(role, connectionsMax)),
      open: options => made.open(options),
    }
  },
})

export const entrySabotages: readonly Sabotage[] = [...entries, entryOutlives, asleep]
