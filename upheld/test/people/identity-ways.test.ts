import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { UpheldError } from '../../src/core/errors.ts'
import { openIdentity } from '../../src/guards/identity/index.ts'
import { identityStage, password, visitor, type Stage } from './identity-stage.ts'

suite('ways in', () => {
  let stage: Stage
  before(async () => {
    stage = await identityStage()
  })
  after(() => stage.close())

  // ASVS 6.3.2
  test('an installation that is new has nobody in it, and no password that opens it', async () => {
    const { rows } = await stage.people.platform.admin.query(
      `select (select count(*)::int from upheld_identity.person) as persons, (select count(*)::int from upheld_identity.password) as passwords`,
    )
    assert.deepEqual(rows, [{ persons: 0, passwords: 0 }])
  })

  // ASVS 6.2.11
  test('a password that is made of the person, of the address or of the words of the operator is refused', async () => {
    const identity = openIdentity({ ...stage.ports, options: { contextWords: ['Grandfather Clocks'] } })
    for (const bad of ['grandfather clocks', 'Ann Margarete Smithson', 'ann.smithson@example.org'])
      await assert.rejects(
        identity.signUp({ email: 'ann.smithson@example.org', name: 'Ann Margarete Smithson', password: bad }),
        { code: 'passwords.from_context', status: 422 },
        bad,
      )
  })

  // ASVS 6.4.1
  test("a sign-up writes no person: an address is nobody's until its mail was answered, and anybody may ask for it", async () => {
    const email = 'new@example.org'
    await stage.identity.signUp({ email, name: 'Stranger', password: 'a stranger chose this one' })
    const strangers = await stage.link(email)
    stage.people.clock.turn(1)
    assert.equal(await count(stage, 'person', email), 0)
    await stage.identity.signUp({ email, name: 'Ann', password })
    const own = await stage.link(email)
    const arrived = await stage.identity.confirmSignUp({ link: own, password }, visitor())
    assert.deepEqual(arrived.session.methods, ['mail', 'password'])
    await assert.rejects(
      stage.identity.confirmSignUp({ link: strangers, password: 'a stranger chose this one' }, visitor()),
      { code: 'identity.link_over', status: 410 },
    )
    assert.equal(await count(stage, 'sign_up', email), 0)
  })

  test("whoever reads the mail of a stranger's sign-up opens no account that the stranger has the password of", async () => {
    const email = 'victim@example.org'
    await stage.identity.signUp({ email, name: 'Victim', password: 'what the attacker knows' })
    const link = await stage.link(email)
    await assert.rejects(stage.identity.confirmSignUp({ link, password }, visitor()), {
      code: 'identity.wrong_credentials',
    })
    assert.equal(await count(stage, 'person', email), 0)
  })

  // ASVS 6.3.8
  test('no account discovery: sign-up, sign-in and reset answer, cost and refuse alike for addresses that are known and not', async () => {
    const { email: known } = await stage.somebody()
    const unknown = 'nobody@example.org'
    const signUps = await both(stage, [known, unknown], email =>
      stage.identity.signUp({ email, name: 'Ann', password }),
    )
    assert.deepEqual(signUps[0], signUps[1])
    assert.equal(signUps[0]?.argon2, 1)
    const resets = await both(stage, [known, unknown], email => stage.identity.askReset(email))
    assert.deepEqual(resets[0], resets[1])
    assert.equal(resets[0]?.statements, 1)
    const signIns = await both(stage, [known, unknown], email =>
      stage.identity.signIn({ email, password: 'certainly not this one' }, visitor()),
    )
    assert.deepEqual(signIns[0], signIns[1])
    assert.equal(signIns[0]?.argon2, 1)
    assert.match(signIns[0].refused, /^identity.wrong_credentials 401/)
  })

  test('what is told by mail alone: a known address hears of its account, an unknown one gets no link for a password', async () => {
    const { email } = await stage.somebody()
    await stage.identity.signUp({ email, name: 'Ann', password })
    const newest = (await stage.mails(email)).at(-1)
    assert.match(newest?.subject ?? '', /have an account already/)
    assert.doesNotMatch(newest?.text ?? '', /https?:/)
    await stage.identity.askReset('nobody-at-all@example.org')
    assert.deepEqual(await stage.mails('nobody-at-all@example.org'), [])
  })

  // ASVS 6.3.3
  test('R2: after the first factor nothing opens: the ticket is no session, and no session was made', async () => {
    const { email, personId } = await stage.withApp()
    await stage.identity.signOut('', visitor())
    const before = await sessions(stage, personId)
    const from = visitor()
    const waiting = await stage.identity.signIn({ email, password }, from)
    assert.equal(waiting.needs, 'second-factor')
    assert.deepEqual(Object.keys(waiting).toSorted(), ['expiresAt', 'needs', 'ticket', 'usable'])
    assert.equal(await sessions(stage, personId), before)
    assert.equal(await stage.identity.verify(waiting.ticket), undefined)
    await assert.rejects(stage.identity.session(waiting.ticket), { code: 'identity.no_session', status: 401 })
  })

  // ASVS 6.6.2
  test('a ticket is good for one session, five minutes, the browser that began, and its own person', async () => {
    const [one, other] = [await stage.withApp(), await stage.withApp()]
    const from = visitor()
    const first = await waitingFor(stage, one.email, from)
    const secondTry = (ticket: string, seed: Uint8Array, by = from) =>
      stage.identity.second(ticket, { totp: stage.nextCode(seed) }, by)
    await assert.rejects(secondTry(first, one.seed, visitor()), { code: 'identity.ticket_over' })
    await assert.rejects(secondTry(first, other.seed), { code: 'identity.wrong_code', status: 401 })
    const arrived = await secondTry(first, one.seed)
    assert.deepEqual(arrived.session.methods, ['password', 'totp'])
    assert.equal(arrived.session.personId, one.personId)
    await assert.rejects(secondTry(first, one.seed), { code: 'identity.ticket_over' })
    const late = await waitingFor(stage, one.email, from)
    stage.people.clock.turn(301)
    await assert.rejects(secondTry(late, one.seed), { code: 'identity.ticket_over' })
  })

  test('R10: one code in twenty parallel answers to one ticket makes one session', async () => {
    const { email, personId, seed } = await stage.withApp()
    const from = visitor()
    const ticket = await waitingFor(stage, email, from)
    const before = await sessions(stage, personId)
    const code = stage.nextCode(seed)
    const tries = Array.from({ length: 20 }, () => stage.identity.second(ticket, { totp: code }, from))
    const made = (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled')
    assert.equal(made.length, 1)
    assert.equal(await sessions(stage, personId), before + 1)
  })

  // ASVS 6.5.1
  test('R10: a link for a password in ten parallel redemptions sets one, and twice in a row is refused', async () => {
    const { email } = await stage.somebody()
    await stage.identity.askReset(email)
    const link = await stage.link(email)
    const tries = Array.from({ length: 10 }, (_, n) =>
      stage.identity.reset({ link, password: `another grey boat ${n} at noon` }, visitor()),
    )
    assert.equal((await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length, 1)
    await assert.rejects(stage.identity.reset({ link, password }, visitor()), {
      code: 'identity.link_over',
      status: 410,
    })
  })

  // ASVS 6.4.3, 6.4.4
  test('a reset does not skip the second factor, ends every session, and tells the person', async () => {
    const one = await stage.withApp()
    await stage.identity.askReset(one.email)
    const next = 'eleven dull lamps on a hill'
    const arrived = await stage.identity.reset({ link: await stage.link(one.email), password: next }, visitor())
    assert.equal(arrived.needs, 'second-factor')
    assert.equal(await stage.identity.verify(one.token), undefined)
    assert.ok((await stage.mails(one.email)).some(({ subject }) => subject.startsWith('Your password was changed')))
    assert.equal((await stage.identity.signIn({ email: one.email, password: next }, visitor())).needs, 'second-factor')
    await assert.rejects(stage.identity.signIn({ email: one.email, password }, visitor()), {
      code: 'identity.wrong_credentials',
    })
  })

  test('a link for a password is void once the password was changed, also when its mail is written only afterwards', async () => {
    const one = await stage.somebody()
    await stage.identity.askReset(one.email)
    const early = await stage.link(one.email)
    await stage.identity.askReset(one.email)
    stage.people.clock.turn(1)
    await stage.identity.changePassword(one.token, { old: password, next: 'eleven dull lamps on a hill' }, visitor())
    stage.people.clock.turn(1)
    const late = await stage.link(one.email)
    assert.notEqual(late, early)
    for (const link of [early, late])
      await assert.rejects(stage.identity.reset({ link, password: 'four slow trains in fog' }, visitor()), {
        code: 'identity.link_over',
      })
  })

  test('R17: a link with any letter changed, cut, lengthened, or of another kind opens nothing', async () => {
    const { email } = await stage.somebody()
    await stage.identity.askReset(email)
    const link = await stage.link(email)
    const bad = Array.from(link).map(
      (letter, at) => link.slice(0, at) + (letter === 'A' ? 'B' : 'A') + link.slice(at + 1),
    )
    for (const one of [...bad, link.slice(0, -1), `${link}A`, `${link}=`, '', '\0'])
      await assert.rejects(stage.identity.reset({ link: one, password }, visitor()), { code: 'identity.link_over' })
    await assert.rejects(stage.identity.confirmSignUp({ link, password }, visitor()), { code: 'identity.link_over' })
    await assert.rejects(stage.identity.confirmEmailChange(link, visitor()), { code: 'identity.link_over' })
    assert.equal(
      (await stage.identity.reset({ link, password: 'four slow trains in fog' }, visitor())).needs,
      'nothing',
    )
  })

  test('links lead to the configured origin: nothing of a request gets into a mail but the network that it came from', async () => {
    const { email } = await stage.somebody()
    await stage.identity.askReset(email)
    const mail = (await stage.mails(email)).at(-1)
    const urls = mail?.text.match(/[a-z]+:\/\/\S+/g) ?? []
    assert.equal(urls.length, 1)
    assert.equal(new URL(urls[0]).origin, 'https://desk.example')
  })

  // ASVS 6.3.1
  test('R18: who is slowed down is slowed down on every way, and a recovery does not open another one', async () => {
    const { email, seed } = await stage.withApp()
    const wrong = () => stage.identity.signIn({ email, password: 'certainly not this one' }, visitor()).catch(codeOf)
    const codes = [
      await wrong(),
      await wrong(),
      await wrong(),
      await wrong(),
      await wrong(),
      await wrong(),
      await wrong(),
    ]
    assert.equal(codes.at(-1), 'takeover.slow_down')
    const from = visitor()
    assert.equal(await stage.identity.signIn({ email, password }, from).catch(codeOf), 'takeover.slow_down')
    await stage.identity.askReset(email)
    const link = await stage.link(email)
    const waiting = await stage.identity.reset({ link, password: 'four slow trains in fog' }, from)
    assert.equal(waiting.needs, 'second-factor')
    // Whoever has the mailbox has guesses of their own, so that a stranger's keep nobody out: as few, and as slow.
    const wrongCode = () => stage.identity.second(waiting.ticket, { totp: '000000' }, from).catch(codeOf)
    const after: unknown[] = []
    for (let turn = 0; turn < 6; turn++) after.push(await wrongCode())
    assert.deepEqual([after[0], after.at(-1)], ['identity.wrong_code', 'takeover.slow_down'])
    const code = stage.code(seed)
    assert.equal(await stage.identity.second(waiting.ticket, { totp: code }, from).catch(codeOf), 'takeover.slow_down')
  })

  test('R29: NUL and what is no text in any field is one clear error, and nothing is written', async () => {
    const before = await rowsOf(stage)
    const bad = 'a\0b'
    const tries: readonly (readonly [Promise<unknown>, string])[] = [
      [stage.identity.signUp({ email: bad, name: 'Ann', password }), 'identity.bad_email'],
      [stage.identity.signUp({ email: 'a@example.org', name: bad, password }), 'identity.bad_name'],
      [
        stage.identity.signUp({ email: 'a@example.org', name: 'Ann', password: `${password}\0` }),
        'passwords.unreadable',
      ],
      [
        stage.identity.signUp({ email: 'a@example.org', name: 'Ann', password: 'x'.repeat(10_000_000) }),
        'passwords.too_long',
      ],
      [stage.identity.signUp({ email: 'x'.repeat(10_000_000), name: 'Ann', password }), 'identity.bad_email'],
      [stage.identity.signIn({ email: bad, password }, visitor()), 'identity.bad_email'],
      [stage.identity.signIn({ email: 'ann\uff20example.org', password }, visitor()), 'identity.bad_email'],
      [stage.identity.askReset('__proto__'), 'identity.bad_email'],
    ]
    for (const [work, code] of tries) assert.equal(await work.catch(codeOf), code)
    assert.deepEqual(await rowsOf(stage), before)
  })

  test('NFC and NFD of one address are one account', async () => {
    const [nfc, nfd] = ['zo\u00eb@example.org', 'zoe\u0308@example.org']
    await stage.identity.signUp({ email: nfd, name: 'Zo\u00eb', password })
    await stage.deliver()
    const { rows } = await stage.people.platform.admin.query('select email from upheld_identity.sign_up')
    assert.ok(rows.some(({ email }) => email === nfc))
    assert.ok(!rows.some(({ email }) => email === nfd))
  })

  test('a mailbox is not filled from here: of a kind of mail six an hour go to one address, and the answer stays the same', async () => {
    const { email } = await stage.somebody()
    for (let turn = 0; turn < 20; turn++) assert.equal(await stage.identity.askReset(email), undefined)
    const links = (await stage.mails(email)).filter(({ subject }) => subject.startsWith('Choose a new password'))
    assert.equal(links.length, 6)
  })
})

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
}

/** What each of them cost and said. */
async function both(stage: Stage, emails: readonly string[], work: (email: string) => Promise<unknown>) {
  const seen: { answer: unknown; refused: string; statements: number; texts: readonly string[]; argon2: number }[] = []
  for (const email of emails) {
    stage.statements()
    const before = stage.passwords.counts().argon2
    let refused = ''
    const answer = await work(email).catch((thrown: unknown) => {
      assert.ok(thrown instanceof UpheldError)
      refused = `${thrown.code} ${thrown.status} ${thrown.publicMessage} ${thrown.mend ?? ''}`
    })
    const texts = stage.statements()
    seen.push({ answer, refused, texts, statements: texts.length, argon2: stage.passwords.counts().argon2 - before })
  }
  return seen
}

async function waitingFor(stage: Stage, email: string, from: ReturnType<typeof visitor>): Promise<string> {
  const waiting = await stage.identity.signIn({ email, password }, from)
  assert.ok(waiting.needs === 'second-factor')
  return waiting.ticket
}

async function sessions({ people }: Stage, personId: string): Promise<number> {
  const { rows } = await people.platform.admin.query(
    'select count(*)::int as n from upheld_identity.session where person_id = $1',
    [personId],
  )
  return Number(rows[0]?.['n'])
}

async function count({ people }: Stage, table: 'person' | 'sign_up', email: string): Promise<number> {
  const { rows } = await people.platform.admin.query(
    `select count(*)::int as n from upheld_identity.${table} where email = $1`,
    [email],
  )
  return Number(rows[0]?.['n'])
}

async function rowsOf({ people }: Stage): Promise<unknown> {
  const { rows } = await people.platform.admin.query(
    `select (select count(*) from upheld_identity.person) as persons, (select count(*) from upheld_identity.sign_up) as waiting,
       (select count(*) from upheld_identity.mail) as mails`,
  )
  return rows
}
