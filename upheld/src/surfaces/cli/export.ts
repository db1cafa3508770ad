import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { assertPlaceForFile, fileRefusal, readSecretFile, systemCode } from '../../adapters/files/index.ts'
import { messageOf } from '../../core/errors.ts'
import { nearest } from '../../core/nearest.ts'
import { parseSignerKey } from '../../core/transparency/index.ts'
import type { TrustReport } from '../../proof/claims/index.ts'
import {
  caiqAnswers,
  exhibitsOf,
  exported,
  fillSpreadsheet,
  openFormats,
  signedStatement,
  type Exhibits,
} from '../../proof/exports/index.ts'
import { attachSystem } from './attach.ts'
import { writeOut } from './audit/stdout.ts'
import { exit, type Invocation } from './command.ts'
import { refuse } from './errors.ts'
import { currentReport } from './report.ts'
import type { Settings } from './settings.ts'
import type { State } from './system/state.ts'

/** Formats that also need a key or a file of the one who asks. */
const further = ['in-toto', 'caiq-xlsx'] as const
const formatNames = [...openFormats, ...further]
type FormatName = (typeof formatNames)[number]

const spreadsheetBytesMax = 32 * 1024 * 1024

/** One look at everything, written in one format. What cannot be written is refused before anything is looked at. */
export async function exportClaims(invocation: Invocation): Promise<number> {
  const { settings, terminal, json } = invocation
  const format = formatOf(invocation.positionals[0] ?? '')
  checkOptions(format, settings, json)
  const spreadsheet = settings.spreadsheet === undefined ? undefined : spreadsheetAt(settings.spreadsheet)
  const { system } = await attachSystem(settings)
  const report = await currentReport(system)
  const { bytes, notes } = written(format, { report, state: system.state, spreadsheet })
  if (settings.out === undefined) {
    if (!(await writeOut(bytes))) throw refuse.answer_cut()
  } else writeNew(settings.out, bytes)
  for (const note of notes) terminal.note(note)
  const holds = report.recordFault === undefined
  if (!holds)
    terminal.note(terminal.bad(`The record does not hold: everything is unproven. ${report.recordFault ?? ''}`))
  terminal.document({ format, out: settings.out ?? null, bytes: bytes.length, recordHolds: holds, notes })
  return holds ? exit.upheld : exit.unproven
}

/** @throws cli.unknown_format */
function formatOf(name: string): FormatName {
  const format = formatNames.find(one => one === name)
  if (format !== undefined) return format
  const meant = nearest(name, formatNames)
  const hint = meant === undefined ? `There are: ${formatNames.join(', ')}` : `Did you mean ${meant}?`
  throw refuse.unknown_format({ detail: `${name}: ${hint}` })
}

/** @throws cli.bad_claims_export, cli.already_there, and what `assertPlaceForFile` throws */
function checkOptions(format: FormatName, { out, spreadsheet }: Settings, json: boolean): void {
  if (json && out === undefined)
    throw refuse.bad_claims_export({ detail: 'With --json standard output is taken: give --out.' })
  if (format === 'caiq-xlsx' && (spreadsheet === undefined || out === undefined))
    throw refuse.bad_claims_export({ detail: 'caiq-xlsx needs --spreadsheet and --out.' })
  if (format !== 'caiq-xlsx' && spreadsheet !== undefined)
    throw refuse.bad_claims_export({ detail: '--spreadsheet is for caiq-xlsx.' })
  if (out === undefined) return
  if (existsSync(out)) throw refuse.already_there({ detail: out })
  assertPlaceForFile(out)
}

/** @throws cli.bad_option */
function spreadsheetAt(path: string): Uint8Array {
  try {
    if (statSync(path).size <= spreadsheetBytesMax) return readFileSync(path)
  } catch (cause) {
    throw refuse.bad_option({ detail: `--spreadsheet: ${messageOf(cause)}`, cause })
  }
  throw refuse.bad_option({ detail: `--spreadsheet: ${path} is larger than ${spreadsheetBytesMax} bytes.` })
}

interface Material {
  readonly report: TrustReport
  readonly state: State
  readonly spreadsheet: Uint8Array | undefined
}

interface Written {
  readonly bytes: Buffer
  readonly notes: readonly string[]
}

function written(format: FormatName, { report, state, spreadsheet }: Material): Written {
  switch (format) {
    case 'in-toto':
      return { bytes: Buffer.from(signed(exhibitsOf(report), state)), notes: [] }
    case 'caiq-xlsx':
      return filled(exhibitsOf(report), spreadsheet ?? new Uint8Array())
    default:
      return { bytes: Buffer.from(exported(format, report)), notes: [] }
  }
}

/** @throws cli.no_system when there is no key of an evidence log */
function signed(exhibits: Exhibits, state: State): string {
  const secret = readSecretFile(state.evidenceKey)
  if (secret === undefined) throw refuse.no_system({ detail: state.evidenceKey })
  return signedStatement(exhibits, parseSignerKey(secret.replace(/\n$/, '')))
}

function filled(exhibits: Exhibits, spreadsheet: Uint8Array): Written {
  const { bytes, filled: ids, replaced, absent } = fillSpreadsheet(spreadsheet, caiqAnswers(exhibits))
  return {
    bytes,
    notes: [
      `${ids.length} questions were filled in; all others are as they were.`,
      ...(replaced.length === 0 ? [] : [`Of them these had another answer before: ${replaced.join(', ')}`]),
      ...(absent.length === 0 ? [] : [`This file does not have: ${absent.join(', ')}`]),
    ],
  }
}

/** @throws cli.already_there, and the codes of adapters/files */
function writeNew(path: string, bytes: Buffer): void {
  try {
    writeFileSync(path, bytes, { flag: 'wx', mode: 0o600, flush: true })
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') throw refuse.already_there({ detail: path, cause })
    // Half a document is none.
    rmSync(path, { force: true })
    throw fileRefusal(cause, path) ?? cause
  }
}
