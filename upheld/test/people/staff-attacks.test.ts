import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import {
  breakGlass,
  decideSupport,
  endByMember,
  listSupport,
  reachForGlass,
  refuseSupport,
  reviewGlass,
  visitUnder,
} from '../../src/guards/support/index.ts'
import { asks, staffedStage, type Held, type Shown, type StaffedStage } from './staffed-stage.ts'

suite('attacks on support by consent, over HTTP', () => {
  let here: StaffedStage
  let ina: Held
  let ben: Held
  let cas: Held
  before(async () => {
    here = await staffedStage()
    ;({ ina, ben, cas } = here.staff)
  })
  after(() => here.close())

  const jar = async (held: Held, methods?: Parameters<StaffedStage['session']>[1]): Promise<string> =>
    here.jar(await here.session(held.personId, methods), {})
  const post = async (held: Held, path: string, fields = {}, methods?: Parameters<StaffedStage['session']>[1]) =>
    here.post(path, await jar(held, methods), fields)
  const granted = async (): Promise<string> => {
    const asked = await post(ina, '/staff/ask', { organization: here.organization.id, ...asks })
    const id = asked.to?.split('/').at(-1) ?? ''
    assert.equal((await post(ben, `/staff/requests/${id}/agree`)).to, '/staff')
    const { owner } = here.members
    await decideSupport(here.people.support, here.present(owner), here.organization, owner.memberId, id, 'approved')
    return id
  }
  const grantOf = async (id: string): Promise<string> =>
    (await listSupport(here.organization)).find(one => one.id === id)?.grant_id ?? ''
  const refused = ({ status, text }: Shown): number => {
    assert.ok(status >= 400 && status < 500, String(status))
    assert.match(text, /class="code"/)
    return status
  }

  test('asking for an organization that is none, that nobody has, or in other spellings, is refused and is no fault', async () => {
    const { id } = here.organization
    const empty = (await here.base.platform.upheld.createOrganization()).id
    for (const organization of [
      '',
      'x',
      randomUUID(),
      empty,
      `{${id}}`,
      `${id} `.repeat(2),
      '00000000-0000-0000-0000-000000000000',
    ]) {
      refused(await post(ina, '/staff/ask', { ...asks, organization }))
      refused(await post(ina, '/staff/glass', { ...asks, organization }, ['passkey']))
    }
    assert.match(
      (await post(ina, '/staff/ask', { ...asks, organization: ` ${id.toUpperCase()} ` })).to ?? '',
      /requests/,
    )
    for (const minutes of ['0', '121', '-5', '1e2', '60.5', ''])
      refused(await post(ina, '/staff/ask', { ...asks, organization: id, minutes }))
  })

  test('two grants at once: each ends by itself, and the end of one leaves no way in by it under the other', async () => {
    const [one, two] = [await granted(), await granted()]
    const { owner } = here.members
    const visit = async (id: string) =>
      visitUnder(here.people.support, here.present(ina), here.organization.id, await grantOf(id))
    const [first, second] = [await visit(one), await visit(two)]
    assert.equal((await first.organization.sql`select name from shop.thing`).length, 1)
    await endByMember(here.people.support, here.present(owner), here.organization, owner.memberId, one)
    await assert.rejects(first.organization.sql`select name from shop.thing`, { code: 'tenancy.no_grant' })
    await assert.rejects(visit(one), { code: 'support.not_live' })
    assert.equal((await second.organization.sql`select name from shop.thing`).length, 1)
    // A request of one is no way to the other, and nobody enters by the request of a colleague.
    assert.equal((await post(ina, `/staff/requests/${one}/enter`)).status, 404)
    for (const act of ['enter', 'end']) refused(await post(ben, `/staff/requests/${two}/${act}`))
    await endByMember(here.people.support, here.present(owner), here.organization, owner.memberId, two)
    await assert.rejects(second.organization.sql`select name from shop.thing`, { code: 'tenancy.no_grant' })
  })

  test('the banner is told to members on pages of the organization, and to nobody once it is over', async () => {
    const id = await granted()
    here.base.clock.turn(2)
    const cookie = here.jar(here.members.owner.token)
    assert.match((await here.get('/organization/members', cookie)).text, /Support staff may read your data/)
    assert.equal((await here.post(`/support/${id}/end`, cookie)).status, 303)
    here.base.clock.turn(2)
    assert.doesNotMatch((await here.get('/organization/members', cookie)).text, /Support staff may read/)
  })

  test('an emergency that nobody reviewed in its 72 hours: whoever asked for it asks for no other until somebody did', async () => {
    const { support } = here.people
    const asked = { caseId: 'FIRE-1', reason: 'Everything burns down here.', permissions: ['thing.read'], minutes: 5 }
    const passkey = (held: Held) => here.present(held, ['passkey'])
    const reach = (held: Held) => reachForGlass(support, passkey(held), here.organization.id, asked)
    const { id } = await reach(ina)
    await breakGlass(support, passkey(ben), here.organization.id, id)
    here.base.clock.turn(71 * 3_600)
    await reach(ina)
    here.base.clock.turn(2 * 3_600)
    await assert.rejects(reach(ina), { code: 'support.unreviewed' })
    await reach(cas)
    await assert.rejects(reviewGlass(support, here.present(ina), here.organization.id, id), {
      code: refuseSupport.own_request().code,
    })
    await assert.rejects(reviewGlass(support, here.present(ben), here.organization.id, id), {
      code: 'support.own_request',
    })
    await reviewGlass(support, here.present(cas), here.organization.id, id)
    await reach(ina)
  })
})
