import { openBoundConnections } from './adapters/postgres/bound/index.ts'
import { contextKeyFile } from './adapters/keys/index.ts'
import { systemClock, type Clock } from './core/clock.ts'
import type { OrganizationId } from './core/ids.ts'
import { noteOpening, noteSupport, openSealing, supportBook, type Bend, type CustodyPorts } from './custody.ts'
import type { Blobs, LinkedObjects, Objects } from './foundation/objects/index.ts'
import {
  cellKeys,
  cells,
  parseTenancyOptions,
  refuse,
  tenancy,
  type BoundConnections,
  type ContextKeys,
  type Organization,
  type Tenancy,
} from './foundation/tenancy/index.ts'
import { parseCellsOptions, parseUpheldOptions, type UpheldCellsOptions, type UpheldOptions } from './options.ts'

export type { Organization }

/** Objects as an application holds them. */
export interface HeldObjects extends Pick<Objects, 'serve' | 'linkPath'> {
  /**
   * By the handle of an organization wherever staff could hold it: what staff does with objects stands in the organization's
   * log before it is done, what it may only read it cannot change, and its links end with its grant. By its id, for nobody.
   */
  of(organization: Organization | OrganizationId): LinkedObjects
}

/** The platform as an application holds it. */
export interface Upheld extends Tenancy {
  /**
   * Sealed objects of organizations, and links to them.
   * @throws tenancy.no_objects at the first use, when the options `vault` and `objects` were not given
   */
  readonly objects: HeldObjects
}

/** Ports that a caller may bring; the defaults are the ones for a single host. */
export interface UpheldPorts extends CustodyPorts {
  readonly clock?: Clock
  readonly contextKeys?: ContextKeys
  /** Where sealed objects lie, such as a bucket. */
  readonly blobs?: Blobs
  /** For trying what a broken vault would do: takes the place of the honest one. */
  readonly bend?: Bend
}

const noObjects: Objects = Object.freeze({
  linkPath: '/objects/',
  of() {
    throw refuse.no_objects()
  },
  serve: () => Promise.reject(refuse.no_objects()),
})

function held(objects: Objects): HeldObjects {
  return Object.freeze({
    linkPath: objects.linkPath,
    serve: objects.serve,
    of(organization: Organization | OrganizationId) {
      if (typeof organization === 'string') return objects.of(organization)
      const { id, support } = organization
      return support === undefined ? objects.of(id) : objects.of(id, { ...support, id: support.staff })
    },
  })
}

/** Connections for what must not wait for the statements of a request: keys to look up, openings to write down. */
const asideMax = 2

/**
 * Everything, wired: the application's login, the key that signs its contexts, the vault, and the tenancy over them.
 * @throws tenancy.bad_options with every problem at once
 */
export function upheld(given: UpheldOptions, ports: UpheldPorts = {}): Upheld {
  const options = parseUpheldOptions(given)
  const clock = ports.clock ?? systemClock
  const open = (connectionsMax: number, url = options.databaseUrl): BoundConnections =>
    openBoundConnections({
      url,
      connectionsMax,
      connectTimeoutMs: options.connectTimeoutMs,
      statementTimeoutMs: options.tenancy.statementTimeoutMs,
      pooler: options.pooler,
      citus: options.unprovenCitus,
    })
  const keys = ports.contextKeys ?? contextKeyFile(options.contextKeyFile, clock)
  const rules = parseTenancyOptions(options.tenancy)
  const guests = supportBook((id, { staff, grant, writes }) =>
    rows.aside(id, { type: 'staff', id: staff, purpose: 'support', request: grant, grant: { id: grant, writes } }),
  )
  const sealing = openSealing(options, { ...ports, guests }, clock, id => rows.aside(id))
  const rows = tenancy(
    {
      connections: open(options.connectionsMax),
      aside: open(asideMax),
      ...(options.staffDatabaseUrl === undefined ? {} : { staff: open(asideMax, options.staffDatabaseUrl) }),
      keys,
      clock,
      ...(sealing === undefined ? {} : { sealing: sealing.vault }),
      recordOpening: noteOpening,
      recordSupport: noteSupport,
    },
    rules,
  )
  const handle: Tenancy = rows
  return Object.freeze({
    ...handle,
    objects: held(sealing?.objects ?? noObjects),
    async close() {
      await rows.close()
      sealing?.close()
    },
  })
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
  const home = open('0000', options.home)
  return Object.freeze({
    ...cells(home, new Map(others)),
    // Objects are in no database: one store, under the keys of the home.
    objects: home.objects,
  })
}
