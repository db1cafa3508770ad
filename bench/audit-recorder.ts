import { auditFiles } from '../upheld/src/adapters/files/index.ts'
import { openDatabase } from '../upheld/src/adapters/postgres/database.ts'
import { openRecorder } from '../upheld/src/foundation/audit/index.ts'

// A recorder as a running system has it, until its input ends. Arguments: its login, its state folder, the host of its logs.

const [url = '', folder = '', host = ''] = process.argv.slice(2)
const stopping = new AbortController()
process.stdin.on('end', () => stopping.abort()).resume()
const db = openDatabase(url, { connectionsMax: 2 })
const files = auditFiles(folder)
const recorder = await openRecorder({ db, host, seeds: files.seeds(), anchor: files.anchor })
process.stdout.write('ready\n')
await recorder.run(stopping.signal)
await db.close()
