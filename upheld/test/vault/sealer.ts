import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { organizationId } from '../../src/core/ids.ts'
import { vaultStage } from './stage.ts'

// A process or a thread that seals the same value for the same cell as its parent, and tells the salts: bytes 12 to 35.

const form = z.strictObject({ folder: z.string(), organization: z.string(), count: z.int() })

async function seal(given: unknown): Promise<readonly string[]> {
  const { folder, organization, count } = form.parse(given)
  const stage = vaultStage({ folder })
  const cell = { table: 'desk.integration', column: 'token', row: '1' }
  const salts: string[] = []
  for (let one = 0; one < count; one++) {
    const sealed = await stage.vault.seal(organizationId(organization), cell, 'the same')
    salts.push(sealed.toString('hex', 12, 36))
  }
  stage.close()
  return salts
}

if (parentPort === null) {
  const salts = await seal(JSON.parse(process.argv[2] ?? ''))
  process.send?.(salts)
} else {
  parentPort.postMessage(await seal(workerData))
}
