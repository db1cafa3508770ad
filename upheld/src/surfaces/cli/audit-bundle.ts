import { closeSync, createReadStream, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { messageOf, UpheldError } from '../../core/errors.ts'
import { parsePolicy } from '../../core/transparency/index.ts'
import { isFork, verifyAuditBundle, type VerifiedAudit, type VerifiedFork, type VerifyOptions } from '../../verify.ts'
import { exit } from './command.ts'
import { refuse } from './errors.ts'
import type { Settings } from './settings.ts'
import type { Terminal } from './terminal.ts'

const pieceBytes = 4 * 1024 * 1024
const headBytes = 512
const forkBytesMax = 64 * 1024
const seenBytesMax = 1_000_000

/** What a source calls itself by its first bytes. Whether it is that, its verifier finds out. */
export function kindOf(source: string): 'audit' | 'fork' | 'evidence' {
  if (/^https?:\/\//i.test(source) || !existsSync(source)) return 'evidence'
  try {
    if (startOf(source).startsWith('bundle.json\0')) return 'audit'
    return statSync(source).size <= forkBytesMax && isFork(readFileSync(source)) ? 'fork' : 'evidence'
  } catch (cause) {
    throw refuse.bundle_unreadable({ detail: messageOf(cause), cause })
  }
}

/** @throws cli.bundle_unreadable, cli.bad_option, and what `verifyAuditBundle` throws */
export async function auditVerified(
  source: string,
  options: VerifyOptions,
  { policy, seen, freshSecs }: Pick<Settings, 'policy' | 'seen' | 'freshSecs'>,
): Promise<VerifiedAudit> {
  try {
    return await verifyAuditBundle(createReadStream(source, { highWaterMark: pieceBytes }), {
      ...options,
      ...(policy === undefined ? {} : { policy: fingerprintFrom(policy) }),
      ...(seen === undefined ? {} : { seen: seenFrom(seen) }),
      ...(freshSecs === undefined ? {} : { freshSecs }),
    })
  } catch (cause) {
    throw cause instanceof UpheldError ? cause : refuse.bundle_unreadable({ detail: messageOf(cause), cause })
  }
}

export function showAudit(terminal: Terminal, result: VerifiedAudit): number {
  const { good, doubt, strong } = terminal
  const held = (says: string): void => terminal.say(`  ${good('holds')}  ${says}`)
  const noted = (says: string): void => terminal.say(`  ${doubt('note')}   ${says}`)
  terminal.say(`Audit log ${strong(result.origin)}`)
  held(`the signature opens with ${result.key}`)
  if (!result.keyPinned) noted('nobody but the bundle itself vouches for this key: give the one you trust with --key')
  for (const { key, from, until } of result.keys.slice(0, -1)) {
    noted(
      `entries ${from} to ${until ?? ''} were signed with ${key}, which handed over; trust the key of now from here on`,
    )
  }
  held(`its ${result.size} entries, and no others, give the signed root ${result.root}`)
  if (result.minimum > 0)
    noted(`entries 0 to ${result.minimum - 1} were pruned: they count in the root, their texts are gone`)
  if (result.firstAt !== undefined) terminal.say(`         from ${result.firstAt} to ${result.lastAt ?? ''}`)
  held(`${result.disclosed} personal values are those that the entries commit to; ${result.erased} were erased`)
  if (result.erasedUnlogged > 0) noted(`of ${result.erasedUnlogged} of them the log does not yet say why`)
  if (result.continuesSeen) held('it continues the head that you have kept')
  for (const { origin, size, disclosed, erased } of result.before) {
    held(
      `it follows ${origin}, which ended with ${size} entries when the database was turned back; they are here as well`,
    )
    held(`of those, ${disclosed} personal values are as committed; ${erased} were erased`)
  }
  showAnchoring(result, held, noted)
  terminal.document({ ...result, holds: true })
  return exit.upheld
}

type Say = (says: string) => void

function showAnchoring({ anchoring, policy, policyPinned }: VerifiedAudit, held: Say, noted: Say): void {
  if (anchoring === undefined) {
    noted('no anchor: another head could have been shown to somebody else')
    return
  }
  const since = anchoring.anchoredAt === undefined ? '' : `, since ${anchoring.anchoredAt.toISOString()}`
  held(`leaf ${anchoring.index} of ${anchoring.origin} has this head${since}`)
  for (const { witness, at } of anchoring.cosignatures) held(`${witness} saw that log so at ${at.toISOString()}`)
  if (anchoring.cosignatures.length === 0) noted('not yet witnessed: no witness has signed this head of the anchor log')
  else if (!anchoring.hasQuorum) noted('fewer witnesses than the policy asks for have signed it so far')
  if (policyPinned) held(`by the policy that you trust, ${policy}`)
  else noted(`nobody but the bundle itself vouches for its policy: give ${policy} with --policy once you trust it`)
}

export function showFork(terminal: Terminal, fork: VerifiedFork): number {
  terminal.say(terminal.bad(`${fork.origin} has signed two different trees of ${fork.size} leaves:`))
  for (const root of fork.roots) terminal.say(`  root ${root}`)
  terminal.say(`both with ${fork.key}. This is proof that it lied, to anybody.`)
  if (!fork.keyPinned)
    terminal.say(terminal.doubt('Whether this is its key, the pair cannot say: give the one you trust with --key'))
  terminal.document({ ...fork, holds: false })
  return exit.refuted
}

function startOf(path: string): string {
  const fd = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(headBytes)
    return bytes.toString('latin1', 0, readSync(fd, bytes, 0, headBytes, 0))
  } finally {
    closeSync(fd)
  }
}

/** @throws cli.bad_option */
function fingerprintFrom(text: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return text
  try {
    return parsePolicy(readFileSync(text)).fingerprint
  } catch (cause) {
    throw refuse.bad_option({ detail: `--policy: ${messageOf(cause)}`, cause })
  }
}

/** @throws cli.bad_option */
function seenFrom(path: string): string {
  try {
    if (statSync(path).size > seenBytesMax) throw refuse.bad_option({ detail: `--seen: ${path} is too large.` })
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw cause instanceof UpheldError ? cause : refuse.bad_option({ detail: `--seen: ${messageOf(cause)}`, cause })
  }
}
