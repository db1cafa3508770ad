import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { UpheldError } from '../../core/errors.ts'
import { samplePage } from './sample/page.ts'
import { asking, sampleSurface } from './sample/serving.ts'

const ask = asking()
const pages = [
  '/security',
  '/security/claims/isolation.rows',
  '/security/claims/tls.only',
  '/security/claims/status.live',
  '/security/history',
  '/security/evidence',
]
const policy =
  "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

function assertGuarded(response: Response): void {
  assert.equal(response.headers.get('content-security-policy'), policy)
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(response.headers.get('x-frame-options'), 'DENY')
  assert.equal(response.headers.get('referrer-policy'), 'no-referrer')
}

suite('every answer is guarded', () => {
  for (const path of [...pages, '/security/feed.json', '/security/feed.schema.json', '/.well-known/security.txt']) {
    test(`${path} carries the security headers and asks to be revalidated`, async () => {
      const response = await ask(path)
      assert.equal(response.status, 200)
      assertGuarded(response)
      assert.equal(response.headers.get('cache-control'), 'no-cache')
    })
  }
  for (const path of [
    '/security/nothing',
    '/security/claims/no.such',
    '/security/claims/%3Cscript%3E',
    '/security//',
  ]) {
    test(`the unknown ${path} is a guarded 404`, async () => {
      const response = await ask(path)
      assert.equal(response.status, 404)
      assertGuarded(response)
      assert.doesNotMatch(await response.text(), /<script|no\.such/)
    })
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    test(`${method} is a guarded 405`, async () => {
      for (const path of [
        ...pages,
        '/security/feed.json',
        '/.well-known/security.txt',
        '/security/evidence/checkpoint',
      ]) {
        const response = await ask(path, { method })
        assert.equal(response.status, 405)
        assert.equal(response.headers.get('allow'), 'GET, HEAD')
        assertGuarded(response)
      }
    })
  }
  test('no page holds a script, an inline style or a handler', async () => {
    for (const path of pages) {
      const text = await (await ask(path)).text()
      assert.doesNotMatch(text, /<script|<style|\sstyle=|\son\w+=|javascript:/i)
    }
  })
})

suite('routing', () => {
  test('what is not ours is left to the application', async () => {
    const surface = sampleSurface()
    for (const path of ['/', '/securityx', '/api/conversations', '/.well-known/other', '/SECURITY']) {
      assert.equal(await surface(new Request(`https://northwind-desk.example${path}`)), undefined)
    }
  })
  test('HEAD answers with the headers of GET and no body', async () => {
    for (const path of pages) {
      const [get, head] = [await ask(path), await ask(path, { method: 'HEAD' })]
      assert.equal(head.status, 200)
      assert.equal(await head.text(), '')
      assert.equal(head.headers.get('etag'), get.headers.get('etag'))
    }
  })
  test('a reader who has the page already is told so, and only then', async () => {
    const etag = (await ask('/security')).headers.get('etag') ?? ''
    const same = await ask('/security', { headers: { 'if-none-match': `"other", W/${etag}` } })
    assert.equal(same.status, 304)
    assertGuarded(same)
    assert.equal((await ask('/security', { headers: { 'if-none-match': '"other"' } })).status, 200)
  })
  test('a slash too many leads back to the page', async () => {
    const response = await ask('/security/')
    assert.equal(response.status, 308)
    assert.equal(response.headers.get('location'), '/security')
  })
  for (const before of ['-1', 'x', '1e9', '9'.repeat(40), '%00']) {
    test(`a page number such as ${before} is refused, not ignored`, async () => {
      for (const path of ['/security/history', '/security/evidence', '/security/claims/isolation.rows']) {
        assert.equal((await ask(`${path}?before=${before}`)).status, 404)
      }
    })
  }
})

suite('a record that cannot be read', () => {
  test('gives a guarded page that promises nothing, and tells the operator', async () => {
    const told: unknown[] = []
    const broken = asking({
      report: async () => Promise.reject(new Error('password of the database')),
      onFailure: failure => told.push(failure),
    })
    for (const path of [...pages, '/security/feed.json']) {
      const response = await broken(path)
      assert.equal(response.status, 503)
      assertGuarded(response)
      const text = await response.text()
      assert.match(text, /we promise nothing/)
      assert.doesNotMatch(text, /password|Every query/)
    }
    assert.equal(told.length, pages.length + 1)
  })
  test('is asked once for all who wait at the same time', async () => {
    let asked = 0
    const slow = asking({
      report: async () => {
        asked += 1
        return Promise.reject(new Error('down'))
      },
      onFailure: () => undefined,
    })
    await Promise.all(Array.from({ length: 20 }, () => slow('/security')))
    assert.equal(asked, 1)
  })
  test('does not keep a reader waiting for ever', async context => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const told: unknown[] = []
    const hanging = asking({ report: () => new Promise(() => undefined), onFailure: failure => told.push(failure) })
    const waiting = hanging('/security')
    await new Promise(resolve => setImmediate(resolve))
    context.mock.timers.tick(5_000)
    assert.equal((await waiting).status, 503)
    assert.ok(told[0] instanceof UpheldError && told[0].code === 'trust.too_slow')
  })
})

suite('options', () => {
  for (const origin of ['', 'northwind.example', 'https://a.example/path', 'javascript:alert(1)', 'https://a b']) {
    test(`the origin ${JSON.stringify(origin)} is refused`, () => {
      assert.throws(() => sampleSurface({ origin }), { code: 'trust.bad_origin' })
    })
  }
  for (const contact of [
    '',
    'javascript:alert(1)',
    'a@b.example\nExpires: never',
    'http://a.example',
    'mailto:',
    'a b@c.d',
  ]) {
    test(`the contact ${JSON.stringify(contact)} is refused`, () => {
      assert.throws(() => sampleSurface({ page: { ...samplePage, contact } }), { code: 'trust.bad_contact' })
    })
  }
})

suite('emergencies are counted in public', () => {
  const said = async (emergencies: { broken: number; reviewedInTime: number; overdue: number }): Promise<string> =>
    (await asking({ emergencies: async () => emergencies })('/security')).text()

  test('none, one, several, and one that nobody reviewed in time', async () => {
    assert.match(
      await said({ broken: 0, reviewedInTime: 0, overdue: 0 }),
      /entered no organization without its consent/,
    )
    assert.match(await said({ broken: 1, reviewedInTime: 1, overdue: 0 }), /without its consent once/)
    const late = await said({ broken: 3, reviewedInTime: 1, overdue: 2 })
    assert.match(late, /without its consent 3 times/)
    assert.match(late, /2 of them should have been reviewed by now/)
    assert.doesNotMatch(await (await ask('/security')).text(), /id="emergencies"/)
  })

  test('the feed has the numbers; where they cannot be read the page says so and the rest stands', async () => {
    const emergencies = { broken: 3, reviewedInTime: 1, overdue: 2 }
    const told: unknown = await (await asking({ emergencies: async () => emergencies })('/security/feed.json')).json()
    assert.deepEqual(Reflect.get(Object(told), 'emergencies'), { broken: 3, reviewed_in_time: 1, overdue: 2 })
    const failures: unknown[] = []
    const failing = asking({
      emergencies: () => Promise.reject(new Error('no database')),
      onFailure: failure => failures.push(failure),
    })
    const page = await failing('/security')
    assert.equal(page.status, 200)
    assert.match(await page.text(), /could not be counted just now/)
    assert.equal(failures.length, 1)
  })
})
