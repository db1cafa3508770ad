import assert from 'node:assert/strict'
import { openWeb } from '../../src/adapters/web/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { openSealing } from '../../src/custody.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import type { UpheldOptions } from '../../src/options.ts'
import { openDomains, type Domains } from '../../src/guards/domains/index.ts'
import { openSso, type NewConnection, type Sso, type SsoPorts } from '../../src/guards/sso/index.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'
import { peerAuthority, startPeer, type Account, type Peer } from './oidc-peer.ts'

export const redirectUri = 'https://desk.example/sso/callback'
export const client = { id: 'upheld-desk', secret: 'a secret of a client, long enough' }

/** An organization with an owner, and a connection to a provider. */
export interface House {
  readonly organization: Organization
  readonly ownerId: string
  readonly ownerPersonId: string
  readonly connectionId: string
}

export interface SsoStage {
  readonly people: TestPeople
  readonly sso: Sso
  readonly domains: Domains
  readonly peer: Peer
  /** What the DNS says: TXT records by their name. */
  readonly txt: Map<string, string[]>
  /** Who may change connections, each with the roles that they may not give. */
  readonly managers: Map<string, readonly string[]>
  house(name: string, more?: Partial<NewConnection>): Promise<House>
  /** Begins, signs in at the provider, and gives what the browser brings back. */
  away(
    house: House,
    account: Account,
    more?: { readonly returnTo?: string; readonly maxAgeSecs?: number },
  ): Promise<Back>
  close(): Promise<void>
}

export interface Back {
  readonly query: string
  readonly cookie: string
}

/** `vaultOf`: where keys are; of the platform of tests unless told. */
export async function ssoStage(
  vaultOf: (people: TestPeople) => UpheldOptions['vault'] = people => people.platform.custody.vault,
): Promise<SsoStage> {
  const people = await testPeople()
  const peer = await startPeer('idp.example', [client, { id: 'somebody-else', secret: client.secret }], redirectUri)
  const sealing = openSealing({ vault: vaultOf(people) }, {}, systemClock, id =>
    people.platform.upheld.organization(id),
  )
  assert(sealing !== undefined, 'the platform of tests has a vault')
  const managers = new Map<string, readonly string[]>()
  const txt = new Map<string, string[]>()
  const web = openWeb(
    { ca: peerAuthority.cert, dangerouslyAllowLoopback: true, timeoutMs: 2_000 },
    { resolve: async host => [host === 'inner.example' ? '10.0.0.7' : '127.0.0.1'] },
  )
  const may = async (_: Organization, memberId: string): Promise<boolean> => managers.has(memberId)
  const mayGive: SsoPorts['mayGive'] = async (_, memberId, roles) =>
    !roles.some(role => managers.get(memberId)?.includes(role) ?? true)
  const { tenancy, database, clock } = people
  const sso = openSso(
    { tenancy, database, web, sealing: sealing.vault, clock, may, mayGive },
    { redirectUri, timeoutSecs: 2, toleranceSecs: 60 },
  )
  const domains = openDomains({ clock, may, resolveTxt: async name => txt.get(name) ?? [] })
  let count = 0
  return Object.freeze({
    people,
    sso,
    domains,
    peer,
    txt,
    managers,
    async house(name: string, more: Partial<NewConnection> = {}) {
      const ownerPersonId = await people.person(`owner-${++count}@${name}.example`)
      const { organization, memberIds } = await people.organization(name, [
        { personId: ownerPersonId, roles: ['owner'] },
      ])
      const [ownerId = ''] = memberIds
      managers.set(ownerId, [])
      const connection = await sso.connections.register(organization, ownerId, {
        name,
        issuer: peer.issuer,
        clientId: client.id,
        clientSecret: client.secret,
        ...more,
      })
      return { organization, ownerId, ownerPersonId, connectionId: connection.id }
    },
    async away({ organization, connectionId }: House, account: Account, more = {}) {
      const { location, browser } = await sso.begin(organization, { connectionId, ...more })
      const back = await peer.visit(location, account)
      clock.catchUp()
      return { query: back.search, cookie: browser.value }
    },
    async close() {
      sealing.close()
      await peer.close()
      await people.close()
    },
  })
}

/** Proves a domain as its owner would. */
export async function prove(
  { domains, txt }: SsoStage,
  { organization, ownerId }: House,
  domain: string,
): Promise<void> {
  const { name, value } = await domains.add(organization, ownerId, domain)
  txt.set(name, ['v=spf1 -all', value])
  await domains.prove(organization, ownerId, domain)
}
