import type { Queryable } from '../../core/ports.ts'
import { dataObstacles } from './doubts.ts'
import { refuse } from './errors.ts'
import { readAdoption, settledOptions } from './journal.ts'
import { structuralObstacles, type Obstacle } from './obstacles.ts'
import type { AdoptionOptions } from './options.ts'
import { columnStep } from './steps/column.ts'
import { fillStep } from './steps/fill.ts'
import { foreignKeySteps, isSimple } from './steps/foreign-key.ts'
import { groundOf, tenantTables, type Ground } from './steps/ground.ts'
import { requiredSteps } from './steps/required.ts'
import type { Step } from './steps/step.ts'
import { isLed, keySteps } from './steps/unique-key.ts'
import { survey } from './survey/survey.ts'
import { findTenants, rootOf } from './tenants.ts'

export interface Plan {
  readonly options: AdoptionOptions
  readonly ground: Ground
  /** When there is one, there are no steps. */
  readonly obstacles: readonly Obstacle[]
  readonly steps: readonly Step[]
}

interface PlanOptions {
  /** Also reads every row, for those whose tenant cannot be told. */
  readonly withData: boolean
}

/**
 * Looks and changes nothing: the same schema gives the same steps, before the adoption and in the middle of it.
 * @throws adoption.not_admin, adoption.already_finished, adoption.options_missing, adoption.other_options
 */
export async function planAdoption(
  tx: Queryable,
  given: Partial<AdoptionOptions>,
  { withData }: PlanOptions,
): Promise<Plan> {
  await tx.query(`select set_config('search_path', 'pg_catalog', true)`)
  const { rows } = await tx.query('select rolsuper as yes from pg_roles where rolname = current_user')
  if (rows[0]?.['yes'] !== true) throw refuse.not_admin()
  const known = await readAdoption(tx)
  if (known?.finished === true) throw refuse.already_finished()
  const options = settledOptions(known, given)
  const seen = await survey(tx, options.schemas)
  const tenants = findTenants(seen, options)
  const ground = groundOf(seen, tenants)
  const structural = structuralObstacles(seen, tenants, options)
  const data = withData && !structural.some(({ code }) => code === 'missing_schema') ? await doubts() : []
  const obstacles = [...structural, ...data]
  return Object.freeze({ options, ground, obstacles, steps: obstacles.length > 0 ? [] : stepsOf(ground) })

  /** What the catalogue says may make a comparison impossible; then the rows are left for the next look. */
  async function doubts(): Promise<Obstacle[]> {
    const blind = structural.some(({ code }) => code === 'tenant_type' || code === 'key_types')
    return blind ? [] : dataObstacles(tx, seen, tenants)
  }
}

/** Everything that can be taken back, in the order in which it is done. */
function stepsOf(ground: Ground): readonly Step[] {
  const { seen, tenants } = ground
  const tables = tenantTables(ground)
  const filled = tables.filter(({ oid }) => tenants.sources.get(oid)?.kind !== 'own')
  const isTenant = (oid: string): boolean => tables.some(table => table.oid === rootOf(seen, oid)?.oid)
  const keys = seen.uniqueKeys.flatMap(key => {
    const table = seen.tables.find(({ oid }) => oid === key.table_oid)
    return table === undefined || key.inherited || isLed(key) || !isTenant(table.oid)
      ? []
      : keySteps(ground, table, key)
  })
  return Object.freeze([
    ...filled.map(table => columnStep(ground, table)),
    ...filled.map(table => fillStep(ground, table)),
    ...tables.flatMap(table => requiredSteps(ground, table)),
    ...keys,
    ...seen.foreignKeys.filter(key => isSimple(ground, key)).flatMap(key => foreignKeySteps(ground, key)),
  ])
}

/** @throws adoption.obstacles with all of them */
export function assertAdoptable(plan: Plan): void {
  if (plan.obstacles.length === 0) return
  const list = plan.obstacles.map(({ code, object }) => `${code} ${object}`)
  const more = list.length > 20 ? `, and ${list.length - 20} more` : ''
  throw refuse.obstacles({ detail: `${list.slice(0, 20).join('; ')}${more}.` })
}
