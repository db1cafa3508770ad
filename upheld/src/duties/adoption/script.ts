import { groundStatements } from './journal.ts'
import { literal } from './names.ts'
import type { AdoptionOptions } from './options.ts'
import type { Plan } from './plan.ts'
import type { Step } from './steps/step.ts'

/** Pages and rest of one batch in the script; `upheld adopt run` measures and adapts instead. */
const pagesPerBatch = 64
const restSecs = 0.01

/**
 * The plan as one file for psql: every statement, in order, with its lock and its way back. Each can be read, and run by
 * hand; `upheld adopt run` does the same and also waits well, notes how far it came, and goes on after a failure.
 */
export function script(plan: Plan, salt: string): string {
  const head = [
    comment(`Adoption of ${plan.options.schemas.join(', ')} by ${plan.options.tenantColumn}.`),
    comment(
      'Run it with: psql -v ON_ERROR_STOP=1 -f this-file. It is reversible: the way back of each step stands with it.',
    ),
    "set lock_timeout = '300ms';",
    'set search_path = pg_catalog;',
  ]
  const body = plan.steps.flatMap((step, at) => [...heading(step, at + 1), ...statementsOf(step)])
  return [...head, ...ground(plan.options, salt), ...body, ''].join('\n')
}

function ground(options: AdoptionOptions, salt: string): readonly string[] {
  return ['', comment('0. Lay the ground.'), ...groundStatements(options, salt).map(closed)]
}

function heading(step: Step, number: number): readonly string[] {
  const locks = step.locks.map(({ relation, mode }) => `${mode} on ${relation}`).join(', ')
  return [
    '',
    comment(`${number}. ${step.says}`),
    comment(`Lock: ${locks}. ${step.short}`),
    comment(`Application: ${step.application}`),
    ...step.undo.map(statement => comment(`Undo: ${statement};`)),
  ]
}

function statementsOf(step: Step): readonly string[] {
  if (step.way === 'alone') return ['set lock_timeout = 0;', closed(step.statement), "set lock_timeout = '300ms';"]
  if (step.way === 'transaction') return ['begin;', ...step.statements.map(closed), 'commit;']
  return [closed(batchBlock(step.table, step.expression))]
}

function batchBlock(table: string, expression: string): string {
  return `do $upheld$
declare
  part record;
  page bigint;
begin
  for part in
    select c.oid::regclass::text as label, pg_relation_size(c.oid) / current_setting('block_size')::int as pages
    from pg_class c where c.relkind = 'r' and (c.oid = ${literal(table)}::regclass
      or c.oid in (select relid from pg_partition_tree(${literal(table)}::regclass) where isleaf))
  loop
    page := 0;
    while page < part.pages loop
      set local session_replication_role = replica;
      execute format('update only %s t set organization_id = %s
        where t.ctid >= %L::tid and t.ctid < %L::tid and t.organization_id is null', part.label, ${literal(expression)},
        format('(%s,0)', page), format('(%s,0)', page + ${pagesPerBatch}));
      commit;
      page := page + ${pagesPerBatch};
      perform pg_sleep(${restSecs});
    end loop;
  end loop;
end
$upheld$`
}

function closed(statement: string): string {
  return `${statement.trimEnd().replace(/;$/, '')};`
}

function comment(text: string): string {
  return `-- ${text.replaceAll('\n', '\n-- ')}`
}
