import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { after, before, suite, test } from 'node:test'
import type { RunningApplication } from '../../src/application.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Database } from '../../src/core/ports.ts'
import { generateSignerKey, parseSignerKey } from '../../src/core/transparency/index.ts'
import { catalogueWith } from '../../src/proof/claims/index.ts'
import { appendLeaf, openEvidenceLog, readLog, type LogView } from '../../src/proof/evidence/index.ts'
import { provenClaims } from '../../src/proof/probes/index.ts'
import type { Handler } from '../../src/surfaces/server/index.ts'
import { openSite } from '../../src/surfaces/site/index.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../schemas/clinic/', import.meta.url) }

/** The way to a server, which can be cut and mended. */
async function lineTo(url: string) {
  const { hostname, port } = new URL(url)
  const open = new Set<Socket>()
  let cut = false
  const server = createServer(near => {
    if (cut) {
      near.destroy()
      return
    }
    const far = connect(Number(port), hostname)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy()).on('close', () => (other.destroy(), open.delete(one)))
      one.pipe(other)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const through = new URL(url)
  through.host = `127.0.0.1:${address.port}`
  return {
    url: through.href,
    cut() {
      cut = true
      for (const socket of open) socket.destroy()
    },
    mend() {
      cut = false
    },
    async close() {
      this.cut()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

suite('the page while its database is away', () => {
  let platform: TestPlatform
  let line: Awaited<ReturnType<typeof lineTo>>
  let proof: Database
  let page: Database
  let handler: Handler
  const told: unknown[] = []

  before(async () => {
    platform = await testPlatform(clinic)
    line = await lineTo(platform.urls.page)
    proof = openDatabase(platform.urls.proof)
    page = openDatabase(line.url)
    const signer = parseSignerKey(generateSignerKey('test.example/upheld/evidence'))
    let head: string | undefined
    const anchor = { read: () => head, write: (checkpoint: string) => void (head = checkpoint) }
    const log = await openEvidenceLog(proof, { signer, anchor })
    const appended = await proof.transaction(tx => appendLeaf(tx, log, { type: 'somebody/else@v1' }))
    appended.seen()
    let last: LogView | undefined
    handler = openSite({
      application,
      claims: catalogueWith([...provenClaims]),
      platform: platform.upheld,
      people: undefined,
      page,
      view: async database => (last = await readLog(database, { verifier: signer.verifier, anchor }, last)),
      origin: 'https://desk.example',
      clock: systemClock,
      onFailure: failure => told.push(failure),
    })
  })
  after(async () => {
    await page.close()
    await line.close()
    await proof.close()
    await platform.close()
  })

  const application: RunningApplication = {
    ...clinic,
    name: 'Test',
    page: { title: 'Security', lede: 'What we promise.', sections: [], contact: 'mailto:security@test.example' },
    claims: [],
    seed: async () => 'nothing to seed',
    welcome: async () => [],
    fetch: () => () => new Response('test'),
  }
  const ask = async (path: string): Promise<Response> =>
    handler(new Request(`https://desk.example${path}`), { address: '127.0.0.1' })

  test('says that its record cannot be read before it was ever read, and promises nothing', async () => {
    line.cut()
    const answer = await ask('/security')
    assert.match(await answer.text(), /The record cannot be read/)
    assert.equal((await ask('/security/evidence/checkpoint')).status, 503)
    line.mend()
  })

  test('shows what it read last, marked stale, with the signed head and the files of the log', async () => {
    const fresh = await ask('/security')
    assert.doesNotMatch(await fresh.text(), /data-stale/)
    const files = ['checkpoint', 'bundle', 'tile/0/000.p/1', 'proof/0.tlog-proof']
    const before = await Promise.all(files.map(async file => (await ask(`/security/evidence/${file}`)).text()))
    line.cut()
    const stale = await ask('/security')
    assert.equal(stale.status, 200)
    assert.match(await stale.text(), /data-stale="true"/)
    const feed: unknown = await (await ask('/security/feed.json')).json()
    assert.equal(typeof Reflect.get(Object(Reflect.get(Object(feed), 'stale')), 'age_secs'), 'number')
    const now = await Promise.all(files.map(async file => (await ask(`/security/evidence/${file}`)).text()))
    assert.deepEqual(now, before)
    assert.ok(told.length > 0)
    line.mend()
    assert.doesNotMatch(await (await ask('/security')).text(), /data-stale/)
  })

  test('a log that answers and was rewritten is never covered by the memory', async () => {
    const admin = openDatabase(platform.adminUrl)
    await ask('/security')
    await admin.transaction(async tx => {
      await tx.query('set local session_replication_role = replica')
      await tx.query(`update upheld_proof.leaf set bytes = convert_to('{"type":"forged/by-us@v1"}', 'UTF8')`)
    })
    await admin.close()
    const html = await (await ask('/security')).text()
    assert.match(html, /Our own record does not hold/)
    assert.doesNotMatch(html, /data-stale/)
    assert.equal((await ask('/security/evidence/checkpoint')).status, 503)
  })
})
