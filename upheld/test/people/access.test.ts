import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import type { Statements } from '../../src/foundation/tenancy/index.ts'
import { accessStore, defineAccess, type NewOverride } from '../../src/guards/access/index.ts'
import { accessLab, type House } from './access-lab.ts'

const lab = await accessLab()
const { people, store, foreign, later, one, may, rolesOf, change, add, withdraw, told, refused } = lab

suite('roles and exceptions in the database', () => {
  let house: House
  after(() => lab.close())

  suite('what is asked for', () => {
    before(async () => {
      house = await lab.enter()
    })

    test('a member has what roles and live exceptions give; one statement asks', async () => {
      const [id = ''] = await add(house.owner, one(house.agent, 'ticket.export', 'allow'))
      await add(house.owner, one(house.agent, 'ticket.read', 'deny'))
      let statements = 0
      const counted: Pick<Statements, 'query'> = {
        query(text, values) {
          statements++
          return house.organization.query(text, values)
        },
      }
      const set = await store.setOf(counted, house.agent)
      assert.equal(statements, 1)
      assert.deepEqual(set?.list(), ['ticket.export'])
      assert.deepEqual(set.explain('ticket.export').because, [{ kind: 'allow', override: id, expiresAt: later(3600) }])
      assert.equal(set.untilMs, later(3600).getTime())
    })

    test('expired override: no effect, by the clock of the decision, and one that is over makes room', async () => {
      people.clock.turn(3600)
      assert.deepEqual((await store.setOf(house.organization, house.agent))?.list(), ['ticket.read'])
      const [id = ''] = await add(house.owner, one(house.agent, 'ticket.export', 'allow'))
      const rows = await store.overridesOf(house.organization, house.agent)
      assert.deepEqual(rows.map(({ permission, effect, authorId }) => [permission, effect, authorId]).toSorted(), [
        ['ticket.export', 'allow', house.owner],
        ['ticket.read', 'deny', house.owner],
      ])
      assert.equal(await may(house.agent, 'ticket.export'), true)
      await refused('override_exists', () => add(house.owner, one(house.agent, 'ticket.export', 'allow')))
      await withdraw(house.owner, [id])
      assert.equal(await may(house.agent, 'ticket.export'), false)
    })

    test('role deleted with overrides left: nothing by default', async () => {
      await house.organization
        .sql`update upheld_access.member set roles = ${['gone', 'constructor']} where id = ${house.otherAgent}`
      await add(house.owner, one(house.otherAgent, 'ticket.close', 'deny'))
      assert.deepEqual((await store.setOf(house.organization, house.otherAgent))?.list(), [])
      const smaller = defineAccess({
        permissions: { 'ticket.read': { says: 'Read tickets.' } },
        roles: { owner: 'all', admin: [], agent: [] },
      })
      const set = await accessStore({ access: smaller, clock: people.clock }).setOf(house.organization, house.admin)
      assert.deepEqual(set?.list(), [])
    })

    test('a member of another organization, somebody suspended, somebody disabled, a name that is none', async () => {
      assert.equal(await store.setOf(house.organization, foreign.agent), undefined)
      for (const id of ['', 'constructor', `${house.agent} `, `${house.agent}' or true`, house.agent.toUpperCase()]) {
        assert.equal(await store.setOf(house.organization, id), undefined, id)
        assert.deepEqual(await store.overridesOf(house.organization, id), [])
      }
      const now = people.clock.now()
      await house.organization.sql`update upheld_access.member set suspended_at = ${now} where id = ${house.otherAdmin}`
      assert.deepEqual((await store.setOf(house.organization, house.otherAdmin))?.list(), [])
      await refused('denied', () => change(house.otherAdmin, house.agent, []))
      await house.organization.sql`update upheld_access.member set suspended_at = null where id = ${house.otherAdmin}`
      await house.organization.sql`update upheld_identity.person set disabled_at = ${now}
        where id = (select person_id from upheld_access.member where id = ${house.otherAdmin})`
      assert.deepEqual((await store.setOf(house.organization, house.otherAdmin))?.list(), [])
    })

    test('permission removed mid-job: the next unit of work is refused', async () => {
      const { organization, agent, owner } = house
      const still = store.recheck(organization, agent, 'ticket.read')
      let units = 0
      await assert.rejects(
        async () => {
          for (; units < 10; units++) {
            await still()
            if (units === 2) await add(owner, one(agent, 'ticket.read', 'deny'))
          }
        },
        { code: 'access.denied' },
      )
      assert.equal(units, 3)
      const gone = store.recheck(organization, randomUUID(), 'ticket.read')
      await assert.rejects(gone, { code: 'access.denied' })
    })
  })

  suite('attacks of members', () => {
    before(async () => {
      house = await lab.enter()
    })

    test('self-grant: nobody gives themselves a role or a permission, takes a denial of their own, or edits it', async () => {
      const { owner, admin, otherOwner } = house
      await refused('own_access', () => change(admin, admin, ['admin', 'exporter']))
      await refused('own_access', () => change(owner, owner, ['owner', 'agent']))
      await refused('own_access', () => add(admin, one(admin, 'ticket.close', 'allow')))
      await refused('own_access', () => add(owner, one(owner, 'ticket.close', 'deny')))
      const [denial = ''] = await add(otherOwner, one(owner, 'ticket.close', 'deny'))
      await refused('own_access', () => withdraw(owner, [denial]))
      const trace = (await told(house, 'access.refused')).at(-1)
      assert.deepEqual(trace?.['targets'], [{ id: owner, type: 'member' }])
      assert.deepEqual(trace['detail'], { act: 'withdraw', code: 'access.own_access' })
      await refused('override_exists', () => add(otherOwner, one(owner, 'ticket.close', 'deny', 60)))
    })

    test('self-grant past the store: the database itself takes no exception about its author', async () => {
      const { organization, admin } = house
      const now = people.clock.now()
      const insert = (author: string, expires: Date, review: Date) =>
        organization.sql`insert into upheld_access.override
          (organization_id, member_id, permission, effect, author_id, reason, created_at, expires_at, review_at)
          values (${organization.id}, ${admin}, 'ticket.export', 'allow', ${author}, 'because', ${now}, ${expires}, ${review})`
      await assert.rejects(insert(admin, later(60), later(60)), /override_of_another/)
      await assert.rejects(insert(house.owner, later(400 * 86_400), later(60)), /override_bounded/)
      await assert.rejects(insert(house.owner, later(60), later(61)), /override_bounded/)
      await assert.rejects(insert(house.owner, later(-1), later(-1)), /override_bounded/)
    })

    test('deny override on owner: the denial wins, also over what an owner may give', async () => {
      const { owner, agent } = house
      assert.equal(await may(owner, 'ticket.close'), false)
      assert.equal(await may(owner, 'ticket.export'), true)
      await refused('beyond_own', () => add(owner, one(agent, 'ticket.close', 'allow')))
      await refused('beyond_own', () => change(owner, agent, ['admin']))
    })

    test('grant beyond own: by a role, by an exception, by taking a denial away', async () => {
      const { admin, agent, otherOwner, otherAdmin } = house
      await refused('beyond_own', () => change(admin, agent, ['agent', 'exporter']))
      await refused('beyond_own', () => add(admin, one(agent, 'ticket.export', 'allow')))
      await change(otherOwner, agent, ['agent', 'exporter'])
      const [denial = ''] = await add(admin, one(agent, 'ticket.export', 'deny'))
      assert.equal(await may(agent, 'ticket.export'), false)
      await refused('beyond_own', () => withdraw(admin, [denial]))
      const at = people.clock.now()
      await house.organization.sql`update upheld_access.member set suspended_at = ${at} where id = ${agent}`
      await refused('beyond_own', () => withdraw(otherAdmin, [denial]))
      await house.organization.sql`update upheld_access.member set suspended_at = null where id = ${agent}`
      await withdraw(otherOwner, [denial])
      assert.equal(await may(agent, 'ticket.export'), true)
      // What somebody has already is not given once more.
      await change(admin, agent, ['exporter'])
      assert.deepEqual(await rolesOf(agent), ['exporter'])
    })

    test('what is had for an hour is not given for a day', async () => {
      const { admin, otherAgent, otherOwner } = house
      await add(otherOwner, one(admin, 'ticket.export', 'allow'))
      await refused('outlives_own', () => add(admin, one(otherAgent, 'ticket.export', 'allow', 86_400)))
      await refused('outlives_own', () => change(admin, otherAgent, ['exporter']))
      await add(admin, one(otherAgent, 'ticket.export', 'allow'))
      assert.equal(await may(otherAgent, 'ticket.export'), true)
    })

    test('only an owner makes an owner, unmakes one, or takes a permission from one', async () => {
      const { admin, otherAdmin, owner, otherOwner } = house
      await refused('only_owner', () => change(admin, otherAdmin, ['owner']))
      await refused('only_owner', () => change(admin, owner, ['agent']))
      await refused('only_owner', () => add(admin, one(otherOwner, 'ticket.read', 'deny')))
      await change(otherOwner, otherAdmin, ['admin', 'owner'])
      await refused('only_owner', () => change(admin, otherAdmin, ['admin']))
      await change(otherOwner, otherAdmin, ['admin'])
    })

    test('grant + deny through the store: denied', async () => {
      const { otherOwner, otherAgent } = house
      await add(otherOwner, one(otherAgent, 'ticket.close', 'allow'))
      await add(otherOwner, one(otherAgent, 'ticket.close', 'deny'))
      assert.equal(await may(otherAgent, 'ticket.close'), false)
    })

    test('an agent changes nothing of anybody', async () => {
      const { agent, otherAgent } = house
      await refused('denied', () => change(agent, otherAgent, []))
      await refused('denied', () => add(agent, one(otherAgent, 'ticket.read', 'deny')))
      const [row] = await store.overridesOf(house.organization, otherAgent)
      await refused('denied', () => withdraw(agent, [row?.id ?? '']))
    })
  })

  suite('attacks from outside', () => {
    before(async () => {
      house = await lab.enter()
    })

    test('R1: without a member who acts there is no change, whatever the request says of itself', async () => {
      for (const by of ['', 'owner', `${house.owner}\0`, randomUUID(), 'application']) {
        await refused('no_member', () => change(by, house.agent, ['admin']))
        await refused('no_member', () => add(by, one(house.agent, 'ticket.close', 'allow')))
      }
    })

    test('R12: an outsider who edits a role finds no member, and leaves a trace', async () => {
      await refused('no_member', () => change(foreign.owner, house.agent, ['admin']))
      await refused('no_member', () => add(foreign.owner, one(house.agent, 'ticket.close', 'allow')))
      await refused('no_member', () => change(house.owner, foreign.agent, ['admin']))
      await refused('no_member', () => add(house.owner, one(foreign.agent, 'ticket.close', 'allow')))
      const [entry] = (await told(house, 'access.refused')).slice(-4)
      assert.deepEqual(entry?.['actor'], { id: foreign.owner, type: 'member' })
      assert.deepEqual(await rolesOf(foreign.agent, foreign), ['agent'])
    })

    test('R23: a batch with one foreign identifier: all refused', async () => {
      const { organization, owner, agent, otherAgent } = house
      const author = { memberId: owner }
      const members = [agent, otherAgent, foreign.agent]
      await refused('no_member', () =>
        store.changeRoles(
          organization,
          author,
          members.map(memberId => ({ memberId, roles: ['admin'] })),
        ),
      )
      await refused('no_member', () =>
        store.addOverrides(
          organization,
          author,
          members.map(memberId => one(memberId, 'ticket.close', 'allow')),
        ),
      )
      const [own = ''] = await add(owner, one(agent, 'ticket.close', 'allow'))
      const [theirs = ''] = await add(foreign.owner, one(foreign.agent, 'ticket.close', 'allow'), foreign)
      await refused('no_override', () => withdraw(owner, [own, theirs]))
      assert.equal(await may(foreign.agent, 'ticket.close', foreign), true)
    })

    test('R15: no field but those that a change has: author, organization, time and effect are not to be chosen', async () => {
      const { organization, owner, agent } = house
      const author = { memberId: owner }
      const override = one(agent, 'ticket.close', 'allow')
      const sly = [
        { authorId: foreign.owner },
        { author_id: foreign.owner },
        { organizationId: foreign.organization.id },
        { id: randomUUID() },
        { createdAt: new Date(0) },
        { effect: 'grant' },
        { effect: undefined },
        { permission: ['ticket.close'] },
        { permission: '' },
        { memberId: { toString: () => agent } },
        { reason: '' },
        { reason: 'a\0b' },
        { reason: 'x'.repeat(501) },
        { expiresAt: undefined },
        { expiresAt: '2030-01-01' },
        { expiresAt: new Date(NaN) },
        { expiresAt: later(59) },
        { expiresAt: later(367 * 86_400) },
        { reviewAt: undefined },
        { reviewAt: later(0) },
        { reviewAt: later(3601) },
      ]
      for (const more of sly) {
        const sent = z.custom<NewOverride>().parse({ ...override, ...more })
        await refused('bad_change', () => add(owner, sent))
      }
      for (const more of [{ source: 'scim' }, { personId: owner }, { roles: 'owner' }, { roles: ['agent', 'agent'] }]) {
        const sent = z
          .custom<{ memberId: string; roles: string[] }>()
          .parse({ memberId: agent, roles: ['agent'], ...more })
        await refused('bad_change', () => store.changeRoles(organization, author, [sent]))
      }
      for (const sent of [null, {}, 'agent', [null], [[]], []]) {
        const list = z.custom<never>().parse(sent)
        await refused('bad_change', () => store.changeRoles(organization, author, list))
        await refused('bad_change', () => store.addOverrides(organization, author, list))
        await refused('bad_change', () => store.withdrawOverrides(organization, author, list))
      }
      const twice = { memberId: agent, roles: ['agent'] }
      await refused('bad_change', () => store.changeRoles(organization, author, [twice, twice]))
      await refused('bad_change', () => withdraw(owner, ['%']))
      await refused('unknown_role', () => change(owner, agent, ['agent', 'constructor']))
      await refused('unknown_permission', () => add(owner, one(agent, 'ticket.gone', 'allow')))
    })

    test('a change is an entry with who did what to whom, and of a refusal the log knows codes, not what was sent', async () => {
      const { organization, owner, agent } = house
      await store.changeRoles(organization, { memberId: owner, request: 'r-1' }, [
        { memberId: agent, roles: ['admin'] },
      ])
      const entry = (await told(house, 'access.roles-changed')).at(-1)
      assert.deepEqual(entry?.['actor'], { id: owner, type: 'member' })
      assert.deepEqual([entry['request'], entry['purpose']], ['r-1', 'access'])
      assert.deepEqual(entry['targets'], [{ id: agent, type: 'member' }])
      assert.deepEqual(entry['detail'], { roles: ['admin'] })
      const secret = `sent-${randomUUID()}`
      await refused('bad_change', () => change(owner, secret, [secret]))
      assert.ok(!JSON.stringify(await told(house, 'access.refused')).includes(secret))
    })
  })
})
