import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import { literal } from './names.ts'
import { adoptionOptions, type AdoptionOptions } from './options.ts'
import type { Lock, Step } from './steps/step.ts'

const adoptionRow = z.object({ options: adoptionOptions, finished: z.boolean() })

type Adoption = Readonly<z.output<typeof adoptionRow>>

/** The adoption of this database; undefined when none was begun. */
export async function readAdoption(database: Queryable): Promise<Adoption | undefined> {
  const { rows: there } = await database.query(`select to_regclass('upheld_adoption.adoption') is not null as yes`)
  if (there[0]?.['yes'] !== true) return undefined
  const { rows } = await database.query(
    'select options, finished_at is not null as finished from upheld_adoption.adoption',
  )
  return rows[0] === undefined ? undefined : adoptionRow.parse(rows[0])
}

/** The options of the adoption under way, or those that were given. @throws adoption.options_missing, adoption.other_options */
export function settledOptions(known: Adoption | undefined, given: Partial<AdoptionOptions>): AdoptionOptions {
  if (known === undefined) {
    const parsed = adoptionOptions.safeParse(given)
    if (parsed.success) return parsed.data
    if (given.schemas === undefined || given.tenantColumn === undefined) throw refuse.options_missing()
    throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  }
  const merged = adoptionOptions.parse({ ...known.options, ...given })
  if (canonical(merged) !== canonical(known.options)) throw refuse.other_options()
  return known.options
}

function canonical(options: AdoptionOptions): string {
  const { schemas, tenantColumn, directory, shared } = options
  return JSON.stringify([schemas.toSorted(), tenantColumn, directory ?? null, shared.toSorted()])
}

const groundText = readFileSync(new URL('./ground.sql', import.meta.url), 'utf8')

/** Statements that lay the ground: nothing of the application is touched. The salt keeps ids from being foretold. */
export function groundStatements(options: AdoptionOptions, salt: string): readonly string[] {
  return [
    groundText,
    `insert into upheld_adoption.adoption (options, salt) values (${literal(JSON.stringify(options))}, ${literal(salt)}) on conflict do nothing`,
    // STABLE and without settings of its own, so that it is written into the statement that calls it: 3 us in place of 9.
    `create or replace function upheld_adoption.organization_of(tenant text) returns uuid language sql stable parallel safe
return encode(substr(sha256(convert_to(${literal(salt)} || tenant, 'UTF8')), 1, 16), 'hex')::uuid`,
    'revoke all on function upheld_adoption.organization_of(text) from public',
  ]
}

/** Safe to repeat; what is there stays. */
export async function layGround(tx: Queryable, options: AdoptionOptions): Promise<void> {
  if ((await readAdoption(tx)) !== undefined) return
  for (const statement of groundStatements(options, randomBytes(32).toString('hex'))) await tx.query(statement)
}

export async function isDone(database: Queryable, id: string): Promise<boolean> {
  const { rows } = await database.query('select done_at is not null as done from upheld_adoption.step where id = $1', [
    id,
  ])
  return rows[0]?.['done'] === true
}

/** Before its first change outside of a transaction, so that undo knows of a step that was killed. */
export async function noteBegun(tx: Queryable, step: Step): Promise<void> {
  await tx.query(
    `insert into upheld_adoption.step (id, kind, undo, alone) values ($1, $2, $3, $4)
     on conflict (id) do update set undo = excluded.undo, alone = excluded.alone`,
    [step.id, step.kind, JSON.stringify(step.undo), step.way === 'alone'],
  )
}

export async function noteDone(tx: Queryable, step: Step, taken: readonly Lock[]): Promise<void> {
  await noteBegun(tx, step)
  await tx.query('update upheld_adoption.step set taken = $2, done_at = clock_timestamp() where id = $1', [
    step.id,
    JSON.stringify(taken),
  ])
}

const undoRow = z.object({ id: z.string(), undo: z.array(z.string()), alone: z.boolean() })
export type Undo = Readonly<z.output<typeof undoRow>>

/** Everything that was begun, the newest first. */
export async function undoable(database: Queryable): Promise<readonly Undo[]> {
  const { rows } = await database.query('select id, undo, alone from upheld_adoption.step order by number desc')
  return rows.map(row => undoRow.parse(row))
}

export async function forget(tx: Queryable, id: string): Promise<void> {
  await tx.query('delete from upheld_adoption.step where id = $1', [id])
}
