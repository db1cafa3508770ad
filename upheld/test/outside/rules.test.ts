import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { lookFromOutside, outsideRules } from '../../src/proof/outside/index.ts'
import { certify } from './certificate.ts'
import { authority, openSite, soundHeaders, soundSecurityTxt, type SiteOptions } from './site.ts'

const dayMs = 86_400_000
const ca = [authority.cert]
const names = ['localhost', '127.0.0.1']

/** Rule and danger of everything that was found, on the plain address, from which all is seen. */
async function found(
  options: SiteOptions,
): Promise<{ readonly found: string[]; readonly unproven: string[]; readonly text: string }> {
  const site = await openSite(options)
  try {
    const report = await lookFromOutside(new URL(site.plain), { ca })
    return {
      found: [...new Set(report.findings.map(({ rule, severity }) => `${rule} ${severity}`))].sort(),
      unproven: report.unproven.map(({ rule }) => rule),
      text: JSON.stringify(report),
    }
  } finally {
    await site.close()
  }
}

const csp = 'content-security-policy'
const page = (text: string): SiteOptions => ({ page: `<!doctype html>${text}` })
const header = (name: string, value: string | readonly string[] | null): SiteOptions => ({ headers: { [name]: value } })
const withPolicy = (change: (policy: string) => string): SiteOptions => header(csp, change(soundHeaders[csp] ?? ''))
const errorPage = (text: string): SiteOptions => ({
  before: (request, response) => {
    if (request.url?.startsWith('/absent') !== true) return false
    response.writeHead(500).end(text)
    return true
  },
})
const crossOrigin = (lines: (origin: string) => Record<string, string>): SiteOptions => ({
  before: (request, response) => {
    const { origin } = request.headers
    if (origin !== undefined) for (const [name, value] of Object.entries(lines(origin))) response.setHeader(name, value)
    return false
  },
})

/** One fault each, and what must be said of it: this, and nothing else. */
const planted: readonly (readonly [name: string, options: SiteOptions, expected: readonly string[]])[] = [
  ['TLS 1.1 and 1.0 are offered', { oldest: 'TLSv1' }, ['tls.old-version high']],
  ['TLS 1.3 is missing', { newest: 'TLSv1.2' }, ['tls.no-new-version low']],
  ['a certificate that signs itself', { certified: certify({ names }) }, ['tls.untrusted high']],
  [
    'a certificate of an authority that nobody knows',
    { certified: certify({ names }, certify({ names: [], authority: true })) },
    ['tls.untrusted high'],
  ],
  [
    'a certificate of another host',
    { certified: certify({ names: ['other.example'] }, authority) },
    ['tls.wrong-name high'],
  ],
  [
    'a certificate that ran out',
    { certified: certify({ names, notAfter: new Date(Date.now() - dayMs / 24) }, authority) },
    ['tls.expiry high'],
  ],
  [
    'a certificate that is not valid yet',
    { certified: certify({ names, notBefore: new Date(Date.now() + dayMs) }, authority) },
    ['tls.expiry high'],
  ],
  [
    'a certificate that runs out in a week',
    { certified: certify({ names, notAfter: new Date(Date.now() + 7 * dayMs) }, authority) },
    ['tls.expiry medium'],
  ],
  ['an RSA key of 1024 bits', { certified: certify({ names, rsaBits: 1024 }, authority) }, ['tls.weak-key high']],
  ['a signature with SHA-1', { certified: certify({ names, hash: 'sha1' }, authority) }, ['tls.weak-key high']],
  ['no HSTS', header('strict-transport-security', null), ['transport.hsts medium']],
  ['HSTS of a day', header('strict-transport-security', 'max-age=86400; includeSubDomains'), ['transport.hsts medium']],
  [
    'HSTS that is switched off',
    header('strict-transport-security', 'max-age=0; includeSubDomains'),
    ['transport.hsts medium'],
  ],
  ['HSTS without an age', header('strict-transport-security', 'includeSubDomains'), ['transport.hsts medium']],
  ['HSTS without subdomains', header('strict-transport-security', 'max-age=31536000'), ['transport.hsts low']],
  [
    'no content policy',
    { headers: { [csp]: null, 'x-frame-options': 'DENY' } },
    ['headers.csp-missing medium', 'page.error-headers low'],
  ],
  [
    'a content policy that is only reported',
    {
      headers: { [csp]: null, 'content-security-policy-report-only': "default-src 'none'", 'x-frame-options': 'DENY' },
    },
    ['headers.csp-missing medium', 'page.error-headers low'],
  ],
  [
    'scripts inside the page',
    withPolicy(policy => `${policy}; script-src 'self' 'unsafe-inline'`),
    ['headers.csp-scripts medium'],
  ],
  [
    'scripts from everywhere',
    withPolicy(policy => `${policy}; script-src 'self' https:`),
    ['headers.csp-scripts medium'],
  ],
  ['text that is run', withPolicy(policy => `${policy}; script-src 'self' 'unsafe-eval'`), ['headers.csp-scripts low']],
  [
    'a policy that says nothing of scripts',
    withPolicy(policy => policy.replace("default-src 'self'", "img-src 'self'")),
    ['headers.csp-scripts medium'],
  ],
  [
    'a base address that anybody sets',
    withPolicy(policy => policy.replace("base-uri 'none'; ", '')),
    ['headers.csp-gaps low'],
  ],
  [
    'no word about frames',
    withPolicy(policy => policy.replace("; frame-ancestors 'none'", '')),
    ['headers.framing medium'],
  ],
  [
    'frames for everybody',
    withPolicy(policy => policy.replace("frame-ancestors 'none'", 'frame-ancestors *')),
    ['headers.framing medium'],
  ],
  ['no nosniff', header('x-content-type-options', null), ['headers.sniffing low', 'page.error-headers low']],
  ['the whole address for everybody', header('referrer-policy', 'unsafe-url'), ['headers.referrer medium']],
  ['no permissions policy', header('permissions-policy', null), ['headers.permissions low']],
  ['no opener policy', header('cross-origin-opener-policy', 'unsafe-none'), ['headers.opener low']],
  ['no resource policy', header('cross-origin-resource-policy', 'cross-origin'), ['headers.resource low']],
  ['a version in Server', header('server', 'nginx/1.18.0 (Ubuntu)'), ['headers.banner low']],
  ['a framework in X-Powered-By', header('x-powered-by', 'Express'), ['headers.banner low']],
  [
    'a session cookie without Secure',
    { cookies: ['__session=v; HttpOnly; SameSite=Lax'] },
    ['cookies.prefix low', 'cookies.secure high'],
  ],
  [
    'a session cookie that scripts read',
    { cookies: ['__Host-sid=v; Secure; Path=/; SameSite=Lax'] },
    ['cookies.http-only medium'],
  ],
  [
    'a session cookie for every site',
    { cookies: ['__Host-sid=v; Secure; Path=/; HttpOnly; SameSite=None'] },
    ['cookies.same-site medium'],
  ],
  [
    'a session cookie without SameSite',
    { cookies: ['__Host-sid=v; Secure; Path=/; HttpOnly'] },
    ['cookies.same-site medium'],
  ],
  [
    'a cookie of a whole domain',
    { cookies: ['sid=v; Secure; HttpOnly; SameSite=Lax; Domain=localhost'] },
    ['cookies.prefix low'],
  ],
  [
    'a prefix that does not hold',
    { cookies: ['__Host-sid=v; Secure; Path=/a; HttpOnly; SameSite=Lax'] },
    ['cookies.prefix medium'],
  ],
  ['a small cookie in the open', { cookies: ['theme=v; HttpOnly; SameSite=Lax'] }, ['cookies.secure medium']],
  [
    'a foreign origin with cookies',
    crossOrigin(origin => ({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' })),
    ['sharing.foreign-origin critical'],
  ],
  [
    'a foreign origin without cookies',
    crossOrigin(origin => ({ 'access-control-allow-origin': origin })),
    ['sharing.foreign-origin low'],
  ],
  [
    'the origin null with cookies',
    crossOrigin(() => ({ 'access-control-allow-origin': 'null', 'access-control-allow-credentials': 'true' })),
    ['sharing.foreign-origin high'],
  ],
  [
    'TRACE that echoes',
    {
      before: (request, response) => {
        if (request.method !== 'TRACE') return false
        const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`)
        response.writeHead(200, { 'content-type': 'message/http' }).end(lines.join('\r\n'))
        return true
      },
    },
    ['sharing.trace medium'],
  ],
  [
    'methods that nobody needs',
    {
      before: (request, response) => {
        if (request.method !== 'OPTIONS') return false
        response.writeHead(200, { allow: 'GET, TRACE, DEBUG' }).end()
        return true
      },
    },
    ['sharing.methods low'],
  ],
  ['a script over plain HTTP', page('<script src="http://cdn.example/a.js"></script>'), ['page.mixed-content high']],
  [
    'a form over plain HTTP',
    page("<form method=post action='http://localhost/login'></form>"),
    ['page.mixed-content high'],
  ],
  [
    'a style sheet over plain HTTP',
    page('<link rel=stylesheet href=http://cdn.example/a.css>'),
    ['page.mixed-content high'],
  ],
  [
    'a picture over plain HTTP',
    page('<img alt="" srcset="a.png 1x, http://cdn.example/b.png 2x">'),
    ['page.mixed-content low'],
  ],
  [
    'a stack of JavaScript',
    errorPage('<pre>Error: x<br> &nbsp; &nbsp;at handle (/srv/app/index.js:12:3)</pre>'),
    ['page.error-insides medium'],
  ],
  [
    'a stack of Python',
    errorPage('Traceback (most recent call last):\n  File "app.py", line 3'),
    ['page.error-insides medium'],
  ],
  ['a stack of Java', errorPage('x\n\tat com.shop.Orders.find(Orders.java:42)'), ['page.error-insides medium']],
  [
    'a stack of .NET',
    errorPage('   at Shop.Orders.Find(Int32 id) in C:\\shop\\Orders.cs:line 42'),
    ['page.error-insides medium'],
  ],
  ['a stack of PHP', errorPage('Stack trace:\n#0 /srv/www/index.php(12): find()'), ['page.error-insides medium']],
  ['an error of the database', errorPage('SQLSTATE[42P01]: Undefined table'), ['page.error-insides medium']],
  ['no security.txt', { securityTxt: null }, ['disclosure.missing low']],
  ['the start page in place of security.txt', { securityTxt: '<!doctype html><p>Welcome' }, ['disclosure.missing low']],
  [
    'a security.txt that ran out',
    { securityTxt: 'Contact: mailto:a@b.example\nExpires: 2020-01-01T00:00:00Z\n' },
    ['disclosure.faulty low'],
  ],
  ['a security.txt without Expires', { securityTxt: 'Contact: mailto:a@b.example\n' }, ['disclosure.faulty low']],
  [
    'a security.txt without Contact',
    { securityTxt: soundSecurityTxt().replace(/Contact.*\n/, '') },
    ['disclosure.faulty low'],
  ],
  [
    'a security.txt that leads to plain HTTP',
    { securityTxt: `${soundSecurityTxt()}Policy: http://a.example/\n` },
    ['disclosure.faulty low'],
  ],
  [
    'a page that answers plain HTTP',
    { plain: (_request, response) => void response.writeHead(204, { 'content-type': 'text/plain' }).end() },
    ['disclosure.missing low', 'transport.plain high'],
  ],
]

/** Sound things that a coarse rule would call faults. */
const sound: readonly (readonly [name: string, options: SiteOptions])[] = [
  ['everything as it should be', {}],
  ['an RSA key of 3072 bits', { certified: certify({ names, rsaBits: 3072 }, authority) }],
  [
    'inline scripts with a nonce',
    withPolicy(policy => `${policy}; script-src 'nonce-r4nd0m' 'strict-dynamic' 'unsafe-inline' https:`),
  ],
  ['two policies, the second of them open', header(csp, [soundHeaders[csp] ?? '', 'script-src *'])],
  ['Server without a version', header('server', 'nginx')],
  [
    'X-Frame-Options in place of frame-ancestors',
    {
      headers: {
        [csp]: (soundHeaders[csp] ?? '').replace("; frame-ancestors 'none'", ''),
        'x-frame-options': 'SAMEORIGIN',
      },
    },
  ],
  ['a session cookie as it should be', { cookies: ['__Host-sid=v; Secure; Path=/; HttpOnly; SameSite=Lax'] }],
  ['a cookie that scripts must read', { cookies: ['XSRF-TOKEN=v; Secure; SameSite=Strict'] }],
  ['a cookie that is taken away', { cookies: ['sid=; Max-Age=0'] }],
  ['everybody may read, without cookies', crossOrigin(() => ({ 'access-control-allow-origin': '*' }))],
  [
    'a link to plain HTTP, and one in a comment',
    page(
      '<a href="http://a.example/">a</a><!-- <img src="http://a.example/x"> --><link rel=canonical href="http://a.example/">',
    ),
  ],
  ['a script that writes an address', page('<script>const a = \'<img src="http://a.example/x">\'</script>')],
  ['an error page with the word at', errorPage('<p>We looked at /srv/orders at 12:30:15 and found nothing.</p>')],
  [
    'a security.txt that is signed',
    {
      securityTxt: `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${soundSecurityTxt()}-----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----\n`,
    },
  ],
]

suite('one fault is found, and nothing beside it', { concurrency: 4 }, () => {
  for (const [name, options, expected] of planted) {
    test(name, async () => assert.deepEqual((await found(options)).found, expected))
  }
  test('every rule has a fault that makes it speak', () => {
    const spoken = new Set(planted.flatMap(([, , expected]) => expected.map(one => one.split(' ')[0])))
    assert.deepEqual(
      outsideRules.map(({ id }) => id).filter(id => !spoken.has(id)),
      [],
    )
  })
})

suite('what is sound is not called a fault, and nothing is left open', { concurrency: 4 }, () => {
  for (const [name, options] of sound) {
    test(name, async () => {
      const { found: said, unproven } = await found(options)
      assert.deepEqual(said, [])
      assert.deepEqual(unproven, [])
    })
  }
})

test('the value of a cookie, and the query of an address, are in no report', async () => {
  const { text } = await found({
    cookies: ['sid=hunter2'],
    before: (request, response) => {
      if (request.url !== '/') return false
      response.writeHead(302, { location: '/in?token=hunter2', 'set-cookie': 'auth=hunter2' }).end()
      return true
    },
  })
  assert.match(text, /auth/)
  assert.doesNotMatch(text, /hunter2/)
})

test('a rule has words of its own, and an id that no other has', () => {
  assert.equal(new Set(outsideRules.map(({ id }) => id)).size, outsideRules.length)
  for (const { id, title, why } of outsideRules) {
    assert.match(id, /^[a-z]+\.[a-z-]+$/)
    assert.ok(title.length > 10 && why.length > 20, id)
  }
})
