/** Owns a Postgres as `upheld up` does: takes the lock of the state folder, starts, says so, and stops on SIGTERM or Ctrl-C. */
import { join } from 'node:path'
import { makeFolder, takeLock } from '../../src/adapters/files/index.ts'
import { startPostgres } from '../../src/adapters/postgres/embedded/index.ts'
import { UpheldError } from '../../src/core/errors.ts'

const [folder = '', binaries, port] = process.argv.slice(2)
const keepsRunning = setInterval(() => undefined, 60_000)

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

try {
  makeFolder(folder, 0o700)
  const lock = takeLock(join(folder, 'up.lock'), 'upheld up')
  const postgres = await startPostgres({
    folder,
    ...(binaries === 'npm' || binaries === 'system' ? { binaries } : {}),
    ...(port === undefined ? {} : { port: Number(port) }),
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void postgres.stop().then(() => {
        lock.release()
        clearInterval(keepsRunning)
        say({ stopped: true })
      })
    })
  }
  say({ adminUrl: postgres.adminUrl, version: postgres.version, source: postgres.source, adopted: postgres.adopted })
} catch (thrown) {
  clearInterval(keepsRunning)
  say(
    thrown instanceof UpheldError
      ? { code: thrown.code, detail: thrown.detail }
      : { code: 'unexpected', detail: String(thrown) },
  )
  process.exitCode = 1
}
