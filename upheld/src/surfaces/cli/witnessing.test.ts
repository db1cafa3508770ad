import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import {
  emptyTree,
  generateCosignerKey,
  generateSignerKey,
  parseCosignerKey,
  parseSignerKey,
  signCheckpoint,
  treeRoot,
} from '../../core/transparency/index.ts'
import { witnessing } from './witnessing.ts'

const log = parseSignerKey(generateSignerKey('northwind-desk.example/upheld/anchor'))
const witness = parseCosignerKey(generateCosignerKey('auditor.example/witness'))

suite('the witnesses of a system', () => {
  test('one that answers without an end is hung up on, and fills no memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'upheld-witnessing-'))
    const piece = Buffer.alloc(1024 * 1024, 'a')
    let megabytes = 0
    const server = createServer((request, response) => {
      request.resume()
      response.on('drain', more)
      function more(): void {
        do megabytes += 1
        while (response.write(piece))
      }
      more()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const address = server.address()
      assert.ok(typeof address === 'object' && address !== null)
      const url = `http://127.0.0.1:${address.port}/`
      writeFileSync(join(folder, 'witnesses.txt'), `witness w ${witness.verifier.encoded} ${url}\nquorum w\n`)
      const stop = new AbortController()
      const told: string[] = []
      const shown = {
        key: log.verifier,
        head: async () => ({
          size: 0,
          checkpoint: signCheckpoint({ size: 0, root: treeRoot(emptyTree) }, log),
          proof: async () => [],
        }),
        sizeAt: async () => 0,
        keep: async () => assert.fail('nothing was signed'),
      }
      await witnessing(
        folder,
        async () => shown,
        says => {
          told.push(says)
          stop.abort()
        },
        stop.signal,
      )
      assert.match(told.join(), /auditor\.example/)
      assert.ok(megabytes < 64, `${megabytes} MB were taken`)
    } finally {
      server.closeAllConnections()
      server.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
