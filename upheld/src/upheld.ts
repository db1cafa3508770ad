import { openBoundConnections } from './adapters/postgres/bound/index.ts'
import { contextKeyFile } from './adapters/keys/index.ts'
import { systemClock, type Clock } from './core/clock.ts'
import {
  cellKeys,
  cells,
  parseTenancyOptions,
  tenancy,
  type ContextKeys,
  type Organization,
  type Tenancy,
} from './foundation/tenancy/index.ts'
import { parseCellsOptions, parseUpheldOptions, type UpheldCellsOptions, type UpheldOptions } from './options.ts'

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
    citus: options.unprovenCitus,
  })
  const keys = ports.contextKeys ?? contextKeyFile(options.contextKeyFile, clock)
  return tenancy({ connections, keys, clock }, parseTenancyOptions(options.tenancy))
}

/** Keys of the cells, by name, when they do not lie in files; `0000` is the home's. */
export interface UpheldCellsPorts {
  readonly clock?: Clock
  readonly contextKeys?: Readonly<Record<string, ContextKeys>>
}

/**
 * Several databases as one: each organization lives whole in one cell, and `createOrganization({ cell })` says in
 * which. A context is signed for its cell alone; the verifier of another one refuses it.
 * @throws tenancy.bad_options with every problem at once
 */
export function upheldCells(given: UpheldCellsOptions, ports: UpheldCellsPorts = {}): Upheld {
  const options = parseCellsOptions(given)
  const clock = ports.clock ?? systemClock
  const open = (cell: string, one: UpheldOptions): Upheld => {
    const keys = ports.contextKeys?.[cell] ?? contextKeyFile(one.contextKeyFile, clock)
    return upheld(one, { clock, contextKeys: cellKeys(cell, keys) })
  }
  const others = Object.entries(options.cells).map(([cell, one]) => [cell, open(cell, one)] as const)
  return cells(open('0000', options.home), new Map(others))
}
