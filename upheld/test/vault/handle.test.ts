import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { inspect } from 'node:util'
import { blindIndex, sealed, type Organization, type Sealed } from '../../src/index.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'
import { ward } from '../vault-keys/lab.ts'

suite('sealed columns through the handle', () => {
  let platform: TestPlatform
  let organization: Organization
  let reader: Organization
  before(async () => {
    platform = await testPlatform(ward)
    organization = await platform.upheld.createOrganization()
    reader = organization.as({ type: 'member', id: 'test', purpose: 'test', opens: ['*'] })
  })
  after(() => platform.close())

  const token = { table: 'ward.token', column: 'secret' }
  const write = (id: string, row: string, value: string): Promise<unknown> =>
    organization.sql`insert into ward.token (organization_id, id, secret, secret_index)
      values (${organization.id}, ${id}, ${sealed({ ...token, row }, value)}, ${blindIndex(token, value)})`
  const read = (id: string) =>
    organization.sql<{ id: string; secret: Sealed }>`select id, secret from ward.token where id = ${id}`

  test('what is sealed for a row opens in it, also when its uuid was written in upper case', async () => {
    for (const spelled of [(id: string) => id, (id: string) => id.toUpperCase()]) {
      const id = spelled(randomUUID())
      await write(id, id, 'a secret')
      const [opened] = await reader.open(await read(id))
      assert.equal(opened?.secret.reveal(), 'a secret')
    }
    const id = randomUUID().toUpperCase()
    const email = { table: 'ward.person', column: 'email' }
    await organization.sql`insert into ward.person (organization_id, id, email)
      values (${organization.id}, ${id}, ${sealed({ ...email, row: id, subject: id }, 'ada@example.org')})`
    const rows = await organization.sql<{
      id: string
      email: Sealed
    }>`select id, email from ward.person where id = ${id}`
    assert.equal((await reader.open(rows))[0]?.email.reveal(), 'ada@example.org')
  })

  test('a key of two columns and any text opens again, and in no other order', async () => {
    const devices = ['1', 'ä "quoted"\n', '["1",2]', ' ', 'X'.repeat(900)]
    for (const [taken, device] of devices.entries()) {
      const place = { table: 'ward.reading', column: 'value', row: [device, String(taken)] }
      await organization.sql`insert into ward.reading (organization_id, device, taken, value)
        values (${organization.id}, ${device}, ${taken}, ${sealed(place, device)})`
    }
    const rows = await organization.sql<{ device: string; value: Sealed }>`select * from ward.reading`
    assert.deepEqual(
      (await reader.open(rows)).map(row => row.value.reveal() === row.device),
      devices.map(() => true),
    )
    const place = { table: 'ward.reading', column: 'value', row: ['5', 'turned'] }
    await organization.sql`insert into ward.reading (organization_id, device, taken, value)
      values (${organization.id}, 'turned', 5, ${sealed(place, 'x')})`
    const turned = await organization.sql`select * from ward.reading where device = 'turned'`
    await assert.rejects(reader.open(turned), { code: 'vault.denied' })
  })

  test('whoever may not open it gets nothing; without the key of its row nobody does', async () => {
    const id = randomUUID()
    await write(id, id, 'a secret')
    const rows = await read(id)
    await assert.rejects(organization.open(rows), { code: 'tenancy.may_not_open' })
    const near = organization.as({ type: 'member', id: 'test', purpose: 'test', opens: ['ward.token', 'ward.token.s'] })
    await assert.rejects(near.open(rows), { code: 'tenancy.may_not_open' })
    const alone = await organization.sql`select secret from ward.token where id = ${id}`
    await assert.rejects(reader.open(alone), { code: 'tenancy.row_unknown' })
    assert.doesNotMatch(inspect(rows, { depth: 9, showHidden: true }) + JSON.stringify(rows), /a secret/)
  })

  test('a place without a row, a table or a column is one coded error before anything is sent', () => {
    const rows: unknown[] = [undefined, null, 5, '', [], [undefined], {}]
    const places = [undefined, {}, { column: 'secret', row: 'x' }, ...rows.map(row => ({ ...token, row }))]
    for (const place of places)
      assert.throws(() => Reflect.apply(sealed, undefined, [place, 'a secret']), { code: 'tenancy.bad_place' })
  })

  test('plain text in a sealed column is refused, and no error repeats it', async () => {
    for (const value of ['sk_live_plain', Buffer.from('sk_live_plain'.repeat(10))]) {
      const thrown: unknown = await organization.sql`insert into ward.token (organization_id, id, secret, secret_index)
        values (${organization.id}, ${randomUUID()}, ${value}, ${Buffer.alloc(16)})`.catch((error: unknown) => error)
      assert.equal(Reflect.get(Object(thrown), 'code'), 'tenancy.not_sealed')
      assert.doesNotMatch(inspect(thrown, { depth: 9, showHidden: true }), /sk_live|736b5f6c697665/)
    }
  })
})
