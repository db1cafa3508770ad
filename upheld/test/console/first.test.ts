import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { request } from 'node:http'
import { after, before, beforeEach, suite, test } from 'node:test'
import { offerOperatorLink } from '../../src/guards/identity/index.ts'
import { codeAt, stepAt } from '../../src/guards/factors/totp-code.ts'
import { fromBase32 } from '../people/factors-stage.ts'
import { firstOperatorLine } from '../../src/surfaces/cli/first-operator.ts'
import { house } from '../people/identity-stage.ts'
import { doorClaim } from '../proof/door.ts'
import { consoleStage, type ConsoleStage } from './stage.ts'

const own = { name: 'Ina Berg', email: 'ina@operator.example', password: 'seven green lanterns over water' }

interface Asked {
  readonly method?: 'GET' | 'POST'
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Where the connection goes; loopback unless told. */
  readonly to?: string
  readonly fields?: Readonly<Record<string, string>>
}

suite('the link of the first operator', () => {
  let here: ConsoleStage
  before(async () => {
    here = await consoleStage([doorClaim()], '0.0.0.0')
  })
  after(() => here.close())
  beforeEach(async () => {
    const { admin } = here.base.platform
    await admin.query('delete from upheld_identity.staff')
    await admin.query('delete from upheld_identity.person')
  })

  const offer = async (): Promise<string> =>
    (await offerOperatorLink(here.base.platform.admin, here.base.clock.now())).secret
  /** With any Host and from any address: a browser would let nobody forge them. */
  const ask = (link: string, { method = 'GET', host, headers = {}, to = '127.0.0.1', fields = own }: Asked = {}) =>
    new Promise<{ status: number; text: string; to: string | undefined; cookies: readonly string[] }>(
      (resolve, reject) => {
        const body = method === 'GET' ? '' : new URLSearchParams({ link, ...fields }).toString()
        const sent = request(
          {
            host: to,
            port: here.port,
            method,
            path: method === 'GET' ? `/console/first?link=${encodeURIComponent(link)}` : '/console/first',
            headers: {
              host: host ?? `localhost:${here.port}`,
              ...(method === 'GET' ? {} : { origin: here.origin, 'content-type': 'application/x-www-form-urlencoded' }),
              ...headers,
            },
          },
          answer => {
            let text = ''
            answer.setEncoding('utf8').on('data', (part: string) => (text += part))
            answer.on('end', () =>
              resolve({
                status: answer.statusCode ?? 0,
                text,
                to: answer.headers.location,
                cookies: (answer.headers['set-cookie'] ?? []).map(one => one.split(';', 1)[0] ?? ''),
              }),
            )
          },
        )
        sent.on('error', reject)
        sent.end(body)
      },
    )
  const staff = async (): Promise<number> =>
    (await here.base.platform.admin.query('select 1 from upheld_identity.staff')).rows.length
  const persons = async (): Promise<number> =>
    (await here.base.platform.admin.query('select 1 from upheld_identity.person')).rows.length

  test('opens a form, which opening does not use up; sent, there is one of staff, and a second factor is asked for', async () => {
    const link = await offer()
    for (let times = 0; times < 2; times += 1) {
      const page = await ask(link)
      assert.equal(page.status, 200)
      assert.match(page.text, /You are the first/)
    }
    const sent = await ask(link, { method: 'POST' })
    assert.deepEqual([sent.status, sent.to], [303, '/console'])
    assert.deepEqual([await staff(), await persons()], [1, 1])
    const cookie = sent.cookies.join('; ')
    const led = await here.get('/console', cookie)
    assert.deepEqual([led.status, led.to], [303, '/account/second-factor?next=%2Fconsole'])
    // The existing pages: an app with codes, and then the console is open.
    const enroll = await here.get('/account/totp?next=%2Fconsole', cookie)
    const of = (name: string): string => new RegExp(`name="${name}" value="([^"]+)"`).exec(enroll.text)?.[1] ?? ''
    const secret =
      /secret=([A-Z2-7]+)/.exec(enroll.text)?.[1] ?? /<code[^>]*>([A-Z2-7 ]{16,})<\/code>/.exec(enroll.text)?.[1]
    assert.ok(secret !== undefined, 'the page shows the secret')
    const code = codeAt(fromBase32(secret.replaceAll(' ', '')), stepAt(here.base.clock.now()))
    const added = await here.post(
      '/account/totp',
      cookie,
      { enrollment: of('enrollment'), code, next: '/console' },
      { formToken: of('form_token') },
    )
    assert.ok(added.status < 400, added.text)
    const jar = [cookie, ...added.headers.getSetCookie().map(one => one.split(';', 1)[0] ?? '')].at(-1) ?? cookie
    assert.equal((await here.get('/console', jar)).status, 200)
  })

  test('works once: of two in a row, and of eight at the same time', async () => {
    const link = await offer()
    assert.equal((await ask(link, { method: 'POST' })).status, 303)
    const again = await ask(link, { method: 'POST', fields: { ...own, email: 'eve@evil.example' } })
    assert.equal(again.status, 404)
    assert.equal((await ask(link)).status, 404)
    await here.base.platform.admin.query('delete from upheld_identity.staff')
    const raced = await offer()
    const all = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map(one =>
        ask(raced, { method: 'POST', fields: { ...own, email: `racer-${one}@operator.example` } }),
      ),
    )
    assert.equal(all.filter(({ status }) => status === 303).length, 1)
    assert.equal(await staff(), 1)
    assert.equal(await persons(), 2)
  })

  test('two links, and two that are used at once, make one of staff', async () => {
    const [one, two] = [await offer(), await offer()]
    assert.equal((await ask(one)).status, 404, 'a new one voids the older')
    assert.equal((await ask(two)).status, 200)
    await here.base.database.query(
      `update upheld_identity.once set used_at = null where kind = 'operator-link' and expires_at > now()`,
    )
    const sent = await Promise.all(
      [one, two].map((link, at) =>
        ask(link, { method: 'POST', fields: { ...own, email: `both-${at}@operator.example` } }),
      ),
    )
    assert.deepEqual(sent.map(({ status }) => status).sort(), [303, 404])
    assert.deepEqual([await staff(), await persons()], [1, 1])
  })

  test('is over after an hour, and nothing when it is made up, cut, long, of another kind, or no text', async () => {
    const link = await offer()
    for (const other of [
      '',
      link.slice(1),
      `${link}x`,
      'x'.repeat(43),
      'x'.repeat(4_000),
      `${link.slice(1)}\0`,
      '../..',
    ]) {
      assert.equal((await ask(other)).status, 404)
      assert.equal((await ask(other, { method: 'POST' })).status, 404)
    }
    here.base.clock.turn(3_601)
    assert.equal((await ask(link)).status, 404)
    assert.equal((await ask(link, { method: 'POST' })).status, 404)
    assert.deepEqual([await staff(), await persons()], [0, 0])
  })

  test('opens nothing where there is staff, also when somebody was added after it was made, or has left since', async () => {
    const link = await offer()
    const id = await here.hire('somebody')
    assert.equal((await ask(link, { method: 'POST' })).status, 404)
    await here.base.platform.admin.query('update upheld_identity.staff set ended_at = now() where person_id = $1', [id])
    assert.equal((await ask(link, { method: 'POST' })).status, 404)
    assert.deepEqual([await staff(), await persons()], [1, 1])
  })

  test('from another address of this machine it is nothing; 127.0.0.2 is this machine as well', async () => {
    const link = await offer()
    const others = Object.values(networkInterfaces()).flatMap(all =>
      (all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
    )
    for (const to of others) {
      assert.equal((await ask(link, { to })).status, 404, `to ${to}, as localhost`)
      assert.equal((await ask(link, { to, host: `${to}:${here.port}` })).status, 404)
      assert.equal((await ask(link, { to, method: 'POST' })).status, 404)
    }
    assert.ok(others.length > 0, 'this machine has an address besides loopback')
    assert.equal((await ask(link, { to: '127.0.0.2' })).status, 200)
    assert.equal(await staff(), 0)
  })

  test('under another name, or by anything that forwards, it is nothing', async () => {
    const link = await offer()
    for (const host of [
      'desk.example',
      `evil.example:${here.port}`,
      '192.0.2.1',
      'localhost.evil.example',
      '127.0.0.1.nip.io',
      '[2001:db8::1]',
    ]) {
      assert.equal((await ask(link, { host })).status, 404, host)
      assert.equal((await ask(link, { host, method: 'POST' })).status, 404, host)
    }
    for (const headers of [
      { 'x-forwarded-for': '127.0.0.1' },
      { 'x-forwarded-for': '198.51.100.7' },
      { forwarded: 'for=127.0.0.1' },
      { 'x-real-ip': '127.0.0.1' },
      { 'x-forwarded-host': 'localhost' },
      { via: '1.1 proxy' },
    ]) {
      assert.equal((await ask(link, { headers })).status, 404, JSON.stringify(headers))
      assert.equal((await ask(link, { headers, method: 'POST' })).status, 404)
    }
    assert.equal((await ask(link, { method: 'POST', headers: { origin: 'https://evil.example' } })).status, 403)
    assert.equal(await staff(), 0)
    assert.equal((await ask(link, { host: `127.0.0.1:${here.port}` })).status, 200, 'and it is good still')
  })

  test('what cannot be taken is said above the form, and uses nothing up', async () => {
    const link = await offer()
    for (const [fields, code] of [
      [{ ...own, email: 'none' }, 'identity.bad_email'],
      [{ ...own, name: '' }, 'identity.bad_name'],
      [{ ...own, password: 'short' }, 'passwords.too_short'],
    ] as const) {
      const { status, text } = await ask(link, { method: 'POST', fields })
      assert.ok(status >= 400 && status < 500)
      assert.match(text, new RegExp(`class="code">${code.replace('.', '\\.')}<`))
    }
    await here.base.person('ina@operator.example')
    assert.match((await ask(link, { method: 'POST' })).text, /identity\.email_taken/)
    assert.equal(await staff(), 0)
    assert.equal((await ask(link, { method: 'POST', fields: { ...own, email: 'other@operator.example' } })).status, 303)
  })

  test('is kept as a hash alone, and is of 256 bits', async () => {
    const link = await offer()
    assert.match(link, /^[A-Za-z0-9_-]{43}$/)
    const { rows } = await here.base.platform.admin.query(
      `select row_to_json(o)::text as row from upheld_identity.once o where kind = 'operator-link'`,
    )
    for (const row of rows) assert.ok(!String(row['row']).includes(link))
  })

  test('a start prints it where nobody works for the operator, and people reach it at this machine; else it does not', async () => {
    const system = { application: { people: { access: house } }, adminUrl: here.base.platform.adminUrl }
    const line = (await firstOperatorLine(system, here.origin)) ?? ''
    const first = /\/console\/first\?link=([A-Za-z0-9_-]{43})$/.exec(line)?.[1] ?? ''
    assert.equal((await ask(first)).status, 200)
    const second = /link=(.+)$/.exec((await firstOperatorLine(system, here.origin)) ?? '')?.[1] ?? ''
    assert.equal((await ask(first)).status, 404, 'a new start voids the older')
    assert.equal((await ask(second)).status, 200)
    assert.match((await firstOperatorLine(system, 'https://desk.example')) ?? '', /upheld staff add/)
    await here.hire('somebody')
    assert.equal(await firstOperatorLine(system, here.origin), undefined)
    assert.equal(await firstOperatorLine({ ...system, application: {} }, here.origin), undefined, 'without people')
  })
})
