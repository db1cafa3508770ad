import { contextKeyFile, supportKeyFile } from './adapters/keys/index.ts'
import { guessKeyFile, pepperFile } from './adapters/pepper/index.ts'
import { openDatabase } from './adapters/postgres/database.ts'
import { openWeb, textRecords } from './adapters/web/index.ts'
import { systemClock, type Clock } from './core/clock.ts'
import { assert } from './core/errors.ts'
import type { Database } from './core/ports.ts'
import { openSealing } from './custody.ts'
import type { ContextKeys, Sealing, Statements, Tenancy } from './foundation/tenancy/index.ts'
import { accessStore, type Access, type AccessStore } from './guards/access/index.ts'
import { openDomains } from './guards/domains/index.ts'
import { factors, parseFactorOptions, type FactorPorts, type Factors } from './guards/factors/index.ts'
import { openIdentity, ownerNotices, type Identity } from './guards/identity/index.ts'
import { apiKeys, origins, visitors, type ApiKeys } from './guards/keys/index.ts'
import { openPasswords } from './guards/passwords/index.ts'
import { allSources, reviews } from './guards/reviews/index.ts'
import { openScim } from './guards/scim/index.ts'
import { openSso } from './guards/sso/index.ts'
import type { SupportPorts } from './guards/support/index.ts'
import { openTakeover, proofOfWork } from './guards/takeover/index.ts'
import { bent, type PeopleBend } from './people-bend.ts'
import { parsePeopleOptions, type ParsedPeopleOptions, type PeopleOptions } from './people-options.ts'
import { openLook } from './surfaces/look/index.ts'
import { openMembers } from './sealed-rows.ts'
import { peopleSite, type PeopleParts, type PeopleSite } from './surfaces/people/index.ts'
import type { Upheld } from './upheld.ts'

/** People of an application: who they are, how they prove it, and what they may do where. */
export interface People extends PeopleParts {
  /** Their pages, and the way from them into the application. */
  readonly site: PeopleSite
  close(): Promise<void>
}

/** Ports that a caller may bring; the defaults are the ones for a single host. */
export interface PeoplePorts {
  readonly clock?: Clock
  readonly contextKeys?: ContextKeys
  /** The texts of the TXT records of a name; of this machine's own DNS unless told. */
  readonly resolveTxt?: (name: string) => Promise<readonly string[]>
  /** For trying what broken parts would do: they take the place of the honest ones. */
  readonly bend?: PeopleBend
}

/** What everything here stands on. */
interface Ground {
  readonly options: ParsedPeopleOptions
  readonly platform: Upheld
  readonly access: Access
  readonly database: Database
  readonly members: Tenancy
  readonly sealing: Sealing
  readonly destroyKeys: NonNullable<FactorPorts['destroyKeys']>
  readonly clock: Clock
  readonly resolveTxt: NonNullable<PeoplePorts['resolveTxt']>
  readonly bend: PeopleBend
}

/**
 * Persons and members beside the application's own rows, over the login of identity. `access` is what `defineAccess` made.
 * @throws tenancy.bad_options with every problem at once, and what a file that cannot be used throws
 */
export function openPeople(platform: Upheld, access: Access, given: PeopleOptions, ports: PeoplePorts = {}): People {
  const { bend = {} } = ports
  const options = parsePeopleOptions(given)
  const clock = bend.clock ?? ports.clock ?? systemClock
  const database = openDatabase(options.databaseUrl, {
    connectionsMax: options.connectionsMax,
    name: 'upheld-identity',
  })
  const contextKeys = ports.contextKeys ?? contextKeyFile(options.contextKeyFile, systemClock)
  const members = openMembers({ ...options, contextKeys })
  // What happens to keys is told over the login of the application: it is the one that may.
  const broken = bend.vault === undefined ? {} : { bend: { vault: bend.vault } }
  const sealing = openSealing({ vault: options.vault }, broken, systemClock, id => platform.organization(id))
  assert(sealing !== undefined, 'a vault was asked for')
  const ground: Ground = {
    options,
    platform,
    access: bent(access, bend.access),
    database: bent(database, bend.database),
    members: bent(members, bend.members),
    sealing: sealing.vault,
    destroyKeys: of => sealing.destroy(of),
    clock,
    resolveTxt: ports.resolveTxt ?? textRecords,
    bend,
  }
  const { takeover, ...persons } = openPersons(ground)
  const parts = {
    ...persons,
    ...openAround(ground, persons),
    access: ground.access,
    members: ground.members,
    application: platform,
  }
  const { product, origin, home } = options
  return Object.freeze({
    ...parts,
    site: peopleSite({ ...parts, product, origin, home, look: openLook(), clock }),
    async close() {
      await takeover.close()
      await members.close()
      await database.close()
      sealing.close()
    },
  })
}

interface Persons {
  readonly identity: Identity
  readonly factors: Factors
  readonly roles: AccessStore
  readonly keys: ApiKeys
}

/** Who people are, and what they may do. */
function openPersons({ options, platform, access, database, members, sealing, destroyKeys, clock, bend }: Ground) {
  const host = new URL(options.origin).hostname
  const factorOptions = parseFactorOptions({ issuer: options.product, rpId: host, origins: [options.origin] })
  const own = bent(factors({ database, sealing, destroyKeys, clock }, factorOptions), bend.factors)
  const guess = guessKeyFile(options.guessKeyFile)
  const counting = openTakeover({
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
    passwords: bent(openPasswords({ peppers: pepperFile(options.pepperFile, clock) }), bend.passwords),
    factors: own,
    takeover: bent(counting, bend.takeover),
    access,
    options: { ...options.sessions, contextWords: [options.product, ...options.contextWords] },
  })
  return {
    identity: bent(identity, bend.identity),
    factors: own,
    roles: bent(accessStore({ access, clock }), bend.roles),
    keys: bent(apiKeys({ tenancy: members, application: platform, access, clock }), bend.keys),
    takeover: counting,
  }
}

/** Who comes from elsewhere, who looks in, and who looks over all of it. */
function openAround(
  { options, platform, access, database, members, sealing, clock, resolveTxt: txt, bend }: Ground,
  { roles, keys }: Persons,
) {
  const may = async (organization: Pick<Statements, 'query'>, memberId: string): Promise<boolean> =>
    (await roles.setOf(organization, memberId))?.may('organization.sign-in') === true
  const mayGive = async (
    organization: Pick<Statements, 'query'>,
    memberId: string,
    given: readonly string[],
  ): Promise<boolean> => {
    const set = await roles.setOf(organization, memberId)
    return set !== undefined && access.mayGrant(set, given).allowed
  }
  const support: SupportPorts = Object.freeze({
    database,
    tenancy: members,
    platform,
    clock,
    key: supportKeyFile(options.supportKeyFile),
    grantable: new Set(Object.keys(access.permissions).filter(name => access.permissions[name]?.staff !== 'never')),
    mayDecide: async (organization, memberId) =>
      (await roles.setOf(organization, memberId))?.may('organization.support') === true,
  } satisfies SupportPorts)
  const sources = allSources({ tenancy: members, platform, access, clock, keys })
  const lettingIn =
    options.visitors === undefined
      ? undefined
      : bent(visitors({ tenancy: members, application: platform, sealing, clock }, options.visitors), bend.visitors)
  const sso = openSso(
    { tenancy: members, database, web: openWeb(options.web), sealing, clock, may, mayGive },
    // A session that a provider speaks for is held to its organization, and enters no other one of that person.
    { redirectUri: `${options.origin}/sign-in/sso/callback`, severalOrganizations: 'dangerously-allow' },
  )
  const makers = Object.keys(access.roles).filter(role => role !== 'owner')
  return {
    origins: origins({ tenancy: members, clock }),
    visitors: lettingIn,
    support: bent(support, bend.support),
    reviews: bent(reviews({ tenancy: members, access, clock, sources }), bend.reviews),
    sso: bent(sso, bend.sso),
    scim: openScim({ tenancy: members, clock, may, mayGive }, { baseUrl: `${options.origin}/scim/v2`, roles: makers }),
    domains: openDomains({ clock, may, resolveTxt: txt }),
  }
}
