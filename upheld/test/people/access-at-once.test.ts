import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { accessLab, type House } from './access-lab.ts'

const lab = await accessLab()
const { store, one, may, rolesOf, change, add, withdraw, told, refused, somebodyWaits } = lab

suite('roles and exceptions, changed by several at once', () => {
  let house: House
  after(() => lab.close())

  suite('two at once', () => {
    before(async () => {
      house = await lab.enter()
    })

    test('two administrators who take the role from each other: the first wins, the second has it no more', async () => {
      for (let round = 0; round < 10; round++) {
        const { admin, otherAdmin, owner } = house
        const done = await Promise.allSettled([
          change(admin, otherAdmin, ['agent']),
          change(otherAdmin, admin, ['agent']),
        ])
        assert.deepEqual(done.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
        const roles = [await rolesOf(admin), await rolesOf(otherAdmin)].flat().toSorted()
        assert.deepEqual(roles, ['admin', 'agent'])
        await change(owner, admin, ['admin'])
        await change(owner, otherAdmin, ['admin'])
      }
    })

    test('two owners who demote each other: one of them stays', async () => {
      const { owner, otherOwner } = house
      const done = await Promise.allSettled([
        change(owner, otherOwner, ['agent']),
        change(otherOwner, owner, ['agent']),
      ])
      assert.deepEqual(done.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
      const [left] = [owner, otherOwner].filter((_, at) => done[at]?.status === 'fulfilled')
      const [gone] = [owner, otherOwner].filter((_, at) => done[at]?.status === 'rejected')
      await refused('denied', () => change(gone ?? '', left ?? '', ['agent']))
      await change(left ?? '', gone ?? '', ['owner'])
    })

    test('the same exception given 20 times at once is there once', async () => {
      const { owner, otherOwner, otherAgent } = house
      const tries = Array.from({ length: 20 }, (_, at) =>
        add(at % 2 === 0 ? owner : otherOwner, one(otherAgent, 'ticket.close', 'allow')),
      )
      const done = await Promise.allSettled(tries)
      assert.equal(done.filter(({ status }) => status === 'fulfilled').length, 1)
      assert.equal((await store.overridesOf(house.organization, otherAgent)).length, 1)
    })

    test("a grant racing with the removal of the giver's own right: never the grant after the removal", async () => {
      const { owner, admin, agent, organization } = house
      for (let round = 0; round < 10; round++) {
        const [removed, granted] = await Promise.allSettled([
          add(owner, one(admin, 'ticket.close', 'deny')),
          add(admin, one(agent, 'ticket.close', 'allow')),
        ])
        assert.equal(removed.status, 'fulfilled')
        if (granted.status === 'rejected') assert.match(String(granted.reason), /do not have themselves/)
        const added = (await told(house, 'access.override-added')).slice(-2).map(({ actor }) => actor)
        const [first, second] = added.map(actor => z.object({ id: z.string() }).parse(actor).id)
        // The entries stand in the order of the locks: a grant is there only before the removal.
        if (granted.status === 'fulfilled') assert.deepEqual([first, second], [admin, owner])
        else assert.equal(second, owner)
        assert.equal(await may(agent, 'ticket.close'), granted.status === 'fulfilled')
        const ids = [
          ...(await store.overridesOf(organization, admin)),
          ...(await store.overridesOf(organization, agent)),
        ]
        await withdraw(owner, ids.map(({ id }) => id)) // prettier-ignore
      }
    })

    test('the removal came first and is not committed yet: the grant waits for it, and is refused', async () => {
      const { owner, admin, agent, organization } = house
      const wait = Promise.withResolvers<undefined>()
      const locked = Promise.withResolvers<undefined>()
      const removal = organization.as({ type: 'member', id: owner, purpose: 'test' }).transaction(async tx => {
        await tx.sql`update upheld_access.member set roles = ${['agent']} where id = ${admin}`
        locked.resolve(undefined)
        await wait.promise
      })
      await locked.promise
      const grant = add(admin, one(agent, 'ticket.close', 'allow'))
      const settled: string[] = []
      const over = () => settled.push('settled')
      grant.then(over, over)
      while (settled.length === 0 && !(await somebodyWaits()));
      const early = [...settled]
      wait.resolve(undefined)
      await removal
      assert.deepEqual(early, [])
      await assert.rejects(grant, { code: 'access.denied' })
      assert.deepEqual(await store.overridesOf(organization, agent), [])
    })
  })
})
