import { openBoundConnections } from '../../src/adapters/postgres/bound/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { recordEvent } from '../../src/foundation/audit/index.ts'
import { parseTenancyOptions, tenancy } from '../../src/foundation/tenancy/index.ts'

// An application that changes and records without end, until it is killed. Arguments: its login, the secret of the context
// key in hex, the organization.

const [url = '', secret = '', organization = ''] = process.argv.slice(2)
const key = { id: '01', cell: '0000', secret: Buffer.from(secret, 'hex') }
const settings = {
  connectionsMax: 4,
  connectTimeoutMs: 10_000,
  statementTimeoutMs: 10_000,
  pooler: false,
  citus: false,
}
const connections = openBoundConnections({ url, ...settings })
const handle = tenancy({ connections, keys: { current: () => key }, clock: systemClock }, parseTenancyOptions({}))
const o = handle.organization(organization)

async function change(): Promise<never> {
  for (;;) {
    await o.transaction(async tx => {
      await tx.sql`insert into shop.note (organization_id, text) values (${o.id}, 'one'), (${o.id}, 'two')`
      process.stdout.write('.')
      await recordEvent(tx, { action: 'note.written' })
    })
  }
}

await Promise.all([change(), change(), change()])
