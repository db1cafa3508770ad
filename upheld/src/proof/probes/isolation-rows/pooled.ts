import type { Organization } from '../../../upheld.ts'
import type { AttackLog, Table } from '../attacks/index.ts'
import type { World } from '../../claims/index.ts'
import { spread } from './plain-login.ts'

/** Reads of one organization in one table; fewer where there are many tables, so that the whole stays bounded. */
const rounds = 12
const roundsOfMany = 3
const tablesMany = 60

/**
 * Both organizations at once over one connection and over three: prepared statements, plans and settings of one must
 * never serve the other.
 */
export async function attackPooled(world: World, tables: readonly Table[], log: AttackLog): Promise<void> {
  for (const connectionsMax of [1, 3]) {
    const platform = world.open({ connectionsMax })
    try {
      const both = [platform.organization(world.thief), platform.organization(world.victim)]
      const here = connectionsMax === 1 ? tables : spread(tables, tablesMany)
      for (const table of here) await interleave(both, table, connectionsMax, tables.length, log)
    } finally {
      await platform.close()
    }
  }
}

async function interleave(
  both: readonly Organization[],
  table: Table,
  connectionsMax: number,
  tables: number,
  log: AttackLog,
): Promise<void> {
  const text = `select organization_id from ${table.label}`
  const reads = Array.from({ length: tables > tablesMany ? roundsOfMany : rounds }, () =>
    both.map(async one => {
      const rows = await one.query(text)
      return rows.filter(row => row['organization_id'] !== one.id).length
    }),
  )
  const wrong = (await Promise.all(reads.flat())).reduce((sum, count) => sum + count, 0)
  const attack = `interleave on ${connectionsMax === 1 ? 'one connection' : `${connectionsMax} connections`}`
  if (wrong === 0) log.observe(attack, table.label)
  else log.refute({ attack, where: table.label, saw: `${wrong} rows of the other organization` })
}
