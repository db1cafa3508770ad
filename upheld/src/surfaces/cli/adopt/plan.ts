import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { assertPlaceForFile, writeWholeFile } from '../../../adapters/files/index.ts'
import { planAdoption, script } from '../../../duties/adoption/index.ts'
import { parseRelease, standingOf } from '../../../foundation/releases/index.ts'
import { count } from '../../report/index.ts'
import { exit, type Invocation } from '../command.ts'
import { printObstacles, printSteps } from './lines.ts'
import { optionsOf, withWork } from './work.ts'

/** Looks, in a transaction that cannot write, and says what an adoption would do; or everything that stands in its way. */
export async function adoptPlan(invocation: Invocation): Promise<number> {
  const { settings, terminal } = invocation
  if (settings.sql !== undefined) assertPlaceForFile(resolve(settings.sql))
  const { plan, version } = await withWork(invocation, ({ database }) =>
    database.transaction(async tx => {
      await tx.query('set transaction isolation level repeatable read, read only')
      const { rows } = await tx.query(`select current_setting('server_version') as version`)
      const seen = await planAdoption(tx, optionsOf(settings), { withData: true })
      return { plan: seen, version: String(rows[0]?.['version']) }
    }),
  )
  const server = serverDoubts(version)
  const { options, obstacles, steps } = plan
  const code = obstacles.length === 0 ? exit.upheld : exit.refuted
  if (obstacles.length > 0) {
    const mending = obstacles.length === 1 ? 'it' : 'each of them'
    terminal.say(`${count(obstacles.length, 'obstacle')}. Nothing can be adopted before ${mending} is mended.`)
    printObstacles(terminal, obstacles)
  } else {
    printSteps(terminal, steps)
    terminal.say()
    terminal.say(`${steps.length} steps, all of which can be taken back. Then: upheld adopt finish, which cannot.`)
  }
  for (const line of server) terminal.say(`${terminal.doubt('server')}  ${line}`)
  if (settings.sql !== undefined && obstacles.length === 0) {
    writeWholeFile(resolve(settings.sql), script(plan, randomBytes(32).toString('hex')))
    terminal.say(`Written to ${settings.sql}.`)
  }
  terminal.document({ options, obstacles, steps, server, exit: code })
  return code
}

/** Row security is worth what the server below it is worth: known faults of its release are told, not hidden. */
export function serverDoubts(version: string): readonly string[] {
  const release = parseRelease(version)
  if (release === undefined) return [`Postgres says ${version}, which is no release that we know: unproven.`]
  const { is, says, mend } = standingOf(release)
  return is === 'mended' ? [] : [says, ...(mend === undefined ? [] : [mend])]
}
