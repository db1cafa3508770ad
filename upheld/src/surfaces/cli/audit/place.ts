import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readSecretFile } from '../../../adapters/files/index.ts'
import {
  fileCursor,
  fileSink,
  httpsSink,
  parseAddress,
  refuse as refuseSink,
  syslogSink,
} from '../../../adapters/siem/index.ts'
import { messageOf } from '../../../core/errors.ts'
import type { Cursor, Position, Sink } from '../../../foundation/audit/siem/index.ts'
import { refuse } from '../errors.ts'
import type { Settings } from '../settings.ts'
import { stdoutSink } from './stdout.ts'

/** Where entries go, and what remembers how far they went. */
interface Place {
  readonly sink: Sink
  readonly cursor: Cursor
}

const address = /^[a-z][a-z0-9+.-]*:\/\//i

/** For the entry about the export: what kind of place, and for a network which host. Never a path of this machine. */
export function kindOf(to: string): string {
  if (to === '-') return 'standard output'
  if (!address.test(to)) return 'file'
  return URL.canParse(to) ? new URL(to).host.slice(0, 200) : 'an address'
}

/**
 * @throws siem_sink.bad_address, not_ours, bad_token; siem.bad_cursor, foreign_cursor; cli.bad_export, bad_option
 */
export function placeOf(settings: Settings, organization: string): Place {
  const { to, format, tokenFile, caFile } = settings
  const network = address.test(to)
  if (!network && (tokenFile ?? caFile) !== undefined)
    throw refuse.bad_export({ detail: '--token-file and --ca-file are for a receiver with an address.' })
  const belongs = { organization, format, to: network || to === '-' ? to : resolve(to) }
  if (network) {
    const sink = networkSink(settings)
    return { sink, cursor: settings.cursor === undefined ? withoutMemory() : fileCursor(settings.cursor, belongs) }
  }
  if (to === '-') {
    const cursor = settings.cursor === undefined ? withoutMemory() : fileCursor(settings.cursor, belongs)
    return { sink: stdoutSink(), cursor }
  }
  const path = settings.cursor ?? `${to}.cursor`
  const cursor = fileCursor(path, belongs)
  return { sink: fileSink(to, existsSync(path)), cursor }
}

function networkSink({ to, tokenFile, caFile }: Settings): Sink {
  const target = parseAddress(to)
  const ca = caFile === undefined ? {} : { ca: textOf(caFile) }
  if (target.kind === 'https') {
    return httpsSink({
      url: target.url,
      ...ca,
      ...(tokenFile === undefined ? {} : { authorization: token(tokenFile) }),
    })
  }
  if (tokenFile !== undefined) throw refuse.bad_export({ detail: 'Syslog knows no token.' })
  return syslogSink({ ...target, ...ca })
}

function token(path: string): string {
  const text = readSecretFile(path)?.trim()
  if (text === undefined || !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text))
    throw refuseSink.bad_token({ detail: path })
  return text
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw refuse.bad_option({ detail: `--ca-file: ${messageOf(cause)}`, cause })
  }
}

function withoutMemory(): Cursor {
  let known: Position | undefined
  return Object.freeze({ read: () => known, write: (position: Position) => void (known = position) } satisfies Cursor)
}
