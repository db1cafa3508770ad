import { keyPorts, vaultOver } from '../../src/custody.ts'
import { systemClock } from '../../src/core/clock.ts'
import { defineAccess } from '../../src/guards/access/index.ts'
import { apiKeys, origins, visitors, type ApiKeys, type Origins, type Visitors } from '../../src/guards/keys/index.ts'
import { tapWire, testPeople, type TestPeople } from '../../src/testing/index.ts'
import type { Organization, Tenancy } from '../../src/foundation/tenancy/index.ts'
import { openMembers } from '../../src/sealed-rows.ts'
import type { OrganizationId } from '../../src/core/ids.ts'

/** What an application may say of itself: things that keys may touch, one that they may not, and who knows visitors. */
export const shop = defineAccess({
  permissions: {
    'thing.read': { says: 'See things.', keys: true },
    'thing.write': { says: 'Change things.', keys: true },
    'thing.purge': { says: 'Destroy things.', privileged: true },
    'thing.export': { says: 'Take all things away.', privileged: true, keys: true },
    'visitor.assert': { says: 'Say who a visitor is.', keys: true },
  },
  roles: {
    owner: 'all',
    admin: ['thing.read', 'thing.write', 'visitor.assert', 'organization.keys', 'organization.reviews'],
    agent: ['thing.read'],
  },
})

export interface House {
  readonly id: OrganizationId
  readonly organization: Organization
  readonly owner: { readonly memberId: string }
  readonly admin: { readonly memberId: string }
  readonly agent: { readonly memberId: string }
}

export interface Stage {
  readonly people: TestPeople
  readonly keys: ApiKeys
  readonly pages: Origins
  readonly widget: Visitors
  /** The same over another handle. */
  widgetOver(tenancy: Pick<Tenancy, 'organization'>): Visitors
  /** An organization with an owner, an administrator and an agent, whom no other one has. */
  house(): Promise<House>
  close(): Promise<void>
}

export async function stage(): Promise<Stage> {
  const people = await testPeople()
  const application = people.platform.upheld
  const { vault: options } = people.platform.custody
  if (options === undefined) throw new Error('no vault to test with')
  const vault = vaultOver(keyPorts(options, {}, systemClock, id => application.organization(id)))
  const ports = { tenancy: people.tenancy, application, access: shop, sealing: vault, clock: people.clock }
  const rules = {
    scopes: ['chat.read', 'chat.write', 'orders.read'],
    anonymous: ['chat.read', 'chat.write'],
    assertScope: 'visitor.assert',
  }
  let count = 0
  return Object.freeze({
    people,
    keys: apiKeys(ports),
    pages: origins(ports),
    widget: visitors(ports, rules),
    widgetOver: (handle: Pick<Tenancy, 'organization'>) => visitors({ ...ports, tenancy: handle }, rules),
    async house() {
      count++
      const [owner, admin, agent] = await Promise.all(
        ['owner', 'admin', 'agent'].map(role => people.person(`${role}-${count}@example.com`)),
      )
      const { organization, memberIds } = await people.organization(`House ${count}`, [
        { personId: owner ?? '', roles: ['owner'] },
        { personId: admin ?? '', roles: ['admin'] },
        { personId: agent ?? '', roles: ['agent'] },
      ])
      const [o, a, g] = memberIds.map(memberId => ({ memberId }))
      if (o === undefined || a === undefined || g === undefined) throw new Error('three members')
      return { id: organization.id, organization, owner: o, admin: a, agent: g }
    },
    async close() {
      vault.close()
      await people.close()
    },
  })
}

/** The login of identity once more, with everything counted that it says to the server. */
export async function tappedTenancy(people: TestPeople) {
  const tap = await tapWire(people.platform.urls.identity)
  const contextKeys = { current: () => people.platform.key }
  const handle = openMembers({ databaseUrl: tap.url, connectionsMax: 1, contextKeys })
  return {
    tenancy: handle,
    roundTrips: () => tap.take().roundTrips,
    async close() {
      await handle.close()
      await tap.close()
    },
  }
}

export function bearer(token: string): string {
  return `Bearer ${token}`
}
