import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { clearFactors } from '../../src/guards/factors/index.ts'
import { factorStage, network, type FactorStage } from './factors-stage.ts'

suite('devices that somebody signed in with', () => {
  let stage: FactorStage
  before(async () => {
    stage = await factorStage()
  })
  after(() => stage.close())

  const day = 86_400
  const remember = (personId: string, token?: string) =>
    stage.factors.devices.remember({ personId, label: 'Firefox on Linux', network, token })
  const known = (personId: string, token?: string) => stage.factors.devices.known(personId, token)

  test('a device is known by its token, of which the database keeps a hash alone', async () => {
    const personId = await stage.person()
    const { token, device } = await remember(personId)
    assert.match(token, /^[A-Za-z0-9_-]{43}$/)
    assert.deepEqual(await known(personId, token), device)
    assert.equal(device.label, 'Firefox on Linux')
    assert.equal(device.trustedUntil, undefined)
    const { rows } = await stage.people.platform.admin.query(
      'select d::text as line, token_hash from upheld_identity.device d',
    )
    for (const row of rows) {
      assert.ok(!String(row['line']).includes(token))
      assert.equal(await known(personId, Buffer.from(Object(row['token_hash'])).toString('base64url')), undefined)
    }
  })

  test('R16: every prefix and extension of a token, and what is none, is no device', async () => {
    const personId = await stage.person()
    const { token } = await remember(personId)
    for (let length = 0; length < token.length; length++)
      assert.equal(await known(personId, token.slice(0, length)), undefined)
    for (const more of ['A', '=', '\0', '\n', 'A'.repeat(1_000_000)])
      assert.equal(await known(personId, token + more), undefined)
    assert.equal(await known(personId, undefined), undefined)
    assert.notEqual(await known(personId, token), undefined)
  })

  test('a device is one person’s: a token planted in another browser opens nothing there', async () => {
    const [one, other] = [await stage.person(), await stage.person()]
    const { token, device } = await remember(one)
    assert.equal(await known(other, token), undefined)
    const planted = await remember(other, token)
    assert.notEqual(planted.token, token)
    assert.deepEqual(await known(one, token), device)
    for (const id of [device.id, 'x', "' or true --"]) {
      await assert.rejects(stage.factors.devices.revoke(other, id), { code: 'factors.absent', status: 404 })
      await assert.rejects(stage.factors.devices.trust(other, id), { code: 'factors.absent' })
    }
    assert.deepEqual(await known(one, token), device)
  })

  test('it lasts 90 days from when it was seen last, and is cleared after', async () => {
    const personId = await stage.person()
    const { token } = await remember(personId)
    stage.people.clock.turn(60 * day)
    const again = await remember(personId, token)
    assert.equal(again.token, token)
    assert.equal((await stage.factors.devices.list(personId)).length, 1)
    stage.people.clock.turn(90 * day - 1)
    assert.notEqual(await known(personId, token), undefined)
    stage.people.clock.turn(1)
    assert.equal(await known(personId, token), undefined)
    assert.deepEqual(await stage.factors.devices.list(personId), [])
    await assert.rejects(stage.factors.devices.trust(personId, again.device.id), { code: 'factors.absent' })
    const fresh = await remember(personId, token)
    assert.notEqual(fresh.token, token)
    const jobs = openDatabase(stage.people.platform.urls.jobs, { connectionsMax: 1 })
    try {
      assert.ok((await clearFactors({ jobs, clock: stage.people.clock })).devices >= 1)
    } finally {
      await jobs.close()
    }
    assert.notEqual(await known(personId, fresh.token), undefined)
  })

  test('known is not trusted: trust is given by itself, lasts 30 days, and does not outlive the device', async () => {
    const personId = await stage.person()
    const { token, device } = await remember(personId)
    assert.equal((await known(personId, token))?.trustedUntil, undefined)
    const trusted = await stage.factors.devices.trust(personId, device.id)
    assert.equal(trusted.trustedUntil?.getTime(), stage.people.clock.now().getTime() + 30 * day * 1000)
    assert.notEqual((await known(personId, token))?.trustedUntil, undefined)
    stage.people.clock.turn(30 * day)
    const later = await known(personId, token)
    assert.notEqual(later, undefined)
    assert.equal(later?.trustedUntil, undefined)
    stage.people.clock.turn(45 * day)
    const { trustedUntil, expiresAt } = await stage.factors.devices.trust(personId, device.id)
    assert.deepEqual(trustedUntil, expiresAt)
    stage.people.clock.turn(-40 * day)
    assert.equal((await remember(personId, token)).token, token)
  })

  test('add or drop a factor: no device stands for the second factor any more', async () => {
    const { personId } = await stage.personWithApp()
    const trusting = async (): Promise<boolean> => {
      const { token, device } = await remember(personId)
      await stage.factors.devices.trust(personId, device.id)
      return (await known(personId, token))?.trustedUntil !== undefined
    }
    const trusted = async (): Promise<number> =>
      (await stage.factors.devices.list(personId)).filter(one => one.trustedUntil !== undefined).length
    assert.ok(await trusting())
    await stage.factors.recovery.renew(personId)
    assert.equal(await trusted(), 0)
    assert.ok(await trusting())
    await stage.factors.totp.remove(personId)
    assert.equal(await trusted(), 0)
    assert.equal((await stage.factors.devices.list(personId)).length, 2)
  })

  test('a device is revoked alone, or all but the one in use', async () => {
    const personId = await stage.person()
    const [a, b, c] = [await remember(personId), await remember(personId), await remember(personId)]
    const change = await stage.factors.devices.revoke(personId, a.device.id)
    assert.deepEqual(change, {
      action: 'device.removed',
      factorId: a.device.id,
      endOtherSessions: false,
      noneLeft: false,
    })
    assert.equal(await known(personId, a.token), undefined)
    await assert.rejects(stage.factors.devices.revoke(personId, a.device.id), { code: 'factors.absent' })
    await stage.factors.devices.forgetOthers(stage.people.database, personId, b.token)
    assert.notEqual(await known(personId, b.token), undefined)
    assert.equal(await known(personId, c.token), undefined)
    await stage.factors.devices.forgetOthers(stage.people.database, personId, undefined)
    assert.deepEqual(await stage.factors.devices.list(personId), [])
  })

  test('the list has a bound, and what a browser calls itself does no harm in it', async () => {
    const personId = await stage.person()
    for (let count = 0; count < 52; count++) {
      stage.people.clock.turn(1)
      await stage.factors.devices.remember({ personId, label: `browser ${count}`, network })
    }
    const labels = (await stage.factors.devices.list(personId)).map(one => one.label)
    assert.equal(labels.length, 50)
    assert.equal(labels[0], 'browser 51')
    assert.equal(labels.at(-1), 'browser 2')
    for (const label of ['', '\0\r\n', 'x'.repeat(10_000), '\ud800', '😀'.repeat(300)]) {
      const { device } = await stage.factors.devices.remember({ personId, label, network: '2001:db8::1'.repeat(20) })
      assert.ok(device.label.length >= 1 && device.label.length <= 200 && !/\p{Cc}/u.test(device.label))
      assert.ok(device.network.length <= 64)
    }
  })
})
