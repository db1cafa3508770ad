import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { assertPlaceForFile, writeWholeFile } from '../../../adapters/files/index.ts'
import { planAdoption, script } from '../../../duties/adoption/index.ts'
import { exit, type Invocation } from '../command.ts'
import { printObstacles, printSteps } from './lines.ts'
import { optionsOf, withWork } from './work.ts'

/** Looks, in a transaction that cannot write, and says what an adoption would do; or everything that stands in its way. */
export async function adoptPlan(invocation: Invocation): Promise<number> {
  const { settings, terminal } = invocation
  if (settings.sql !== undefined) assertPlaceForFile(resolve(settings.sql))
  const plan = await withWork(invocation, ({ database }) =>
    database.transaction(async tx => {
      await tx.query('set transaction isolation level repeatable read, read only')
      return planAdoption(tx, optionsOf(settings), { withData: true })
    }),
  )
  const { options, obstacles, steps } = plan
  const code = obstacles.length === 0 ? exit.upheld : exit.refuted
  if (obstacles.length > 0) {
    terminal.say(`${obstacles.length} obstacles. Nothing can be adopted before each of them is mended.`)
    printObstacles(terminal, obstacles)
  } else {
    printSteps(terminal, steps)
    terminal.say()
    terminal.say(`${steps.length} steps, all of which can be taken back. Then: upheld adopt finish, which cannot.`)
  }
  if (settings.sql !== undefined && obstacles.length === 0) {
    writeWholeFile(resolve(settings.sql), script(plan, randomBytes(32).toString('hex')))
    terminal.say(`Written to ${settings.sql}.`)
  }
  terminal.document({ options, obstacles, steps, exit: code })
  return code
}
