import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { openGround, type Ground } from '../../../test/proof/ground.ts'
import { systemClock } from '../../core/clock.ts'
import { readLeaf, trustReport, type RunRecord } from './index.ts'

const program = fileURLToPath(new URL('../../../test/proof/prover.ts', import.meta.url))

interface Prover {
  readonly process: ChildProcessByStdio<null, Readable, null>
  /** Resolves at the next line that begins with this word. */
  says(word: string): Promise<void>
  ended(): Promise<number | null>
}

let ground: Ground
const started: Prover[] = []

beforeEach(async () => {
  ground = await openGround()
  await ground.admin.query(
    `create table journal (id integer generated always as identity, claim text, pid integer,
       began_at timestamptz default clock_timestamp(), ended_at timestamptz)`,
  )
})
afterEach(async () => {
  for (const { process } of started.splice(0)) process.kill('SIGKILL')
  await ground.close()
})

function start(settings: { claims: string[]; stayMs: number; leaseMs: number; rounds: number }): Prover {
  const { url, adminUrl, stateFolder } = ground
  const child = spawn(process.execPath, [program, JSON.stringify({ url, adminUrl, stateFolder, ...settings })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)
  const exit = once(child, 'exit')
  const prover: Prover = {
    process: child,
    says: word =>
      new Promise((resolve, reject) => {
        lines.on('line', line => {
          if (line.startsWith(word)) resolve()
        })
        lines.once('close', () => reject(new Error(`it ended and never said ${word}`)))
      }),
    async ended() {
      await exit
      return child.exitCode
    },
  }
  started.push(prover)
  return prover
}

async function runs(): Promise<RunRecord[]> {
  const { leaves } = await ground.readLog(ground.page)
  return leaves.flatMap(({ value }) => {
    const read = readLeaf(value)
    return read.kind === 'ours' && read.leaf.type === 'upheld/run@v1' ? [read.leaf] : []
  })
}

async function fault(): Promise<string | undefined> {
  const { page: database, readLog } = ground
  return (await trustReport({ database, claims: [], readLog, clock: systemClock, service: 'A house' })).recordFault
}

async function overlaps(): Promise<number> {
  const { rows } = await ground.admin.query(
    `select count(*)::int as many from journal a join journal b on a.claim = b.claim and a.id < b.id
     where tstzrange(a.began_at, a.ended_at) && tstzrange(b.began_at, b.ended_at)`,
  )
  return Number(rows[0]?.['many'])
}

const three = ['doors.locked', 'doors.oiled', 'doors.painted']

suite('two provers on one database', () => {
  test('that start at the same time run each claim once', async () => {
    const provers = [1, 2].map(() => start({ claims: three, stayMs: 100, leaseMs: 5_000, rounds: 0 }))
    while ((await runs()).length < three.length) await Promise.race(provers.map(prover => prover.says('finished')))
    for (const { process } of provers) process.kill('SIGTERM')
    assert.deepEqual(await Promise.all(provers.map(prover => prover.ended())), [0, 0])
    assert.deepEqual(
      (await runs()).map(({ claim, sequence, verdict }) => `${claim} ${sequence} ${verdict}`).sort(),
      three.map(id => `${id} 1 upheld`),
    )
    assert.equal(await overlaps(), 0)
    assert.equal(await fault(), undefined)
  })

  test('that run round after round never run a claim at the same time', async () => {
    const provers = [1, 2].map(() => start({ claims: three, stayMs: 20, leaseMs: 5_000, rounds: 3 }))
    assert.deepEqual(await Promise.all(provers.map(prover => prover.ended())), [0, 0])
    const all = await runs()
    assert.ok(all.length >= 3 * three.length, `${all.length} runs`)
    assert.ok(all.every(run => run.verdict === 'upheld'))
    const { rows } = await ground.admin.query(
      'select count(*)::int as many, count(ended_at)::int as ended from journal',
    )
    assert.deepEqual(rows, [{ many: all.length, ended: all.length }])
    assert.equal(await overlaps(), 0)
    assert.equal(await fault(), undefined)
  })

  test('one killed in the middle of a run: the other writes it down as lost and runs it again', async () => {
    const first = start({ claims: ['doors.locked'], stayMs: 600_000, leaseMs: 1_000, rounds: 0 })
    await first.says('began')
    const second = start({ claims: ['doors.locked'], stayMs: 0, leaseMs: 1_000, rounds: 0 })
    const finished = second.says('finished')
    first.process.kill('SIGKILL')
    await finished
    second.process.kill('SIGTERM')
    assert.equal(await second.ended(), 0)
    assert.deepEqual(
      (await runs()).map(({ sequence, verdict, reason }) => `${sequence} ${verdict} ${reason}`),
      ['1 unproven lost', '2 upheld held'],
    )
    assert.equal(await fault(), undefined)
  })
})
