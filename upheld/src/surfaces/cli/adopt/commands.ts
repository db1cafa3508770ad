import { ensureContextKey } from '../../../adapters/keys/index.ts'
import { installAudit } from '../../../foundation/audit/index.ts'
import { finishAdoption, runAdoption, undoAdoption } from '../../../duties/adoption/index.ts'
import { exit, type Invocation } from '../command.ts'
import { takeState } from '../system/cleanup.ts'
import { loginsOf } from '../system/logins.ts'
import { prepareState } from '../system/state.ts'
import { optionsOf, withWork } from './work.ts'

export async function adoptRun(invocation: Invocation): Promise<number> {
  const { settings, terminal } = invocation
  const steps = await withWork(invocation, work => runAdoption(work, optionsOf(settings)))
  terminal.say(steps === 0 ? 'Nothing was left to do.' : `${steps} steps done.`)
  terminal.say('The application works as before. Go back: upheld adopt undo. Go on: upheld adopt finish.')
  terminal.document({ steps })
  return exit.upheld
}

export async function adoptUndo(invocation: Invocation): Promise<number> {
  const steps = await withWork(invocation, work => undoAdoption(work))
  invocation.terminal.say(`${steps} steps taken back. The schema is what it was.`)
  invocation.terminal.document({ steps })
  return exit.upheld
}

/** The keys and logins that it makes are those that `upheld up` uses in the same state folder. */
export async function adoptFinish(invocation: Invocation): Promise<number> {
  const { settings, terminal } = invocation
  const finished = await withWork(invocation, async work => {
    const state = prepareState(settings.state)
    const lock = await takeState(state.lock, 'upheld adopt finish')
    try {
      const { passwords } = loginsOf(state.logins)
      const key = ensureContextKey(state.contextKey)
      const done = await finishAdoption(work, { key, passwords, confirmed: settings.yes })
      // Nobody but a superuser reaches the rows until a release with the new logins starts: nothing goes unrecorded.
      await installAudit(work.database)
      return done
    } finally {
      lock.release()
    }
  })
  const { tables, organizations, closedMs } = finished
  terminal.say(
    `${tables} tables belong to ${organizations} organizations now. They were closed for ${Math.round(closedMs)} ms.`,
  )
  terminal.say('Every change of their rows is recorded from now on. What was there before has no history.')
  terminal.say('Which tenant became which: select tenant, organization from upheld_adoption.organization')
  terminal.document({ tables, organizations, closedMs: Math.round(closedMs) })
  return exit.upheld
}
