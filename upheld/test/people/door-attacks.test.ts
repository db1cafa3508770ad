import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openIdentity } from '../../src/guards/identity/index.ts'
import { peopleRoutes } from '../../src/surfaces/people/index.ts'
import { password, visitor } from './identity-stage.ts'
import { organizationGround, type Ground, type Organization } from './organization-stage.ts'

const nobody = '00000000-0000-4000-8000-00000000dead'
const pages = peopleRoutes.filter(({ at }) => at !== 'program')
const pathOf = (path: string) => path.replaceAll(/:\w+/g, nobody).replace('*', 'x')
const plainForm = 'application/x-www-form-urlencoded'

interface Sending {
  readonly method?: string
  readonly body?: string | ReadableStream
  readonly duplex?: 'half'
  readonly headers?: Readonly<Record<string, string>>
}

suite('attacks on every form, as a program sends them', () => {
  let ground: Ground
  let here: Organization
  let formToken = ''
  before(async () => {
    ground = await organizationGround()
    here = await ground.organization('Door')
    const { text } = await ground.ask('/organizations', { as: here.of('owner') })
    formToken = /name="form_token" value="([^"]*)"/.exec(text)?.[1] ?? ''
    assert.equal(formToken.length, 43)
  })
  after(() => ground.close())

  /** Of one member, in the browser of the owner; nobody is somebody without a cookie. */
  const send = async (path: string, { headers, ...rest }: Sending, cookie = here.of('owner').cookie) => {
    const sent = { origin: ground.origin, 'content-type': plainForm, cookie, ...headers }
    const init: RequestInit = { method: 'POST', redirect: 'manual', ...rest, headers: sent }
    const response = await fetch(`${ground.origin}${path}`, init)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const everything = async (): Promise<unknown> => {
    const tables = [
      'upheld_access.member',
      'upheld_access.override',
      'upheld_access.invitation',
      'upheld_access.account',
    ]
    const persons = ['upheld_identity.person', 'upheld_identity.password', 'upheld_identity.session']
    const read = [...tables, ...persons].map(async table => {
      const text = `select (to_jsonb(t) - 'seen_at')::text as row from ${table} t order by 1`
      return (await ground.stage.people.platform.admin.query(text)).rows
    })
    return Promise.all(read)
  }

  test('every method on every page: an answer, never a failure, and nothing done but by the form of a page', async () => {
    const before = await everything()
    for (const { path } of pages) {
      for (const method of ['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'POST']) {
        const { status } = await send(pathOf(path), { method })
        assert.ok(status < 500, `${method} ${path}: ${status}`)
      }
      // What calls itself another method is the one that it is.
      const disguised = { 'x-http-method-override': 'POST', 'x-method-override': 'POST' }
      const { status } = await send(`${pathOf(path)}?_method=POST`, { method: 'GET', headers: disguised })
      assert.ok(status < 500, path)
    }
    assert.deepEqual(await everything(), before)
  })

  test('CSRF: every form inside is refused without its token, with that of somebody else, and from anywhere else', async () => {
    const before = await everything()
    const other = /name="form_token" value="([^"]*)"/.exec(
      (await ground.ask('/organizations', { as: here.of('agent') })).text,
    )?.[1]
    assert.ok(other !== undefined && other !== formToken)
    for (const { path, at } of pages.filter(({ method }) => method === 'POST')) {
      const asked: [what: string, body: string, headers: Record<string, string>][] = [
        ['another origin', `form_token=${formToken}`, { origin: 'https://evil.example' }],
        ['an origin that begins alike', `form_token=${formToken}`, { origin: `${ground.origin}.evil.example` }],
        ['no origin', `form_token=${formToken}`, { origin: '' }],
        ['a frame without an origin', `form_token=${formToken}`, { origin: 'null' }],
      ]
      if (at !== 'door')
        asked.push(
          ['no token', '', {}],
          ['the token of somebody else', `form_token=${other}`, {}],
          ['a part of the token', `form_token=${formToken.slice(0, -1)}`, {}],
          ['two tokens', `form_token=${formToken}&form_token=${formToken}`, {}],
        )
      for (const [what, body, headers] of asked) {
        const { status } = await send(pathOf(path), { body, headers })
        assert.equal(status, what === 'two tokens' ? 400 : 403, `${path}: ${what}`)
      }
    }
    assert.deepEqual(await everything(), before)
  })

  test('a body of another kind, in another charset, too large, with too many fields, or no UTF-8 is refused on every form', async () => {
    const many = Array.from({ length: 2_000 }, (_, n) => `f${n}=`).join('&')
    const bodies: readonly (readonly [body: string, type: string, status: number])[] = [
      [`{"form_token":"${formToken}"}`, 'application/json', 400],
      [`form_token=${formToken}`, 'text/plain', 400],
      [
        `--x\r\ncontent-disposition: form-data; name="form_token"\r\n\r\n${formToken}\r\n--x--`,
        'multipart/form-data; boundary=x',
        400,
      ],
      [`form_token=${formToken}`, '', 400],
      [`form_token=${formToken}&${many}`, plainForm, 400],
      [`form_token=${formToken}&a=%FF`, plainForm, 400],
      [`form_token=${formToken}&a=%ED%A0%80`, `${plainForm}; charset=utf-16`, 400],
      [`form_token=${formToken}&a=%E0`, plainForm, 400],
      [`form_token=${formToken}&a=${'x'.repeat(17_000)}`, plainForm, 413],
    ]
    const before = await everything()
    const forms = pages.filter(({ method }) => method === 'POST')
    for (const [index, { path }] of forms.entries())
      // All of them on a few, one after the other on the rest: what reads a form is the same for all.
      for (const [body, type, status] of index % 8 === 0 ? bodies : bodies.slice(index % bodies.length).slice(0, 1))
        assert.equal(
          (await send(pathOf(path), { body, headers: { 'content-type': type } })).status,
          status,
          `${path} ${type} ${body.slice(0, 80)}`,
        )
    // Without a word of how long it is: read to the bound, and no further.
    const endless = () => new ReadableStream({ pull: controller => controller.enqueue(Buffer.alloc(8_192, 'x')) })
    for (const path of ['/sign-in', '/sign-up', '/account/password']) {
      const status = await send(path, { body: endless(), duplex: 'half' }).then(
        answer => answer.status,
        () => 'closed',
      )
      assert.ok(status === 413 || status === 'closed', `${path} ${status}`)
    }
    assert.deepEqual(await everything(), before)
  })

  test('R22, R29: whatever stands in any field, a form is refused or done, and never a failure', async () => {
    const names = [
      'name',
      'email',
      'password',
      'old',
      'link',
      'next',
      'totp',
      'recovery',
      'passkey',
      'code',
      'enrollment',
    ]
    names.push(
      'uri',
      'secret',
      'id',
      'draft',
      'rule',
      'standing',
      'effect',
      'permission',
      'reason',
      'days',
      'review_days',
    )
    names.push('member', 'member_0', 'role_owner', 'work', '__proto__', 'constructor', 'toString')
    const evil = ['\0', 'a\r\nset-cookie: x=1', '{"__proto__":{"a":1}}', '\u{1f600}\u202e', '-1']
    const cookie = `${here.of('owner').cookie}; ticket=${'a'.repeat(43)}.totp; passkey=${'b'.repeat(43)}; next=%0d%0a; invitation=x`
    const skipped = new Set(['/sign-out'])
    for (const { path, method } of pages)
      for (const value of evil) {
        if (method !== 'POST' || skipped.has(path)) continue
        // A few fields at a time for what is worst, all of them together for the rest.
        const per = value === '\0' ? 11 : names.length
        for (let n = 0; n < names.length; n += per) {
          const fields = names.slice(n, n + per).map(name => [name, value])
          const body = new URLSearchParams([['form_token', formToken], ...fields]).toString()
          const { status, headers } = await send(pathOf(path), { body }, cookie)
          assert.ok(status < 500, `${path} ${JSON.stringify(value.slice(0, 20))}: ${status}`)
          assert.equal(headers.getSetCookie().filter(line => line.startsWith('x=')).length, 0)
        }
      }
  })

  test('an onward path leads to this site and not back to its door, however it is written', async () => {
    const sso = '/sign-in/sso/go?organization=x&connection=y'
    const written = `//evil.example|/\\evil.example|\\\\evil.example|https:evil.example|javascript:alert(1)|/%09/evil.example
      |/\t/evil.example|/\n/evil.example| //evil.example|@evil.example|/@evil.example|evil.example|/\u2215evil.example
      |/%0d%0alocation:https://evil.example|/..//evil.example|/.//evil.example|/%2f/evil.example|/%5cevil.example|
      |//\u0000evil.example|/\u202eevil.example|///evil.example|/x/../..//evil.example|?next=//evil.example|#//evil.example
      |${sso}|/.${sso}|/account/..${sso}|/%2e/..${sso}|/sign-in|/sign-in/|/sign-in/sso|/sign-in?next=/account`
    const email = 'onward@example.org'
    const { identity, site } = ground.people
    await identity.signUp({ email, name: 'Onward', password })
    await identity.confirmSignUp({ link: await ground.stage.link(email), password }, visitor())
    for (const next of written.split(/\n? *\|/)) {
      const body = new URLSearchParams({ email, password, next })
      const from = { method: 'POST', body, headers: { origin: ground.origin, 'content-type': plainForm } }
      const request = new Request(`${ground.origin}/sign-in`, from)
      const answer = await site.fetch(request, { address: visitor().address })
      assert.equal(answer?.status, 303)
      const location = answer.headers.get('location') ?? ''
      const led = new URL(location, ground.origin)
      assert.equal(led.origin, ground.origin, `${next} → ${location}`)
      assert.ok(!led.pathname.startsWith('/sign-in'), `${next} → ${location}`)
      assert.equal(answer.headers.getSetCookie().filter(line => line.startsWith('location')).length, 0)
    }
  })

  test('no account discovery: every form at the door answers alike in status, headers and text, and asks as much, whoever has the address', async () => {
    const { stage } = ground
    const known = await stage.somebody()
    const app = await stage.withApp()
    const closed = await stage.somebody()
    await stage.identity.disablePerson(closed.personId)
    const bare = 'bare@example.org'
    await ground.people.identity.importPerson({ email: bare, name: 'Bare' })
    const waiting = 'waiting@example.org'
    await stage.identity.signUp({ email: waiting, name: 'Waiting', password })
    const emails = ['unknown@example.org', known.email, app.email, closed.email, bare, waiting]
    const forms: Readonly<Record<string, Record<string, string>>> = {
      '/sign-in': { password: 'not the one that opens' },
      '/forgot': {},
      '/sign-up': { name: 'A name', password: 'eleven brown dogs asleep' },
    }
    for (const [path, more] of Object.entries(forms)) {
      const answers = new Map<string, string>()
      for (const email of emails) {
        const body = new URLSearchParams({ email, ...more }).toString()
        const { status, headers, text } = await send(path, { body }, '')
        const said = [...headers].filter(([name]) => !['date', 'content-length'].includes(name))
        answers.set(JSON.stringify([status, said, text.replaceAll(email, '')]), email)
      }
      assert.equal(answers.size, 1, `${path}: ${[...answers.values()].join()}`)
    }
    const identity = openIdentity(stage.ports)
    const acts: readonly ((email: string) => Promise<unknown>)[] = [
      email => identity.signIn({ email, password: 'not the one that opens' }, visitor()),
      email => identity.askReset(email, visitor()),
      email => identity.signUp({ email, name: 'A name', password: 'eleven brown dogs asleep' }, visitor()),
    ]
    for (const act of acts) {
      const counts = new Set<string>()
      for (const email of emails) {
        stage.statements()
        await act(email).catch(() => undefined)
        counts.add(stage.statements().join('\n'))
      }
      assert.equal(counts.size, 1)
    }
  })
})
