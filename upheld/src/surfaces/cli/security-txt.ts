import type { Fact } from '../../adapters/postgres/inspect/index.ts'
import type { Clock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import type { PageSource } from '../../proof/claims/index.ts'
import { securityTxtState, securityTxtWarning } from '../trust/index.ts'
import type { Settings } from './settings.ts'
import { loadApplication } from './system/application.ts'
import { readRunning, type State } from './system/state.ts'

// security.txt names a contact until a date. Whoever runs this hears of that date before it comes, in two ways.

const id = 'page.security_txt'
const dayMs = 24 * 60 * 60 * 1000

/** For the doctor: of the application that runs here, or else of the one that was named. */
export async function securityTxtFact(state: State, settings: Settings, clock: Clock): Promise<Fact> {
  const app = readRunning(state)?.app ?? settings.app
  if (app === undefined || app === '') {
    const mend = 'Start it (npm start), or name the application: --app.'
    return { id, ok: 'unknown', says: 'No application runs here and none was named, so its page is not known.', mend }
  }
  try {
    return factOf((await loadApplication(app)).page, clock.now().getTime())
  } catch (thrown) {
    return { id, ok: 'unknown', says: messageOf(thrown), mend: 'Name the application that runs here: --app.' }
  }
}

export function factOf(page: PageSource, nowMs: number): Fact {
  const warning = securityTxtWarning(page, nowMs)
  const { expires } = securityTxtState(page, nowMs)
  if (warning === undefined) return { id, ok: true, says: `security.txt counts until ${expires.slice(0, 10)}.` }
  const [says = '', ...mend] = warning.split('. ')
  return { id, ok: false, says: `${says}.`, mend: mend.join('. ') }
}

/** For the process that serves it: at its start and then once a day, for as long as there is something to say. */
export function watchSecurityTxt(page: PageSource, clock: Clock, tell: (says: string) => void): { stop(): void } {
  const look = (): void => {
    const warning = securityTxtWarning(page, clock.now().getTime())
    if (warning !== undefined) tell(warning)
  }
  look()
  const watch = setInterval(look, dayMs).unref()
  return { stop: () => clearInterval(watch) }
}
