import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { inspectServer, type Fact } from '../../adapters/postgres/inspect/index.ts'
import { systemClock } from '../../core/clock.ts'
import { messageOf, UpheldError } from '../../core/errors.ts'
import { adminUrlOf } from './attach.ts'
import { exit, type Invocation } from './command.ts'
import { blindIndexFact } from './index-facts.ts'
import { auditFacts, vaultFacts } from './keeping-facts.ts'
import { recordFact } from './record-fact.ts'
import { securityTxtFact } from './security-txt.ts'
import type { Settings } from './settings.ts'
import { withAdmin } from './system/server.ts'
import { stateAt, type State } from './system/state.ts'

const nodeMajorMin = 24

/** Looks at everything that can be looked at, changes nothing. What could not be looked at is never called well. */
export async function doctor({ settings, terminal }: Invocation): Promise<number> {
  const state = stateAt(settings.state)
  const vault = await vaultFacts(state, settings)
  const page = await securityTxtFact(state, settings, systemClock)
  const facts = [nodeFact(), ...fileFacts(state), ...vault, page, ...(await databaseFacts(state, settings))]
  for (const { id, ok, says, mend } of facts) {
    const word =
      ok === true ? terminal.good('well   ') : ok === false ? terminal.bad('not well') : terminal.doubt('unknown')
    terminal.say(`  ${word.padEnd(8)} ${terminal.strong(id)}  ${says}`)
    if (ok !== true && mend !== undefined) terminal.say(`           ${mend}`)
  }
  terminal.document({ facts })
  return facts.every(({ ok }) => ok === true) ? exit.upheld : exit.unproven
}

function nodeFact(): Fact {
  const id = 'machine.node'
  const says = `Node ${process.versions.node}.`
  if (Number(process.versions.node.split('.')[0]) >= nodeMajorMin) return { id, ok: true, says }
  return { id, ok: false, says, mend: `Run it with Node ${nodeMajorMin} or later; npm start brings its own.` }
}

/** Secrets are for their owner alone; each is looked at, none is opened. */
function fileFacts(state: State): Fact[] {
  const seeds = join(state.keys, 'audit.seeds')
  const secrets = {
    seeds,
    keys: state.keys,
    logins: state.logins,
    context: state.contextKey,
    evidence: state.evidenceKey,
  }
  return Object.entries(secrets).map(([name, path]) => modeFact(`files.${name}`, path))
}

function modeFact(id: string, path: string): Fact {
  try {
    const mode = lstatSync(path).mode & 0o777
    if ((mode & 0o077) === 0) return { id, ok: true, says: `${path} is its owner's alone.` }
    const mend = `chmod go= ${path}, and replace what it holds: somebody may have read it.`
    return { id, ok: false, says: `${path} can be reached by others (mode ${mode.toString(8)}).`, mend }
  } catch (thrown) {
    return { id, ok: 'unknown', says: messageOf(thrown), mend: 'It is made at the first start: upheld up.' }
  }
}

async function databaseFacts(state: State, settings: Settings): Promise<readonly Fact[]> {
  try {
    const adminUrl = adminUrlOf(state, settings)
    if (adminUrl === undefined) return [notRunning, await recordFact(state, undefined)]
    const facts = await withAdmin(adminUrl, async admin => [
      ...(await inspectServer(admin, systemClock)),
      ...(await auditFacts(state, admin)),
      await blindIndexFact(admin),
    ])
    return [...facts, await recordFact(state, adminUrl)]
  } catch (thrown) {
    const mend = thrown instanceof UpheldError ? thrown.mend : undefined
    return [{ id: 'server', ok: false, says: messageOf(thrown), ...(mend === undefined ? {} : { mend }) }]
  }
}

const notRunning: Fact = {
  id: 'server',
  ok: 'unknown',
  says: 'No server is running here.',
  mend: 'Start it (npm start), or name one: --database.',
}
