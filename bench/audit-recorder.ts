import { auditFiles } from '../upheld/src/adapters/files/index.ts'
import { openDatabase } from '../upheld/src/adapters/postgres/database.ts'
import type { Database, Queryable } from '../upheld/src/core/ports.ts'
import { openRecorder } from '../upheld/src/foundation/audit/index.ts'

// A recorder as a running system has it, until its input ends. Arguments: its login, its state folder, the host of its logs.
// Says `ready`, and after each batch has committed a line of JSON: how many entries it took, when, on the clock that all
// processes of a machine share, and what of the processor this process has used.

const [url = '', folder = '', host = ''] = process.argv.slice(2)
const stopping = new AbortController()
process.stdin.on('end', () => stopping.abort()).resume()
const db = openDatabase(url, { connectionsMax: 2 })
const files = auditFiles(folder)
const recorder = await openRecorder({ db: telling(db), host, seeds: files.seeds(), anchor: files.anchor })
process.stdout.write('ready\n')
await recorder.run(stopping.signal)
await db.close()

function telling(inner: Database): Database {
  return {
    ...inner,
    async transaction(work) {
      let entries = 0
      const done = await inner.transaction(tx => work(counting(tx, taken => (entries += taken))))
      const { user, system } = process.cpuUsage()
      const said = { entries, atMs: Number(process.hrtime.bigint()) / 1e6, cpuMs: (user + system) / 1000 }
      if (entries > 0) process.stdout.write(`${JSON.stringify(said)}\n`)
      return done
    },
  }
}

/** What a batch takes out of those that wait is what it has logged. */
function counting(tx: Queryable, take: (entries: number) => void): Queryable {
  return {
    async query(text, values) {
      const answer = await tx.query(text, values)
      if (text.startsWith('delete from upheld_audit.pending')) take(answer.rowCount)
      return answer
    },
  }
}
