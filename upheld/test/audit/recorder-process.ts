import { auditFiles } from '../../src/adapters/files/index.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Queryable } from '../../src/core/ports.ts'
import { openRecorder } from '../../src/foundation/audit/index.ts'

// A recorder in a process of its own. Arguments: its login, its state folder, at which step it dies by -9 (0: never), and
// whether it goes on for ever.
// A step is a statement, or the head outside the database before and after it is written.

const [url = '', folder = '', dieAt = '0'] = process.argv.slice(2)
let step = 0

function onStep(): void {
  step += 1
  if (step === Number(dieAt)) process.kill(process.pid, 'SIGKILL')
}

function counted(inner: Queryable): Queryable {
  return {
    async query(text, values) {
      onStep()
      return inner.query(text, values)
    },
  }
}

const db = openDatabase(url)
const files = auditFiles(folder)
const recorder = await openRecorder({
  db: {
    ...counted(db),
    transaction: work =>
      db.transaction(async tx => {
        const done = await work(counted(tx))
        onStep()
        return done
      }),
    close: () => db.close(),
  },
  host: 'northwind-desk.example',
  seeds: files.seeds(),
  anchor: {
    read: () => files.anchor.read(),
    write(checkpoint) {
      onStep()
      files.anchor.write(checkpoint)
      onStep()
    },
  },
  batchMax: 7,
  gatherMs: 5,
})
if (process.argv[5] === 'forever') await recorder.run(new AbortController().signal)
let logged = 0
for (let one = await recorder.step(); one > 0; one = await recorder.step()) logged += one
process.stdout.write(`${JSON.stringify({ logged, steps: step })}\n`)
await db.close()
