import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Database } from '../../src/core/ports.ts'
import { scheduler, type Claim, type Progress, type ReadLog } from '../../src/proof/claims/index.ts'
import { appendLeaf, readLog } from '../../src/proof/evidence/index.ts'
import { orderDesk, orderTaker, type OrderDesk } from '../../src/proof/orders/index.ts'
import type { TestPeople } from '../../src/testing/index.ts'
import { openDoors, type Doors } from '../proof/door.ts'
import { openTestLog } from '../proof/ground.ts'

/** The smallest system that keeps promises, a prover that takes orders, and the desk of whoever places them. */
export interface ProverStage {
  readonly doors: Doors
  readonly page: Database
  readonly desk: OrderDesk
  readonly readLog: ReadLog
  /** All that another process needs to prove here. */
  readonly stateFolder: string
  /** Works until it is stopped. What went wrong with orders is in `troubles`. */
  startProver(claims: readonly Claim[], options?: { readonly leaseMs?: number }): RunningProver
  /** Every proven claim once: orders are for what has been declared. */
  declare(claims: readonly Claim[]): Promise<void>
  close(): Promise<void>
}

interface RunningProver {
  readonly troubles: readonly string[]
  stop(): Promise<void>
}

export async function proverStage({ platform }: TestPeople, claims: readonly Claim[]): Promise<ProverStage> {
  const stateFolder = mkdtempSync(join(tmpdir(), 'upheld-console-'))
  const database = openDatabase(platform.urls.proof)
  const page = openDatabase(platform.urls.page)
  const orders = openDatabase(platform.urls.console)
  const log = await openTestLog(database, stateFolder)
  const doors = await openDoors()
  const running: RunningProver[] = []
  const ports = {
    database,
    append: (...[tx, leaf]: Parameters<Parameters<typeof scheduler>[0]['append']>) => appendLeaf(tx, log, leaf),
    stage: doors.stage,
    clock: systemClock,
    random: () => 0.5,
  }
  return Object.freeze({
    doors,
    page,
    desk: orderDesk(orders, claims),
    readLog: (db: Database) => readLog(db, log),
    stateFolder,
    startProver(known: readonly Claim[], { leaseMs = 2_000 }: { readonly leaseMs?: number } = {}) {
      const stop = new AbortController()
      const troubles: string[] = []
      const taker = orderTaker(
        {
          ...ports,
          leaseMs,
          run: (signal, claim) => proving.runRound(signal, [claim]),
          onTrouble: (says, cause) => void troubles.push(`${says} ${String(cause)}`),
        },
        known,
      )
      const onProgress = (event: Progress): void => taker.heard(event)
      const proving = scheduler({ ...ports, onProgress, between: taker.between }, known, { leaseMs, pollMs: 20 })
      const done = proving.run(stop.signal)
      const prover = {
        troubles,
        async stop() {
          stop.abort()
          await done
        },
      }
      running.push(prover)
      return prover
    },
    async declare(known: readonly Claim[]) {
      await scheduler(ports, known).runRound(new AbortController().signal)
    },
    async close() {
      for (const prover of running) await prover.stop()
      await doors.close()
      await Promise.all([database, page, orders].map(one => one.close()))
      rmSync(stateFolder, { recursive: true, force: true })
    },
  } satisfies ProverStage)
}
