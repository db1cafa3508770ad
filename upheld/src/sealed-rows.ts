import { openBoundConnections } from './adapters/postgres/bound/index.ts'
import { sealedRows } from './adapters/sealed-rows/index.ts'
import { systemClock } from './core/clock.ts'
import type { OrganizationId } from './core/ids.ts'
import {
  parseTenancyOptions,
  tenancy,
  type ContextKeys,
  type Statements,
  type Tenancy,
} from './foundation/tenancy/index.ts'
import type { SealedRows } from './foundation/vault/index.ts'
import { peopleSchemas } from './guards/schema/index.ts'
import type { Upheld } from './upheld.ts'

interface LoginOptions {
  readonly databaseUrl: string
  readonly connectionsMax: number
  readonly contextKeys: ContextKeys
  /** 5,000 unless told. */
  readonly statementTimeoutMs?: number
}

/** The tables of members and persons, one organization at a time, over the login of identity or of the jobs. */
export function openMembers({
  databaseUrl,
  connectionsMax,
  contextKeys,
  statementTimeoutMs = 5_000,
}: LoginOptions): Tenancy {
  const connections = openBoundConnections({
    url: databaseUrl,
    connectionsMax,
    connectTimeoutMs: 10_000,
    statementTimeoutMs,
    pooler: false,
    citus: false,
  })
  return tenancy({ connections, keys: contextKeys, clock: systemClock }, parseTenancyOptions({}))
}

/** Who works on the keys, as every log says. */
type Operator = Parameters<ReturnType<Tenancy['organization']>['as']>[0]

/** The rows of the application and those of people, for whoever replaces keys. Closes the login of identity alone. */
export function openSealedRows(
  platform: Pick<Upheld, 'organization'>,
  operator: Operator,
  identity: LoginOptions,
): SealedRows & { close(): Promise<void> } {
  const members = openMembers(identity)
  const statementsOf =
    (over: Pick<Tenancy, 'organization'>) =>
    (id: OrganizationId): Statements =>
      over.organization(id).as(operator)
  const rows = sealedRows({
    statementsOf: statementsOf(platform),
    others: [{ schemas: peopleSchemas, statementsOf: statementsOf(members) }],
    clock: systemClock,
  })
  return Object.freeze({ ...rows, close: () => members.close() })
}
