import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { addStaff, endStaff } from '../../src/guards/support/index.ts'
import { claim } from '../../src/proof/claims/index.ts'
import { until } from '../../src/testing/index.ts'
import { doorClaim } from '../proof/door.ts'
import { consoleStage, tokenIn, type ConsoleStage } from './stage.ts'

const wall = doorClaim()
const other = doorClaim({ id: 'doors.oiled', sentence: 'Every door is oiled <once> a year.' })
const planned = claim({ kind: 'planned', id: 'doors.golden', sentence: 'Every door is made of gold.', mappings: {} })
const claims = [wall, other, planned]
const pages = [
  '/console',
  '/console/claims/doors.locked',
  '/console/claims/doors.golden',
  '/console/runs',
  '/console/orders',
  '/console/settings',
  '/console/health',
]

suite('the console', () => {
  let here: ConsoleStage
  let ina: string
  let cookie: string
  before(async () => {
    here = await consoleStage(claims)
    await here.prover.declare(claims)
    ina = await here.hire('ina')
    cookie = await here.session(ina)
  })
  after(() => here.close())

  const orderIn = (to: string | null): string =>
    /^\/console\/orders\/([0-9a-f-]{36})$/.exec(to ?? '')?.[1] ?? `no order: ${to}`
  const ended = (id: string): Promise<void> =>
    until(async () => (await here.prover.desk.order(id)).ended_at !== null, 'an order ends')

  suite('who gets in', () => {
    test('nobody without a session: led to the sign-in, and back; a form is led there as well', async () => {
      for (const path of [...pages, '/console/nothing', '/console/orders/1/events']) {
        const { status, to, text } = await here.get(path)
        assert.deepEqual([status, to, text], [303, `/sign-in?next=${encodeURIComponent(path)}`, ''], path)
      }
      const sent = await here.post('/console/orders', '', { claim: 'doors.locked' })
      assert.deepEqual([sent.status, sent.to], [303, '/sign-in'])
    })

    test('staff without a second factor is led to one', async () => {
      const { status, to, text } = await here.get('/console/health', await here.session(ina, ['password']))
      assert.deepEqual([status, to, text], [303, '/account/second-factor?next=%2Fconsole%2Fhealth', ''])
    })

    test('who is no staff, is none any more, or comes by a customer’s provider finds nothing, whatever they ask for', async () => {
      const member = await here.base.person('somebody@acme.example')
      const gone = await here.hire('gone')
      await endStaff(here.base, gone)
      const { organization } = await here.base.organization('Acme', [{ personId: member, roles: ['owner'] }])
      const provided = await here.session(ina)
      await here.base.database.query(
        `update upheld_identity.session set organization_id = $1 where token_hash = sha256(convert_to(E'session\n' || $2, 'utf8'))`,
        [organization.id, provided.slice('session='.length)],
      )
      for (const jar of [await here.session(member), await here.session(gone), provided]) {
        for (const path of [...pages, '/console/none']) {
          const { status, text } = await here.get(path, jar)
          assert.equal(status, 404, path)
          assert.doesNotMatch(text, /doors\.|Claims|Health|form_token/)
        }
        const order = await here.post('/console/orders', jar, { claim: 'doors.locked' })
        assert.equal(order.status, 404)
      }
      assert.deepEqual(await here.prover.desk.orders(), [])
    })

    test('a session that ended or is over gets in no more', async () => {
      const ending = await here.session(ina)
      assert.equal((await here.get('/console', ending)).status, 200)
      await here.base.database.query(
        `update upheld_identity.session set expires_at = created_at + interval '1 second'
         where token_hash = sha256(convert_to(E'session\n' || $1, 'utf8'))`,
        [ending.slice('session='.length)],
      )
      here.base.clock.turn(120)
      const { status, to } = await here.get('/console', ending)
      assert.deepEqual([status, to], [303, '/sign-in?next=%2Fconsole'])
    })
  })

  suite('what it shows', () => {
    test('every claim with its verdict, plans as plans; what a claim says is text', async () => {
      const { status, text } = await here.get('/console', cookie)
      assert.equal(status, 200)
      for (const { id } of claims) assert.match(text, new RegExp(`href="/console/claims/${id}"`))
      assert.match(text, /oiled &lt;once&gt; a year/)
      assert.match(text, /Planned: 1/)
      assert.equal([...text.matchAll(/badge good">Upheld/g)].length, 3, 'the tally, and two claims')
    })

    test('a claim in full: schedule, sabotages with their last catch, runs, the leaf and its place in the log', async () => {
      const { text } = await here.get('/console/claims/doors.locked', cookie)
      for (const word of [
        'Last attempt',
        'Next attempt',
        'Evidence counts for',
        '1 hour',
        'Whose turn',
        'Rattles at every door',
      ])
        assert.ok(text.includes(word), word)
      const { leaves } = await here.prover.readLog(here.prover.page)
      const index = leaves.findLastIndex(
        ({ value }) => value['claim'] === 'doors.locked' && value['type'] === 'upheld/run@v1',
      )
      assert.match(
        text,
        new RegExp(
          `entry <a href="/security/evidence\\?before=${index + 1}#entry-${index}">${index}</a> of ${leaves.length}`,
        ),
      )
      assert.match(text, /Last caught <time[^>]*>[^<]*<\/time>, in <a href="[^"]*">run 1</)
      assert.match(text, /&quot;type&quot;: &quot;upheld\/run@v1&quot;/)
      assert.match(text, /Somebody unlocked the house\./)
      assert.doesNotMatch((await here.get('/console/claims/doors.golden', cookie)).text, /Run now/)
    })

    test('settings as they are explained, without a secret; health, with what is unknown called unknown', async () => {
      const { text } = await here.get('/console/settings', cookie)
      assert.match(text, /UPHELD_DATABASE_URL/)
      assert.match(text, /set, not shown/)
      const health = await here.get('/console/health', cookie)
      for (const id of [
        'database',
        'prover',
        'recorder',
        'mails',
        'security.txt',
        'log',
        'witness witness.example/one',
      ])
        assert.match(health.text, new RegExp(`<strong>${id}</strong>`), id)
      assert.match(health.text, /No prover was heard of within a day/)
      assert.match(health.text, /It signed 3 of \d+ entries[\s\S]*Ask whoever runs it/, 'a witness that stopped')
    })

    test('runs, page by page', async () => {
      const { text } = await here.get('/console/runs', cookie)
      assert.match(text, /<a href="\/console\/claims\/doors\.oiled">doors\.oiled<\/a> 1/)
      assert.match((await here.get('/console/runs?before=0', cookie)).text, /Nothing has run yet/)
      for (const before of ['-1', '1e3', 'x'.repeat(3_000), '%00'])
        assert.equal((await here.get(`/console/runs?before=${before}`, cookie)).status, 404)
    })

    test('every answer keeps the policy: no script but ours, nothing kept, no frame', async () => {
      for (const path of [...pages, '/console/none', '/console/claims/none']) {
        const { headers, text } = await here.get(path, cookie)
        const policy = headers.get('content-security-policy') ?? ''
        assert.match(
          policy,
          /^default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'/,
        )
        assert.match(policy, /frame-ancestors 'none'/)
        assert.equal(headers.get('cache-control'), 'no-store')
        assert.equal(headers.get('x-content-type-options'), 'nosniff')
        const scripts = [...text.matchAll(/<script[^>]*>/g)].map(([tag]) => tag)
        assert.equal(scripts.length, 1, path)
        assert.match(scripts[0] ?? '', /^<script type="module" src="\/console\/live\.[0-9a-f]{16}\.js">$/)
        assert.doesNotMatch(text, / on[a-z]+="|style="|javascript:|https?:\/\/(?!www\.w3\.org)/)
      }
    })

    test('no row of a customer, nor their name, is on any page', async () => {
      const owner = await here.base.person('canary-person@acme.example')
      const { organization } = await here.base.organization('Canary Organization', [
        { personId: owner, roles: ['owner'] },
      ])
      await here.base.platform.upheld.organization(organization.id)
        .sql`insert into shop.thing (organization_id, name) values (${organization.id}, 'canary of a thing')`
      for (const path of pages) {
        const { text } = await here.get(path, cookie)
        assert.doesNotMatch(text, /canary/i, path)
        assert.ok(!text.includes(organization.id), path)
        assert.doesNotMatch(text, /@(acme|operator)\.example/, 'operators are pseudonyms')
      }
    })
  })

  suite('what is sent to it', () => {
    test('a path that is none is absent: unknown, very long, with NUL or dots, or written in no text', async () => {
      for (const path of [
        '/console/claims/none',
        `/console/claims/${'x'.repeat(10_000)}`,
        '/console/claims/%00',
        '/console/claims/..%2f..%2fkeys',
        '/console/claims/%ff',
        '/console/claims/',
        '/console/orders/1',
        '/console/orders/%00',
        `/console/orders/${'0'.repeat(36)}`,
        `/console/orders/${'x'.repeat(10_000)}/events`,
        '/console/live.js',
        '/console/',
      ]) {
        const { status, text } = await here.get(path, cookie)
        assert.equal(status, 404, path)
        assert.match(text, /(console\.not_found|orders\.absent)/)
      }
      assert.equal((await here.post('/console/health', cookie)).status, 405)
      assert.deepEqual(here.failures, [])
    })

    test('an order for what cannot be run is refused with its code', async () => {
      const refused = async (
        fields: Readonly<Record<string, string>>,
      ): Promise<readonly [number, string | undefined]> => {
        const { status, text } = await here.post('/console/orders', cookie, fields)
        return [status, /class="code">([^<]+)</.exec(text)?.[1]]
      }
      for (const id of [
        '',
        'none',
        'doors.golden',
        'x'.repeat(10_000),
        'doors.locked\0',
        '../doors.locked',
        "' or 1=1 --",
      ])
        assert.deepEqual(await refused({ claim: id }), [404, 'orders.no_claim'], id.slice(0, 20))
      for (const sabotage of ['', 'none', 'x'.repeat(10_000), 'unlocked\0', '../unlocked'])
        assert.deepEqual(await refused({ claim: 'doors.locked', sabotage }), [404, 'orders.no_sabotage'])
      assert.equal((await refused({ claim: 'x'.repeat(20_000) }))[0], 413)
      assert.deepEqual(await here.prover.desk.orders(), [])
    })

    test('a form of another site, of another session, or without its token orders nothing', async () => {
      const another = tokenIn((await here.get('/console', await here.session(await here.hire('eve')))).text)
      for (const more of [
        { formToken: another },
        { formToken: '' },
        { origin: 'https://evil.example' },
        { origin: 'null' },
      ]) {
        const { status, text } = await here.post('/console/orders', cookie, { claim: 'doors.locked' }, more)
        assert.equal(status, 403)
        assert.match(text, /pages\.foreign_form/)
      }
      assert.deepEqual(await here.prover.desk.orders(), [])
    })
  })

  suite('an order', () => {
    test('from the button to the verdict, seen by looking again', async () => {
      const { status, to } = await here.post('/console/orders', cookie, { claim: 'doors.locked' })
      assert.equal(status, 303)
      const waits = await here.get(to ?? '', cookie)
      assert.match(waits.text, /It waits for a prover/)
      assert.match(waits.text, new RegExp(`<a href="${to}">Look again</a>`))
      const prover = here.prover.startProver(claims)
      await ended(orderIn(to))
      const page = await here.get(to ?? '', cookie)
      assert.match(page.text, /The run stands in the log\./)
      assert.deepEqual(
        [...page.text.matchAll(/<\/time> ([^<]+?)\s*<\/li>/g)].map(([, says]) => says),
        [
          'A prover took it.',
          'The run began.',
          'The live system held.',
          'The untouched twin held.',
          'Sabotage “unlocked” was caught.',
          'The run was signed and written into the log.',
          'It has ended.',
        ],
      )
      assert.match((await here.get('/console/claims/doors.locked', cookie)).text, /in <a href="[^"]*">run 2</)
      assert.match(
        (await here.get('/console/orders', cookie)).text,
        new RegExp(`staff ${ina.slice(0, 8)} ordered a run`),
      )
      assert.match((await here.get('/console/health', cookie)).text, /A prover was heard of \d+ s ago/)
      await prover.stop()
    })

    test('of two operators at once: one is placed, the other is led to it', async () => {
      const ben = await here.hire('ben')
      const jars = [cookie, await here.session(ben)]
      const sent = await Promise.all(jars.map(jar => here.post('/console/orders', jar, { claim: 'doors.oiled' })))
      assert.deepEqual(sent.map(({ status }) => status).sort(), [303, 409])
      const to = sent.find(({ status }) => status === 303)?.to ?? ''
      const busy = sent.find(({ status }) => status === 409)?.text ?? ''
      assert.match(busy, /orders\.busy/)
      assert.match(busy, new RegExp(`<a href="${to}">Follow that order</a>`))
      const prover = here.prover.startProver(claims)
      await ended(orderIn(to))
      await prover.stop()
    })

    test('a sabotage that was ordered is told to be caught, and to be no evidence', async () => {
      const size = (await here.prover.readLog(here.prover.page)).size
      const { to } = await here.post('/console/orders', cookie, { claim: 'doors.locked', sabotage: 'unlocked' })
      const prover = here.prover.startProver(claims)
      await ended(orderIn(to))
      await prover.stop()
      const { text } = await here.get(to ?? '', cookie)
      assert.match(text, /Caught: the probe noticed the sabotage\./)
      assert.match(text, /no evidence: nothing of it goes into the log/)
      assert.equal((await here.prover.readLog(here.prover.page)).size, size)
    })

    test('who works for the operator no more orders nothing, though their page is still open', async () => {
      const dan = await here.hire('dan')
      const jar = await here.session(dan)
      const formToken = tokenIn((await here.get('/console', jar)).text)
      await endStaff(here.base, dan)
      assert.equal((await here.post('/console/orders', jar, { claim: 'doors.locked' }, { formToken })).status, 404)
      await addStaff(here.base, dan, 'a test')
    })
  })
})
