import { tenantOf } from '../expression.ts'
import { columnComment, literal, markedName, organizationColumn, triggerName, quoted } from '../names.ts'
import type { Table } from '../survey/survey.ts'
import type { Ground } from './ground.ts'
import type { Step } from './step.ts'

/** Column and trigger in one transaction: there is no moment at which a row is written without its organization. */
export function columnStep(ground: Ground, table: Table): Step {
  const fill = `upheld_adoption.${markedName('fill', table.label)}`
  const watched = watchedColumns(ground, table).map(quoted).join(', ')
  return {
    id: `column ${table.label}`,
    kind: 'column',
    way: 'transaction',
    says: `Add organization_id to ${table.label}, and a trigger that fills it for new rows.`,
    statements: [
      `alter table ${table.label} add column ${organizationColumn} uuid`,
      `comment on column ${table.label}.${organizationColumn} is ${literal(columnComment)}`,
      fillFunction(fill, tenantOf(ground.seen, ground.tenants, table.oid, 'new', 'organization')),
      `revoke all on function ${fill}() from public`,
      `create trigger ${quoted(triggerName)} before insert or update of ${watched} on ${table.label} for each row execute function ${fill}()`,
    ],
    locks: ground.locks(table, 'AccessExclusiveLock').concat(ground.pathLocks(table)),
    short: 'A column without a default changes the catalogue alone; no row is touched.',
    application:
      'select * shows one column more, so a prepared select * must be prepared again. A row cannot move to another tenant any more.',
    undo: [
      `drop trigger if exists ${quoted(triggerName)} on ${table.label}`,
      `drop function if exists ${fill}()`,
      `alter table ${table.label} drop column if exists ${organizationColumn}`,
    ],
  }
}

function watchedColumns({ tenants }: Ground, table: Table): readonly string[] {
  const source = tenants.sources.get(table.oid)
  const told =
    source?.kind === 'column'
      ? [source.column]
      : source?.kind === 'parents'
        ? source.keys.flatMap(key => key.columns)
        : []
  return [...new Set([organizationColumn, ...told])]
}

/** As its definer, a superuser, it finds parents that row security of another kind hides from the writer. */
function fillFunction(name: string, told: string): string {
  return `create or replace function ${name}() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $upheld$
declare
  told uuid := ${told};
begin
  if tg_op = 'UPDATE' and old.organization_id is not null and told is distinct from old.organization_id then
    raise exception 'upheld: a row stays with its organization' using errcode = '23514';
  end if;
  if new.organization_id is distinct from told and new.organization_id is not null
    and (tg_op = 'INSERT' or new.organization_id is distinct from old.organization_id) then
    raise exception 'upheld: this organization_id contradicts the tenant of the row' using errcode = '23514';
  end if;
  new.organization_id := told;
  return new;
end
$upheld$`
}
