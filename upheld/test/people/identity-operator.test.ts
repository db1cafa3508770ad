import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { hash as bcrypt } from '@node-rs/bcrypt'
import { after, before, suite, test } from 'node:test'
import { identityStage, password, visitor, type Stage } from './identity-stage.ts'

const over = { code: 'identity.link_over', status: 410 }
const absent = { code: 'identity.absent', status: 404 }

suite('acts of the operator for people who come from elsewhere', () => {
  let stage: Stage
  let organizationId: string
  let count = 0
  before(async () => {
    stage = await identityStage()
    organizationId = (await stage.people.tenancy.createOrganization()).id
    await stage.identity.nameOrganization(organizationId, 'Acme')
  })
  after(() => stage.close())

  const imported = async (name: string, hash?: string) => {
    const email = `imported-${++count}@example.org`
    const given = { organizationId, email, name, roles: count === 1 ? ['owner'] : ['agent'], hash }
    return { email, ...(await stage.identity.importMember(given)) }
  }

  test('a first link lets its person choose a password, once, and every other link is void then', async () => {
    const { personId, email } = await imported('Ada Quince')
    const [first, second] = [await stage.identity.firstLink(personId), await stage.identity.firstLink(personId)]
    const arrived = await stage.identity.reset({ link: first, password }, visitor())
    assert.equal(arrived.needs, 'nothing')
    for (const link of [first, second]) await assert.rejects(stage.identity.reset({ link, password }, visitor()), over)
    assert.equal((await stage.identity.signIn({ email, password }, visitor())).needs, 'nothing')
    const { rows } = await stage.people.platform.admin.query(
      'select row_to_json(t)::text as row from upheld_identity.once t where owner = $1',
      [`person:${personId}`],
    )
    const kept = rows.map(({ row }) => String(row)).join('\n')
    assert.ok(rows.length >= 2 && !kept.includes(first) && !kept.includes(second), 'only hashes are kept')
  })

  test('of 50 who redeem one first link at once exactly one gets in', async () => {
    const { personId } = await imported('Bo Larkspire')
    const link = await stage.identity.firstLink(personId)
    const tries = await Promise.allSettled(
      Array.from({ length: 50 }, () => stage.identity.reset({ link, password }, visitor())),
    )
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('a first link is over after half an hour, and is no way around a second factor', async () => {
    const { personId } = await imported('Mei Fjordholm')
    const late = await stage.identity.firstLink(personId)
    stage.people.clock.turn(1801)
    await assert.rejects(stage.identity.reset({ link: late, password }, visitor()), over)
    const strong = await stage.withApp()
    const link = await stage.identity.firstLink(strong.personId)
    const arrived = await stage.identity.reset({ link, password: 'another nine grey boats' }, visitor())
    assert.equal(arrived.needs, 'second-factor')
  })

  test('nobody and a closed account get no link', async () => {
    const { personId } = await imported('Noor Ekholt')
    await stage.identity.disablePerson(personId)
    for (const id of [personId, randomUUID(), 'x', "' or true --"]) {
      await assert.rejects(stage.identity.firstLink(id), absent)
    }
  })

  test('a bcrypt hash of the old system lets its person in, and is one of today afterwards', async () => {
    const { email, personId } = await imported('Yara Nyborgsen', await bcrypt(password, { cost: 10 }))
    const stored = async () => {
      const { rows } = await stage.people.platform.admin.query(
        'select hash from upheld_identity.password where person_id = $1',
        [personId],
      )
      return String(rows[0]?.['hash'])
    }
    assert.match(await stored(), /^\$2b\$10\$/)
    await assert.rejects(stage.identity.signIn({ email, password: 'not the one of the old system' }, visitor()))
    assert.match(await stored(), /^\$2b\$10\$/)
    assert.equal((await stage.identity.signIn({ email, password }, visitor())).needs, 'nothing')
    assert.match(await stored(), /^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=/)
    assert.equal((await stage.identity.signIn({ email, password }, visitor())).needs, 'nothing')
  })

  test('who may enter now is listed by name, page by page; who was suspended, closed or removed is not', async () => {
    const all = await stage.identity.presentMembers(organizationId, { limit: 100 })
    const names = all.map(({ name }) => name)
    assert.deepEqual(names, [...names].sort())
    assert.ok(names.includes('Ada Quince') && !names.includes('Noor Ekholt'))
    const [first, second] = all
    assert.ok(first && second)
    const onward = await stage.identity.presentMembers(organizationId, { after: first, limit: 1 })
    assert.deepEqual(onward, [second])
    assert.deepEqual(await stage.identity.presentMember(organizationId, first.id), first)
    const { memberId } = await imported('Zofia Rosquist')
    assert.equal((await stage.identity.presentMember(organizationId, memberId))?.name, 'Zofia Rosquist')
    await stage.people.platform.admin.query('update upheld_access.member set suspended_at = now() where id = $1', [
      memberId,
    ])
    assert.equal(await stage.identity.presentMember(organizationId, memberId), undefined)
  })

  test('a member of another organization is as absent as nobody', async () => {
    const elsewhere = await stage.people.tenancy.createOrganization()
    const [someone] = await stage.identity.presentMembers(organizationId, { limit: 1 })
    for (const id of [someone?.id ?? '', randomUUID(), 'x', '\0']) {
      assert.equal(await stage.identity.presentMember(elsewhere.id, id), undefined)
    }
    assert.deepEqual(await stage.identity.presentMembers(elsewhere.id, { limit: 10 }), [])
  })
})
