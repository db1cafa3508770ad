import { resolve } from 'node:path'
import { assertPlaceForFile, writeWholeFile } from '../../../adapters/files/index.ts'
import { addressOf } from '../../../adapters/postgres/errors.ts'
import { systemClock } from '../../../core/clock.ts'
import { lookFromOutside } from '../../../proof/outside/index.ts'
import {
  assembleLook,
  outcomeOf,
  pageOf,
  sarifOf,
  type LookReport,
  type Outcome,
  type Parts,
} from '../../report/index.ts'
import { exit, type Invocation } from '../command.ts'
import { complainOf } from '../complaint.ts'
import { refuse } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { readDatabase } from './database.ts'
import { printLook } from './lines.ts'
import { attackScratch } from './scratch.ts'

const exits: Readonly<Record<Outcome, number>> = {
  passed: exit.upheld,
  found: exit.refuted,
  'not proven': exit.unproven,
  failed: exit.failed,
}

/** Looks at a database and a web address that are there already: reads and asks, and changes nothing. */
export async function look({ settings, terminal }: Invocation): Promise<number> {
  // What ps shows from here on: the address on the command line may hold a password.
  process.title = 'upheld check'
  assertPlaces(settings)
  const report = assembleLook(await lookedParts(settings, terminal))
  const code = exits[outcomeOf(report, settings.failOn)]
  await writeReports(report, settings)
  for (const fault of report.faults) complainOf(terminal, fault)
  printLook(terminal, report)
  const [error] = report.faults
  terminal.document({ ...report, failOn: settings.failOn, exit: code, ...(error === undefined ? {} : { error }) })
  return code
}

async function lookedParts(settings: Settings, terminal: Terminal): Promise<Parts> {
  const { database, url, probe } = settings
  const parts: { -readonly [K in keyof Parts]: Parts[K] } = { at: systemClock.now(), version: version() }
  if (database !== undefined) {
    terminal.note(`  ${terminal.quiet('reading')}  ${addressOf(database)}`)
    parts.database = { name: addressOf(database), ...(await readDatabase(database, settings)) }
  }
  if (url !== undefined) {
    const { origin, pathname } = new URL(url)
    terminal.note(`  ${terminal.quiet('asking')}   ${origin}${pathname}`)
    parts.address = { name: `${origin}${pathname}`, report: await lookFromOutside(new URL(url)) }
  }
  if (probe !== undefined) {
    terminal.note(`  ${terminal.quiet('attacking')} ${addressOf(probe)}, a scratch copy`)
    parts.scratch = { name: addressOf(probe), ...(await attackScratch(probe, settings, terminal)) }
  }
  return { ...parts, at: systemClock.now() }
}

/**
 * Before anything is looked at: a report that cannot be put in its place is refused at once.
 * @throws cli.same_file, and the codes of adapters/files
 */
function assertPlaces({ html, sarif }: Settings): void {
  for (const [option, place] of [
    ['--html', html],
    ['--sarif', sarif],
  ] as const) {
    if (place === '-')
      throw refuse.bad_option({ detail: `${option}: a file; standard output is for people, or for --json.` })
    if (place !== undefined) assertPlaceForFile(place)
  }
  if (html !== undefined && sarif !== undefined && resolve(html) === resolve(sarif))
    throw refuse.same_file({ detail: html })
}

async function writeReports(report: LookReport, { html, sarif }: Settings): Promise<void> {
  if (html !== undefined) writeWholeFile(html, await pageOf(report))
  if (sarif !== undefined) writeWholeFile(sarif, sarifOf(report))
}
