import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { enqueueMail, openIdentity, type Identity } from '../../src/guards/identity/index.ts'
import { issueOnce } from '../../src/guards/once/index.ts'
import { openTakeover, type Guessed } from '../../src/guards/takeover/index.ts'
import { identityStage, password, visitor, type Somebody, type Stage } from './identity-stage.ts'
import { assertion, attest, flag, softKey } from './soft-authenticator.ts'

const next = 'eleven brown dogs asleep'

suite('attacks on persons', () => {
  let stage: Stage
  before(async () => {
    stage = await identityStage()
  })
  after(() => stage.close())

  /** A hundred wrong guesses by strangers: nothing more of theirs is checked. */
  async function useUp(account: Guessed): Promise<void> {
    const { takeover } = stage.ports
    for (let n = 0; n < 100; n++) {
      stage.people.clock.turn(901)
      const asked = await takeover.ask({ account, factor: 'password', visitor: visitor() })
      if (asked.go) await takeover.note(asked.ticket, 'failed')
    }
    const asked = await takeover.ask({ account, factor: 'password', visitor: visitor() })
    assert.equal(asked.go ? 'go' : asked.because, 'budget')
  }

  async function withPasskey() {
    const one = await stage.somebody()
    const key = softKey()
    const { result, renewed } = await stage.identity.changeFactors(one.token, visitor(), async (made, session) => {
      const of = { personId: session.personId, binding: session.id }
      const options = await made.passkeys.beginRegistration({ ...of, userName: one.email, displayName: 'One' })
      const response = attest(key, { challenge: options.challenge })
      const finished = await made.passkeys.finishRegistration({ ...of, name: 'Key', response, network: 'test' })
      assert.ok(finished.passed)
      return { result: { handle: options.user.id, id: finished.passkey.id }, change: finished.change }
    })
    assert.ok(renewed !== undefined)
    const userHandle = Buffer.from(result.handle, 'base64url')
    const flags = flag.present | flag.verified
    const signIn = async (identity: Identity) => {
      const { flow, request } = await identity.beginPasskey(visitor())
      const response = assertion(key, { challenge: request.challenge, userHandle, counter: 2, flags })
      return identity.signInWithPasskey({ flow, response }, visitor())
    }
    return { ...one, token: renewed.token, passkeyId: result.id, signIn }
  }

  test('lockout: a stranger who used the guesses up keeps nobody from the second factor after a link by mail', async () => {
    const one = await stage.withApp()
    await useUp({ person: one.personId })
    await stage.identity.askReset(one.email)
    const from = visitor()
    const waiting = await stage.identity.reset({ link: await stage.link(one.email), password: next }, from)
    assert.ok(waiting.needs === 'second-factor')
    const arrived = await stage.identity.second(waiting.ticket, { totp: stage.nextCode(one.seed) }, from)
    assert.deepEqual(arrived.session.methods, ['mail', 'totp'])
  })

  test('lockout: a stranger who guessed at an address before it signed up keeps nobody from confirming it', async () => {
    const email = 'late@example.org'
    await useUp({ unknown: email })
    await stage.identity.signUp({ email, name: 'Late', password })
    const arrived = await stage.identity.confirmSignUp({ link: await stage.link(email), password }, visitor())
    assert.equal(arrived.needs, 'nothing')
  })

  test('lockout: a sign-in by passkey ends the count of failures of its owner', async () => {
    const one = await withPasskey()
    await useUp({ person: one.personId })
    await one.signIn(stage.identity)
    const arrival = await stage.identity.signIn({ email: one.email, password }, visitor())
    assert.equal(arrival.needs, 'second-factor')
  })

  test('a passkey that is removed while it signs in leaves no session behind', async () => {
    const one = await withPasskey()
    const { factors } = stage.ports
    const slow = openIdentity({
      ...stage.ports,
      factors: {
        ...factors,
        passkeys: {
          ...factors.passkeys,
          async check(given) {
            const checked = await factors.passkeys.check(given)
            await stage.identity.changeFactors(one.token, visitor(), async (made, { personId }) => ({
              result: undefined,
              change: await made.passkeys.remove(personId, one.passkeyId),
            }))
            return checked
          },
        },
      },
    })
    await assert.rejects(one.signIn(slow), { code: 'identity.wrong_code' })
    assert.equal(await sessions(one.personId), 1)
  })

  /** Somebody whose address a thief changed: links for the thief's mailbox, and for the old one. */
  async function robbed() {
    const one = await stage.somebody()
    const thief = `thief-${one.email}`
    await stage.identity.askEmailChange(one.token, thief, visitor())
    await stage.identity.confirmEmailChange(await stage.link(thief), visitor())
    const undo = await stage.link(one.email)
    stage.people.clock.turn(1)
    await stage.identity.askReset(thief)
    return { one, thief, undo }
  }

  test('a thief whose new password is set while the owner takes the address back has no session after it', async () => {
    const { one, thief, undo } = await robbed()
    const { factors } = stage.ports
    let asked = 0
    const slow = openIdentity({
      ...stage.ports,
      factors: {
        ...factors,
        async of(personId) {
          if (++asked === 2) await stage.identity.undoEmailChange(undo, visitor())
          return factors.of(personId)
        },
      },
    })
    const link = await stage.link(thief)
    await assert.rejects(slow.reset({ link, password: next }, visitor()), { code: 'identity.wrong_credentials' })
    assert.equal(asked, 2)
    assert.equal(await sessions(one.personId), 0)
  })

  test("a link that was written for a thief's mailbox while the address was taken back opens nothing", async () => {
    const { one, undo } = await robbed()
    const { database, clock } = stage.ports
    const asked = clock.now().toISOString()
    stage.people.clock.turn(1)
    await stage.identity.undoEmailChange(undo, visitor())
    const once = {
      kind: 'reset',
      owner: `person:${one.personId}`,
      subject: { for: one.personId, asked },
      lifeSecs: 1800,
    }
    const { secret } = await issueOnce(database, once, clock.now())
    await assert.rejects(stage.identity.reset({ link: secret, password: next }, visitor()), {
      code: 'identity.link_over',
    })
  })

  test('flood: eight requests at once for one mailbox are six mails', async () => {
    const { email } = await stage.somebody()
    const { database, clock } = stage.ports
    const ask = () =>
      database.transaction(async tx => {
        await enqueueMail(tx, { recipient: email, kind: 'reset' }, clock.now())
        await setTimeout(50)
      })
    await Promise.all(Array.from({ length: 8 }, ask))
    assert.equal(await mailsOf(email, 'reset'), 6)
  })

  test('lockout: a stranger who fills a mailbox with links for a password leaves it without a good one at no time', async () => {
    const { email } = await stage.somebody()
    for (let n = 0; n < 6; n++) await stage.identity.askReset(email, visitor())
    await stage.deliver()
    stage.people.clock.turn(1_801)
    await stage.identity.askReset(email, visitor())
    assert.equal(await mailsOf(email, 'reset'), 7)
    const arrived = await stage.identity.reset({ link: await stage.link(email), password: next }, visitor())
    assert.equal(arrived.needs, 'nothing')
  })

  test('lockout: sign-ups of a stranger for an address do not use up the mails of whoever it belongs to', async () => {
    const email = 'squatted@example.org'
    const stranger = visitor()
    for (let n = 0; n < 8; n++) await stage.identity.signUp({ email, name: 'X', password: next }, stranger)
    await stage.deliver()
    stage.people.clock.turn(1)
    await stage.identity.signUp({ email, name: 'Own', password }, visitor())
    const arrived = await stage.identity.confirmSignUp({ link: await stage.link(email), password }, visitor())
    assert.equal(arrived.needs, 'nothing')
  })

  test('lockout: strangers in many networks who use up the mails of an address keep whoever reads one of them out of nothing', async () => {
    const email = 'besieged@example.org'
    const strangers = Array.from({ length: 6 }, () => visitor())
    for (const stranger of strangers)
      for (let n = 0; n < 5; n++) await stage.identity.signUp({ email, name: 'X', password: next }, stranger)
    const before = await stage.mails(email)
    stage.people.clock.turn(1)
    await stage.identity.signUp({ email, name: 'Own', password }, visitor())
    const link = await stage.link(email)
    assert.equal((await stage.mails(email)).length, before.length)
    await assert.rejects(stage.identity.confirmSignUp({ link, password }, visitor()), {
      code: 'identity.wrong_credentials',
    })
    await assert.rejects(stage.identity.confirmSignUp({ link, password: 'short', name: 'Own' }, visitor()), {
      code: 'passwords.too_short',
    })
    const arrived = await stage.identity.confirmSignUp({ link, password, name: 'Own' }, visitor())
    assert.equal(arrived.needs, 'nothing')
    assert.equal((await stage.identity.person(arrived.token)).name, 'Own')
    await assert.rejects(stage.identity.signIn({ email, password: next }, visitor()), {
      code: 'identity.wrong_credentials',
    })
    await assert.rejects(stage.identity.confirmSignUp({ link, password, name: 'Own' }, visitor()), {
      code: 'identity.link_over',
    })
  })

  test('lockout: mails that a wrong clock dated into the future keep no later one back', async () => {
    const { email } = await stage.somebody()
    stage.people.clock.turn(400 * 86_400)
    for (let n = 0; n < 6; n++) await stage.identity.askReset(email)
    stage.people.clock.turn(-400 * 86_400)
    await stage.identity.askReset(email)
    assert.equal(await mailsOf(email, 'reset'), 7)
  })

  test('lockout: invitations of one organization do not use up the mails of another', async () => {
    const guest = 'guest-of-two@example.org'
    for (const turns of [7, 1]) {
      const owner = await stage.withApp()
      const { organizationId } = await stage.identity.foundOrganization(owner.token, 'Acme', visitor())
      const entry = await stage.entry(owner.token, organizationId)
      for (let n = 0; n < turns; n++) {
        const id = await stage.identity.invite(entry, { email: guest, roles: ['agent'] })
        if (turns > 1) await stage.identity.revokeInvitation(entry, id)
      }
    }
    assert.equal(await mailsOf(guest, 'invitation'), 7)
  })

  test('flood: what costs a hash, a mail or a row at the door ends for one address, and for no other', async () => {
    const { database, clock } = stage.ports
    const takeover = openTakeover({ database, clock, key: randomBytes(32), limits: { addressTriesMax: 3 } })
    const identity = openIdentity({ ...stage.ports, takeover })
    const doors: readonly ((from: ReturnType<typeof visitor>, n: number) => Promise<unknown>)[] = [
      (from, n) => identity.signUp({ email: `flood-${n}@example.org`, name: 'X', password }, from),
      (from, n) => identity.askReset(`flood-${n}@example.org`, from),
      from => identity.beginPasskey(from),
    ]
    for (const door of doors) {
      const from = visitor()
      for (let n = 0; n < 3; n++) await door(from, n)
      const { argon2 } = stage.passwords.counts()
      await assert.rejects(door(from, 4), { code: 'takeover.slow_down' })
      assert.equal(stage.passwords.counts().argon2, argon2)
      await door(visitor(), 5)
    }
  })

  test('whoever goes away while passwords wait in line costs no hash and no guess', async () => {
    const { email } = await stage.somebody()
    const { argon2 } = stage.passwords.counts()
    const from = { ...visitor(), signal: AbortSignal.abort() }
    for (let n = 0; n < 12; n++)
      await assert.rejects(stage.identity.signIn({ email, password }, from), { code: 'passwords.abandoned' })
    await assert.rejects(stage.identity.signUp({ email, name: 'A', password }, from))
    assert.equal(stage.passwords.counts().argon2, argon2)
    assert.equal((await stage.identity.signIn({ email, password }, visitor())).needs, 'nothing')
  })

  test('fifty sign-ins of one person at once: each makes a session, or says that it has to wait', async () => {
    const one = await stage.somebody()
    const tries = Array.from({ length: 50 }, () => stage.identity.signIn({ email: one.email, password }, visitor()))
    const settled = await Promise.allSettled(tries)
    const codes = settled.flatMap(one => (one.status === 'rejected' ? [codeOf(one.reason)] : []))
    assert.deepEqual(
      codes.filter(code => code !== 'takeover.slow_down' && code !== 'passwords.busy'),
      [],
    )
    assert.equal(await sessions(one.personId), 1 + 50 - codes.length)
    stage.people.clock.turn(901)
    assert.equal((await stage.identity.signIn({ email: one.email, password }, visitor())).needs, 'nothing')
  })

  async function sessions(personId: string): Promise<number> {
    return count(`select count(*)::int as n from upheld_identity.session where person_id = $1`, [personId])
  }
  async function mailsOf(email: string, kind: string): Promise<number> {
    return count(`select count(*)::int as n from upheld_identity.mail where recipient = $1 and kind = $2`, [
      email,
      kind,
    ])
  }
  async function count(text: string, values: readonly unknown[]): Promise<number> {
    const { rows } = await stage.people.platform.admin.query(text, values)
    return Number(rows[0]?.['n'])
  }
})

suite('a provider that one organization runs, and that lies', () => {
  let stage: Stage
  let victim: Somebody
  let evil: string
  let good: string
  before(async () => {
    stage = await identityStage()
    victim = await stage.somebody()
    const { people } = stage
    const attacker = await stage.somebody()
    const member = { personId: victim.personId, roles: ['owner'] }
    const first = await people.organization('Evil', [
      { personId: attacker.personId, roles: ['owner'] },
      { ...member, roles: ['agent'] },
    ])
    evil = first.organization.id
    good = (await people.organization('Good', [member])).organization.id
  })
  after(() => stage.close())

  const lie = (method: 'sso' | 'sso-mfa' = 'sso-mfa', provenAt?: Date) =>
    stage.identity.arrive(
      { personId: victim.personId, methods: [method], way: method, organizationId: evil, provenAt },
      visitor(),
    )
  async function impostor(): Promise<string> {
    const arrived = await lie()
    assert.ok(arrived.needs === 'nothing')
    return arrived.token
  }

  test('enters its own organization, and is told to sign in at every other, be the person a member there or not', async () => {
    const token = await impostor()
    assert.equal((await stage.identity.enter(token, evil)).needs, 'nothing')
    for (const elsewhere of [good, '00000000-0000-4000-8000-0000000000aa'])
      assert.equal((await stage.identity.enter(token, elsewhere)).needs, 'sign-in')
    assert.deepEqual(await stage.identity.organizations(token), [evil])
  })

  test('changes nothing of the account, reads nothing of it, and ends none of its sessions', async () => {
    const token = await impostor()
    const from = visitor()
    const { identity } = stage
    const acts: readonly (() => Promise<unknown>)[] = [
      () => identity.changePassword(token, { old: password, next }, from),
      () => identity.changeFactors(token, from, async () => ({ result: assert.fail(), change: undefined })),
      () => identity.askEmailChange(token, 'thief@example.org', from),
      () => identity.deletePerson(token),
      () => identity.foundOrganization(token, 'X', from),
      () => identity.leaveOrganization(token, good, from),
      () => identity.acceptInvitation(token, 'x', from),
      () => identity.listSessions(token),
      () => identity.endSession(token, victim.session.id, from),
      () => identity.endOtherSessions(token, from),
      () => identity.events(token),
    ]
    for (const act of acts) await assert.rejects(act(), { code: 'identity.own_sign_in', status: 403 })
    for (let n = 0; n < 55; n++) await impostor()
    assert.notEqual(await identity.verify(victim.token), undefined)
  })

  test('makes no device of the person, and no guesses with a budget of its own', async () => {
    const arrived = await lie()
    assert.ok(arrived.needs === 'nothing')
    assert.equal(await stage.ports.factors.devices.known(victim.personId, arrived.device), undefined)
    const codes = new Set<string>()
    for (let n = 0; n < 8; n++) {
      const wrong = stage.identity.stepUp(await impostor(), { password: next }, visitor())
      codes.add(await wrong.then(() => 'in', codeOf))
    }
    assert.deepEqual([...codes], ['identity.wrong_credentials', 'takeover.slow_down'])
  })

  test('a proof of before is none of now: what asks for a fresh one is refused', async () => {
    const long = new Date(stage.people.clock.now().getTime() - 3_600_000)
    const arrived = await lie('sso-mfa', long)
    assert.ok(arrived.needs === 'nothing')
    assert.deepEqual(arrived.session.provenAt, long)
    const future = await lie('sso-mfa', new Date(stage.people.clock.now().getTime() + 3_600_000))
    assert.ok(future.needs === 'nothing')
    assert.deepEqual(future.session.provenAt, stage.people.clock.now())
  })

  test('a second factor of the person after it, or a step-up, opens no other organization', async () => {
    const one = await stage.withApp()
    const from = visitor()
    const waiting = await stage.identity.arrive(
      { personId: one.personId, methods: ['sso'], way: 'sso', organizationId: evil },
      from,
    )
    assert.ok(waiting.needs === 'second-factor')
    const arrived = await stage.identity.second(waiting.ticket, { totp: stage.nextCode(one.seed) }, from)
    assert.equal(arrived.session.organizationId, evil)
    const renewed = await stage.identity.stepUp(arrived.token, { totp: stage.nextCode(one.seed) }, from)
    assert.equal(renewed.session.organizationId, evil)
    assert.equal((await stage.identity.enter(renewed.token, good)).needs, 'sign-in')
  })
})

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
}
