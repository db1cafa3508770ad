import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, suite, test } from 'node:test'
import { newOrganizationId } from '../../src/core/ids.ts'
import { generateSignerKey, parseSignerKey, signCheckpoint } from '../../src/core/transparency/index.ts'
import { readLog } from '../../src/proof/evidence/index.ts'
import { doorClaim, rattle } from '../proof/door.ts'
import { everyAddress, raw, still } from './addresses.ts'
import { openLab, standingIn, type Lab } from './lab.ts'

// Who: a visitor, or somebody who writes what the page shows to its readers. The twelve holes of the Damn Vulnerable Trust
// Center, each as what it would mean for this page, tried for real.

suite('threats to the page from outside: the other six of the Damn Vulnerable Trust Center', () => {
  let lab: Lab
  before(async () => {
    lab = await openLab()
  })
  beforeEach(() => lab.doors.setLocked(true))
  after(() => lab.close())

  test('debug endpoint: none answers, no word turns one on, and a failure tells nothing of the machine', async () => {
    const paths = [
      'debug',
      'debug/pprof',
      '__debug',
      'metrics',
      'health',
      'env',
      '.env',
      'config.json',
      'actuator/env',
      'server-status',
      'phpinfo.php',
      'swagger',
      'graphql',
      '.git/config',
      'trace',
      'verify/page.js.map',
    ]
    for (const path of paths) assert.equal((await lab.get(`/security/${path}`)).status, 404, path)
    const page = still(await lab.text('/security'))
    for (const query of ['?debug=1', '?trace=true', '?verbose', '?_format=debug', '?XDEBUG_SESSION=1']) {
      assert.equal(still(await lab.text(`/security${query}`, { headers: { 'x-debug': '1' } })), page, query)
    }
    await lab.tamper('alter table upheld_proof.leaf rename to hidden')
    try {
      for (const path of [
        '/security',
        '/security/feed.json',
        '/security/evidence/bundle',
        '/security/exports/claims.sarif',
      ]) {
        const answer = await lab.get(path)
        const body = await answer.text()
        assert.doesNotMatch(body, /\bat .*\.ts:\d|node_modules|relation "|select \*|upheld_proof/i, path)
        assert.doesNotMatch(body, /"verdict": "upheld"/)
      }
    } finally {
      await lab.tamper('alter table upheld_proof.hidden rename to leaf')
    }
  })

  test('weak session tokens: the page gives none, and a link to a file cannot be guessed from many others', async () => {
    for (const { path, cookies } of await everyAddress(lab)) assert.deepEqual(cookies, [], path)
    const own = lab.platform.upheld.objects.of(newOrganizationId())
    await own.put('a.txt', Buffer.from('a'), { contentType: 'text/plain' })
    const links = await Promise.all(Array.from({ length: 200 }, () => own.link('a.txt', { lastsSecs: 60 })))
    const tokens = links.map(link => Buffer.from(link.split('/').at(-1) ?? '', 'base64url'))
    assert.equal(new Set(links).size, links.length)
    assert.ok(tokens.every(token => token.length >= 32))
    // In every place of the token that is not a constant mark, at least a hundred of two hundred values differ.
    const spread = Array.from(
      { length: Math.min(...tokens.map(one => one.length)) },
      (_, place) => new Set(tokens.map(one => one[place])).size,
    )
    assert.ok(spread.filter(size => size > 100).length >= 32, spread.join())
  })

  test('stale object versions: no old green answers for a new red', async () => {
    await lab.round()
    const paths = [
      '/security',
      '/security/feed.json',
      '/security/badge.svg',
      '/security/claims/doors.locked',
      '/security/claims/doors.locked/badge.svg',
      '/security/feed.atom',
      '/security/evidence/checkpoint',
      '/security/exports/claims.sarif',
    ]
    const green = await Promise.all(
      paths.map(async path => ({ path, answer: await lab.get(path), body: await lab.text(path) })),
    )
    assert.equal(standingIn(green[0]?.body ?? ''), 'upheld promised')
    lab.doors.setLocked(false)
    await lab.round()
    for (const { path, answer, body } of green) {
      assert.match(answer.headers.get('cache-control') ?? '', /no-cache|no-store/, path)
      const held = {
        'if-none-match': answer.headers.get('etag') ?? '',
        'if-modified-since': new Date(Date.now() + 3_600_000).toUTCString(),
      }
      const again = await lab.get(path, { headers: held })
      assert.equal(again.status, 200, path)
      assert.notEqual(await again.text(), body, path)
      for (const old of ['?version=1', '?at=2020-01-01', '?versionId=null'])
        assert.notEqual(await lab.text(`${path}${old}`), body, path)
    }
  })

  test('CI run from forks: a run under another key, out of another database or by other code is not shown as ours', async () => {
    await lab.round()
    const other = await openLab()
    try {
      await other.round()
      const theirs = await readLog(other.prover, other.log)
      const bytes = (text: string | Buffer): string => `'\\x${Buffer.from(text).toString('hex')}'`
      const forks: Readonly<Record<string, string>> = {
        'signed with the key of a fork': signCheckpoint(
          await readLog(lab.prover, lab.log),
          parseSignerKey(generateSignerKey(theirs.origin)),
        ),
        'recorded in the database of a fork': theirs.checkpoint,
      }
      for (const [name, checkpoint] of Object.entries(forks)) {
        await lab.tamper(
          'create table kept as table upheld_proof.head',
          `update upheld_proof.head set checkpoint = convert_from(${bytes(checkpoint)}, 'UTF8')`,
        )
        assert.equal(standingIn(await lab.text('/security')), 'unproven not promised', name)
        assert.equal((await lab.get('/security/evidence/checkpoint')).status, 503, name)
        await lab.tamper(
          'delete from upheld_proof.head',
          'insert into upheld_proof.head select * from kept',
          'drop table kept',
        )
      }
      assert.equal(standingIn(await lab.text('/security')), 'upheld promised')
      // A fork of the code, run on our own database: its digest is another, so its green is none for our claim.
      const here = doorClaim()
      lab.setClaims([doorClaim({ says: 'Rattles at no door at all.', run: rattle })])
      await lab.round()
      lab.setClaims([here])
      assert.equal(standingIn(await lab.text('/security')), 'unproven not promised')
      await lab.round()
    } finally {
      await other.close()
    }
  })

  test('template traversal: no path leads out of what is public, and no template is filled in by a visitor', async () => {
    const canary = `canary-${newOrganizationId()}`
    writeFileSync(join(lab.stateFolder, 'canary.txt'), canary)
    const ups = ['../', '..%2f', '%2e%2e/', '..%252f', '..\\', '..%5c', '%c0%ae%c0%ae/', '....//', '..;/']
    const roots = [
      '/security/verify/',
      '/security/exports/',
      '/security/claims/',
      '/security/evidence/',
      '/security/evidence/tile/0/',
      '/security/evidence/proof/',
      '/look/',
      '/.well-known/',
    ]
    const targets = [`${lab.stateFolder}/canary.txt`, 'etc/passwd', 'trust.ts', 'package.json', 'keys/evidence.key']
    for (const root of roots) {
      for (const up of ups) {
        for (const target of targets) {
          const { status, body } = await raw(lab, `${root}${up.repeat(8)}${target}`)
          assert.ok([200, 308, 400, 404].includes(status), `${root}${up}${target}: ${status}`)
          assert.ok(
            !body.includes(canary) && !/root:x:0|"workspaces"|defineErrors|PRIVATE/.test(body),
            `${root}${up}${target}`,
          )
          if (status === 200) assert.equal(body, 'The house.', 'only the application’s own answer')
        }
      }
    }
    for (const filled of [
      '{{7*191}}',
      '${7*191}',
      '<%= 7*191 %>',
      '#{7*191}',
      '%00',
      '{{constructor.constructor("return process")()}}',
    ]) {
      const { status, body } = await raw(
        lab,
        `/security/claims/${encodeURIComponent(filled)}?before=${encodeURIComponent(filled)}`,
      )
      assert.equal(status, 404)
      assert.doesNotMatch(body, /1337|process/)
    }
  })

  test('secret loot: keys, passwords and planted secrets are at no public address, in no spelling', async () => {
    const planted = `loot-${newOrganizationId()}`
    process.env['UPHELD_PLANTED_SECRET'] = planted
    writeFileSync(join(lab.stateFolder, 'keys', 'planted.key'), planted)
    try {
      await lab.round()
      const seeds = readdirSync(join(lab.stateFolder, 'keys'))
        .filter(name => !name.endsWith('.pub'))
        .map(name => readFileSync(join(lab.stateFolder, 'keys', name), 'utf8').trim())
      const passwords = Object.values(lab.platform.urls).map(url => decodeURIComponent(new URL(url).password))
      // Of a signer key the last part is the secret.
      const secrets = [...seeds.flatMap(seed => [seed, seed.split('+').at(-1) ?? seed]), ...passwords, planted].filter(
        one => one.length >= 16,
      )
      assert.ok(seeds.length >= 2 && secrets.length >= 4)
      const spelled = secrets.flatMap(one => [
        one,
        ...(['base64', 'base64url', 'hex'] as const).map(form => Buffer.from(one).toString(form)),
        Buffer.from(one, 'base64').toString('hex'),
      ])
      const addresses = await everyAddress(lab)
      assert.ok(addresses.length > 40)
      for (const { path, body, headers } of addresses) {
        for (const secret of spelled)
          if (secret.length >= 16) assert.ok(!body.includes(secret) && !headers.includes(secret), path)
      }
    } finally {
      delete process.env['UPHELD_PLANTED_SECRET']
    }
  })
})
