// One step of the life of keys in a process of its own: node process.ts '<options as JSON>'. Says `ready`, begins when a
// line comes in, says what came out as JSON. With `dieAfter` it ends itself with SIGKILL after so many calls
// that changed something.
import { join } from 'node:path'
import { once } from 'node:events'
import { z } from 'zod'
import { contextKeyFile } from '../../src/adapters/keys/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { organizationId } from '../../src/core/ids.ts'
import {
  emptying,
  openChain,
  openVault,
  rewrapRoot,
  rotateDataKeys,
  rotateKeks,
  shred,
  watchKeys,
  type KeyPorts,
  type SealedRows,
} from '../../src/foundation/vault/index.ts'
import { deployment, portsIn, token, vaultOver } from './keys.ts'

const options = z
  .strictObject({
    folder: z.string(),
    databaseUrl: z.string().optional(),
    identityUrl: z.string().optional(),
    work: z.enum(['active', 'rotate kek', 'rotate data', 'rotate objects', 'rewrap root', 'shred', 'serve']),
    organization: z.string(),
    domain: z.string().default('table:ward.token'),
    since: z.string().default(''),
    settleMs: z.number().default(0),
    rowsMax: z.number().default(200),
    dieAfter: z.number().optional(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

/** What leaves something behind: between two of these a death is the same death. */
const changing = new Set(['add', 'replace', 'destroy', 'raise', 'clearIndexes', 'put', 'remove'])
let calls = 0
/** Counts these calls, and ends the process after one of them. */
function mortal<T extends object>(port: T): T {
  return new Proxy(
    { ...port },
    {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...given: unknown[]): unknown => {
          const answer: unknown = Reflect.apply(member, target, given)
          return answer instanceof Promise && changing.has(String(name)) ? answer.then(step) : answer
        }
      },
    },
  )
}
function step(answer: unknown): unknown {
  calls += 1
  if (calls === options.dieAfter) process.kill(process.pid, 'SIGKILL')
  return answer
}

const organization = organizationId(options.organization)
const plain = portsIn(options.folder)
const ports: KeyPorts = { ...plain, store: mortal(plain.store), floors: mortal(plain.floors), root: mortal(plain.root) }
/** Loaded where it is needed alone: most of these processes live for a moment. */
const platform =
  options.databaseUrl === undefined
    ? undefined
    : (await import('../../src/upheld.ts')).upheld({
        databaseUrl: options.databaseUrl,
        contextKeyFile: join(options.folder, 'context.key'),
      })
const vault = vaultOver(plain)
const atEnd: (() => Promise<void>)[] = []

async function rows(): Promise<SealedRows> {
  if (platform === undefined || options.identityUrl === undefined) throw new Error('this work needs a database')
  const { openSealedRows } = await import('../../src/sealed-rows.ts')
  const opened = openSealedRows(
    platform,
    { type: 'operator', id: 'test', purpose: 'test' },
    {
      databaseUrl: options.identityUrl,
      connectionsMax: 2,
      contextKeys: contextKeyFile(join(options.folder, 'context.key'), systemClock),
    },
  )
  atEnd.push(() => opened.close())
  return mortal<SealedRows>(opened)
}

async function run(): Promise<unknown> {
  const rotation = { since: options.since, settleMs: options.settleMs, organization }
  switch (options.work) {
    case 'active':
      return (await openChain(ports).active(organization, options.domain)).id
    case 'rewrap root':
      return rewrapRoot(ports)
    case 'rotate kek':
      return rotateKeks(ports, rotation)
    case 'rotate data': {
      const emptied = emptying(
        { store: ports.store, rows: await rows(), sealer: vault },
        { rowsMax: options.rowsMax },
        () => undefined,
      )
      return rotateDataKeys(ports, { ...rotation, domains: domain => domain === options.domain, emptied })
    }
    case 'rotate objects': {
      const { objectsIn } = await import('./objects.ts')
      const objects = await objectsIn(options.folder, vault, mortal)
      const emptied = async (): Promise<boolean> => {
        vault.forget(organization)
        return (await Array.fromAsync(objects.of(organization).renew())).length >= 0
      }
      return rotateDataKeys(ports, { ...rotation, domains: domain => domain === 'objects', emptied })
    }
    case 'shred':
      return shred({ ...ports, forget: () => undefined, memorySecsMax: 300 }, { organization })
    case 'serve':
      return serve()
  }
}

/** Opens a value again and again, as an application that holds its keys in memory, until it is refused. */
async function serve(): Promise<string> {
  if (platform === undefined) throw new Error('this work needs a database')
  const watch = watchKeys({
    ...plain,
    chain: openChain(plain),
    memorySecsMax: 300,
    everyMs: 200,
    forget: id => held.forget(id),
  })
  const held = openVault({ chain: watch.chain, deployment, clock: systemClock })
  const [row] = await platform.organization(organization).sql<{ id: string; secret: Buffer }>`
    select id, secret::bytea as secret from ward.token limit 1`
  if (row === undefined) throw new Error('there is no token')
  for (let times = 0; ; times++) {
    try {
      await held.open(organization, { ...token, row: row.id }, row.secret)
      if (times === 0) process.stdout.write('opened\n')
      await new Promise(resolve => setTimeout(resolve, 20))
    } catch (thrown) {
      watch.close()
      return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no code'
    }
  }
}

process.stdout.write('ready\n')
await once(process.stdin, 'data')
try {
  process.stdout.write(`${JSON.stringify({ result: await run(), calls })}\n`)
} catch (thrown) {
  process.stdout.write(`${JSON.stringify({ failed: thrown instanceof Error ? thrown.message : '', calls })}\n`)
}
process.stdin.destroy()
vault.close()
for (const close of atEnd) await close()
await platform?.close()
