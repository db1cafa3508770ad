import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { auditFiles, evidenceFiles } from '../../adapters/files/index.ts'
import { contextKeyFile } from '../../adapters/keys/index.ts'
import { openLog } from '../../adapters/log/index.ts'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { declare } from '../../core/log-values.ts'
import type { Log } from '../../core/log.ts'
import type { Database } from '../../core/ports.ts'
import {
  scheduler,
  type Claim,
  type Progress,
  type RunRecord,
  type Scheduler,
  type Stage,
} from '../../proof/claims/index.ts'
import { appendLeaf, evidenceKey, openEvidenceLog, type EvidenceLog } from '../../proof/evidence/index.ts'
import { orderTaker } from '../../proof/orders/index.ts'
import { evidenceLog } from '../../proof/witness/index.ts'
import { openStage } from '../prover/index.ts'
import { claimsOf } from './claims.ts'
import { childLife, type Tell, type Work } from './processes/child.ts'
import { proverPayload, type ProverPayload } from './processes/payloads.ts'
import { loadApplication } from './system/application.ts'
import { peopleFiles } from './system/people.ts'
import { platformOptions } from './system/platform.ts'
import { recordReader } from './system/record.ts'
import { stateAt } from './system/state.ts'
import { endServer } from './system/cleanup.ts'
import { witnessing } from './witnessing.ts'

/** The proving process: attacks what is due, and signs what it saw. */
export function prove(): Promise<number> {
  return childLife(proverPayload, prover)
}

async function prover(payload: ProverPayload, tell: Tell): Promise<Work> {
  const state = stateAt(payload.stateFolder)
  const lines = openLog({ folder: state.log, process: 'prover', clock: systemClock })
  const application = await loadApplication(payload.app)
  const claims = claimsOf(application)
  const files = evidenceFiles(payload.stateFolder)
  const database = openDatabase(payload.urls.proof, { name: 'upheld-proof' })
  const log = await openEvidenceLog(database, {
    signer: evidenceKey(files.key, payload.logOrigin),
    anchor: files.anchor,
  })
  const stage = await openStage({
    application,
    claims,
    adminUrl: payload.adminUrl,
    urls: payload.urls,
    contextKeys: contextKeyFile(state.contextKey, systemClock),
    custody: platformOptions(state, payload.urls),
    people: peopleFiles(state),
    scratch: state.scratch,
    address: payload.address,
    origin: payload.origin,
    // The log of a server of our own lies beside the others; of any other server it is read through the server.
    auditHead: () => auditFiles(payload.stateFolder).anchor.read(),
    logs: { folder: state.log, files: [join(state.folder, 'postgres.log'), join(state.folder, 'postgres.log.1')] },
  })
  const proving = provingWith({ payload, tell, lines, claims, database, log, stage })
  lines.write('process.started', { pid: process.pid })
  const stopping = new AbortController()
  const done = work(proving, payload, tell, stopping.signal)
  const reader = recordReader(payload.stateFolder, log.verifier.encoded)
  const witnessed = witnessing(
    payload.stateFolder,
    async () => evidenceLog(database, log.verifier, () => reader.view(database)),
    says => tell({ type: 'trouble', says }),
    stopping.signal,
  )
  return {
    done,
    ...(payload.ownServer ? { orphaned: () => endServer(payload.stateFolder) } : {}),
    stop: async () => {
      stopping.abort()
      await done
      await witnessed
      await stage.close()
      await database.close()
      lines.write('process.stopped', {})
      lines.close()
    },
  }
}

interface Proving {
  readonly payload: ProverPayload
  readonly tell: Tell
  readonly lines: Log
  readonly claims: readonly Claim[]
  readonly database: Database
  readonly log: EvidenceLog
  readonly stage: Stage
}

/** The schedule, and between its turns what operators order. */
function provingWith({ payload, tell, lines, claims, database, log, stage }: Proving): Scheduler {
  const taker = orderTaker(
    {
      database,
      stage,
      clock: systemClock,
      run: (signal, claim) => proving.runRound(signal, [claim]),
      onTrouble: (says, cause) => tell({ type: 'trouble', says: `${says} ${messageOf(cause)}` }),
      onTrial: (claim, limitSecs) => tell({ type: 'trial', claim, ...(limitSecs === undefined ? {} : { limitSecs }) }),
    },
    claims,
  )
  const proving: Scheduler = scheduler(
    {
      database,
      append: (tx, leaf) => appendLeaf(tx, log, leaf),
      stage,
      clock: systemClock,
      random: () => randomInt(2 ** 32) / 2 ** 32,
      // One run and no more is for whoever waits for it at a terminal: no order is taken in between.
      ...(payload.work === 'once' ? {} : { between: taker.between }),
      onProgress: event => {
        taker.heard(event)
        if (event.type === 'finished') ran(lines, event.record)
        report(event, claims, tell)
      },
    },
    claims,
  )
  return proving
}

async function work(
  proving: Scheduler,
  { work: kind, claim }: ProverPayload,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  if (kind === 'once') {
    await proving.runRound(signal, claim === undefined ? undefined : [claim])
    tell({ type: 'round' })
    return
  }
  if (kind === 'round') {
    await proving.runRound(signal).catch((thrown: unknown) => {
      tell({ type: 'trouble', says: `The first round failed and is tried again: ${messageOf(thrown)}` })
    })
    tell({ type: 'round' })
  }
  await proving.run(signal)
}

function ran(lines: Log, { claim, verdict, observations, duration_ms }: RunRecord): void {
  lines.write('claim.ran', { claim: declare(claim), verdict, observations, duration_ms })
}

function report(event: Progress, claims: readonly Claim[], tell: Tell): void {
  switch (event.type) {
    case 'started': {
      const claim = claims.find(one => one.id === event.claim)
      const [limitSecs, sabotages] = claim?.kind === 'proven' ? [claim.timeoutSecs, claim.sabotages.length] : [0, 0]
      return tell({ type: 'run', claim: event.claim, limitSecs, sabotages })
    }
    case 'probed':
      return tell({ type: 'probed', claim: event.claim, place: event.place, good: event.good })
    case 'finished': {
      const { claim, verdict, note } = event.record
      return tell({ type: 'ran', claim, verdict, note })
    }
    case 'lost':
      return tell({ type: 'trouble', says: `Run ${event.sequence} of ${event.claim} was lost: its process died.` })
    case 'trouble': {
      const cause = event.cause === undefined ? '' : ` ${messageOf(event.cause)}`
      return tell({ type: 'trouble', says: `${event.says}${cause}` })
    }
  }
}
