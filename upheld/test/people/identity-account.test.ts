import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { until } from '../../src/testing/index.ts'
import { identityStage, password, visitor, type Stage } from './identity-stage.ts'
import { assertion, attest, flag, softKey } from './soft-authenticator.ts'

const over = { code: 'identity.link_over', status: 410 }

suite('an account', () => {
  let stage: Stage
  before(async () => {
    stage = await identityStage()
  })
  after(() => stage.close())

  /** A link of one kind in the mails to an address. */
  async function linkIn(to: string, subject: string): Promise<string> {
    const found = (await stage.mails(to)).filter(mail => mail.subject.startsWith(subject)).at(-1)
    const link = /[?]link=([A-Za-z0-9_-]+)/.exec(found?.text ?? '')?.[1]
    assert.ok(link !== undefined, `${subject} to ${to}`)
    return link
  }
  async function emailOf(personId: string): Promise<{ email: string; provenAt: Date }> {
    const { rows } = await stage.people.platform.admin.query(
      'select email, email_verified_at from upheld_identity.person where id = $1',
      [personId],
    )
    const at = rows[0]?.['email_verified_at']
    assert.ok(at instanceof Date)
    return { email: String(rows[0]?.['email']), provenAt: at }
  }

  test('R21: another address counts from the moment in which it is proven, by its own link, and never before', async () => {
    const one = await stage.somebody()
    const before = await emailOf(one.personId)
    const other = await stage.identity.signIn({ email: one.email, password }, visitor())
    assert.ok(other.needs === 'nothing')
    await stage.identity.askReset(one.email)
    const resetLink = await linkIn(one.email, 'Choose a new password')
    await stage.identity.askEmailChange(one.token, 'New-Address@example.org', visitor())
    assert.deepEqual(await emailOf(one.personId), before)
    assert.ok((await stage.mails(one.email)).some(({ subject }) => subject.startsWith('Another address was asked for')))
    stage.people.clock.turn(5)
    await stage.identity.confirmEmailChange(
      await linkIn('new-address@example.org', 'Confirm your new address'),
      visitor(),
    )
    const after = await emailOf(one.personId)
    assert.equal(after.email, 'new-address@example.org')
    assert.ok(after.provenAt > before.provenAt)
    assert.equal(await stage.identity.verify(other.token), undefined)
    assert.notEqual(await stage.identity.verify(one.token), undefined)
    await assert.rejects(stage.identity.reset({ link: resetLink, password: 'ten thin trees in rain' }, visitor()), over)
    await assert.rejects(stage.identity.signIn({ email: one.email, password }, visitor()), {
      code: 'identity.wrong_credentials',
    })
  })

  // ASVS 6.3.7
  test('a thief who changes the address is undone from the old mailbox within 72 hours, whatever was changed after', async () => {
    const one = await stage.somebody()
    const move = async (email: string): Promise<void> => {
      await stage.identity.askEmailChange(one.token, email, visitor())
      stage.people.clock.turn(2)
      await stage.identity.confirmEmailChange(await linkIn(email, 'Confirm your new address'), visitor())
    }
    await move('thief-1@example.org')
    await move('thief-2@example.org')
    const [owners, thiefs] = [
      await linkIn(one.email, 'Your address was changed'),
      await linkIn('thief-1@example.org', 'Your address was changed'),
    ]
    await stage.identity.askReset('thief-2@example.org')
    const resetLink = await linkIn('thief-2@example.org', 'Choose a new password')
    stage.people.clock.turn(71 * 3_600)
    const late = await stage.identity.signIn({ email: 'thief-2@example.org', password }, visitor())
    assert.ok(late.needs === 'nothing')
    await stage.identity.undoEmailChange(owners, visitor())
    assert.equal((await emailOf(one.personId)).email, one.email)
    assert.equal(await stage.identity.verify(late.token), undefined)
    await assert.rejects(stage.identity.undoEmailChange(thiefs, visitor()), over)
    await assert.rejects(stage.identity.undoEmailChange(owners, visitor()), over)
    await assert.rejects(stage.identity.reset({ link: resetLink, password: 'ten thin trees in rain' }, visitor()), over)
  })

  test('after 72 hours a change of address stays, and a link that is answered ten times at once counts once', async () => {
    const one = await stage.somebody()
    await stage.identity.askEmailChange(one.token, 'stays@example.org', visitor())
    stage.people.clock.turn(2)
    const link = await linkIn('stays@example.org', 'Confirm your new address')
    const tries = Array.from({ length: 10 }, () => stage.identity.confirmEmailChange(link, visitor()))
    assert.equal((await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length, 1)
    const undo = await linkIn(one.email, 'Your address was changed')
    stage.people.clock.turn(72 * 3_600)
    await assert.rejects(stage.identity.undoEmailChange(undo, visitor()), over)
    assert.equal((await emailOf(one.personId)).email, 'stays@example.org')
  })

  test('the address of somebody else: asking says nothing, and only who reads mail there learns that it is taken', async () => {
    const [one, other] = [await stage.somebody(), await stage.somebody()]
    const costs: number[] = []
    for (const email of [other.email, 'free-one@example.org']) {
      stage.statements()
      assert.equal(await stage.identity.askEmailChange(one.token, email, visitor()), undefined)
      costs.push(stage.statements().length)
    }
    assert.equal(costs[0], costs[1])
    stage.people.clock.turn(1)
    const link = await linkIn(other.email, 'Confirm your new address')
    await assert.rejects(stage.identity.confirmEmailChange(link, visitor()), {
      code: 'identity.email_taken',
      status: 409,
    })
    assert.equal((await emailOf(one.personId)).email, one.email)
  })

  test('R15: nothing that is sent along sets a proof, a person or a role: only what an act names is read', async () => {
    const sent = {
      email: 'mass@example.org',
      name: 'Mass',
      password,
      id: crypto.randomUUID(),
      email_verified_at: new Date(0),
      verified: true,
      disabled_at: null,
      roles: ['owner'],
      methods: ['passkey'],
      ['__proto__']: { admin: true },
    }
    await stage.identity.signUp(sent)
    const { rows } = await stage.people.platform.admin.query('select 1 from upheld_identity.person where email = $1', [
      sent.email,
    ])
    assert.deepEqual(rows, [])
    const confirm = { link: await stage.link(sent.email), password, methods: ['passkey'], personId: sent.id }
    const arrived = await stage.identity.confirmSignUp(confirm, { ...visitor(), ...{ methods: ['passkey'] } })
    assert.deepEqual(arrived.session.methods, ['mail', 'password'])
    assert.notEqual(arrived.session.personId, sent.id)
    assert.ok((await emailOf(arrived.session.personId)).provenAt.getTime() > 0)
    assert.deepEqual(await stage.identity.organizations(arrived.token), [])
  })

  test('R6: a person who is deleted is in no table any more, and the token is dead', async () => {
    const one = await stage.withApp()
    const owner = await stage.somebody()
    const { organization } = await stage.people.organization('Home', [
      { personId: owner.personId, roles: ['owner'] },
      { personId: one.personId, roles: ['admin'] },
    ])
    const moved = 'moved-away@example.org'
    await stage.identity.askReset(one.email)
    await stage.deliver()
    await stage.identity.askEmailChange(one.token, moved, visitor())
    stage.people.clock.turn(2)
    await stage.identity.confirmEmailChange(await linkIn(moved, 'Confirm your new address'), visitor())
    const inside = await stage.identity.enter(one.token, organization.id)
    assert.ok(inside.needs === 'nothing')
    await stage.identity.invite(inside, { email: 'guest@example.org', roles: ['agent'] })
    await stage.identity.deletePerson(one.token)
    assert.equal(await stage.identity.verify(one.token), undefined)
    assert.ok((await stage.mails(moved)).some(({ subject }) => subject.startsWith('Your account was deleted')))
    const { admin } = stage.people.platform
    const { rows: tables } = await admin.query(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('upheld_identity', 'upheld_access')`,
    )
    assert.ok(tables.length > 15)
    for (const { name } of tables) {
      const { rows } = await admin.query(`select t::text as line from ${String(name)} t where t::text like any ($1)`, [
        [one.personId, one.email, moved].map(text => `%${text}%`),
      ])
      assert.deepEqual(rows, [], String(name))
    }
  })

  test('a passkey signs in alone with both factors proven, is asked for as the second one, and steps up', async () => {
    const one = await stage.somebody()
    const key = softKey()
    const registered = await stage.identity.changeFactors(one.token, visitor(), async (made, { personId, id }) => {
      const of = { personId, binding: id }
      const options = await made.passkeys.beginRegistration({ ...of, userName: one.email, displayName: 'One' })
      const response = attest(key, { challenge: options.challenge })
      const finished = await made.passkeys.finishRegistration({ ...of, name: 'Key', response, network: 'test' })
      assert.ok(finished.passed, JSON.stringify(finished))
      return { result: Buffer.from(options.user.id, 'base64url'), change: finished.change }
    })
    assert.ok(registered.renewed !== undefined)
    let counter = 1
    const answer = (challenge: string) =>
      assertion(key, {
        challenge,
        userHandle: registered.result,
        counter: ++counter,
        flags: flag.present | flag.verified,
      })
    const alone = await stage.identity.beginPasskey()
    const response = answer(alone.request.challenge)
    await assert.rejects(stage.identity.signInWithPasskey({ flow: 'A'.repeat(43), response }, visitor()), {
      code: 'identity.wrong_code',
    })
    const again = await stage.identity.beginPasskey()
    const arrived = await stage.identity.signInWithPasskey(
      { flow: again.flow, response: answer(again.request.challenge) },
      visitor(),
    )
    assert.deepEqual([arrived.session.methods, arrived.session.personId], [['passkey'], one.personId])
    const from = visitor()
    const waiting = await stage.identity.signIn({ email: one.email, password }, from)
    assert.ok(waiting.needs === 'second-factor')
    const asked = await stage.identity.beginSecondPasskey(waiting.ticket, from)
    const second = await stage.identity.second(waiting.ticket, { passkey: answer(asked.challenge) }, from)
    assert.deepEqual(second.session.methods, ['password', 'passkey'])
    const step = await stage.identity.beginStepUpPasskey(second.token)
    const renewed = await stage.identity.stepUp(second.token, { passkey: answer(step.challenge) }, visitor())
    assert.notEqual(renewed.token, second.token)
    await assert.rejects(stage.identity.stepUp(renewed.token, { passkey: answer(step.challenge) }, visitor()), {
      code: 'identity.wrong_code',
    })
  })

  test('a recovery code comes in once, and the person hears how many are left', async () => {
    const one = await stage.withApp()
    const { result: codes } = await stage.identity.changeFactors(one.token, visitor(), async (made, { personId }) => {
      const { codes: fresh, change } = await made.recovery.renew(personId)
      return { result: fresh, change }
    })
    const from = visitor()
    const enter = async () => {
      const waiting = await stage.identity.signIn({ email: one.email, password }, from)
      assert.ok(waiting.needs === 'second-factor')
      return stage.identity.second(waiting.ticket, { recovery: codes[0] ?? '' }, from)
    }
    assert.deepEqual((await enter()).session.methods, ['password', 'recovery'])
    await assert.rejects(enter(), { code: 'identity.wrong_code', status: 401 })
    assert.ok((await stage.mails(one.email)).some(({ subject }) => subject.startsWith('A recovery code was used')))
  })

  // ASVS 6.3.5
  test('a browser that was not seen before is told of by mail, one that was is not', async () => {
    const one = await stage.somebody()
    const from = visitor()
    const first = await stage.identity.signIn({ email: one.email, password }, from)
    assert.ok(first.needs === 'nothing')
    const told = async () =>
      (await stage.mails(one.email)).filter(({ subject }) => subject.startsWith('A new device')).length
    assert.equal(await told(), 1)
    await stage.identity.signIn({ email: one.email, password }, { ...from, device: first.device })
    assert.equal(await told(), 1)
    const events = await stage.identity.events(first.token)
    assert.ok(events.some(({ action, network }) => action === 'session.begun' && network.endsWith('.0/24')))
    assert.ok(!JSON.stringify(events).includes(from.address))
  })

  // ASVS 6.3.5
  test('several failed attempts are told to the person, and their own device comes in meanwhile', async () => {
    const one = await stage.somebody()
    for (let round = 0; round < 14; round++) {
      await stage.identity
        .signIn({ email: one.email, password: 'certainly not this one' }, visitor())
        .catch(() => undefined)
    }
    const known = { ...visitor(), device: one.device }
    assert.equal((await stage.identity.signIn({ email: one.email, password }, known)).needs, 'nothing')
    // They are told beside the answers, not before them.
    const told = async (): Promise<boolean> =>
      (await stage.mails(one.email)).some(({ subject }) => subject.startsWith('Somebody tries to sign in'))
    await until(told, 'nobody was told')
  })
})
