import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { openIdentity, sessionCookies } from '../../src/guards/identity/index.ts'
import { identityStage, password, visitor, type Stage } from './identity-stage.ts'

const gone = { code: 'identity.no_session', status: 401 }
const next = 'eleven dull lamps on a hill'

suite('sessions', () => {
  let stage: Stage
  before(async () => {
    stage = await identityStage()
  })
  after(() => stage.close())

  // ASVS 7.2.1
  test('the check is one statement, and one look into one index', async () => {
    const { token } = await stage.somebody()
    stage.statements()
    assert.notEqual(await stage.identity.verify(token), undefined)
    const [text, ...more] = stage.statements()
    assert.deepEqual(more, [])
    const { rows } = await stage.people.platform.admin.transaction(async tx => {
      await tx.query('set local enable_seqscan = off')
      const hash = createHash('sha256').update(`session\n${token}`).digest()
      return tx.query(`explain (format json, costs off) ${text ?? ''}`, [hash, new Date(), new Date()])
    })
    const plan = JSON.stringify(rows[0]?.['QUERY PLAN'])
    assert.deepEqual(plan.match(/"Node Type":"[^"]+"/g), ['"Node Type":"Index Scan"'])
    assert.match(plan, /session_token_hash_key/)
  })

  test('its use is written down at most once a minute', async () => {
    const { token } = await stage.somebody()
    stage.statements()
    const asked: number[] = []
    for (const secs of [58, 61, 1, 59, 2]) {
      stage.people.clock.turn(secs)
      await stage.identity.verify(token)
      asked.push(stage.statements().length)
    }
    assert.deepEqual(asked, [1, 2, 1, 2, 1])
  })

  // ASVS 7.1.1, 7.3.1, 7.3.2
  test('idle after 30 minutes, over after 12 hours with whatever traffic, and a clock that is set back opens nothing anew', async () => {
    const [idle, busy] = [await stage.somebody(), await stage.somebody()]
    stage.people.clock.turn(1_805)
    assert.equal(await stage.identity.verify(idle.token), undefined)
    const again = await stage.identity.signIn({ email: busy.email, password }, visitor())
    assert.ok(again.needs === 'nothing')
    for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
      stage.people.clock.turn(1_200)
      assert.notEqual(await stage.identity.verify(again.token), undefined, `after ${minutes} minutes`)
    }
    stage.people.clock.turn(1_200)
    assert.equal(await stage.identity.verify(again.token), undefined)
    const late = await stage.somebody()
    stage.people.clock.turn(-86_400)
    assert.equal(await stage.identity.verify(late.token), undefined)
    assert.equal(await stage.identity.verify(again.token), undefined)
    stage.people.clock.turn(86_400)
  })

  test('R16: every prefix, every extension and every change of a token is no session', async () => {
    const { token } = await stage.somebody()
    const bad = Array.from(token, (_, at) => token.slice(0, at))
    for (const one of [...bad, `${token}A`, `${token}=`, `${token} `, ` ${token}`, token.toLowerCase(), `${token}\0`])
      assert.equal(await stage.identity.verify(one), undefined)
    assert.equal(await stage.identity.verify('A'.repeat(10_000_000)), undefined)
    assert.notEqual(await stage.identity.verify(token), undefined)
  })

  // ASVS 7.2.2, 7.2.3
  test('a copy of the database opens nothing: no stored value is a token, in whatever form it is sent', async () => {
    const { token } = await stage.somebody()
    const { rows } = await stage.people.platform.admin.query(
      "select encode(token_hash, 'hex') as hex, s::text as line from upheld_identity.session s",
    )
    assert.ok(rows.length > 0)
    for (const { hex, line } of rows) {
      assert.ok(!String(line).includes(token))
      const bytes = Buffer.from(String(hex), 'hex')
      for (const form of [bytes.toString('base64url'), bytes.toString('base64'), String(hex), bytes.toString('latin1')])
        assert.equal(await stage.identity.verify(form), undefined)
    }
  })

  // ASVS 7.2.4
  test('fixation: a sign-in makes a new token and ends the session that the browser held', async () => {
    const { email, token } = await stage.somebody()
    const arrived = await stage.identity.signIn({ email, password }, { ...visitor(), session: token })
    assert.ok(arrived.needs === 'nothing')
    assert.notEqual(arrived.token, token)
    assert.equal(await stage.identity.verify(token), undefined)
  })

  test('a step-up makes a new token, the old one is dead, and of ten at once one goes on', async () => {
    const { token, personId, seed } = await stage.withApp()
    stage.people.clock.turn(1_000)
    const before = await stage.identity.session(token)
    const renewed = await stage.identity.stepUp(token, { totp: stage.nextCode(seed) }, visitor())
    assert.equal(await stage.identity.verify(token), undefined)
    assert.equal(renewed.session.id, before.id)
    assert.deepEqual(renewed.session.startedAt, before.startedAt)
    assert.deepEqual(renewed.session.expiresAt, before.expiresAt)
    assert.ok(renewed.session.provenAt > before.provenAt)
    const code = stage.nextCode(seed)
    const tries = Array.from({ length: 10 }, () => stage.identity.stepUp(renewed.token, { totp: code }, visitor()))
    assert.equal((await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length, 1)
    assert.ok(personId.length > 0)
  })

  test('whoever has a second factor proves again with it: the password alone is no step-up', async () => {
    const { token } = await stage.withApp()
    await assert.rejects(stage.identity.stepUp(token, { password }, visitor()), { code: 'identity.wrong_credentials' })
    const plain = await stage.somebody()
    assert.equal((await stage.identity.stepUp(plain.token, { password }, visitor())).session.personId, plain.personId)
  })

  // ASVS 7.5.1, 7.5.3
  test('acts that matter ask for a proof that is minutes old, in every session', async () => {
    const one = await stage.somebody()
    stage.people.clock.turn(1_000)
    const stale = { code: 'identity.prove_again', status: 403 }
    const from = visitor()
    const { identity } = stage
    const { id } = await identity.session(one.token)
    await assert.rejects(identity.changePassword(one.token, { old: password, next }, from), stale)
    await assert.rejects(identity.askEmailChange(one.token, 'other@example.org', from), stale)
    await assert.rejects(identity.deletePerson(one.token), stale)
    await assert.rejects(identity.endOtherSessions(one.token, from), stale)
    await assert.rejects(identity.endSession(one.token, id, from), stale)
    let reached = false
    const work = async () => {
      reached = true
      return { result: undefined, change: undefined }
    }
    await assert.rejects(identity.changeFactors(one.token, from, work), stale)
    assert.equal(reached, false)
  })

  // ASVS 7.4.1
  test('signing out ends the session at once, and the token stays dead', async () => {
    const { token } = await stage.somebody()
    await stage.identity.signOut(token, visitor())
    assert.equal(await stage.identity.verify(token), undefined)
    await stage.identity.signOut(token, visitor())
    await assert.rejects(stage.identity.stepUp(token, { password }, visitor()), gone)
  })

  test('R11: what was ended is ended for every process with its next request, also for one that had just read it', async () => {
    const one = await stage.somebody()
    const elsewhere = openDatabase(stage.people.platform.urls.identity, { connectionsMax: 1 })
    const { identity } = stage
    try {
      const other = openIdentity({ ...stage.ports, database: elsewhere })
      assert.notEqual(await other.verify(one.token), undefined)
      await identity.signOut(one.token, visitor())
      assert.equal(await other.verify(one.token), undefined)
    } finally {
      await elsewhere.close()
    }
  })

  test('the session of somebody else is as absent as one that never was, and nothing ended', async () => {
    const [one, other] = [await stage.somebody(), await stage.somebody()]
    const { id } = await stage.identity.session(other.token)
    for (const wrong of [id, crypto.randomUUID(), '', 'x', "' or 1=1", '\0'])
      await assert.rejects(stage.identity.endSession(one.token, wrong, visitor()), {
        code: 'identity.absent',
        status: 404,
      })
    assert.notEqual(await stage.identity.verify(other.token), undefined)
  })

  // ASVS 7.5.2
  test("one's own sessions are listed without a token or a hash, and ended one by one or all others", async () => {
    const one = await stage.somebody()
    const tokens = [one.token]
    for (let count = 0; count < 3; count++) {
      const more = await stage.identity.signIn({ email: one.email, password }, visitor())
      assert.ok(more.needs === 'nothing')
      tokens.push(more.token)
    }
    const list = await stage.identity.listSessions(one.token)
    assert.equal(list.length, 4)
    assert.deepEqual(
      list.filter(({ current }) => current).map(({ id }) => id),
      [one.session.id],
    )
    for (const token of tokens) {
      const hash = createHash('sha256').update(`session\n${token}`).digest()
      const text = JSON.stringify(list)
      for (const form of [token, hash.toString('hex'), hash.toString('base64')]) assert.ok(!text.includes(form))
    }
    const last = await stage.identity.session(tokens[3] ?? '')
    await stage.identity.endSession(one.token, last.id, visitor())
    assert.equal(await stage.identity.verify(tokens[3] ?? ''), undefined)
    assert.equal(await stage.identity.endOtherSessions(one.token, visitor()), 2)
    assert.notEqual(await stage.identity.verify(one.token), undefined)
    assert.ok((await stage.mails(one.email)).some(({ subject }) => subject.startsWith('Sessions were ended')))
  })

  // ASVS 6.2.2, 6.2.3
  test('a changed password ends all other sessions, and gives this one another token', async () => {
    const one = await stage.somebody()
    const other = await stage.identity.signIn({ email: one.email, password }, visitor())
    assert.ok(other.needs === 'nothing')
    await assert.rejects(stage.identity.changePassword(one.token, { old: 'certainly not this', next }, visitor()), {
      code: 'identity.wrong_credentials',
    })
    await assert.rejects(stage.identity.changePassword(one.token, { old: password, next: '12345678' }, visitor()), {
      code: 'passwords.too_short',
    })
    assert.notEqual(await stage.identity.verify(other.token), undefined)
    const renewed = await stage.identity.changePassword(one.token, { old: password, next }, visitor())
    assert.equal(await stage.identity.verify(other.token), undefined)
    assert.equal(await stage.identity.verify(one.token), undefined)
    assert.notEqual(await stage.identity.verify(renewed.token), undefined)
    assert.ok((await stage.mails(one.email)).some(({ subject }) => subject.startsWith('Your password was changed')))
  })

  // ASVS 7.4.3, 6.5.6
  test('a factor that is added or dropped ends all other sessions and every half-finished sign-in, and the person hears of it', async () => {
    const one = await stage.somebody()
    const other = await stage.identity.signIn({ email: one.email, password }, visitor())
    assert.ok(other.needs === 'nothing')
    const added = await stage.addApp(one)
    assert.equal(await stage.identity.verify(other.token), undefined)
    assert.equal(await stage.identity.verify(one.token), undefined)
    const from = visitor()
    const waiting = await stage.identity.signIn({ email: one.email, password }, from)
    assert.ok(waiting.needs === 'second-factor')
    const { renewed } = await stage.identity.changeFactors(added.token, visitor(), async (made, { personId }) => ({
      result: undefined,
      change: await made.totp.remove(personId),
    }))
    assert.notEqual(renewed, undefined)
    await assert.rejects(stage.identity.second(waiting.ticket, { totp: stage.nextCode(added.seed) }, from), {
      code: 'identity.ticket_over',
    })
    const subjects = (await stage.mails(one.email)).map(({ subject }) => subject).join(' ')
    assert.match(subjects, /A second factor was added/)
    assert.match(subjects, /A second factor was removed/)
  })

  // ASVS 7.4.2
  test('a person who is disabled is out with the next request, comes in on no way, and no session slips in meanwhile', async () => {
    const one = await stage.withApp()
    await stage.identity.askReset(one.email)
    const link = await stage.link(one.email)
    const from = visitor()
    const waiting = await stage.identity.signIn({ email: one.email, password }, from)
    assert.ok(waiting.needs === 'second-factor')
    const racing = stage.identity
      .second(waiting.ticket, { totp: stage.nextCode(one.seed) }, from)
      .catch(() => undefined)
    await stage.identity.disablePerson(one.personId)
    const raced = await racing
    if (raced !== undefined) assert.equal(await stage.identity.verify(raced.token), undefined)
    assert.equal(await stage.identity.verify(one.token), undefined)
    await assert.rejects(stage.identity.signIn({ email: one.email, password }, visitor()), {
      code: 'identity.wrong_credentials',
    })
    await assert.rejects(stage.identity.reset({ link, password: next }, visitor()), { code: 'identity.link_over' })
    await assert.rejects(
      stage.identity.arrive({ personId: one.personId, methods: ['sso-mfa'], way: 'sso-mfa' }, visitor()),
      { code: 'identity.wrong_credentials' },
    )
    await stage.identity.enablePerson(one.personId)
    assert.equal((await stage.identity.signIn({ email: one.email, password }, visitor())).needs, 'second-factor')
  })

  test('a sign-in that was under way with the old password makes no session once there is a new one, nor does its ticket', async () => {
    const [plain, app] = [await stage.somebody(), await stage.withApp()]
    for (const one of [plain, app]) {
      await stage.identity.askReset(one.email)
      const link = await stage.link(one.email)
      const { passwords } = stage.ports
      const slow = openIdentity({
        ...stage.ports,
        passwords: {
          ...passwords,
          async verify(stored, text, signal) {
            const verified = await passwords.verify(stored, text, signal)
            await stage.identity.reset({ link, password: next }, visitor())
            return verified
          },
        },
      })
      const from = visitor()
      const late = async (): Promise<unknown> => {
        const arrival = await slow.signIn({ email: one.email, password }, from)
        if (arrival.needs === 'nothing') return arrival
        return stage.identity.second(arrival.ticket, { totp: stage.nextCode(app.seed) }, from)
      }
      await assert.rejects(late(), { code: 'identity.wrong_credentials' })
    }
  })

  // ASVS 7.1.2
  test('of fifty-one sessions at once the oldest ended', async () => {
    const one = await stage.somebody()
    const { personId } = one
    for (let count = 0; count < 50; count++) {
      stage.people.clock.turn(1)
      await stage.identity.arrive({ personId, methods: ['sso'], way: 'sso' }, visitor())
    }
    assert.equal(await stage.identity.verify(one.token), undefined)
    const { rows } = await stage.people.platform.admin.query(
      'select count(*)::int as n from upheld_identity.session where person_id = $1',
      [personId],
    )
    assert.deepEqual(rows, [{ n: 50 }])
  })
})

suite('cookies of a session', () => {
  const secs = { sessionSecs: 43_200, deviceSecs: 7_776_000 }
  const asked = (cookie: string) => new Request('https://desk.example/', { headers: { cookie } })

  test('over https the name is bound to the host, and no script and no plain connection sees the token', () => {
    const cookies = sessionCookies('https://desk.example', secs)
    assert.equal(cookies.set('token'), '__Host-session=token; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure')
    assert.match(cookies.end(), /^__Host-session=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax; Secure$/)
    assert.equal(cookies.read(asked('a=b; __Host-session=token; c=d')), 'token')
  })

  test('a cookie of a sibling host, two of one name, and junk are no session', () => {
    const cookies = sessionCookies('https://desk.example', secs)
    for (const one of [
      'session=token',
      '__Host-session=a; __Host-session=b',
      '__host-session=a',
      '__Host-session=',
      ';;;=',
      '=',
      'x'.repeat(20_000),
    ])
      assert.equal(cookies.read(asked(one)), undefined, one.slice(0, 40))
  })

  test('plain http is for this machine alone', () => {
    assert.equal(
      sessionCookies('http://localhost:4000', secs).set('token'),
      'session=token; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax',
    )
    for (const origin of ['http://desk.example', 'http://127.0.0.1.evil.example', 'ftp://localhost'])
      assert.throws(() => sessionCookies(origin, secs), { code: 'identity.bad_options' })
  })
})
