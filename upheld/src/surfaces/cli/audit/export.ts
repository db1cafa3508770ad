import { exportFeed } from '../../../foundation/audit/search/index.ts'
import { deliver, formats, type FormatName } from '../../../foundation/audit/siem/index.ts'
import { exit, type Invocation } from '../command.ts'
import { refuse } from '../errors.ts'
import { interruptions } from '../interruptions.ts'
import { version } from '../version.ts'
import { exportBundle } from './bundle.ts'
import { asOperator, findOrganization } from './organization.ts'
import { kindOf, placeOf } from './place.ts'
import { progress } from './progress.ts'

/** Brings what is in the log by now to where it is wanted, and says how far it is. */
export async function auditExport(invocation: Invocation): Promise<number> {
  const { settings, terminal, json } = invocation
  if (json && settings.to === '-')
    throw refuse.bad_export({ detail: 'With --json standard output is taken: give --to.' })
  const { format } = settings
  const found = await findOrganization(settings)
  if (format === 'bundle') return asOperator(found, organization => exportBundle(invocation, organization))
  return asOperator(found, async organization => {
    const { sink, cursor } = placeOf(settings, organization.id)
    const stop = interruptions(terminal)
    try {
      const feed = await exportFeed(organization, { format, to: kindOf(settings.to) })
      const delivered = await deliver({
        feed,
        sink,
        cursor,
        format: formats[format],
        source: { organization: organization.id, version: version() },
        ...(settings.since === undefined ? {} : { since: new Date(settings.since) }),
        signal: stop.signal,
        onProgress: progress(terminal),
        onDelay: (why, waitMs) =>
          terminal.note(`  ${terminal.doubt('wait')}  ${sink.says}: ${why}. Again in ${(waitMs / 1000).toFixed(1)} s.`),
      })
      return ended(invocation, { delivered, format, to: sink.says, stopped: stop.signal.aborted })
    } finally {
      stop.close()
      await sink.close()
    }
  })
}

interface Ending {
  readonly delivered: number
  readonly format: FormatName
  readonly to: string
  readonly stopped: boolean
}

function ended({ terminal }: Invocation, { delivered, format, to, stopped }: Ending): number {
  const what = `${delivered} entries as ${format} to ${to}`
  terminal.note(stopped ? `Stopped after ${what}. With its cursor it goes on there.` : `Delivered: ${what}.`)
  terminal.document({ delivered, format, to, complete: !stopped })
  return stopped ? exit.failed : exit.upheld
}
