import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { accountToRunAs, identity, plainEnvironment } from '../../src/adapters/postgres/embedded/account.ts'

const program = '/usr/sbin/pgbouncer'

/** Why there is no PgBouncer to test with, or undefined when there is. */
export const withoutPgBouncer = existsSync(program)
  ? undefined
  : 'PgBouncer is not installed (apt-get install pgbouncer)'

export interface Pooler {
  /** The same database and login, through the pooler. */
  through(url: string): string
  stop(): Promise<void>
}

interface PoolerOptions {
  /** Backends for one database and login. */
  readonly poolSize: number
  /** Settings that it takes at the start of a connection and throws away. */
  readonly ignored?: string
}

/** A real PgBouncer in transaction mode, in a folder of its own, as an account that is not root: it refuses to be root. */
export async function startPgBouncer(behind: string, options: PoolerOptions): Promise<Pooler> {
  const account = accountToRunAs()
  const folder = mkdtempSync(join(tmpdir(), 'upheld-pooler-'))
  const port = await freePort()
  const server = new URL(behind)
  const settings = `
[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = ${options.poolSize}
max_client_conn = 200
ignore_startup_parameters = ${options.ignored ?? ''}
server_login_retry = 1
`
  const users = `"${decodeURIComponent(server.username)}" "${decodeURIComponent(server.password)}"\n`
  const files = [
    ['settings.ini', settings],
    ['users.txt', users],
  ] as const
  for (const [name, text] of files) writeFileSync(join(folder, name), text, { mode: 0o600 })
  for (const path of [folder, ...files.map(([name]) => join(folder, name))]) {
    chmodSync(path, path === folder ? 0o700 : 0o600)
    if (account.other) chownSync(path, account.uid, account.gid)
  }
  const child = spawn(program, ['-q', join(folder, 'settings.ini')], {
    ...identity(account),
    cwd: '/',
    env: plainEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  const ended = once(child, 'exit')
  await answers(port, () => (child.exitCode === null ? undefined : said))
  return Object.freeze({
    through(url: string) {
      const pooled = new URL(url)
      pooled.hostname = '127.0.0.1'
      pooled.port = String(port)
      return pooled.href
    },
    async stop() {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  })
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  listener.close()
  await once(listener, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP listener has a port')
  return address.port
}

async function answers(port: number, over: () => string | undefined): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const last = over()
    if (last !== undefined) throw new Error(`PgBouncer ended at once: ${last}`)
    const socket = connect(port, '127.0.0.1')
    const [open] = await Promise.race([
      once(socket, 'connect').then(() => [true]),
      once(socket, 'error').then(() => [false]),
    ]).catch(() => [false])
    socket.destroy()
    if (open === true) return
    await sleep(25)
  }
  throw new Error('PgBouncer does not answer')
}
