import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { SignedIn } from '../../src/guards/sso/index.ts'
import { client, prove, redirectUri, ssoStage, type Back, type House, type SsoStage } from './sso-stage.ts'

const refused = { code: 'sso.refused', status: 401 }

suite('sign-in at the provider of an organization', () => {
  let stage: SsoStage
  let house: House
  let other: House
  before(async () => {
    stage = await ssoStage()
    house = await stage.house('acme')
    other = await stage.house('globex')
  })
  after(() => stage.close())

  const finish = ({ query, cookie }: Back) => stage.sso.finish({ query, cookie })
  const known = (one: SignedIn) => {
    assert.ok(one.outcome === 'known')
    return one
  }
  /** Signs in, and links what came of it to this person, who has just proven who they are. */
  async function link(at: House, sub: string, personId: string, ageSecs = 0): Promise<void> {
    const back = await stage.away(at, { sub })
    const found = await finish(back)
    assert.ok(found.outcome === 'unknown')
    const provenAt = new Date(stage.people.clock.now().getTime() - ageSecs * 1000)
    await stage.sso.link({ ticket: found.ticket, cookie: back.cookie, personId, provenAt })
  }
  async function member(at: House, email: string): Promise<string> {
    const personId = await stage.people.person(email)
    await at.organization.sql`insert into upheld_access.member (organization_id, person_id, roles, source)
      values (${at.organization.id}, ${personId}, ${['agent']}, 'invitation')`
    return personId
  }

  test('R30: the provider is asked for a code, with PKCE by S256, and told the one redirect address of the configuration', async () => {
    const { location, browser } = await stage.sso.begin(house.organization, { connectionId: house.connectionId })
    const { searchParams: asked } = new URL(location)
    assert.equal(asked.get('redirect_uri'), redirectUri)
    assert.equal(asked.get('response_type'), 'code')
    assert.equal(asked.get('code_challenge_method'), 'S256')
    for (const name of ['code_challenge', 'state', 'nonce']) assert.match(asked.get(name) ?? '', /^[\w-]{43}$/)
    assert.match(browser.value, /^[\w-]{43}$/)
    assert.ok(!location.includes(browser.value) && !location.includes(client.secret))
  })

  // ASVS 6.8.4
  test('who is known signs in; a second factor counts only when the provider says it as the connection wants it', async () => {
    const personId = await member(house, 'known@acme.example')
    await link(house, 'known', personId)
    const said: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
      [{}, 'sso'],
      [{ amr: ['pwd'] }, 'sso'],
      [{ amr: ['pwd', 'MFA'] }, 'sso'],
      [{ acr: 'mfa' }, 'sso'],
      [{ amr: ['pwd', 'mfa'] }, 'sso-mfa'],
    ]
    for (const [more, method] of said) {
      const found = known(await finish(await stage.away(house, { sub: 'known', ...more })))
      assert.equal(found.personId, personId)
      assert.equal(found.organizationId, house.organization.id)
      assert.deepEqual(found.methods, [method])
    }
  })

  test('a step-up demands of the provider that it asks now, and learns when it did', async () => {
    await link(house, 'steps-up', await member(house, 'steps-up@acme.example'))
    const found = known(await finish(await stage.away(house, { sub: 'steps-up' }, { maxAgeSecs: 60 })))
    assert.ok(found.provenAt !== undefined)
    assert.ok(Math.abs(found.provenAt.getTime() - stage.people.clock.now().getTime()) < 120_000)
  })

  test('R14: a callback works once, whatever came of it; of 20 at once one gets through', async () => {
    await link(house, 'once', await member(house, 'once@acme.example'))
    const back = await stage.away(house, { sub: 'once' })
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => finish(back)))
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1)
    await assert.rejects(finish(back), refused)
    const wrong = await stage.away(house, { sub: 'once' })
    await assert.rejects(finish({ ...wrong, cookie: 'A'.repeat(43) }), refused)
    await assert.rejects(finish(wrong), refused)
  })

  test('R14: a code that was used once is not taken again, behind a state of its own', async () => {
    const first = await stage.away(house, { sub: 'once' })
    const second = await stage.away(house, { sub: 'once' })
    const code = new URLSearchParams(first.query).get('code') ?? ''
    await finish(first)
    const bent = new URLSearchParams(second.query)
    bent.set('code', code)
    await assert.rejects(finish({ query: bent.toString(), cookie: second.cookie }), refused)
  })

  // ASVS 7.6.2
  test('an unsolicited response, and one for another browser, is refused', async () => {
    const mine = await stage.away(house, { sub: 'known' })
    const thief = await stage.away(house, { sub: 'once' })
    const state = (of: Back): string => new URLSearchParams(of.query).get('state') ?? ''
    const code = (of: Back): string => new URLSearchParams(of.query).get('code') ?? ''
    for (const query of [
      '',
      '?',
      `code=${code(mine)}`,
      `code=${code(mine)}&state=${'A'.repeat(43)}`,
      'state=',
      'x'.repeat(10_000),
    ]) {
      await assert.rejects(finish({ query, cookie: mine.cookie }), refused)
    }
    await assert.rejects(finish({ query: thief.query, cookie: mine.cookie }), refused)
    await assert.rejects(stage.sso.finish({ query: thief.query, cookie: undefined }), refused)
    const doubled = `${mine.query}&state=${state(mine)}`
    await assert.rejects(finish({ query: doubled, cookie: mine.cookie }), refused)
    await assert.rejects(finish({ query: `${mine.query}&code=${code(thief)}`, cookie: mine.cookie }), refused)
  })

  test('the code of somebody else is of no use in a browser that began a sign-in of its own', async () => {
    const victim = await stage.away(house, { sub: 'known' })
    const thief = await stage.away(house, { sub: 'once' })
    const bent = new URLSearchParams(thief.query)
    bent.set('code', new URLSearchParams(victim.query).get('code') ?? '')
    await assert.rejects(finish({ query: bent.toString(), cookie: thief.cookie }), refused)
  })

  test('a response of another issuer, or of none, is refused (RFC 9207)', async () => {
    for (const iss of ['https://thief.example', '', undefined]) {
      const back = await stage.away(house, { sub: 'known' })
      const bent = new URLSearchParams(back.query)
      if (iss === undefined) bent.delete('iss')
      else bent.set('iss', iss)
      await assert.rejects(finish({ query: bent.toString(), cookie: back.cookie }), refused)
    }
  })

  test('an error of the provider lets nobody in', async () => {
    const back = await stage.away(house, { sub: 'known' })
    const bent = new URLSearchParams(back.query)
    bent.delete('code')
    bent.set('error', 'access_denied')
    await assert.rejects(finish({ query: bent.toString(), cookie: back.cookie }), refused)
  })

  test('a sign-in that took too long is over', async () => {
    const back = await stage.away(house, { sub: 'known' })
    stage.people.clock.turn(601)
    try {
      await assert.rejects(finish(back), refused)
    } finally {
      stage.people.clock.turn(-601)
    }
  })

  test('a clock that is wrong by more than the tolerance refuses id tokens: they are judged by our time', async () => {
    for (const secs of [-180, 60 * 60]) {
      stage.people.clock.turn(secs)
      try {
        await assert.rejects(stage.away(house, { sub: 'known' }).then(finish), refused)
      } finally {
        stage.people.clock.turn(-secs)
      }
    }
  })

  test('where it returns to is a path of ours, or nowhere', async () => {
    for (const returnTo of [
      'https://thief.example',
      '//thief.example',
      '/\\thief.example',
      '/a\nb',
      '',
      'tickets',
      `/${'a'.repeat(2_000)}`,
    ]) {
      assert.equal((await finish(await stage.away(house, { sub: 'known' }, { returnTo }))).returnTo, undefined)
    }
    const returnTo = '/tickets/7?open=1'
    assert.equal((await finish(await stage.away(house, { sub: 'known' }, { returnTo }))).returnTo, returnTo)
  })

  test('R7: an address that a local account has makes nobody that account, however verified it is', async () => {
    await prove(stage, house, 'acme.example')
    const eager = await stage.house('acme-eager', { provision: true, roles: ['agent'] })
    await prove(stage, eager, 'acme.example')
    const victim = await member(eager, 'victim@acme.example')
    const claims = { email: 'victim@acme.example', email_verified: true }
    const found = await finish(await stage.away(eager, { sub: 'thief', claims }))
    assert.equal(found.outcome, 'unknown')
    const { rows } = await stage.people.database.query(
      'select 1 from upheld_identity.sso_identity where person_id = $1',
      [victim],
    )
    assert.equal(rows.length, 0)
  })

  test('a new person needs a connection that allows it, an address that was verified, and a domain that was proven', async () => {
    const eager = await stage.house('initech', { provision: true, roles: ['agent'] })
    const quiet = await stage.house('initrode')
    await prove(stage, eager, 'initech.example')
    await prove(stage, quiet, 'initrode.example')
    const tries: readonly (readonly [House, Readonly<Record<string, unknown>>])[] = [
      [quiet, { email: 'new@initrode.example', email_verified: true }],
      [eager, { email: 'new@initech.example' }],
      [eager, { email: 'new@initech.example', email_verified: 'true' }],
      [eager, { email: 'new@sub.initech.example', email_verified: true }],
      [eager, { email: 'new@initrode.example', email_verified: true }],
      [eager, { email: 'new@initech.example\0', email_verified: true }],
      [eager, { email: 'new＠initech.example', email_verified: true }],
      [eager, { email: ['new@initech.example'], email_verified: true }],
      [eager, { email_verified: true }],
    ]
    for (const [n, [at, claims]] of tries.entries()) {
      assert.equal((await finish(await stage.away(at, { sub: `new-${n}`, claims }))).outcome, 'unknown', String(n))
    }
    const claims = { email: 'New@Initech.example', email_verified: true, name: 'Nina', roles: ['owner'] }
    const found = known(await finish(await stage.away(eager, { sub: 'nina', claims })))
    const [row] = await eager.organization.sql`select m.roles, m.source, p.email, p.name from upheld_access.member m
      join upheld_identity.person p on p.id = m.person_id where m.id = ${found.memberId}`
    assert.deepEqual(row, { roles: ['agent'], source: 'sso', email: 'new@initech.example', name: 'Nina' })
    const again = known(
      await finish(await stage.away(eager, { sub: 'nina', claims: { email: 'changed@elsewhere.example' } })),
    )
    assert.equal(again.personId, found.personId)
  })

  test('R19: a link is made of what was proven at the provider, by somebody who has just proven themselves here, once', async () => {
    const personId = await member(house, 'links@acme.example')
    const back = await stage.away(house, { sub: 'links' })
    const found = await finish(back)
    assert.ok(found.outcome === 'unknown')
    const { ticket } = found
    const now = stage.people.clock.now()
    const stale = new Date(now.getTime() - 301_000)
    const ahead = new Date(now.getTime() + 60_000)
    for (const provenAt of [stale, ahead, new Date(NaN)]) {
      await assert.rejects(stage.sso.link({ ticket, cookie: back.cookie, personId, provenAt }), { code: 'sso.step_up' })
    }
    await stage.sso.link({ ticket, cookie: back.cookie, personId, provenAt: now })
    await assert.rejects(stage.sso.link({ ticket, cookie: back.cookie, personId, provenAt: now }), refused)
    assert.equal(known(await finish(await stage.away(house, { sub: 'links' }))).personId, personId)
    // A second account at the provider is another identity, and takes neither the place nor the person of the first.
    await assert.rejects(link(house, 'second', personId), { code: 'sso.already_linked' })
    assert.equal((await finish(await stage.away(house, { sub: 'second' }))).outcome, 'unknown')
  })

  test('a ticket is of no use in another browser, to somebody who is no member, or for an identity that is taken', async () => {
    const stranger = await stage.people.person('stranger@globex.example')
    await assert.rejects(link(house, 'strange', stranger), { code: 'sso.no_member' })
    const back = await stage.away(house, { sub: 'strange' })
    const found = await finish(back)
    assert.ok(found.outcome === 'unknown')
    const provenAt = stage.people.clock.now()
    const { ticket } = found
    await assert.rejects(
      stage.sso.link({ ticket, cookie: 'A'.repeat(43), personId: house.ownerPersonId, provenAt }),
      refused,
    )
  })

  // ASVS 6.8.1
  test('R8: the provider of one organization lets nobody into another; its connection is unknown there', async () => {
    await assert.rejects(stage.sso.begin(other.organization, { connectionId: house.connectionId }), {
      code: 'sso.unknown_connection',
      status: 404,
    })
    stage.managers.set(other.ownerId, [])
    await assert.rejects(stage.sso.connections.disable(other.organization, other.ownerId, house.connectionId), {
      code: 'sso.unknown_connection',
    })
    // The same provider, the same person there: known in one organization, unknown in the other.
    assert.equal((await finish(await stage.away(house, { sub: 'known' }))).outcome, 'known')
    assert.equal((await finish(await stage.away(other, { sub: 'known' }))).outcome, 'unknown')
    for (const id of ['', 'x', `${house.connectionId} `, "' or 1=1"]) {
      await assert.rejects(stage.sso.begin(house.organization, { connectionId: id }), {
        code: 'sso.unknown_connection',
      })
    }
  })

  test('the provider of one organization signs nobody in who belongs to another one as well', async () => {
    const personId = await member(house, 'both@acme.example')
    await link(house, 'both', personId)
    await other.organization.sql`insert into upheld_access.member (organization_id, person_id, roles, source)
      values (${other.organization.id}, ${personId}, ${['admin']}, 'invitation')`
    await assert.rejects(stage.away(house, { sub: 'both' }).then(finish), { code: 'sso.elsewhere', status: 403 })
    await other.organization.sql`delete from upheld_access.member where person_id = ${personId}`
    assert.equal(known(await finish(await stage.away(house, { sub: 'both' }))).personId, personId)
  })

  test('a member who was suspended or removed, and a connection that was ended meanwhile, let nobody in', async () => {
    const personId = await member(house, 'leaves@acme.example')
    await link(house, 'leaves', personId)
    await house.organization
      .sql`update upheld_access.member set suspended_at = ${stage.people.clock.now()} where person_id = ${personId}`
    await assert.rejects(stage.away(house, { sub: 'leaves' }).then(finish), { code: 'sso.no_member' })
    await house.organization.sql`delete from upheld_access.member where person_id = ${personId}`
    await assert.rejects(stage.away(house, { sub: 'leaves' }).then(finish), { code: 'sso.no_member' })
    const short = await stage.house('short')
    const back = await stage.away(short, { sub: 'known' })
    await stage.sso.connections.disable(short.organization, short.ownerId, short.connectionId)
    await assert.rejects(finish(back), { code: 'sso.unknown_connection' })
  })

  test('R27: a provider that is down is said to be; nobody is let in, and the connection stays', async () => {
    const back = await stage.away(house, { sub: 'known' })
    stage.peer.stop(503)
    try {
      await assert.rejects(finish(back), { code: 'sso.provider_unavailable', status: 502 })
    } finally {
      stage.peer.stop(undefined)
    }
    assert.equal((await finish(await stage.away(house, { sub: 'known' }))).outcome, 'known')
  })
})
