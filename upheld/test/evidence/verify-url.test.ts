import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyBundle, verifyUrl } from '../../src/verify.ts'
import { vectorFolder, vectors } from './vectors.ts'

const files = vectors()
const bundle = files.get('bundle') ?? Buffer.of()
const key = (files.get('key') ?? '').toString().trimEnd()
const now = new Date('2026-11-20T12:30:00.000Z')

async function served<T>(answer: RequestListener, work: (base: string) => Promise<T>): Promise<T> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  try {
    return await work(`http://127.0.0.1:${address.port}/security/evidence`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const honest: RequestListener = (request, response) => {
  const file = files.get((request.url ?? '').replace('/security/evidence/', ''))
  response.writeHead(file === undefined ? 404 : 200).end(file)
}

test('a log behind an address says what its bundle says, with and without a slash at the end', async () => {
  await served(honest, async base => {
    const expected = verifyBundle(bundle, { now, key })
    assert.deepEqual(await verifyUrl(base, { now, key }), expected)
    assert.deepEqual(await verifyUrl(`${base}/`, { now }), { ...expected, pinned: false })
  })
})

const lies: Record<string, readonly [answer: RequestListener, code: string]> = {
  'is not there': [(_, response) => response.writeHead(404).end(), 'verify.unreachable'],
  'leads elsewhere': [
    (request, response) => response.writeHead(302, { location: `http://127.0.0.1:9${request.url ?? ''}` }).end(),
    'verify.unreachable',
  ],
  'breaks off': [
    (_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
      response.destroy()
    },
    'verify.unreachable',
  ],
  'never ends': [
    (_, response) => {
      response.writeHead(200)
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    },
    'verify.altered',
  ],
  'says nothing': [(_, response) => response.writeHead(200).end(), 'transparency.bad_key'],
}
for (const [what, [answer, code]] of Object.entries(lies)) {
  test(`an address that ${what} is refused`, () =>
    served(answer, base => assert.rejects(() => verifyUrl(base, { now }), { code })))
}

test('what is no web address is refused', async () => {
  for (const base of ['', 'evidence.json', 'file:///etc/passwd', 'ftp://x.example/']) {
    await assert.rejects(() => verifyUrl(base, { now }), { code: 'verify.unreachable' }, base)
  }
})

test('the verifier runs where there is nothing but Node and its own sources', () => {
  const folder = mkdtempSync(join(tmpdir(), 'verify-'))
  try {
    const source = join(import.meta.dirname, '..', '..', 'src')
    for (const path of ['verify.ts', 'core', 'proof/evidence/verify', 'proof/bundle/verify']) {
      cpSync(join(source, path), join(folder, path), { recursive: true })
    }
    const program = `
      import { readFileSync } from 'node:fs'
      import { verifyBundle } from './verify.ts'
      const { claims } = verifyBundle(readFileSync(process.argv[1]), { now: new Date(${now.getTime()}) })
      process.stdout.write(claims.map(({ claim, standing }) => claim + ' ' + standing.verdict).join(', '))`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program, join(vectorFolder, 'bundle')], {
      cwd: folder,
      encoding: 'utf8',
      env: {},
    })
    assert.equal(said, 'isolation.rows upheld, mfa.enforced planned')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
