import type { Organization } from '../../../upheld.ts'
import type { Report, World } from '../../claims/index.ts'
import type { Pair } from './by-handle.ts'
import type { Table } from './relations.ts'

const rounds = 12

/**
 * Both organizations at once over one connection and over three: prepared statements, plans and settings of one must
 * never serve the other.
 */
export async function attackPooled(world: World, pair: Pair, tables: readonly Table[], report: Report): Promise<void> {
  for (const connectionsMax of [1, 3]) {
    const platform = world.open({ connectionsMax })
    try {
      const both = [platform.organization(pair.thief.id), platform.organization(pair.victim.id)]
      for (const table of tables) await interleave(both, table, connectionsMax, report)
    } finally {
      await platform.close()
    }
  }
}

async function interleave(
  both: readonly Organization[],
  table: Table,
  connectionsMax: number,
  report: Report,
): Promise<void> {
  const text = `select organization_id from ${table.label}`
  const reads = Array.from({ length: rounds }, () =>
    both.map(async one => {
      const rows = await one.query(text)
      return rows.filter(row => row['organization_id'] !== one.id).length
    }),
  )
  const wrong = (await Promise.all(reads.flat())).reduce((sum, count) => sum + count, 0)
  const attack = `interleave on ${connectionsMax === 1 ? 'one connection' : `${connectionsMax} connections`}`
  if (wrong === 0) report.observe(attack, table.label)
  else report.refute({ attack, where: table.label, saw: `${wrong} rows of the other organization` })
}
