import { evidenceFiles } from '../../src/adapters/files/index.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { evidenceKey, openEvidenceLog } from '../../src/proof/evidence/index.ts'
import { appendOne, origin } from './lab.ts'

// A prover in a process of its own: appends leaves one after the other and says the index of each that was committed.

const [url = '', folder = '', name = '', count = '0'] = process.argv.slice(2)
const files = evidenceFiles(folder)
const prover = openDatabase(url, { connectionsMax: 1 })
const log = await openEvidenceLog(prover, { signer: evidenceKey(files.key, origin), anchor: files.anchor })
for (let n = 0; n < Number(count); n += 1) {
  const index = await appendOne(prover, log, { type: 'test/leaf@v1', name, n })
  process.stdout.write(`${index} ${n}\n`)
}
await prover.close()
