import { openBoundConnections } from './adapters/postgres/bound/index.ts'
import { contextKeyFile } from './adapters/keys/index.ts'
import { systemClock, type Clock } from './core/clock.ts'
import {
  parseTenancyOptions,
  tenancy,
  type ContextKeys,
  type Organization,
  type Tenancy,
} from './foundation/tenancy/index.ts'
import { parseUpheldOptions, type UpheldOptions } from './options.ts'

export type { Organization }

/** The platform as an application holds it. */
export type Upheld = Tenancy

/** Ports that a caller may bring; the defaults are the ones for a single host. */
export interface UpheldPorts {
  readonly clock?: Clock
  readonly contextKeys?: ContextKeys
}

/**
 * Everything, wired: the application's login, the key that signs its contexts, and the tenancy over both.
 * @throws tenancy.bad_options with every problem at once
 */
export function upheld(given: UpheldOptions, ports: UpheldPorts = {}): Upheld {
  const options = parseUpheldOptions(given)
  const clock = ports.clock ?? systemClock
  const connections = openBoundConnections({
    url: options.databaseUrl,
    connectionsMax: options.connectionsMax,
    connectTimeoutMs: options.connectTimeoutMs,
    statementTimeoutMs: options.tenancy.statementTimeoutMs,
    pooler: options.pooler,
  })
  const keys = ports.contextKeys ?? contextKeyFile(options.contextKeyFile, clock)
  return tenancy({ connections, keys, clock }, parseTenancyOptions(options.tenancy))
}
