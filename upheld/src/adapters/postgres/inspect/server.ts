import type { Clock } from '../../../core/clock.ts'
import type { Queryable } from '../../../core/ports.ts'
import { parseRelease, standingOf, type Standing } from '../../../foundation/releases/index.ts'
import { noneOf, type Fact } from './fact.ts'

/** The settings that are looked at. A server that does not know one has no row for it. */
const names = [
  'server_version',
  'fsync',
  'full_page_writes',
  'synchronous_commit',
  'data_checksums',
  'password_encryption',
] as const
type Settings = Readonly<Partial<Record<string, string>>>

export async function serverFacts(admin: Queryable): Promise<readonly Fact[]> {
  const { rows } = await admin.query('select name, setting from pg_catalog.pg_settings where name = any($1)', [names])
  const settings: Settings = Object.fromEntries(rows.map(row => [String(row['name']), String(row['setting'])]))
  return [releaseFact(settings), durabilityFact(settings), checksumFact(settings), passwordFact(settings)]
}

function releaseFact(settings: Settings): Fact {
  const text = settings['server_version'] ?? ''
  const release = parseRelease(text)
  if (release === undefined)
    return { id: 'server.release', ok: 'unknown', says: `Release "${text}" is none that we know.` }
  const { is, says, mend } = standingOf(release)
  const verdict: Record<Standing['is'], Fact['ok']> = {
    mended: true,
    unconfirmed: 'unknown',
    unknown: 'unknown',
    leaks: false,
    too_old: false,
  }
  return { id: 'server.release', ok: verdict[is], says, ...(mend === undefined ? {} : { mend }) }
}

function durabilityFact(settings: Settings): Fact {
  const loose = ['fsync', 'full_page_writes', 'synchronous_commit'].filter(name => settings[name] === 'off')
  return noneOf(
    'server.durability',
    loose,
    'What is committed is on disk.',
    'A loss of power can undo commits; off',
    'Switch them on.',
  )
}

function checksumFact(settings: Settings): Fact {
  return settings['data_checksums'] === 'on'
    ? { id: 'server.checksums', ok: true, says: 'Pages carry checksums.' }
    : {
        id: 'server.checksums',
        ok: false,
        says: 'Pages carry no checksums: a failing disk can change rows unnoticed.',
        mend: 'Stop the server, then run: pg_checksums --enable',
      }
}

function passwordFact(settings: Settings): Fact {
  const kind = settings['password_encryption'] ?? 'unknown'
  return kind === 'scram-sha-256'
    ? { id: 'server.passwords', ok: true, says: 'New passwords are kept as SCRAM-SHA-256.' }
    : {
        id: 'server.passwords',
        ok: false,
        says: `New passwords are kept as ${kind}.`,
        mend: 'Set password_encryption to scram-sha-256.',
      }
}

/** Signed contexts live for seconds, and the verifier allows 5 s between two clocks. */
const clockMsMax = 2_000

export async function clockFact(admin: Queryable, clock: Clock): Promise<Fact> {
  const before = clock.now().getTime()
  const { rows } = await admin.query('select extract(epoch from clock_timestamp())::float8 * 1000 as ms')
  const after = clock.now().getTime()
  // The server looked at its clock at some moment in between.
  const off = Math.round(Number(rows[0]?.['ms']) - (before + after) / 2)
  const unsure = Math.ceil((after - before) / 2)
  const says = `The server's clock differs from this host's by ${off} ms (give or take ${unsure} ms).`
  if (Math.abs(off) - unsure > clockMsMax)
    return { id: 'server.clock', ok: false, says, mend: 'Let both follow a time server (NTP).' }
  return { id: 'server.clock', ok: Math.abs(off) + unsure <= clockMsMax ? true : 'unknown', says }
}
