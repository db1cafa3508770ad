import { readFileSync, statSync } from 'node:fs'
import { systemClock } from '../../core/clock.ts'
import { messageOf, UpheldError } from '../../core/errors.ts'
import {
  verifyBundle,
  verifyFork,
  verifyUrl,
  type RecordedClaim,
  type Verified,
  type VerifyOptions,
} from '../../verify.ts'
import { auditVerified, kindOf, showAudit, showFork } from './audit-bundle.ts'
import { exit, type Invocation } from './command.ts'
import { complain } from './complaint.ts'
import { refuse } from './errors.ts'
import type { Terminal } from './terminal.ts'
import { keyFrom } from './trusted-key.ts'

const bundleBytesMax = 256 * 1024 * 1024
const fetchMsMax = 60_000

/** Failures that say nothing about the evidence itself. */
const elsewhere = new Set(['verify.unreachable', 'verify.too_big', 'transparency.bad_key', 'bundle.bad_pair'])

/** Checks a bundle from a file, a bundle behind an address, or a whole log behind the address of its folder. */
export async function verify({ settings, positionals, terminal }: Invocation): Promise<number> {
  const key = settings.key === undefined ? undefined : keyFrom(settings.key)
  const options: VerifyOptions = { now: systemClock.now(), ...(key === undefined ? {} : { key }) }
  try {
    const source = positionals[0] ?? ''
    switch (kindOf(source)) {
      case 'audit':
        return showAudit(terminal, await auditVerified(source, options, settings))
      case 'fork':
        return showFork(terminal, verifyFork(fileBytes(source), key))
      case 'evidence':
        return show(terminal, await verified(source, options))
    }
  } catch (thrown) {
    const about =
      thrown instanceof UpheldError &&
      /^(verify|bundle|transparency)\./.test(thrown.code) &&
      !elsewhere.has(thrown.code)
    if (!about) throw thrown
    complain(terminal, thrown)
    terminal.say(terminal.bad('This evidence does not hold. Believe nothing that it says.'))
    return exit.refuted
  }
}

async function verified(source: string, options: VerifyOptions): Promise<Verified> {
  if (!/^https?:\/\//i.test(source)) return verifyBundle(fileBytes(source), options)
  if (!URL.canParse(source)) throw refuse.bundle_unreadable({ detail: `${source} is not an address.` })
  if (!/\/bundle$/.test(new URL(source).pathname)) return verifyUrl(source, options)
  return verifyBundle(await fetchedBytes(source), options)
}

function fileBytes(path: string): Uint8Array {
  try {
    if (statSync(path).size > bundleBytesMax)
      throw refuse.bundle_unreadable({ detail: `${path} is larger than ${bundleBytesMax} bytes.` })
    return readFileSync(path)
  } catch (cause) {
    throw cause instanceof UpheldError ? cause : refuse.bundle_unreadable({ detail: messageOf(cause), cause })
  }
}

async function fetchedBytes(url: string): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(fetchMsMax) })
    if (!response.ok || response.body === null) throw refuse.bundle_unreadable({ detail: `${url}: ${response.status}` })
    return await atMost(bundleBytesMax, response.body)
  } catch (cause) {
    throw cause instanceof UpheldError
      ? cause
      : refuse.bundle_unreadable({ detail: `${url}: ${messageOf(cause)}`, cause })
  }
}

async function atMost(bytesMax: number, body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body) {
    bytes += part.length
    if (bytes > bytesMax) throw refuse.bundle_unreadable({ detail: `It is larger than ${bytesMax} bytes.` })
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function show(terminal: Terminal, result: Verified): number {
  const { good, doubt, quiet, strong } = terminal
  terminal.say(`Evidence of ${strong(result.origin)}`)
  terminal.say(`  ${good('holds')}  the signature opens with ${result.key}`)
  if (!result.pinned) {
    terminal.say(
      `  ${doubt('note')}   nobody but the evidence itself vouches for this key: give the one you trust with --key`,
    )
  }
  terminal.say(`  ${good('holds')}  its ${result.size} leaves, and no others, give the signed root ${result.root}`)
  const faults = result.claims.flatMap(claim => claim.faults)
  if (faults.length === 0) terminal.say(`  ${good('holds')}  the runs of every claim follow each other without a gap`)
  terminal.say()
  const told = result.claims.filter(claim => claim.standing.verdict !== 'planned')
  const width = Math.max(0, ...told.map(({ claim }) => claim.length))
  for (const claim of told) showClaim(terminal, claim, width)
  const planned = result.claims.length - told.length
  if (planned > 0) terminal.say(quiet(`  planned   ${planned} more promises, not made yet`))
  const code = worst(told)
  terminal.document({ ...result, holds: code === exit.upheld })
  return code
}

function showClaim(terminal: Terminal, one: RecordedClaim, width: number): void {
  const { verdict, reason, note } = one.standing
  const stands = verdict === 'upheld' || verdict === 'attested'
  const paint = stands ? terminal.good : verdict === 'refuted' ? terminal.bad : terminal.doubt
  const last = one.lastRun === undefined ? 'never attacked' : `last attacked ${one.lastRun.finishedAt}`
  const facts = `${last}, ${one.runs} runs, ${one.reds.length} of them refuted${stands ? '' : `; ${reason.replaceAll('_', ' ')}`}`
  terminal.say(`  ${paint(verdict.padEnd(9))} ${terminal.strong(one.claim.padEnd(width))}  ${terminal.quiet(facts)}`)
  if (one.sentence !== undefined) terminal.say(`${' '.repeat(12)}${one.sentence}`)
  for (const line of [...(note === '' ? [] : [note]), ...one.faults])
    terminal.say(`${' '.repeat(12)}${terminal.doubt(line)}`)
}

/** By the record alone, read now: evidence that has expired since is no proof of today. */
function worst(claims: readonly RecordedClaim[]): number {
  const verdicts = claims.map(({ standing }) => standing.verdict)
  if (verdicts.includes('refuted')) return exit.refuted
  return verdicts.length === 0 || verdicts.includes('unproven') ? exit.unproven : exit.upheld
}
