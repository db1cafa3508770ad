import { contextKeyFile, supportKeyFile } from './adapters/keys/index.ts'
import { guessKeyFile, pepperFile } from './adapters/pepper/index.ts'
import { openBoundConnections } from './adapters/postgres/bound/index.ts'
import { openDatabase } from './adapters/postgres/database.ts'
import { systemClock, type Clock } from './core/clock.ts'
import { assert } from './core/errors.ts'
import { openSealing } from './custody.ts'
import { parseTenancyOptions, tenancy, type ContextKeys } from './foundation/tenancy/index.ts'
import { accessStore, type Access, type AccessStore } from './guards/access/index.ts'
import { factors, parseFactorOptions, type Factors } from './guards/factors/index.ts'
import { openIdentity, ownerNotices, type Identity } from './guards/identity/index.ts'
import { apiKeys, type ApiKeys } from './guards/keys/index.ts'
import { openPasswords } from './guards/passwords/index.ts'
import type { SupportPorts } from './guards/support/index.ts'
import { openTakeover, proofOfWork } from './guards/takeover/index.ts'
import { parsePeopleOptions, type PeopleOptions } from './people-options.ts'
import type { Upheld } from './upheld.ts'

/** People of an application: who they are, how they prove it, and what they may do where. */
export interface People {
  readonly identity: Identity
  /** To show what there is; changed through `identity` alone. */
  readonly factors: Pick<Factors, 'of'>
  readonly access: Access
  readonly roles: AccessStore
  readonly keys: ApiKeys
  /** What the functions of support stand on. */
  readonly support: SupportPorts
  close(): Promise<void>
}

/** Ports that a caller may bring; the defaults are the ones for a single host. */
export interface PeoplePorts {
  readonly clock?: Clock
  readonly contextKeys?: ContextKeys
}

/**
 * Persons and members beside the application's own rows, over the login of identity. `access` is what `defineAccess` made.
 * @throws tenancy.bad_options with every problem at once, and what a file that cannot be used throws
 */
export function openPeople(platform: Upheld, access: Access, given: PeopleOptions, ports: PeoplePorts = {}): People {
  const options = parsePeopleOptions(given)
  const clock = ports.clock ?? systemClock
  const database = openDatabase(options.databaseUrl, {
    connectionsMax: options.connectionsMax,
    name: 'upheld-identity',
  })
  const connections = openBoundConnections({
    url: options.databaseUrl,
    connectionsMax: options.connectionsMax,
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 5_000,
    pooler: false,
    citus: false,
  })
  const contextKeys = ports.contextKeys ?? contextKeyFile(options.contextKeyFile, systemClock)
  const members = tenancy({ connections, keys: contextKeys, clock: systemClock }, parseTenancyOptions({}))
  // What happens to keys is told over the login of the application: it is the one that may.
  const sealing = openSealing({ vault: options.vault }, {}, systemClock, id => platform.organization(id))
  assert(sealing !== undefined, 'a vault was asked for')
  const host = new URL(options.origin).hostname
  const factorOptions = parseFactorOptions({ issuer: options.product, rpId: host, origins: [options.origin] })
  const own = factors({ database, sealing: sealing.vault, clock }, factorOptions)
  const guess = guessKeyFile(options.guessKeyFile)
  const takeover = openTakeover({
    database,
    clock,
    key: guess.count,
    challenge: proofOfWork({ database, key: guess.work }),
    notifyOwner: ownerNotices(database, clock),
  })
  const identity = openIdentity({
    database,
    tenancy: members,
    clock,
    passwords: openPasswords({ peppers: pepperFile(options.pepperFile, clock) }),
    factors: own,
    takeover,
    access,
    options: { contextWords: [options.product, ...options.contextWords] },
  })
  const roles = accessStore({ access, clock })
  return Object.freeze({
    identity,
    factors: own,
    access,
    roles,
    keys: apiKeys({ tenancy: members, application: platform, access, clock }),
    support: Object.freeze({
      database,
      tenancy: members,
      platform,
      clock,
      key: supportKeyFile(options.supportKeyFile),
      grantable: new Set(Object.keys(access.permissions).filter(name => access.permissions[name]?.staff !== 'never')),
      mayDecide: async (organization, memberId) =>
        (await roles.setOf(organization, memberId))?.may('organization.support') === true,
    } satisfies SupportPorts),
    async close() {
      await takeover.close()
      await members.close()
      await database.close()
      sealing.close()
    },
  })
}
