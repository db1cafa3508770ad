import { pause, systemClock } from '../../core/clock.ts'
import { assert, UpheldError } from '../../core/errors.ts'
import type { TrustReport } from '../../proof/claims/index.ts'
import { provenOf } from './claims.ts'
import { exit, type Invocation } from './command.ts'
import { explained } from './config.ts'
import { refuse } from './errors.ts'
import { firstOperatorLine } from './first-operator.ts'
import { interruptions, type Interruptions } from './interruptions.ts'
import { jobsOf, proverOf, recorderOf, webOf } from './children.ts'
import { narrator, stepper } from './progress.ts'
import { currentReport } from './report.ts'
import type { Supervised } from './processes/supervise.ts'
import { withPeople } from './system/people.ts'
import { prepareSystem, type System } from './system/system.ts'
import { forgetRunning, readRunning, stateAt, writeRunning, type Running } from './system/state.ts'
import { exitCode, printVerdicts, rowOf } from './verdicts.ts'

const purpose = 'upheld up'
const watchMs = 1000
const revivalsMax = 5
const revivedWithinMs = 600_000

/** Starts everything and keeps it running until it is told to stop. */
export async function up(invocation: Invocation): Promise<number> {
  const { terminal, settings } = invocation
  const stop = interruptions(terminal)
  try {
    const system = await prepareSystem({
      settings,
      purpose,
      step: stepper(terminal, systemClock, stop),
      note: line => terminal.note(line),
    })
    try {
      forgetRunning(system.state)
      return stop.signal.aborted ? exit.upheld : await runOn(system, invocation, stop)
    } finally {
      forgetRunning(system.state)
      await system.stop()
      terminal.note('Stopped.')
    }
  } catch (thrown) {
    if (stop.signal.aborted && wasStopped(thrown)) return exit.upheld
    const other =
      thrown instanceof UpheldError && thrown.code === 'files.locked' ? holder(invocation, thrown) : undefined
    if (other === undefined) throw thrown
    return other
  } finally {
    stop.close()
  }
}

/** What an interruption itself makes fail; everything else that goes wrong while stopping is still told. */
function wasStopped(thrown: unknown): boolean {
  return thrown instanceof UpheldError && ['cli.interrupted', 'cli.child_failed'].includes(thrown.code)
}

async function runOn(system: System, invocation: Invocation, stop: Interruptions): Promise<number> {
  const { terminal, settings, origins } = invocation
  const note = (line: string): void => terminal.note(line)
  const firstRound = Promise.withResolvers<undefined>()
  const whenTaken = origins.get('port') === 'default' ? 'next' : 'refuse'
  const children: Supervised[] = []
  stop.onForce(() => children.forEach(child => child.kill()))
  try {
    const recorder = recorderOf({ system, settings, note })
    children.push(recorder)
    await recorder.ready
    const web = webOf({ system, settings, whenTaken, explained: explained(invocation), note })
    children.push(web)
    const { place } = await web.ready
    assert(place !== undefined, 'whoever serves says where')
    const { address, origin } = place
    if (system.application.people !== undefined) {
      const jobs = jobsOf({ system, settings, origin, note })
      children.push(jobs)
      await jobs.ready
    }
    if (new URL(address).port !== String(settings.port)) note(`Port ${settings.port} is taken: using ${address}.`)
    if (address !== origin) note(`Listens at ${address} for the proxy that answers at ${origin}.`)
    // What stands since an earlier start is told at once; all of it is attacked again meanwhile.
    const known = await currentReport(system)
    const stands = exitCode(known) === exit.upheld
    const narrate = narrator(terminal, systemClock, provenOf(system.application).length)
    const prover = proverOf({
      system,
      settings,
      place,
      note,
      work: starts => {
        // A prover that was ended in its first round is followed by one that goes on where it can.
        if (starts > 0) firstRound.resolve(undefined)
        return starts === 0 ? 'round' : 'schedule'
      },
      restarts: true,
      onMessage: message => {
        narrate(message)
        if (message.type === 'round') firstRound.resolve(undefined)
      },
    })
    children.push(prover)
    await prover.ready
    const running = { pid: process.pid, ...place, app: settings.app ?? '', application: system.application.name }
    writeRunning(system.state, running)
    const welcome = await greet(system, running, stands, invocation)
    if (!stands) await Promise.race([firstRound.promise, stop.requested])
    if (!stop.signal.aborted) tellVerdicts(stands ? known : await currentReport(system), running, welcome, invocation)
    await untilTheEnd(system, stop, note)
    return exit.upheld
  } finally {
    await Promise.all(children.map(child => child.stop()))
  }
}

/** Where everything is, as soon as it answers: the first round of attacks takes a while. */
async function greet(
  system: System,
  { origin }: Running,
  stands: boolean,
  { terminal }: Invocation,
): Promise<readonly string[]> {
  const { application } = system
  const welcome = await withPeople({ ...system, origin }, (platform, people) =>
    application.welcome(platform, origin, people),
  )
  terminal.say()
  terminal.say(`  ${terminal.strong(system.application.name)}  ${origin}/`)
  terminal.say(`  ${terminal.strong('Security page')}  ${origin}/security`)
  if (application.people !== undefined) terminal.say(`  ${terminal.strong('Console')}  ${origin}/console`)
  const first = await firstOperatorLine(system, origin)
  if (first !== undefined) terminal.say(`  ${first}`)
  for (const line of welcome) terminal.say(`  ${line}`)
  terminal.say()
  const attacks = stands
    ? 'All claims are being attacked again; what the record says of them:'
    : 'The first attacks have begun, which takes some minutes; the verdicts follow here and on the page.'
  terminal.say(terminal.quiet(`  ${attacks}`))
  terminal.say()
  return welcome
}

/** The verdicts of the first round, or of an earlier one that still counts. */
function tellVerdicts(
  report: TrustReport,
  { origin }: Running,
  welcome: readonly string[],
  { terminal }: Invocation,
): void {
  terminal.say()
  printVerdicts(terminal, report)
  terminal.say()
  terminal.say(terminal.quiet('  Ctrl-C stops everything.'))
  terminal.document({ origin, page: `${origin}/security`, welcome, verdicts: report.claims.map(rowOf) })
}

/**
 * Starts a server of our own again when it has ended: at once, then after longer and longer waits. One that ends again
 * and again is given up.
 * @throws cli.server_died
 */
async function untilTheEnd(system: System, stop: Interruptions, note: (line: string) => void): Promise<void> {
  const ends: number[] = []
  while (!stop.signal.aborted) {
    if (!system.alive()) {
      const nowMs = systemClock.monotonicMs()
      ends.push(nowMs)
      const lately = ends.filter(endMs => nowMs - endMs < revivedWithinMs).length
      if (lately > revivalsMax) throw refuse.server_died()
      note('The database server has ended: starting it again.')
      await pause(watchMs * (2 ** (lately - 1) - 1), stop.signal)
      await system.revive()
    }
    await pause(watchMs, stop.signal)
  }
}

/** A second start is no failure: it says where the first one answers. Undefined when the folder is held by another command. */
function holder({ terminal, settings }: Invocation, locked: UpheldError): number | undefined {
  const running = readRunning(stateAt(settings.state))
  const held = (locked.detail ?? '').includes(`(${purpose})`)
  if (!held) return undefined
  const current =
    running !== undefined && (locked.detail ?? '').includes(`Process ${running.pid} `) ? running : undefined
  if (current === undefined) terminal.say('Upheld is starting here already.')
  else terminal.say(`Upheld runs here already: ${current.application} at ${current.origin}/ (process ${current.pid}).`)
  terminal.document({ running: current ?? null })
  return exit.upheld
}
