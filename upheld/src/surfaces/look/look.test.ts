import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { contentPolicy, openLook, pageHeaders } from './index.ts'

const look = openLook()
const origin = 'https://desk.example'

async function assetPaths(): Promise<string[]> {
  return [...String(await look.headTags()).matchAll(/href="([^"]+)"/g)].map(match => match[1] ?? '')
}

function ask(path: string, init?: RequestInit): Response | undefined {
  return look.fetch(new Request(`${origin}${path}`, init))
}

suite('style sheet and fonts', () => {
  test('every file that a page names is served, named by its digest and kept for a year', async () => {
    const paths = await assetPaths()
    assert.equal(paths.length, 5)
    for (const path of paths) {
      assert.match(path, /^\/look\/[a-z0-9-]+\.[0-9a-f]{16}\.(css|svg|woff2)$/)
      const response = ask(path)
      assert.equal(response?.status, 200)
      assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable')
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    }
  })
  test('every font that the style sheet names is served, and nothing else is named', async () => {
    const path = (await assetPaths()).find(one => one.endsWith('.css')) ?? ''
    const css = (await ask(path)?.text()) ?? ''
    const urls = [...css.matchAll(/url\(([^)]*)\)/g)].map(match => match[1] ?? '')
    assert.equal(urls.length, 12)
    for (const url of urls) {
      const bytes = Buffer.from((await ask(url)?.arrayBuffer()) ?? new ArrayBuffer(0))
      assert.equal(bytes.subarray(0, 4).toString('latin1'), 'wOF2')
    }
    assert.doesNotMatch(css, /@import|https?:/)
  })
  test('the style sheet is small', async () => {
    const path = (await assetPaths()).find(one => one.endsWith('.css')) ?? ''
    assert.ok(((await ask(path)?.arrayBuffer())?.byteLength ?? Infinity) < 32_768)
  })
  test('goes over the wire packed to whoever takes that, and plain to everybody else', async () => {
    const path = (await assetPaths()).find(one => one.endsWith('.css')) ?? ''
    const plain = Buffer.from((await ask(path)?.arrayBuffer()) ?? new ArrayBuffer(0))
    const taken = ask(path, { headers: { 'accept-encoding': 'gzip, deflate, br, zstd' } })
    assert.equal(taken?.headers.get('content-encoding'), 'br')
    const packed = Buffer.from(await taken.arrayBuffer())
    assert.equal(taken.headers.get('content-length'), String(packed.byteLength))
    assert.ok(packed.byteLength < 8_192)
    assert.deepEqual(brotliDecompressSync(packed), plain)
    for (const refusal of ['gzip', 'br;q=0', 'br;q=0.0', 'brx', '']) {
      const given = ask(path, { headers: { 'accept-encoding': refusal } })
      assert.equal(given?.headers.get('content-encoding'), null, refusal)
      // Whoever keeps it for others keeps both.
      assert.equal(given.headers.get('vary'), 'accept-encoding')
    }
  })
  test('two processes give the same names', async () => {
    assert.equal(String(await openLook().headTags()), String(await look.headTags()))
  })
  test('an unknown file is a 404, a write a 405, another path is left alone', async () => {
    assert.equal(ask('/look/style.0000000000000000.css')?.status, 404)
    assert.equal(ask('/look/..%2fkeys')?.status, 404)
    assert.equal(ask((await assetPaths())[0] ?? '', { method: 'POST' })?.status, 405)
    assert.equal(ask('/lookout'), undefined)
  })
})

suite('headers of a page', () => {
  test('allow no script, no inline style, no other origin, no frame', () => {
    const policy = contentPolicy({ forms: 'none' })
    assert.doesNotMatch(policy, /unsafe|script-src|\*|https?:|data:/)
    assert.match(policy, /^default-src 'none';.*frame-ancestors 'none'$/)
    assert.match(policy, /form-action 'none'/)
    assert.match(contentPolicy({ forms: 'self' }), /form-action 'self'/)
    assert.equal(pageHeaders({ forms: 'self' })['content-security-policy'], contentPolicy({ forms: 'self' }))
  })
})
