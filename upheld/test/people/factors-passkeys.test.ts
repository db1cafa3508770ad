import assert from 'node:assert/strict'
import { after, before, suite, test, type TestContext } from 'node:test'
import type { Browser, Page, Frame } from 'playwright-core'
import { factors, parseFactorOptions, type Factors } from '../../src/guards/factors/index.ts'
import { testBrowser } from '../../src/testing/index.ts'
import { ask, authenticator, passkeyBrowser, type PasskeyBrowser } from './browser-passkeys.ts'
import { factorStage, network, type FactorStage } from './factors-stage.ts'

const binding = 'session:1'
type Bits = { isBogusSignature?: boolean; isBadUV?: boolean; isBadUP?: boolean }

suite('passkeys in a real browser', () => {
  let stage: FactorStage
  let browser: Browser | undefined
  let reason = ''
  let web: PasskeyBrowser
  let all: Factors

  before(async () => {
    stage = await factorStage()
    const found = await testBrowser()
    if (!('browser' in found)) {
      reason = found.reason
      return
    }
    browser = found.browser
    web = await passkeyBrowser(browser)
    all = factors(
      stage.ports,
      parseFactorOptions({ issuer: 'Desk', rpId: 'localhost', origins: [web.origin, web.subOrigin] }),
    )
  })
  after(async () => {
    if (browser !== undefined) {
      await web.close()
      await browser.close()
    }
    await stage.close()
  })

  /** Each with a fresh authenticator, and no other in the browser. */
  function attack(name: string, work: (authenticatorId: string) => Promise<void>, options = {}): void {
    test(name, async (context: TestContext) => {
      if (browser === undefined) return context.skip(reason)
      await web.page.goto(web.origin)
      const authenticatorId = await authenticator(web.cdp, options)
      try {
        await work(authenticatorId)
      } finally {
        await web.cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
      }
    })
  }

  async function created(personId: string, change = {}, at: Page | Frame = web.page): Promise<unknown> {
    const options = await all.passkeys.beginRegistration({
      personId,
      binding,
      userName: 'a@example.org',
      displayName: 'A',
    })
    return answerOf(await ask(at, 'create', { ...options, ...change }))
  }
  async function register(personId: string): Promise<string> {
    const answer = await created(personId)
    const done = await all.passkeys.finishRegistration({ personId, binding, name: 'a key', response: answer, network })
    assert.ok(done.passed, JSON.stringify(done))
    return done.passkey.id
  }
  const refusedRegistration = async (personId: string, response: unknown, given = {}): Promise<string> => {
    const done = await all.passkeys.finishRegistration({
      personId,
      binding,
      name: 'a key',
      response,
      network,
      ...given,
    })
    return done.passed ? 'passed' : done.kind
  }
  /** What the browser says when the page asks with these options, changed by whoever attacks. */
  async function asserted(personId: string | undefined, change = {}, at: Page | Frame = web.page): Promise<unknown> {
    const options = await all.passkeys.begin({ purpose: 'sign-in', personId, binding })
    return answerOf(await ask(at, 'get', { ...options, ...change }))
  }
  const check = (personId: string | undefined, response: unknown) =>
    all.passkeys.check({ purpose: 'sign-in', personId, binding, response, network })
  const kind = async (personId: string | undefined, response: unknown): Promise<string> => {
    const answer = await check(personId, response)
    return answer.passed ? 'passed' : answer.kind
  }
  const override = (authenticatorId: string, bits: Bits) =>
    web.cdp.send('WebAuthn.setResponseOverrideBits', { authenticatorId, ...bits })
  /** The same key again, with something changed: what a thief of it makes of it. */
  async function cloned(authenticatorId: string, change = {}): Promise<void> {
    const { credentials } = await web.cdp.send('WebAuthn.getCredentials', { authenticatorId })
    const [credential] = credentials
    assert.ok(credential !== undefined)
    await web.cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: credential.credentialId })
    await web.cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, ...change } })
  }

  attack('a passkey is registered, and signs in with and without a name', async () => {
    const personId = await stage.person()
    const options = await all.passkeys.beginRegistration({
      personId,
      binding,
      userName: 'a@example.org',
      displayName: 'A',
    })
    assert.equal(options.authenticatorSelection?.userVerification, 'required')
    assert.equal(options.authenticatorSelection.residentKey, 'required')
    assert.ok(!JSON.stringify(options).includes(personId))
    const done = await all.passkeys.finishRegistration({
      personId,
      binding,
      name: '  My laptop ',
      response: answerOf(await ask(web.page, 'create', options)),
      network,
    })
    assert.ok(done.passed)
    assert.equal(done.passkey.name, 'My laptop')
    assert.deepEqual(done.change, {
      action: 'passkey.added',
      factorId: done.passkey.id,
      mail: 'factor-added',
      endOtherSessions: true,
      noneLeft: false,
    })
    const proof = { passed: true, method: 'passkey', personId, factorId: done.passkey.id }
    assert.deepEqual(await check(personId, await asserted(personId)), proof)
    assert.deepEqual(await check(undefined, await asserted(undefined)), proof)
    const found = await all.of(personId)
    assert.equal(found.second, true)
    assert.deepEqual(found.usable, ['passkey'])
    assert.equal(found.passkeys[0]?.usedAt?.getTime(), stage.people.clock.now().getTime())
    assert.ok(
      'refusedBy' in
        (await ask(
          web.page,
          'create',
          await all.passkeys.beginRegistration({ personId, binding, userName: 'a', displayName: 'A' }),
        )),
    )
  })

  attack(
    'whether a passkey is synchronized is known',
    async () => {
      const personId = await stage.person()
      await register(personId)
      const [passkey] = await all.passkeys.list(personId)
      assert.deepEqual([passkey?.backupEligible, passkey?.backedUp], [true, true])
      assert.equal(await kind(personId, await asserted(personId)), 'passed')
    },
    { backup: true },
  )

  attack('R10, R14: an answer works once: again, and 50 times in parallel', async () => {
    const personId = await stage.person()
    await register(personId)
    const answer = await asserted(personId)
    assert.equal(await kind(personId, answer), 'passed')
    assert.equal(await kind(personId, answer), 'challenge')
    const other = await asserted(personId)
    const kinds = await Promise.all(Array.from({ length: 50 }, () => kind(personId, other)))
    assert.equal(kinds.filter(one => one === 'passed').length, 1)
    assert.equal(kinds.filter(one => one === 'challenge').length, 49)
    const registration = await created(await stage.person())
    assert.equal(await refusedRegistration(personId, registration), 'binding')
    assert.equal(await refusedRegistration(personId, registration), 'challenge')
  })

  attack(
    'a challenge that was never issued, is over, is another session’s, purpose’s or person’s is refused',
    async () => {
      const [personId, stranger] = [await stage.person(), await stage.person()]
      await register(personId)
      const invented = await asserted(personId, { challenge: 'A'.repeat(43) })
      assert.equal(await kind(personId, invented), 'challenge')
      const late = await asserted(personId)
      stage.people.clock.turn(300)
      assert.equal(await kind(personId, late), 'challenge')
      const given = { purpose: 'sign-in', personId, binding, network } as const
      const elsewhere = await asserted(personId)
      const sessions = await all.passkeys.check({ ...given, binding: 'session:2', response: elsewhere })
      assert.equal(sessions.passed ? 'passed' : sessions.kind, 'binding')
      const purposes = await all.passkeys.check({ ...given, purpose: 'step-up', response: await asserted(personId) })
      assert.equal(purposes.passed ? 'passed' : purposes.kind, 'challenge')
      assert.equal(await kind(stranger, await asserted(personId)), 'binding')
      assert.equal(await kind(personId, await asserted(undefined)), 'binding')
      assert.equal(await kind(undefined, await asserted(personId)), 'binding')
      const session = await created(stranger)
      assert.equal(await refusedRegistration(stranger, session, { binding: 'session:2' }), 'binding')
      assert.equal((await all.of(stranger)).second, false)
    },
  )

  attack('wrong origin: an answer made for the same name at another port is refused', async () => {
    const personId = await stage.person()
    await register(personId)
    await web.page.goto(web.otherOrigin)
    assert.equal(await kind(personId, await asserted(personId)), 'origin')
    assert.equal(await refusedRegistration(personId, await created(personId, { excludeCredentials: [] })), 'origin')
    assert.deepEqual(await stage.refusals(personId), ['passkey.refused: origin', 'passkey.refused: origin'])
  })

  attack(
    'wrong RP id: an answer made for a name below ours is refused, even on a page of ours',
    async authenticatorId => {
      const personId = await stage.person()
      await register(personId)
      await web.page.goto(web.subOrigin)
      await cloned(authenticatorId, { rpId: 'sub.localhost' })
      assert.equal(await kind(personId, await asserted(personId, { rpId: 'sub.localhost' })), 'rp')
      const rp = { id: 'sub.localhost', name: 'Desk' }
      assert.equal(await refusedRegistration(personId, await created(personId, { rp, excludeCredentials: [] })), 'rp')
    },
  )

  attack('embedded: an answer from within a page of somebody else is refused', async () => {
    const personId = await stage.person()
    await register(personId)
    await web.page.goto(`${web.otherOrigin}/frame?${web.origin}/`)
    const frame = web.page.frames().find(one => one.url().startsWith(web.origin))
    assert.ok(frame !== undefined)
    assert.equal(await kind(personId, await asserted(personId, {}, frame)), 'embedded')
  })

  attack(
    'UV=0: an authenticator that verified nobody is refused, also when the page asked for less',
    async authenticatorId => {
      const personId = await stage.person()
      await register(personId)
      await override(authenticatorId, { isBadUV: true })
      assert.equal(await kind(personId, await asserted(personId)), 'not-verified')
      await override(authenticatorId, { isBadUP: true })
      assert.equal(await kind(personId, await asserted(personId)), 'not-present')
      await override(authenticatorId, {})
      assert.equal(await kind(personId, await asserted(personId, { userVerification: 'discouraged' })), 'not-verified')
      assert.equal(await kind(personId, await asserted(personId)), 'passed')
      // The last: a new key for the same person takes the place of the old one in the authenticator.
      await override(authenticatorId, { isBadUV: true })
      const answer = await created(personId, { excludeCredentials: [] })
      assert.equal(await refusedRegistration(personId, answer), 'not-verified')
    },
  )

  attack('a bogus signature is refused, and closes nobody’s passkey', async authenticatorId => {
    const personId = await stage.person()
    await register(personId)
    await override(authenticatorId, { isBogusSignature: true })
    for (let count = 0; count < 3; count++) assert.equal(await kind(personId, await asserted(personId)), 'signature')
    await override(authenticatorId, {})
    assert.equal(await kind(personId, await asserted(personId)), 'passed')
    assert.deepEqual(
      await stage.refusals(personId),
      Array.from({ length: 3 }, () => 'passkey.refused: signature'),
    )
  })

  attack(
    'counter going back: the copy is refused, and the passkey is closed for both until it is removed',
    async authenticatorId => {
      const personId = await stage.person()
      const passkeyId = await register(personId)
      for (let count = 0; count < 3; count++) assert.equal(await kind(personId, await asserted(personId)), 'passed')
      const { credentials } = await web.cdp.send('WebAuthn.getCredentials', { authenticatorId })
      const { signCount = 0 } = credentials[0] ?? {}
      assert.ok(signCount >= 3)
      // The copy knows the counter of an earlier day.
      await cloned(authenticatorId, { signCount: 1 })
      const answer = await check(personId, await asserted(personId))
      assert.deepEqual(answer, { passed: false, kind: 'counter', personId, mail: 'passkey-suspect' })
      await cloned(authenticatorId, { signCount: signCount + 10 })
      assert.equal(await kind(undefined, await asserted(undefined)), 'suspect')
      const found = await all.of(personId)
      assert.equal(found.second, true)
      assert.deepEqual(found.usable, [])
      assert.notEqual(found.passkeys[0]?.suspectAt, undefined)
      assert.deepEqual(await stage.refusals(personId), ['passkey.refused: counter', 'passkey.refused: suspect'])
      assert.equal((await all.passkeys.remove(personId, passkeyId)).noneLeft, true)
    },
  )

  attack('a foreign credential proves nothing of anybody else', async authenticatorId => {
    const [owner, victim] = [await stage.person(), await stage.person()]
    await register(owner)
    const allowCredentials: unknown[] = []
    assert.equal(await kind(victim, await asserted(victim, { allowCredentials })), 'foreign')
    assert.deepEqual(await stage.refusals(victim), ['passkey.refused: foreign'])
    assert.deepEqual(await stage.refusals(owner), [])
    // One’s own key that calls itself somebody else’s.
    const userHandle = Buffer.from(victim.replaceAll('-', ''), 'hex').toString('base64')
    await cloned(authenticatorId, { userHandle, signCount: 100 })
    assert.equal(await kind(undefined, await asserted(undefined)), 'foreign')
    assert.equal((await all.of(victim)).second, false)
  })

  attack('a removed passkey opens nothing; renaming and removing reach one’s own alone', async () => {
    const [personId, stranger] = [await stage.person(), await stage.person()]
    const passkeyId = await register(personId)
    for (const id of [passkeyId, 'x', "' or true --"]) {
      await assert.rejects(all.passkeys.remove(stranger, id), { code: 'factors.absent', status: 404 })
      await assert.rejects(all.passkeys.rename(stranger, id, 'mine'), { code: 'factors.absent' })
    }
    assert.equal((await all.passkeys.rename(personId, passkeyId, 'Telephone')).name, 'Telephone')
    for (const name of ['', ' ', 'a\0b', 'a\nb', 'x'.repeat(101), '\ud800', 'x'.repeat(1_000_000)]) {
      await assert.rejects(all.passkeys.rename(personId, passkeyId, name), { code: 'factors.bad_name' })
    }
    const answer = await asserted(personId)
    const change = await all.passkeys.remove(personId, passkeyId)
    assert.deepEqual(change, {
      action: 'passkey.removed',
      factorId: passkeyId,
      mail: 'factor-removed',
      endOtherSessions: true,
      noneLeft: true,
    })
    assert.equal(await kind(personId, answer), 'unknown')
    assert.deepEqual(await all.passkeys.list(personId), [])
  })
})

function answerOf(answered: Awaited<ReturnType<typeof ask>>): unknown {
  assert.ok('answer' in answered, JSON.stringify(answered))
  return answered.answer
}
