import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { systemClock } from '../../src/core/clock.ts'
import { UpheldError } from '../../src/core/errors.ts'
import { openSealing } from '../../src/custody.ts'
import { identityHouse } from '../../src/guards/factors/index.ts'
import { seedAddress } from '../../src/guards/factors/seed.ts'
import { openIdentity } from '../../src/guards/identity/index.ts'
import { fromBase32 } from './factors-stage.ts'
import { password, visitor, type Somebody } from './identity-stage.ts'
import { organizationGround, signedIn, type Ground } from './organization-stage.ts'

const next = 'ten thin trees in rain'
const over = { code: 'identity.link_over' }

suite('a thief in an account, and what is left of them', () => {
  let ground: Ground
  before(async () => {
    ground = await organizationGround()
  })
  after(() => ground.close())

  const as = ({ token }: Pick<Somebody, 'token'>) => ({ token, cookie: `session=${token}` })
  const signIn = async (email: string, from = visitor(), given = password) => {
    const arrived = await ground.stage.identity.signIn({ email, password: given }, from)
    assert.ok(arrived.needs === 'nothing')
    return arrived
  }
  const emailOf = async (personId: string): Promise<unknown> => {
    const text = 'select email from upheld_identity.person where id = $1'
    return (await ground.stage.people.platform.admin.query(text, [personId])).rows[0]?.['email']
  }
  const subjects = async (email: string): Promise<readonly string[]> =>
    (await ground.stage.mails(email)).map(({ subject }) => subject.replace(/ \(.*/, ''))

  let apps = 0
  /** Over the pages' own vault. */
  const personWithApp = async () => {
    const { people, stage } = ground
    const email = `app-${++apps}@example.org`
    await people.identity.signUp({ email, name: 'App', password })
    const arrived = await people.identity.confirmSignUp({ link: await stage.link(email), password }, visitor())
    const { renewed } = await people.identity.changeFactors(arrived.token, visitor(), async (made, { personId }) => {
      const { enrollmentId, secret } = await made.totp.begin({ personId, account: email })
      const code = stage.code(fromBase32(secret))
      const confirmed = await made.totp.confirm({ personId, enrollmentId, code, network: 'test' })
      assert.ok(confirmed.passed)
      return { result: undefined, change: confirmed.change, proven: 'totp' as const }
    })
    assert.ok(renewed !== undefined)
    return { email, personId: arrived.session.personId, token: renewed.token }
  }

  /** Whatever ends a session that a thief has. */
  const ends: Readonly<Record<string, (one: Somebody) => Promise<unknown>>> = {
    'a new password by mail': async one => {
      await ground.stage.identity.askReset(one.email)
      return ground.stage.identity.reset({ link: await ground.stage.link(one.email), password: next }, visitor())
    },
    'a new password': one => ground.stage.identity.changePassword(one.token, { old: password, next }, visitor()),
    'the end of all others': one => ground.stage.identity.endOtherSessions(one.token, visitor()),
    'the end of that one': async one => {
      const other = (await ground.stage.identity.listSessions(one.token)).find(({ current }) => !current)
      return ground.stage.identity.endSession(one.token, other?.id ?? '', visitor())
    },
  }

  test('an address that a thief asked for is not taken once the owner has ended the session that asked, in whichever way', async () => {
    const { stage } = ground
    const ways = { ...ends, 'the operator': (one: Somebody) => stage.identity.endSessionsOf(one.personId) }
    for (const [way, end] of Object.entries(ways)) {
      const one = await stage.somebody()
      const mailbox = `thief-of-${one.email}`
      const thief = await signIn(one.email)
      const asked = await ground.ask('/account/email', { as: as(thief), fields: { email: mailbox } })
      assert.equal(asked.status, 200, way)
      const link = await stage.link(mailbox)
      stage.people.clock.turn(1)
      await end(one)
      const taken = await ground.ask('/account/email/confirm', { fields: { link } })
      assert.equal(taken.code, over.code, way)
      assert.equal(await emailOf(one.personId), one.email, way)
      assert.ok(!(await subjects(one.email)).includes('Your address was changed'), way)
    }
  })

  test('the browser of a thief is a stranger again after a new password, and its next sign-in is told of', async () => {
    const { stage } = ground
    for (const [way, end] of Object.entries(ends)) {
      const one = await stage.somebody()
      const browser = visitor()
      const { device } = await signIn(one.email, browser)
      await end(one)
      assert.equal(await stage.ports.factors.devices.known(one.personId, device), undefined, way)
      const before = (await subjects(one.email)).filter(one => one === 'A new device signed in').length
      const given = way.startsWith('a new') ? next : password
      await signIn(one.email, { ...browser, device }, given)
      const told = (await subjects(one.email)).filter(one => one === 'A new device signed in').length
      assert.equal(told, before + 1, way)
    }
  })

  test('the browser in which the owner sets a new password stays known', async () => {
    const { stage } = ground
    const one = await stage.somebody()
    const from = { ...visitor(), device: one.device }
    await stage.identity.changePassword(one.token, { old: password, next }, from)
    assert.notEqual(await stage.ports.factors.devices.known(one.personId, one.device), undefined)
    await stage.identity.askReset(one.email)
    stage.people.clock.turn(1)
    await stage.identity.askReset(one.email)
    const link = await stage.link(one.email)
    await stage.identity.reset({ link, password: 'four small owls in snow' }, from)
    assert.notEqual(await stage.ports.factors.devices.known(one.personId, one.device), undefined)
  })

  test('flood: nobody has mails of ours sent to a list of strangers, neither as new addresses nor as invitations', async () => {
    const { stage, people } = ground
    const one = await stage.somebody()
    const answers: string[] = []
    for (let n = 0; n < 8; n++) {
      const sent = { as: as(one), fields: { email: `stranger-${n}@example.org` } }
      const { status, code, text } = await ground.ask('/account/email', sent)
      answers.push(`${status} ${code ?? ''}`)
      if (status === 429) assert.match(text, /Wait an hour/)
    }
    assert.deepEqual(answers.slice(5), ['200 ', '429 identity.enough_mails', '429 identity.enough_mails'])
    const house = await ground.organization('Flood')
    const entry = await house.entry('owner')
    const { database, clock } = stage.ports
    const text = `insert into upheld_identity.mail (recipient, kind, asked_by, created_at, due_at)
      select 'list-' || n || '@example.org', 'invitation', $1, $2, $2 from generate_series(1, 200) n`
    await database.query(text, [house.id, clock.now()])
    const guest = { email: 'one-more@example.org', roles: ['agent'] }
    await assert.rejects(people.identity.invite(entry, guest), { code: 'identity.enough_mails', status: 429 })
    assert.deepEqual(await people.identity.openInvitations(entry), [])
    stage.people.clock.turn(3_601)
    const later = await people.identity.enter(
      (await signedIn(people, house.of('owner').personId, house.id)).token,
      house.id,
    )
    assert.ok(later.needs === 'nothing')
    await people.identity.invite(later, guest)
    await stage.people.platform.admin.query(`delete from upheld_identity.mail where asked_by = $1`, [house.id])
  })

  test('names in a mail to a stranger are quoted, cut, and no link: nobody writes in our name', async () => {
    const { stage, people } = ground
    const thief = await stage.somebody()
    const evil = `Your account is locked: open https://evil.example/login or call ${'1'.repeat(100)}`
    const { organizationId } = await stage.identity.foundOrganization(thief.token, evil, visitor())
    const { token } = await signedIn(people, thief.personId, organizationId)
    const entry = await people.identity.enter(token, organizationId)
    assert.ok(entry.needs === 'nothing')
    const admin = stage.people.platform.admin
    await admin.query('update upheld_identity.person set name = $2 where id = $1', [thief.personId, 'www.evil.example'])
    await people.identity.invite(entry, { email: 'victim@example.org', roles: ['agent'] })
    const [mail] = await stage.mails('victim@example.org')
    const text = Buffer.from(mail?.text ?? '', 'latin1').toString('utf8')
    assert.match(text, /invites you to the organization/)
    assert.deepEqual(text.match(/\bhttps?:\/\/[^\s]+/g), text.match(/https:\/\/desk\.example\/invitation\?link=\S+/g))
    assert.doesNotMatch(text, /evil\.example|1{60}/)
    assert.doesNotMatch(mail?.subject ?? '', /evil|locked/)
    assert.doesNotMatch(JSON.stringify(mail?.raw.split('\n\n')[0]), /evil/)
  })

  test('an invitation that is settled or over keeps no address, and one of a person who is gone is not sent', async () => {
    const { stage, people } = ground
    const admin = stage.people.platform.admin
    const kept = async (id: string): Promise<readonly unknown[]> => {
      const text = 'select email from upheld_access.invitation where organization_id = $1 order by created_at, email'
      return (await admin.query(text, [id])).rows.map(row => row['email'])
    }
    const house = await ground.organization('Kept')
    const entry = await house.entry('owner')
    const guest = await stage.somebody()
    await people.identity.invite(entry, { email: guest.email, roles: ['agent'] })
    await people.identity.acceptInvitation(guest.token, await stage.link(guest.email), visitor())
    const revoked = await people.identity.invite(entry, { email: 'revoked@example.org', roles: [] })
    await people.identity.revokeInvitation(entry, revoked)
    assert.deepEqual(await kept(house.id), ['nobody', 'nobody'])
    await people.identity.invite(entry, { email: 'over@example.org', roles: [] })
    stage.people.clock.turn(604_801)
    const later = await signedIn(people, house.of('owner').personId, house.id)
    await ground.ask('/organization/invitations', { as: later, fields: { email: 'open@example.org' } })
    assert.deepEqual(await kept(house.id), ['nobody', 'nobody', 'open@example.org'])
    await admin.query('update upheld_identity.person set disabled_at = now() where id = $1', [
      house.of('owner').personId,
    ])
    assert.deepEqual(await stage.mails('open@example.org'), [])
  })

  test('R6: of a person who is deleted nothing opens any more, not even a seed in a copy of the database with every key that is left', async () => {
    const { people, stage } = ground
    const { platform } = stage.people
    const [one, other] = [await personWithApp(), await personWithApp()]
    const text = 'select id, person_id, seed from upheld_identity.totp where person_id = any ($1::uuid[])'
    const { rows } = await platform.admin.query(text, [[one.personId, other.personId]])
    const copies = new Map(rows.map(row => [String(row['person_id']), row]))
    await people.identity.deletePerson(one.token)
    const opened = async ({ personId }: { readonly personId: string }): Promise<number> => {
      const sealing = openSealing({ vault: platform.custody.vault }, {}, systemClock, id =>
        platform.upheld.organization(id),
      )
      assert.ok(sealing !== undefined)
      try {
        const copy = copies.get(personId)
        const envelope = z.instanceof(Uint8Array).parse(copy?.['seed'])
        const address = seedAddress(personId, String(copy?.['id']))
        return (await sealing.vault.open(identityHouse, address, envelope)).bytes().length
      } finally {
        sealing.close()
      }
    }
    assert.equal(await opened(other), 20)
    await assert.rejects(
      opened(one),
      (thrown: unknown) => thrown instanceof UpheldError && thrown.code.startsWith('vault.'),
    )
    // Asked of a key store that does not answer, the account stays, with whoever can ask again.
    const broken = openIdentity({
      ...stage.ports,
      factors: { ...stage.ports.factors, destroyKeys: () => Promise.reject(new Error('down')) },
    })
    await assert.rejects(broken.deletePerson(other.token), /down/)
    assert.notEqual(await people.identity.verify(other.token), undefined)
  })
})
