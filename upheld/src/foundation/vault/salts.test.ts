import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { newOrganizationId } from '../../core/ids.ts'
import { vaultStage } from '../../../test/vault/stage.ts'

const program = fileURLToPath(new URL('../../../test/vault/sealer.ts', import.meta.url))
const saltsForm = z.array(z.string().length(48))

suite('a process that is forked and a thread that is started use no salt again', () => {
  const ways: Record<string, (given: object) => Promise<unknown[]>> = {
    'forked processes': given => once(fork(program, [JSON.stringify(given)]), 'message'),
    threads: given => once(new Worker(program, { workerData: given }), 'message'),
  }
  for (const [name, start] of Object.entries(ways)) {
    test(`${name}, with the same key, for the same cell, while their parent has salts in store`, async () => {
      const stage = vaultStage()
      const organization = newOrganizationId()
      const cell = { table: 'desk.integration', column: 'token', row: '1' }
      const own = async (): Promise<string> =>
        (await stage.vault.seal(organization, cell, 'the same')).toString('hex', 12, 36)
      const salts = [await own()]
      const given = { folder: stage.folder, organization, count: 300 }
      const others = await Promise.all([start(given), start(given), start(given)])
      for (const [told] of others) salts.push(...saltsForm.parse(told))
      for (let more = 0; more < 300; more++) salts.push(await own())
      stage.close()
      assert.deepEqual([salts.length, new Set(salts).size], [1_201, 1_201])
    })
  }
})
