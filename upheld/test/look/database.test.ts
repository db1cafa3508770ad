import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { addressOf } from '../../src/adapters/postgres/errors.ts'
import { endAll, run, scratch, start } from '../e2e/harness.ts'
import { openRaw } from '../outside/site.ts'
import { parseLook, placesIn } from './forms.ts'
import { openRelay } from './relay.ts'
import { hole, mend, openShop, type Shop } from './shop.ts'

let shop: Shop
before(async () => {
  shop = await openShop()
})
const place = scratch()
after(async () => {
  await endAll()
  await shop.close()
  place.remove()
})

const check = (url: string, ...words: readonly string[]): ReturnType<typeof run> =>
  run(['check', '--json', ...words], { UPHELD_DATABASE_URL: url, UPHELD_STATE: place.folder })

suite('a look at a database', () => {
  test('sends nothing but reading statements, in transactions that may not write, and writes nothing', async () => {
    const relay = await openRelay(shop.adminUrl)
    const written = "select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_all_tables where schemaname = 'shop'"
    const objects = 'select count(*) || (select max(oid::bigint) from pg_class)::text from pg_class'
    const before = [await shop.value(written), await shop.value(objects)]
    const { code } = await check(relay.url)
    await relay.close()
    assert.notEqual(code, 70)
    assert.ok(relay.statements.length > 10)
    for (const text of relay.statements)
      assert.match(
        text.replace(/^(\s*--.*\n)+/, '').trimStart(),
        /^(begin|set|select|with|savepoint|release|rollback|commit)\b/i,
      )
    for (const text of relay.statements.filter(one => /^begin/i.test(one))) assert.match(text, /read only$/)
    assert.match(relay.statements[0] ?? '', /^begin isolation level repeatable read, read only$/)
    assert.deepEqual([await shop.value(written), await shop.value(objects)], before)
  })

  test('needs a login that may do nothing but connect, and finds with it what a superuser finds', async () => {
    await shop.run(hole)
    const [small, whole] = [parseLook(await check(shop.lookerUrl)), parseLook(await check(shop.adminUrl))]
    await shop.run(mend)
    assert.ok(placesIn(small).includes('table.row-security-off at shop.parcel'))
    const missed = placesIn(whole).filter(one => !placesIn(small).includes(one))
    // What it may not see it says is open; it never passes it over.
    const open = new Set(small.notSeen.map(({ rule }) => rule))
    assert.deepEqual(
      missed.filter(one => !open.has(one.split(' at ')[0])),
      [],
    )
  })

  test('says what it took for the organization and for the application', async () => {
    const { out } = await run(['check'], { UPHELD_DATABASE_URL: shop.lookerUrl, UPHELD_STATE: place.folder })
    assert.match(out, /Whose a row is +tenant_id \(uuid\), found by itself/)
    assert.match(out, new RegExp(`The application works as +${shop.appRole}`))
    assert.doesNotMatch(out, /\u001b|upheld/)
  })

  test('takes the column and the role that it is told, and refuses those that are not there', async () => {
    const told = await check(shop.lookerUrl, '--tenant-column', 'tenant_id', '--app-role', shop.appRole)
    assert.equal(parseLook(told).error, undefined)
    for (const [words, expected] of [
      [['--tenant-column', 'nobody_id'], 'lint.no_such_column'],
      [['--app-role', 'nobody'], 'lint.no_such_role'],
    ] as const) {
      const { code, err } = await check(shop.lookerUrl, ...words)
      assert.match(err, new RegExp(expected.replace('.', '\\.')))
      assert.equal(code, 70)
    }
  })
})

suite('the password in the address', () => {
  const secret = 'hunter2'

  test('is in no output, no report and no list of processes', async () => {
    const [html, sarif] = [`${place.folder}/secret.html`, `${place.folder}/secret.sarif`]
    const words = ['check', '--state', place.folder, '--database', shop.lookerUrl, '--html', html, '--sarif', sarif]
    const human = await run(words)
    const json = await run([...words, '--json'])
    for (const text of [
      human.out,
      human.err,
      json.out,
      json.err,
      readFileSync(html, 'utf8'),
      readFileSync(sarif, 'utf8'),
    ])
      assert.ok(!text.includes(secret), text.slice(0, 400))
    assert.ok(human.out.includes(addressOf(shop.lookerUrl)))
  })

  test(
    'is gone from the list of processes while the look goes on',
    { skip: process.platform !== 'linux' && 'only Linux has /proc' },
    async () => {
      const silent = await openRaw(() => undefined)
      const running = start(['check', '--database', `postgres://ada:${secret}@127.0.0.1:${silent.port}/shop`])
      await running.until(/reading/)
      const shown = readFileSync(`/proc/${running.pid}/cmdline`, 'latin1')
      running.kill('SIGKILL')
      await running.ended
      await silent.close()
      assert.match(shown, /upheld check/)
      assert.ok(!shown.includes(secret), shown)
    },
  )

  test('is in no error', async () => {
    const broken = [
      `postgres://ada:${secret}@127.0.0.1:1/shop`,
      `mysql://ada:${secret}@127.0.0.1/shop`,
      `postgres://ada:${secret}@127.0.0.1:99999/shop`,
      `ada:${secret}`,
    ]
    for (const { code, out, err } of await Promise.all(broken.map(url => run(['check', '--database', url])))) {
      assert.ok(code === 70 || code === 64, err)
      assert.ok(!`${out}${err}`.includes(secret), err)
    }
  })
})

test('TLS that is asked for and not spoken is one clear line, whatever the driver would add', async () => {
  for (const mode of ['require', 'verify-ca', 'prefer']) {
    const url = new URL(shop.lookerUrl)
    url.searchParams.set('sslmode', mode)
    const { code, err } = await check(url.href)
    assert.equal(code, 70, mode)
    assert.match(err, /^postgres\.tls_refused  /m)
    assert.doesNotMatch(err, /warning|libpq/i)
  }
})

suite('a database that cannot be looked at', { concurrency: 4 }, () => {
  /** One line with the code, unproven everywhere, never green, no stack. */
  async function blind(url: string, expected: string): Promise<void> {
    const sarif = `${place.folder}/${expected}.sarif`
    const { code, out, err } = await check(url, '--sarif', sarif)
    const { claims, error, exit } = parseLook({ out, err })
    assert.equal(error?.code, expected)
    assert.deepEqual(
      claims.map(({ standing }) => standing),
      ['unproven', 'unproven'],
    )
    assert.deepEqual([code, exit], [70, 70])
    assert.match(err, new RegExp(`^${expected.replace('.', '\\.')}  .+`, 'm'))
    assert.doesNotMatch(err, /\n\s+at .*:\d+:\d+/)
    assert.match(readFileSync(sarif, 'utf8'), /"executionSuccessful": false/)
  }

  test('nobody listens', () => blind('postgres://ada@127.0.0.1:1/shop', 'postgres.no_server'))
  test('an unknown host', () => blind('postgres://ada@no-such-host.invalid/shop', 'postgres.unknown_host'))
  test('no such database', () => {
    const url = new URL(shop.adminUrl)
    url.pathname = '/nowhere'
    return blind(url.href, 'postgres.no_database')
  })
  test('a server that accepts and says nothing', async () => {
    const silent = await openRaw(() => undefined)
    await blind(`postgres://ada@127.0.0.1:${silent.port}/shop`, 'postgres.no_answer')
    await silent.close()
  })
  test('something else that hangs up', async () => {
    const other = await openRaw(socket => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await blind(`postgres://ada@127.0.0.1:${other.port}/shop`, 'postgres.broke_off')
    await other.close()
  })
  for (const breaksAt of [0, 9]) {
    test(`a server that goes away after ${breaksAt} statements`, async () => {
      const relay = await openRelay(shop.adminUrl, breaksAt)
      await blind(relay.url, breaksAt === 0 ? 'postgres.broke_off' : 'catalogue.connection_lost')
      await relay.close()
    })
  }
})
