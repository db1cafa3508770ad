import { openMailFolder, openSmtp } from '../../adapters/mail/index.ts'
import { faultOf, openLog } from '../../adapters/log/index.ts'
import { pause, systemClock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { declare } from '../../core/log-values.ts'
import type { Mailer } from '../../guards/identity/index.ts'
import { openPeopleJobs, type PeopleJobs } from '../../people-jobs.ts'
import { upheld } from '../../upheld.ts'
import { refuse } from './errors.ts'
import { childLife, type Tell, type Work } from './processes/child.ts'
import { jobsPayload, type JobsPayload } from './processes/payloads.ts'
import { loadApplication } from './system/application.ts'
import { platformOptions } from './system/platform.ts'
import { stateAt } from './system/state.ts'

/** What fails is tried again, not sooner than this, and said once until it works again. */
const againMs = 10_000

/** The process of what nobody waits for: mails, grants and reviews that are over, and clearing away. */
export function work(): Promise<number> {
  return childLife(jobsPayload, jobs)
}

async function jobs(payload: JobsPayload, tell: Tell): Promise<Work> {
  const state = stateAt(payload.stateFolder)
  const log = openLog({ folder: state.log, process: 'jobs', clock: systemClock })
  const { people, name } = await loadApplication(payload.app)
  if (people === undefined) throw refuse.no_people()
  // Neither keys of the vault nor objects: what was taken away is tried with it, and nothing is opened.
  const { databaseUrl, staffDatabaseUrl, contextKeyFile } = platformOptions(state, payload.urls)
  const platform = upheld({ databaseUrl, staffDatabaseUrl, contextKeyFile })
  const opened = openPeopleJobs(
    platform,
    people.access,
    {
      databaseUrl: payload.urls.jobs,
      contextKeyFile,
      product: name,
      origin: payload.origin,
    },
    { mailer: mailerOf(payload, name, state.mail) },
  )
  const stopping = new AbortController()
  log.write('process.started', { pid: process.pid })
  const done = Promise.all(opened.jobs.map(job => repeat(job, log, tell, stopping.signal))).then(() => undefined)
  return {
    done,
    stop: async () => {
      stopping.abort()
      await done
      await opened.close()
      await platform.close()
      log.write('process.stopped', {})
      log.close()
    },
  }
}

/** Files where no server was named: each is the operator's alone, and links in it open accounts. */
function mailerOf({ mail }: JobsPayload, product: string, folder: string): Mailer {
  const from = { name: product, address: mail.from }
  if (mail.server === undefined) return openMailFolder({ path: folder, from }, systemClock)
  const url = new URL(mail.server)
  const login = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  return openSmtp(
    {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port === '' ? (url.protocol === 'smtps:' ? 465 : 587) : url.port),
      tls: url.protocol === 'smtps:' ? 'implicit' : 'starttls',
      from,
      ...(login.user === '' ? {} : { login }),
    },
    systemClock,
  )
}

async function repeat(
  { name, everyMs, run }: PeopleJobs['jobs'][number],
  log: Log,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  let failing = false
  while (!signal.aborted) {
    try {
      await run()
      failing = false
    } catch (thrown) {
      const code = thrown instanceof UpheldError ? thrown.code : undefined
      const { fault, system, at } = faultOf(thrown)
      log.write('job.failed', { job: declare(name), code, fault, system, at })
      if (!failing) tell({ type: 'trouble', says: `The job "${name}" failed and is tried again: ${code ?? fault}.` })
      failing = true
    }
    await pause(failing ? Math.max(everyMs, againMs) : everyMs, signal)
  }
}
