import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { burnOnce, claimOnce, issueOnce, voidOnce } from '../../src/guards/once/index.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'

suite('what works once', () => {
  let people: TestPeople
  before(async () => {
    people = await testPeople()
  })
  after(() => people.close())

  const issue = (kind = 'reset-link', lifeSecs = 60) =>
    issueOnce(people.database, { kind, owner: 'person:1', subject: { for: 'a test' }, lifeSecs }, people.clock.now())
  const claim = (secret: string, kind = 'reset-link') => claimOnce(people.database, kind, secret, people.clock.now())

  test('R10: 50 parallel redemptions over several connections give exactly one success', async () => {
    const { secret } = await issue()
    const others = Array.from({ length: 5 }, () => openDatabase(people.platform.urls.identity, { connectionsMax: 2 }))
    try {
      const tries = Array.from({ length: 50 }, (_, n) =>
        claimOnce(others[n % 5] ?? people.database, 'reset-link', secret, people.clock.now()),
      )
      const found = (await Promise.all(tries)).filter(one => one !== undefined)
      assert.equal(found.length, 1)
      assert.deepEqual(found[0]?.subject, { for: 'a test' })
    } finally {
      await Promise.all(others.map(one => one.close()))
    }
  })

  test('50 parallel uses of a value that nobody issued give exactly one success', async () => {
    const burn = () =>
      burnOnce(people.database, { kind: 'totp-step', owner: 'factor:1', lifeSecs: 300 }, '59000001', people.clock.now())
    const first = (await Promise.all(Array.from({ length: 50 }, burn))).filter(Boolean)
    assert.equal(first.length, 1)
  })

  test('R16: every prefix and every extension of a secret is refused, and does not use it up', async () => {
    const { secret } = await issue()
    for (let length = 0; length < secret.length; length++) assert.equal(await claim(secret.slice(0, length)), undefined)
    for (const more of ['A', '=', '\0', '\n', ' ']) assert.equal(await claim(secret + more), undefined)
    assert.notEqual(await claim(secret), undefined)
  })

  test('a secret of one kind is none of another', async () => {
    const { secret } = await issue('reset-link')
    assert.equal(await claim(secret, 'sign-up'), undefined)
    assert.notEqual(await claim(secret, 'reset-link'), undefined)
  })

  test('what is over, and what was voided, is none', async () => {
    const [late, voided, kept] = [
      await issue('reset-link', 60),
      await issue('change-link', 600),
      await issue('sign-up', 600),
    ]
    people.clock.turn(60)
    assert.equal(await claim(late.secret), undefined)
    await voidOnce(people.database, 'person:1', 'change-link', people.clock.now())
    assert.equal(await claim(voided.secret, 'change-link'), undefined)
    assert.notEqual(await claim(kept.secret, 'sign-up'), undefined)
  })

  test('the database keeps no secret: what stands there is no key to anything', async () => {
    const { secret } = await issue()
    const { rows } = await people.platform.admin.query('select o::text as line from upheld_identity.once o')
    assert.ok(rows.length > 0)
    for (const { line } of rows) assert.ok(!String(line).includes(secret))
    for (const { line } of rows) {
      const [, hash = ''] = /^\("?\\{1,2}x([0-9a-f]{64})/.exec(String(line)) ?? []
      assert.equal(hash.length, 64)
      assert.equal(await claim(Buffer.from(hash, 'hex').toString('base64url')), undefined)
    }
  })
})
