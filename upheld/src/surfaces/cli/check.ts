import { systemClock } from '../../core/clock.ts'
import { assert, UpheldError } from '../../core/errors.ts'
import { attachSystem } from './attach.ts'
import { proverOf, recorderOf, webOf } from './children.ts'
import { provenOf } from './claims.ts'
import type { Invocation } from './command.ts'
import { explained } from './config.ts'
import { refuse } from './errors.ts'
import { interruptions, type Interruptions } from './interruptions.ts'
import { look } from './look/look.ts'
import { isLook } from './look/mode.ts'
import { nearest } from '../../core/nearest.ts'
import type { Place } from './processes/messages.ts'
import type { Supervised } from './processes/supervise.ts'
import { narrator, stepper } from './progress.ts'
import { currentReport } from './report.ts'
import type { Settings } from './settings.ts'
import { prepareSystem, type System } from './system/system.ts'
import { exitCode, printVerdicts, rowOf } from './verdicts.ts'

/** A look at what is there; or one round now, beside a running system or on one that is started for it. */
export async function check(invocation: Invocation): Promise<number> {
  if (isLook(invocation)) return look(invocation)
  const stop = interruptions(invocation.terminal)
  try {
    const own = invocation.settings.app === undefined ? undefined : await onOwnSystem(invocation, stop)
    return own ?? (await onRunningSystem(invocation, stop))
  } finally {
    stop.close()
  }
}

/** Undefined when somebody else keeps the system of this folder running. */
async function onOwnSystem(invocation: Invocation, stop: Interruptions): Promise<number | undefined> {
  const { settings, terminal } = invocation
  const note = (line: string): void => terminal.note(line)
  const step = stepper(terminal, systemClock, stop)
  const system = await prepareSystem({ settings, purpose: 'upheld check', step, note }).catch((thrown: unknown) => {
    if (thrown instanceof UpheldError && thrown.code === 'files.locked') return undefined
    throw thrown
  })
  if (system === undefined) return undefined
  const recorder = recorderOf({ system, settings, note })
  const web = webOf({ system, settings, whenTaken: 'next', explained: explained(invocation), note })
  try {
    await recorder.ready
    const { place } = await web.ready
    assert(place !== undefined, 'whoever serves says where')
    return await round({ system, settings, place }, invocation, stop)
  } finally {
    await web.stop()
    await recorder.stop()
    await system.stop()
  }
}

async function onRunningSystem(invocation: Invocation, stop: Interruptions): Promise<number> {
  const { system, settings, running } = await attachSystem(invocation.settings)
  const { address, origin } = running
  return round({ system, settings, place: { address, origin } }, invocation, stop)
}

interface Target {
  readonly system: System
  readonly settings: Settings
  readonly place: Place
}

async function round(
  { system, settings, place }: Target,
  invocation: Invocation,
  stop: Interruptions,
): Promise<number> {
  const { terminal } = invocation
  const { claim } = settings
  if (claim !== undefined) assertProvable(system, claim)
  const narrate = narrator(terminal, systemClock, claim === undefined ? provenOf(system.application).length : undefined)
  const prover: Supervised = proverOf({
    system,
    settings,
    place,
    note: line => terminal.note(line),
    work: () => 'once',
    restarts: false,
    onMessage: narrate,
    ...(claim === undefined ? {} : { claim }),
  })
  stop.onForce(() => prover.kill())
  try {
    await prover.ready
    const how = await Promise.race([prover.ended, stop.requested])
    if (stop.signal.aborted) throw refuse.interrupted()
    if (how !== 'ended with code 0') terminal.note(`The prover ${String(how)}.`)
  } finally {
    await prover.stop()
  }
  const report = await currentReport(system)
  terminal.say()
  printVerdicts(terminal, report, claim)
  const code = exitCode(report, claim)
  const shown = report.claims.filter(one => claim === undefined || one.claim.id === claim)
  terminal.document({ verdicts: shown.map(rowOf), recordFault: report.recordFault ?? null, exit: code })
  return code
}

/** @throws cli.unknown_claim */
function assertProvable(system: System, claim: string): void {
  const known = provenOf(system.application).map(({ id }) => id)
  if (known.includes(claim)) return
  const meant = nearest(claim, known)
  throw refuse.unknown_claim({
    detail: `${claim}. ${meant === undefined ? `There are: ${known.join(', ')}` : `Did you mean ${meant}?`}`,
  })
}
